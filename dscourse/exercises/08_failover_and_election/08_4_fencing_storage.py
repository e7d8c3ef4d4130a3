"""Judge of 08.4: a storage that rejects writes of earlier epochs."""

from __future__ import annotations

from typing import Any

from dscourse.core.dispatch import handle_message
from dscourse.exercises.judges.schedules import draw_schedule
from dscourse.exercises.tasks import Wrong, by_name
from dscourse.explore import Bounds, View, explore
from dscourse.node import Node, Write, take_effects
from dscourse.protocols.fencing import Accepted, Append, Refused, terms_in_order
from dscourse.protocols.textbook.fencing import TrustingStorage

__all__ = ["LINES", "NAMES", "judge"]

LINES = 2_000_000
NAMES = by_name(Accepted, Append, Refused, TrustingStorage)


def judge(storage: Any) -> Wrong | None:
    if not (isinstance(storage, type) and issubclass(storage, TrustingStorage)):
        return Wrong("`Fenced` must be a class derived from TrustingStorage.")
    return _judge_writes(storage) or _judge_restart(storage) or _judge_all_orders(storage)


class _Writer(Node):
    """A node that writes once at its start, with the epoch in its name."""

    def on_start(self, log: Any) -> None:
        self.send("s", Append(int(self.id[1:]), 1))

    def on_refused(self, sender: str, refused: Refused) -> None:
        pass


def _rising(log: Any) -> bool:
    epochs = [record.epoch for record in log if isinstance(record, Accepted)]
    return epochs == sorted(epochs)


def _judge_writes(storage: Any) -> Wrong | None:
    for epochs in ((1,), (2, 2), (1, 3)):
        accepted = _accepted_epochs(storage, epochs)
        if accepted != list(epochs):
            return Wrong(
                f"Writes of the epochs {list(epochs)}, in this order: {accepted} are accepted, and all should be."
            )
    accepted = _accepted_epochs(storage, (1, 3, 2, 2, 3))
    if accepted != [1, 3, 3]:
        return Wrong(
            f"Writes of the epochs [1, 3, 2, 2, 3], in this order: {accepted} are accepted, not [1, 3, 3]."
        )
    return None


def _accepted_epochs(storage: Any, epochs: tuple[int, ...]) -> list[int]:
    """Return the epochs of the writes, in order, that a storage accepts."""
    one = storage("s")
    one.on_start([])
    for number, epoch in enumerate(epochs):
        handle_message(one, f"n{epoch}", Append(epoch, number))
    effects = take_effects(one)
    return [
        e.record.epoch for e in effects if isinstance(e, Write) and isinstance(e.record, Accepted)
    ]


def _judge_restart(storage: Any) -> Wrong | None:
    one = storage("s")
    one.on_start([Accepted("n1", 1, 1), Accepted("n5", 5, 1)])
    take_effects(one)
    handle_message(one, "n2", Append(2, 1))
    if any(isinstance(effect, Write) for effect in take_effects(one)):
        return Wrong(
            "A storage that had accepted a write of epoch 5 starts again, and accepts one of epoch 2: what "
            "it must not forget has to come from its log."
        )
    return None


def _judge_all_orders(storage: Any) -> Wrong | None:
    """Judge every order of three writes of different epochs, with a crash and a restart."""
    epochs = (1, 2, 3)

    def in_order(view: View) -> bool:
        return bool(terms_in_order(view.logs["s"])) and _rising(view.logs["s"])

    def the_newest_is_taken(view: View) -> bool:
        return any(isinstance(r, Accepted) and r.epoch == max(epochs) for r in view.logs["s"])

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
