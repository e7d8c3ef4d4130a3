"""Judge of 16.9: the victims of deadlocks, in drawn graphs of transactions that wait for each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from dscourse.core.wording import count
from dscourse.exercises.judges.names import AWKWARD
from dscourse.exercises.judges.values import distinct, listed
from dscourse.exercises.judges.waits import Counted, cycle_through, rightful_victims
from dscourse.exercises.tasks import Wrong

__all__ = ["LINES", "judge"]

LINES = 5_000_000
_NAMES = (0, "", "x", 1, "1", -1, -2, None, (), ("x", 1), *AWKWARD)
_GRAPHS, _LARGE = 300, 200
_LOOKS = 30  # at each wait, on average, in a large graph

Waits = dict[Any, Any]  # transaction -> a collection of those for which it waits
Graph = tuple[Waits, dict[Any, float]]


def judge(victims: Any) -> Wrong | None:
    for waits, begun in [*_small(), *map(_draw, range(_GRAPHS))]:
        wrong = _judged(victims, waits, begun)
        if wrong is not None:
            return wrong
    for waits, begun in _large():
        wrong = _judged(victims, waits, begun) or _too_slow(victims, waits, begun)
        if wrong is not None:
            return Wrong(f"{wrong.message} The graph has {count(len(waits), 'transaction')}.")
    return None


def _judged(victims: Any, waits: Waits, begun: dict[Any, float]) -> Wrong | None:
    before = {tx: list(others) for tx, others in waits.items()}
    given = victims(
        {tx: distinct(type(others)(others)) for tx, others in waits.items()}, distinct(begun)
    )
    found = listed(given)
    if found is None:
        return Wrong(f"`victims` must return a list of transactions, not {given!r:.60}.")
    graph = f" {_shown(waits, begun)}" if len(waits) < 8 else ""
    strange = [tx for tx in found if not any(tx is one or tx == one for one in begun)]
    if strange:
        return Wrong(f"{strange[0]!r:.60} is no transaction.{graph}")
    if len(set(found)) < len(found):
        return Wrong(f"Your answer names {count(len(found), 'victim')}, one of them twice.{graph}")
    complaint = _complaint(before, begun, set(found))
    return Wrong(complaint + graph) if complaint else None


def _complaint(waits: Waits, begun: Mapping[Any, float], found: set[Any]) -> str:
    """Return why these are not the rightful victims: a cycle that is left, or one that was aborted for nothing."""
    wanted = rightful_victims(waits, begun)
    if found == wanted:
        return ""
    left = {tx for tx in begun if tx not in found}
    for tx in begun:
        cycle = cycle_through(tx, waits, left)
        if cycle:
            names = " waits for ".join(f"{one!r}" for one in [*cycle, cycle[0]])
            return f"A deadlock is left: {names}." if len(cycle) < 9 else (
                f"A deadlock of {len(cycle)} transactions is left.")  # fmt: skip
    for tx in sorted(found - wanted, key=lambda one: begun[one]):
        if not cycle_through(tx, waits, set(begun)):
            return f"{tx!r} is aborted and is on no cycle: it only waits, or is waited for."
        if not cycle_through(tx, waits, left | {tx}):
            return f"{tx!r} is aborted without need: without it the other victims already end every deadlock."
        return (
            f"{tx!r} is aborted, but is not the youngest of its deadlock: the oldest must go on, or one "
            "transaction may never end."
        )
    return ""


def _shown(waits: Waits, begun: Mapping[Any, float]) -> str:
    parts = [f"{tx!r} waits for {', '.join(map(repr, to))}" for tx, to in waits.items() if to]
    order = ", ".join(map(repr, sorted(begun, key=lambda one: begun[one])))
    return f"Here {'; '.join(parts) or 'no transaction waits'}. They began in the order {order}."


def _too_slow(victims: Any, waits: Waits, begun: dict[Any, float]) -> Wrong | None:
    """Judge how often the waits are looked at."""
    looks = Counted()
    victims({tx: looks.watch(others) for tx, others in waits.items()}, dict(begun))
    edges = sum(map(len, waits.values()))
    if looks.number > _LOOKS * edges + len(waits) ** 2 * 4:
        return Wrong(
            f"It looks {looks.number:,} times at {count(edges, 'wait')}: one search per transaction, which visits "
            "no transaction twice, is enough."
        )
    return None


# --- graphs --------------------------------------------------------------------------------------


def _small() -> Iterator[Graph]:
    """Yield graphs that are each for one mistake."""
    yield {}, {}
    yield {1: [2], 2: []}, {1: 0, 2: 1}
    yield {1: [2], 2: [1]}, {1: 0, 2: 1}
    yield {1: [2], 2: [1]}, {1: 1, 2: 0}
    yield {1: [2], 2: [3], 3: [2]}, {1: 9, 2: 0, 3: 1}  # 1 waits for a deadlock and is not in it
    yield {1: [2, 3], 2: [4], 3: [4]}, {1: 3, 2: 2, 3: 1, 4: 0}  # two ways, and no cycle
    yield {1: [2], 2: [3], 3: [1], 4: [5], 5: [4]}, {1: 0, 2: 1, 3: 2, 4: 3, 5: 4}
    yield (
        {1: [2, 3], 2: [1], 3: [1]},
        {1: 0, 2: 1, 3: 2},
    )  # two cycles through one, which is the oldest
    yield {1: [2, 3], 2: [1], 3: [1]}, {1: 2, 2: 1, 3: 0}  # and the youngest
    yield {1: [2], 2: [1, 3], 3: [2]}, {1: 0, 2: 1, 3: 2}
    yield {1: [2], 2: [3], 3: [1, 2]}, {1: 1, 2: 0, 3: 2}
    yield {1: [2], 2: [3, 1], 3: [4], 4: [1]}, {1: 0, 2: 1, 3: 2, 4: 3}


def _draw(seed: int) -> Graph:
    """Return a graph of up to 12 transactions, from few waits to many."""
    draws = Random(seed)
    names = draws.sample(_NAMES, draws.randint(2, 12))
    kind = draws.choice((list, tuple, set, frozenset))
    share = draws.choice((0.08, 0.15, 0.3))
    waits: Waits = {}
    for tx in names:
        others = kind([one for one in names if one is not tx and draws.random() < share])
        if others or draws.random() < 0.7:  # one that does not wait may be missing
            waits[tx] = others
    times = [time / draws.choice((1, 100)) for time in draws.sample(range(-20, 60), len(names))]
    return waits, dict(zip(draws.sample(names, len(names)), times, strict=True))


def _large() -> Iterator[Graph]:
    """Yield a long chain without a cycle, a long cycle, layers with very many paths, pairs, and a crowd."""
    numbers = range(_LARGE)
    chain: Waits = {n: [n + 1] for n in numbers[:-1]}
    yield chain, {n: _LARGE - n for n in numbers}
    yield {**chain, _LARGE - 1: [0]}, {n: (n * 7) % _LARGE for n in numbers}
    layers = {n: [m for m in range(n // 3 * 3 + 3, n // 3 * 3 + 6) if m < _LARGE] for n in numbers}
    yield layers, {n: n for n in numbers}
    yield {**layers, _LARGE - 1: [0]}, {n: _LARGE - n for n in numbers}
    yield {n: [n ^ 1] for n in numbers}, {n: n * 7 % _LARGE for n in numbers}
    draws = Random(6)
    crowd = {n: draws.sample(numbers, 2) for n in numbers}
    yield {n: [m for m in to if m != n] for n, to in crowd.items()}, {n: -n for n in numbers}
