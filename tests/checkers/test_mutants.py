"""One line of a checker is broken at a time: the comparison with the definitions must see it."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from types import ModuleType

import pytest

from dscourse.checkers import (
    fast_search,
    linearizability,
    linearizable,
    linearizable_by_search,
    models,
    search,
    zones,
)
from dscourse.checkers.verdict import Verdict
from dscourse.history import History
from tests.checkers.bruteforce import is_linearizable, is_sequential
from tests.checkers.test_agreement import KINDS, disagreements

in_order = sys.modules["dscourse.checkers.sequential"]


def broken(module: ModuleType, line: str, instead: str) -> ModuleType:
    """The module with this text, which occurs in it once, replaced."""
    source = inspect.getsource(module)
    assert source.count(line) == 1, f"{line!r} occurs {source.count(line)} times"
    mutant = ModuleType(module.__name__)
    sys.modules[mutant.__name__], kept = (
        mutant,
        sys.modules[module.__name__],
    )  # where dataclasses look
    try:
        exec(compile(source.replace(line, instead), module.__file__ or "", "exec"), mutant.__dict__)
    finally:
        sys.modules[mutant.__name__] = kept
    return mutant


PLAIN = [
    ("if op.invoked <= first_end:", "if True:", "register"),  # time ignored
    (
        "op.end for op in left",
        "op.returned or 0 for op in left",
        "register",
    ),  # an open operation has to happen
    (
        "(frozenset(order), state) in tried",
        "any(frozenset(order) == one for one, _ in tried)",
        "cas",
    ),
    ("if after is not ILLEGAL:", "if True:", "queue"),
]
FAST = [
    ("if self.begins[i] > end:", "if False:", "register"),
    (
        "                end = min(end, self.ends[i])\n",
        "                end = self.ends[i]\n",
        "register",
    ),
    (
        'if op.status != "ok" and not model.observes(op)]',
        "if False]",
        "register",
    ),  # unknown ones never happen
    ("and self._after(i, state) is not ILLEGAL]", "]", "register"),  # any read may be taken
    (
        "            if op.invoked > end:\n                return\n",
        "",
        "counter",
    ),  # an unknown one before it began
    (
        "if branch[:4] in self.tried:",
        "if any(branch[:3] == one[:3] for one in self.tried):",
        "queue",
    ),
    ("used >> j & 1 or (older", "(older", "counter"),  # an unknown one happens twice
    ("if not self.observes[k] and", "if k % 2 and", "register"),  # not every write may still come
    ("if self.begins[k] > end:", "if self.begins[k] > first:", "register"),
    (
        'return (op.f, op.key, op.value, op.status == "ok", result)',
        "return (op.f, op.key, op.value)",
        "register",
    ),
    (").bit_length() - 1", ").bit_length()", "register"),
]
ZONES = [
    ("if end < begin:", "if False:", "unique"),
    ("if end < first_end[value]:", "if False:", "unique"),
    ("if op.invoked > last_begin[value]:", "if False:", "unique"),
    ("if first_end[value] < until:", "if first_end[value] < until - 2:", "unique"),
    (
        'if op.status == "ok" else inf',
        "if op.status else inf",
        "unique",
    ),  # an open write has an end
    ("2 * int(end) + 1", "2 * int(end)", "unique"),
    ("{None: -1}\n    first_end", "{}\n    first_end", "unique"),
    ("            if op.value in written:\n                return None\n", "", "register"),
    ('        elif op.f != "read":\n            return None\n', "", "delete"),
]
IN_ORDER = [
    (
        "yield (*places[:n], places[n] + 1, *places[n + 1 :])",
        "yield (*places[:n], len(self.lanes[n]), *places[n + 1 :])",
        "register",
    ),
    ("if places[n] >= before and", "if", "register"),
    ("and not used >> j & 1:\n                after", ":\n                after", "counter"),
    ("(*states[:slot], after, *states[slot + 1 :])", "(after,) * len(states)", "unique, two keys"),
    ("if branch[:3] in tried:", "if any(branch[0] == one[0] for one in tried):", "queue"),
    ("            elif not model.observes(op):\n", "            elif False:\n", "register"),
    ("op for op in lane[at:]", "op for op in lane[at + 1 :]", "register"),
]
FORESEEN = [
    ("possible = any(", "possible = all(", "register"),
]


Judge = Callable[..., Verdict]
Truth = Callable[[History, models.Model], bool]


def caught(kind: str, judge: Judge, truth: Truth) -> bool:
    """True if the judge says something else than the definition, breaks down, or finds no end."""

    def finished(history: History, model: models.Model) -> Verdict:
        verdict = judge(history, model, 3_000)
        assert not verdict.reason.startswith("gave up")
        return verdict

    try:
        return bool(disagreements(kind, finished, truth)[2])
    except Exception:
        return True


@pytest.mark.parametrize(("line", "instead", "kind"), PLAIN)
def test_mutants_of_the_plain_search(
    line: str, instead: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linearizability, "search", broken(search, line, instead).search)
    assert caught(kind, linearizable_by_search, is_linearizable)


@pytest.mark.parametrize(("line", "instead", "kind"), FAST)
def test_mutants_of_the_fast_search(
    line: str, instead: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        linearizability, "FastSearch", broken(fast_search, line, instead).FastSearch
    )
    assert caught(kind, linearizable, is_linearizable)


@pytest.mark.parametrize(("line", "instead", "kind"), ZONES)
def test_mutants_of_the_zones(
    line: str, instead: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linearizability, "by_zones", broken(zones, line, instead).by_zones)
    assert caught(kind, linearizable, is_linearizable)


@pytest.mark.parametrize(("line", "instead", "kind"), IN_ORDER)
def test_mutants_of_sequential(line: str, instead: str, kind: str) -> None:
    assert caught(kind, broken(in_order, line, instead).sequential, is_sequential)


@pytest.mark.parametrize(("line", "instead", "kind"), FORESEEN)
def test_mutants_of_what_models_foresee(line: str, instead: str, kind: str) -> None:
    mutant = broken(models, line, instead)
    mutant.ILLEGAL = models.ILLEGAL  # type: ignore[attr-defined]
    model = getattr(mutant, type(KINDS[kind][0]).__name__)()
    assert caught(
        kind, lambda history, _, budget: linearizable(history, model, budget), is_linearizable
    )
