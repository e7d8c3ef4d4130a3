"""One line of a checker is broken at a time: the comparison with the definitions must see it."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable
from types import ModuleType

import pytest

from dscourse.checkers import (
    fast_search,
    growth,
    linearizability,
    linearizable,
    linearizable_by_search,
    linearize,
    pieces,
    sums,
    windows,
    zones,
)
from dscourse.checkers.specifications import Specification, counter
from dscourse.checkers.verdict import Verdict
from dscourse.history import History
from tests.checkers.bruteforce import is_linearizable, is_sequential
from tests.checkers.test_agreement import KINDS, histories, mostly_open

in_order = sys.modules["dscourse.checkers.sequential"]


def broken(module: ModuleType, line: str, instead: str) -> ModuleType:
    """The module with this text, which occurs in it once, replaced."""
    source = inspect.getsource(module)
    assert source.count(line) == 1, f"{line!r} occurs {source.count(line)} times"
    mutant = ModuleType(module.__name__)
    sys.modules[mutant.__name__], original = (
        mutant,
        sys.modules[module.__name__],
    )  # where dataclasses look
    try:
        exec(compile(source.replace(line, instead), module.__file__ or "", "exec"), mutant.__dict__)
    finally:
        sys.modules[mutant.__name__] = original
    return mutant


PLAIN = [
    ("if op.invoked <= first_end:", "if True:", "register"),  # time ignored
    (
        "op.end for _, op in left",
        "op.returned or 0 for _, op in left",
        "register",
    ),  # an open operation has to happen
    ("if (placed, state) in tried", "if any(placed == one for one, _ in tried)", "cas"),
    ("if after >= 0:  # its", "if True:  # its", "queue"),
]
FAST = [
    (
        "self.maybe = [op for observes, _, op in known if not observes]",
        "self.maybe = []",
        "register",
    ),  # unknown ones never happen
    (
        "= node.window.unknown & ~used",
        "= node.window.unknown",
        "queue",
    ),  # an unknown one happens twice
    ("if not observes[k] and", "if k % 2 and", "register"),  # not every write may still come
    ("if begins[k] > end:", "if begins[k] > first:", "register"),
    ("used | sum(1 << j for j in chosen)", "used", "amounts"),
    ("in node.window.observers:", "in node.window.observers[1:]:", "set"),
    ("is not node.window or self._matters(node, after)", "is not node.window", "cas"),
    ("self._matters(node, after) else None", "False else None", "mutex"),
    ("if after >= 0 and after != move(", "if after < 0 and after != move(", "cas"),
    ("if after != instead and after != move(", "if after == -2 and after != move(", "cas"),
]
OPEN = [
    ("if any(one & used == one for one in before):", "if before:", "text"),
    ("if any(one & used == one for", "if any(one & used == used for", "text"),
    ("key = (number, j)", "key = (number, 0)", "text"),
    (
        "if not used >> j & 1:\n                yield op",
        "if used >> j & 1:\n                yield op",
        "cas",
    ),
]
WINDOWS = [
    ("            if begins[i] > end:", "            if False:", "register"),
    (
        "                if ends[i] < end:\n                    end = ends[i]\n",
        "                end = ends[i]\n",
        "register",
    ),
    (
        "if after is None else after) >= 0:",
        "if after is None else after) > -2:",
        "register",
    ),  # any read may be taken
    ("unknown = self._open_by(end) if", "unknown = self._open_by(inf) if", "cas"),
    (").bit_length() - 1", ").bit_length()", "register"),
    ("key = (window.number, state)\n        node", "key = (window.number, 0)\n        node", "cas"),
    (
        "key = (window.number, state)\n        edge",
        "key = (window.number, 0)\n        edge",
        "register",
    ),
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
    ("{initial: before}\n    first_end", "{}\n    first_end", "unique"),
    ("before = min(", "before = 1 + min(", "unique"),
    ("            if value in written:\n                return None\n", "", "register"),
    ('        elif op.f != "read":\n            return None\n', "", "delete"),
]
PIECES = [
    ('if op.status == "ok" else inf', "if op.status else inf", "pieces"),
    ("            if op.invoked > now:\n                now = op.invoked\n", "", "pieces"),
    ('if end < now or (items and op.f == "put"):', "if end < now:", "pieces"),
    ('if end < now or (items and op.f == "put"):', 'if items and op.f == "put":', "pieces"),
    ("            if end < first:\n                first = end\n", "", "pieces"),
    ("min(first, first_end)", "first", "pieces"),
    ("max(now, last_begin)", "now", "pieces"),
    ("return first_end >= now", "return True", "pieces"),
    ("if text.startswith(begun) else 0", "", "pieces"),
    ('_Chain(before, before)}', '_Chain(inf, before)}', "pieces"),
    ('if op.status == "ok":\n                self', "if True:\n                self", "pieces"),
    ("return writes if len(writes) == others else None", "return writes", "text"),
    ('if initial is None or initial == "" else None', "", "overlapping, holds a"),
    ("            return False\n        chains", "            turn_of = {}\n        chains", "pieces"),
]  # fmt: skip
IN_ORDER = [
    (
        "more = (*done[:n], done[n] + 1, *done[n + 1 :])",
        "more = (*done[:n], len(self.lanes[n]), *done[n + 1 :])",
        "register",
    ),
    ("if branch.done[one.client] >= one.before and", "if", "register"),
    ("and not branch.used >> j & 1", "", "queue"),
    (
        "used, path, states = used | 1 << j, (op.id, path)",
        "path, states = (op.id, path)",
        "counter",
    ),
    ("(*states[:slot], after, *states[slot + 1 :])", "(after,) * len(states)", "unique, two keys"),
    ("if key in tried:", "if any(key[0] == one[0] for one in tried):", "queue"),
    ("            elif not self.observes(op):\n", "            elif False:\n", "register"),
    ("op for op in lane[at:]", "op for op in lane[at + 1 :]", "register"),
]
SPECIFICATIONS = [
    ("possible = any(", "possible = all(", "register"),
    ("granted = state is None", "granted = True", "mutex"),
    ("else state == op.process", "else state is not None", "mutex"),
    ("return op.process if op.f", "return True if op.f", "mutex"),
    ("state = {**state, token(key): value}", "state = {token(key): value}", "multi-register"),
    (
        "return ILLEGAL if missing else state\n\n\ndef _are",
        "return ILLEGAL\n\n\ndef _are",
        "multi-register",
    ),
    (
        'return replace(op, status="ok", result=False)',
        'return replace(op, status="ok")',
        "strict cas",
    ),
    ("[:1]\n", "[-1:0]\n", "register"),
    (
        '("remove", one) for one in state - shown}',
        '("remove", one) for one in shown}',
        "set",
    ),
    ("reach(result - state)", "reach(state - result)", "amounts"),
    ("ways(result - state)", "ways(result)", "amounts"),
]
SUMS = [
    ("lowest, sums = lowest + min(number, 0)", "lowest, sums = lowest + number", "amounts"),
    ("stack.append((skip, missing, chosen))", "pass", "amounts"),
    ("sums | sums << abs(number)", "sums << abs(number)", "amounts"),
]
GROWTH = [
    ("if op.end < moment:", "if False:", "growing set"),
    ("start if kind == 2 else now", "now", "growing set"),
    ("now = max(now, moment) if kind < 2 else now", "now = max(now, moment)", "growing set"),
    ("if not grown <= content:", "if False:", "growing set"),
    ("    if missing:\n        return", "    if False:\n        return", "growing set"),
    ("stages[0 if value in initial else -1]", "stages[-1]", "growing set that holds 1"),
    ("grown = initial\n", "grown = frozenset()\n", "growing set that holds 1"),
]


Judge = Callable[..., Verdict]
Truth = Callable[[History, Specification], bool]


def caught(kind: str, judge: Judge, truth: Truth) -> bool:
    """True if the judge says something else than the definition, breaks down, or finds no end."""
    spec = KINDS[kind][0]
    try:
        for history in histories(kind, 3_000):
            verdict = judge(history, spec, 3_000)
            assert verdict.ok is not None or verdict.vacuous
            if verdict.ok is not None and verdict.ok is not truth(history, spec):
                return True
    except Exception:
        return True
    return False


@pytest.mark.parametrize(("line", "instead", "kind"), PLAIN)
def test_mutants_of_the_plain_search(
    line: str, instead: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linearizability, "linearize", broken(linearize, line, instead).linearize)
    assert caught(kind, linearizable_by_search, is_linearizable)


@pytest.mark.parametrize(("line", "instead", "kind"), FAST)
def test_mutants_of_the_fast_search(
    line: str, instead: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        linearizability, "FastSearch", broken(fast_search, line, instead).FastSearch
    )
    assert caught(kind, linearizable, is_linearizable)


@pytest.mark.parametrize(("line", "instead", "kind"), OPEN)
def test_mutants_of_the_fast_search_where_much_is_unknown(
    line: str, instead: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec, mutant = KINDS[kind][0], broken(fast_search, line, instead).FastSearch
    of_all = mostly_open(kind, 800)
    right = [linearizable(one, spec).ok for one in of_all]
    monkeypatch.setattr(linearizability, "FastSearch", mutant)
    assert any(linearizable(one, spec).ok is not ok for one, ok in zip(of_all, right, strict=True))


@pytest.mark.parametrize(("line", "instead", "kind"), WINDOWS)
def test_mutants_of_the_windows(
    line: str, instead: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fast_search, "Windows", broken(windows, line, instead).Windows)
    assert caught(kind, linearizable, is_linearizable)


@pytest.mark.parametrize(("line", "instead", "kind"), ZONES)
def test_mutants_of_the_zones(
    line: str, instead: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linearizability, "by_zones", broken(zones, line, instead).by_zones)
    assert caught(kind, linearizable, is_linearizable)


@pytest.mark.parametrize(("line", "instead", "kind"), PIECES)
def test_mutants_of_the_pieces(
    line: str, instead: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linearizability, "by_pieces", broken(pieces, line, instead).by_pieces)
    assert caught(kind, linearizable, is_linearizable)


@pytest.mark.parametrize(("line", "instead", "kind"), IN_ORDER)
def test_mutants_of_sequential(line: str, instead: str, kind: str) -> None:
    assert caught(kind, broken(in_order, line, instead).sequential, is_sequential)


@pytest.mark.parametrize(("line", "instead", "kind"), SPECIFICATIONS)
def test_mutants_of_the_specifications(line: str, instead: str, kind: str) -> None:
    module = importlib.import_module(type(KINDS[kind][0]).__module__)
    assert caught(kind, *with_specification(broken(module, line, instead), kind))


@pytest.mark.parametrize(("line", "instead", "kind"), SUMS)
def test_mutants_of_sums(
    line: str, instead: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counter, "Sums", broken(sums, line, instead).Sums)
    assert caught(kind, linearizable, is_linearizable)


@pytest.mark.parametrize(("line", "instead", "kind"), GROWTH)
def test_mutants_of_growth(
    line: str, instead: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linearizability, "by_growth", broken(growth, line, instead).by_growth)
    assert caught(kind, linearizable, is_linearizable)


def with_specification(mutant: ModuleType, kind: str) -> tuple[Judge, Truth]:
    """A judge that takes the broken module's specification."""
    spec = getattr(mutant, type(KINDS[kind][0]).__name__)()
    return lambda history, _, budget: linearizable(history, spec, budget), is_linearizable
