"""The circuit breaker against a plain model that stores all outcomes and counts them each time; its mutants."""

from __future__ import annotations

import inspect
import random
import textwrap
from dataclasses import dataclass, field

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from dscourse.breaker import CircuitBreaker, ConsecutiveFailures, FailureRate, Permit, circuit

CLOSED, OPEN, HALF_OPEN = circuit.CircuitState


@dataclass
class Plain:
    """The breaker of the documentation, with lists."""

    breaker: CircuitBreaker
    state: circuit.CircuitState = CLOSED
    stay: int = 0
    since: float = 0
    outcomes: list[tuple[bool, bool]] = field(default_factory=list)
    probes: dict[Permit, bool] = field(default_factory=dict)
    last: float = 0

    def go(self, state: circuit.CircuitState, now: float) -> None:
        self.state, self.since, self.stay = state, now, self.stay + 1
        self.outcomes, self.probes = [], {}

    def allow(self, now: float) -> bool:
        open_ms = self.breaker.open_ms
        if self.state is OPEN and now - self.since >= open_ms:
            self.go(HALF_OPEN, now)
        elif self.state is HALF_OPEN and self.full() and now - self.last >= open_ms:
            self.go(OPEN, now)
        return self.state is CLOSED or (self.state is HALF_OPEN and not self.full())

    def full(self) -> bool:
        return len(self.probes) == self.breaker.probes

    def given(self, permit: Permit) -> None:
        if self.state is HALF_OPEN:
            self.probes[permit], self.last = False, permit.began_ms

    def record(self, permit: Permit, now: float, ok: bool) -> None:
        if permit.stay != self.stay:
            return
        slow_ms = self.breaker.slow_ms
        slow = slow_ms is not None and now - permit.began_ms >= slow_ms
        if self.state is CLOSED:
            self.outcomes.append((not ok, slow))
            if self.trips():
                self.go(OPEN, now)
        elif not ok or slow:
            self.go(OPEN, now)
        else:
            self.probes[permit] = True
            if self.full() and all(self.probes.values()):
                self.go(CLOSED, now)

    def trips(self) -> bool:
        by = self.breaker.rule
        if hasattr(by, "limit"):
            last = self.outcomes[-by.limit :]
            return len(last) == by.limit and all(map(any, last))
        last = self.outcomes[-by.size :]
        failed, slow = (sum(kind) for kind in zip(*last, strict=True))
        return len(last) >= by.minimum and (
            failed / len(last) >= by.rate or slow / len(last) >= by.slow_rate
        )


def breakers() -> st.SearchStrategy[CircuitBreaker]:
    """Breakers with small settings, of both rules."""
    rules = st.one_of(
        st.integers(1, 4).map(ConsecutiveFailures),
        st.tuples(st.integers(1, 6), st.sampled_from([0.2, 0.5, 1.0]), st.integers(1, 6), st.sampled_from([0.3, 1.0]))
        .filter(lambda found: found[2] <= found[0]).map(lambda found: FailureRate(*found)),
    )  # fmt: skip
    return st.builds(CircuitBreaker, rules, st.just(100.0), st.integers(1, 3), st.just(20.0))


class Machine(RuleBasedStateMachine):
    """Calls begin, end and are given up in any order; breaker and model say the same."""

    @initialize(breaker=breakers())
    def begin(self, breaker: CircuitBreaker) -> None:
        self.breaker, self.plain, self.now = breaker, Plain(breaker), 0.0
        self.under_way: list[Permit] = []

    @rule(passed=st.sampled_from([0, 1, 20, 99, 100]))
    def wait(self, passed: int) -> None:
        self.now += passed

    @rule()
    def ask(self) -> None:
        permit = self.breaker.allow(self.now)
        assert (permit is not None) == self.plain.allow(self.now)
        if permit is not None:
            permit = self.distinct(permit)
            self.plain.given(permit)
            self.under_way.append(permit)

    def distinct(self, permit: Permit) -> Permit:
        """The same permit as an object that is equal to no other: two calls may begin in the same ms."""
        self.now += 2**-20
        return permit._replace(began_ms=self.now)

    @precondition(lambda self: self.under_way)
    @rule(index=st.integers(0, 9), ok=st.booleans())
    def end(self, index: int, ok: bool) -> None:
        permit = self.under_way.pop(index % len(self.under_way))
        self.breaker.record(permit, self.now, ok)
        self.plain.record(permit, self.now, ok)

    @rule(count=st.integers(1, 6), ok=st.booleans())
    def calls(self, count: int, ok: bool) -> None:
        for _ in range(count):
            self.ask()
            if self.under_way:
                self.end(len(self.under_way) - 1, ok)
            assert self.breaker.state is self.plain.state


