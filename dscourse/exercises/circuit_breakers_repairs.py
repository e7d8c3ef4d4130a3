"""Two repairs of chapter 09: a circuit breaker that lets one probe through, and retries within a budget."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from dscourse import sim
from dscourse.breaker import CircuitBreaker, ConsecutiveFailures, Permit, State
from dscourse.exercises.kit import Exercise, Prediction, Wrong, plain
from dscourse.experiments.circuit_breakers import rates, report
from dscourse.protocols.service_tiers import Back, Tier, Users
from dscourse.show import Picture, Span, traffic

__all__ = ["EXERCISES", "PREDICTIONS", "storm_world"]

PREDICTIONS: tuple[Prediction, ...] = ()

# --- 09.6: one probe -----------------------------------------------------------------------------

_LONGEST = 12
_STEPS = {
    "ask": "somebody asks", "good": "the oldest call ends well", "bad": "the oldest call fails",
    "wait": "1,000 ms pass",
}  # fmt: skip


class _Pair:
    """The learner's breaker beside ours, and the calls under way."""

    def __init__(self, theirs: Any) -> None:
        self.theirs = theirs
        self.ours = CircuitBreaker(ConsecutiveFailures(2), open_ms=1_000)
        self.calls: list[Permit] = []
        self.now_ms = 0.0

    def possible(self) -> Iterator[str]:
        """What can happen now. A probe ends before more time passes; calls from before it opened are left out."""
        yield "ask"
        if self.calls:
            yield from ("good", "bad")
        if self.ours.state is not State.CLOSED and not self.calls:
            yield "wait"

    def after(self, step: str) -> tuple[_Pair, str | None]:
        """The pair after this step, and what is wrong about the learner's."""
        pair = copy.deepcopy(self)
        if step == "wait":
            pair.now_ms += 1_000
            return pair, None
        if step == "ask":
            return pair, pair.ask()
        permit = pair.calls.pop(0)
        pair.ours.record(permit, pair.now_ms, step == "good")
        pair.theirs.record(pair.now_ms, step == "good")
        pair.calls = [call for call in pair.calls if call.stay == pair.ours.stay]
        return pair, None

    def ask(self) -> str | None:
        before = self.ours.state
        permit = self.ours.allow(self.now_ms)
        theirs = plain(self.theirs.allow(self.now_ms))
        if not isinstance(theirs, bool):
            return f"`allow` must return True or False, not {theirs!r:.40}"
        if permit is not None:
            self.calls.append(permit)
        if theirs == (permit is not None):
            return None
        return f"you {'allow' if theirs else 'refuse'} this call, but {_reason(self.ours, before)}"


def _reason(ours: CircuitBreaker, before: State) -> str:
    if ours.state is State.CLOSED:
        return "the circuit is closed"
    if ours.state is State.OPEN:
        return "the circuit is open, and its time is not over"
    return "it is the one probe" if before is State.OPEN else "the one probe is under way"


def _judge_probe(breaker: Any) -> Wrong | None:
    """Every script of steps up to twelve, shortest first; what differs in nothing is followed once."""
    if not isinstance(breaker, type):
        return Wrong("`OneProbe` must be a class.")
    level: list[tuple[_Pair, tuple[str, ...]]] = [(_Pair(breaker()), ())]
    for _ in range(_LONGEST):
        following: dict[str, tuple[_Pair, tuple[str, ...]]] = {}
        for pair, script in level:
            for step in pair.possible():
                after, wrong = pair.after(step)
                if wrong is not None:
                    return Wrong(f"{_told((*script, step))}: {wrong}.")
                following.setdefault(_seen(after), (after, (*script, step)))
        level = list(following.values())
    return None


def _seen(pair: _Pair) -> str:
    """What distinguishes one pair from another, as text."""
    return repr((pair.ours, vars(pair.theirs), pair.calls, pair.now_ms))


def _told(script: tuple[str, ...]) -> str:
    text = ", ".join(_STEPS[step] for step in script)
    return f"Limit 2, open for 1,000 ms. {text[0].upper()}{text[1:]}"


_ONE_PROBE = """class OneProbe:
    def __init__(self):
        self.state, self.failures, self.opened_ms = "closed", 0, 0

    def allow(self, now_ms):
        if self.state == "open" and now_ms - self.opened_ms >= 1_000:
            self.state = "half-open"
{allow}
    def record(self, now_ms, ok):
        self.failures = 0 if ok else self.failures + 1
        if ok:
            self.state = "closed"
        elif self.failures >= 2 or self.state == "half-open":
            self.state, self.opened_ms = "open", now_ms
"""
_STUB_ALLOW = '        return self.state != "open"\n'
_SOLUTION_ALLOW = '            return True\n        return self.state == "closed"\n'

# --- 09.7: within a budget -----------------------------------------------------------------------

_UNTIL_MS, _STALL_MS, _RESUME_MS, _BACK_MS = 40_000, 10_000, 13_000, 30_000
_STALL = Span(_STALL_MS, _RESUME_MS, "back end stands still")


