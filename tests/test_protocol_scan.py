"""No protocol does what would make two runs of one seed differ, and the scan for it can fail."""

from __future__ import annotations

import ast
import re
import textwrap
from pathlib import Path

import pytest

from tests.protocol_scan import scan

PROTOCOLS = Path(__file__).parents[1] / "dscourse" / "protocols"
FILES = sorted(PROTOCOLS.rglob("*.py"))


def test_there_are_protocols_to_scan() -> None:
    assert len(FILES) >= 2


@pytest.mark.parametrize("file", FILES, ids=[str(f.relative_to(PROTOCOLS)) for f in FILES])
def test_a_protocol_is_deterministic(file: Path) -> None:
    found = [f"{file.name}:{line}: {what}" for line, what in scan(file.read_text("utf-8"))]
    assert not found, "\n".join(found)


FIELDS = ["Source", "Assumes", "Promises", "Not promised", "Departs", "Size"]


@pytest.mark.parametrize("file", FILES, ids=[str(f.relative_to(PROTOCOLS)) for f in FILES])
def test_a_docstring_with_assumptions_has_every_field_in_order(file: Path) -> None:
    message = ast.get_docstring(ast.parse(file.read_text("utf-8"))) or ""
    fields = re.findall(r"^([A-Z][a-z ]+):  +", message, re.MULTILINE)
    if "Assumes" in fields:
        assert fields == FIELDS
        assumed = message.split("Assumes:")[1].split("Promises:")[0]
        assert file.parent.name == "textbook" or "restart" in assumed.lower() or "as `" in assumed


PREAMBLE = """
class Known(Message):
    names: frozenset[str]

class Server(Node):
    shared: ClassVar[int] = 3

    def __init__(self, id, peers=()):
        super().__init__(id, peers)
        self.voters: set[str] = set()
        self.rest = {"a"}
        self.order: list[str] = []
        self.by_term: dict[int, set[str]] = {}
        self.counts: dict[str, int] = {}

    def on_known(self, sender: str, known: Known, extra: AbstractSet[str] | None = None) -> None:
"""


def body(line: str) -> str:
    """A protocol with this text in its handler."""
    return PREAMBLE + textwrap.indent(textwrap.dedent(line).strip("\n"), " " * 8) + "\n"


BAD = [
    "import time",
    "import datetime as dt",
    "from random import random",
    "from time import monotonic",
    "import os.path",
    "import numpy\nx = numpy.random.default_rng()",
    "from os import urandom",
    "import uuid, secrets",
    "import threading",
    "import asyncio",
    "print(sender)",
    "open('x')",
    "self.order.append(hash(sender))",
    "global TERM\nTERM = 3",
    "yield sender",
    "for name in self.voters:\n    self.send(name, known)",
    "for name in self.rest:\n    self.send(name, known)",
    "for name in known.names:\n    self.send(name, known)",
    "for name in extra:\n    self.send(name, known)",
    "for name in {'a', sender}:\n    self.send(name, known)",
    "for name in set(self.order):\n    self.send(name, known)",
    "for name in known.names - self.voters:\n    self.send(name, known)",
    "for name in self.counts.keys() - {'a'}:\n    self.send(name, known)",
    "for name in self.voters.union(self.order):\n    self.send(name, known)",
    "for name in self.by_term[3]:\n    self.send(name, known)",
    "for name in self.by_term.get(3, set()):\n    self.send(name, known)",
    "for group in self.by_term.values():\n    self.order = list(group)",
    "for term, group in self.by_term.items():\n    self.order = list(group)",
    "new = known.names - self.voters\nfor name in new:\n    self.send(name, known)",
    "new = known.names\nother = new\nself.order = [name for name in other]",
    "self.order = list(self.voters)",
    "self.order = tuple(known.names)",
    "self.order = [*self.voters]",
    "self.order.extend(self.voters)",
    "self.order = [name for name in self.voters]",
    "self.counts = {name: 0 for name in self.voters}",
    "self.counts = dict.fromkeys(self.voters, 0)",
    "text = ', '.join(self.voters)",
    "text = f'{self.voters}'",
    "text = str(self.voters)",
    "name = self.voters.pop()",
    "name = next(iter(self.voters))",
    "first, second = self.voters",
    "name = max(self.voters, key=len)",
    "for place, name in enumerate(self.voters):\n    pass",
    "for name in (self.voters if sender else self.rest):\n    pass",
    "self.order = list(name for name in self.voters)",
]

GOOD = [
    "for name in sorted(self.voters):\n    self.send(name, known)",
    "for name in sorted(known.names - self.voters):\n    self.send(name, known)",
    "for name in self.peers:\n    self.send(name, known)",
    "for name in self.order:\n    self.send(name, known)",
    "for name, count in self.counts.items():\n    self.write((name, count))",
    "self.voters |= known.names",
    "self.voters.add(sender)",
    "if sender in self.voters and len(self.voters) > 2:\n    self.voters.clear()",
    "if any(name > sender for name in self.voters):\n    self.write(1)",
    "self.write(sum(len(name) for name in self.voters))",
    "self.write(max(self.voters))",
    "self.voters = {name for name in known.names if name != sender}",
    "self.voters = {*known.names, *self.voters}",
    "self.order = sorted(name for name in self.voters)",
    "self.order = sorted(map(str.lower, self.voters))",
    "self.send(sender, Known(frozenset(self.voters)))",
    "self.by_term.setdefault(3, set()).add(sender)",
    "self.order = sorted(self.by_term[3])",
    "last = self.order.pop()",
    "now = self.now\nself.write(now)",
    "random_name = 'time'\nself.write(random_name)",
    "text = f'{sorted(self.voters)}'",
    "from dataclasses import dataclass\nimport math",
]


@pytest.mark.parametrize("text", BAD)
def test_what_a_protocol_may_not_do_is_found(text: str) -> None:
    lines = {line for line, _ in scan(body(text))}
    own = range(PREAMBLE.count("\n") + 1, body(text).count("\n") + 1)
    assert lines
    assert lines <= set(own)


@pytest.mark.parametrize("text", GOOD)
def test_what_a_protocol_may_do_is_not_found(text: str) -> None:
    assert scan(body(text)) == []


@pytest.mark.parametrize("value", ["{}", "[]", "set()", "dict()", "deque(maxlen=3)", "[0] * 3"])
def test_what_the_nodes_of_a_class_would_share_is_found(value: str) -> None:
    found = scan(f"class Server(Node):\n    seen = {value}\n")
    assert found == [(2, f"all objects of Server share seen = {value}")]


def test_what_cannot_change_may_be_shared() -> None:
    text = "class Server(Node):\n    limit = 3\n    names: tuple[str, ...] = ('a',)\n    x: int\n"
    assert scan(text) == []


def test_async_handlers_are_found() -> None:
    text = "class Server(Node):\n    async def on_ask(self, sender, ask):\n        await ask\n"
    assert scan(text) == [(2, "waits"), (3, "waits")]


def test_a_name_is_a_set_only_in_the_function_that_makes_it_one() -> None:
    text = "def f():\n    new = {1}\n\ndef g(new):\n    return list(new)\n"
    assert scan(text) == []
    assert scan(text.replace("g(new)", "g(new: set[int])")) == [
        (5, "uses the order of the set new")
    ]
