"""The isolation levels by their definitions, tried on a few transactions: the oracles of the checker.

Nothing here is clever, and nothing is shared with the checker. Serializability runs the transactions one after the
other, in every order. Snapshot isolation tries every order of starts and commits, and lets the first committer win.
Parallel snapshot isolation tries every order of visibility (Cerone, Bernardi and Gotsman 2015). The other levels
build Adya's serialization graph for every order of the versions, and look for cycles in its closure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations, pairwise, permutations, product
from typing import Any

from dscourse.history import History, Op
from tests.checkers.weak_definitions import closed, partial_orders

__all__ = ["HOLDS"]

State = Mapping[Any, tuple[Any, ...]]  # of a list all elements; of a register its value alone
Pairs = set[tuple[int, int]]


def steps(op: Op) -> tuple[Any, ...]:
    return op.result if op.status == "ok" and op.result is not None else op.value


def written(op: Op) -> set[Any]:
    return {key for f, key, _ in steps(op) if f != "r"}


def plain(value: Any) -> tuple[Any, ...]:
    """The value that a read returned, as a state has it."""
    return () if value is None else tuple(value) if isinstance(value, list | tuple) else (value,)


def carried_out(op: Op, state: State) -> State | None:
    """The state after the transaction; None if it would not have read what it read."""
    after = dict(state)
    for f, key, value in steps(op):
        if f == "append":
            after[key] = (*after.get(key, ()), value)
        elif f == "w":
            after[key] = (value,)
        elif op.status == "ok" and after.get(key, ()) != plain(value):
            return None
    return after


def possible(history: History) -> Iterator[list[Op]]:
    """All that committed, with each choice of the unknown ones."""
    sure = [op for op in history if op.status == "ok"]
    maybe = [op for op in history if op.status in ("unknown", "pending")]
    for number in range(len(maybe) + 1):
        for chosen in combinations(maybe, number):
            yield sorted([*sure, *chosen], key=lambda op: op.id)


# Serializability.


def is_serial(history: History, first: Callable[[Op, Op], bool]) -> bool:
    def extends(left: list[Op], state: State) -> bool:
        return not left or any(
            (after := carried_out(op, state)) is not None
            and extends([o for o in left if o is not op], after)
            for op in left
            if not any(first(other, op) for other in left if other is not op)
        )

    return any(extends(ops, {}) for ops in possible(history))


def is_serializable(history: History) -> bool:
    return is_serial(history, lambda a, b: False)


def is_strict(history: History) -> bool:
    return is_serial(history, lambda a, b: a.before(b))


def is_session(history: History) -> bool:
    return is_serial(
        history,
        lambda a, b: a.process == b.process and a.status == "ok" and a.invoked < b.invoked,
    )


# Snapshots.


def is_snapshot(history: History) -> bool:
    """Each transaction reads the state at its start, and none commits if one that committed since wrote its keys."""

    def extends(
        left: list[Op], running: list[tuple[Op, State]], state: State, last: dict[Any, int], now: int,
        starts: dict[int, int],
    ) -> bool:  # fmt: skip
        if not left and not running:
            return True
        for op in left:
            after = carried_out(op, state)
            rest = [o for o in left if o is not op]
            if after is not None and extends(
                rest, [*running, (op, after)], state, last, now + 1, {**starts, op.id: now}
            ):
                return True
        for op, after in running:
            if all(last.get(key, -1) < starts[op.id] for key in written(op)):
                new = {**state, **{key: after[key] for key in written(op)}}
                seen = {**last, **dict.fromkeys(written(op), now)}
                others = [one for one in running if one[0] is not op]
                if extends(left, others, new, seen, now + 1, starts):
                    return True
        return False

    return any(extends(ops, [], {}, {}, 0, {}) for ops in possible(history))


def is_parallel_snapshot(history: History) -> bool:
    """Some transitive order of visibility, total among the writers of a key, gives each read what is visible."""
    return any(
        any(_visible(ops, pairs) for pairs in partial_orders(tuple(op.id for op in ops)))
        for ops in possible(history)
    )


def _visible(ops: Sequence[Op], pairs: Pairs) -> bool:
    by_id = {op.id: op for op in ops}
    for a, b in combinations(by_id, 2):
        if written(by_id[a]) & written(by_id[b]) and not {(a, b), (b, a)} & pairs:
            return False
    for op in ops:
        past = [a for a, b in pairs if b == op.id]
        past.sort(key=lambda a: len([c for c, d in pairs if d == a]))
        state: State = {}
        for a in past:  # of the writers of one key each sees the ones before it
            own = carried_out(_blind(by_id[a]), state)
            assert own is not None
            state = own
        if carried_out(op, state) is None:
            return False
    return True


def _blind(op: Op) -> Op:
    """The transaction without its reads."""
    kept = tuple(step for step in steps(op) if step[0] != "r")
    return Op(op.id, op.process, "txn", None, kept, "unknown", None, op.invoked, op.returned)


# Adya's graph, for every order of the versions.


class Graph:
    """The dependencies of committed transactions for one order of the versions, by kind."""

    def __init__(self, ops: Sequence[Op], order: Mapping[Any, Sequence[tuple[int, Any]]]) -> None:
        self.ops, self.order = ops, order
        self.ww: Pairs = set()
        self.wr: Pairs = set()
        self.rw: Pairs = set()
        for versions in order.values():
            self.ww |= {(a, b) for (a, _), (b, _) in pairwise(versions) if a != b}
        for op in ops:
            for key, position in self.reads(op):
                versions = order[key]
                if position and versions[position - 1][0] != op.id:
                    self.wr.add((versions[position - 1][0], op.id))
                own = position and versions[position - 1][0] == op.id
                if position < len(versions) and versions[position][0] != op.id and not own:
                    self.rw.add((op.id, versions[position][0]))

    def reads(self, op: Op) -> Iterator[tuple[Any, int]]:
        """Each read of a known version: its key, and the version's position from 1; 0 for the initial one."""
        for f, key, value in steps(op) if op.status == "ok" else ():
            if f == "r" and key in self.order:
                positions = [n for n, (_, v) in enumerate(self.order[key], 1) if v in plain(value)]
                if positions or not plain(value) or isinstance(value, list | tuple):
                    yield key, max(positions, default=0)

    def vanishes(self) -> bool:
        """Some transaction read from another, and later an older version of a key that this one wrote."""
        for op in self.ops:
            seen: list[int] = []
            for key, position in self.reads(op):
                writer = self.order[key][position - 1][0] if position else None
                if writer == op.id:
                    continue
                for one in seen:
                    positions = [n for n, (w, _) in enumerate(self.order[key], 1) if w == one]
                    if positions and max(positions) > position and writer != one:
                        return True
                if writer is not None:
                    seen.append(writer)
        return False


