"""Checks of the arguments of functions of recordings: one clear error per mistake."""

from __future__ import annotations

from collections.abc import Collection

from dscourse.run.recording import Recording

__all__ = ["check_operations", "check_recording"]


def check_recording(recording: object) -> None:
    """Raise TypeError unless this is a recording."""
    if not isinstance(recording, Recording):
        raise TypeError(
            f"recording={recording!r:.60}: a Recording is required; write cluster.recording, or "
            "Recording.load(path, nodes=…)"
        )


def check_operations(recording: Recording, numbers: object, argument: str) -> None:
    """Raise TypeError unless ``numbers`` is a list, and LookupError for a number that no operation has."""
    if isinstance(numbers, str | bytes) or not isinstance(numbers, Collection):
        raise TypeError(
            f"{argument}={numbers!r}: the numbers of operations are required, such as {argument}=[0]"
        )
    known = [op.id for op in recording.history]
    for number in numbers:
        if number not in known:
            raise LookupError(
                f"{argument} names {number!r}: no operation has this number; the recording holds "
                f"{', '.join(map(str, known)) or 'none':.100}"
            )
