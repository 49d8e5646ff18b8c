"""`audit`: prove that nothing of the audit trail was changed, and keep its heads elsewhere."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from backend.audit.models import AuditEntry
from backend.audit.queries import AuditFilter, search_entries
from backend.audit.sealing import Head, heads
from backend.audit.verifying import verify
from backend.cli.opening import in_transaction, opened, organisation_named
from backend.kernel.db import Session
from backend.kernel.scope import Scope


@click.group()
def audit() -> None:
    """The audit trail."""


@audit.command("verify")
@click.option("--heads", "file", type=click.Path(path_type=Path, exists=True), help="What `audit head` wrote earlier.")
def verify_trail(file: Path | None) -> None:
    """Find every edit, deletion, reorder and, with --heads, truncation; ends with 1 when there is any."""
    exported = _read(file) if file else []
    findings = in_transaction(opened(), lambda session: verify(session, exported=exported))
    for found in findings:
        click.echo(
            f"{found.flaw.value}: organisation {found.organisation_id} position {found.position} entry {found.entry_id}"
        )
    if findings:
        raise click.ClickException(f"{len(findings)} findings: somebody wrote past the product")
    click.echo("every entry is as it was written")


@audit.command("head")
@click.option("--to", "file", type=click.Path(path_type=Path), help="Append to this file; keep it on another machine.")
def export_heads(file: Path | None) -> None:
    """Tell the last link of every chain, one JSON object a line."""
    lines = [json.dumps(asdict(head)) for head in in_transaction(opened(), heads)]
    if file is None:
        click.echo("\n".join(lines))
        return
    with file.open("a") as out:
        out.writelines(f"{line}\n" for line in lines)
    click.echo(f"{len(lines)} heads written to {file}")


@audit.command("list")
@click.option("--organisation", "owner", required=True)
@click.option("--action")
@click.option("--since", type=click.DateTime(), help="UTC.")
@click.option("--most", default=50, type=click.IntRange(1, 10_000))
def list_entries(owner: str, action: str | None, since: datetime | None, most: int) -> None:
    """List what was done, the newest first."""

    def found(session: Session) -> Iterable[AuditEntry]:
        scope = Scope(organisation_named(session, owner).id)
        return search_entries(session, scope=scope, wanted=AuditFilter(action=action, since=since), most=most)

    for entry in in_transaction(opened(), found):
        why = f" ({entry.reason})" if entry.reason else ""
        click.echo(
            f"{entry.occurred_at:%Y-%m-%d %H:%M:%S} {entry.actor_name} {entry.action} "
            f"{entry.subject_kind} {entry.subject_id}{why}"
        )


def _read(file: Path) -> list[Head]:
    try:
        return [Head(**json.loads(line)) for line in file.read_text().splitlines() if line.strip()]
    except (ValueError, TypeError) as error:
        raise click.ClickException(f"{file} does not hold heads as `audit head` writes them: {error}") from error
