"""The player: you are the network. Choose the next event, drop or duplicate a message, go back, branch off."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ipywidgets as widgets

from dscourse.core.wording import count, spaced
from dscourse.node import Message, Timer
from dscourse.panels.branch import Branch, Move
from dscourse.panels.controls import button
from dscourse.panels.panel import Frame, PictureView
from dscourse.show import Look, Picture, spacetime
from dscourse.show.words import short
from dscourse.sim import (
    Crash,
    DropPending,
    DuplicatePending,
    Fault,
    Pause,
    Pending,
    Restart,
    Resume,
    StepPending,
    World,
)
from dscourse.touch.states_table import states_table

__all__ = ["Player"]

NodeFault = Crash | Pause | Restart | Resume

_WIDEST = 60  # characters of a message in the list
_NO_FAULT = ("no fault", "")  # not None: a list whose value is None shows no choice


class Player(PictureView):
    """Controls that play the world of ``build``, one event at a time.

    Every move keeps a snapshot, so going back is exact, and a different choice starts another branch. ``goal``
    is called with the world after each move, and returns a sentence once the chapter's goal is reached. ``draw``
    draws the world; the default is its space-time diagram. `scenario` is the branch as code, which gives the same
    trace.

    By keyboard, Alt with an arrow key selects a pending event: in JupyterLab an arrow key alone leaves the list.
    """

    def __init__(
        self,
        build: Callable[[], World],
        goal: Callable[[World], str | None] | None = None,
        title: str = "You are the network",
        draw: Callable[[World], Picture] | None = None,
    ) -> None:
        self._branch = Branch(build)
        self.goal, self.draw = goal, draw or _spacetime
        self._pending = widgets.Select(
            description="what waits", options=[], rows=6, style={"description_width": "90px"},
            layout={"width": "560px"}, tooltip="by keyboard, hold Alt with the arrow keys",
        )  # fmt: skip
        self._faults = widgets.Dropdown(
            description="fault", options=[_NO_FAULT], style={"description_width": "90px"},
            layout={"width": "300px"},
        )  # fmt: skip
        self._code = widgets.Textarea(
            description="scenario", rows=4, disabled=True, style={"description_width": "90px"},
            layout={"width": "860px"},
        )  # fmt: skip
        self._state = widgets.HTML()
        self.buttons = self._make_buttons()
        rows = [
            widgets.HBox([self._pending, widgets.VBox(self._row("happen", "drop", "duplicate"))]),
            widgets.HBox([self._faults, *self._row("strike", "back", "restart")]),
        ]
        super().__init__(widgets.VBox(rows), title, self._state, self._code)
        self._update()

    def _make_buttons(self) -> dict[str, widgets.Button]:
        buttons = {
            "happen": (button("let it happen", "the chosen event happens next", True), self.happen),
            "drop": (button("drop it", "the chosen message is lost", True), self.drop),
            "duplicate": (
                button("duplicate it", "a copy of the chosen message is in flight as well", True),
                self.duplicate,
            ),
            "strike": (button("strike", "the chosen fault happens now"), self._strike),
            "back": (button("back", "undo the last move"), self.back),
            "restart": (button("start again", "undo all moves"), self.reset),
        }
        for made_button, action in buttons.values():
            made_button.on_click(lambda _, action=action: action())
        return {name: made_button for name, (made_button, _) in buttons.items()}

    def _row(self, *names: str) -> list[widgets.Button]:
        return [self.buttons[name] for name in names]

    @property
    def world(self) -> World:
        """A copy of the current world."""
        return self._branch.world.clone()

    @property
    def moves(self) -> tuple[Move, ...]:
        """The moves so far, the starts of the nodes included."""
        return self._branch.moves

    @property
    def scenario(self) -> str:
        """The branch as Python code; it needs the function that built the world."""
        return self._branch.scenario

    # Moves.

    def reset(self) -> None:
        """Undo all moves, except for the starts of the nodes."""
        self._branch.reset()
        self._update()

    def happen(self, event: int | None = None) -> None:
        """Let the chosen event, or the one with this id, happen next."""
        chosen = self._chosen(event)
        if chosen is not None:
            self._move(StepPending(chosen))

    def drop(self, event: int | None = None) -> None:
        """Drop the chosen message, or the one with this id."""
        chosen = self._chosen(event, "drop")
        if chosen is not None:
            self._move(DropPending(chosen))

    def duplicate(self, event: int | None = None) -> None:
        """Duplicate the chosen message, or the one with this id: a copy is in flight as well."""
        chosen = self._chosen(event, "duplicate")
        if chosen is not None:
            self._move(DuplicatePending(chosen))

    def strike(self, fault: Fault) -> None:
        """Inject the fault now."""
        self._move(fault)

    def back(self) -> None:
        """Undo the last move."""
        self._branch.undo()
        self._update()

    def _strike(self) -> None:
        if not self._faults.value:
            self.refuse("Choose a fault first.")
        else:
            self.strike(self._faults.value)

    def _chosen(self, event: int | None, verb: str = "") -> int | None:
        """Return the id of the event to act on; None, with the reason shown, if there is no suitable one."""
        number = self._pending.value if event is None else event
        waiting = {pending.id: pending for pending in self._branch.world.pending()}
        if number not in waiting:
            self.refuse(
                "Nothing waits any more."
                if not waiting
                else f"No event with the id {number} waits."
            )
            return None
        if verb and waiting[number].kind != "deliver":
            self.refuse(f"Only a message can be chosen to {verb}; this is: {waiting[number]}.")
            return None
        return int(number)

    def _move(self, move: Move) -> None:
        try:
            self._branch.move(move)
        except Exception as error:  # a learner's protocol may raise anything
            self.refuse(str(error).splitlines()[0])
        else:
            self._update()

    # The display.

    def _update(self) -> None:
        world = self._branch.world
        waiting = world.pending()
        self._pending.options = [
            (f"{_waiting(pending)}   [{pending.due_ms:g} ms]", pending.id) for pending in waiting
        ]
        if waiting:
            self._pending.value = waiting[0].id
        self._faults.options = [
            _NO_FAULT,
            *((_struck(fault), fault) for fault in _possible(world)),
        ]
        self._state.value = (
            states_table(world, self._branch.before) if self.draw is _spacetime else ""
        )
        self._code.value = self.scenario
        picture = self.draw(world)
        self.show(Frame(picture, self._say(world, len(waiting), picture)))

    def _say(self, world: World, waiting: int, picture: Picture) -> str:
        moves = f"{count(self._branch.length, 'move')}, {world.now_ms:g} ms"
        waits = f"{count(waiting, 'event')} wait" if waiting else "nothing waits any more"
        reached = (self.goal(world) if self.goal else None) or ""
        sentence = (
            reached if picture.sentence in reached else f"{reached} {picture.sentence}".strip()
        )
        return f"{moves}; {waits}{'s' if waiting == 1 else ''}. {sentence}"


def _waiting(pending: Pending) -> str:
    """Return a pending event: its nodes first, then its message or timer as on the diagram."""
    if isinstance(pending.what, Message):
        return f"{pending.peer} → {pending.node}  {short(pending.what, _WIDEST)}"
    if isinstance(pending.what, Timer):
        return f"{pending.node}  timer {short(pending.what, _WIDEST)}"
    return str(pending)


def _spacetime(world: World) -> Picture:
    return spacetime(world.trace, look=Look(scale="order"))


def _struck(fault: NodeFault) -> str:
    """``crash bank`` for ``Crash("bank")``."""
    return f"{spaced(type(fault).__name__)} {fault.node}"


def _possible(world: World) -> Sequence[NodeFault]:
    """Return the crashes, restarts, pauses and resumptions that are possible now."""
    faults: list[NodeFault] = []
    for name in world.nodes:
        if not world.alive(name):
            faults.append(Restart(name))
        else:
            faults += [Crash(name), Resume(name) if world.paused(name) else Pause(name)]
    return faults
