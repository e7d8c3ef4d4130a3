"""A `History` in the format of Jepsen and Knossos."""

from __future__ import annotations

from dscourse.history import History, Op
from dscourse.interop.edn import keyword, write_edn

__all__ = ["write"]


def write(history: History) -> str:
    """Return the history in Jepsen's format: one EDN map per event, in real-time order.

    A value on a key is the pair ``[key value]``. A process whose operation ended as ``:info`` gets a new number, as
    Jepsen requires, because the operation may still be in progress.

    >>> five = Op(0, "c1", "write", "x", 5, "ok", None, 0, 3, 0.0, 2.0)
    >>> print(write(History([five])), end="")
    {:index 0, :time 0, :process 0, :type :invoke, :f :write, :value ["x" 5]}
    {:index 1, :time 2000000, :process 0, :type :ok, :f :write, :value ["x" 5]}
    """
    numbers = _processes(history)
    types = {"ok": "ok", "fail": "fail", "unknown": "info"}
    events = [(op.invoked, 0, n) for n, op in enumerate(history)]
    events += [
        (op.returned, 1, n)
        for n, op in enumerate(history)
        if op.returned is not None and op.status in types
    ]
    lines = []
    for index, (_, ended, n) in enumerate(sorted(events)):
        op = history[n]
        kind, value, more = _completion(op, types[op.status]) if ended else ("invoke", op.value, "")
        shown = write_edn(value if op.key is None else [op.key, value])
        lines.append(
            f"{{:index {index}, :time {_nanoseconds(op, bool(ended))}, :process {numbers[n]}, "
            f":type :{kind}, :f {keyword(op.f)}, :value {shown}{more}}}\n"
        )
    return "".join(lines)


def _processes(history: History) -> list[int]:
    """Return each operation's Jepsen process number: p, and p + n, p + 2n … after each open operation."""
    current = {name: number for number, name in enumerate(history.processes)}
    numbers = []
    for op in history:
        numbers.append(current[op.process])
        if not op.closed:
            current[op.process] += len(history.processes)
    return numbers


def _completion(op: Op, kind: str) -> tuple[str, object, str]:
    """Return Jepsen's type and value of the completion, and the text after them.

    A read completes with what it returned, a transaction with its completed steps. Others complete with their
    invocation value, as Knossos requires, and carry their result separately. A compare-and-set that was not set is a
    ``:fail``.
    """
    if kind != "ok" or op.result is None:
        return kind, op.value, ""
    if op.f in ("read", "get", "dequeue", "txn"):
        return kind, op.result, ""
    kind = "fail" if op.f == "cas" and op.result is False else kind
    return kind, op.value, f", :result {write_edn(op.result)}"


def _nanoseconds(op: Op, ended: bool) -> int:
    at_ms = (op.returned_ms or 0.0) if ended else op.invoked_ms
    try:
        return round(at_ms * 1e6)
    except (ArithmeticError, TypeError, ValueError) as error:
        raise ValueError(
            f"operation {op.id} has the time {at_ms!r}: a finite number is required"
        ) from error
