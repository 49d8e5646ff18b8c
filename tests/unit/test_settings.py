"""Production starts only with its own secrets, servers and addresses."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from backend.kernel.settings import Settings, generate_secrets, read_secrets

OWN: dict[str, Any] = {
    "environment": "production",
    "master_key": "ab" * 32,
    "command_signing_key": "cd" * 32,
    "database_url": "postgresql+psycopg://app@db/x",
    "migration_database_url": "postgresql+psycopg://owner@db/x",
    "redis_url": "redis://r",
    "public_url": "https://power.example.cn",
}


def test_production_with_everything_of_its_own_starts(tmp_path: Path) -> None:
    assert Settings(**OWN, var_dir=tmp_path).environment == "production"


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"database_url": None}, "DATABASE_URL"),
        ({"redis_url": None}, "REDIS_URL"),
        ({"public_url": "http://power.example.cn"}, "https"),
        ({"time_scale": 10}, "TIME_SCALE"),
        ({"master_key": "abcd"}, "32 bytes"),
        ({"wechat_pay_origin": "http://127.0.0.1:8090"}, "WECHAT_PAY_ORIGIN"),
    ],
)
def test_production_refuses_what_belongs_to_a_demo(tmp_path: Path, changed: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Settings(**{**OWN, **changed}, var_dir=tmp_path)


def test_production_refuses_generated_secrets(tmp_path: Path) -> None:
    generate_secrets(tmp_path)
    with pytest.raises(ValidationError, match="MASTER_KEY is the generated demo secret"):
        Settings(**{**OWN, **read_secrets(tmp_path)}, var_dir=tmp_path)


def test_generated_secrets_are_private_and_stay(tmp_path: Path) -> None:
    generate_secrets(tmp_path)
    first = read_secrets(tmp_path)
    generate_secrets(tmp_path)
    assert read_secrets(tmp_path) == first
    assert (tmp_path / "secrets.toml").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("minutes", ["7", "4", "61", "x"])
def test_a_slot_that_is_no_part_of_an_hour_is_refused(minutes: str, tmp_path: Path) -> None:
    assert Settings(**OWN, var_dir=tmp_path, reading_slot_minutes="30").reading_slot_minutes == 30
    with pytest.raises(ValidationError, match=r"(?i)reading_slot_minutes"):
        Settings(**OWN, var_dir=tmp_path, reading_slot_minutes=minutes)
