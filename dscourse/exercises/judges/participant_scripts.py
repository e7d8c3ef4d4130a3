"""Scripts for a participant on its bench: many transactions at once, crashes after any effect, long silences."""

from __future__ import annotations

import random
from collections.abc import Callable

from dscourse.exercises.judges.names import AWKWARD
from dscourse.exercises.judges.participants import INQUIRY_MS, Bench, StrangeError
from dscourse.node import Message, Node
from dscourse.protocols.atomicity import Outcome, Prepared
from dscourse.protocols.two_phase_messages import Decision, Inquire, Prepare

__all__ = ["bench_complaint"]

_SCRIPTS, _STEPS = 8, 90
_SILENCE = 600  # inquiries in vain
_LONG = 300  # transactions in one log
_KEYS = ("x", "x2", "X", "", "only one")
_VALUES = (0, 0, 0, 1, 7, 0.5, 10**12, 3, 12, -1, -0.5)


def bench_complaint(kind: type[Node]) -> str | None:
    """Return the first thing that a participant of this class does wrong on the bench, or None."""
    try:
        for seed in range(_SCRIPTS):
            _Scene(kind, seed).play(_STEPS)
        _stay_in_doubt(kind)
        _remember(kind)
    except StrangeError as strange:
        return str(strange)
    return None


class _Scene:
    """Transactions of two coordinators at one participant, and all that may happen to them."""

    def __init__(self, kind: type[Node], seed: int) -> None:
        self.draw = random.Random(f"participant/{seed}")
        names = self.draw.sample(AWKWARD, 6)
        self.name, self.others, self.coordinators = names[0], names[1:4], names[4:]
        self.bench = Bench(kind, self.name, [*self.others, *self.coordinators])
        self.prepares: dict[int, tuple[str, Prepare]] = {}
        self.fates: dict[int, bool] = {}
        self.numbers = [0, 1, *self.draw.sample(range(2, 1_000), _STEPS)]

    def play(self, steps: int) -> None:
        """Play random steps, and let each transaction end."""
        acts: list[Callable[[], None]] = [
            self._ask_new, self._ask_new, self._ask_again, self._decide, self._decide, self._inquire,
            self._come_early, self._wait, self.bench.restart,
        ]  # fmt: skip
        for _ in range(steps):
            self.draw.choice(acts)()
            self.bench.look()
        for tx in self.bench.in_doubt():
            self._tell(tx)
            self.bench.look()
        self.bench.wait(3 * INQUIRY_MS)

    def _new(self) -> int:
        """Return the number of a new transaction, with its coordinator, participants and writes."""
        tx = self.numbers.pop(0)
        participants = [self.name, *self.draw.sample(self.others, self.draw.randrange(1, 4))]
        self.draw.shuffle(participants)
        keys = sorted(self.draw.sample(_KEYS, self.draw.choice((1, 1, 2))))
        writes = tuple((key, self.draw.choice(_VALUES)) for key in keys)
        self.prepares[tx] = (
            self.draw.choice(self.coordinators),
            Prepare(tx, writes, tuple(participants)),
        )
        return tx

    def _known(self) -> int:
        """Return any transaction so far, most often one of the last three."""
        if not self.prepares:
            return self._new()
        known = list(self.prepares)
        return self.draw.choice(known[-3:] if self.draw.random() < 0.7 else known)

    def _deliver(self, sender: str, message: Message) -> None:
        after = self.draw.choice((0, 1, 2)) if self.draw.random() < 0.2 else None
        self.bench.deliver(sender, message, after)

    def _ask_new(self) -> None:
        self._deliver(*self.prepares[self._new()])

    def _ask_again(self) -> None:
        self._deliver(*self.prepares[self._known()])

    def _decide(self) -> None:
        self._tell(self._known())

    def _tell(self, tx: int) -> None:
        """Let the coordinator, or another participant, tell the outcome: no commit without the yes of this one."""
        coordinator, prepare = self.prepares[tx]
        commit = tx in self.bench.voted_yes and self.draw.random() < 0.7
        commit = self.fates.setdefault(tx, self.bench.ended.get(tx, commit))
        others = [name for name in prepare.participants if name != self.name]
        self._deliver(self.draw.choice([coordinator, coordinator, *others]), Decision(tx, commit))

    def _inquire(self) -> None:
        tx = self._known()
        others = [name for name in self.prepares[tx][1].participants if name != self.name]
        self._deliver(self.draw.choice(others), Inquire(tx))
        if self.bench.ended.get(tx) is False:
            self.fates[tx] = False

    def _come_early(self) -> None:
        """Deliver an inquiry, or an abort, that arrives before the question."""
        tx = self._new()
        others = [name for name in self.prepares[tx][1].participants if name != self.name]
        self.fates[tx] = False
        if self.draw.random() < 0.7:
            self._deliver(self.draw.choice(others), Inquire(tx))
        else:
            self._deliver(self.prepares[tx][0], Decision(tx, False))

    def _wait(self) -> None:
        self.bench.wait(self.draw.choice((1, 30, 75, 170)))


def _stay_in_doubt(kind: type[Node]) -> None:
    """Leave a participant in doubt for a long time, ask it again and again, and tell it the outcome at last."""
    prepare = Prepare(5, (("x", 0),), ("b", "a"))
    bench = Bench(kind, "a", ["b", "boss"])
    bench.deliver("boss", prepare)
    for _ in range(40):
        bench.deliver("b", Inquire(5))
    for _ in range(20):
        bench.wait(_SILENCE * INQUIRY_MS / 20)
        bench.look()
    bench.deliver("b", Inquire(5))
    bench.deliver("boss", prepare)
    bench.deliver("b", Decision(5, True))
    for _ in range(40):
        bench.deliver("boss", Decision(5, True))
        bench.deliver("b", Inquire(5))
        bench.look()
    bench.wait(10 * INQUIRY_MS)


def _remember(kind: type[Node]) -> None:
    """Start a participant from a long log, and ask it about the first, the middle and the last transaction."""
    log: list[object] = []
    for tx in range(_LONG):
        log.append(Prepared(tx, ((f"k{tx % 7}", tx),), "boss", ("b", "a")))
        log.append(Outcome(tx, tx % 3 != 0))
    log += [Prepared(_LONG + n, ((f"open {n}", n),), "boss", ("b", "a")) for n in range(3)]
    bench = Bench(kind, "a", ["b", "boss"], log)
    bench.look()
    for tx in (0, 1, _LONG // 2, _LONG - 1):
        bench.deliver("b", Inquire(tx))
        bench.deliver("boss", Prepare(tx, ((f"k{tx % 7}", tx),), ("b", "a")))
    bench.wait(2 * INQUIRY_MS)
    for tx in bench.in_doubt():
        bench.deliver("boss", Decision(tx, True))
    bench.look()
    bench.wait(10 * INQUIRY_MS)
