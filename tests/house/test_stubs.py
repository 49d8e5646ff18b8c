"""What is there works: no function that does nothing, nothing left to be written."""

import ast
from collections.abc import Iterator

from tests.house.sources import Function, Module, definitions, modules, name_of, parse

# Functions that rightly do nothing, or rightly refuse; each with its reason.
MEANT = {
    ("backend/payments/providers/wechat_pay.py", "WireCore.request"): "refuses the SDK's arguments for other products",
    ("backend/payments/providers/wechat_pay.py", "WireCore._update_certificates"): "keeps the SDK from the network",
    ("backend/kernel/wire.py", "OriginWire.close"): "leaves a shared transport open",
    ("sandbox/server.py", "_Quiet.log_request"): "keeps each request out of the log",
    ("sandbox/world.py", "no_bell"): "is the bell of a world that nobody listens to",
    ("backend/embedded/serving.py", "Serving.spawn"): "each kind of server says how it starts",
    ("backend/embedded/serving.py", "Serving.ready"): "each kind of server says when it answers",
}


def _stubs(module: Module) -> Iterator[str]:
    for name, node, parent in definitions(module):
        protocol = isinstance(parent, ast.ClassDef) and "Protocol" in [name_of(_base(b)) for b in parent.bases]
        if (
            isinstance(node, Function)
            and not protocol
            and not _gathers(node)
            and (_does_nothing(node) or _unwritten(node))
        ):
            yield name


def _gathers(function: Function) -> bool:
    """Say whether this is a group of commands: click makes it work, its docstring is its help."""
    return "group" in [name_of(d.func) for d in function.decorator_list if isinstance(d, ast.Call)]


def _base(base: ast.expr) -> ast.expr:
    return base.value if isinstance(base, ast.Subscript) else base


def _does_nothing(function: Function) -> bool:
    idle = [s for s in function.body if not isinstance(s, ast.Pass)]
    return all(isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant) for s in idle)


def _unwritten(function: Function) -> bool:
    raised = [node.exc for node in ast.walk(function) if isinstance(node, ast.Raise) and node.exc]
    return "NotImplementedError" in [name_of(r.func if isinstance(r, ast.Call) else r) for r in raised]


def test_every_function_of_the_product_does_something() -> None:
    found = {(m.path, name) for m in modules() for name in _stubs(m)}
    assert found == set(MEANT)


def test_a_stub_would_be_found() -> None:
    planted = "def a():\n    pass\ndef b():\n    '''Say.'''\n    ...\ndef c():\n    raise NotImplementedError\n"
    contract = "class P(Protocol):\n    def d(self): ...\n"
    assert list(_stubs(parse(planted + contract))) == ["a", "b", "c"]
