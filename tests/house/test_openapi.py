"""openapi.json says what is served, all of it and nothing else."""

import json
import re
from pathlib import Path

import pytest
from openapi_spec_validator import validate

from miniprogram_api import export
from miniprogram_api.export import FILE, described_app, openapi, text


def routes() -> set[tuple[str, str]]:
    """Return method and path of every route of the mini-program, as the url map has them."""
    found = set()
    for rule in described_app().url_map.iter_rules():
        if rule.rule.startswith("/api/mp/"):
            path = re.sub(r"<(?:[^<:]+:)?([^>]+)>", r"{\1}", rule.rule)
            found |= {(method.lower(), path) for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    return found


def test_the_file_is_a_valid_description() -> None:
    validate(json.loads(FILE.read_text()))


def test_the_file_is_fresh_and_writing_it_again_changes_nothing() -> None:
    assert FILE.read_text() == text() == text()


def test_every_route_is_described_and_nothing_else() -> None:
    described = {(method, path) for path, operations in openapi()["paths"].items() for method in operations}
    assert described == routes()


def test_every_operation_has_a_name_of_its_own_a_tag_and_its_problems() -> None:
    operations = [operation for path in openapi()["paths"].values() for operation in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names) == len(routes())
    for operation in operations:
        assert operation["tags"]
        assert operation["summary"]
        problems = {code: told for code, told in operation["responses"].items() if code >= "4"}
        assert "401" in problems
        for told in problems.values():
            assert list(told["content"]) == ["application/problem+json"]


def test_a_stale_file_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stale = tmp_path / "openapi.json"
    stale.write_text(text().replace("listMeters", "listMetres"))
    monkeypatch.setattr(export, "FILE", stale)
    assert export.main(["--check"]) == 1
    assert export.main([]) == 0
    assert export.main(["--check"]) == 0
