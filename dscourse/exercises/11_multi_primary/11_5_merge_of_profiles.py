"""Judge of 11.5: a merge of profiles that converges."""

from __future__ import annotations

import itertools
from typing import Any

from dscourse.exercises.tasks import Wrong

__all__ = ["LINES", "judge"]

LINES = 2_000_000

Profile = dict[str, tuple[int, str, str]]
_WRITES = ((1, "n1", "Ann"), (1, "n2", "Anna"), (2, "n1", "Anne"))
_FIELDS = ("name", "mail")


def _profiles() -> list[Profile]:
    """Return every profile of two fields and three writes, the smallest first."""
    profiles: list[Profile] = []
    for writes in itertools.product((None, *_WRITES), repeat=2):
        entries = zip(_FIELDS, writes, strict=True)
        profiles.append({field: write for field, write in entries if write is not None})
    return sorted(profiles, key=len)


def judge(merge: Any) -> Wrong | None:
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
    """Judge the fields: each field of either profile is there, with its later write."""
    merged = merge(dict(a), dict(b))
    if not isinstance(merged, dict):
        return Wrong(f"merge({a}, {b}) must give a dictionary, not {merged!r:.60}.")
    for field in sorted({*a, *b, *merged}):
        writes = [one[field] for one in (a, b) if field in one]
        if merged.get(field) not in writes:
            return Wrong(
                f"merge({a}, {b}) gives {merged}: the field {field!r} must hold one of the writes that were given."
            )
        if merged[field][0] < max(time for time, _, _ in writes):
            return Wrong(f"merge({a}, {b}) gives {merged}: there is a later write of {field!r}.")
    return None


def _judge_pair(merge: Any, a: Profile, b: Profile) -> Wrong | None:
    merged, other = merge(dict(a), dict(b)), merge(dict(b), dict(a))
    if merged != other:
        return Wrong(
            f"Not commutative: merge({a}, {b}) gives {merged}, the other way round {other}. Two primaries that "
            "hear of each other's write stay apart for ever."
        )
    again = merge(dict(merged), dict(b))
    if again != merged:
        return Wrong(f"Not idempotent: merging {b} once more into {merged} gives {again}.")
    return None
