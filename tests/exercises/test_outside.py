"""Whatever nodes keep outside of themselves is noticed, and nothing else is."""

from __future__ import annotations

import builtins
import math
from collections.abc import Iterator
from typing import Any

import pytest

from dscourse.core.dispatch import handle_message
from dscourse.exercises.judges.outside import Outside
from dscourse.node import Message, Node, Reply

SOURCE = """
import builtins, functools, itertools, math, threading
from random import Random

SIZES = [3, 5]
SEEN, COUNT, DRAWS, LOCK, NUMBERS = {"a": [1]}, 0, Random(1), threading.Lock(), itertools.count()


class Shelf:
    def __init__(self):
        self.books, self.lock = [], threading.Lock()


SHELF = Shelf()


@functools.lru_cache
def squared(number):
    return number * number


def counting():
    found = 0

    def count():
        nonlocal found
        found += 1
        return found

    return count


class Reader(Node):
    last, counted = 0, staticmethod(counting())

    def __init__(self, id, peers=()):
        super().__init__(id, peers)
        self.seen = {}

    def on_reply(self, sender, reply, known=[]):
        DO
"""

KEPT = {
    "SEEN": 'SEEN["a"].append(reply)',
    "COUNT": "global COUNT; COUNT += 1",
    "DRAWS": "DRAWS.random()",
    "NUMBERS": "next(NUMBERS)",
    "SHELF": "SHELF.books.append(reply)",
    "last": "type(self).last += 1",
    "board": "builtins.board = reply",
    "shared": "Message.shared = reply",
    "place": "math.place = sender",
    "noticed": "Reader.on_reply.noticed = reply",
    "__defaults__": "known.append(reply)",
    "cell_contents": "self.counted()",
}
NOTHING = (
    "self.seen[sender] = SIZES, math.pi, SEEN['a'], COUNT, DRAWS, NUMBERS, known",
    "with LOCK: self.seen[sender] = squared(reply.op)",
    "with SHELF.lock: self.seen[sender] = len(SHELF.books)",
    "import json, dataclasses; self.seen[sender] = Random(reply.op).random()",
)


@pytest.fixture(autouse=True)
def clean_modules() -> Iterator[None]:
    yield
    for owner, name in ((builtins, "board"), (Message, "shared"), (math, "place")):
        if name in vars(owner):
            delattr(owner, name)


def _mistake(handler: str) -> str:
    space: dict[str, Any] = {"Node": Node, "Message": Message}
    exec(SOURCE.replace("DO", handler), space)
    outside = Outside(space["Reader"])
    handle_message(space["Reader"]("n1", ["n2"]), "n2", Reply(7))
    return outside.mistake()


@pytest.mark.parametrize("name", KEPT)
def test_what_outlives_a_node_is_named(name: str) -> None:
    assert f"`{name}` has changed while the nodes ran" in _mistake(KEPT[name]).replace(
        "__dict__", name
    )


@pytest.mark.parametrize("handler", NOTHING)
def test_a_node_may_read_what_is_there_and_use_locks_and_caches(handler: str) -> None:
    assert _mistake(handler) == ""
