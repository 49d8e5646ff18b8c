"""What is wished for at the end of a term: who comes, from a workbook; and all of it, as the look hands it on."""

import json
from datetime import date

from backend.importing.cells import CellError
from backend.importing.checking import checked
from backend.importing.layout import SheetKind
from backend.importing.reading import read_workbook
from backend.kernel.errors import NotFoundError
from backend.lifecycle.term import TermWish

Place = tuple[str, str, str]
MOST, TOLD = 1_000, 10
LINE = "第 {n} 行：{why}"


def comers_of(content: bytes, chosen: dict[Place, int]) -> dict[int, str]:
    """Return who comes, by room. Raises CellError with the first rows that do not fit, and what reading refuses."""
    rows = checked(SheetKind.ROOMS, read_workbook(content).get(SheetKind.ROOMS, []))
    comers: dict[int, str] = {}
    seen: set[int] = set()
    for row in rows:
        room = chosen.get((row.values.get("park", ""), row.values.get("building", ""), row.values.get("number", "")))
        if room is None:
            row.refuse("number", "不在选中的宿舍房间里", "is none of the chosen rooms")
        elif room in seen:
            row.refuse("number", "重复", "stands there twice")
        else:
            seen.add(room)
            comers |= {room: row.values["holder"]} if row.values.get("holder") else {}
    wrong = [(row.number, error) for row in rows for error in row.errors.values()][:TOLD]
    if wrong:
        zh = "；".join(LINE.format(n=number, why=error.zh) for number, error in wrong)
        raise CellError(zh, "; ".join(f"row {number}: {error.en}" for number, error in wrong))
    return comers


def packed(wish: TermWish) -> str:
    """Return a wish as a form carries it from the look to the confirmation."""
    told = {"last": wish.last_day.isoformat(), "first": wish.first_day.isoformat()}
    return json.dumps({**told, "rooms": wish.room_ids, "comers": dict(wish.comers)}, ensure_ascii=False)


def unpacked(told: str) -> TermWish:
    """Return the wish that a form carried. Raises NotFoundError for what is none."""
    try:
        known = json.loads(told)
        days = date.fromisoformat(known["last"]), date.fromisoformat(known["first"])
        comers = {int(room): str(name) for room, name in known["comers"].items()}
        return TermWish(*days, tuple(int(room) for room in known["rooms"])[:MOST], comers)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise NotFoundError from None
