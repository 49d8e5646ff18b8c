"""What is refused about holders and their tenancies."""

from backend.kernel.errors import ProductError


class HolderUnknownError(ProductError):
    """Nobody of this name is known, or not where one may look."""

    status = 422
    code = "holder_unknown"
    zh = "没有名为“{name}”的租户，请先登记。"
    en = "There is no tenant “{name}”; please register them first."


class DatesUnfitError(ProductError):
    """A tenancy ends after it begins."""

    status = 422
    code = "dates_unfit"
    zh = "租约的结束日期必须晚于开始日期。"
    en = "A tenancy must end after it begins."


class CreditCodeUnfitError(ProductError):
    """The check sign does not fit: a typing mistake."""

    status = 422
    code = "credit_code_unfit"
    zh = "统一社会信用代码不正确，请核对（18 位，含校验位）。"
    en = "This unified social credit code is not right; please check its 18 signs."


class CreditCodeTakenError(ProductError):
    """Another enterprise of the organisation has the code."""

    status = 409
    code = "credit_code_taken"
    zh = "统一社会信用代码已属于企业“{name}”。"
    en = "This unified social credit code belongs to “{name}” already."


class PhoneUnfitError(ProductError):
    """No telephone number."""

    status = 422
    code = "phone_unfit"
    zh = "电话号码不正确。"
    en = "This is no telephone number."


class ContactExistsError(ProductError):
    """The holder has a contact with this telephone number."""

    status = 409
    code = "contact_exists"
    zh = "该联系电话已登记。"
    en = "A contact with this telephone number exists already."
