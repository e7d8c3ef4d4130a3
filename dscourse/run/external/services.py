"""The services that nodes may use: three stores of keys and values, and an oracle of timestamps.

    lin-kv    linearizable
    seq-kv    sequentially consistent: what a caller reads may be old, but never older than what it has seen
    lww-kv    eventually consistent: replicas that merge at random, the latest write wins
    lin-tso   timestamps that rise

Each is a small deterministic object: the same seed and requests give the same answers. A service takes the name of
the caller and the body of a request, and returns the fields of the answer, or raises `RpcError`. Source:
jepsen-io/maelstrom, ``doc/services.md``; how far back seq-kv goes is taken from what Maelstrom does.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from random import Random
from typing import Any, Protocol

from dscourse.core.equality import same, token
from dscourse.run.external.wire import Body, RpcError
from dscourse.sim.streams import stream

__all__ = ["SERVICES", "LinKv", "LinTso", "LwwKv", "SeqKv", "Service", "services"]

PAST_STATES = 32
REPLICAS = 5


class Service(Protocol):
    """A node that the test itself provides."""

    def answer(self, caller: str, body: Body) -> Body:
        """Return the body of the answer, without ``in_reply_to``. Raise RpcError."""


_MISSING: Any = object()
_Get = Callable[[object], Any]  # the value of a key in some state; _MISSING without one


def _applied(body: Body, get: _Get) -> tuple[Body, object, Any]:
    """Return answer, key token and new value of a request on a state; the value is _MISSING if nothing changes."""
    kind = body.get("type")
    needed = {"read": ("key",), "write": ("key", "value"), "cas": ("key", "from", "to")}.get(
        str(kind)
    )
    if needed is None:
        raise RpcError(10, f"a key-value service has read, write and cas, not {kind!r}")
    for field in needed:
        if field not in body:
            raise RpcError(12, f"{kind} lacks {field!r}")
    key = token(body["key"])
    value = get(key)
    if kind == "write":
        return {"type": "write_ok"}, key, _unless_same(value, body["value"])
    if value is _MISSING and not (kind == "cas" and body.get("create_if_not_exists")):
        raise RpcError(20, f"key {body['key']!r} does not exist")
    if kind == "read":
        return {"type": "read_ok", "value": value}, key, _MISSING
    if value is not _MISSING and not same(value, body["from"]):
        raise RpcError(22, f"{body['key']!r} is {value!r}, not {body['from']!r}")
    return {"type": "cas_ok"}, key, _unless_same(value, body["to"])


def _unless_same(old: Any, new: Any) -> Any:
    return _MISSING if old is not _MISSING and same(old, new) else new


class LinKv:
    """A store that works on its newest state alone.

    >>> store = LinKv()
    >>> store.answer("n0", {"type": "cas", "key": "x", "from": 0, "to": 1, "create_if_not_exists": True})
    {'type': 'cas_ok'}
    >>> store.answer("n1", {"type": "read", "key": "x"})
    {'type': 'read_ok', 'value': 1}
    """

    def __init__(self) -> None:
        self._values: dict[object, Any] = {}

    def answer(self, caller: str, body: Body) -> Body:
        answer, key, value = _applied(body, lambda key: self._values.get(key, _MISSING))
        if value is not _MISSING:
            self._values[key] = value
        return answer


class SeqKv:
    """A store in which a request that changes nothing may see one of the last 32 states.

    The state is never older than one that the same caller has seen. A request that would change it sees the newest.
    """

    def __init__(self, draws: Random) -> None:
        self._draws = draws
        self._newest = 0
        self._seen: dict[str, int] = {}
        self._versions: dict[
            object, tuple[list[int], list[Any]]
        ] = {}  # by key: since which state, which value

    def answer(self, caller: str, body: Body) -> Body:
        oldest = max(self._seen.get(caller, 0), self._newest - PAST_STATES + 1, 0)
        state = oldest + int(self._draws.random() * (self._newest - oldest + 1))
        try:
            answer, _, value = _applied(body, lambda key: self._at(key, state))
            if value is _MISSING:
                return answer
            state = self._newest
            answer, key, value = _applied(body, lambda key: self._at(key, state))
            if value is not _MISSING:
                state = self._newest = state + 1
                states, values = self._versions.setdefault(key, ([], []))
                states.append(state)
                values.append(value)
            return answer
        finally:
            self._seen[caller] = state

    def _at(self, key: object, state: int) -> Any:
        states, values = self._versions.get(key, ((), ()))
        index = bisect_right(states, state)
        return values[index - 1] if index else _MISSING


class LwwKv:
    """Replicas that answer on their own; before each request two of them, drawn at random, merge.

    A write gets a Lamport timestamp of its replica; of two values the one with the higher timestamp stays.
    """

    def __init__(self, draws: Random, replicas: int = REPLICAS) -> None:
        self._draws = draws
        self._replicas: list[dict[object, tuple[int, int, Any]]] = [{} for _ in range(replicas)]
        self._clocks = [0] * replicas

    def answer(self, caller: str, body: Body) -> Body:
        self._merge(self._draw(), self._draw())
        at = self._draw()
        replica = self._replicas[at]
        answer, key, value = _applied(
            body, lambda key: replica[key][2] if key in replica else _MISSING
        )
        if body["type"] == "write":
            value = body["value"]
        if value is not _MISSING:
            self._clocks[at] += 1
            replica[key] = (self._clocks[at], at, value)
        return answer

    def _draw(self) -> int:
        return int(self._draws.random() * len(self._replicas))

    def _merge(self, one: int, other: int) -> None:
        both = self._replicas[one], self._replicas[other]
        for key in {**both[0], **both[1]}:
            latest = max(
                (replica[key] for replica in both if key in replica), key=lambda entry: entry[:2]
            )
            both[0][key] = both[1][key] = latest
        self._clocks[one] = self._clocks[other] = max(self._clocks[one], self._clocks[other])


class LinTso:
    """An oracle that gives each request the next number, from 0 on.

    >>> oracle = LinTso()
    >>> [oracle.answer("n0", {"type": "ts"})["ts"] for _ in range(3)]
    [0, 1, 2]
    """

    def __init__(self) -> None:
        self._next = 0

    def answer(self, caller: str, body: Body) -> Body:
        if body.get("type") != "ts":
            raise RpcError(10, f"lin-tso has ts, not {body.get('type')!r}")
        self._next += 1
        return {"type": "ts_ok", "ts": self._next - 1}


SERVICES = ("lin-kv", "seq-kv", "lww-kv", "lin-tso")


def services(seed: int) -> dict[str, Service]:
    """Return the four services by name, as they are at the start of a test."""
    return {
        "lin-kv": LinKv(),
        "seq-kv": SeqKv(stream(seed, "seq-kv")),
        "lww-kv": LwwKv(stream(seed, "lww-kv")),
        "lin-tso": LinTso(),
    }
