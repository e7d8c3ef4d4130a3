"""Lines of JSON with a checksum in the first one, so that a file that was cut or changed is noticed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from zlib import crc32

import msgspec

__all__ = ["seal", "unseal"]

_encoder, _decoder = msgspec.json.Encoder(), msgspec.json.Decoder()


def seal(head: dict[str, Any], rows: Iterable[Any]) -> bytes:
    """Return the head, with a checksum of everything, and the rows as lines."""
    lines = _encoder.encode_lines(rows)
    return _encoder.encode({**head, "crc32": _checksum(head, lines)}) + b"\n" + lines


def unseal(content: bytes) -> tuple[dict[str, Any], list[Any]]:
    """Return head and rows. ValueError if the checksum differs; a head without one is accepted as it is.

    >>> unseal(seal({"format": 1}, [["a", 1], ["b", 2]]))
    ({'format': 1}, [['a', 1], ['b', 2]])
    >>> unseal(seal({"format": 1}, [["a", 1], ["b", 2]]).replace(b'"b",2', b'"b",3'))
    Traceback (most recent call last):
        ...
    ValueError: it is damaged: its checksum differs
    """
    first, _, lines = content.partition(b"\n")
    head = _decoder.decode(first)
    if not isinstance(head, dict):
        raise ValueError("its first line is no object")
    if "crc32" in head and head.pop("crc32") != _checksum(head, lines):
        raise ValueError("it is damaged: its checksum differs")
    return head, _decoder.decode_lines(lines)


def _checksum(head: dict[str, Any], lines: bytes) -> int:
    return crc32(lines, crc32(_encoder.encode(head)))
