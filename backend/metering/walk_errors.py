"""What stands against a walk test, or against one meter of it; the code of the latter is kept with what was skipped."""

from backend.kernel.errors import ProductError


class WalkOverError(ProductError):
    """The walk has ended, or the step is not the one it is at."""

    status = 409
    code = "walk_over"
    zh = "这一步已经处理过，或走查已结束。"
    en = "This step was dealt with already, or the walk has ended."


class WalkNotDarkError(ProductError):
    """The meter did not confirm that its breaker is open."""

    status = 409
    code = "walk_not_dark"
    zh = "电表还没有确认拉闸，请稍候再判断哪间断电。"
    en = "The meter has not confirmed that its breaker is open; wait before you say which room is dark."


class WalkEmptyError(ProductError):
    """A place without meters in use."""

    status = 422
    code = "walk_empty"
    zh = "这里没有在用的电表。"
    en = "There are no meters in use here."


class WalkMoneyError(ProductError):
    """Money is under way to the meter."""

    status = 409
    code = "walk_money"
    zh = "有充值正在路上，已跳过。"
    en = "Skipped: a top-up is under way."


class WalkLockedError(ProductError):
    """A maintenance lock hangs: it could not be closed again."""

    status = 409
    code = "walk_locked"
    zh = "挂着检修锁，已跳过。"
    en = "Skipped: a maintenance lock hangs there."


class WalkTenantError(ProductError):
    """Somebody uses the room, and nobody confirmed that tenants may be cut."""

    status = 409
    code = "walk_tenant"
    zh = "房间有租户用电，开始时未确认“可断租户的电”，已跳过。"
    en = "Skipped: a tenant is supplied there, and cutting tenants was not confirmed at the start."


class WalkNotClosedError(ProductError):
    """Not known to be closed: closing it after the test could let current flow that somebody cut."""

    status = 409
    code = "walk_not_closed"
    zh = "断路器现在不是合闸状态，或正有别的操作，已跳过。"
    en = "Skipped: its breaker is not closed now, or something else is being done there."


WHYS = {kind.code: kind for kind in (WalkMoneyError, WalkLockedError, WalkTenantError, WalkNotClosedError)}
