"""Two exercises of chapter 11 that are tried in every way: a merge to design, and the join of a set to repair."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from dscourse.exercises.kit import Exercise, Prediction, Wrong

__all__ = ["EXERCISES", "PREDICTIONS"]

PREDICTIONS: tuple[Prediction, ...] = ()

# --- 11.5: a merge that converges ----------------------------------------------------------------

Profile = dict[str, tuple[int, str, str]]
_WRITES = ((1, "n1", "Ann"), (1, "n2", "Anna"), (2, "n1", "Anne"))
_FIELDS = ("name", "mail")


def _profiles() -> list[Profile]:
    """Every profile of two fields and three writes, the smallest first."""
    found: list[Profile] = []
    for writes in itertools.product((None, *_WRITES), repeat=2):
        entries = zip(_FIELDS, writes, strict=True)
        found.append({field: write for field, write in entries if write is not None})
    return sorted(found, key=len)


def _judge_merge(merge: Any) -> Wrong | None:
    profiles = _profiles()
    for a, b in itertools.product(profiles, repeat=2):
        wrong = _judge_fields(merge, a, b) or _judge_pair(merge, a, b)
        if wrong is not None:
            return wrong
    some = [profile for profile in profiles if "mail" not in profile]
    for a, b, c in itertools.product(some, repeat=3):
        left, right = (
            merge(merge(dict(a), dict(b)), dict(c)),
            merge(dict(a), merge(dict(b), dict(c))),
        )
        if left != right:
            return Wrong(
                f"Not associative for {a}, {b} and {c}: {left} if the first two meet first, else {right}."
            )
    return None


def _judge_fields(merge: Any, a: Profile, b: Profile) -> Wrong | None:
    """Each field of either is there, with the later write of it."""
    got = merge(dict(a), dict(b))
    if not isinstance(got, dict):
        return Wrong(f"merge({a}, {b}) must give a dictionary, not {got!r:.60}.")
    for field in sorted({*a, *b, *got}):
        given = [one[field] for one in (a, b) if field in one]
        if got.get(field) not in given:
            return Wrong(
                f"merge({a}, {b}) gives {got}: the field {field!r} must hold one of the writes that were given."
            )
        if got[field][0] < max(time for time, _, _ in given):
            return Wrong(f"merge({a}, {b}) gives {got}: there is a later write of {field!r}.")
    return None


def _judge_pair(merge: Any, a: Profile, b: Profile) -> Wrong | None:
    got, other = merge(dict(a), dict(b)), merge(dict(b), dict(a))
    if got != other:
        return Wrong(
            f"Not commutative: merge({a}, {b}) gives {got}, the other way round {other}. Two primaries that hear of each other's "
            "write stay apart for ever."
        )
    again = merge(dict(got), dict(b))
    if again != got:
        return Wrong(f"Not idempotent: merging {b} once more into {got} gives {again}.")
    return None


# --- 11.6: the join of a set ---------------------------------------------------------------------

State = tuple[frozenset[tuple[str, str]], frozenset[str]]  # (name, item) of additions; names seen
States = dict[str, State]
_NOTHING: State = (frozenset(), frozenset())
_LONGEST, _MOST_ADDED = 7, 2


def _judge_join(join: Any) -> Wrong | None:
    """Every run of two replicas up to seven steps, the shortest first."""
    runs: list[tuple[tuple[str, ...], States]] = [((), {"n1": _NOTHING, "n2": _NOTHING})]
    met = set()
    for path, states in runs:
        for told, name, after in _steps(states):
            if "hears" in told:
                wrong = _judge_step(join, (*path, told), states, name)
                if wrong is not None:
                    return wrong
            new = {**states, name: after}
            if len(path) + 1 < _LONGEST and tuple(new.items()) not in met:
                met.add(tuple(new.items()))
                runs.append(((*path, told), new))
    return None


def _steps(states: States) -> Iterator[tuple[str, str, State]]:
    """What may happen next: in words, at whom, and what that replica then holds."""
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
    """What both hold, and what one holds that the other has not seen."""
    kept = {one for one in mine[0] if one in other[0] or one[0] not in other[1]}
    new = {one for one in other[0] if one in mine[0] or one[0] not in mine[1]}
    return frozenset(kept | new), mine[1] | other[1]


def _judge_step(join: Any, path: tuple[str, ...], states: States, name: str) -> Wrong | None:
    peer = "n2" if name == "n1" else "n1"
    mine, other = states[name], states[peer]
    got = join(mine, other)
    if (
        not isinstance(got, tuple)
        or len(got) != 2
        or not all(isinstance(one, set | frozenset) for one in got)
    ):
        return Wrong(f"join must give a pair of sets, (items, seen), not {got!r:.60}.")
    wanted, run = _joined(mine, other), ", ".join(path)
    back = sorted(one for one, _ in got[0] - wanted[0])
    if back:
        return Wrong(
            f"{run}: your join holds {back[0]}, but one of the two has seen this addition and does not hold it any more. It was "
            "removed, and now it is back."
        )
    lost = sorted(one for one, _ in wanted[0] - got[0])
    if lost:
        return Wrong(
            f"{run}: your join has lost {lost[0]}. Nobody who had seen this addition has removed it."
        )
    if set(got[1]) != set(wanted[1]):
        return Wrong(f"{run}: what either has seen, both have seen now: {sorted(wanted[1])}.")
    return None


_JOIN = "def join(a, b):\n    items_a, seen_a = a\n    items_b, seen_b = b\n"

EXERCISES = (
    Exercise(
        id="11.5",
        title="Design: a merge that converges",
        name="merge",
        stub="def merge(a, b):\n    return {}\n",
        solution="def merge(a, b):\n"
        "    merged = dict(a)\n"
        "    for field, write in b.items():\n"
        "        merged[field] = max(write, merged.get(field, write))\n"
        "    return merged\n",
        reasoning="Python compares the triples by time, then by replica. That is one order of all writes of a field, and the largest of "
        "some writes does not depend on how they are grouped, ordered or repeated. Field by field, because two people who change "
        "different fields have no conflict. Cassandra does it so, cell by cell.",
        hints=(
            "Each field for itself. Which of two writes of it should stay, if their times differ? And if they are equal?",
            "The larger of two tuples (time, replica, value) is the later one, and with equal times that of the higher replica.",
        ),
        judge=_judge_merge,
        praise="Commutative, associative, idempotent, and each field keeps its latest write.",
        lines=2_000_000,
    ),
    Exercise(
        id="11.6",
        title="Repair: a set from which something can be removed",
        name="join",
        stub=_JOIN + "    return items_a | items_b, seen_a | seen_b\n",
        solution=_JOIN
        + "    kept = {one for one in items_a if one in items_b or one[0] not in seen_b}\n"
        + "    new = {one for one in items_b if one in items_a or one[0] not in seen_a}\n"
        + "    return frozenset(kept | new), seen_a | seen_b\n",
        reasoning="An addition that one side lacks has either not arrived there, or been removed there. Which of the two is what `seen` "
        "tells: if the side has seen it, it was removed. So what both hold stays, and what one holds stays if the other has not "
        "seen it. An addition that happens beside a removal has a name of its own, which the remover has not seen: it stays.",
        hints=(
            "An item that only one side holds: has the other side never seen it, or has it removed it?",
            "Keep what both hold. Keep what one holds if its name is not in what the other has seen.",
        ),
        judge=_judge_join,
        praise="What was removed stays away, and no addition is lost that the remover had not seen.",
        lines=2_000_000,
    ),
)
