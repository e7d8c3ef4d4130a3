"""Messages as a wire brings them: equal to those sent, and other objects.

Within one process a message that arrives is the very object that was sent, and the sender's name the one in the list
of peers. An answer that compares them by ``is`` works there, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial, wraps
from typing import Any

from dscourse.exercises.judges.values import distinct
from dscourse.exercises.sandbox.code import code_of
from dscourse.node import Node

__all__ = ["over_a_wire"]

Handler = Callable[..., None]


@contextmanager
def over_a_wire(*answers: Any) -> Iterator[None]:
    """Give nodes of these classes, and of classes derived from them, every message and its sender as a copy.

    Whatever is no class of nodes stays as it is. Times, random draws and traces are the same as without. Caches of
    the answer's own functions are emptied before each message, so that they hold nothing that nodes share.

    >>> from dscourse.core.dispatch import handle_message
    >>> from dscourse.node import Reply
    >>> class Reader(Node):
    ...     def on_reply(self, sender, reply):
    ...         self.seen = sender, reply
    >>> one, name, message = Reader("n1", ["n2"]), "n2", Reply(1_000)
    >>> with over_a_wire(Reader):
    ...     handle_message(one, name, message)
    >>> one.seen == (name, message), one.seen[0] is name, one.seen[1] is message
    (True, False, False)
    """
    kinds = [one for one in answers if isinstance(one, type) and issubclass(one, Node)]
    for kind in kinds:
        _forget_handlers(kind)
        type.__setattr__(kind, "__carry__", staticmethod(partial(_carried, _caches(kind))))
    try:
        yield
    finally:
        for kind in kinds:
            type.__delattr__(kind, "__carry__")
            _forget_handlers(kind)


def _caches(kind: type) -> list[Any]:
    return [one for one in code_of(kind) if hasattr(one, "cache_clear")]


def _carried(caches: list[Any], handler: Handler) -> Handler:
    @wraps(handler)
    def handle(node: Node, sender: str, message: Any) -> None:
        for one in caches:
            one.cache_clear()
        handler(node, distinct(sender), distinct(message))

    return handle


def _forget_handlers(kind: type) -> None:
    """Let the handlers of a class, and of those derived from it, be found again."""
    if "_handlers" in vars(kind):
        type.__delattr__(kind, "_handlers")
    derived: type
    for derived in type.__subclasses__(kind):
        _forget_handlers(derived)
