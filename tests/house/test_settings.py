"""Every setting is documented, with its true default, and nothing else is."""

import re

from pydantic.fields import FieldInfo

from backend.kernel.settings import Settings
from tests.house.sources import text_of

ROW = re.compile(r"^\| `([A-Z][A-Z0-9_]+)` \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


def _documented() -> dict[str, str]:
    chapter = text_of("docs/settings.md").split("\n## The product\n")[1].split("\n## ")[0]
    rows = ROW.findall(chapter)
    assert len(rows) == len({name for name, _, _ in rows}), "a setting is documented twice"
    return {name: default for name, default, _ in rows}


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "generated"
    if field.default is None:
        return "unset"
    value = ",".join(field.default) if isinstance(field.default, list) else field.default
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def test_every_setting_is_documented_with_its_default_and_nothing_else_is() -> None:
    assert _documented() == {name.upper(): _default(field) for name, field in Settings.model_fields.items()}


def test_every_setting_says_what_it_is_for_where_it_is_declared() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
