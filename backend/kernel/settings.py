"""Settings from the environment and, for secrets, from VAR_DIR/secrets.toml."""

import os
import secrets
import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

GENERATED = ("master_key", "command_signing_key")
REAL_ORIGINS = {
    "wechat_api_origin": "https://api.weixin.qq.com",
    "wechat_pay_origin": "https://api.mch.weixin.qq.com",
}


class Settings(BaseSettings):
    """Everything that may differ between two installations; one environment variable each, in upper case."""

    model_config = SettingsConfigDict(env_prefix="", extra="ignore", frozen=True, hide_input_in_errors=True)

    environment: Literal["development", "production"] = Field(
        "development", description="production refuses generated secrets and provider origins other than the real ones"
    )
    var_dir: Path = Field(Path("var"), description="state of this installation: secrets, embedded servers, journals")
    database_url: str | None = Field(None, description="PostgreSQL for the role app; unset: the embedded server")
    migration_database_url: str | None = Field(None, description="the same database for the role owner")
    redis_url: str | None = Field(None, description="Redis or Valkey; unset: the embedded server")
    master_key: SecretStr = Field(description="32 bytes in hexadecimal; seals merchant keys at rest")
    command_signing_key: SecretStr = Field(
        description="32 bytes in hexadecimal; Ed25519 seed that signs meter commands"
    )
    public_url: str = Field("http://127.0.0.1:8000", description="origin under which payment providers reach us")
    wechat_api_origin: str = Field(REAL_ORIGINS["wechat_api_origin"], description="origin of the WeChat API")
    wechat_pay_origin: str = Field(REAL_ORIGINS["wechat_pay_origin"], description="origin of WeChat Pay")
    provider_timeout: float = Field(8.0, gt=0, description="seconds a provider may take to answer")
    time_scale: float = Field(1.0, gt=0, description="divides leases, janitor and resend times; for demos and tests")
    web_address: str = Field("127.0.0.1:8000", description="where the web process listens")
    bridge_api_address: str = Field("127.0.0.1:8001", description="where the bridge API listens")
    trusted_proxies: int = Field(0, ge=0, description="reverse proxies in front whose X-Forwarded-For is believed")
    web_threads: int = Field(8, ge=1, description="requests the web process serves at once")
    bridge_api_threads: int = Field(16, ge=2, description="long polls and calls the bridge API serves at once")
    line_networks: Annotated[list[str], NoDecode] = Field(
        default=["127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"],
        description="networks a gateway address may lie in, separated by commas",
    )
    meter_profiles_dir: Path | None = Field(None, description="further meter profiles, one TOML file each")
    reading_slot_minutes: int = Field(15, ge=5, le=60, description="minutes between readings of registers")
    readings_kept_months: int = Field(13, ge=13, description="months single readings and hourly registers stay")
    top_up_min_fen: int = Field(100, ge=1, description="smallest order, in fen")
    top_up_max_fen: int = Field(1_000_000, ge=1, description="largest order, in fen")
    top_up_open_orders: int = Field(3, ge=1, description="unpaid orders a user may have at once")
    top_up_expiry_minutes: int = Field(30, ge=5, description="minutes an order may be paid after it was placed")
    log_format: Literal["text", "json"] = Field("text", description="text for people, json for log collectors")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Let arguments beat the environment, and the environment beat the generated file."""
        toml = TomlConfigSettingsSource(settings_cls, secrets_file(Path(os.environ.get("VAR_DIR", "var"))))
        return init_settings, env_settings, toml

    @model_validator(mode="after")
    def _refuse_unfit(self) -> Self:
        for name in GENERATED:
            value: SecretStr = getattr(self, name)
            if len(bytes.fromhex(value.get_secret_value())) != 32:  # noqa: PLR2004 the sentence says it
                raise ValueError(f"{name.upper()} must be 32 bytes in hexadecimal")
        if 60 % self.reading_slot_minutes:
            raise ValueError("READING_SLOT_MINUTES must divide an hour: 5, 6, 10, 12, 15, 20, 30 or 60")
        if self.environment == "production":
            self._refuse_demo()
        return self

    def _refuse_demo(self) -> None:
        demo = read_secrets(self.var_dir)
        for name in GENERATED:
            if demo.get(name) == getattr(self, name).get_secret_value():
                raise ValueError(f"{name.upper()} is the generated demo secret; give production its own")
        if not (self.database_url and self.migration_database_url and self.redis_url):
            raise ValueError("production needs DATABASE_URL, MIGRATION_DATABASE_URL and REDIS_URL")
        if not self.public_url.startswith("https://"):
            raise ValueError("PUBLIC_URL must be https in production: providers call back over TLS only")
        for name, origin in REAL_ORIGINS.items():
            if getattr(self, name) != origin:
                raise ValueError(f"{name.upper()} must be {origin} in production")
        if self.time_scale != 1:
            raise ValueError("TIME_SCALE must be 1 in production")


def secrets_file(var_dir: Path) -> Path:
    """Return where generated secrets live."""
    return var_dir / "secrets.toml"


def read_secrets(var_dir: Path) -> dict[str, str]:
    """Return the generated secrets; empty before the first run."""
    path = secrets_file(var_dir)
    return tomllib.loads(path.read_text()) if path.exists() else {}


def generate_secrets(var_dir: Path) -> None:
    """Write demo secrets once, readable by this user only; an existing file is kept."""
    var_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = secrets_file(var_dir)
    if path.exists():
        return
    text = "".join(f'{name} = "{secrets.token_hex(32)}"\n' for name in GENERATED)
    draft = path.with_suffix(".new")
    draft.touch(mode=0o600)
    draft.write_text(text)
    draft.rename(path)
