"""The file by which processes get nodes: classes that no module has come through whole."""

from __future__ import annotations

import enum
import pickle
from dataclasses import dataclass
from threading import Lock
from typing import Any, Generic, NamedTuple, TypeVar

import pytest

from dscourse.node import Message, Node
from dscourse.run.codec import Codec, type_name
from dscourse.run.shipping import pickled

T = TypeVar("T")


def local_node() -> Node:
    """Return a node whose classes are as those of a notebook: a new process cannot import them."""

    class Cell(NamedTuple):
        row: int
        column: object = None

    class Colour(enum.Enum):
        RED = 1

    @dataclass(frozen=True, slots=True)
    class Box(Generic[T]):
        inside: T

    @dataclass(frozen=True, slots=True)
    class Tell(Message):
        what: object
        next: Any = None

    class Local(Node):
        def values(self) -> tuple[Any, ...]:
            return Tell(Cell(1, Cell(2)), Tell(Box(Box(Colour.RED)))), Cell, Colour, Box

        def on_tell(self, sender: str, tell: Tell) -> None:
            pass

    return Local("a")


def test_classes_of_a_notebook_come_through_with_their_values() -> None:
    node = local_node()
    file, kinds = pickled({"a": node}, [])
    there, types = pickle.loads(pickle.loads(file)["a"])
    assert [type_name(kind) for kind in types] == [type_name(kind) for kind in kinds]
    assert {"Cell", "Colour", "Box", "Tell"} <= {kind.__name__ for kind in types}
    sent, received = node.values()[0], Codec(types).decode(Codec(kinds).encode(node.values()[0]))  # type: ignore[attr-defined]
    assert repr(received) == repr(sent)
    assert type(received) in types
    assert not hasattr(received, "__dict__")
    assert there.id == "a"


def test_what_cannot_be_pickled_is_refused_in_words() -> None:
    class Locked(Node):
        def __init__(self, id: str) -> None:
            super().__init__(id)
            self.lock = Lock()

    with pytest.raises(TypeError, match="no open file, lock or thread"):
        pickled({"a": Locked("a")}, [])
