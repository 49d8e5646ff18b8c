"""Every Chinese sentence of the back office has its English, and every word of a state is as in the glossary."""

import ast
import re
from pathlib import Path

from backend.admin.kit.labels import labels
from backend.admin.kit.language import english
from tests.house.test_glossary import CHAPTER, ROW

ADMIN = Path(__file__).parents[2] / "backend" / "admin"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
SAID = re.compile(r"""\bt\(\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""")
COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
FACT = re.compile(r"\{(\w+)\}")
# Said in Chinese to whoever reads English: the way back.
BOTH = {"切换为中文", "中"}


def _in_python(text: str) -> set[str]:
    tree = ast.parse(text)
    docstrings = {
        ast.get_docstring(node, clean=False)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
    }
    strings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    refusals = {
        line.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for line in node.body
        if isinstance(line, ast.Assign) and isinstance(line.value, ast.Constant)
    }
    return {text for text in strings - docstrings - refusals if CHINESE.search(text)}


def _in_template(text: str) -> tuple[set[str], str]:
    """Return what is said through t(), and what Chinese is left beside it."""
    plain = COMMENT.sub("", text)
    said = {ast.literal_eval(found) for found in SAID.findall(plain)}
    left = SAID.sub("", plain)
    for allowed in BOTH:
        left = left.replace(f'"{allowed}"', "")
    return said, "".join(CHINESE.findall(left))


def _spoken() -> set[str]:
    said = {sentence for path in ADMIN.rglob("*.py") for sentence in _in_python(path.read_text())}
    for path in ADMIN.rglob("*.html"):
        said |= _in_template(path.read_text())[0]
    return said - BOTH


def test_no_template_speaks_chinese_past_the_switch() -> None:
    assert {path.name: left for path in ADMIN.rglob("*.html") if (left := _in_template(path.read_text())[1])} == {}


def test_every_sentence_has_its_english_and_no_english_is_left_over() -> None:
    assert sorted(_spoken() - set(english())) == []
    assert sorted(set(english()) - _spoken()) == []


def test_a_translation_names_the_same_facts_and_holds_no_chinese() -> None:
    odd = {zh: en for zh, en in english().items() if set(FACT.findall(zh)) != set(FACT.findall(en))}
    assert odd == {}
    assert [en for en in english().values() if CHINESE.search(en)] == []


def test_words_of_states_are_those_of_the_glossary() -> None:
    glossary = {
        enum: {word: zh.strip() for zh, word in ROW.findall(rows)}
        for enum, rows in CHAPTER.findall((ADMIN.parents[1] / "docs/glossary.md").read_text())
    }
    told = {enum: {word: zh for word, (zh, _) in words.items()} for enum, words in labels().items()}
    for own in ("Subject", "AuditField"):  # tables and columns, which the glossary does not list
        del told[own]
    assert told == {enum: glossary[enum] for enum in told}
    assert [enum for enum in glossary if enum.endswith("Action") and enum not in told] == []


def test_a_sentence_without_english_would_be_found() -> None:
    assert _in_template("{{ t('新的') }}{# 注 #}旧") == ({"新的"}, "旧")
    assert _in_python('def f():\n    """说。"""\n    return "新的"\n') == {"新的"}
