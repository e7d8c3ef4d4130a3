"""Judge of 11.6: the join of a set from which elements can be removed."""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import Any

from dscourse.exercises.judges.names import AWKWARD
from dscourse.exercises.judges.values import distinct, listed
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
_MANY_NAMES = (*AWKWARD, *_NAMES, *(f"n1-{number}" for number in range(4, 40)), "0", "00")
_ITEMS = ("milk", "eggs", "tea", "", "Milk", "0")


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
    """Yield ends of random runs of three replicas, with names that say nothing; some have many items."""
    draws = stream(11, "sets")
    for run in range(66):
        states, path = dict.fromkeys(("Ann", "Bob", "Cleo"), _NOTHING), list[str]()
        every, items_of_run, most_steps = (
            (_NAMES, _ITEMS[:3], 12) if run < 60 else (_MANY_NAMES, _ITEMS, 90)
        )
        names = sorted(every, key=lambda _: draws.random())
        for _ in range(most_steps):
            name, peer = sorted(states, key=lambda _: draws.random())[:2]
            items, seen = states[name]
            choice = draws.random()
            if choice < (0.4 if run < 60 else 0.6) and names:
                dot, item = names.pop(), items_of_run[int(len(items_of_run) * draws.random())]
                path.append(f"{name} adds {item or 'an empty text'} ({dot})")
                states = {**states, name: (items | {(dot, item)}, seen | {dot})}
            elif choice < (0.6 if run < 60 else 0.65) and items:
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
    given: list[Any] = [distinct((set(items), set(seen))) for items, seen in (mine, other)]
    answer = join(*given)
    pair = listed(answer) or []
    sets = [listed(one) for one in pair]
    if len(pair) != 2 or isinstance(answer, Set) or None in sets:
        return Wrong(f"join must give a pair of sets, (items, seen), not {answer!r:.60}.")
    path = path if len(path) < 300 else f"… {path[-300:].partition(', ')[2]}"
    if given != [mine, other]:
        return Wrong(
            f"{path}: your join has changed the sets that it was given. They are still the state of a replica, which "
            "may crash before it has stored the result: build new sets."
        )
    items, seen = (set(one or ()) for one in sets)
    wanted = _joined(mine, other)
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
        missing, more = (sorted(map(str, some)) for some in (wanted[1] - seen, seen - wanted[1]))
        difference = f"lacks {missing[0]}" if missing else f"holds {more[0]}, seen by neither"
        return Wrong(f"{path}: what either has seen, both have seen now; your `seen` {difference}.")
    return None
