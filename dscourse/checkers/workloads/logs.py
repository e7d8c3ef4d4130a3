"""Append-only logs by key, as Kafka has them: no message is lost, repeated, moved or skipped.

A log gives each message an offset; offsets may be sparse. ``send`` on a key returns the offset of its value.
``poll`` has pairs (key, offset from which to read), and returns pairs (key, pairs (offset, message)), which are
messages of the log in its order, without a gap, as many as the server likes. ``commit_offsets`` has pairs
(key, offset), and ``list_committed_offsets`` returns such pairs. There is no recency: a poll may return nothing for
as long as it likes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from dscourse.checkers.evidence import guarded, nothing
from dscourse.checkers.refutation import Refutation, shown
from dscourse.checkers.verdict import Verdict, name
from dscourse.checkers.workloads.commits import committed
from dscourse.checkers.workloads.record import Log, Polled, recorded
from dscourse.core.equality import same, token
from dscourse.core.wording import count
from dscourse.history import History, Op

__all__ = ["logs", "unobserved"]


def logs(history: History) -> Verdict:
    """Judge whether some append-only log per key explains all sends, polls and commits.

    Refuted are, by key: a message that nobody sent or whose send failed; two messages at one offset; one message at
    two offsets; a poll out of order, or from before the offset that it asked for; a poll that passes over an offset
    at which there is a message (skipped; if no other poll returned it, lost); two sends of one client that were given
    offsets in the opposite order; committed offsets that nobody committed, or that move back although no client
    committed an older one. A send of unknown outcome may be in the log or not. O(n log n).

    >>> sends = [Op(n, "a", "send", "k", 10 + n, "ok", n, 2 * n, 2 * n + 1) for n in range(2)]
    >>> poll = Op(2, "b", "poll", None, (("k", 0),), "ok", (("k", ((1, 11),)),), 4, 5)
    >>> print(logs(History([*sends, poll])).reason)
    k: poll 2 asked from offset 0 and returned offset 1, without 10 at offset 0, which send 0 was given; it is lost: no poll returned it
    """  # noqa: E501
    title = "every log keeps its messages in order"
    return guarded(title, history, partial(_judge, title))


def _judge(title: str, history: History) -> Verdict:
    by_key = recorded(history)
    polled = sum(len(poll.pairs) for log in by_key.values() for poll in log.polls)
    judged = f"{count(sum(len(log.sends) for log in by_key.values()), 'send')}, {count(polled, 'polled message')}"
    if any(_anomalies(by_key, history)):
        return Verdict.explained(title, lambda: _counted(list(_anomalies(by_key, history))), judged)
    return (
        Verdict(title, True, judged=judged)
        if polled
        else nothing(title, "no poll returned a message")
    )


def _anomalies(by_key: Mapping[object, Log], history: History) -> Iterator[Refutation]:
    """Yield everything that contradicts the logs and the committed offsets, as it is found."""
    for log in by_key.values():
        yield from _wrong(log)
    yield from committed(history)


def _counted(found: Sequence[Refutation]) -> Refutation:
    """Return the first of the refutations, and how many more there are."""
    first, more = found[0], len(found) - 1
    reason = f"{first.reason}; and {count(more, 'anomaly')} more" if more else first.reason
    return Refutation(reason, first.refuting)


def unobserved(history: History) -> int:
    """Return the number of acknowledged messages that no poll returned, and none passed over either.

    >>> unobserved(History([Op(0, "a", "send", "k", 5, "ok", 0, 0, 1)]))
    1
    """
    return sum(
        send.status == "ok" and message not in _returned(log)
        for log in recorded(history).values()
        for message, send in log.sends.items()
    )


def _wrong(log: Log) -> Iterator[Refutation]:
    """Yield everything that contradicts that this is one append-only log, at most once per poll and rule."""
    for found in (_sent(log), _conflicts(log), _disorder(log), _skips(log), _sends_in_order(log)):
        for one in found:
            yield Refutation(f"{shown(log.key)}: {one.reason}", one.refuting)


def _sent(log: Log) -> Iterator[Refutation]:
    """Yield polled messages that no client had sent, or whose send had failed."""
    for offset, message, op in log.words():
        send = log.sends.get(token(message))
        if send is None or send.invoked > op.end:
            reason = (
                f"{name(op)} returned {shown(message)} at offset {offset}, which nobody had sent"
            )
            yield Refutation(reason, (op.id,))
        elif send.status == "fail":
            reason = f"{name(op)} returned {shown(message)}, although {name(send)} had failed"
            yield Refutation(reason, (send.id, op.id))


def _conflicts(log: Log) -> Iterator[Refutation]:
    """Yield offsets with two messages, and messages with two offsets."""
    for offset, message, op in log.words():
        other, by = log.at[offset]
        if not same(other, message):
            reason = f"{name(by)} has {shown(other)} at offset {offset}, and {name(op)} has {shown(message)} there"
            yield Refutation(reason, tuple(sorted({by.id, op.id})))
        first, by = log.of[token(message)]
        if first != offset:
            reason = (
                f"{shown(message)} is there twice: {name(by)} has it at offset {first}, "
                f"and {name(op)} at offset {offset}"
            )
            yield Refutation(reason, tuple(sorted({by.id, op.id})))


def _disorder(log: Log) -> Iterator[Refutation]:
    """Yield polls whose offsets do not rise, or begin before the one asked for."""
    for poll in log.polls:
        before = None
        for offset, _ in poll.pairs:
            if offset < poll.start:
                reason = (
                    f"{name(poll.op)} asked from offset {poll.start} and returned offset {offset}"
                )
                yield Refutation(reason, (poll.op.id,))
                break
            if before is not None and offset <= before:
                reason = f"{name(poll.op)} returned offset {offset} after offset {before}"
                yield Refutation(reason, (poll.op.id,))
                break
            before = offset


def _skips(log: Log) -> Iterator[Refutation]:
    """Yield polls that pass over an offset at which there is a message."""
    known = sorted(log.at)
    returned = _returned(log)
    for poll in log.polls:
        offsets = {offset for offset, _ in poll.pairs}
        passed = known[
            bisect_left(known, poll.start) : bisect_left(known, max(offsets, default=poll.start))
        ]
        skipped = next((offset for offset in passed if offset not in offsets), None)
        if skipped is not None:
            yield _skip(log, poll, skipped, returned)


def _skip(log: Log, poll: Polled, skipped: int, returned: set[object]) -> Refutation:
    message, by = log.at[skipped]
    beyond = min(offset for offset, _ in poll.pairs if offset > skipped)
    reason = (
        f"{name(poll.op)} asked from offset {poll.start} and returned offset {beyond}, without {shown(message)} "
        f"at offset {skipped}, which {name(by)} {'was given' if by.f == 'send' else 'returned'}"
    )
    if token(message) not in returned:
        reason += "; it is lost: no poll returned it"
    return Refutation(reason, tuple(sorted({by.id, poll.op.id})))


def _returned(log: Log) -> set[object]:
    """Return the tokens of all messages that a poll returned."""
    return {token(message) for poll in log.polls for _, message in poll.pairs}


def _sends_in_order(log: Log) -> Iterator[Refutation]:
    """Yield sends of one client to which the log gave offsets in the opposite order."""
    last: dict[str, Op] = {}
    for send in log.sends.values():
        if send.status != "ok":
            continue
        before = last.get(send.process)
        assert isinstance(send.result, int)
        if before is not None and isinstance(before.result, int) and send.result < before.result:
            reason = (
                f"{send.process} was given offset {before.result} for {shown(before.value)} by {name(before)}, and "
                f"offset {send.result} for {shown(send.value)} by {name(send)}, which began later"
            )
            yield Refutation(reason, (before.id, send.id))
        last[send.process] = send
