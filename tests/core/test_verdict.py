"""Verdicts that explain themselves late: in several threads, and after what was judged has changed."""

from __future__ import annotations

import gc
import threading
from types import SimpleNamespace
from typing import Any

import pytest

from dscourse.checkers import linearizable
from dscourse.core.garbage import rare_collections
from dscourse.core.verdict import Verdict
from dscourse.history import History, Op


def test_a_thread_that_comes_while_another_explains_gets_the_same_reason() -> None:
    first = threading.Event()
    found: list[str] = []

    def explain() -> Any:
        """The second call sees the verdict as it is when the first one has ended."""
        if not first.is_set():
            first.set()
            found.append(verdict.reason)
        return SimpleNamespace(reason="why", refuting=(1,))

    verdict = Verdict.explained("shared", explain)
    explaining = type(verdict).__getattr__
    assert verdict.reason == "why"
    assert explaining(verdict, "refuting") == (1,)  # it had found no value before the other set it
    assert found == ["why"]
    with pytest.raises(AttributeError):
        explaining(verdict, "else")


@pytest.mark.parametrize("field", ["reason", "refuting", "witness", "judged"])
def test_a_field_is_there_before_what_computes_it_is_gone(
    field: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[Any] = []

    def late() -> Any:
        return SimpleNamespace(reason="why", refuting=(1,))

    verdict = (
        Verdict.witnessed("shared", lambda: (1, 0), lambda: "2 reads")
        if field in ("witness", "judged")
        else Verdict.explained("shared", late, lambda: "2 reads")
    )
    slots = {name: getattr(Verdict, name) for name in ("_explain", "_count")}

    class Watched:
        """A slot that, when it is emptied, looks whether the field has its value."""

        def __init__(self, name: str) -> None:
            self.slot = slots[name]

        def __get__(self, one: Any, kind: Any = None) -> Any:
            return self.slot.__get__(one, kind)

        def __set__(self, one: Any, value: Any) -> None:
            found.append(object.__getattribute__(one, field))
            self.slot.__set__(one, value)

    for name in slots:
        monkeypatch.setattr(Verdict, name, Watched(name))
    value = getattr(verdict, field)
    assert found == [value]


def test_the_garbage_collector_is_as_before_once_several_threads_have_ended_out_of_turn() -> None:
    before = gc.get_threshold()
    one, other = rare_collections(), rare_collections()
    one.__enter__()
    other.__enter__()
    one.__exit__(None, None, None)
    assert gc.get_threshold() != before
    other.__exit__(None, None, None)
    assert gc.get_threshold() == before


@pytest.mark.parametrize("wrap", [dict, lambda pairs: (dict(pairs),), lambda pairs: ({}, [pairs])])
def test_a_map_that_changes_after_the_judgement_changes_no_verdict(wrap: Any) -> None:
    def judged(result: object) -> Verdict:
        write = Op(0, "a", "write", "x", 1, "ok", None, 0, 1, 0.0, 5.0)
        return linearizable(History([write, Op(1, "b", "read", "x", None, "ok", result, 2, 3)]))

    pairs = {"n": 1}
    values: list[Any] = [wrap(pairs), wrap(pairs)]
    late, expected = judged(values[0]), str(judged(values[1]))
    for part in values[0] if isinstance(values[0], tuple) else values:
        part.clear()
    pairs.clear()
    assert late.ok is False
    assert str(late) == expected
