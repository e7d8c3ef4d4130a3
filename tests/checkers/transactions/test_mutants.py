"""One inference of the checker is broken at a time: the comparison with the definitions must see it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from types import ModuleType

import pytest

from dscourse.checkers.transactions import (
    cycles,
    graph,
    inside,
    isolation,
    judgement,
    record,
    versions,
)
from dscourse.history import History
from tests.checkers.test_mutants import broken
from tests.checkers.transactions.small import forks, small_histories
from tests.checkers.transactions.test_agreement import disagreements
from tests.checkers.transactions.test_anomalies import EXAMPLES
from tests.effort import once

levels = sys.modules["dscourse.checkers.transactions.levels"]
PACKAGE = "dscourse.checkers.transactions"

MUTANTS: list[tuple[ModuleType, str, str]] = [
    # Which dependencies follow from the versions.
    (versions, "                    if reader != writer:\n", "                    if False:\n"),  # wr
    (versions, "if writer not in (INITIAL, by):", "if False:"),  # ww
    (versions, "            if reader != by:\n", "            if True:\n"),  # rw on itself
    (versions, "for reader in self.readers[old] if all_readers else ():", "for reader in ():"),  # rw
    (versions, "for old, new in pairwise(self.chain):", "for old, new in ():"),
    (versions, "        if self.loose:\n            yield", "        if False:\n            yield"),
    (versions, "for old, new in sorted(self.pairs)]", "for old, new in ()]"),
    (versions, "all_readers=False)", "all_readers=False) if False else ()"),  # ww to all loose ones
    (versions, "yield from self._replaced(old, between[1], TIMED)", "pass"),
    (versions, "if begin > between[0]:", "if True:"),
    (versions, "min(ends[t] for t in accesses)", "min(ends[t] for t in accesses[:1])"),
    (versions, "start = bisect_right(lasts, over)", "start = 0"),
    # What counts, and which version a read shows.
    (record, "            record.transactions[writer].committed = True\n", "            pass\n"),
    (record, 'elif record.transactions[writer].op.status == "fail":', "elif False:"),
    (record, "record.last[key][writer] != value:", "False:"),  # G1b
    (record, "if number > 1:", "if False:"),  # duplicates
    (record, "for one, elements in several[1:]:", "for one, elements in ():"),
    (record, "if found != whole[: len(found)]:", "if False:"),
    (record, "if elements != found[key][0][1][: len(elements)]:", "if False:"),
    (record, "len(elements) > len(found[key][0][1])", "False"),
    (record, "default=0)\n    known", "default=0) and len(reads[0])\n    known"),
    (record, "in known and last[writers[value]] == value]", "in known]"),  # not the last write alone
    (record, "for value in reversed(seen) if value in numbers)", "for value in seen if value in numbers)"),
    (record, "versions.writers[number] != one.index:\n                own", "True:\n                own"),
    (record, "versions.pairs.add(pair)", "pass"),
    (record, "one.index in record.last[key] and key not in done and _reads_first(one, key)", "False"),  # lost update
    (record, "and _reads_first(one, key)", ""),
    (inside, "if key in expected and not _fits(seen, *expected[key]):", "if False:"),
    (inside, "        for seen in read.get(key, ()):\n", "        for seen in ():\n"),
    (inside, "expected[key] = (True, seen)", "pass"),
    (inside, "whole, before = expected.get(key, (False, ()))", "whole, before = expected.get(key, (True, ()))"),
    # The graph.
    (graph, "                last[one.op.process] = one.index\n", "                pass\n"),
    (graph, "            if one.reads_known:\n                last", "            if True:\n                last"),
    (graph, "if other not in (INITIAL, writer):", "if False:"),
    (graph, "for w in writers if w in record.last[key]", "for w in writers"),
    (graph, "if writer != INITIAL and writer not in writers:", "if False:"),
    (graph, "return [t for t, end in enumerate(ends) if begun[t] > end]", "return []"),
    (graph, "if mask & kinds and begun[a] > begun[b]:", "if False:"),
    (graph, "found.append([2 * b, *(2 * a for", "found.append([*(2 * a for"),
    (graph, "[2 * a + 1 for a, mask in edges.items() if mask & kinds & ~READ_BEFORE]", "[2 * a + 1 for a in edges]"),
    (graph, "_add(graph, link.before, link.after, TIMED)", "pass"),
    # The search and the judgement.
    (cycles, "AT_MOST_ONE = Walk(((0, 0, 1), (1, 1, None))", "AT_MOST_ONE = Walk(((0, 0, 1), (1, 1, 1))"),
    (cycles, "AT_MOST_ONE = Walk(((0, 0, 1), (1, 1, None))", "AT_MOST_ONE = Walk(((0, 0, None), (1, 1, None))"),
    (judgement, "            return self._fails(level, partial(_explained, self.graph, level))", "            pass"),
    (judgement, "        if not level.order_decides or not self.record.unordered:", "        if True:"),
    (judgement, "            if number == 0:", "            if False:"),
    (judgement, "return next((found[anomaly]", "return None and next((found[anomaly]"),
    (judgement, "if not any((other, number) in versions.pairs for other in left):", "if left[0] == number:"),
    (judgement, "(level.real_time and bool(graph.late(level.kinds)))", "False"),
    (levels, '("internal", "lost update", "G-single")', '("G-single",)'),
    (levels, '("G-nonadjacent",), ITEMS, APART', '("G-nonadjacent",), ITEMS, AT_MOST_ONE'),
    (levels, '"strong session serializable", ("G2-item-session",), ITEMS | SESSION', '"s", ("G",), ITEMS'),
]  # fmt: skip


@contextmanager
def installed(mutant: ModuleType) -> Iterator[None]:
    """Let every module of the checker use the mutant's names in place of the original's."""
    original = sys.modules[mutant.__name__]
    names = {
        name: (value, getattr(mutant, name))
        for name, value in vars(original).items() if not name.startswith("__") and hasattr(mutant, name)
    }  # fmt: skip
    changed = []
    for path, module in [*sys.modules.items()]:
        if path.startswith(PACKAGE):
            for name, (old, new) in names.items():
                if getattr(module, name, None) is old and old is not new:
                    setattr(module, name, new)
                    changed.append((module, name, old))
    try:
        yield
    finally:
        for module, name, old in changed:
            setattr(module, name, old)


def histories() -> Iterator[History]:
    yield from (history for history, *_ in EXAMPLES.values())
    yield from forks(5, 100)
    yield from small_histories(7, 3_000)


def inferred(histories: Iterable[History]) -> list[tuple[str, ...]]:
    """The levels that each history refutes by inference alone, when no order of versions is tried out."""
    limit, judgement._LOOSE = judgement._LOOSE, -1
    try:
        return [
            tuple(
                name for name, verdict in isolation(history).verdicts.items() if verdict.ok is False
            )
            for history in histories
        ]
    finally:
        judgement._LOOSE = limit


PROVED = list(small_histories(13, 600, lists=False))


@cache
def usual() -> list[tuple[str, ...]]:
    return inferred(PROVED)


def caught(mutant: ModuleType) -> bool:
    """True if the mutant contradicts a definition, or refutes less by inference alone, or breaks down."""
    expected = usual()
    with installed(mutant):
        try:
            if any(
                set(less) < set(more) for less, more in zip(inferred(PROVED), expected, strict=True)
            ):
                return True
            return any(disagreements(history) for history in histories())
        except Exception:
            return True


@once
@pytest.mark.parametrize(("module", "line", "instead"), MUTANTS)
def test_a_mutant_is_caught(module: ModuleType, line: str, instead: str) -> None:
    assert caught(broken(module, line, instead))


def test_the_same_code_is_no_mutant() -> None:
    with installed(broken(record, "if number > 1:", "if number >= 2:")):
        assert not any(disagreements(history) for history in small_histories(3, 50))
