"""The predictions of chapter 01, and the exercises that have one answer or a fault plan for an answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dscourse.exercises.kit import Exercise, Prediction, Wrong
from dscourse.protocols.payments import charges
from dscourse.protocols.textbook.payments import Account, RetryingClient
from dscourse.show import spacetime
from dscourse.sim import (
    At,
    Constant,
    Crash,
    CrashDuring,
    Cut,
    Fault,
    Hold,
    Link,
    Network,
    Partition,
    Pause,
    Release,
    Restart,
    Resume,
    SetLink,
    World,
)  # fmt: skip
from dscourse.sim.faults import check_plan

__all__ = ["EXERCISES", "PREDICTIONS", "naive_world"]

PREDICTIONS = (
    Prediction(
        "01.1",
        "A client asks a bank to pay, and hears nothing for 60 ms. It asks again, under the same number. What can be true "
        "when the second request leaves?",
        {
            "A": ("nothing was paid: otherwise there would have been an answer",
                  "The answer itself may have been lost, or may be slow."),
            "B": ("the payment was made once, or not at all, and the client cannot tell which",
                  "This is so. From outside, a lost request, a lost answer, a slow bank and a dead bank look alike."),
            "C": ("the bank is down: a bank that is up would have answered",
                  "A bank that is up may be slow, and its answer may be lost."),
            "D": ("nothing to worry about: the second request has the same number, so it is not paid again",
                  "Only if the bank remembers the numbers that it has seen. This one does not."),
        },
        "B",
    ),
    Prediction(
        "01.2",
        "One answer in a hundred is slow. A page needs the answers of 100 servers and waits for all of them. How many of "
        "its requests are slow?",
        {
            "A": ("about 1 in 100, as before", "Each server is slow that often, but the page waits for the slowest of 100."),
            "B": ("about 1 in 10", "The chance that all 100 are fast is 0.99 to the power of 100, which is about 0.37."),
            "C": ("about 6 in 10", "This is so: 1 - 0.99^100 is about 0.63."),
            "D": ("nearly all", "That takes about 460 servers: 1 - 0.99^460 is about 0.99."),
        },
        "C",
    ),
)  # fmt: skip

_LOSS = 0.2


def _success(attempts: int) -> float:
    """The chance that one of these attempts gets an answer, if each message is lost with probability 0.2."""
    return float(1 - (1 - (1 - _LOSS) ** 2) ** attempts)


def _judge_attempts(answer: Any) -> Wrong | None:
    if isinstance(answer, bool) or not isinstance(answer, int) or answer < 1:
        return Wrong(f"{answer!r} is no number of attempts: it must be a whole number, 1 or more.")
    share = 100 * _success(answer)
    if share < 99.9:
        return Wrong(f"With {answer} attempts {share:.2f} % of the calls are answered: too few.")
    if 100 * _success(answer - 1) >= 99.9:
        return Wrong(f"{answer} attempts are enough ({share:.3f} %), but fewer are enough too.")
    return None


_MISTAKEN: tuple[tuple[Callable[[float, int], float], str], ...] = (
    (lambda share, servers: share * servers, "Adding counts a page with two slow servers twice."),
    (lambda share, servers: share**servers, "That is how often all of them are slow at once."),
    (lambda share, servers: (1 - share) ** servers, "That is the share of pages that are fast."),
)


def _judge_slow_share(function: Any) -> Wrong | None:
    for share, servers in ((0.01, 100), (0.01, 1), (0.0, 50), (1.0, 3), (0.5, 2), (0.001, 2000)):
        got = function(share, servers)
        wanted = 1 - (1 - share) ** servers
        if not _close(got, wanted):
            why = [why for rule, why in _MISTAKEN if _close(got, rule(share, servers))]
            return Wrong(
                f"slow_share({share}, {servers}) returned {got!r}; it should be {wanted:.6g}. {''.join(why)}".rstrip()
            )
    return None


def _close(got: Any, wanted: float) -> bool:
    return isinstance(got, int | float) and abs(got - wanted) <= 1e-9


def naive_world(plan: list[At]) -> World:
    """The client that retries and the bank that executes everything, one payment at 1 ms, messages take 10 ms."""
    nodes = [RetryingClient("ann", "bank", timeout_ms=30, attempts=3), Account("bank")]
    world = World(nodes, network=Network(client=Link(Constant(10.0))), plan=plan)
    return world.submit("ann", [("pay", None, 10)], start_ms=1).run(
        until_ms=10_000, max_events=20_000
    )


def _cuts_answers(fault: Fault) -> bool:
    return isinstance(fault, Partition) or (isinstance(fault, Cut) and fault.source == "bank")


def _judge_plan(plan: Any) -> Wrong | None:
    if not isinstance(plan, list) or not all(isinstance(entry, At) for entry in plan):
        return Wrong("`plan` must be a list of At(ms, fault).")
    try:
        check_plan(plan, ["ann", "bank"])
    except LookupError as error:
        return Wrong(f"{error}.")
    if any(_cuts_answers(entry.fault) for entry in plan):
        return Wrong(
            "A cut from the bank to ann is the way that the chapter has shown. Find another."
        )
    if len(plan) > 4:
        return Wrong(f"Your plan has {len(plan)} entries; it can be done with 4 or fewer.")
    world = naive_world(plan)
    times = charges(world.log("bank"))[0]
    if times < 2:
        word = {0: "never charged", 1: "charged once"}[times]
        return Wrong(
            f"The bank {word}; the payment ended as {world.history[0].outcome()}.",
            spacetime(world.trace),
        )
    return None


_FAULTS = (Crash, CrashDuring, Cut, Hold, Partition, Pause, Release, Restart, Resume, SetLink)

EXERCISES = (
    Exercise(
        id="01.3",
        title="How many attempts?",
        name="attempts",
        stub="attempts = None\n",
        solution="attempts = 7\n",
        reasoning="One attempt needs two messages, and each gets through with probability 0.8, so an attempt is answered with "
        "probability 0.64. All of n attempts go unanswered with probability 0.36 to the power of n, which is below "
        "0.001 from n = 7 on (0.00078). Note what it buys: seven attempts make 99.9 % out of 64 %, as long as the "
        "losses are independent. In an outage they are not.",
        hints=(
            "An attempt fails if its request or its answer is lost. How likely is it that both get through?",
            "All attempts must fail for the call to fail. Multiply.",
        ),
        judge=_judge_attempts,
        praise="Losses that come one by one are cheap to hide. Losses that come together, in an outage, are not.",
    ),
    Exercise(
        id="01.4",
        title="The tail of a fan-out",
        name="slow_share",
        stub="def slow_share(share, servers):\n    return share\n",
        solution="def slow_share(share, servers):\n    return 1 - (1 - share) ** servers\n",
        reasoning="The page is fast only if every server is. If they are slow independently, that has the probability "
        "(1 - share) to the power of servers, and the page is slow otherwise.",
        hints=(
            "First ask how often the page is fast.",
            "All servers must be fast at once; if they are independent, their probabilities multiply.",
        ),
        judge=_judge_slow_share,
        praise="A rare slowness of one server is a common slowness of a page that needs many.",
    ),
    Exercise(
        id="01.5",
        title="Break the client that retries",
        name="plan",
        stub="plan = []\n",
        solution='plan = [At(5, Pause("bank")), At(40, Resume("bank"))]\n',
        reasoning="The bank stands still when the first request arrives, so there is no answer and the client asks again. When the "
        "bank goes on, both requests wait for it, and it executes both. Nothing was lost and nothing crashed: slowness "
        "is enough. A crash of the bank between its log record and its answer does it too, and so does a network that "
        "repeats the request.",
        hints=(
            "The payment must be executed, and the client must not learn of it before it asks again.",
            "A slow bank will do: what if it stands still from 5 ms to 40 ms? So will a crash between its two effects, "
            "the record and the answer.",
        ),
        judge=_judge_plan,
        praise="The client did nothing wrong that it could have known of: the bank has to remember.",
        names={kind.__name__: kind for kind in (At, *_FAULTS)},
    ),
)
