"""What every application of a test process makes alike, made once: stories make a thousand of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

import pytest
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from wechatpayv3 import core
from werkzeug.routing import Rule

BUILDERS: dict[object, Callable[..., tuple[str, str]]] = {}


class SharedBytecode(BytecodeCache):
    """Templates compiled once a process."""

    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what was compiled; the bucket itself looks whether it is of this source."""
        if bucket.key in self._known:
            bucket.bytecode_from_string(self._known[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self._known[bucket.key] = bucket.bytecode_to_string()


class SharedRule(Rule):
    """A route whose builder of addresses, a function of its text and its defaults alone, is compiled once a process."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        if self.defaults:
            return super()._compile_builder(append_unknown)
        text = (self.host, self.subdomain, self.rule, self.merge_slashes, append_unknown)
        if text not in BUILDERS:
            BUILDERS[text] = super()._compile_builder(append_unknown)
        return BUILDERS[text]


@contextmanager
def made_once() -> Iterator[None]:
    """Let all applications of this process share what they make alike."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Flask, "jinja_options", {**Flask.jinja_options, "bytecode_cache": SharedBytecode()})
        patched.setattr(Flask, "url_rule_class", SharedRule)
        patched.setattr(core, "load_private_key", cache(core.load_private_key))  # proves its primes for 20 ms
        yield
