"""Judge of 12.6: replicas on distinct nodes."""

from __future__ import annotations

from typing import Any

from dscourse.exercises.tasks import Wrong

__all__ = ["judge"]

_RINGS_OF_OWNERS = (
    ("abc", 0, 2), ("abc", 2, 2), ("aab", 0, 2), ("abab", 1, 2), ("aaab", 3, 2), ("abac", 2, 3), ("ab", 0, 3),
    ("aabbaacc", 4, 3), ("abcabcabd", 7, 4), ("a", 0, 1),
)  # fmt: skip


def judge(replicas: Any) -> Wrong | None:
    for owners, start, count in _RINGS_OF_OWNERS:
        turned = list(owners[start:] + owners[:start])
        right = list(dict.fromkeys(turned))[:count]
        answer = replicas(list(owners), start, count)
        if not isinstance(answer, list | tuple) or list(answer) != right:
            return Wrong(
                f"The points belong to {', '.join(owners)}. `replicas(owners, {start}, {count})` is "
                f"{answer!r:.60}, and should be {right}."
            )
    return None
