"""What was typed into a form."""

from flask import request

from backend.kernel.errors import ProductError

LONGEST = 500


class FieldMissingError(ProductError):
    """A field that must be filled in is empty."""

    status = 422
    code = "field_missing"
    zh = "请填写所有必填项。"
    en = "Please fill in everything that is required."


class FieldUnfitError(ProductError):
    """What was typed does not fit its field."""

    status = 422
    code = "field_unfit"
    zh = "{zh}。"
    en = "{en}."


def typed(name: str) -> str:
    """Return a field without the blanks around it, cut at 500 signs; nothing when it was not sent."""
    return request.form.get(name, "").strip()[:LONGEST]


def required(name: str) -> str:
    """Return a field that must be filled in. Raises FieldMissingError."""
    told = typed(name)
    if not told:
        raise FieldMissingError
    return told