TestAgainstTheModel = Machine.TestCase
TestAgainstTheModel.settings = settings(
    derandomize=True, database=None, deadline=None, max_examples=150, stateful_step_count=40
)


# --- mutants -------------------------------------------------------------------------------------


def differs(
    breakers: type = CircuitBreaker, rate: type = FailureRate, row: type = ConsecutiveFailures
) -> bool:
    """True if breakers of this class, with rules of these, disagree with the model in some run of random calls."""
    for seed in range(150):
        rng = random.Random(seed)
        window = rng.choice([row(2), rate(4, 0.5, 3, 0.75), rate(3, 1.0, 3)])
        machine = Machine()
        machine.begin(breakers(window, 100.0, rng.choice([1, 2, 3]), 20.0))
        try:
            for _ in range(60):
                machine.wait(rng.choice([0, 0, 1, 20, 50, 100]))
                machine.ask()
                if machine.under_way and rng.random() < 0.7:
                    machine.end(rng.randrange(10), rng.random() < 0.6)
                assert machine.breaker.state is machine.plain.state
        except (AssertionError, KeyError, ValueError):
            return True
    return False


def mutant(kind: type, old: str, new: str) -> type:
    """The class with one piece of its source replaced."""
    source = textwrap.dedent(inspect.getsource(kind))
    assert source.count(old) == 1, f"{old!r} stands {source.count(old)} times in the source"
    space = dict(vars(inspect.getmodule(kind)))
    exec(
        compile(
            "from __future__ import annotations\n" + source.replace(old, new), "mutant", "exec"
        ),
        space,
    )
    return space[kind.__name__]


def test_the_breaker_itself_agrees() -> None:
    assert not differs()


CIRCUIT_MUTANTS = [
    ("if permit.stay != self.stay:", "if False:"),
    ("elif not ok or slow:", "elif not ok:"),
    ("self.permits += 1", "self.permits += 0"),
    ("if self.good == self.probes:", "if self.good >= 1:"),
    (">= self.slow_ms", "> self.slow_ms + 5"),
    ("now_ms - self.since_ms >= self.open_ms", "now_ms - self.since_ms > self.open_ms + 1"),
    ("waits = self.state is OPEN or self.permits == self.probes", "waits = self.state is OPEN"),
    ("waits = self.state is OPEN or self.permits == self.probes", "waits = True"),
    ("        self.permits += 1\n        self.since_ms = now_ms\n", "        self.permits += 1\n"),
    ("self.permits = self.good = 0", "self.permits = 0"),
    ("self.permits = self.good = 0", "self.good = 0"),
    ("        self.stay += 1\n", ""),
    ("= self.good = 0\n        self.rule = self.rule.fresh()\n", "= self.good = 0\n"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new"), CIRCUIT_MUTANTS)
def test_a_breaker_with_one_wrong_line_is_found(old: str, new: str) -> None:
    assert differs(breakers=mutant(CircuitBreaker, old, new))


RATE_MUTANTS = [
    ("if counted < self.minimum:", "if counted <= self.minimum:"),
    ("self.failures / counted >= self.rate", "self.failures / counted > self.rate"),
    ("self.slow / counted >= self.slow_rate", "False"),
    ("failed - (oldest & 1)", "failed"),
    ("slow - (oldest >> 1)", "slow"),
    ("self.calls if self.calls < self.size else self.size", "self.size"),
]


@pytest.mark.parametrize(("old", "new"), RATE_MUTANTS)
def test_a_window_with_one_wrong_line_is_found(old: str, new: str) -> None:
    assert differs(rate=mutant(FailureRate, old, new))


@pytest.mark.parametrize("new", ["failed else 0", "failed or slow else self.count"])
def test_a_count_with_one_wrong_line_is_found(new: str) -> None:
    assert differs(row=mutant(ConsecutiveFailures, "failed or slow else 0", new))
