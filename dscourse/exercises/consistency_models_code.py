"""The exercises of chapter 04 that ask for a function: a sequential model, and when an update may be delivered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

from dscourse import checkers
from dscourse.checkers.models import ILLEGAL, Model
from dscourse.clocks import VectorClock
from dscourse.exercises.kit import Exercise, Prediction, Wrong, plain
from dscourse.history import History, Op
from dscourse.node import Node, cluster
from dscourse.protocols.causal_store import CausalStore, Update
from dscourse.protocols.stores import StoreClient
from dscourse.show import Picture, intervals, spacetime
from dscourse.sim import Constant, Link, Network, World
from dscourse.sim.streams import stream

__all__ = ["EXERCISES", "PREDICTIONS", "conversation"]

PREDICTIONS: tuple[Prediction, ...] = ()

# --- 04.5: the model of an account ---------------------------------------------------------------

Step = Callable[[Any, Op], Any]


class Account(Model):
    """A balance, with the step of a learner."""

    name = "account"
    initial = 0
    operations = frozenset({"deposit", "withdraw", "read"})
    by_key = False

    def __init__(self, step: Step) -> None:
        self._step = step

    def step(self, state: Any, op: Op) -> Any:
        return self._step(state, op)


def _account(balance: int, op: Op) -> Any:
    """What the account of exercise 04.5 does."""
    known = op.status == "ok"
    if op.f == "deposit":
        return balance + op.value  # type: ignore[operator]
    if op.f == "withdraw":
        enough = balance >= op.value  # type: ignore[operator]
        if known and op.result != enough:
            return ILLEGAL
        return balance - op.value if enough else balance  # type: ignore[operator]
    return balance if not known or op.result == balance else ILLEGAL


def _judge_step(step: Any) -> Wrong | None:
    for balance, op in _single_steps():
        wanted, got = _account(balance, op), plain(step(balance, op))
        if type(got) is not type(wanted) or got != wanted:
            return Wrong(
                f"With a balance of {balance}, {_told(op)} should give {wanted!r}, not {got!r}. {_why(balance, op)}"
            )
    for seed in range(150):
        history = _banking(seed)
        verdicts = [
            checkers.linearizable_by_search(history, Account(one)).ok for one in (_account, step)
        ]
        if verdicts[0] != verdicts[1]:
            return Wrong(
                f"Of this history the checker says {verdicts[1]} with your step; it should say {verdicts[0]}.",
                intervals(history, names=True),
            )
    return None


def _single_steps() -> Iterator[tuple[int, Op]]:
    """A balance and an operation; results that are right, wrong and unknown."""
    for balance, amount in product((50, 0, 80), (20, 80)):
        yield balance, _op("deposit", amount, None)
    for balance, result in product((50, 0), (50, 0, 70)):
        yield balance, _op("read", None, result)
    for balance, amount, result in product((50, 80), (20, 80), (True, False)):
        yield balance, _op("withdraw", amount, result)
    for balance, amount in product((50, 80), (20, 80)):
        yield balance, _op("withdraw", amount, None, "unknown")
    yield 50, _op("deposit", 20, None, "unknown")
    yield 50, _op("read", None, None, "unknown")


def _op(f: str, value: object, result: object, status: str = "ok") -> Op:
    return Op(0, "c", f, None, value, status, result, 0, 1)


def _told(op: Op) -> str:
    end = "of unknown outcome" if op.status == "unknown" else f"→ {op.result}"
    return (
        f"`{op.describe()} {end}`"
        if op.f != "deposit" or op.status != "ok"
        else f"`{op.describe()}`"
    )


def _why(balance: int, op: Op) -> str:
    """What decides this case, in a sentence."""
    if op.status == "unknown":
        return (
            "Its result is not known, so none is illegal; it changes the balance as it always does."
        )
    if op.f == "withdraw" and op.value > balance:  # type: ignore[operator]
        return "There is not enough money: it can only return False, and takes nothing."
    if op.f == "withdraw":
        return "There is enough money: it can only return True, and takes it."
    return "A read returns the balance." if op.f == "read" else "A deposit adds to the balance."


def _banking(seed: int) -> History:
    """A random small history of an account, of three clients; some are linearizable."""
    draws = stream(seed, "account")
    ops: list[Op] = []
    for client in "abc":
        at = int(4 * draws.random())
        for _ in range(2):
            f = ("deposit", "withdraw", "read")[int(3 * draws.random())]
            end = at + 1 + int(6 * draws.random())
            result = {
                "deposit": None,
                "withdraw": draws.random() < 0.5,
                "read": 10 * int(4 * draws.random()),
            }[f]
            value = None if f == "read" else 10 * (1 + int(2 * draws.random()))
            status = "unknown" if draws.random() < 0.15 else "ok"
            known = result if status == "ok" else None
            ops.append(
                Op(
                    len(ops),
                    client,
                    f,
                    None,
                    value,
                    status,
                    known,
                    3 * at,
                    3 * end,
                    3.0 * at,
                    3.0 * end,
                )
            )
            at = end + 1 + int(3 * draws.random())
    return History(ops)


# --- 04.6: when an update may be delivered -------------------------------------------------------

Deliverable = Callable[[VectorClock, str, VectorClock], bool]


def conversation(store: type[Node]) -> World:
    """A post, a comment on it by somebody who read it, and a third client near whom the post arrives late.

    >>> [op.result for op in conversation(CausalStore).history.by_process("c3")]
    [None, None, 'C', 'P']
    """
    network = Network(Constant(5), links={("n1", "n3"): Link(Constant(40))})
    clients = [StoreClient(f"c{n}", f"n{n}") for n in (1, 2, 3)]
    world = World([*clients, *cluster(store, ["n1", "n2", "n3"])], network=network)
    world.submit("c1", [("write", "post", "P")], start_ms=1)
    world.submit("c2", [("read", "post"), ("write", "comment", "C")], start_ms=10, think_ms=1)
    for start_ms in (22, 50):
        world.submit("c3", [("read", "comment"), ("read", "post")], start_ms, think_ms=2)
    return world.run(until_ms=60)


def _judge_deliverable(deliverable: Any) -> Wrong | None:
    for clock, origin, mine in _cases():
        wanted, got = _right(clock, origin, mine), plain(deliverable(clock, origin, mine))
        if got is not wanted:
            call = f"deliverable({clock}, {origin!r}, {mine})"
            return Wrong(
                f"{call} returned {got!r}; it should be {wanted}. {_reason(clock, origin, mine)}",
                _talk(deliverable),
            )
    return None


def _right(clock: VectorClock, origin: str, mine: VectorClock) -> bool:
    others = {name: count for name, count in clock.items() if name != origin}
    return clock[origin] == mine[origin] + 1 and VectorClock(others) <= mine


def _cases() -> list[tuple[VectorClock, str, VectorClock]]:
    """An update's clock and origin, and the clock of a replica, of three nodes with counts to 2; plain ones first."""
    clocks = [VectorClock({"n1": a, "n2": b, "n3": c}) for a, b, c in product(range(3), repeat=3)]
    cases = [(c, origin, m) for c in clocks for m in clocks for origin in c]
    return sorted(cases, key=lambda case: sum(case[0].values()) + sum(case[2].values()))


