"""The judge of a run, and the trial that the same plan gives the same run and verdict."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from dscourse.core.frozen import frozen
from dscourse.core.properties import Property, Ruling
from dscourse.core.verdict import Verdict
from dscourse.node import context_of
from dscourse.sim import World

__all__ = ["Judge", "as_property", "ruling", "try_repeating"]

Judge = Property | Callable[[World], Ruling]


def as_property(judge: Judge | None) -> Property | None:
    """Return the judge as a property. Raise TypeError unless it is one, or a function of a world."""
    if judge is None or isinstance(judge, Property):
        return judge
    if not callable(judge):
        raise TypeError(f"judge={judge!r}: a Property or a function of a world is required")
    return Property(getattr(judge, "__name__", "judge").strip("<>").replace("_", " "), judge)


def ruling(judge: Property | None, of_view: bool, world: World) -> Verdict | None:
    """Return the verdict on the world, or on its final state if the judge looks at a view; None without a judge.

    RuntimeError if the judge lets the world run on or changes it: the picture would be of another run than the
    plan's.
    """
    if judge is None:
        return None
    before, state = (len(world.trace), world.now_ms), _state(world)
    verdict = judge.judge(world.view() if of_view else world)
    if (len(world.trace), world.now_ms) != before:
        raise RuntimeError(
            f"the judge {judge.name!r} let the world run on: it must do so with a copy, world.clone()"
        )
    changed = [name for name, form in _state(world).items() if state[name] != form]
    if changed:
        raise RuntimeError(
            f"the judge {judge.name!r} changed {' and '.join(changed)}: it must only read, or change a copy"
        )
    return verdict


def _state(world: World) -> dict[str, Hashable]:
    """Return the parts of a world that a judge could change, in a form to compare: its nodes and pending events."""
    forms = {name: _form([node, context_of(node).effects]) for name, node in world.nodes.items()}
    return {**forms, "the pending events": tuple(event.id for event in world.pending())}


def _form(data: object) -> Hashable:
    try:
        return frozen(data)
    except (
        Exception
    ):  # a learner's node may hold anything; what cannot be compared counts as unchanged
        return None


def try_repeating(
    outcome: Callable[[], tuple[World, Verdict | None]], world: World, verdict: Verdict | None
) -> None:
    """Raise RuntimeError, in words, unless ``outcome()`` is this world's run and verdict again."""
    other, again = outcome()
    if other.trace.hash() != world.trace.hash():
        raise RuntimeError(
            "build is nondeterministic: it returned two different runs for the same plan; "
            "give its world the same seed and the same nodes each time"
        )
    if again is not None and verdict is not None and again.ok is not verdict.ok:
        raise RuntimeError("the judge is nondeterministic: it gave two verdicts on the same run")
