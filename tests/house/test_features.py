"""The feature list names every row of the mission once, and every story it names exists."""

import ast
import re

from tests.house.sources import ROOT, parse, text_of

ROWS = {"A": 10, "B": 7, "C": 16, "D": 9, "E": 5, "F": 5, "G": 6}
IDS = [f"{letter}{number}" for letter, last in ROWS.items() for number in range(1, last + 1)]
ROW = re.compile(r"^\| ([A-Z]\d+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
STORY = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
NOT_YET = "not yet"


def _rows() -> list[tuple[str, str, str]]:
    return ROW.findall(text_of("docs/features.md"))


def _exists(path: str, name: str) -> bool:
    file = ROOT / path
    if not file.exists():
        return False
    tree = parse(file.read_text(), path).tree
    return name in [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def test_every_row_of_the_mission_stands_there_once_and_in_order() -> None:
    assert [row for row, _, _ in _rows()] == IDS


def test_every_story_it_names_exists() -> None:
    stories = [story for _, _, cell in _rows() for story in STORY.findall(cell)]
    assert stories
    assert [f"{path}::{name}" for path, name in stories if not _exists(path, name)] == []


def test_a_row_without_a_story_says_not_yet_and_a_row_with_one_does_not() -> None:
    odd = [row for row, _, cell in _rows() if (cell.strip() == NOT_YET) == bool(STORY.findall(cell))]
    assert odd == []


def test_a_cell_holds_stories_and_nothing_else() -> None:
    rest = {row: STORY.sub("", cell).replace("<br>", "").strip() for row, _, cell in _rows()}
    assert {row: text for row, text in rest.items() if text not in ("", NOT_YET)} == {}


def test_a_story_that_does_not_exist_would_be_found() -> None:
    assert not _exists("tests/house/test_features.py", "test_nothing")
    assert _exists("tests/house/test_features.py", "test_every_story_it_names_exists")
