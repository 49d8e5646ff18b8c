"""What a user sets for themselves."""

from typing import Annotated

from pydantic import BaseModel, Field, StrictBool

from backend.kernel.errors import Language
from miniprogram_api.schemas.incoming import Incoming

LARGEST_FEN = 10_000_000


class SettingsView(BaseModel):
    """The settings of a user; the same behind every door a person comes through."""

    low_credit_threshold_fen: int | None = Field(description="null: the usual threshold")
    usual_low_credit_threshold_fen: int
    language: Language
    large_text: bool


class SettingsRequest(Incoming):
    """All settings, as they are to be."""

    low_credit_threshold_fen: Annotated[int, Field(strict=True, ge=0, le=LARGEST_FEN)] | None = Field(
        description="warn when the credit is this or less; 0: when it is used up; null: the usual threshold"
    )
    language: Language
    large_text: StrictBool