def cyclic(pairs: Pairs) -> bool:
    return any(a == b for a, b in closed(pairs))


def graphs(history: History) -> Iterator[Graph]:
    """The graph of every order of the versions that the reads allow, for what must have committed."""
    ops = committed(history)
    keys = {key for op in ops for key in written(op)}
    orders = [[(key, one) for one in _orders(ops, key)] for key in sorted(keys)]
    for chosen in product(*orders):
        yield Graph(ops, dict(chosen))


def committed(history: History) -> list[Op]:
    """The ok ones, and the unknown ones with a write that was read."""
    read = {
        (key, value) for op in history if op.status == "ok"
        for f, key, seen in steps(op) if f == "r" for value in plain(seen)
    }  # fmt: skip
    return [
        op for op in history
        if op.status == "ok" or (op.status != "fail" and any((k, v) in read for f, k, v in steps(op) if f != "r"))
    ]  # fmt: skip


def _orders(ops: Sequence[Op], key: Any) -> Iterator[list[tuple[int, Any]]]:
    """Orders of the versions of a key: those that begin like all reads of it, and keep each writer's own."""
    values = [(op.id, f, v) for op in ops for f, k, v in steps(op) if k == key and f != "r"]
    if values[0][1] == "w":
        last = {writer: value for writer, _, value in values}
        yield from (list(order) for order in permutations(last.items()))
        return
    appended = [(writer, value) for writer, _, value in values]
    reads = [
        [v for v in plain(seen) if v in {value for _, value in appended}]
        for op in ops if op.status == "ok" for f, k, seen in steps(op) if f == "r" and k == key
    ]  # fmt: skip
    longest = max(reads, key=len, default=[])
    agreed = next(
        longest[:n] for n in range(len(longest), -1, -1)
        if all(read[:n] == longest[: min(n, len(read))] for read in reads)
    )  # fmt: skip
    shown = {value for read in reads for value in read}
    last = dict(appended)
    elements = [(w, v) for w, v in appended if v in shown or last[w] == v]
    for order in permutations(elements):
        if [value for _, value in order[: len(agreed)]] == agreed and _own_order(
            order[len(agreed) :], elements
        ):
            yield list(order)


