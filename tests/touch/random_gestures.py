"""Random gestures on a run, sensible and not, as a hand or a program makes them."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from dscourse.touch import TouchedRun
from dscourse.touch.run.handlers import handlers

__all__ = ["Try", "random_gesture"]

Try = tuple[str, list[Any]]  # the name of a gesture, and its arguments as the browser sends them
_BAD = ("", None, -5, 1e300, "z", [], {}, True, float("nan"))


def random_gesture(run: TouchedRun, draws: Random) -> Try:
    """Return a gesture for the present run; one in ten has an argument that makes no sense."""
    gesture, arguments = draws.choice(_MAKERS)(run, draws)
    if arguments and draws.random() < 0.1:
        arguments[draws.randrange(len(arguments))] = draws.choice(_BAD)
    return gesture, arguments


def _time(run: TouchedRun, draws: Random) -> float:
    return round(draws.uniform(0, 1.1 * run.world.now_ms), 1)


def _node(run: TouchedRun, draws: Random) -> str:
    return draws.choice(list(run.world.nodes))


def _message(run: TouchedRun, draws: Random) -> int:
    return draws.choice([*run.messages, 0])


def _stretch(run: TouchedRun, draws: Random) -> list[float]:
    start = _time(run, draws)
    return [start, start + round(draws.choice([-1.0, 5.0, 20.0, 100.0]), 1)]


def _crash_during(run: TouchedRun, draws: Random) -> Try:
    found = [one for one in handlers(run.world.trace) if one.effects]
    if not found:
        return "undo", []
    chosen = draws.choice(found)
    return "crash_during", [chosen.event.index, draws.randrange(len(chosen.effects) + 1)]


def _partition(run: TouchedRun, draws: Random) -> Try:
    sides: tuple[list[str], list[str]] = ([], [])
    for name in run.world.nodes:
        if draws.random() < 0.9:
            draws.choice(sides).append(name)
    return "partition", [list(sides), *_stretch(run, draws)]


def _invoke(run: TouchedRun, draws: Random) -> Try:
    known = [(e.node, e.what.f, e.what.key, e.what.value) for e in run.world.trace.kinds("invoke")]
    if not known:
        return "invoke", [_node(run, draws), _time(run, draws), "read"]
    client, f, key, value = draws.choice(known)
    return "invoke", [client, _time(run, draws), f, key, value]


def _edit(run: TouchedRun, draws: Random) -> Try:
    at = draws.randrange(len(run.touches) + 1)
    numbers = run.touches[at].numbers if at < len(run.touches) else {"ms": 0.0}
    return "edit", [
        at,
        {name: value + draws.choice([-10, 1, 30]) for name, value in numbers.items()},
    ]


def _index(run: TouchedRun, draws: Random) -> int:
    return draws.randrange(len(run.touches) + 1)


_MAKERS: list[Callable[[TouchedRun, Random], Try]] = [
    lambda run, draws: ("lose", [_message(run, draws)]),
    lambda run, draws: ("repeat", [_message(run, draws), _time(run, draws)]),
    lambda run, draws: ("move", [_message(run, draws), _time(run, draws)]),
    lambda run, draws: ("move", [_message(run, draws), _time(run, draws)]),
    lambda run, draws: ("crash", [_node(run, draws), _time(run, draws)]),
    lambda run, draws: ("restart", [_node(run, draws), _time(run, draws)]),
    lambda run, draws: ("pause", [_node(run, draws), *_stretch(run, draws)]),
    lambda run, draws: ("skew", [_node(run, draws), _time(run, draws), draws.choice([-50, 200]), 0]),
    lambda run, draws: ("isolate", [_node(run, draws), *_stretch(run, draws)]),
    lambda run, draws: ("cut", [_node(run, draws), _node(run, draws), *_stretch(run, draws), draws.random() < 0.5]),
    lambda run, draws: ("switch", [_index(run, draws), draws.random() < 0.5]),
    lambda run, draws: ("remove", [_index(run, draws)]),
    lambda run, draws: (draws.choice(["undo", "redo", "undo", "redo", "reset"]), []),
    _crash_during, _partition, _invoke, _edit,
]  # fmt: skip
