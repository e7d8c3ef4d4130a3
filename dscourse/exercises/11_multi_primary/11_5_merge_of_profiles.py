"""Judge of 11.5: a merge of profiles that converges."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from dscourse.exercises.judges.names import AWKWARD
from dscourse.exercises.judges.values import distinct, listed
from dscourse.exercises.tasks import Wrong
from dscourse.sim.streams import stream

__all__ = ["LINES", "judge"]

LINES = 2_000_000

_Write = tuple[float, str, str]
_Profile = dict[str, _Write]
_WRITES: tuple[_Write, ...] = ((1, "n1", "Ann"), (1, "n2", "Anna"), (2, "n1", "Anne"))
_OTHERS: tuple[_Write, ...] = (
    (9, "n1", "Bob"), (10, "n2", "Zoe"), (10, "n10", "Bob"), (10, "oslo", "Bob"), (10, "n3", "Eve"),
    (9.5, "n2", ""), (9.2, "n3", "a@b.c"), (100, "n1", "Al"), (0, "n2", "Bo"),
)  # fmt: skip
_REPLICAS = (*AWKWARD, "zoé", "a-rather-long-name-of-one-disk")
_CLOSE_TIMES = (
    (0, 0.001), (3, 3.000_001), (0.25, 0.5), (9, 10), (99.5, 100), (999, 1_000), (2, 10_000_000),
    (1_000_000, 1_000_001),
    (86_400_000, 86_400_000.125), (1_700_000_000_000, 1_700_000_000_000.5), (999_999, 1_700_000_000_000),
)  # fmt: skip
_FIELDS = ("name", "mail")
_MORE_FIELDS = ("city", "name", "phone", "x", "Name", "", *(f"answer {n}" for n in range(40)))


def judge(merge: Any) -> Wrong | None:
    profiles, others = _profiles(), list(_other_profiles())
    pairs = itertools.product(profiles, repeat=2)
    more = zip(others, [*others[1:], others[0]], strict=True)
    for a, b in itertools.chain(pairs, _ties(), more):
        wrong = _judge_fields(merge, a, b) or _judge_pair(merge, a, b)
        if wrong is not None:
            return wrong
    for profile in profiles:
        wrong = _judge_new(merge, profile)
        if wrong is not None:
            return wrong
    for a, b in _ties():
        wrong = _judge_processes(merge, a, b)
        if wrong is not None:
            return wrong
    small = [profile for profile in profiles if "mail" not in profile]
    threes = itertools.permutations([{"name": write} for write in _OTHERS], 3)
    late = zip(others, others[1:], others[2:], strict=False)
    for a, b, c in itertools.chain(itertools.product(small, repeat=3), threes, late):
        wrong = _judge_three(merge, a, b, c)
        if wrong is not None:
            return wrong
    return None


def _profiles() -> list[_Profile]:
    """Return every profile of two fields and three writes, the smallest first."""
    profiles: list[_Profile] = []
    for writes in itertools.product((None, *_WRITES), repeat=2):
        entries = zip(_FIELDS, writes, strict=True)
        profiles.append({field: write for field, write in entries if write is not None})
    return sorted(profiles, key=len)


def _ties() -> Iterator[tuple[_Profile, _Profile]]:
    """Yield pairs of profiles with one write each: equal times, equal values, times of any size that are close."""
    for one, other in itertools.product(_OTHERS, repeat=2):
        yield {"name": one}, {"name": other}
    values = dict(zip(_REPLICAS, itertools.cycle(("Eve", "Ann", "")), strict=False))
    for first, second in itertools.combinations(_REPLICAS, 2):
        yield {"name": (7.5, first, values[first])}, {"name": (7.5, second, values[second])}
    for early, late in _CLOSE_TIMES:
        yield {"name": (early, "oslo", "Zoe")}, {"name": (late, "n1", "Al")}


def _other_profiles() -> Iterator[_Profile]:
    """Yield profiles of other fields, written by many replicas at many times."""
    draws = stream(11, "profiles")
    times = sorted(
        {time for pair in _CLOSE_TIMES for time in pair} - {time for time, _, _ in _OTHERS}
    )
    for number in range(120):
        some = sorted(_REPLICAS, key=lambda _: draws.random())[:6]
        at_times = [(replica, times[int(len(times) * draws.random())]) for replica in some]
        writes = [(time, replica, f"{replica} {time:g}") for replica, time in at_times]
        fields = _MORE_FIELDS[: (4, 7, len(_MORE_FIELDS))[number % 3]]
        yield {
            field: (writes if number % 2 else _OTHERS)[int(6 * draws.random())]
            for field in fields
            if draws.random() < 0.7
        }


# --- the laws --------------------------------------------------------------------------------------


class _Text(str):
    """A text as another process has it: the hash of an equal text differs from process to process."""

    process = 0

    def __hash__(self) -> int:
        own = super().__hash__()
        return -own if _Text.process else own


def _remote_copy(profile: _Profile) -> _Profile:
    """Return an equal profile of other objects, whose texts have another hash for another `_Text.process`."""
    return {
        field: (time, _Text(replica), _Text(value))
        for field, (time, replica, value) in profile.items()
    }


def _merged(merge: Any, a: _Profile, b: _Profile) -> Any:
    """Return the merge of copies of the two profiles, with its writes as tuples."""
    answer = merge(distinct(a), distinct(b))
    return _plain(answer)


def _plain(answer: Any) -> Any:
    """Return a profile with its writes as tuples; anything but a mapping unchanged."""
    if not isinstance(answer, Mapping):
        return answer
    return {field: tuple(listed(write) or (write,)) for field, write in answer.items()}


def _judge_processes(merge: Any, a: _Profile, b: _Profile) -> Wrong | None:
    """Judge that two processes merge two writes to the same result."""
    results = []
    for _Text.process in (0, 1):
        results.append(_plain(merge(_remote_copy(a), _remote_copy(b))))
    _Text.process = 0
    if results[0] == results[1]:
        return None
    return Wrong(
        f"merge({a}, {b}) gives {results[0]} in one process and {results[1]} in another: hash() of a text differs "
        "from process to process, so it breaks no tie."
    )


def _judge_fields(merge: Any, a: _Profile, b: _Profile) -> Wrong | None:
    """Judge the fields: each one is there, with its later write; the arguments stay as they are."""
    mine, other = dict(a), dict(b)
    merge(mine, other)
    if (mine, other) != (a, b):
        return Wrong(
            f"merge({a}, {b}) has changed its arguments to {mine} and {other}: return a new profile."
        )
    merged = _merged(merge, a, b)
    if not isinstance(merged, dict):
        return Wrong(f"merge({a}, {b}) must give a dictionary, not {merged!r:.60}.")
    for field in sorted({*a, *b, *merged}, key=str):
        writes = [one[field] for one in (a, b) if field in one]
        if field not in merged:
            return Wrong(f"merge({a}, {b}) gives {merged}: the field {field!r} is missing.")
        if merged[field] not in writes:
            return Wrong(
                f"merge({a}, {b}) gives {merged}: the field {field!r} must hold one of the writes that were given."
            )
        if merged[field][0] < max(time for time, _, _ in writes):
            return Wrong(f"merge({a}, {b}) gives {merged}: there is a later write of {field!r}.")
    return None


def _judge_new(merge: Any, profile: _Profile) -> Wrong | None:
    """Judge that merging two equal profiles, or one with nothing, gives a new dictionary."""
    for a, b in ((profile, dict(profile)), (profile, {}), ({}, profile)):
        answer = merge(a, b)
        if answer is a or answer is b:
            return Wrong(
                f"merge({a}, {b}) returns one of its arguments, not a new dictionary: a later change of the "
                "merged profile would change that of its primary too."
            )
    return None


def _judge_pair(merge: Any, a: _Profile, b: _Profile) -> Wrong | None:
    merged, other = _merged(merge, a, b), _merged(merge, b, a)
    if merged != other:
        return Wrong(
            f"Not commutative: merge({a}, {b}) gives {merged}, the other way round {other}. Two primaries that "
            "hear of each other's write stay apart for ever."
        )
    again = _merged(merge, merged, b)
    if again != merged:
        return Wrong(f"Not idempotent: merging {b} once more into {merged} gives {again}.")
    return None


def _judge_three(merge: Any, a: _Profile, b: _Profile, c: _Profile) -> Wrong | None:
    left = _merged(merge, _merged(merge, a, b), c)
    right = _merged(merge, a, _merged(merge, b, c))
    if left == right:
        return None
    return Wrong(
        f"Not associative for {a}, {b} and {c}: {left} if the first two meet first, else {right}."
    )
