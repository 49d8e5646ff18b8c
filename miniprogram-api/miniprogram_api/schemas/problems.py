"""Refusals."""

from pydantic import BaseModel, Field


class ProblemField(BaseModel):
    """A field that does not fit."""

    field: str
    code: str
    detail: str


class Problem(BaseModel):
    """The one shape of every refusal (RFC 9457); detail is in the reader's language."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    request_id: str
    fields: list[ProblemField] | None = Field(None, description="with 422 only")
