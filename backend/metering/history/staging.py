"""Hand readings to the database at once: few with the statement, thousands in a table of this transaction alone."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import LiteralString

import psycopg
from sqlalchemy.exc import DBAPIError

from backend.kernel.db import Session
from backend.metering.evidence import LARGEST, is_instant
from backend.metering.history.newest import Newest
from meter_bridge.protocol import REGISTERS, Evidence, Reading

LISTED: LiteralString = ", ".join(REGISTERS)
STATED: LiteralString = "balance, purchase_count, supply, kept_supplied"
FEW = 200  # rows; to make, empty and fill a table for so few takes longer than all else that is done with them
MAKE: LiteralString = f"""
CREATE TEMPORARY TABLE IF NOT EXISTS told (
    reference text, meter_id bigint, place integer, serial text, read_at timestamptz, counted_at timestamptz,
    supply_at timestamptz, balance bigint, purchase_count bigint, supply text, kept_supplied boolean,
    {", ".join(f"{name} bigint" for name in REGISTERS)}, is_reading boolean, is_newest boolean) ON COMMIT DELETE ROWS
"""
EMPTY: LiteralString = "DELETE FROM told"
VALUES: LiteralString = f"read_at, {STATED}, {LISTED}"
PLAIN: LiteralString = f"COPY told (reference, place, serial, {VALUES}) FROM STDIN (NULL 'None')"
SETTLED: LiteralString = f"meter_id, {VALUES}, counted_at, supply_at, is_reading, is_newest"
OF_METERS: LiteralString = f"COPY told ({SETTLED}) FROM STDIN (NULL 'None')"
KINDS: dict[LiteralString, LiteralString] = {
    "reference": "text", "meter_id": "bigint", "place": "integer", "serial": "text", "read_at": "timestamptz",
    "counted_at": "timestamptz", "supply_at": "timestamptz", "supply": "text", "kept_supplied": "boolean",
    "is_reading": "boolean", "is_newest": "boolean",
}  # fmt: skip


def _told_along(how: LiteralString) -> LiteralString:
    """Return what stands in a statement for rows that are told along with it, in the form of a COPY."""
    names = how.partition("(")[2].partition(")")[0].split(", ")
    cells = ", ".join(f"cell[{at}]::{KINDS.get(name, 'bigint')} AS {name}" for at, name in enumerate(names, start=1))
    cut = r"string_to_array(rtrim(line.text, E'\n'), E'\t', 'None') AS cut (cell)"
    return f"(SELECT {cells} FROM unnest(%(rows)s::text[]) AS line (text), {cut}) told"  # noqa: S608 our own text


STAGED: LiteralString = "told"
PLAIN_ALONG, OF_METERS_ALONG = _told_along(PLAIN), _told_along(OF_METERS)
MAY_NOT_FIT = re.compile(r"\t-?\d{19}")  # the first column, a reference, may be all digits
METER = attrgetter("meter")


def plain_rows(readings: Sequence[Reading]) -> dict[int, str]:
    """Return rows of PLAIN by the place of their reading, where nothing but the newest registers is needed to judge it.

    Those are readings alone of their meter here, without condition or clock, whose numbers surely fit.
    """
    often = Counter(map(METER, readings))
    rows: dict[int, str] = {}
    for place, reading in enumerate(readings):
        told = reading.evidence
        if reading.condition is None and often[reading.meter] == 1 and _is_plain(told):
            rows[place] = f"{reading.meter}\t{place}\t{told.serial}\t{_values(told)}\n"
    if MAY_NOT_FIT.search("".join(rows.values())):
        return {place: row for place, row in rows.items() if not MAY_NOT_FIT.search(row)}
    return rows


def _is_plain(told: Evidence) -> bool:
    serial, unstaged = told.serial, max(abs(told.cumulative or 0), abs(told.last_purchase or 0))
    named = serial is None or (serial.isalnum() and serial != "None")
    return named and told.clock is None and unstaged <= LARGEST and is_instant(told.read_at)


def row_of_meter(meter_id: int, one: Newest, *, is_reading: bool = True, is_newest: bool = True) -> str:
    """Return a row of OF_METERS."""
    times = f"{one.counted_at}\t{one.supply_at}"
    return f"{meter_id}\t{_values(one.told)}\t{times}\t{is_reading}\t{is_newest}\n"


def _values(told: Evidence) -> str:
    return (
        f"{told.read_at}\t{told.balance}\t{told.purchase_count}\t{told.supply}\t{told.kept_supplied}\t"
        f"{told.energy_wh}\t{told.critical_peak_wh}\t{told.peak_wh}\t{told.flat_wh}\t{told.valley_wh}\t"
        f"{told.deep_valley_wh}\t{told.volume_l}"
    )


def stage(session: Session, rows: Iterable[str], *, how: LiteralString) -> None:
    """Put rows, PLAIN or OF_METERS, in place of those this transaction staged before. Raises DBAPIError."""
    session.run_sql(MAKE)
    session.run_sql(EMPTY)
    fill(session, rows, how=how)


def fill(session: Session, rows: Iterable[str], *, how: LiteralString) -> None:
    """Add rows to those that are staged. Raises DBAPIError, as all statements do: who retries and answers knows it."""
    connection = session.connection().connection.driver_connection
    assert connection is not None  # noqa: S101 a checked-out one has it
    try:
        with connection.cursor() as cursor, cursor.copy(how) as copy:
            copy.write("".join(rows))
    except psycopg.Error as error:
        if connection.closed:
            session.connection().invalidate(error)
        raise DBAPIError(how, None, error, connection_invalidated=connection.closed) from error
