"""The form in which long data goes to the browser: as text, which nothing on the way takes apart."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

__all__ = ["AS_TEXT", "AS_TEXT_AND_BYTES"]


def _text(data: Mapping[str, Any] | None, _widget: object = None) -> str:
    return json.dumps(data, separators=(",", ":"))


def _text_and_bytes(data: Mapping[str, Any] | None, _widget: object) -> dict[str, Any]:
    """Return the entries that are bytes, or mappings of bytes, as they are, and ``text`` with all others."""
    data = data or {}  # none yet
    apart = {name: value for name, value in data.items() if _holds_bytes(value)}
    return {**apart, "text": _text({name: data[name] for name in data if name not in apart})}


def _holds_bytes(value: Any) -> bool:
    inner = value.values() if isinstance(value, Mapping) else [value]
    return any(isinstance(one, bytes) for one in inner)


AS_TEXT = {"sync": True, "to_json": _text}
"""Metadata of a trait that the browser gets as text, to be read with ``JSON.parse``.

Jupyter searches lists and mappings for buffers at every depth, which takes as long as all else together.
"""
AS_TEXT_AND_BYTES = {"sync": True, "to_json": _text_and_bytes}
"""The same for a trait that holds bytes too: those stay buffers, beside the ``text`` of the rest."""
