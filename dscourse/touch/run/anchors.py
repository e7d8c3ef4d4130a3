"""The message or event that a gesture is about, found again in another run by its content and its causal path.

A name by link, type and number may come to mean another message after an earlier change. The causal path tells: it
leads from a node's start or a client's request, from each handler to the message or timer that it caused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b

from dscourse.core.copying import stable_repr
from dscourse.show.words import short
from dscourse.sim import Event, Trace

__all__ = ["Anchor", "anchor_of", "causal_paths", "told_apart", "words_of"]

_IN_FULL = 100_000  # characters
_SHOWN = 80  # characters


@dataclass(frozen=True, slots=True)
class Anchor:
    """A message, or the event that a handler handles: its ``words`` in full, its causal path, and its ``content``.

    The words may leave out a part of the content: two messages can have the same words and differ.
    """

    words: str
    path: str
    content: str

    def matches(self, other: Anchor) -> bool:
        """Return True unless the content and the causal path both differ."""
        return self.content == other.content or self.path == other.path

    def told_apart(self, other: Anchor) -> tuple[str, str]:
        """Return both in words; the parts where their contents differ if the words are the same."""
        same = self.words == other.words
        return (
            told_apart(self.content, other.content) if same else told_apart(self.words, other.words)
        )


def anchor_of(trace: Trace, event: Event, paths: Mapping[int, str] | None = None) -> Anchor:
    """Return the anchor of a sending, or of an event that a node handles; ``paths`` are the trace's causal paths."""
    known = causal_paths(trace) if paths is None else paths
    return Anchor(words_of(event.what), known.get(event.index, ""), stable_repr(event.what))


def words_of(value: object) -> str:
    """Return a message, timer or request in full: labels that are cut could be the same for two of them."""
    return short(value, most=_IN_FULL)


def told_apart(one: str, other: str) -> tuple[str, str]:
    """Return two texts, cut to the part where they differ if they are long.

    >>> told_apart("add 1", "add 7")
    ('add 1', 'add 7')
    """
    differing = (
        at for at, (left, right) in enumerate(zip(one, other, strict=False)) if left != right
    )
    at = next(differing, min(len(one), len(other)))
    start = 0 if at < _SHOWN // 2 else at - _SHOWN // 4
    return _part(one, start), _part(other, start)


def _part(text: str, start: int) -> str:
    end = start + _SHOWN
    return f"{'…' * bool(start)}{text[start:end]}{'…' * (len(text) > end)}"


def causal_paths(trace: Trace) -> dict[int, str]:
    """Return the causal path of each sending and each handled event, as a digest, by the event's index.

    Two events of different runs have the same path if they have the same cause, recursively, and are in the same
    position among the effects of that cause which are of this type and for this node.
    """
    paths: dict[int, str] = {}
    handled: dict[str, str] = {}  # the path of the event that a node handles now
    pending: dict[tuple[str, int], str] = {}  # of a message or timer, by its kind and id
    seen: Counter[tuple[str, ...]] = Counter()
    for event in trace:
        node = event.node or ""
        if event.kind in ("send", "set_timer"):
            kind = (
                handled.get(node, node),
                event.kind,
                event.peer or "",
                type(event.what).__name__,
            )
            seen[kind] += 1
            pending[event.kind, event.id] = _digest(*kind, seen[kind])
            if event.kind == "send":
                paths[event.index] = pending[event.kind, event.id]
        elif event.kind in _HANDLED:
            cause = _cause(event, pending)
            seen[cause] += 1
            handled[node] = paths[event.index] = _digest(*cause, seen[cause])
    return paths


_HANDLED = {"deliver": "send", "timer": "set_timer", "start": "", "restart": "", "invoke": ""}


def _cause(event: Event, pending: dict[tuple[str, int], str]) -> tuple[str, ...]:
    source = _HANDLED[event.kind]
    if source:
        return event.kind, pending.get((source, event.id), "")
    if event.kind == "invoke":
        op = event.what
        return event.kind, event.node or "", op.f, stable_repr(op.key), stable_repr(op.value)
    return event.kind, event.node or ""


def _digest(*parts: object) -> str:
    return blake2b(repr(parts).encode(), digest_size=8).hexdigest()
