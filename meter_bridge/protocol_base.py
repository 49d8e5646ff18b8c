"""What every message of the bridge protocol is, and the words of references. Pure pydantic."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Reference = Annotated[str, Field(pattern=r"^[0-9A-Z]{26}$")]
Fence = Annotated[int, Field(ge=1)]


class Message(BaseModel):
    """A message whose unknown keys are refused, so that a typing error is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)
