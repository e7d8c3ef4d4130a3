"""The weaker models by their definitions, on a few reads and writes: the oracles of their checkers.

Nothing here is clever: views, orders and serialisations are tried one after the other.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations

from dscourse.history import History, Op

Pairs = set[tuple[int, int]]  # (earlier, later), by id


def weak_histories(
    seed: int, number: int, ops: int = 7, keys: Sequence[object] = ("x", "y")
) -> Iterator[History]:
    """Histories of two or three clients with different written values; most reads return a value of their key."""
    rng = random.Random(seed)
    for _ in range(number):
        yield _history(rng, rng.randint(3, ops), rng.choice((keys[:1], keys)))


def _history(rng: random.Random, size: int, keys: Sequence[object]) -> History:
    clients = "abc"[: rng.randint(2, 3)]
    rows = [(rng.choice(clients), rng.choice(keys), rng.random() < 0.45) for _ in range(size)]
    odd = rng.random() < 0.3
    ops = []
    for n, (client, key, writes) in enumerate(rows):
        status = (
            rng.choices(("ok", "unknown", "pending", "fail"), (12, 2, 1, 1))[0] if odd else "ok"
        )
        values = [None, *(m for m, row in enumerate(rows) if row[2] and row[1] == key)]
        result = rng.choice(values) if status == "ok" and not writes else None
        end = None if status == "pending" else 2 * n + 1
        f = "write" if writes else "read"
        ops.append(
            Op(
                n,
                client,
                f,
                key,
                n if writes else None,
                status,
                result,
                2 * n,
                end,
                2.0 * n,
                end and float(end),
            )
        )
    return History(ops)


class Small:
    """A history with its reads' writes; ``broken`` if a read returned what no model allows."""

    def __init__(self, history: History) -> None:
        self.reads = [op for op in history if op.f == "read" and op.status == "ok"]
        writes = [op for op in history if op.f == "write" and op.status != "fail"]
        self.source: dict[int, int | None] = {}
        self.broken = False
        for read in self.reads:
            found = [w for w in writes if w.key == read.key and w.value == read.result]
            self.source[read.id] = found[0].id if found else None
            if read.result is not None and not found:
                self.broken = True
            if found and found[0].process == read.process and found[0].invoked > read.invoked:
                self.broken = True
        self.writes = [w for w in writes if w.status == "ok" or w.id in self.source.values()]
        self.ops = {
            op.id: op for op in sorted([*self.reads, *self.writes], key=lambda op: op.invoked)
        }
        self.clients = sorted({op.process for op in self.ops.values()})

    def client_order(self) -> Pairs:
        """Each client's own order; an open operation comes before nothing."""
        return {
            (a.id, b.id)
            for a, b in combinations(self.ops.values(), 2)
            if a.process == b.process and a.status == "ok"
        }

    def causal_order(self) -> Pairs:
        """The transitive closure of the clients' orders and of each write before its reads."""
        return closed(
            self.client_order() | {(w, r) for r, w in self.source.items() if w is not None}
        )

    def on(self, key: object) -> list[Op]:
        return [w for w in self.writes if w.key == key]


def closed(pairs: Pairs) -> Pairs:
    """The transitive closure."""
    found = set(pairs)
    while more := {(a, d) for a, b in found for c, d in found if b == c} - found:
        found |= more
    return found


def orders(ids: Iterable[int], pairs: Pairs) -> Iterator[tuple[int, ...]]:
    """All orders of these operations that keep the pairs."""
    left = frozenset(ids)
    if not left:
        yield ()
    for one in sorted(left):
        if not any((other, one) in pairs for other in left):
            yield from ((one, *rest) for rest in orders(left - {one}, pairs))


def legal_order(small: Small, ids: Iterable[int], pairs: Pairs, telling: Iterable[int]) -> bool:
    """True if an order that keeps the pairs gives each read in ``telling`` the last write on its key."""
    telling = frozenset(telling)

    def extend(left: frozenset[int], last: dict[object, int | None]) -> bool:
        if not left:
            return True
        for one in left:
            op = small.ops[one]
            if any((other, one) in pairs for other in left):
                continue
            if one in telling and last.get(op.key) != small.source[one]:
                continue
            after = {**last, op.key: one} if op.f == "write" else last
            if extend(left - {one}, after):
                return True
        return False

    return extend(frozenset(ids), {})


# Models.


def is_pram(small: Small) -> bool:
    """For each client some legal order of its reads and all writes keeps every client's own order."""
    return _in_the_eyes_of_each(small, small.client_order())


def is_causal_memory(small: Small) -> bool:
    """For each client some legal order of its reads and all writes keeps the causal order."""
    pairs = small.causal_order()
    return _acyclic(pairs) and _in_the_eyes_of_each(small, pairs)


def _in_the_eyes_of_each(small: Small, pairs: Pairs) -> bool:
    for client in small.clients:
        own = [r.id for r in small.reads if r.process == client]
        if not legal_order(small, [w.id for w in small.writes] + own, pairs, own):
            return False
    return not small.broken


def _acyclic(pairs: Pairs) -> bool:
    return not any(a == b for a, b in pairs)


