"""Judge of 08.4: a storage that rejects writes of earlier epochs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

from dscourse.core.dispatch import handle_message
from dscourse.core.wording import count as words
from dscourse.exercises.judges.schedules import draw_schedule
from dscourse.exercises.tasks import Wrong, by_name
from dscourse.explore import Bounds, View, explore
from dscourse.node import Node, Send, Write, take_effects
from dscourse.protocols.fencing import Accepted, Append, Refused, terms_in_order
from dscourse.protocols.textbook.fencing import TrustingStorage

__all__ = ["LINES", "NAMES", "judge"]

LINES = 2_000_000
NAMES = by_name(Accepted, Append, Refused, TrustingStorage)

_Asked = tuple[str, Append]
_RUNS = 60
_WRITERS = ("n1", "n2", "n10", "ann", "Zoe", "x")
_BETWEEN = 3  # restarts happen before each of the first writes

# Writes in the order of their arrival: the epoch and the number; the writer of an epoch is named after it.
_ARRIVALS: tuple[tuple[tuple[int, int], ...], ...] = (
    ((1, 1),),
    ((2, 1), (2, 2)),
    ((1, 1), (3, 1)),
    ((1, 1), (3, 1), (2, 1), (2, 2), (3, 2)),
    (
        (5, 1),
        (2, 1),
        (3, 1),
        (5, 2),
    ),  # the last refused write is of a later epoch than the one before
    ((9, 1), (10, 1), (9, 2), (11, 1), (10, 2)),  # as text, "9" comes after "10"
    ((4, 2), (4, 1), (3, 7), (4, 3)),  # of one epoch, one write has overtaken another
    ((1, 1), (7, 1), (1, 1), (7, 1)),  # copies
)


def judge(storage: Any) -> Wrong | None:
    if not (isinstance(storage, type) and issubclass(storage, TrustingStorage)):
        return Wrong("`Fenced` must be a class derived from TrustingStorage.")
    return (
        _judge_writes(storage)
        or _judge_restarts(storage)
        or _judge_all_orders(storage)
        or _judge_long_runs(storage)
    )


def _asked(arrivals: Sequence[tuple[int, int]]) -> list[_Asked]:
    return [(f"n{epoch}", Append(epoch, number)) for epoch, number in arrivals]


def _judge_writes(storage: Any) -> Wrong | None:
    for arrivals in _ARRIVALS:
        one = _started(storage, [])
        wrong = _first_mistake(one, _asked(arrivals), 0, "")
        if wrong is not None:
            return wrong
    return None


def _judge_restarts(storage: Any) -> Wrong | None:
    """Judge a storage that starts again, from the records that it has written itself, between two writes."""
    for arrivals in _ARRIVALS:
        asked = _asked(arrivals)
        for before in range(min(len(asked), _BETWEEN)):
            one = _started(storage, [])
            records = _records(one, asked[:before])
            highest = max((append.epoch for _, append in asked[:before]), default=0)
            if highest:
                start = f"A storage that had accepted a write of epoch {highest} starts again: what it must "
                start += "not forget has to come from its log. "
            else:
                start = "A storage starts again with an empty log. "
            wrong = _first_mistake(_started(storage, records), asked[before:], highest, start)
            if wrong is not None:
                return wrong
    return None


def _started(storage: Any, records: Sequence[object], name: str = "s") -> Any:
    one = storage(name)
    one.on_start(list(records))
    take_effects(one)
    return one


def _records(one: Any, asked: Sequence[_Asked]) -> list[object]:
    """Return the records that these writes leave on the disk of a storage."""
    for sender, append in asked:
        handle_message(one, sender, append)
    return [effect.record for effect in take_effects(one) if isinstance(effect, Write)]


def _first_mistake(one: Any, asked: Sequence[_Asked], highest: int, start: str) -> Wrong | None:
    """Return the first wrong reaction of the storage to these writes, after one of epoch ``highest``."""
    epochs: list[int] = []
    for sender, append in asked:
        epochs.append(append.epoch)
        handle_message(one, sender, append)
        effects = take_effects(one)
        wrong = _mistake(effects, sender, append, highest)
        if wrong is not None:
            arrived = f"Writes of the epochs {epochs}, in this order: " if len(epochs) > 1 else ""
            text = arrived + wrong
            return Wrong(f"{start}{text[0].upper()}{text[1:]}")
        highest = max(highest, append.epoch)
    return None


def _mistake(effects: Sequence[object], sender: str, append: Append, highest: int) -> str | None:
    """Return the mistake in these effects of a write, when one of epoch ``highest`` has been accepted."""
    records = [
        effect.record
        for effect in effects
        if isinstance(effect, Write) and isinstance(effect.record, Accepted)
    ]
    sent = [(effect.to, effect.message) for effect in effects if isinstance(effect, Send)]
    if append.epoch < highest:
        if records:
            return f"the last one is accepted, although one of epoch {highest} came before it."
        return _refusal_mistake(sent, sender, append, highest)
    wanted = Accepted(sender, append.epoch, append.number)
    if not records:
        return (
            f"{append} of {sender} is not accepted, and it should be: no later epoch has written."
        )
    if records != [wanted]:
        return (
            f"{append} of {sender} is on disk as {records}; it should be there once, as {wanted!r}."
        )
    if sent:
        return f"{append} of {sender} is accepted, and yet {sent[0][1]!r} is sent to {sent[0][0]}."
    return None


def _refusal_mistake(
    sent: Sequence[tuple[str, object]], sender: str, append: Append, highest: int
) -> str | None:
    if not sent:
        return f"the write of epoch {append.epoch} is dropped in silence: {sender} goes on leading, and is not told."
    to, refusal = sent[0]
    if isinstance(refusal, Refused) and refusal.epoch <= append.epoch:
        return (
            f"the refusal names epoch {refusal.epoch}, which is {sender}'s own or older: {sender} does not learn "
            f"that there is a later one, and goes on. It must name epoch {highest}."
        )
    if len(sent) > 1 or to != sender or refusal != Refused(highest):
        return (
            f"the write of epoch {append.epoch} needs one refusal, {Refused(highest)!r} to {sender}; sent is "
            f"{', '.join(f'{message!r} to {name}' for name, message in sent)}."
        )
    return None


# --- many writes, of writers that lead again and again, with restarts between them ------------------


def _judge_long_runs(storage: Any) -> Wrong | None:
    for seed in range(_RUNS):
        wrong = _long_run(storage, Random(seed))
        if wrong is not None:
            return Wrong(wrong)
    return None


def _long_run(storage: Any, random: Random) -> str | None:
    """Return the first mistake in a run of up to 90 writes; the oldest epochs are those of a very late writer."""
    name, writers = random.choice(("s", "storage", "disk-7")), random.sample(_WRITERS, 4)
    disk: list[object] = []
    one, highest, restarts = _started(storage, disk, name), 0, 0
    epochs = sorted({random.choice((1, 1, 10, 10**9)) * random.randint(1, 40) for _ in range(12)})
    for number in range(random.choice((20, 90))):
        if random.random() < 0.1:
            one, restarts = _started(storage, disk, name), restarts + 1
        newest = epochs[min(len(epochs) - 1, number // 4)]
        epoch = random.choice((newest, newest, random.choice(epochs[: 1 + number // 4])))
        sender = writers[epochs.index(epoch) % len(writers)]
        append = Append(epoch, random.choice((1, number, 10 * number + 1)))
        handle_message(one, sender, append)
        effects = take_effects(one)
        disk += [effect.record for effect in effects if isinstance(effect, Write)]
        wrong = _mistake(effects, sender, append, highest)
        if wrong is not None:
            return f"After {words(number, 'write')} and {words(restarts, 'restart')}: {wrong}"
        highest = max(highest, epoch)
    return None


class _Writer(Node):
    """A node that writes once at its start, with the epoch in its name."""

    def on_start(self, log: Any) -> None:
        self.send("s", Append(int(self.id[1:]), 1))

    def on_refused(self, sender: str, refused: Refused) -> None:
        pass


def _accepted(log: Any) -> Iterator[Accepted]:
    return (record for record in log if isinstance(record, Accepted))


def _judge_all_orders(storage: Any) -> Wrong | None:
    """Judge every order of three writes of different epochs, with a crash and a restart."""
    epochs = (1, 2, 3)

    def in_order(view: View) -> bool:
        accepted_epochs = [record.epoch for record in _accepted(view.logs["s"])]
        return bool(terms_in_order(view.logs["s"])) and accepted_epochs == sorted(accepted_epochs)

    def the_newest_is_taken(view: View) -> bool:
        return any(record.epoch == max(epochs) for record in _accepted(view.logs["s"]))

    def nodes() -> list[Node]:
        return [storage("s"), *(_Writer(f"e{epoch}") for epoch in epochs)]

    result = explore(
        nodes(), always=[in_order], sometimes=[the_newest_is_taken],
        bounds=Bounds(crashes=1, restarts=1),
    )  # fmt: skip
    if result.ok:
        return None
    if result.ok is False and result.steps:
        picture = draw_schedule(nodes(), result.steps)
        return Wrong(f"The shortest schedule that breaks it: {result.reason}.", picture)
    return Wrong(f"{result.reason}.")
