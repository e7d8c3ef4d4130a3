"""Two runs under one plan, one above the other: a gesture on either picture changes both."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from dscourse.show.picture import Picture
from dscourse.show.stacked import stacked
from dscourse.show.stills import Still
from dscourse.sim import At, World
from dscourse.touch.compare.beside import beside, in_words
from dscourse.touch.compare.common import (
    BothRuns,
    deed_row,
    news_of_both,
    outcomes_to_keep,
    simplified,
)
from dscourse.touch.compare.face import SHARED, Face, judge_of, not_compared, without_past
from dscourse.touch.deeds import Deed
from dscourse.touch.display.news import Moment, moment
from dscourse.touch.modules import joined
from dscourse.touch.run.cell_again import bring_back
from dscourse.touch.run.judging import Judge

__all__ = ["Compare"]

Build = Callable[[list[At]], World]
_FOLDER = Path(__file__).parents[1] / "browser"


class Compare(Still, anywidget.AnyWidget):
    """Two builds of a run under the same plan, such as a textbook protocol and its repair, one above the other.

    ``builds`` maps the two names to functions of a fault plan. A gesture on either picture becomes one entry of
    ``plan``, and both run again; an entry that has no effect in one of them says so in the list. Each run has a card
    with its verdict, by the judge of its name or by the one judge of both. Both pictures have one time axis and one
    cursor, and the first event at which the runs differ has a ring in both; ``sentence`` says it. `simplify` leaves
    out the touches that one violation, or the difference of the verdicts, does not need. The condition of a deed of
    ``deeds`` is given both runs, by name.

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
    tasks: traitlets.List[Any] = traitlets.List().tag(sync=True)
    outcomes: traitlets.List[Any] = traitlets.List().tag(sync=True)

    def __init__(
        self,
        builds: Mapping[str, Build],
        judge: Judge | Mapping[str, Judge] | None = None,
        deeds: Iterable[Deed] = (),
    ) -> None:
        if not isinstance(builds, Mapping) or len(builds) != 2:
            raise ValueError(
                f"builds={builds!r}: two builds are required, by their names, such as "
                '{"textbook": first, "repaired": second}'
            )
        self.faces = tuple(
            Face(build, judge_of(name, builds, judge)) for name, build in builds.items()
        )
        self.add_traits(**{
            f"{side}_{name}": traitlets.Any().tag(**metadata)
            for side in (0, 1) for name, metadata in SHARED.items()
        })  # fmt: skip
        self.deeds, self._fewest = tuple(deeds), dict[int, int]()
        super().__init__(names=list(builds))
        self.on_msg(self._on_message)
        upper, lower = self.faces
        upper.news = bring_back(upper.run.gestures, " and ".join(self.names))
        if upper.news:
            lower.run.follow(upper.run)
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

    def simplify(self, outcome: int) -> None:
        """Leave out touches that an outcome does not need: violated in run 0, in run 1, or (2) the verdicts differ.

        An outcome that is not so now is refused in words.
        """
        if outcome in (0, 1):
            self._take(outcome, {"gesture": "shrink", "arguments": []})
            return
        before = self._moments()
        upper = self.faces[0]
        for face in self.faces:
            face.refusal = face.news = ""
        try:
            found = simplified(self.runs)
        except ValueError as error:
            upper.refusal = str(error)
        else:
            if found.changed:
                upper.run.gestures.set(found.touches)
                for face in self.faces:
                    face.run.follow(upper.run)
            upper.news = f"{news_of_both(before, self._moments())} {found.claim}".strip()
        self._show()

    @property
    def runs(self) -> BothRuns:
        """Both runs by their names."""
        return BothRuns({n: face.run for n, face in zip(self.names, self.faces, strict=True)})

    def _moments(self) -> dict[str, Moment]:
        return {name: moment(run) for name, run in self.runs.items()}

    # --- the browser ---------------------------------------------------------------------------------

    def _on_message(self, widget: object, content: Any, buffers: object) -> None:
        side = content.get("side")
        if content.get("simplify") in (0, 1, 2):
            self.simplify(content["simplify"])
        elif side in (0, 1) and not isinstance(side, bool):
            self._take(side, content)

    def _take(self, side: int, content: Any) -> None:
        """Give a message to the run it is about; the other run follows."""
        own, other = self.faces[side], self.faces[1 - side]
        before = self._moments()
        own._on_gesture(own, content, [])
        other.refusal = other.news = ""
        if other.run.touches != own.run.touches:
            other.run.follow(own.run)
        if "gesture" in content and not own.refusal:
            own.news = news_of_both(before, self._moments())
        other.window = own.window
        self._show()

    def _show(self) -> None:
        """Draw both runs again, and send what has changed."""
        with self.hold_sync():
            failing = [name for name, run in self.runs.items() if run.error]
            traces = [face.part(face.run.world.trace) for face in self.faces]
            halves = beside(traces, compared=not failing)
            for face, half in zip(self.faces, halves, strict=True):
                face.draw(half)
            self.sentence = (
                not_compared(failing)
                if failing
                else in_words(halves[0], (self.names[0], self.names[1]))
            )
            self._show_both()
            self._join_remarks()
            for side, face in enumerate(self.faces):
                for name in SHARED:
                    setattr(self, f"{side}_{name}", getattr(face, name))

    def _show_both(self) -> None:
        """Show which deeds of both runs are done, and which outcomes touches can be left out under."""
        runs = self.runs
        rows = [deed_row(deed, runs, self._fewest.get(at)) for at, deed in enumerate(self.deeds)]
        for at, row in enumerate(rows):
            if row["fewest"] is not None:
                self._fewest[at] = row["fewest"]
            self.faces[0].refusal = row["error"] or self.faces[0].refusal
        self.tasks, self.outcomes = rows, outcomes_to_keep(runs)

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
        return "; ".join(f"{name}: {without_past(text)}" for name, text in pairs if text)

    @property
    def _whole_sentence(self) -> str:
        return " ".join(
            [
                self.sentence,
                *(f"{n}: {f.sentence}" for n, f in zip(self.names, self.faces, strict=True)),
            ]
        )

    def still(self) -> dict[str, str]:
        """Return the picture of the two runs, and the sentences of both."""
        return {"text/html": self.picture.html, "text/plain": self._whole_sentence}
