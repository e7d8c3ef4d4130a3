"""Golden traces: texts of runs, kept beside the tests and reviewed by a person when they change.

``DSCOURSE_GOLDEN=write python -m pytest tests/protocols`` rewrites them.
"""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).with_name("golden_traces")


def assert_golden(name: str, text: str) -> None:
    """Fail unless ``golden_traces/<name>.txt`` holds this text; with DSCOURSE_GOLDEN=write, write it first."""
    path = FOLDER / f"{name}.txt"
    if os.environ.get("DSCOURSE_GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    kept = path.read_text(encoding="utf-8") if path.exists() else ""
    assert text == kept, f"{path.name} differs; look at it, then DSCOURSE_GOLDEN=write"
