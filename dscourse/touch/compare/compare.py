"""Two runs under one plan, one above the other: a gesture on either picture changes both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from dscourse.show.picture import Picture
from dscourse.show.stacked import stacked
from dscourse.show.stills import Still
from dscourse.sim import At, World
from dscourse.touch.compare.beside import Beside, beside, in_words
from dscourse.touch.diagram import Diagram
from dscourse.touch.display.run_picture import RunPicture
from dscourse.touch.modules import joined
from dscourse.touch.run.judging import Judge

__all__ = ["Compare"]

Build = Callable[[list[At]], World]
_FOLDER = Path(__file__).parents[1] / "browser"
_SHARED = sorted(
    name
    for name in set(Diagram.class_traits(sync=True)) - set(anywidget.AnyWidget.class_traits())
    if not name.startswith("_")
)


class _Face(Diagram):
    """One of the two diagrams; the `Compare` that shows it draws it and sends its state to the browser."""

    half: Beside | None = None

    def open(self) -> None:
        """Open no connection of its own."""

    def _show(self) -> None:
        """Wait until the other run is known too."""

    def draw(self, half: Beside) -> None:
        """Draw the present run on the common time axis."""
        self.half = half
        super()._show()
        self._show_window()
        self.show_course(self.run)

    def _lay_beside(self, now: RunPicture, before: RunPicture | None) -> None:
        for pictures in filter(None, (now, before)):
            pictures.lay_beside(self.half if pictures is now else None)


class Compare(Still, anywidget.AnyWidget):
    """Two builds of a run under the same plan, such as a textbook protocol and its repair, one above the other.

    ``builds`` maps the two names to functions of a fault plan. A gesture on either picture becomes one entry of
    ``plan``, and both run again; an entry that has no effect in one of them says so in the list. Each run has a card
    with its verdict, by the judge of its name or by the one judge of both. Both pictures have one time axis and one
    cursor, and the first event at which the runs differ has a ring in both; ``sentence`` says it.

    Raises ValueError unless there are two builds, and LookupError for a judge of another name.

    >>> from dscourse.protocols.replicated_counter import GossipCounter
    >>> from dscourse.protocols.textbook.replicated_counter import Counter
    >>> from dscourse.node import cluster
    >>> from functools import partial
    >>> def build(kind, plan):
    ...     return World(cluster(kind, ["a", "b"]), plan=plan).submit("a", [("add", None, 1)]).run(until_ms=30)
    >>> both = Compare({"textbook": partial(build, Counter), "repaired": partial(build, GossipCounter)})
    >>> print(both.sentence)
    The same up to 0 ms; then textbook: a sends add 1 to b; repaired: a writes total 1.
    """

    _esm = joined(_FOLDER / "compare.js")
    _css = _FOLDER / "diagram.css"

    names: traitlets.List[str] = traitlets.List().tag(sync=True)
    sentence = traitlets.Unicode().tag(sync=True)

    def __init__(
        self, builds: Mapping[str, Build], judge: Judge | Mapping[str, Judge] | None = None
    ) -> None:
        if not isinstance(builds, Mapping) or len(builds) != 2:
            raise ValueError(
                f"builds={builds!r}: two builds are required, by their names, such as "
                '{"textbook": first, "repaired": second}'
            )
        self.faces = tuple(
            _Face(build, _judge_of(name, builds, judge)) for name, build in builds.items()
        )
        self.add_traits(**{
            f"{side}_{name}": traitlets.Any().tag(sync=True) for side in (0, 1) for name in _SHARED
        })  # fmt: skip
        super().__init__(names=list(builds))
        self.on_msg(self._on_message)
        self._show()

    @property
    def plan(self) -> list[At]:
        """The plan of all gestures that are switched on."""
        return self.faces[0].plan

    @property
    def picture(self) -> Picture:
        """Both pictures, one above the other."""
        return stacked(*(face.picture for face in self.faces), sentence=self._whole_sentence)

    def touch(self, name: str, gesture: str, *arguments: Any) -> None:
        """Make a gesture of `TouchedRun` on the run of this name. LookupError if there is no such run."""
        if name not in self.names:
            raise LookupError(f"no run is called {name!r}: there are {' and '.join(self.names)}")
        self._take(self.names.index(name), {"gesture": gesture, "arguments": list(arguments)})

    # --- the browser ---------------------------------------------------------------------------------

    def _on_message(self, widget: object, content: Any, buffers: object) -> None:
        side = content.get("side")
        if side in (0, 1) and not isinstance(side, bool):
            self._take(side, content)

    def _take(self, side: int, content: Any) -> None:
        """Give a message to the run it is about; the other run follows."""
        own, other = self.faces[side], self.faces[1 - side]
        own._on_gesture(own, content, [])
        other.refusal = ""
        if other.run.touches != own.run.touches:
            other.run.follow(own.run)
        other.window = own.window
        self._show()

    def _show(self) -> None:
        """Draw both runs again, and send what has changed."""
        with self.hold_sync():
            halves = beside([face.part(face.run.world.trace) for face in self.faces])
            for face, half in zip(self.faces, halves, strict=True):
                face.draw(half)
            self.sentence = in_words(halves[0], (self.names[0], self.names[1]))
            self._join_remarks()
            for side, face in enumerate(self.faces):
                for name in _SHARED:
                    setattr(self, f"{side}_{name}", getattr(face, name))

    def _join_remarks(self) -> None:
        """Let the list below both pictures say of each run whether an entry has no effect in it."""
        upper, lower = (face.touches for face in self.faces)
        for face in self.faces:
            face.touches = [
                {**entry, "remark": self._remark(one["remark"], two["remark"])}
                for entry, one, two in zip(face.touches, upper, lower, strict=True)
            ]

    def _remark(self, one: str, other: str) -> str:
        if one == other:
            return one
        pairs = zip(self.names, (one, other), strict=True)
        return "; ".join(f"{name}: {_without_past(text)}" for name, text in pairs if text)

    @property
    def _whole_sentence(self) -> str:
        return " ".join(
            [
                self.sentence,
                *(f"{n}: {f.sentence}" for n, f in zip(self.names, self.faces, strict=True)),
            ]
        )

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        live = super()._repr_mimebundle_(**kwargs)
        data = dict(live[0] if isinstance(live, tuple) else live or {})
        data["text/html"] = self.picture.html
        data["text/plain"] = self._whole_sentence
        return data


def _judge_of(
    name: str, builds: Mapping[str, Build], judge: Judge | Mapping[str, Judge] | None
) -> Judge | None:
    """Return the judge of the run of this name. Raise LookupError for a judge of a run that there is not."""
    if not isinstance(judge, Mapping):
        return judge
    for other in judge:
        if other not in builds:
            raise LookupError(f"judge of {other!r}: the runs are {' and '.join(builds)}")
    return judge.get(name)


def _without_past(remark: str) -> str:
    """Return a remark on a gesture for a run in which it was not made: nothing has changed there.

    >>> _without_past("this message is no longer sent")
    'this message is not sent'
    """
    return remark.replace("no longer", "not").replace(" now ", " ")
