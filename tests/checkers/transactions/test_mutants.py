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
    lists,
    recording,
    versions,
    violations,
)
from dscourse.history import History
from tests.checkers.bruteforce import small_histories as random_histories
from tests.checkers.test_agreement import unique
from tests.checkers.test_mutants import broken
from tests.checkers.transactions.anomaly_examples import (
    EXAMPLES,
    TOO_LARGE_FOR_THE_DEFINITIONS,
    strongest,
)
from tests.checkers.transactions.small import forks, small_histories
from tests.checkers.transactions.test_agreement import disagreements
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
    (versions, "start = bisect_right(lasts, over)", "start = 0"),
    # What counts, and which version a read shows.
    (recording, "            record.transactions[writer].committed = True\n", "            pass\n"),
    (lists, 'elif record.transactions[writer].op.status == "fail":', "elif False:"),
    (recording, "record.last[key][writer] != value:", "False:"),  # G1b
    (lists, "if number > 1:", "if False:"),  # duplicates
    (lists, "for one, elements in several[1:]:", "for one, elements in ():"),
    (lists, "if found != whole[: len(found)]:", "if False:"),
    (lists, "if elements != found[key][0][1][: len(elements)]:", "if False:"),
    (lists, "len(elements) > len(found[key][0][1])", "False"),
    (recording, "(_common(longest, other) for other in shown)", "(99 for other in shown)"),
    (recording, "if v in writers and record.transactions[writers[v]].committed]", "if v in writers]"),
    (recording, "value in read_elsewhere)", "False)"),
    (recording, "for value in reversed(seen) if value in numbers)", "for value in seen if value in numbers)"),
    (recording, "versions.writers[number] != one.index:\n                own", "True:\n                own"),
    (recording, "if one.index not in record.last.get(key, ()) or", "if True or"),
    (inside, "if key in expected and not _fits(seen, *expected[key]):", "if False:"),
    (inside, "        for seen in read.get(key, ()):\n", "        for seen in ():\n"),
    (inside, "whole, before = expected.get(key, (False, ()))", "whole, before = expected.get(key, (True, ()))"),
    # The graph.
    (graph, "                last[one.op.process] = one.index\n", "                pass\n"),
    (graph, "if other not in (INITIAL, writer):", "if False:"),
    (graph, "for w in writers if w in record.last[key]", "for w in writers"),
    (graph, "return [t for t, end in enumerate(ends) if begun[t] > end]", "return []"),
    (graph, "if mask & kinds and begun[a] > begun[b]:", "if False:"),
    (graph, "[2 * a + 1 for a, mask in edges.items() if mask & kinds & ~READ_BEFORE]", "[2 * a + 1 for a in edges]"),
    (graph, "_add(graph, link.before, link.after, TIMED)", "pass"),
    (graph, "            if one.reads_known:\n                last[", "            if True:\n                last["),
    (graph, "            writers.append(writer)", "            writers[:] = [writer]"),
    (graph, "*(2 * a for a, mask in edges.items() if mask & READ_BEFORE)", "*()"),
    # The search and the judgement.
    (cycles, "APART = Walk(((2, 2, None)", "APART = Walk(((2, 2, 1)"),
    (judgement, "few = self.record.unordered <= _LOOSE", "few = False"),
    (cycles, "AT_MOST_ONE = Walk(((0, 0, 1), (1, 1, None))", "AT_MOST_ONE = Walk(((0, 0, None), (1, 1, None))"),
    (judgement, "            return self._fails(level, partial(explained, self.graph, level))", "            pass"),
    (violations, "            if number == 0:", "            if False:"),
    (judgement, "return next((found[anomaly]", "return None and next((found[anomaly]"),
    (violations, "(level.real_time and bool(graph.late(level.kinds)))", "False"),
    (levels, '("internal", "lost update", "G-single")', '("G-single",)'),
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


PROVED = [
    *random_histories(3, 120, unique, ops=12, keys=("x",)),
    *small_histories(13, 250, lists=False),
]
SAMPLES = [*(history for history, *_ in EXAMPLES.values()), *forks(5, 30), *small_histories(7, 600)]


@cache
def usual() -> list[tuple[str, ...]]:
    return inferred(PROVED)


def caught(mutant: ModuleType) -> bool:
    """True if the mutant contradicts a definition, or refutes less by inference alone, or breaks down."""
    expected = usual()
    with installed(mutant):
        try:
            if any(disagreements(history) for history in SAMPLES[: len(EXAMPLES)]):
                return True
            if any(
                strongest(h) != level for h, _, level, _ in TOO_LARGE_FOR_THE_DEFINITIONS.values()
            ):
                return True
            if any(
                set(less) < set(more) for less, more in zip(inferred(PROVED), expected, strict=True)
            ):
                return True
            return any(disagreements(history) for history in SAMPLES[len(EXAMPLES) :])
        except Exception:
            return True


@once
@pytest.mark.parametrize(("module", "line", "instead"), MUTANTS)
def test_a_mutant_is_caught(module: ModuleType, line: str, instead: str) -> None:
    assert caught(broken(module, line, instead))


def test_the_same_code_is_no_mutant() -> None:
    with installed(broken(lists, "if number > 1:", "if number >= 2:")):
        assert not any(disagreements(history) for history in small_histories(3, 50))
