"""Look at a workbook, then take it over, once."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from sqlalchemy import delete, or_, select

from backend.audit.recording import Actor, record
from backend.estate.actions import EstateAction
from backend.estate.models import Organisation
from backend.importing.applying import take_over
from backend.importing.applying_accounts import take_accounts
from backend.importing.checking import Fate, Row
from backend.importing.errors import ImportHasErrorsError, ImportStaleError
from backend.importing.known import Known, look
from backend.importing.layout import SheetKind
from backend.importing.models import ImportRun
from backend.importing.planning import Sheets, plan
from backend.importing.reading import read_workbook
from backend.importing.signing import Signer, use_signature
from backend.importing.totals import Totals, totals
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.kernel.scope import Scope
from meter_bridge.profile import Profile

KEPT = timedelta(days=30)  # a file that nobody takes over is forgotten then, with the names and numbers in it


@dataclass(frozen=True, slots=True)
class DryRun:
    """What was found: rows of every sheet with their fates, and the run to confirm. done: it was taken over before."""

    run: ImportRun
    sheets: Sheets
    done: bool

    @property
    def errors(self) -> list[Row]:
        """The rows that do not fit."""
        return [row for rows in self.sheets.values() for row in rows if row.fate is Fate.WRONG]

    @property
    def totals(self) -> Totals:
        """What the opening balances come to; two persons sign for them when there are any."""
        return totals(self.sheets)


def check_workbook(
    session: Session, *, scope: Scope, content: bytes, file_name: str, profiles: Mapping[str, Profile], by: Actor
) -> DryRun:
    """Say for each row what an import would do, and keep the file to be confirmed; the estate is not touched.

    Raises the refusals of `importing.errors` where the file as a whole does not fit.
    """
    digest = sha256(content).hexdigest()
    sheets, _ = _planned(session, scope, content, profiles)
    waiting = delete(ImportRun).filter_by(organisation_id=scope.organisation_id, applied_at=None)
    old = ImportRun.checked_at < session.clock.now() - KEPT
    session.execute(waiting.where(or_(ImportRun.digest == digest, old)))
    applied = _applied(session, scope, digest)
    run = applied or ImportRun(
        organisation_id=scope.organisation_id,
        digest=digest,
        plan_digest=_plan_digest(sheets),
        file_name=file_name[-200:],
        content=content,
        counts=_counts(sheets),
        checked_at=session.clock.now(),
        checked_by=by.name,
    )
    session.add(run)
    session.flush()
    return DryRun(run, sheets, done=applied is not None)


def confirm_import(
    session: Session,
    *,
    scope: Scope,
    run_id: int,
    profiles: Mapping[str, Profile],
    by: Actor,
    signer: Signer | None = None,
) -> ImportRun:
    """Take over what was looked at; confirming again, or the same file again, changes nothing.

    Raises NotFoundError, ImportHasErrorsError, ImportStaleError, SignatureNeededError.
    """
    own = select(Organisation.id).filter_by(id=scope.organisation_id)
    session.execute(own.with_for_update(key_share=True))  # imports of one organisation take turns
    run = _run(session, scope, run_id)
    done = _applied(session, scope, run.digest)
    if done is not None:
        return done
    sheets, known = _planned(session, scope, run.content or b"", profiles)
    wrong = [row for rows in sheets.values() for row in rows if row.fate is Fate.WRONG]
    if wrong:
        raise ImportHasErrorsError(count=sum(len(row.errors) for row in wrong))
    if _plan_digest(sheets) != run.plan_digest:
        raise ImportStaleError
    if totals(sheets).accounts:
        use_signature(session, run=run, found=totals(sheets), signer=signer)
    taking = take_over(session, sheets=sheets, known=known, profiles=profiles, by=by)
    take_accounts(taking, sheets[SheetKind.ACCOUNTS], group=f"import:{run.id}")
    run.applied_at, run.applied_by, run.content = session.clock.now(), by.name, None
    after = {"file": run.file_name, "digest": run.digest, **run.counts}
    record(session, by=by, action=EstateAction.WORKBOOK_IMPORTED, subject=run, after=after)
    return run


def look_again(session: Session, *, scope: Scope, run_id: int, profiles: Mapping[str, Profile]) -> DryRun:
    """Say once more what an import would do that was looked at before. Raises NotFoundError, ImportStaleError."""
    run = _run(session, scope, run_id)
    if run.content is None:
        raise NotFoundError
    sheets, _ = _planned(session, scope, run.content, profiles)
    if _plan_digest(sheets) != run.plan_digest:
        raise ImportStaleError
    return DryRun(run, sheets, done=False)


def waiting_runs(session: Session, *, scope: Scope, most: int = 10) -> Sequence[ImportRun]:
    """Return what was looked at and not taken over, the newest first."""
    waiting = select(ImportRun).filter_by(organisation_id=scope.organisation_id, applied_at=None)
    return session.scalars(waiting.order_by(ImportRun.id.desc()).limit(most)).all()


def _run(session: Session, scope: Scope, run_id: int) -> ImportRun:
    run = session.get(ImportRun, run_id, populate_existing=True)
    if run is None or run.organisation_id != scope.organisation_id:
        raise NotFoundError
    return run


def _planned(session: Session, scope: Scope, content: bytes, profiles: Mapping[str, Profile]) -> tuple[Sheets, Known]:
    raw = read_workbook(content)
    known = look(session, scope=scope)
    return plan(raw, known, profiles), known


def _applied(session: Session, scope: Scope, digest: str) -> ImportRun | None:
    same = select(ImportRun).filter_by(organisation_id=scope.organisation_id, digest=digest)
    return session.scalars(same.where(ImportRun.applied_at.is_not(None))).one_or_none()


def _counts(sheets: Sheets) -> dict[str, dict[str, int]]:
    return {
        kind.value: {fate.value: count for fate, count in Counter(row.fate for row in rows).items()}
        for kind, rows in sheets.items()
        if rows
    }


def _plan_digest(sheets: Sheets) -> str:
    told = [(kind, row.number, row.fate, sorted(row.changes.items())) for kind, rows in sheets.items() for row in rows]
    return sha256(repr(told).encode()).hexdigest()