def storm_world(policy: Any, loss: float = 0.0) -> sim.World:
    """Users, two tiers that retry by ``policy``, and a back end that stands still from 10 to 13 s, if nothing is lost.

    >>> from dscourse.breaker import RetryAtOnce
    >>> storm_world(RetryAtOnce(1)).nodes["middle"].begun
    798
    """
    users = Users("users", "front", until_ms=_UNTIL_MS)
    tiers = [Tier("front", "middle", policy, 400), Tier("middle", "back", policy, 400)]
    plan = [sim.At(_STALL_MS, sim.Pause("back")), sim.At(_RESUME_MS, sim.Resume("back"))]
    if loss:
        plan = [sim.At(0, sim.SetLink("middle", "back", loss=loss))]
    return sim.World([users, *tiers, Back("back")], 1, plan=plan).run(_UNTIL_MS + 2_000)


def _drawn(world: sim.World) -> Picture:
    """What users got and what the back end was sent, second by second."""
    nodes = world.nodes
    return traffic(
        rates(nodes, _UNTIL_MS), step_ms=1_000, shaded=[_STALL], sentence=report(nodes, _UNTIL_MS)
    )


def _judge_budget(policy: Any) -> Wrong | None:
    if not isinstance(policy, type):
        return Wrong("`Budget` must be a class.")
    world = storm_world(policy())
    users, front, middle = (world.nodes[name] for name in ("users", "front", "middle"))
    assert isinstance(users, Users)
    assert isinstance(front, Tier)
    assert isinstance(middle, Tier)
    for tier in (front, middle):
        retries, most = len(tier.calls_ms) - tier.begun, 10 + tier.begun // 10
        if retries > most:
            return Wrong(
                f"{tier.id} began {tier.begun:,} jobs and made {retries:,} retries: {most:,} are allowed.",
                _drawn(world),
            )
    late = [end.ok for end in users.ended if end.began_ms >= _BACK_MS]
    if sum(late) < 0.99 * len(late):
        return Wrong(
            f"From 30 s on only {sum(late)} of {len(late)} requests are answered.",
            _drawn(world),
        )
    return _judge_single_losses(policy)


def _judge_single_losses(policy: Any) -> Wrong | None:
    users = storm_world(policy(), loss=0.03).nodes["users"]
    assert isinstance(users, Users)
    answered = sum(end.ok for end in users.ended) / len(users.ended)
    if answered < 0.99:
        return Wrong(
            f"In another run nothing stands still, but 3 of 100 calls to the back end are lost. Only {answered:.1%} of the requests "
            "are answered: retries are for this."
        )
    return None


_BUDGET = """class Budget:
    def __init__(self):
        self.saved = 10

    def first(self):
{first}
    def wait_ms(self, attempt):
{wait}"""

EXERCISES = (
    Exercise(
        id="09.6",
        title="Repair: one probe",
        name="OneProbe",
        stub=_ONE_PROBE.format(allow=_STUB_ALLOW),
        solution=_ONE_PROBE.format(allow=_SOLUTION_ALLOW),
        reasoning="Whoever asks first after the open time is over turns the circuit half-open and is the probe. Everybody else who asks "
        "while it is half-open is refused, until the probe's outcome has closed or opened the circuit. It matters that checking and "
        "changing the state are one step: with threads, one lock around the whole of `allow`. What is still missing is the permit: an "
        "outcome of a call from before the circuit opened would count as the probe's.",
        hints=(
            "In which state does the circuit let everybody through, and who of them is the first?",
            "The caller that changes the state to half-open may go; one that finds it half-open may not.",
        ),
        judge=_judge_probe,
        praise="In every order of calls and outcomes up to twelve steps, one probe goes out and everybody else is refused.",
        lines=5_000_000,
    ),
    Exercise(
        id="09.7",
        title="Repair: a storm within a budget",
        name="Budget",
        stub=_BUDGET.format(
            first="        pass\n", wait="        return (0, 0) if attempt < 3 else None\n"
        ),
        solution=_BUDGET.format(
            first="        self.saved = min(10, self.saved + 0.1)\n",
            wait="        if attempt == 3 or self.saved < 1:\n            return None\n"
            "        self.saved -= 1\n        return (0, 0)\n",
        ),
        reasoning="Each first attempt saves up a tenth of a retry, at most ten of them. While few calls fail, there is always one saved, and "
        "every failure is retried. In a storm everything fails, the savings are gone after ten retries, and the load can grow by a tenth "
        "and no more. No threshold decides which of the two it is.",
        hints=(
            "What must a retry cost, and what may a new job earn?",
            "Ten jobs earn one retry. Without a bound on what can be saved, a quiet day pays for a storm.",
        ),
        judge=_judge_budget,
        praise="Single losses are retried, and a stall of 3 s costs what it must and nothing more.",
        lines=5_000_000,
    ),
)
