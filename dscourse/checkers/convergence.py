"""Have the replicas converged: do all of them hold the same at the end?

This judges states, not histories: eventual consistency promises nothing that a history of finite length could refute,
but once writes have stopped and messages have been delivered, the replicas must agree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dscourse.checkers.verdict import Verdict
from dscourse.core.copying import stable_repr
from dscourse.core.wording import count

__all__ = ["convergent", "differences"]

_MOST = 3  # keys that the sentence names

States = Mapping[str, Mapping[object, object]]


def convergent(states: States) -> Verdict:
    """Judge whether every node has the same state, by key; a key that a node lacks is the same as None.

    >>> print(convergent({"a": {"x": 1}, "b": {"x": 1}, "c": {}}))
    not convergent: x is 1 on a and b, nothing on c; judged 1 key on 3 nodes
    """
    keys = _keys(states)
    judged = f"{count(len(keys), 'key')} on {count(len(states), 'node')}"
    if len(states) < 2:
        return Verdict("convergent", None, "nothing to judge: there are fewer than two replicas")
    if not keys:
        return Verdict("convergent", None, "nothing to judge: no replica holds anything")
    found = differences(states)
    if not found:
        return Verdict("convergent", True, judged=judged)
    parts = [_in_words(key, holders) for key, holders in list(found.items())[:_MOST]]
    if len(found) > _MOST:
        parts.append(f"and {len(found) - _MOST:,} more")
    return Verdict("convergent", False, "; ".join(parts), judged=judged)


def differences(states: States) -> dict[object, list[tuple[object, list[str]]]]:
    """Return the keys on which nodes differ, each with its values and their nodes; the most frequent value first.

    >>> differences({"a": {"x": 1, "y": 5}, "b": {"x": 2, "y": 5}})
    {'x': [(1, ['a']), (2, ['b'])]}
    """
    found = {}
    for key in _keys(states):
        holders: list[tuple[object, list[str]]] = []
        for node, state in states.items():
            value = state.get(key)
            same = next((nodes for other, nodes in holders if other == value), None)
            if same is None:
                holders.append((value, [node]))
            else:
                same.append(node)
        if len(holders) > 1:
            found[key] = sorted(holders, key=lambda holder: -len(holder[1]))
    return found


def _keys(states: States) -> list[object]:
    """Return every key that a node holds, in the order in which they are met."""
    return list(dict.fromkeys(key for state in states.values() for key in state))


def _in_words(key: object, holders: Sequence[tuple[object, Sequence[str]]]) -> str:
    """Describe the copies of one key, as in ``x is 1 on a and b, nothing on c``."""
    parts = [
        f"{'nothing' if value is None else _text(value)} on {_listed(nodes)}"
        for value, nodes in holders
    ]
    return f"{_text(key)} is {', '.join(parts)}"


def _text(value: object) -> str:
    return value if isinstance(value, str) else stable_repr(value)


def _listed(names: Sequence[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
