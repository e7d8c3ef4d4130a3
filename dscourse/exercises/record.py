"""Which exercises this reader has passed: a small file in the user's own data folder, never a requirement.

The environment variable ``DSCOURSE_PROGRESS`` names another folder. Where nothing can be written, the course works
all the same and forgets.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

__all__ = ["folder", "passed", "remember"]


def folder() -> Path:
    """The folder of the progress file."""
    chosen = os.environ.get("DSCOURSE_PROGRESS")
    if chosen:
        return Path(chosen)
    from platformdirs import user_data_path

    return user_data_path("dscourse", appauthor=False)


def passed() -> frozenset[str]:
    """The ids of the exercises passed; none if the file is missing or damaged."""
    try:
        found = json.loads((folder() / "progress.json").read_text("utf-8"))["passed"]
    except (OSError, ValueError, KeyError, TypeError):
        return frozenset()
    return (
        frozenset(name for name in found if isinstance(name, str))
        if isinstance(found, list)
        else frozenset()
    )


def remember(exercise: str) -> str | None:
    """Add an exercise to those passed, if that can be written down."""
    text = json.dumps({"passed": sorted(passed() | {exercise})}, indent=1) + "\n"
    try:
        folder().mkdir(parents=True, exist_ok=True)
        (folder() / "progress.json").write_text(text, "utf-8")
    except OSError:
        return None
    return None
