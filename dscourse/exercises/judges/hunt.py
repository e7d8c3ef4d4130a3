"""A node as an answer, run under many fault plans; a failing run is shown as its smallest plan and its diagram."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from dscourse.core.properties import unless
from dscourse.core.verdict import Verdict
from dscourse.exercises.tasks import Wrong
from dscourse.show import Picture, spacetime
from dscourse.sim import At, Budget, Recover, World, random_plan
from dscourse.sweep.shrinking import shrunk

__all__ = ["hunt", "random_plans"]

_AFTER_MS = 30  # shown after the last operation has ended
_NOT_AGAIN = (
    "Run once more, the same plan does not show it: something outlives a run. What a node knows belongs in its own "
    "attributes and on disk."
)


def random_plans(
    nodes: Iterable[str], budget: Budget, count: int, spared: Iterable[str] = ()
) -> list[list[At]]:
    """Return ``count`` fault plans without a recovery, always the same; the first is empty.

    No fault happens to a node in ``spared``, such as a client, though its links are among the targets.
    """
    names, spared = list(nodes), frozenset(spared)
    unending = replace(budget, recover=False)
    sampled = (random_plan(seed, names, unending) for seed in range(count - 1))
    return [[], *(_sparing(plan, spared) for plan in sampled)]


def _sparing(plan: list[At], spared: frozenset[str]) -> list[At]:
    return [entry for entry in plan if getattr(entry.fault, "node", None) not in spared]


def hunt(
    run: Callable[[list[At]], World],
    complain: Callable[[World], str | None],
    plans: Iterable[list[At]],
    recover_ms: float,
    end_ms: float | Callable[[World], float] = 600,
    draw: Callable[[World], Picture] | None = None,
) -> Wrong | None:
    """Return None if ``complain`` is silent under every plan; else its complaint, a small plan and the diagram.

    ``run(plan)`` returns a world that has run under the plan, to which the recovery of everything at ``recover_ms``
    is added. ``complain(world)`` returns a sentence, or None. The plans are tried from the shortest on, and the first
    that fails is shrunk; while it shrinks, the complaint may change. The diagram ends shortly after the last
    operation, at ``end_ms`` at the latest: a time, or a function of the world. ``draw`` replaces the diagram by
    another picture of the failing world.
    """

    def rerun(plan: list[At]) -> World:
        return run([*plan, At(recover_ms, Recover())])

    def nobody_complains(plan: list[At]) -> Verdict:
        return unless("nobody complains", complain(rerun(plan)))

    for plan in sorted(plans, key=len):
        first = nobody_complains(plan)
        if first:
            continue
        again = nobody_complains(plan)
        if again:
            return Wrong(f"{first.reason} {_in_words(plan, recover_ms)} {_NOT_AGAIN}")
        plan, verdict = shrunk(plan, again, nobody_complains)
        world = rerun(plan)
        picture = draw(world) if draw else _diagram(world, end_ms)
        return Wrong(f"{verdict.reason} {_in_words(plan, recover_ms)}", picture)
    return None


def _diagram(world: World, end_ms: float | Callable[[World], float]) -> Picture:
    last = max((op.returned_ms or op.invoked_ms for op in world.history), default=1.0)
    latest = end_ms(world) if callable(end_ms) else end_ms
    return spacetime(world.trace, end_ms=min(last + _AFTER_MS, latest))


def _in_words(plan: list[At], recover_ms: float) -> str:
    if not plan:
        return "It needs no fault to show it."
    return f"The smallest plan found: {plan}; everything works again from {recover_ms:g} ms on."
