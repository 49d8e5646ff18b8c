"""`import`: take rooms, tenants and meters over from an Excel workbook."""

from collections.abc import Iterable
from pathlib import Path

import click

from backend.audit.recording import operator
from backend.cli.opening import in_transaction, opened, organisation_named
from backend.importing.checking import Fate, Row
from backend.importing.layout import SHEETS
from backend.importing.running import DryRun, check_workbook, confirm_import
from backend.importing.template import marked, template
from backend.kernel.db import Session
from backend.kernel.scope import Scope

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
TO = click.Path(path_type=Path, dir_okay=False)


@click.group("import")
def workbook() -> None:
    """Rooms, tenants and meters from an Excel workbook."""


@workbook.command("template")
@click.argument("file", type=TO)
def write_template(file: Path) -> None:
    """Write the workbook to be filled."""
    file.write_bytes(template())
    click.echo(f"{file} written; cells with a star are needed")


@workbook.command("run")
@click.argument("file", type=FILE)
@click.option("--organisation", "owner", required=True)
@click.option("--by", required=True, help="Who imports; kept for ever.")
@click.option("--confirm", is_flag=True, help="Take it over when every cell fits; else only say what would happen.")
@click.option("--marked", "marked_file", type=TO, help="Write the workbook with each error beside its cell.")
def run_import(file: Path, owner: str, by: str, *, confirm: bool, marked_file: Path | None) -> None:
    """Say what an import would do, and with --confirm do it, once."""
    runtime, actor = opened(), operator(by)

    def looked(session: Session) -> tuple[Scope, DryRun]:
        scope = Scope(organisation_named(session, owner).id)
        found = check_workbook(
            session,
            scope=scope,
            content=file.read_bytes(),
            file_name=file.name,
            profiles=runtime.profiles,
            by=actor,
        )
        return scope, found

    scope, found = in_transaction(runtime, looked)
    _say(found)
    if marked_file is not None:
        marked_file.write_bytes(marked(found.sheets))
    if found.errors:
        raise click.ClickException("nothing was imported")
    if confirm:
        number = found.run.id
        in_transaction(
            runtime,
            lambda session: confirm_import(session, scope=scope, run_id=number, profiles=runtime.profiles, by=actor),
        )
        click.echo("imported" if not found.done else "was imported before; nothing changed")


def _say(found: DryRun) -> None:
    for kind, rows in found.sheets.items():
        counts = ", ".join(f"{fate.value} {sum(row.fate is fate for row in rows)}" for fate in Fate)
        click.echo(f"{SHEETS[kind][0]}: {counts}")
    for line in _lines(found.errors):
        click.echo(line)


def _lines(rows: Iterable[Row]) -> Iterable[str]:
    for row in rows:
        headers = {column.key: column.zh for column in SHEETS[row.sheet][1]}
        for key, error in row.errors.items():
            yield f"  {SHEETS[row.sheet][0]} 第 {row.number} 行 {headers[key]}: {error.zh} / {error.en}"
