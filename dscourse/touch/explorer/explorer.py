"""The explorer: a run played event by event, the tree of the states visited, and a search for violations."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from dscourse.core.properties import Property
from dscourse.core.wording import count
from dscourse.show.picture import Picture
from dscourse.show.scene import read_scene
from dscourse.show.spacetime import Look, drawing
from dscourse.show.stills import Still
from dscourse.sim import DropPending, DuplicatePending, Fault, Spell, StepPending, World
from dscourse.touch.display.layout import layout
from dscourse.touch.explorer.branches import Branches, State
from dscourse.touch.explorer.explorer_data import (
    choice_rows,
    fault_rows,
    properties_html,
    tree_rows,
)
from dscourse.touch.explorer.moves import Move, path_in_words
from dscourse.touch.explorer.states_table import states_table
from dscourse.touch.explorer.violations import Limits, Search, find_violation
from dscourse.touch.modules import joined

__all__ = ["Explorer"]

_FOLDER = Path(__file__).parents[1] / "browser"
_LIMITS = Limits()
_WIDE = 700  # px of the diagram, which stands beside the tree


class Explorer(Still, anywidget.AnyWidget):
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
    limits_data = traitlets.Dict().tag(sync=True)
    report = traitlets.Dict().tag(sync=True)
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
        self.found: Search | None = None
        self._root: State = self.branches.here  # where the search began
        self._path: list[str] = []
        self.picture = Picture("not drawn yet", svg="<svg/>")
        super().__init__(title=title)
        self.on_msg(self._on_gesture)
        self._show()

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
        self.found = None
        self._try(self.branches.clear)

    # --- the search ------------------------------------------------------------------------------

    def search(self, **limits: int) -> None:
        """Search on from the present state for a violation; ``limits`` replace some of those given at first."""
        self._try(self._search, limits)

    def _search(self, limits: dict[str, int]) -> None:
        self.limits = replace(self.limits, **limits)
        here = self.branches.here
        self.found = find_violation(here.world, self.branches.properties, self.limits)
        self._root, self._path = here, list(path_in_words(here.world, self.found.path))

    def play(self) -> None:
        """Make the next move of the path that the last search found, from where the search began if off the path."""
        self._try(self._play)

    def _play(self) -> None:
        if self.found is None or not self.found.path:
            raise LookupError("no path has been found: search for a violation first")
        position = self._position
        if position is None or position == len(self.found.path):
            self.branches.go(self._root.number)
            position = 0
        self.branches.move(self.found.path[position])

    @property
    def _position(self) -> int | None:
        """The number of moves of the path that lead to the present state; None if it is not on the path."""
        path = self.branches.here.path
        if self.found is None or self._root not in path:
            return None
        moves = [state.move for state in path[path.index(self._root) + 1 :]]
        return len(moves) if moves == list(self.found.path[: len(moves)]) else None

    # --- the display -----------------------------------------------------------------------------

    def _try(self, act: Callable[..., object], *arguments: object) -> None:
        try:
            act(*arguments)
        except Exception as error:  # a learner's protocol or property may raise anything
            self._refuse((str(error) or type(error).__name__).splitlines()[0])
        else:
            self.refusal = ""
            self._show()

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
            getattr(self, str(gesture))(*arguments, **named)
        except TypeError as error:  # not what the browser sends
            self._refuse(f"{gesture}: {error}")

    def _show(self) -> None:
        branches, world = self.branches, self.branches.world
        if self.draw is None:
            spells = self.spells(world) if self.spells else ()
            scene = read_scene(world.trace).with_spells(spells)
            view = drawing(world.trace, look=Look(scale="order", width=_WIDE), scene=scene)
            self.picture, where = view.picture, layout(view, world.trace)
        else:
            self.picture, where = self.draw(world), {}
        with self.hold_sync():
            self.svg, self.layout_data = self.picture.svg or self.picture.html, where
            self.sentence = self._in_a_sentence(world)
            self.verdicts = properties_html(branches.here.verdicts)
            self.node_states = "" if self.draw else states_table(world, branches.before)
            self.choices = choice_rows(branches)
            self.faults = [{"text": row["text"], "node": row["node"]} for row in fault_rows(world)]
            self.tree = tree_rows(branches)
            self.scenario = branches.code
            self.limits_data = asdict(self.limits)
            self.report = self._report()
            self.shown += 1

    def _in_a_sentence(self, world: World) -> str:
        waiting = len(world.pending())
        moves = f"{count(self.branches.length, 'move')}, {world.now_ms:g} ms"
        waits = f"{count(waiting, 'event')} wait" if waiting else "nothing waits any more"
        remark = (self.say(world) if self.say else None) or ""
        own = self.picture.sentence
        sentence = remark if own in remark else f"{remark} {own}".strip()
        return f"{moves}; {waits}{'s' if waiting == 1 else ''}. {sentence}"

    def _report(self) -> dict[str, Any]:
        """Return the last search for the browser: its card, the path in words, and how much of it has been played."""
        if self.found is None:
            return {}
        card = self.found._repr_html_()
        return {"card": card, "from": self._root.number, "path": self._path, "made": self._position}

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        live = super()._repr_mimebundle_(**kwargs)
        data = dict(live[0] if isinstance(live, tuple) else live or {})
        data["text/html"] = self.picture.html
        data["text/plain"] = self.sentence
        return data


_GESTURES = frozenset(
    {"happen", "drop", "duplicate", "strike", "back", "restart", "go", "search", "play"}
)
