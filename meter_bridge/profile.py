"""Profiles of meters: one data file for each model (docs/adding-a-meter.md). Pure: pydantic and tomllib only."""

import hashlib
import re
import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from meter_bridge.parameter_places import NumberPlace, Parameters, PlanPlace, PricesPlace, SchedulesPlace
from meter_bridge.profile_model import Profile, Quantity, TakeBack, Transformers
from meter_bridge.profile_rules import broken_rules
from meter_bridge.toml_places import line_of

__all__ = [
    "SHIPPED", "NumberPlace", "Parameters", "PlanPlace", "PricesPlace", "Profile", "ProfileError", "Quantity",
    "SchedulesPlace", "TakeBack", "Transformers", "load_profile", "load_profiles",
]  # fmt: skip

SHIPPED = Path(__file__).parent / "profiles"


class ProfileError(Exception):
    """A profile that cannot be used: says file, line, key and what to write."""

    def __init__(self, file: Path, line: int, key: str, advice: str) -> None:
        super().__init__(f"{file}:{line}: {key}: {advice}" if key else f"{file}:{line}: {advice}")
        self.file, self.line, self.key, self.advice = file, line, key, advice


def load_profiles(extra: Path | None = None) -> dict[str, Profile]:
    """Return all profiles by code: those shipped, and those of an extra folder; raise ProfileError."""
    folders = [SHIPPED] if extra is None else [SHIPPED, extra]
    profiles: dict[str, Profile] = {}
    for file in (file for folder in folders for file in sorted(folder.glob("*.toml"))):
        profile = load_profile(file)
        if profile.code in profiles:
            text = file.read_text(encoding="utf-8")
            raise ProfileError(file, line_of(text, ("code",)), "code", f"{profile.code!r} is taken: choose another")
        profiles[profile.code] = profile
    return profiles


def load_profile(file: Path) -> Profile:
    """Read one profile; raise ProfileError naming file, line, key and what to write."""
    raw, text = _parsed(file)
    try:
        profile = Profile.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        path = _written(raw, first["loc"])
        raise ProfileError(file, line_of(text, path), ".".join(map(str, path)), _advice(dict(first))) from None
    for path, advice in broken_rules(profile):
        raise ProfileError(file, line_of(text, path), ".".join(map(str, path)), advice)
    profile._sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    return profile


def _parsed(file: Path) -> tuple[dict[str, Any], str]:
    try:
        text = file.read_text(encoding="utf-8")
        return tomllib.loads(text), text
    except OSError as error:
        raise ProfileError(file, 1, "", f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ProfileError(file, 1, "", "is no UTF-8 text: save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        raise ProfileError(file, int(line[1]) if line else 1, "", f"is no TOML: {error}") from None


def _written(raw: Any, path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Return the path as far as it leads through the file: pydantic adds steps of its own, such as a union's branch."""
    at = raw
    for depth, part in enumerate(path):
        try:
            at = at[part]
        except KeyError:
            return path[: depth + (part != "[key]")]
        except (TypeError, IndexError):
            return path[:depth]
    return path


def _advice(error: dict[str, Any]) -> str:
    """Say what to write instead."""
    given = f", not {error['input']!r}" if isinstance(error["input"], str | int | float) else ""
    match error["type"]:
        case "missing":
            return "is missing: write it"
        case "extra_forbidden":
            return "is no key of a profile: correct the spelling, or remove it"
        case "enum" | "literal_error":
            return f"write {error['ctx']['expected']}{given}"
        case "int_type" | "int_from_float" | "int_parsing":
            return f"write a whole number{given}"
        case "greater_than_equal" | "less_than_equal" | "greater_than":
            return f"write a number {error['msg'].removeprefix('Input should be ')}{given}"
        case _:
            return f"{error['msg'].replace('Input should', 'should')}{given}"
