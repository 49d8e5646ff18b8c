"""The forms of a template of parameters."""

from backend.admin.forms.field import Field, number_of, word_field
from backend.admin.forms.form import Form
from backend.admin.kit.labels import label
from backend.admin.kit.page import BASE, current, office, scope, t
from backend.admin.parameters.asking import Asked
from backend.admin.parameters.shape import shape_of
from backend.estate.queries import parks_seen
from backend.metering.parameters.money import SET
from backend.metering.parameters.template_models import ParameterTemplate
from backend.metering.parameters.templates import template_inside
from meter_bridge.protocol import CreditUnit, ParameterCode

LIST = (f"{BASE}/parameter-templates", "参数模板")


def new_form() -> Form:
    """Return the form of a new template."""
    with office().reading() as session:
        parks = parks_seen(session, scope=scope(SET))
    whole = current().may(SET)
    choices = [("", t("全部园区"))] if whole else []
    choices += [(str(each.id), each.name) for each in parks]
    units = [(unit.value, label(unit)) for unit in CreditUnit]
    fields = (
        Field("name", "名称", hint="例如：商铺夏季"),
        Field("park", "园区", "choice", number_of, required=not whole, nothing=None, choices=choices[whole:]),
        word_field("unit", "额度单位", CreditUnit, units, value=CreditUnit.MONEY.value),
        Field("remark", "备注", required=False, longest=200),
    )
    return Form("新建参数模板", fields, "新建", LIST)


def words_form(template: ParameterTemplate) -> Form:
    """Return the form of its name and remark."""
    fields = (
        Field("name", "名称", value=template.name),
        Field("remark", "备注", required=False, longest=200, value=template.remark),
    )
    return Form("修改参数模板", fields, "保存", (f"{LIST[0]}/{template.id}", template.name))


def end_form(template: ParameterTemplate) -> Form:
    """Return the form that ends it."""
    told = (t("已套用的电表保持原来的设定，只是不能再套用这个模板。"),)
    return Form("停用参数模板", (), "停用", (f"{LIST[0]}/{template.id}", template.name), told=told, danger=True)


def known_template(number: int) -> ParameterTemplate:
    """Return a template that may be changed. Raises NotFoundError."""
    with office().reading() as session:
        return template_inside(session, scope=scope(SET), template_id=number)


def value_form(template: ParameterTemplate, code: ParameterCode) -> Asked:
    """Return the form of one value of a template."""
    above, shape = (f"{LIST[0]}/{template.id}", template.name), shape_of(code, template.credit_unit, None)
    told = (t("套用时逐表核对：型号放不下的电表会列出原因，不会下发。"),)
    return Asked(shape, label(code), above, t("保存"), told, reasoned=False)
