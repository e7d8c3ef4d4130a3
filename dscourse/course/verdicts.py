"""Cells that are tagged ``live``: they start real processes, so that only their verdict is the same in every run.

The committed notebook stores the verdict, the first line of the cell's text, and nothing that was measured. Tests
compare it with the verdict of the run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

__all__ = ["TAG", "is_live", "verdicts"]

TAG = "live"
_TEXT = "text/plain"


def is_live(metadata: Mapping[str, Any]) -> bool:
    """Return True for the metadata of a cell that is tagged as live."""
    return TAG in metadata.get("tags", ())


def verdicts(outputs: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the outputs of a live cell as they are stored: of each with text its first line, errors as they are.

    >>> [one["data"] for one in verdicts([{"data": {"text/plain": "kept\\n 3.1 ms", "text/html": "<b>kept"}}])]
    [{'text/plain': 'kept'}]
    """
    for output in outputs:
        text = output.get("data", {}).get(_TEXT)
        if text is not None:
            whole = text if isinstance(text, str) else "".join(text)
            yield {**output, "data": {_TEXT: whole.split("\n")[0]}}
        elif output.get("output_type") == "error":
            yield dict(output)
