"""Applications to be bound."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from backend.people.models import Role
from backend.people.registration_models import RegistrationProof, RegistrationState
from miniprogram_api.schemas.incoming import Incoming


class RegistrationRequest(Incoming):
    """Who somebody is and where they work; the telephone number is typed, or proved by the code of the phone button."""

    model_config = ConfigDict(str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=40)
    enterprise: str = Field(min_length=1, max_length=100)
    phone: str = Field("", max_length=30, description="typed; left out when phone_code is given")
    phone_code: str = Field("", pattern=r"^[0-9A-Za-z_\-]{0,128}$", description="of the phone button, good once")
    building: str = Field("", max_length=60)
    room: str = Field("", max_length=60)
    meter_number: str = Field("", max_length=60, description="proves nothing; helps staff to find the room")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if not self.phone and not self.phone_code:
            raise ValueError("phone or phone_code is needed")
        return self


class RegistrationView(BaseModel):
    """An application as its applicant wrote it, and what became of it."""

    registration: int
    state: RegistrationState
    name: str
    phone: str
    phone_proved: bool = Field(description="WeChat told the number, the applicant did not type it")
    enterprise: str
    building: str
    room: str
    meter_number: str
    applied_at: datetime
    decided_at: datetime | None
    answer: str = Field(description="the reason, when it was rejected")
    proof: RegistrationProof | None = Field(description="what an approval rests on")
    holder: int | None
    holder_name: str | None = Field(description="for whom the applicant was bound, as the property company calls it")
    role: Role | None


class RegistrationList(BaseModel):
    """The user's applications, the newest first."""

    registrations: list[RegistrationView]
