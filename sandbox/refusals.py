"""Refusals in the shape of the interface that gives them."""


class PayRefusal(Exception):  # noqa: N818 it is an answer, not a fault
    """An answer of WeChat Pay v3 other than success."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class ApiRefusal(Exception):  # noqa: N818 it is an answer, not a fault
    """An answer of the WeChat API with an errcode other than 0."""

    def __init__(self, errcode: int, errmsg: str) -> None:
        super().__init__(errmsg)
        self.errcode, self.errmsg = errcode, errmsg


class ControlRefusal(Exception):  # noqa: N818 it is an answer, not a fault
    """A wish of the control page that makes no sense here."""


def param_error(message: str) -> PayRefusal:
    """Refuse a parameter."""
    return PayRefusal(400, "PARAM_ERROR", message)
