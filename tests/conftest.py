"""Common set-up of all tests: the same examples on every machine, and no access to the reader's own progress."""

from __future__ import annotations

import gc
from collections.abc import Generator
from itertools import count
from pathlib import Path

import hypothesis
import pytest

# The same examples on every machine, and no verdict that depends on its speed.
hypothesis.settings.register_profile(
    "dscourse", derandomize=True, database=None, deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)  # fmt: skip
hypothesis.settings.load_profile("dscourse")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "once: long, and the same under every version of Python")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect the tests without garbage collections: next to nothing of what collection makes is garbage."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_finish() -> None:
    """Modules and tests stay to the end: garbage collections, and copies of this process, leave them alone."""
    gc.collect()
    gc.freeze()


_numbers = count()


@pytest.fixture(scope="session")
def _progress(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("progress")


@pytest.fixture(autouse=True)
def _no_progress(_progress: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start every test with an empty folder for the progress file.

    It is numbered here: ``mktemp`` looks through the folders of all earlier tests for the next number.
    """
    empty = _progress / str(next(_numbers))
    empty.mkdir()
    monkeypatch.setenv("DSCOURSE_PROGRESS", str(empty))
