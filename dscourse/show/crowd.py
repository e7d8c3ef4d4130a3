"""Histories of more operations than a picture can show one by one: those that it shows, and a note on the rest."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from dscourse.core.wording import count
from dscourse.history import Op

__all__ = ["MOST", "Crowd", "merged", "thinned"]

MOST = 400  # operations that are all drawn one by one
_MOST_SINGLE = 60  # of more, unless more are marked
_MOST_CLIENTS = 30


@dataclass(frozen=True, slots=True)
class Crowd:
    """By client: the operations that are drawn one by one, and all that are ok; and a note on what is left out."""

    single: dict[str, list[Op]]
    ok: dict[str, list[Op]]
    note: str


def thinned(lanes: dict[str, list[Op]], chosen: Collection[int]) -> Crowd:
    """Choose the clients and operations to draw: those marked first, then those that did not end as ok.

    >>> reads = [Op(n, "a", "read", status="ok", invoked=2 * n, returned=2 * n + 1) for n in range(500)]
    >>> thinned({"a": reads}, {7}).note
    'Bars without words are times in which a client had operations under way; 1 of 500 is drawn by itself.'
    """
    every = [op for ops in lanes.values() for op in ops]
    marked = [op for op in every if op.id in chosen]
    others = [op for op in every if op.status != "ok" and op.id not in chosen]
    clients = list(dict.fromkeys([*(op.process for op in marked), *lanes]))
    kept = set(clients[: max(_MOST_CLIENTS, len({op.process for op in marked}))])
    room = max(0, _MOST_SINGLE - len(marked))
    single = [*marked, *[op for op in others if op.process in kept][:room]]
    names = [name for name in lanes if name in kept]
    by_client: dict[str, list[Op]] = {name: [] for name in names}
    for op in sorted(single, key=lambda op: (op.invoked, op.id)):
        by_client[op.process].append(op)
    ok = {name: [op for op in lanes[name] if op.status == "ok"] for name in names}
    return Crowd(by_client, ok, _note(len(single), len(every), len(lanes) - len(names)))


def _note(single: int, operations: int, clients: int) -> str:
    are, by_itself = ("is", "by itself") if single == 1 else ("are", "by themselves")
    apart = f"{single:,} of {operations:,} {are} drawn {by_itself}"
    hidden = f" {count(clients, 'client')} more {'is' if clients == 1 else 'are'} not drawn."
    return (
        f"Bars without words are times in which a client had operations under way; {apart}."
        f"{hidden if clients else ''}"
    )


def merged(
    ops: Iterable[Op], ends: Callable[[Op], Sequence[float]], gap: float = 1.0
) -> Iterator[tuple[float, float, int]]:
    """Yield the stretches that the operations cover, in px: left, right, and how many operations are in it.

    The operations are in the order of their beginnings; stretches less than ``gap`` px apart are one.
    """
    left, right, number = 0.0, -gap, 0
    for op in ops:
        begin, end = ends(op)
        if number and begin > right + gap:
            yield left, right, number
            number = 0
        if not number:
            left, right = begin, end
        right, number = max(right, end), number + 1
    if number:
        yield left, right, number
