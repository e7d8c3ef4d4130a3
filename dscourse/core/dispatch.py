"""Handlers, found by name: a message ``VoteRequest`` goes to ``on_vote_request``.

Resolved once for each class and type. A parameter's annotation, where it can be resolved to a
class, must fit too, so that two protocols may use the same noun. A message without its handler
and a handler without its message are errors that name both.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any

from dscourse.core.attributes import attributes
from dscourse.core.event_types import check_event_type
from dscourse.core.values import shared_state
from dscourse.node import Component, Message, Node, Timer

__all__ = [
    "check_class", "check_handlers", "check_nodes", "handle_message", "handle_timer", "handlers_of",
]  # fmt: skip

_RESERVED = frozenset({"start", "invoke"})


def handlers_of(owner: type[Node]) -> _Handlers:
    """Return the handlers of class ``owner`` by message or timer type; resolved once and kept."""
    table = owner.__dict__.get("_handlers")
    if table is None:
        table = _Handlers(owner)
        setattr(owner, "_handlers", table)  # noqa: B010 - not a declared attribute
    return typing.cast(_Handlers, table)


def handle_message(node: Node, sender: str, message: Message) -> None:
    """Run the handler of ``message``. Raise LookupError if ``node`` has none; the error names both."""
    handlers_of(type(node))[type(message)](node, sender, message)


def handle_timer(node: Node, timer: Timer) -> None:
    """Run the handler of ``timer``. Raise LookupError if ``node`` has none; the error names both."""
    handlers_of(type(node))[type(timer)](node, timer)


class _Handlers(dict[type, Callable[..., None]]):
    """Filled on first use, so that finding a handler is one dict look-up.

    A class may define ``__carry__``, a static method that returns the function to run instead of a message's handler.
    """

    def __init__(self, owner: type[Node]) -> None:
        super().__init__()
        self.owner: Any = owner

    def __missing__(self, kind: type) -> Callable[..., None]:
        _check_value_type(kind)
        handler = _find_handler(self.owner, kind) or _through_component(self.owner, kind)
        carry = getattr(self.owner, "__carry__", None) if issubclass(kind, Message) else None
        self[kind] = carry(handler) if carry else handler
        return self[kind]


def _check_value_type(kind: type) -> None:
    if not issubclass(kind, Message | Timer):
        raise TypeError(f"{kind.__name__}: a message or timer must derive from Message or Timer")
    check_event_type(kind, Timer if issubclass(kind, Timer) else Message)


@lru_cache(maxsize=4096)
def _find_handler(owner: Any, kind: type) -> Callable[..., None] | None:
    """Return the method of ``owner`` named after ``kind``, unless its annotation names another type."""
    function = getattr(owner, f"on_{_snake(kind.__name__)}", None)
    if function is None:
        return None
    declared = _declared_type(function, 1 if issubclass(kind, Timer) else 2)
    return None if declared is not None and not issubclass(kind, declared) else function


def _through_component(owner: type[Node], kind: type) -> Callable[..., None]:
    """Return a handler that passes ``kind`` to the first component that handles it; LookupError if none does."""

    def hand_over(node: Node, *arguments: Any) -> None:
        for part in _components(node):
            if _takes(part, kind):
                handlers_of(type(part))[kind](part, *arguments)
                node.component_changed(part)
                return
        noun = "timer" if issubclass(kind, Timer) else "message"
        raise LookupError(
            f"{owner.__name__} has no handler for {noun} {kind.__name__}: "
            f"it needs a method on_{_snake(kind.__name__)}"
        )

    return hand_over


def _components(node: Node) -> list[Component]:
    return [value for value in attributes(node).values() if isinstance(value, Component)]


def _takes(part: Component, kind: type) -> bool:
    """Return True if ``part``, or a component inside it, handles ``kind``."""
    owner: Any = type(part)
    own = _find_handler(owner, kind) is not None
    return own or any(_takes(inner, kind) for inner in _components(part))


def check_nodes(nodes: Iterable[Node]) -> None:
    """Apply `check_class` once to each class of these nodes and of their components."""
    for owner in dict.fromkeys(type(part) for node in nodes for part in _parts(node)):
        check_class(owner)


def _parts(node: Node) -> Iterator[Node]:
    """Yield the node, its components, and theirs."""
    yield node
    for part in _components(node):
        yield from _parts(part)


def check_class(owner: type[Node]) -> None:
    """Raise TypeError if the nodes of this class share mutable data, LookupError for a misspelt handler.

    Mutable data are a list, set, dict, iterator or source of random numbers. A constant may be a dict or list if its
    name has capital letters only.
    """
    shared = shared_state(owner)
    if shared:
        base, name, value = shared
        raise TypeError(
            f"{base.__name__}.{name} is a {type(value).__name__} that all nodes of the class "
            f"share: set self.{name} in __init__"
        )
    check_handlers(owner)


def check_handlers(owner: type[Node]) -> None:
    """Raise LookupError if ``owner`` has a handler without a message or timer type: a misspelt name."""
    names = {name[3:] for name in dir(owner) if name.startswith("on_")} - _RESERVED
    for name in sorted(names - _known_names(Message) - _known_names(Timer)):
        camel = "".join(part.capitalize() for part in name.split("_"))
        raise LookupError(
            f"{owner.__name__}.on_{name} has no message or timer: "
            f"no class {camel} derives from Message or Timer"
        )


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def _known_names(base: type) -> set[str]:
    """Return the handler names of all subclasses of ``base`` that have been defined so far."""
    names: set[str] = set()
    derived: type
    for derived in base.__subclasses__():
        names |= {_snake(derived.__name__)} | _known_names(derived)
    return names


def _declared_type(function: Callable[..., Any], argument: int) -> type | None:
    """Return the class that annotates the parameter at index ``argument``; None if there is none."""
    try:
        hints = typing.get_type_hints(function)
    except (NameError, TypeError):  # a class defined inside a function: the name alone decides
        return None
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    hint = hints.get(names[argument]) if len(names) > argument else None
    return hint if isinstance(hint, type) else None
