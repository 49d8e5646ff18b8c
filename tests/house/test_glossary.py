"""Every word a state, a kind or a reason can have stands in the glossary with its Chinese word."""

import re
from collections import Counter

from tests.house.sources import enum_words, modules, parse, text_of

# How registers are coded and how a simulator is told to fail are no words for people.
WORDY = (
    "backend",
    "miniprogram-api",
    "meter_bridge/protocol.py",
    "meter_bridge/protocol_condition.py",
    "meter_bridge/protocol_words.py",
    "meter_bridge/protocol_parameters.py",
    "meter_bridge/parameter_faults.py",
    "meter_bridge/judging.py",
    "meter_bridge/profile_model.py",
)
CHAPTER = re.compile(r"^### `(\w+)`.*?$(.*?)(?=^#|\Z)", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\| ([^|]*[\u4e00-\u9fff][^|]*) \| `([a-z0-9_]+)` \| [^|]+ \|$", re.MULTILINE)


def _written() -> set[tuple[str, str]]:
    chapters = CHAPTER.findall(text_of("docs/glossary.md"))
    return {(enum, word) for enum, rows in chapters for _, word in ROW.findall(rows)}


def test_every_enum_word_stands_in_the_glossary_in_chinese_and_no_other_does() -> None:
    assert _written() == {pair for module in modules(*WORDY) for pair in enum_words(module)}


def test_no_two_enums_share_a_name() -> None:
    names = Counter(name for module in modules(*WORDY) for name in {enum for enum, _ in enum_words(module)})
    assert [name for name, count in names.items() if count > 1] == []


def test_a_new_word_would_be_missed() -> None:
    planted = parse("class OrderState(StrEnum):\n    LOST = 'lost'\n")
    assert set(enum_words(planted)) - _written() == {("OrderState", "lost")}