def is_weak_causal(small: Small, pairs: Pairs | None = None) -> bool:
    """For each read some order of what comes causally before it gives its result, whatever other reads returned."""
    pairs = small.causal_order() if pairs is None else pairs
    if small.broken or not _acyclic(pairs):
        return False
    return all(
        legal_order(small, [*(a for a, b in pairs if b == r.id), r.id], pairs, [r.id])
        for r in small.reads
    )


def is_causal_convergence(small: Small, pairs: Pairs | None = None) -> bool:
    """One order of all writes, the same for all, gives each read the last write that comes causally before it."""
    pairs = small.causal_order() if pairs is None else pairs
    if small.broken or not _acyclic(pairs):
        return False
    return any(_by_last(small, order, pairs) for order in orders(small.ops, pairs))


def _by_last(small: Small, order: Sequence[int], pairs: Pairs) -> bool:
    for read in small.reads:
        seen = [
            w
            for w in order
            if (w, read.id) in pairs and small.ops[w].f == "write" and small.ops[w].key == read.key
        ]
        if (seen[-1] if seen else None) != small.source[read.id]:
            return False
    return True


def with_any_causal_order(small: Small, holds: Callable[[Small, Pairs], bool]) -> bool:
    """True if a model holds with some strict partial order that keeps the clients' own, as the paper defines it."""
    must = small.client_order()
    return any(must <= pairs and holds(small, pairs) for pairs in partial_orders(tuple(small.ops)))


def partial_orders(ids: tuple[int, ...]) -> list[Pairs]:
    """All strict partial orders of these elements."""
    if ids not in _ORDERS:
        *rest, new = ids or (None,)
        found: list[Pairs] = []
        for pairs in partial_orders(tuple(rest)) if rest else []:
            for below in _subsets(rest):
                for above in _subsets([e for e in rest if e not in below]):
                    more = pairs | {(b, new) for b in below} | {(new, a) for a in above}
                    if closed(more) == more:
                        found.append(more)
        _ORDERS[ids] = found or [set()]
    return _ORDERS[ids]


_ORDERS: dict[tuple[int, ...], list[Pairs]] = {}


def _subsets(elements: Sequence[int]) -> Iterator[tuple[int, ...]]:
    return (chosen for size in range(len(elements) + 1) for chosen in combinations(elements, size))


# Session guarantees.


def is_read_your_writes(small: Small) -> bool:
    """A read returns the reader's last own write on the key, or one after it, in some order of the key's writes.

    The order keeps each client's own, and what the reader had read before its write comes before that write.
    """
    return not small.broken and all(_shows_own(small, read) for read in small.reads)


def _shows_own(small: Small, read: Op) -> bool:
    earlier = [
        op
        for op in small.ops.values()
        if op.process == read.process and op.key == read.key and op.status == "ok"
    ]
    own = [op for op in earlier if op.f == "write" and op.invoked < read.invoked]
    if not own:
        return True
    must = small.client_order()
    for write in own:
        must |= {
            (small.source[r.id], write.id)
            for r in earlier
            if r.f == "read" and r.invoked < write.invoked
        }
    source = small.source[read.id]
    return source is not None and any(
        order.index(source) >= order.index(own[-1].id)
        for order in orders([w.id for w in small.on(read.key)], must)
    )


def is_monotonic_reads(small: Small) -> bool:
    """For each client and key reads never go back, in some order of the writes that keeps each client's own."""
    if small.broken:
        return False
    for client in small.clients:
        for key in {op.key for op in small.ops.values()}:
            sources = [
                small.source[r.id] for r in small.reads if r.process == client and r.key == key
            ]
            if not any(
                _rises(sources, order)
                for order in orders([w.id for w in small.on(key)], small.client_order())
            ):
                return False
    return True


def _rises(sources: Sequence[int | None], order: Sequence[int]) -> bool:
    positions = [-1 if source is None else order.index(source) for source in sources]
    return positions == sorted(positions)


def is_monotonic_writes(small: Small) -> bool:
    """A read write brings with it the earlier writes of the same writer."""
    return _brings(
        small,
        {(a, b) for a, b in small.client_order() if {small.ops[a].f, small.ops[b].f} == {"write"}},
    )


def is_writes_follow_reads(small: Small) -> bool:
    """A read write brings with it the writes that its writer had read before, and so on."""
    had_read = {
        (w, b) for a, b in small.client_order() if small.ops[b].f == "write"
        for w in [small.source.get(a)] if w is not None
    }  # fmt: skip
    return _brings(small, had_read)


def _brings(small: Small, pairs: Pairs) -> bool:
    """True if after reading w, each client finds what the pairs put before w, and nothing that these replaced."""
    pairs = closed(pairs)
    if small.broken or not _acyclic(pairs):
        return False
    for first, second in combinations(small.reads, 2):
        seen, got = small.source[first.id], small.source[second.id]
        if first.process != second.process or seen is None:
            continue
        inherited = {w.id for w in small.on(second.key) if (w.id, seen) in pairs}
        if got is None and inherited:
            return False
        latest = inherited | ({seen} if small.ops[seen].key == second.key else set())
        if got is not None and any((got, w) in pairs for w in latest):
            return False
    return True


__all__ = [name for name in dir() if name.startswith("is_")] + [
    "Small",
    "weak_histories",
    "with_any_causal_order",
]
