"""Write openapi.json: `python -m miniprogram_api.export`; with --check only say whether it is stale."""

import json
import sys
from pathlib import Path
from typing import Any

from apiflask import APIFlask

from miniprogram_api.blueprint import blueprint
from miniprogram_api.describing import PROBLEMS, SCHEME
from miniprogram_api.schemas.problems import Problem

FILE = Path(__file__).parents[1] / "openapi.json"
REFERENCES = "#/components/schemas/"
FIRST_PROBLEM = 400
TOO_MANY = "429"
BEARER = {"type": "http", "scheme": "bearer", "description": "the token of POST /login"}


def described_app() -> APIFlask:
    """Return an app of these routes alone, to be described and not to be served."""
    app = APIFlask("dianyuan", title="Dianyuan mini-program API", version="1.0.0", docs_path=None, json_errors=False)
    app.config["SECURITY_SCHEMES"] = {SCHEME: BEARER}
    app.register_blueprint(blueprint)
    return app


def openapi() -> dict[str, Any]:
    """Return the description of every route, one schema a name, every refusal a Problem."""
    spec: dict[str, Any] = json.loads(json.dumps(described_app().spec))
    for operations in spec["paths"].values():
        for operation in operations.values():
            operation["responses"] = {code: _response(code, told) for code, told in operation["responses"].items()}
            if "requestBody" in operation:
                operation["requestBody"]["required"] = True
    schemas = spec["components"]["schemas"]
    for unused in ("HTTPError", "ValidationError"):
        schemas.pop(unused, None)
    problem = Problem.model_json_schema(ref_template=REFERENCES + "{model}")
    schemas |= {**problem.pop("$defs"), "Problem": problem}
    return _flat(spec)


def text() -> str:
    """Return openapi.json as it should stand."""
    return json.dumps(openapi(), ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def main(arguments: list[str]) -> int:
    """Write the file, or with --check return 1 when it is stale."""
    if "--check" in arguments:
        stale = not FILE.exists() or FILE.read_text() != text()
        sys.stdout.write("openapi.json is stale: run python -m miniprogram_api.export\n" if stale else "")
        return int(stale)
    FILE.write_text(text())
    return 0


def _response(code: str, told: dict[str, Any]) -> dict[str, Any]:
    if int(code) < FIRST_PROBLEM:
        return told
    schema = {"$ref": f"{REFERENCES}Problem"}
    answer: dict[str, Any] = {
        "description": PROBLEMS[int(code)],
        "content": {"application/problem+json": {"schema": schema}},
    }
    if code == TOO_MANY:
        answer["headers"] = {"Retry-After": {"description": "seconds to wait", "schema": {"type": "integer"}}}
    return answer


def _flat(spec: dict[str, Any]) -> dict[str, Any]:
    """Give nested models their own names: the framework names each by its parent, "MeterList.MeterView"."""
    nested = {name: name.rpartition(".")[2] for name in spec["components"]["schemas"]}
    flat: dict[str, Any] = _renamed(spec, {REFERENCES + name: REFERENCES + short for name, short in nested.items()})
    schemas: dict[str, Any] = {}
    for name, schema in flat["components"]["schemas"].items():
        if schemas.setdefault(nested[name], schema) != schema:
            raise ValueError(f"two schemas are called {nested[name]}")
    flat["components"]["schemas"] = schemas
    return flat


def _renamed(part: Any, names: dict[str, str]) -> Any:
    if isinstance(part, dict):
        return {key: _renamed(value, names) for key, value in part.items()}
    if isinstance(part, list):
        return [_renamed(value, names) for value in part]
    return names.get(part, part) if isinstance(part, str) else part


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
