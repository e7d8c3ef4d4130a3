"""The operations of a recorded history, from its events: each completion is joined to its invocation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from dscourse.core.equality import same
from dscourse.history import Op
from dscourse.interop.edn import Keyword
from dscourse.interop.edn.values import short
from dscourse.interop.jepsen.events import STATUSES, Event, Process

__all__ = ["are_pairs", "operations"]

_SHOWS = ("read", "get", "dequeue")  # operations whose completion value is their result


class _Joined(NamedTuple):
    """An operation: its rank in the record, its beginning, its invocation, its end and its completion.

    Times are twice the index of an invocation, and one more for a completion: between two events is room for the
    beginning of a transaction of which only the end was recorded.
    """

    rank: int
    since: int
    begun: Event
    until: int | None = None
    ended: Event | None = None

    def at_events(self) -> _Joined:
        """Return it with the indices of its events as times."""
        until = None if self.until is None else self.until // 2
        return self._replace(since=self.since // 2, until=until)


def are_pairs(events: Sequence[Event]) -> bool:
    """Return True if every value can be ``[key value]``."""
    return bool(events) and all(
        event.key is None
        and event.f != "txn"
        and _is_pair(event.value)
        and (event.f != "cas" or _is_pair(event.value[1]) or isinstance(event.value[1], bool))
        for event in events
    )


def _is_pair(value: object) -> bool:
    return isinstance(value, tuple) and len(value) == 2


def operations(events: Sequence[Event], keyed: bool) -> Iterator[Op]:
    """Yield the operations in the order of invocation; a completion without one is a transaction's.

    Of such a transaction it is known that it began after the one before it of its process had ended. Of the first of
    a process, and of one without a process, it is not known when it began, so it is taken for concurrent with all
    that ended before it.
    """
    found: list[_Joined] = []
    under_way: dict[Process, tuple[int, Event]] = {}
    ended: dict[Process, tuple[int, Event]] = {}
    for index, event in enumerate(events):
        if keyed and not _is_pair(event.value):
            raise ValueError(f"{event.where}: expected [key value], found {short(event.value)}")
        begun = under_way.pop(event.process, None)
        if event.type == "invoke":
            _check_free(event, begun)
            under_way[event.process] = index, event
            continue
        if begun is None and event.f == "txn":
            before = None if event.process is None else ended.get(event.process)
            found.append(_unseen(index, event, before, events[0].at_ms))
        else:
            since, invocation = _begun(event, begun)
            found.append(_Joined(since, 2 * since, invocation, 2 * index + 1, event))
        ended[event.process] = index, event
    found += [_Joined(index, 2 * index, event) for index, event in under_way.values()]
    if len(events) == 2 * len(found) - len(under_way):  # every completion had its invocation
        found = [one.at_events() for one in found]
    for number, one in enumerate(sorted(found, key=lambda one: one.rank)):
        yield _operation(number, one, keyed)


def _unseen(index: int, event: Event, before: tuple[int, Event] | None, first_ms: float) -> _Joined:
    """Return a transaction of which only the end was recorded, after the one ``before`` it of its process."""
    ok = event.type == "ok"
    value = _wanted(event.value) if ok else event.value
    at_ms = first_ms if before is None else before[1].at_ms
    begun = Event(event.where, event.process, "invoke", "txn", value, at_ms=at_ms)
    return _Joined(index, 0 if before is None else 2 * before[0] + 2, begun, 2 * index + 1, event)


def _wanted(steps: Any) -> Any:
    """Return the steps as they were invoked: without what was read."""
    if not isinstance(steps, tuple) or not all(
        isinstance(step, tuple) and len(step) == 3 for step in steps
    ):
        return steps
    return tuple((f, key, None if _reads(f) else value) for f, key, value in steps)


def _reads(f: Any) -> bool:
    return (f.name if isinstance(f, Keyword) else f) in ("r", "read")


def _name(process: Process, number: int) -> str:
    """Return the name of a process; without one, of a process of its own."""
    if isinstance(process, str):
        return process
    return f"t{number}" if process is None else f"p{process}"


def _check_free(event: Event, begun: tuple[int, Event] | None) -> None:
    if begun is not None:
        earlier = f"the :{begun[1].f} of {begun[1].where}"
        if event.process is None:
            raise ValueError(
                f"{event.where}: expected a :process, as {earlier} has not ended: without processes, "
                "each transaction ends before the next begins"
            )
        raise ValueError(
            f"{event.where}: expected process {event.process} to end {earlier} before it begins another operation"
        )


def _begun(event: Event, begun: tuple[int, Event] | None) -> tuple[int, Event]:
    """Return the invocation that this event completes. Raise ValueError if there is none."""
    if begun is None or begun[1].f != event.f:
        other = "nothing" if begun is None else f":{begun[1].f}"
        raise ValueError(
            f"{event.where}: expected a :{event.f} of process {event.process} to have begun, found {other}"
        )
    return begun


def _operation(number: int, one: _Joined, keyed: bool) -> Op:
    begun, ended = one.begun, one.ended
    key, value = begun.value if keyed else (begun.key, begun.value)
    times = one.since, one.until, begun.at_ms, None if ended is None else ended.at_ms
    name = _name(begun.process, number)
    if ended is None:
        return Op(number, name, begun.f, key, value, "pending", None, *times)
    if begun.f == "cas" and ended.type == "fail" and ended.result is False:
        return Op(number, name, begun.f, key, value, "ok", False, *times)
    result = _result(begun.f, value, ended, keyed) if ended.type == "ok" else None
    return Op(number, name, begun.f, key, value, STATUSES[ended.type], result, *times)


def _result(f: str, value: Any, ended: Event, keyed: bool) -> Any:
    """Return the result of an ok operation: a read's value, or True for a compare-and-set."""
    shown = ended.value[1] if keyed else ended.value
    if f in _SHOWS:
        return shown
    if ended.result is not None:
        return ended.result
    if f == "cas":
        return shown if isinstance(shown, bool) else True
    return None if same(shown, value) else shown
