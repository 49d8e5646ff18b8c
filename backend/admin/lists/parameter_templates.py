"""The list of templates of parameters."""

from typing import Any

from sqlalchemy import Select, func, select

from backend.admin.lists.column import Column, Listing
from backend.admin.lists.sieves import text_in
from backend.admin.lists.views import hang
from backend.estate.models import Park
from backend.kernel.db import Session
from backend.kernel.scope import Scope
from backend.metering.parameters.template_models import ParameterTemplate
from backend.metering.parameters.templates import readable
from backend.staff.roles import Permission


def _templates(_: Session, scope: Scope) -> Select[*tuple[Any, ...]]:
    codes = func.jsonb_object_keys(ParameterTemplate.values).column_valued("code")
    held = select(func.string_agg(codes, ",")).correlate(ParameterTemplate)
    return (
        select(
            ParameterTemplate.id.label("id"),
            ParameterTemplate.name.label("name"),
            Park.name.label("park"),
            held.scalar_subquery().label("codes"),
            ParameterTemplate.version.label("version"),
            ParameterTemplate.remark.label("remark"),
        )
        .outerjoin(Park, Park.id == ParameterTemplate.park_id)
        .where(readable(scope))
    )


TEMPLATES = Listing(
    name="parameter-templates",
    title="参数模板",
    permission=Permission.VIEW_ESTATE,
    columns=(
        Column("name", "名称", link="parameter-templates/{id}"),
        Column("codes", "参数", "words", enum="ParameterCode", sortable=False),
        Column("version", "版本", "number"),
        Column("park", "园区"),
        Column("remark", "备注"),
    ),
    sieves=(text_in(ParameterTemplate.name, ParameterTemplate.remark, title="名称或备注"),),
    statement=_templates,
    order=("name",),
    empty="还没有参数模板：新建一个，填好参数，再从电表列表按条件套用。",
    create=("parameter-templates/new", "新建参数模板", Permission.SET_PARAMETERS),
)
hang(TEMPLATES)
