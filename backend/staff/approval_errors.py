"""What two persons are told who do not agree."""

from backend.kernel.errors import ProductError


class SamePersonError(ProductError):
    """Two persons must agree."""

    status = 403
    code = "same_person"
    zh = "不能审批自己发起的申请。"
    en = "You cannot decide what you asked for yourself."


class ApprovalClosedError(ProductError):
    """It was decided, used, withdrawn or has expired."""

    status = 409
    code = "approval_closed"
    zh = "此申请已处理或已过期。"
    en = "This request was decided before, or has expired."


class ApprovalMissingError(ProductError):
    """What is to be done was not approved as it is."""

    status = 409
    code = "approval_missing"
    zh = "没有与此操作完全一致且有效的审批。"
    en = "There is no valid approval for exactly this."
