"""Take an estate over from a workbook: look at it as a sheet with the errors beside the cells, then confirm once.

Opening balances are money: two persons sign for their totals before they are taken over.
"""

from typing import Any

from flask import Response, request

from backend.admin.details.forms import FieldMissingError, FieldUnfitError, required
from backend.admin.kit.language import language
from backend.admin.kit.page import BASE, blueprint, current, flash, for_staff, go, office, scope, show, t, visitor
from backend.importing import running
from backend.importing.cells import CellError, signed_fen, whole
from backend.importing.errors import ImportStaleError
from backend.importing.layout import SHEETS
from backend.importing.sheet_parts import MOST_ROWS
from backend.importing.signing import Signer, ask_signature, signature
from backend.importing.template import marked, template
from backend.importing.totals import Totals
from backend.kernel.db import Session
from backend.kernel.errors import NotFoundError
from backend.runtime import runtime
from backend.staff.roles import Permission

IMPORT, PAGE = Permission.IMPORT_ESTATE, f"{BASE}/import"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN = 300  # rows of a sheet: wrong ones first, so that none of those is missed


@blueprint.get("/import")
@for_staff(IMPORT)
def import_page() -> Response:
    """Ask for a workbook, and show to staff of the whole organisation what was looked at and waits."""
    reach, waiting = scope(IMPORT), []
    if reach.park_ids is None:
        with office().reading() as session:
            waiting = list(running.waiting_runs(session, scope=reach))
    return show("import.html", waiting=waiting)


@blueprint.get("/import/template")
@for_staff(IMPORT)
def import_template() -> Response:
    """Return the workbook to be filled."""
    return _file(template(), "template.xlsx")


@blueprint.post("/import")
@for_staff(IMPORT)
def look() -> Response:
    """Show what an import would do; nothing is changed. With `marked` the answer is the workbook with its errors."""
    file = request.files.get("file")
    content = file.read() if file else b""
    if file is None or not content:
        raise FieldMissingError
    reach, by, name = scope(IMPORT), current().actor(visitor().request_id), file.filename or ""

    def looked(session: Session) -> running.DryRun:
        profiles = runtime().profiles
        return running.check_workbook(session, scope=reach, content=content, file_name=name, profiles=profiles, by=by)

    found = office().run(looked)
    if request.form.get("marked"):
        return _file(marked(found.sheets), "errors.xlsx")
    return _checked(found)


@blueprint.get("/import/<int:number>")
@for_staff(IMPORT)
def look_again(number: int) -> Response:
    """Show again what was looked at and waits, for opening balances with who signed. Raises NotFoundError."""
    try:
        return _checked(_waiting(number))
    except ImportStaleError as error:
        flash(error.sentence(language()), "wrong")
        return go(PAGE)


@blueprint.post("/import/<int:number>/sign")
@for_staff(IMPORT)
def ask_to_sign(number: int) -> Response:
    """Ask another to sign for the totals of the opening balances, read off the statement of the system before."""
    found, signer = _waiting(number), Signer(current(), visitor().request_id)
    try:
        fen = {name: signed_fen(required(name)) for name in ("credit_fen", "debt_fen")}
        told = Totals(accounts=whole(0, MOST_ROWS)(required("accounts")), **fen)
    except CellError as error:
        raise FieldUnfitError(zh=error.zh, en=error.en) from error
    reason = required("reason")
    office().run(lambda s: ask_signature(s, run=found.run, found=found.totals, told=told, reason=reason, signer=signer))
    flash(t("已提交，等待另一人在“审批”中签字。"))
    return go(f"{PAGE}/{number}")


@blueprint.post("/import/<int:number>/confirm")
@for_staff(IMPORT)
def confirm(number: int) -> Response:
    """Take over what was looked at, once."""
    who, request_id = current(), visitor().request_id
    reach, profiles, signer = scope(IMPORT), runtime().profiles, Signer(who, request_id)
    by = who.actor(request_id)
    run = office().run(
        lambda session: running.confirm_import(
            session, scope=reach, run_id=number, profiles=profiles, by=by, signer=signer
        )
    )
    told = sum(counts.get(fate, 0) for counts in run.counts.values() for fate in ("new", "changed"))
    flash(t("已导入：新增或更新 {n} 行。", n=told))
    return go(f"{BASE}/rooms")


def _waiting(number: int) -> running.DryRun:
    reach = scope(IMPORT)
    if reach.park_ids is not None:
        raise NotFoundError
    return office().run(
        lambda session: running.look_again(session, scope=reach, run_id=number, profiles=runtime().profiles)
    )


def _checked(found: running.DryRun) -> Response:
    told: dict[str, Any] = {"found": found, "layout": SHEETS, "most": SHOWN, "signed": None}
    if found.totals.accounts and not found.done:
        with office().reading() as session:
            told["signed"] = signature(session, run=found.run, found=found.totals)
    return show("import_checked.html", **told)


def _file(content: bytes, name: str) -> Response:
    answer = Response(content, content_type=KIND)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
