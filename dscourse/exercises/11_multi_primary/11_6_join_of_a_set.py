"""Judge of 11.6: the join of a set from which elements can be removed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dscourse.exercises.tasks import Wrong

__all__ = ["LINES", "judge"]

LINES = 2_000_000

State = tuple[frozenset[tuple[str, str]], frozenset[str]]  # (name, item) of additions; names seen
States = dict[str, State]
_NOTHING: State = (frozenset(), frozenset())
_LONGEST, _MOST_ADDED = 7, 2


def judge(join: Any) -> Wrong | None:
    """Judge every run of two replicas with up to seven steps, the shortest first."""
    runs: list[tuple[tuple[str, ...], States]] = [((), {"n1": _NOTHING, "n2": _NOTHING})]
    met = set()
    for path, states in runs:
        for step, name, after in _steps(states):
            if "hears" in step:
                wrong = _judge_step(join, (*path, step), states, name)
                if wrong is not None:
                    return wrong
            new = {**states, name: after}
            if len(path) + 1 < _LONGEST and tuple(new.items()) not in met:
                met.add(tuple(new.items()))
                runs.append(((*path, step), new))
    return None


def _steps(states: States) -> Iterator[tuple[str, str, State]]:
    """Yield the possible next steps: in words, the replica, and its state afterwards."""
    for name, (items, seen) in states.items():
        number = sum(one.startswith(name) for one in seen) + 1
        dot = f"{name}:{number}"
        if number <= _MOST_ADDED:
            yield f"{name} adds milk ({dot})", name, (items | {(dot, "milk")}, seen | {dot})
        if items:
            yield f"{name} removes milk", name, (frozenset(), seen)
        peer = "n2" if name == "n1" else "n1"
        yield f"{name} hears {peer}", name, _joined((items, seen), states[peer])


def _joined(mine: State, other: State) -> State:
    """Return the join: the elements that both hold, and those that one holds and the other has not seen."""
    remaining = {one for one in mine[0] if one in other[0] or one[0] not in other[1]}
    new = {one for one in other[0] if one in mine[0] or one[0] not in mine[1]}
    return frozenset(remaining | new), mine[1] | other[1]


def _judge_step(join: Any, path: tuple[str, ...], states: States, name: str) -> Wrong | None:
    peer = "n2" if name == "n1" else "n1"
    mine, other = states[name], states[peer]
    joined = join(mine, other)
    if (
        not isinstance(joined, tuple)
        or len(joined) != 2
        or not all(isinstance(one, set | frozenset) for one in joined)
    ):
        return Wrong(f"join must give a pair of sets, (items, seen), not {joined!r:.60}.")
    wanted, run = _joined(mine, other), ", ".join(path)
    back = sorted(one for one, _ in joined[0] - wanted[0])
    if back:
        return Wrong(
            f"{run}: your join holds {back[0]}, but one of the two has seen this addition and does not hold "
            "it any more. It was removed, and now it is back."
        )
    lost = sorted(one for one, _ in wanted[0] - joined[0])
    if lost:
        return Wrong(
            f"{run}: your join has lost {lost[0]}. Nobody who had seen this addition has removed it."
        )
    if set(joined[1]) != set(wanted[1]):
        return Wrong(f"{run}: what either has seen, both have seen now: {sorted(wanted[1])}.")
    return None
