"""What all parts of a profile share. Pure: pydantic only."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictInt

Address = Annotated[StrictInt, Field(ge=0, le=0xFFFF_FFFF, description="a register; DL/T 645: an identifier")]
Source = Annotated[str, Field(min_length=3, description="section of the manual, or the document, that says so")]


class Part(BaseModel):
    """A table of a profile, in which a key that nobody knows is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)
