"""The explorer: a run played event by event, the tree of the states visited, and a search for violations."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from dscourse.core.properties import Property
from dscourse.show.picture import Picture
from dscourse.show.stills import Still
from dscourse.sim import DropPending, DuplicatePending, Fault, Spell, StepPending, World
from dscourse.touch.explorer.branches import Branches
from dscourse.touch.explorer.explorer_data import (
    choice_rows,
    doubt_html,
    fault_rows,
    properties_html,
    tree_rows,
)
from dscourse.touch.explorer.in_search import InSearch, words_of
from dscourse.touch.explorer.limits import Limits
from dscourse.touch.explorer.moves import Move
from dscourse.touch.explorer.picture import draw_world, in_a_sentence
from dscourse.touch.explorer.states_table import states_table
from dscourse.touch.modules import joined

__all__ = ["Explorer"]

_FOLDER = Path(__file__).parents[1] / "browser"
_LIMITS = Limits()


class Explorer(InSearch, Still, anywidget.AnyWidget):
    """Play the world of ``build`` one event at a time, and see which ``properties`` hold in each state.

    Choose what happens next: an event, the loss or a copy of a message, or a fault. Every state visited stays in a
    tree, so that each can be returned to; another choice there is another branch. `search` looks on from the present
    state for the nearest violation within ``limits``, and `play` makes the moves that lead to it.

    ``say`` is called with the world after each move, and returns a sentence on it or None. ``draw`` draws the world;
    the default is its space-time diagram, whose messages and nodes can be clicked, with the ``spells`` of the world.
    ``scenario`` is the way to the present state as code, which gives the same trace. Stored without a kernel, the
    widget is its present picture.
    """

    _esm = joined(_FOLDER / "explorer.js")
    _css = _FOLDER / "diagram.css"

    title = traitlets.Unicode().tag(sync=True)
    svg = traitlets.Unicode().tag(sync=True)
    layout_data = traitlets.Dict().tag(sync=True)
    sentence = traitlets.Unicode().tag(sync=True)
    refusal = traitlets.Unicode().tag(sync=True)
    verdicts = traitlets.Unicode().tag(sync=True)
    node_states = traitlets.Unicode().tag(sync=True)
    choices: traitlets.List[Any] = traitlets.List().tag(sync=True)
    faults: traitlets.List[Any] = traitlets.List().tag(sync=True)
    tree: traitlets.List[Any] = traitlets.List().tag(sync=True)
    scenario = traitlets.Unicode().tag(sync=True)
    shown = traitlets.Int(0).tag(sync=True)  # how often the state was shown: the last to change

    def __init__(
        self,
        build: Callable[[], World],
        properties: Iterable[Property] = (),
        say: Callable[[World], str | None] | None = None,
        title: str = "You are the network",
        draw: Callable[[World], Picture] | None = None,
        spells: Callable[[World], Iterable[Spell]] | None = None,
        limits: Limits = _LIMITS,
    ) -> None:
        self.branches = Branches(build, properties)
        self.say, self.draw, self.spells, self.limits = say, draw, spells, limits
        super().__init__(title=title)
        self.on_msg(self._on_gesture)
        self._show(self._shown())

    # --- looking ---------------------------------------------------------------------------------

    @property
    def world(self) -> World:
        """A copy of the present world."""
        return self.branches.world.clone()

    @property
    def moves(self) -> tuple[Move, ...]:
        """The moves that lead to the present state, the starts of the nodes included."""
        return self.branches.moves

    # --- moves -----------------------------------------------------------------------------------

    def happen(self, event: int | None = None) -> None:
        """Let the pending event with this id happen next; without one, the event that is due first."""
        waiting = self.branches.world.pending()
        if event is None and not waiting:
            self._refuse("Nothing waits any more.")
        else:
            self.move(StepPending(waiting[0].id if event is None else event))

    def drop(self, event: int) -> None:
        """Lose the pending message with this id."""
        self.move(DropPending(event))

    def duplicate(self, event: int) -> None:
        """Put a copy of the pending message with this id in flight."""
        self.move(DuplicatePending(event))

    def strike(self, fault: Fault | str) -> None:
        """Inject a fault now: a fault, or the words of one that is on offer, such as ``"crash bank"``."""
        offered = {row["text"]: row["fault"] for row in fault_rows(self.branches.world)}
        if isinstance(fault, str) and fault not in offered:
            self._refuse(
                f"No fault {fault!r} is possible now." if fault else "Choose a fault first."
            )
        else:
            self.move(offered[fault] if isinstance(fault, str) else fault)

    def move(self, move: Move) -> None:
        """Make a move; one that is impossible, or whose handler raises, is refused in one line."""
        self._try(self.branches.move, move)

    def back(self) -> None:
        """Return to the state before the last move; the tree keeps all states."""
        self._try(self.branches.back)

    def go(self, state: int) -> None:
        """Go to a visited state by its number."""
        self._try(self.branches.go, state)

    def restart(self) -> None:
        """Return to the start and forget all states."""
        self.forget_search()
        self._try(self.branches.clear)

    # --- the display -----------------------------------------------------------------------------

    def _try(self, act: Callable[..., object], *arguments: object) -> None:
        """Act, and show the state after it. What fails is refused in one line; the state before it stays."""
        before = self.branches.here
        try:
            act(*arguments)
            shown = self._shown()
        except Exception as error:  # a learner's protocol, property or picture may raise anything
            self.branches.here = before
            self._refuse(words_of(error))
        else:
            self.refusal = ""
            self._show(shown)

    def _refuse(self, reason: str) -> None:
        self.refusal = reason
        self.shown += 1

    def _on_gesture(self, widget: object, content: Any, buffers: object) -> None:
        gesture, arguments = content.get("gesture"), list(content.get("arguments", ()))
        if gesture not in _GESTURES:
            self._refuse(f"no gesture is called {gesture!r}")
            return
        named = arguments.pop() if gesture == "search" and arguments else {}
        try:
            getattr(self, _GESTURES[gesture])(*arguments, **named)
        except TypeError as error:  # not what the browser sends
            self._refuse(f"{gesture}: {error}")

    def _show(self, shown: dict[str, Any]) -> None:
        self.picture = shown.pop("picture")
        with self.hold_sync():
            for name, value in shown.items():
                setattr(self, name, value)
            self.show_search()
            self.shown += 1

    def _shown(self) -> dict[str, Any]:
        """Return the picture of the present state, and the values of the traits that show it in the browser."""
        branches, world = self.branches, self.branches.world
        picture, where = (self.draw(world), {}) if self.draw else draw_world(world, self.spells)
        remark = (self.say(world) if self.say else None) or ""
        return {
            "picture": picture,
            "svg": picture.svg or picture.html,
            "layout_data": where,
            "sentence": in_a_sentence(world, branches.length, remark, picture.sentence),
            "verdicts": doubt_html(branches) + properties_html(branches.here.verdicts),
            "node_states": "" if self.draw else states_table(world, branches.before),
            "choices": choice_rows(branches),
            "faults": [{"text": row["text"], "node": row["node"]} for row in fault_rows(world)],
            "tree": tree_rows(branches),
            "scenario": branches.code,
        }

    def still(self) -> dict[str, str]:
        """Return the picture of the present state, and its sentence."""
        return {"text/html": self.picture.html, "text/plain": self.sentence}


_GESTURES = {
    **{
        name: name
        for name in ("happen", "drop", "duplicate", "strike", "back", "restart", "go", "play")
    },
    "search": "search_beside",
    "cancel": "cancel",
}
"""The gestures of the browser, each with its method."""
