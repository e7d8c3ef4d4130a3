"""Chapter 11: two users replace a page, each at a primary with its own clock, to be touched."""

from __future__ import annotations

from collections.abc import Sequence

from dscourse.core.properties import unless
from dscourse.core.verdict import Verdict
from dscourse.experiments.what_was_done import not_alone
from dscourse.node import Node, cluster
from dscourse.protocols.conflict_rules import LastWriterWins
from dscourse.protocols.multi_primary import DeltaStored, contents
from dscourse.protocols.stores import StoreClient
from dscourse.sim import At, Constant, Network, SetClock, World

__all__ = [
    "acknowledged_after_reading",
    "final_version_stays",
    "keeps_the_draft",
    "no_wrong_clock",
    "page_world",
    "small_errors_alone",
    "stamps",
    "worst_error_ms",
]


def page_world(plan: Sequence[At], rule: type[Node] = LastWriterWins) -> World:
    """Ann writes "draft" at n1 at 100 ms; Bob reads it at n2 at 200 ms and writes "final" there at 300 ms.

    Both read at 500 ms. Messages take 20 ms.

    >>> [op.result for op in page_world([]).history if op.f == "read"]
    ['draft', 'final', 'final']
    """
    users = [StoreClient("Ann", "n1"), StoreClient("Bob", "n2")]
    world = World([*users, *cluster(rule, 2)], network=Network(Constant(20)), plan=list(plan))
    world.submit("Ann", [("write", "page", "draft")], start_ms=100)
    world.submit("Ann", [("read", "page")], start_ms=500)
    world.submit("Bob", [("read", "page")], start_ms=200)
    world.submit("Bob", [("write", "page", "final")], start_ms=300)
    world.submit("Bob", [("read", "page")], start_ms=500)
    return world.run(until_ms=600)


def acknowledged_after_reading(world: World) -> bool:
    """Return True if Bob read the draft, and his final version was acknowledged."""
    bob = [op for op in world.history.ok if op.process == "Bob"]
    read = [op for op in bob if op.f == "read" and op.result == "draft"]
    return any(op.f == "write" and any(one.before(op) for one in read) for op in bob)


def keeps_the_draft(world: World) -> bool:
    """Return True if both primaries end with the draft, although Bob had read it when he replaced it."""
    pages = _pages(world)
    return pages == {"n1": "draft", "n2": "draft"} and acknowledged_after_reading(world)


def worst_error_ms(world: World) -> float:
    """Return by how many ms a clock was wrong at most, in either direction, until the end; 0 if none was.

    A clock that drifts is the more wrong the longer it runs.

    >>> worst_error_ms(page_world([At(100, SetClock("n1", skew_ms=5, drift_ppm=100_000))]))
    65.0
    """
    errors = [0.0]
    clocks: dict[str, SetClock] = {}
    for event in world.trace.kinds("fault"):
        if isinstance(event.what, SetClock):
            before, clocks[event.what.node] = clocks.get(event.what.node), event.what
            errors += [_error_ms(clock, event.time_ms) for clock in (before, event.what) if clock]
    return max([*errors, *(_error_ms(clock, world.now_ms) for clock in clocks.values())])


def _error_ms(clock: SetClock, true_ms: float) -> float:
    return abs(clock.skew_ms + clock.drift_ppm * true_ms / 1e6)


def small_errors_alone(world: World, most_ms: float = 150) -> Verdict:
    """Return True if clocks alone were set, and none was ever wrong by more than ``most_ms``; otherwise why not."""
    worst = worst_error_ms(world)
    large = f"a clock is wrong by {worst:g} ms" if worst > most_ms else ""
    return unless("small errors alone", not_alone(world, SetClock) or large)


def no_wrong_clock(world: World) -> Verdict:
    """Return True if no clock was ever wrong; otherwise why not."""
    worst = worst_error_ms(world)
    return unless("no wrong clock", f"a clock is wrong by {worst:g} ms" if worst else "")


def final_version_stays(world: World) -> Verdict:
    """Judge that Bob's version is at both primaries in the end; unknown unless he read the draft and was answered."""
    model, pages = "Bob's version at both primaries", _pages(world)
    if not acknowledged_after_reading(world):
        return Verdict(
            model, None, "Bob has not read the draft, or his version is not acknowledged"
        )
    if pages == {"n1": "final", "n2": "final"}:
        return Verdict(model, True)
    ends = ", ".join(f"{name} ends with {page!r}" for name, page in pages.items())
    refuting = tuple(op.id for op in world.history if op.value == "final")
    return Verdict(model, False, f"{ends}; {stamps(world)}", refuting=refuting)


def _pages(world: World) -> dict[str, str | None]:
    """Return the page at each primary; of one that is down, as it was before."""
    return {name: data.get("page") for name, data in contents(world.nodes).items()}


def stamps(world: World) -> str:
    """Return the timestamps of the two writes in words, of several the latest; no primary stores an older write."""
    times: dict[str, float] = {}
    for name in ("n1", "n2"):
        for record in world.log(name):
            if isinstance(record, DeltaStored):
                value, time = record.delta.value, record.delta.time
                times[value] = max(time, times.get(value, time))
    draft, final = times.get("draft"), times.get("final")
    if draft is None or final is None:
        kept, late = ("final version", "draft") if draft is None else ("draft", "final version")
        return f"the {kept} bears the time {max(times.values()):g}, later than that of the {late}"
    equal = ": of equal times, that of the higher name wins" if draft == final else ""
    return f"the draft bears the time {draft:g}, the final version {final:g}{equal}"
