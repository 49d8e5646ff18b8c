"""What every body and query has in common."""

from pydantic import BaseModel, ConfigDict


class Incoming(BaseModel):
    """A body or query whose unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")
