"""The wire of Maelstrom's protocol: one JSON object per line, with ``src``, ``dest`` and ``body``.

A body has a ``type``. A request has a ``msg_id``, and its answer names it in ``in_reply_to``; an answer of type
``error`` has a ``code``. A *definite* error says that the operation did not and will not happen. After an indefinite
one, and after a code that is not known, it may have happened. Source: jepsen-io/maelstrom, ``doc/protocol.md``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from dscourse.node import Message

__all__ = [
    "DEFINITE",
    "ERRORS",
    "Body",
    "RpcError",
    "Spoken",
    "WireError",
    "encode",
    "is_definite",
    "parse",
]

ERRORS: Mapping[int, str] = {
    0: "timeout", 1: "node not found", 10: "not supported", 11: "temporarily unavailable", 12: "malformed request",
    13: "crash", 14: "abort", 20: "key does not exist", 21: "key already exists", 22: "precondition failed",
    30: "transaction conflict",
}  # fmt: skip
DEFINITE = frozenset(ERRORS) - {0, 13}
LONGEST = 16 << 20  # bytes of a line
_SHOWN = 80  # characters of a line that a sentence shows

Body = dict[str, Any]


class WireError(ValueError):
    """A malformed line; the text continues a sentence about the node that wrote it."""


class RpcError(Exception):
    """An answer of type ``error``."""

    def __init__(self, code: int, text: str = "") -> None:
        super().__init__(f"error {code} ({ERRORS.get(code, 'unknown')}): {text}")
        self.code, self.text = code, text

    def body(self) -> Body:
        """Return the body of the answer."""
        return {"type": "error", "code": self.code, "text": self.text}


def is_definite(code: object) -> bool:
    """Return True if an error of this code says that the operation did not happen.

    >>> is_definite(20), is_definite(0), is_definite(1000)
    (True, False, False)
    """
    return type(code) is int and code in DEFINITE


@dataclass(frozen=True, slots=True, repr=False)
class Spoken(Message):
    """The body of a message, as a trace records it: its type, and everything else as JSON."""

    type: str
    rest: str

    @classmethod
    def of(cls, body: Body) -> Spoken:
        """Return the body as a value.

        >>> Spoken.of({"msg_id": 3, "type": "broadcast", "message": 5})
        {"type":"broadcast","msg_id":3,"message":5}
        >>> str(Spoken.of({"type": "broadcast", "message": 5, "msg_id": 3}))
        'broadcast message=5'
        """
        rest = {key: value for key, value in body.items() if key != "type"}
        return cls(str(body.get("type", "message")), json.dumps(rest, separators=(",", ":")))

    @property
    def body(self) -> Body:
        """The body as it was sent."""
        return {"type": self.type, **json.loads(self.rest)}

    def __repr__(self) -> str:
        """Return the body as JSON, as a trace prints it."""
        return json.dumps(self.body, separators=(",", ":"))

    @property
    def shown_name(self) -> str:
        """The name of the message in a picture that has no room for more."""
        return self.type

    def __str__(self) -> str:
        shown = [
            f"{key}={value if isinstance(value, str) and value.isprintable() else json.dumps(value)}"
            for key, value in json.loads(self.rest).items()
            if key not in ("msg_id", "in_reply_to")
        ]
        return " ".join([self.type, *shown])


def encode(src: str, dest: str, body: Body) -> bytes:
    r"""Return a message as a line.

    >>> encode("c1", "n0", {"type": "read", "msg_id": 1})
    b'{"src":"c1","dest":"n0","body":{"type":"read","msg_id":1}}\n'
    """
    whole = {"src": src, "dest": dest, "body": body}
    return json.dumps(whole, separators=(",", ":")).encode() + b"\n"


def parse(line: bytes) -> tuple[str, str, Body]:
    """Return source, destination and body of a line. Raise WireError if it is no message.

    >>> parse(b'{"src": "n0", "dest": "c1", "body": {"type": "read_ok"}}')
    ('n0', 'c1', {'type': 'read_ok'})
    >>> parse(b"received a message")
    Traceback (most recent call last):
        ...
    dscourse.run.external.wire.WireError: wrote the line 'received a message', which is not JSON: was it meant for standard error?
    """  # noqa: E501
    try:
        message = json.loads(line, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise WireError(
            f"wrote the line {_shown(line)}, which is not JSON: was it meant for standard error?"
        ) from None
    if not isinstance(message, dict):
        raise WireError(
            f"wrote the line {_shown(line)}, which is not a JSON object: was it meant for standard error?"
        )
    for field, kind in (("src", str), ("dest", str), ("body", dict)):
        if not isinstance(message.get(field), kind):
            noun = "a text" if kind is str else "an object"
            raise WireError(f'wrote the message {_shown(line)}, whose "{field}" is not {noun}')
    return message["src"], message["dest"], message["body"]


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _shown(line: bytes) -> str:
    text = line.decode(errors="replace").strip()
    return repr(text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…")
