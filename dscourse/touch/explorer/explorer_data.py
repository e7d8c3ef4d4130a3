"""The explorer's display as plain data for the browser: choices, faults, the tree and the properties."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dscourse.core.cards import card
from dscourse.core.verdict import Verdict
from dscourse.sim import World
from dscourse.touch.explorer.branches import Branches, State, lines
from dscourse.touch.explorer.moves import Choice, choices
from dscourse.touch.explorer.outcomes import outcome

__all__ = ["choice_rows", "doubt_html", "fault_rows", "properties_html", "tree_rows"]

_MOST_TRIED = 24  # events of which it is shown what they lead to


def choice_rows(branches: Branches) -> list[dict[str, Any]]:
    """Return the pending events, each with its outcome: effects, violated properties, and a known state if it is one.

    ``message`` is the message's id in the trace, or 0.
    """
    events = [one for one in choices(branches.world) if one.event is not None]
    return [_row(branches, one, number < _MOST_TRIED) for number, one in enumerate(events)]


def _row(branches: Branches, choice: Choice, tried: bool) -> dict[str, Any]:
    event = choice.event
    assert event is not None
    row = {
        "event": event.id,
        "text": choice.text,
        "due_ms": event.due_ms,
        "node": event.node,
        "message": event.message,
        "outcome": "",
        "state": None,
        "violated": [],
    }
    if tried:
        row |= _tried(branches, choice, event.node)
    else:
        row["outcome"] = f"not tried: only the first {_MOST_TRIED} are"
    return row


def _tried(branches: Branches, choice: Choice, node: str) -> dict[str, Any]:
    """Make the move in a copy of the present world, and return what it leads to."""
    world = branches.world.clone()
    try:
        world.replay([choice.move])
        violated = [one.model for one in branches.judge(world) if one.ok is False]
    except Exception as error:  # a learner's protocol or property may raise anything
        return {"outcome": (str(error) or type(error).__name__).splitlines()[0]}
    return {
        "outcome": outcome(branches.world, world, node),
        "state": branches.known(world),
        "violated": violated,
    }


def fault_rows(world: World) -> list[dict[str, Any]]:
    """Return the faults of nodes that are possible now, in words and as values."""
    found = [one for one in choices(world) if one.event is None]
    return [
        {"text": one.text, "node": getattr(one.move, "node", ""), "fault": one.move}
        for one in found
    ]


def tree_rows(branches: Branches) -> list[dict[str, Any]]:
    """Return the visited states as lines of a tree, in order; ``same`` is an earlier state that equals this one."""
    on_path = {state.number for state in branches.here.path}
    return [
        {
            "state": state.number,
            "level": level,
            "text": state.text,
            "parent": None if state.parent is None else state.parent.number,
            "violated": state.violated,
            "judged": bool(state.verdicts),
            "same": None if state.same == state.number else state.same,
            "here": state is branches.here,
            "path": state.number in on_path,
            "other": _is_other(state),
        }
        for state, level in lines(branches.states)
    ]


def _is_other(state: State) -> bool:
    """Return True if another move was made before in the state from which this one was reached."""
    return state.parent is not None and state.parent.children[0] is not state


def doubt_html(branches: Branches) -> str:
    """Return a card that warns of a move on the present path that did not do the same twice; "" without one."""
    unlike = next((state for state in branches.here.path if state.unlike), None)
    if unlike is None:
        return ""
    warning = "What is shown after it, the code, and equal states cannot be relied on."
    return card(None, f"state {unlike.number}: {unlike.unlike}", [warning])


def properties_html(verdicts: Sequence[Verdict]) -> str:
    """Return cards: one for each property that does not hold or cannot be judged, and one for all that hold.

    >>> cards = properties_html([Verdict("a", True), Verdict("b", False, "n1 and n2 lead")])
    >>> "violated: b" in cards, "✓ a" in cards
    (True, True)
    """
    holding = [one.model for one in verdicts if one.ok]
    others = "".join(one._repr_html_() for one in verdicts if not one.ok)
    return others + (card(True, "; ".join(holding)) if holding else "")
