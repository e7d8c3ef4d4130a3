"""Judge of 11.6: the join of a set from which elements can be removed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from typing import Any

from dscourse.exercises.judges.values import listed
from dscourse.exercises.tasks import Wrong
from dscourse.sim.streams import stream

__all__ = ["LINES", "judge"]

LINES = 2_000_000

State = tuple[frozenset[tuple[str, str]], frozenset[str]]  # (name, item) of additions; names seen
States = dict[str, State]
_NOTHING: State = (frozenset(), frozenset())
_LONGEST, _MOST_ADDED = 7, 2
_NAMES = (
    "q7",
    "apple",
    "x",
    "n1-3",
    "zz",
    "b",
    "n1-1",
    "k2",
)  # in no order that says who added what


def judge(join: Any) -> Wrong | None:
    """Judge every run of two replicas with up to seven steps, the shortest first; then runs of three."""
    for path, states, name, peer in (*_short_runs(), *_longer_runs()):
        wrong = _judge_step(join, path, states[name], states[peer])
        if wrong is not None:
            return wrong
    return None


def _short_runs() -> Iterator[tuple[str, States, str, str]]:
    """Yield the ends of all runs of two replicas and one item in which one is about to hear of the other's state."""
    runs: list[tuple[tuple[str, ...], States]] = [((), {"n1": _NOTHING, "n2": _NOTHING})]
    met = set()
    for path, states in runs:
        for step, name, after in _steps(states):
            if "hears" in step:
                yield ", ".join((*path, step)), states, name, _peer(name)
            new = {**states, name: after}
            if len(path) + 1 < _LONGEST and tuple(new.items()) not in met:
                met.add(tuple(new.items()))
                runs.append(((*path, step), new))


def _steps(states: States) -> Iterator[tuple[str, str, State]]:
    """Yield the possible next steps: in words, the replica, and its state afterwards."""
    for name, (items, seen) in states.items():
        number = sum(one.startswith(name) for one in seen) + 1
        dot = f"{name}:{number}"
        if number <= _MOST_ADDED:
            yield f"{name} adds milk ({dot})", name, (items | {(dot, "milk")}, seen | {dot})
        if items:
            yield f"{name} removes milk", name, (frozenset(), seen)
        yield f"{name} hears {_peer(name)}", name, _joined((items, seen), states[_peer(name)])


def _peer(name: str) -> str:
    return "n2" if name == "n1" else "n1"


def _longer_runs() -> Iterator[tuple[str, States, str, str]]:
    """Yield ends of random runs of three replicas and three items, with names that say nothing."""
    draws = stream(11, "sets")
    for _ in range(60):
        states, names, path = dict.fromkeys(("Ann", "Bob", "Cleo"), _NOTHING), list(_NAMES), []
        for _ in range(12):
            name, peer = sorted(states, key=lambda _: draws.random())[:2]
            items, seen = states[name]
            choice = draws.random()
            if choice < 0.4 and names:
                dot, item = names.pop(), ("milk", "eggs", "tea")[int(3 * draws.random())]
                path.append(f"{name} adds {item} ({dot})")
                states = {**states, name: (items | {(dot, item)}, seen | {dot})}
            elif choice < 0.6 and items:
                item = sorted(items)[0][1]
                path.append(f"{name} removes {item}")
                states = {**states, name: (frozenset(one for one in items if one[1] != item), seen)}
            else:
                path.append(f"{name} hears {peer}")
                yield ", ".join(path), states, name, peer
                states = {**states, name: _joined(states[name], states[peer])}


def _joined(mine: State, other: State) -> State:
    """Return the join: the elements that both hold, and those that one holds and the other has not seen."""
    remaining = {one for one in mine[0] if one in other[0] or one[0] not in other[1]}
    new = {one for one in other[0] if one in mine[0] or one[0] not in mine[1]}
    return frozenset(remaining | new), mine[1] | other[1]


def _judge_step(join: Any, path: str, mine: State, other: State) -> Wrong | None:
    answer = join(mine, other)
    pair = listed(answer)
    if (
        pair is None
        or len(pair) != 2
        or isinstance(answer, Set)
        or not all(map(_is_collection, pair))
    ):
        return Wrong(f"join must give a pair of sets, (items, seen), not {answer!r:.60}.")
    wanted, items, seen = _joined(mine, other), set(pair[0]), set(pair[1])
    back = sorted(str(one[0]) for one in items - wanted[0])
    if back:
        return Wrong(
            f"{path}: your join holds {back[0]}, but one of the two has seen this addition and does not hold "
            "it any more. It was removed, and now it is back."
        )
    lost = sorted(one for one, _ in wanted[0] - items)
    if lost:
        return Wrong(
            f"{path}: your join has lost {lost[0]}. Nobody who had seen this addition has removed it."
        )
    if seen != wanted[1]:
        return Wrong(f"{path}: what either has seen, both have seen now: {sorted(wanted[1])}.")
    return None


def _is_collection(value: Any) -> bool:
    return isinstance(value, Set | list | tuple) and not isinstance(value, Mapping)
