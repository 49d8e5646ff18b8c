"""Take an estate over from a workbook: look at it as a sheet with the errors beside the cells, then confirm once."""

from flask import Response, request

from backend.admin.details.forms import FieldMissingError
from backend.admin.kit.page import BASE, blueprint, current, flash, for_staff, go, office, scope, show, t, visitor
from backend.importing import running
from backend.importing.layout import SHEETS
from backend.importing.template import marked, template
from backend.kernel.db import Session
from backend.runtime import runtime
from backend.staff.roles import Permission

IMPORT, PAGE = Permission.IMPORT_ESTATE, f"{BASE}/import"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN = 300  # rows of a sheet: wrong ones first, so that none of those is missed


@blueprint.get("/import")
@for_staff(IMPORT)
def import_page() -> Response:
    """Ask for a workbook."""
    return show("import.html")


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
    return show("import_checked.html", found=found, layout=SHEETS, most=SHOWN)


@blueprint.post("/import/<int:number>/confirm")
@for_staff(IMPORT)
def confirm(number: int) -> Response:
    """Take over what was looked at, once."""
    reach, by, profiles = scope(IMPORT), current().actor(visitor().request_id), runtime().profiles
    run = office().run(
        lambda session: running.confirm_import(session, scope=reach, run_id=number, profiles=profiles, by=by)
    )
    told = sum(counts.get(fate, 0) for counts in run.counts.values() for fate in ("new", "changed"))
    flash(t("已导入：新增或更新 {n} 行。", n=told))
    return go(f"{BASE}/rooms")


def _file(content: bytes, name: str) -> Response:
    answer = Response(content, content_type=KIND)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
