"""The file a merchant account is imported from: TOML, checked whole before anything is stored."""

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from backend.payments.errors import MerchantFileError


class MerchantPart(BaseModel):
    """[merchant_account]: what the provider calls the account; every further key is one of the provider's own."""

    model_config = ConfigDict(extra="allow", frozen=True)

    provider: str
    mode: Literal["direct"] = "direct"
    mchid: str
    appid: str

    @property
    def keys(self) -> dict[str, str]:
        """The provider's own keys."""
        return {name: str(value) for name, value in (self.model_extra or {}).items()}


class TemplatePart(BaseModel):
    """A message template: its id, and which fact each field shows where that is not the usual one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    fields: dict[str, str] | None = None


class WechatAppPart(BaseModel):
    """[[wechat_app]]: an application whose users may pay into this account."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    appid: str
    kind: Literal["mini_program", "official_account"]
    secret: str
    templates: dict[Literal["credited", "low_credit"], str | TemplatePart] = {}


class MerchantFile(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    merchant_account: MerchantPart
    wechat_app: list[WechatAppPart] = []


def read_merchant_file(file: Path) -> MerchantFile:
    """Return what a merchant file says. Raises MerchantFileError naming the place, never a secret."""
    try:
        return MerchantFile.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MerchantFileError(file=file.name, why=str(error)) from None
    except ValidationError as error:
        places = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors(include_input=False)]
        raise MerchantFileError(file=file.name, why="; ".join(places)) from None