def _reason(clock: VectorClock, origin: str, mine: VectorClock) -> str:
    """What decides this case, in a sentence."""
    if clock[origin] <= mine[origin]:
        return f"Write {clock[origin]} of {origin} has been applied here."
    if clock[origin] > mine[origin] + 1:
        return f"Write {mine[origin] + 1} of {origin} has to come first."
    for name, count in clock.items():
        if name != origin and count > mine[name]:
            return f"Its writer had seen write {count} of {name}, and here there are {mine[name]}."
    return "All that its writer had seen has been applied here."


def _talk(deliverable: Deliverable) -> Picture | None:
    """The conversation with this rule, if the rule breaks it."""

    class Ruled(CausalStore):
        def deliverable(self, update: Update) -> bool:
            return bool(deliverable(update.clock, update.origin, self.clock))

    world = conversation(Ruled)
    verdict = checkers.causal(world.history)
    if verdict.ok is not False:
        return None
    return spacetime(world.trace, timers=False, labels=False, highlight=verdict.refuting)


_STEP_SOLUTION = """def step(balance, op):
    known = op.status == "ok"
    if op.f == "deposit":
        return balance + op.value
    if op.f == "withdraw":
        enough = balance >= op.value
        if known and op.result != enough:
            return ILLEGAL
        return balance - op.value if enough else balance
    return balance if not known or op.result == balance else ILLEGAL
"""

_DELIVERABLE_STUB = """def deliverable(clock, origin, mine):
    return clock[origin] == mine[origin] + 1
"""

_DELIVERABLE_SOLUTION = """def deliverable(clock, origin, mine):
    if clock[origin] != mine[origin] + 1:
        return False
    return all(clock[name] <= mine[name] for name in clock if name != origin)
"""

EXERCISES = (
    Exercise(
        id="04.5",
        title="The rules of an account",
        name="step",
        stub="def step(balance, op):\n    return balance\n",
        solution=_STEP_SOLUTION,
        reasoning="A step answers two questions: could the operation have had this result now, and what is the state after it? A "
        "withdrawal that returned True needs enough money, one that returned False needs too little. An operation of unknown "
        "outcome has no result that could be wrong, but it changes the state as ever. This is all that the checker knows of "
        "accounts; orders, intervals and clients are its own business.",
        hints=(
            "First: the state after the operation, whatever its result. Then: for which results could it not have been so?",
            "A result may be illegal only if the status is ok. For a withdrawal, compare the result with whether the balance "
            "covers the amount.",
        ),
        judge=_judge_step,
        praise="With your step the checker judged 150 histories of an account, some of them with unknown outcomes.",
        names={"ILLEGAL": ILLEGAL},
        lines=2_000_000,
    ),
    Exercise(
        id="04.6",
        title="When may an update be applied?",
        name="deliverable",
        stub=_DELIVERABLE_STUB,
        solution=_DELIVERABLE_SOLUTION,
        reasoning="The entry of the origin says which of its writes this is: it must be the next one, not one that was applied and not one "
        "with a gap before it. The other entries say what the writer had seen: all that must have been applied here. Comparing "
        "the whole clocks does not do it, because the update itself is not applied yet.",
        hints=(
            "The stub keeps the order of each writer's own writes. Look at the comment in the picture: what had its writer seen?",
            "For each node other than the origin: how many of its writes had the writer seen, and how many are applied here?",
        ),
        judge=_judge_deliverable,
        praise="It agrees with the rule on all small clocks of three nodes.",
        lines=1_000_000,
    ),
)  # fmt: skip
