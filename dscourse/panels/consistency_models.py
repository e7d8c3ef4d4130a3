"""The panels of chapter 04: a small history to be changed, and stores to be told apart by what they answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dscourse import checkers
from dscourse.checkers import Classification
from dscourse.history import History, Op
from dscourse.node import Node, cluster
from dscourse.panels.controls import choice, slider, switch
from dscourse.panels.panel import Frame, Panel
from dscourse.protocols.causal_store import CausalStore, FifoStore
from dscourse.protocols.quorum_store import QuorumStore
from dscourse.protocols.sequential_store import SequentialStore
from dscourse.protocols.stores import StoreClient
from dscourse.protocols.textbook.sequential_store import ArrivalOrderStore
from dscourse.show import intervals, models
from dscourse.show.stacked import stacked
from dscourse.show.words import count
from dscourse.sim import Budget, Exponential, Link, LogNormal, Network, World, random_plan
from dscourse.sim.streams import stream

__all__ = [
    "BOXES", "HISTORIES", "Row", "box_frame", "box_world", "edit_frame", "edit_history", "edited", "faulted_world",
    "history_of", "which_model",
]  # fmt: skip

Row = tuple[str, str, str, Any, float, float]

# client, "write" or "read", key, value written or read, from ms, to ms
HISTORIES: dict[str, list[Row]] = {
    "an old value": [
        ("a", "write", "x", 1, 0, 30), ("a", "write", "x", 2, 50, 80),
        ("b", "read", "x", 1, 60, 90), ("b", "read", "x", 1, 110, 140), ("c", "read", "x", 2, 90, 120),
    ],
    "two orders": [
        ("a", "write", "x", 1, 0, 40), ("b", "write", "x", 2, 10, 50),
        ("c", "read", "x", 1, 60, 80), ("d", "read", "x", 2, 60, 80),
        ("c", "read", "x", 2, 100, 120), ("d", "read", "x", 1, 100, 120),
    ],
    "a post and a comment": [
        ("a", "write", "post", 1, 0, 30), ("b", "read", "post", 1, 40, 60), ("b", "write", "comment", 2, 80, 110),
        ("c", "read", "comment", 2, 130, 150), ("c", "read", "post", None, 170, 190),
    ],
    "two flags": [
        ("a", "write", "x", 1, 0, 30), ("b", "write", "y", 2, 10, 40),
        ("a", "read", "y", None, 60, 80), ("b", "read", "x", None, 70, 90),
    ],
    "there and back": [
        ("a", "write", "x", 1, 0, 40), ("b", "write", "x", 2, 0, 40),
        ("c", "read", "x", 1, 60, 80), ("c", "read", "x", 2, 100, 120), ("c", "read", "x", 1, 140, 160),
    ],
}  # fmt: skip


def history_of(rows: Sequence[Row]) -> History:
    """The history of these operations, all answered: (client, "read" or "write", key, value, from ms, to ms).

    The value of a read is what it returned, None for nothing. Operations are numbered from 0 in this order. One that
    begins at the very moment at which another ends overlaps it. ValueError for a row that cannot be.

    >>> print(history_of([("a", "write", "x", 1, 0, 20), ("b", "read", "x", 1, 30, 40)]))
    op  client  operation    result  from ms   to ms
     0  a       write x = 1  ok        0.000  20.000
     1  b       read x       ok 1     30.000  40.000
    """
    for row in rows:
        if not isinstance(row, tuple | list) or len(row) != 6 or row[1] not in ("read", "write"):
            raise ValueError(
                f'{row!r}: a row is (client, "read" or "write", key, value, from ms, to ms)'
            )
        if not row[4] < row[5]:
            raise ValueError(f"{row!r}: it ends at {row[5]} ms and must begin before that")
    begins = [(row[4], 0, place) for place, row in enumerate(rows)]
    ends = [(row[5], 1, place) for place, row in enumerate(rows)]
    at = {(kind, place): n for n, (_, kind, place) in enumerate(sorted(begins + ends))}
    return History(_op(place, row, at[0, place], at[1, place]) for place, row in enumerate(rows))


def _op(place: int, row: Row, invoked: int, returned: int) -> Op:
    client, f, key, value, start, end = row
    told: dict[str, Any] = {"value": value} if f == "write" else {"result": value}
    return Op(
        place, str(client), f, key, status="ok", invoked=invoked, returned=returned, invoked_ms=float(start),
        returned_ms=float(end), **told,
    )  # fmt: skip


# --- the history to be changed -------------------------------------------------------------------


def edited(
    history: str, operation: int, begin: int, end: int, value: int | str = "as it is"
) -> History:
    """The history of this name with one operation changed: its ends moved by ms, and what it wrote or returned.

    ``value`` is "as it is", "nothing" or a number. ValueError if there is no such operation or it ends too early.
    """
    rows = list(HISTORIES[history])
    if operation >= len(rows):
        raise ValueError(f"This history has the operations 0 to {len(rows) - 1}.")
    client, f, key, old, start, stop = rows[operation]
    new = {"as it is": old, "nothing": None}.get(str(value), value)
    if f == "write" and new is None:
        raise ValueError(f"Operation {operation} is a write: it has to write a number.")
    if start + begin >= stop + end:
        raise ValueError(f"Operation {operation} would end before it begins.")
    rows[operation] = (client, f, key, new, start + begin, stop + end)
    return history_of(rows)


def edit_frame(
    history: str, operation: int, begin: int, end: int, value: int | str, why: str
) -> Frame:
    """The changed history, what refutes the model ``why`` in it, and the verdicts of all models."""
    changed = edited(history, operation, begin, end, value)
    found = checkers.classify(changed)
    verdict = found.verdicts[why]
    if verdict.ok is None:
        raise ValueError(f"Nothing can be said: {verdict.reason}.")
    strongest = found.sentence() if found.maximal else "no model holds"
    sentence = f"{_first(strongest)}. {_because(found, why)}"
    top = intervals(changed, highlight=verdict.refuting, names=True, sentence=sentence, width=720)
    ladder = models(found, sentence=sentence, width=720)
    return Frame.of(stacked(top, ladder, sentence=sentence))


def _because(found: Classification, why: str) -> str:
    """Why this model fails, or what its holding rests on."""
    verdict = found.verdicts[why]
    if verdict.ok is False:
        return f"Not {verdict.model}: {verdict.reason}."
    return f"{_first(verdict.model)} holds ({verdict.judged})."


def _first(text: str) -> str:
    """The text with a capital at its beginning."""
    return text[0].upper() + text[1:]


def edit_history() -> Panel:
    """A history, one operation of it with its ends and its value, and the model whose verdict is explained."""
    values = {"as it is": "as it is", "nothing": "nothing", "1": 1, "2": 2, "3": 3}
    controls = {
        "history": choice("history", list(HISTORIES), "an old value"),
        "operation": slider("operation", "number", 3, 0, 5),
        "begin": slider("begins later by", "ms", 0, -100, 100, 5),
        "end": slider("ends later by", "ms", 0, -100, 100, 5),
        "value": choice("value", values, "as it is"),
        "why": choice("explain", _TITLES, "linearizable"),
    }
    return Panel(controls, edit_frame, "A history and its models")


# The models by the name that a verdict shows.
_TITLES = {"PRAM" if key == "pram" else key.replace("_", " "): key for key in checkers.BY_NAME}


# --- the boxes to be told apart ------------------------------------------------------------------

# What each box is, and what it promises: to be found out.
BOXES: dict[str, tuple[type[Node], str]] = {
    "A": (CausalStore, "causal_memory"),
    "B": (QuorumStore, "linearizable"),
    "C": (ArrivalOrderStore, ""),
    "D": (SequentialStore, "sequential"),
    "E": (FifoStore, "pram"),
}
WORK = ("one key", "two keys", "a post and comments")


def box_world(
    box: str,
    clients: int = 3,
    delay: int = 10,
    reads: int = 60,
    work: str = "one key",
    run: int = 1,
) -> World:
    """One run of a box: each client has a replica of its own near it, and carries out six operations.

    Messages between replicas take 1 ms and more, ``delay`` on average; ``reads`` is in percent.

    >>> box_world("B").history
    History(18 operations: 18 ok)
    """
    names = [f"n{n}" for n in range(1, clients + 1)]
    network = Network(Exponential(max(delay, 1.1), 1), client=Link(Exponential(0.6, 0.5)))
    nodes: list[Node] = [StoreClient(f"c{n[1:]}", n, timeout_ms=2_000) for n in names]
    world = World([*nodes, *cluster(BOXES[box][0], names)], run, network)
    for place in range(clients):
        draws = stream(run, "work", str(place))
        ops = [
            _operation(work, place, n, draws.random() < reads / 100, draws.random())
            for n in range(6)
        ]
        world.submit(f"c{place + 1}", ops, start_ms=1 + 2 * place, think_ms=3)
    return world.run(until_ms=3_000)


def _operation(work: str, place: int, number: int, reads: bool, draw: float) -> tuple[object, ...]:
    """The operation that a client makes; each value is written once."""
    value = 100 * (place + 1) + number
    if work == "a post and comments":
        own = ("post", "comment")[min(place, 1)]
        if (place == 0 and not reads) or (place == 1 and number % 2):
            return ("write", own, value)
        return ("read", "post" if place == 1 or number % 2 else "comment")
    key = "x" if work == "one key" or draw < 0.5 else "y"
    return ("read", key) if reads else ("write", key, value)


def faulted_world(store: type[Node], seed: int) -> World:
    """A run with the random faults of this seed until 400 ms, of four replicas and as many busy clients.

    Each client makes twelve operations on two keys, 70 % of them reads. Messages take 8 ms half of the time or less.

    >>> len(faulted_world(SequentialStore, 1).history)
    48
    """
    names = [f"n{n}" for n in range(1, 5)]
    plan = random_plan(seed, names, Budget(horizon_ms=400, timeout_ms=100))
    clients = [StoreClient(f"c{name[1:]}", name) for name in names]
    world = World([*clients, *cluster(store, names)], seed, Network(LogNormal(8, 1.5)), plan)
    for place, client in enumerate(clients):
        draws = stream(seed, "work", client.id)
        ops = [
            _operation("two keys", place, n, draws.random() < 0.7, draws.random())
            for n in range(12)
        ]
        world.submit(client.id, ops, start_ms=10 + 3 * place, think_ms=3)
    return world.run(until_ms=1_000)


def box_frame(
    box: str, clients: int, delay: int, reads: int, work: str, run: int, claim: str, reveal: bool
) -> Frame:
    """What the clients of a box saw in a run, and whether that refutes the claim that it keeps a model."""
    history = box_world(box, clients, delay, reads, work, run).history
    told = [
        f"Box {box}, run {run}: {count(len(history), 'operation')} by {count(clients, 'client')}."
    ]
    refuting: tuple[int, ...] = ()
    if claim == "none yet":
        told.append("Claim a model, and see whether this run refutes it.")
    else:
        verdict = checkers.BY_NAME[claim](history)
        refuting = verdict.refuting
        told.append(_of_claim(verdict))
    if reveal:
        told.append(_revealed(box))
    sentence = " ".join(told)
    picture = intervals(history, highlight=refuting, names=True, sentence=sentence, width=900)
    return Frame.of(picture)


def _of_claim(verdict: checkers.Verdict) -> str:
    if verdict.ok is None:
        return f"This run cannot tell: {verdict.reason}."
    if verdict.ok:
        return f"Not refuted: this run is {verdict.model} ({verdict.judged}). Try other runs, and stronger models."
    return f"Refuted: not {verdict.model}: {verdict.reason}."


def _revealed(box: str) -> str:
    kind, promise = BOXES[box]
    titles = {key: title for title, key in _TITLES.items()}
    return (
        f"In the box is {kind.__name__}, which promises {titles.get(promise, 'no model at all')}."
    )


def which_model() -> Panel:
    """A box, the work that its clients do, the run, the model that you claim, and whether to be told."""
    controls = {
        "box": choice("box", list(BOXES), "A"),
        "clients": slider("clients", "", 3, 2, 4),
        "delay": slider("mean delay", "ms", 10, 1, 40),
        "reads": slider("reads", "%", 60, 20, 90, 10),
        "work": choice("work", WORK, "one key"),
        "run": slider("run", "number", 1, 1, 60),
        "claim": choice("your claim", {"none yet": "none yet", **_TITLES}, "none yet"),
        "reveal": switch("open the box"),
    }
    return Panel(controls, box_frame, "Which model is this?")
