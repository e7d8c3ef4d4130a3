"""Judge of 17.5: a lease that holds by the clock, whatever a pause has delayed."""

from __future__ import annotations

from math import isfinite
from random import Random
from typing import Any

from dscourse.exercises.judges.memory import shared_by_its_class
from dscourse.exercises.tasks import Wrong, plain

__all__ = ["LINES", "judge"]

LINES = 2_000_000
_RUNS, _STEPS = 400, 25


class _Run:
    """A leader's calls in one run, and when its lease ends by the text: the latest of asking plus duration."""

    def __init__(self, kind: Any, draws: Random) -> None:
        self.draws = draws
        self.lasts_ms = draws.choice((8, 48, 120, 120.5, 1_000))
        self.lease = kind(self.lasts_ms)
        self.now_ms = draws.choice((0, 10, 1_000_000.25))
        self.until_ms: float | None = None
        self.open: dict[int, float] = {}  # the rounds asked and not confirmed
        self.closed: list[int] = []
        self.timers: list[tuple[float, int]] = []
        self.story = [f"Lease({self.lasts_ms})"]

    def call(self, name: str, *arguments: Any) -> Any:
        given = ", ".join(f"{one:.10g}" for one in (*arguments, self.now_ms))
        self.story.append(f"{name}({given})")
        return plain(getattr(self.lease, name)(*arguments, self.now_ms))

    def ask(self) -> None:
        number = len(self.open) + len(self.closed)
        self.open[number] = self.now_ms
        self.call("asked", number)

    def confirm(self, number: int) -> str:
        if number in self.open:
            end_ms = self.open.pop(number) + self.lasts_ms
            self.closed.append(number)
            self.until_ms = end_ms if self.until_ms is None else max(self.until_ms, end_ms)
        found = self.call("confirmed", number)
        if not isinstance(found, int | float) or isinstance(found, bool) or not isfinite(found):
            return f"`confirmed` must return a time in ms, not {found!r:.40}"
        self.timers.append((float(found), number))
        return ""

    def fire(self) -> None:
        """Fire a timer that is due, not always the first."""
        due = [timer for timer in self.timers if timer[0] <= self.now_ms]
        if due:
            timer = self.draws.choice(due)
            self.timers.remove(timer)
            self.call("due", timer[1])

    def look(self) -> str:
        found = self.call("holds")
        if not isinstance(found, bool):
            return f"`holds` must return True or False, not {found!r:.40}"
        holds = self.until_ms is not None and self.now_ms < self.until_ms
        if found and not holds:
            over = (
                "no round was confirmed"
                if self.until_ms is None
                else f"it ended at {self.until_ms:.10g} ms"
            )
            return f"at {self.now_ms:.10g} ms the lease still holds: {over}"
        return (
            f"at {self.now_ms:.10g} ms the lease is over: it lasts until {self.until_ms:.10g} ms"
            if holds > found
            else ""
        )

    def step(self) -> str:
        """Let time pass, a pause now and then, and make one drawn call."""
        draws, lasts = self.draws, self.lasts_ms
        self.now_ms += draws.choice((0, lasts / 8, lasts / 4, draws.choice((lasts, 5 * lasts))))
        if self.until_ms is not None and draws.random() < 0.1:  # to the lease's end, or just before
            self.now_ms = max(self.now_ms, self.until_ms - draws.choice((0, 0.25)))
        move = draws.choice(("ask", "confirm", "confirm", "again", "fire", "fire", "look", "look"))
        if move == "ask" or not self.open:
            for _ in range(draws.choice((1, 1, 1, 12))):
                self.ask()
        elif move == "confirm":
            return self.confirm(draws.choice([*self.open])) or self.look()
        elif move == "again" and self.closed:
            return self.confirm(draws.choice(self.closed))
        elif move == "fire":
            self.fire()
        return self.look()


def judge(kind: Any) -> Wrong | None:
    shared = shared_by_its_class(kind)
    if shared:
        return Wrong(f"`{shared}` belongs to the class: two leaders of one process would share it.")
    for seed in range(0, _RUNS, 2):
        wrong = _run(kind, seed) or _run(kind, seed + 1) or _run(kind, seed, beside=seed + 1)
        if wrong is not None:
            return wrong
    return None


def _run(kind: Any, seed: int, beside: int | None = None) -> Wrong | None:
    """Judge a drawn run, alone or while another lease of the class is in use."""
    run = _Run(kind, Random(seed))
    other = None if beside is None else _Run(kind, Random(beside))
    complaint = run.look()
    for _ in range(_STEPS):
        if other is not None:
            other.step()
        complaint = complaint or run.step()
    if not complaint:
        return None
    last = run.story if len(run.story) < 9 else [run.story[0], "…", *run.story[-7:]]
    shared = (
        ""
        if other is None
        else " This happens only while another lease is in use: what a lease knows belongs in its own attributes."
    )
    return Wrong(f"{complaint[0].upper()}{complaint[1:]}. The calls: {', '.join(last)}.{shared}")
