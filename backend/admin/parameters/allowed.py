"""Whether who looks at a page may set a parameter there."""

from collections.abc import Callable

from backend.admin.kit.page import blueprint, current
from backend.metering.parameters.money import SET, is_priced
from backend.staff.roles import Permission
from meter_bridge.protocol import ParameterCode


def may_set_parameter(code: ParameterCode | str, park_id: int | None) -> bool:
    """Say whether who asks may set a parameter in a park; None: in all of them."""
    who = current()
    return who.may(SET, park_id) and (
        not is_priced([ParameterCode(code)]) or who.may(Permission.CHANGE_PRICES, park_id)
    )


@blueprint.context_processor
def _words() -> dict[str, Callable[..., object]]:
    return {"may_set_parameter": may_set_parameter}
