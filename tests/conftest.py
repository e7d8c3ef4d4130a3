"""What all tests share: none of them sees or changes the reader's own progress."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ["PYTHONDONTWRITEBYTECODE"] = "1"  # also for the processes that tests start


@pytest.fixture(autouse=True)
def _no_progress(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test begins with an empty folder for the progress file."""
    empty: Path = tmp_path_factory.mktemp("progress")
    monkeypatch.setenv("DSCOURSE_PROGRESS", str(empty))