def _own_order(order: Sequence[tuple[int, Any]], elements: Sequence[tuple[int, Any]]) -> bool:
    return all(
        elements.index(a) < elements.index(b) for a, b in combinations(order, 2) if a[0] == b[0]
    )


# Reads that need no graph.


def is_possible(history: History) -> bool:
    """No value that nobody wrote, and no append that took effect twice."""
    values = {(key, v) for op in history for f, key, v in steps(op) if f != "r"}
    return all(
        all((key, v) in values for v in plain(seen)) and len(set(plain(seen))) == len(plain(seen))
        for op in history if op.status == "ok" for f, key, seen in steps(op) if f == "r"
    )  # fmt: skip


def is_clean(history: History) -> bool:
    """No aborted or intermediate read, no read of what the reader writes later, and no two reads that disagree."""
    aborted = {(k, v) for op in history if op.status == "fail" for f, k, v in steps(op) if f != "r"}
    reads: dict[Any, list[tuple[Any, ...]]] = {}
    for op in history:
        for at, (f, key, value) in enumerate(steps(op) if op.status == "ok" else ()):
            if f != "r":
                continue
            seen = plain(value)
            if isinstance(value, list | tuple):
                reads.setdefault(key, []).append(seen)
            if any((key, v) in aborted for v in seen):
                return False
            if any(f != "r" and k == key and v in seen for f, k, v in steps(op)[at:]):
                return False
            for other in history:
                own = [v for f, k, v in steps(other) if f != "r" and k == key]
                if other is not op and seen and seen[-1] in own[:-1]:
                    return False
    return all(
        b[: len(a)] == a or a[: len(b)] == b
        for several in reads.values()
        for a, b in combinations(several, 2)
    )


def is_in_own_order(history: History) -> bool:
    """Each list that was read shows the appends of a transaction in its order, from the first on."""
    for op in history.ok:
        for f, key, value in steps(op):
            for other in history if f == "r" and isinstance(value, list | tuple) else ():
                own = [v for f, k, v in steps(other) if f != "r" and k == key]
                seen = [v for v in value if v in own]
                if seen != own[: len(seen)]:
                    return False
    return True


def is_repeatable_inside(history: History) -> bool:
    """Each transaction reads what it had last read or written itself."""
    for op in history.ok:
        had: dict[Any, tuple[bool, tuple[Any, ...]]] = {}
        for f, key, value in steps(op):
            whole, before = had.get(key, (False, ()))
            if f == "append":
                had[key] = (whole, (*before, value))
            elif f == "w":
                had[key] = (True, (value,))
            else:
                seen = plain(value)
                end = (
                    seen
                    if whole
                    else seen[len(seen) - len(before) :]
                    if len(before) <= len(seen)
                    else None
                )
                if key in had and end != before:
                    return False
                had[key] = (True, seen)
    return True


def is_uncommitted(history: History) -> bool:
    return is_possible(history) and any(not cyclic(graph.ww) for graph in graphs(history))


def is_committed(history: History) -> bool:
    return (
        is_possible(history)
        and is_clean(history)
        and any(not cyclic(graph.ww | graph.wr) for graph in graphs(history))
    )


def is_monotonic_atomic(history: History) -> bool:
    return (
        is_possible(history)
        and is_clean(history)
        and any(
            not cyclic(graph.ww | graph.wr) and not graph.vanishes() for graph in graphs(history)
        )
    )


def is_repeatable(history: History) -> bool:
    return (
        is_possible(history)
        and is_clean(history)
        and is_repeatable_inside(history)
        and is_in_own_order(history)
        and any(not cyclic(graph.ww | graph.wr | graph.rw) for graph in graphs(history))
    )


HOLDS: dict[str, Callable[[History], bool]] = {
    "strict_serializable": is_strict,
    "strong_session_serializable": is_session,
    "serializable": is_serializable,
    "repeatable_read": is_repeatable,
    "snapshot_isolation": is_snapshot,
    "parallel_snapshot_isolation": is_parallel_snapshot,
    "monotonic_atomic_view": is_monotonic_atomic,
    "read_committed": is_committed,
    "read_uncommitted": is_uncommitted,
}
