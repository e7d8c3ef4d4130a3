"""The translation between the requests of Maelstrom's workloads and the operations of the course's clients."""

from __future__ import annotations

import json
from typing import Any

from dscourse.core.frozen_dict import freeze
from dscourse.node import Invocation
from dscourse.run.external.wire import Body

__all__ = ["answer", "invocation"]

# A request has one of these fields, or none.
_VALUES = ("value", "delta", "element", "message", "echo", "msg", "txn", "offsets", "keys")
_ANSWERS = {
    "read": "value", "generate": "id", "echo": "echo", "send": "offset", "ts": "ts", "txn": "txn", "poll": "msgs",
    "list_committed_offsets": "offsets",
}  # fmt: skip
_OBJECTS = (
    "offsets",
    "msgs",
)  # for the course's clients, as for its checkers: pairs of a key and a value


def invocation(number: int, body: Body) -> Invocation:
    """Return a request as an operation with this number.

    >>> op = invocation(7, {"type": "poll", "offsets": {"k1": 0, "k2": 3}})
    >>> op.f, op.key, op.value
    ('poll', None, (('k1', 0), ('k2', 3)))
    """
    field = next((field for field in _VALUES if field in body), None)
    value: Any = body[field] if field else None
    if body["type"] == "cas":
        value = [body["from"], body["to"]]
    elif field in _OBJECTS:
        value = list(value.items())
    return Invocation(number, body["type"], freeze(body.get("key"), "key"), freeze(value, "value"))


def answer(request: Body, status: str, result: Any) -> Body:
    """Return the body of the answer to a request whose operation ended with this status and result.

    >>> answer({"type": "poll", "offsets": {"k1": 0}}, "ok", (("k1", ((0, 9), (1, 8))),))
    {'type': 'poll_ok', 'msgs': {'k1': [[0, 9], [1, 8]]}}
    """
    f = request["type"]
    if status != "ok":
        return {"type": "error", "code": 14 if status == "fail" else 13, "text": str(result)}
    if f == "read" and result is None and "key" in request:
        return {"type": "error", "code": 20, "text": "there is no such key"}
    if f == "cas" and result is False:
        return {"type": "error", "code": 22, "text": "the key has another value"}
    body: Body = {"type": f"{f}_ok"}
    if field := _ANSWERS.get(f):
        body[field] = dict(result) if field in _OBJECTS else result
    return json.loads(json.dumps(body, default=sorted))  # type: ignore[no-any-return]
