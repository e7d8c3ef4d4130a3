"""A word about work that takes long: none about work that does not, and none after its end."""

from __future__ import annotations

import threading

import pytest

from dscourse.panels import late
from dscourse.panels.late import _Watch


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> _Watch:
    fresh = _Watch()
    monkeypatch.setattr(late, "_WATCH", fresh)
    return fresh


def test_it_is_said_of_each_block_that_takes_long(watch: _Watch) -> None:
    for _ in range(3):
        word = threading.Event()
        with late.late(0.01, word.set):
            assert word.wait(30)


def test_nothing_is_said_of_short_blocks_nor_after_them(watch: _Watch) -> None:
    words: list[str] = []
    for _ in range(3):
        with late.late(3_600, lambda: words.append("too late")):
            pass
    word = threading.Event()
    with late.late(0.01, word.set):  # the same thread, which has ended with all before
        assert word.wait(30)
    assert not words


def test_an_error_ends_the_block_too(watch: _Watch) -> None:
    with pytest.raises(ZeroDivisionError), late.late(3_600, lambda: None):
        _ = 1 / 0
    assert watch._say is None


def test_without_threads_it_is_said_at_once(watch: _Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    def start(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    words: list[str] = []
    for _ in range(2):
        with late.late(3_600, lambda: words.append("late")):
            pass
    assert words == ["late", "late"]
