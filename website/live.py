"""The live diagram of the front page: every run that its reader can make there, made beforehand.

The front page has the browser's half of `dscourse.touch.Diagram` and no Python. Its run is small enough that all sets
of lost messages can be run here; the page looks up the run of the present set. Other gestures are answered in words.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from dscourse.core.properties import Property, View
from dscourse.experiments.start_here import differ_for_ever, numbers_in_words
from dscourse.node import cluster
from dscourse.protocols.replicated_counter import counts
from dscourse.protocols.textbook.replicated_counter import Counter
from dscourse.sim import At, Network, Uniform, World
from dscourse.touch import Deed, Diagram
from dscourse.touch.display.news import moment
from dscourse.touch.modules import joined

__all__ = ["diagram", "recorded", "write_runs"]

SCRIPT = Path(__file__).with_name("static") / "live.js"
_NAMES = ("a", "b", "c")
_SET_BY_THE_PAGE = {
    "answers",
    "before",
    "can_redo",
    "can_shrink",
    "can_undo",
    "news",
    "refusal",
    "seen",
    "touches",
}


def three_visitors(plan: Sequence[At]) -> World:
    """Run three textbook counters for 75 ms under the plan: each counts one visitor and tells the others.

    >>> counts(three_visitors([]).nodes)
    {'a': 3, 'b': 3, 'c': 3}
    """
    world = World(cluster(Counter, _NAMES), 1, Network(Uniform(4, 16)), list(plan))
    for turn, name in enumerate(_NAMES):
        world.submit(name, [("add", None, 1)], start_ms=5 + 15 * turn)
    return world.run(until_ms=75)


def _all_say_three(view: View) -> bool:
    return set(counts(view.nodes).values()) == {3}


def _all_say_the_same(world: World) -> bool:
    return (
        set(counts(world.nodes).values()) not in ({3}, set())
        and len(set(counts(world.nodes).values())) == 1
    )


def diagram() -> Diagram:
    """Return the diagram of the front page."""
    deeds = [
        Deed(
            "Make the three computers disagree for ever.",
            lambda run: differ_for_ever(run.world),
            par=1,
        ),
        Deed("Make them agree on a wrong number.", lambda run: _all_say_the_same(run.world), par=3),
    ]
    claim = Property("all say 3", _all_say_three, numbers_in_words)
    return Diagram(three_visitors, claim, deeds, title="Three computers and one number")


def recorded() -> dict[str, Any]:
    """Return all runs as plain data: ``messages`` by name, and ``runs``, the traits of each set of lost messages.

    A set is spelt as the positions of its messages, in order: ``""``, ``"0"``, ``"0 3"``.

    >>> data = recorded()
    >>> len(data["messages"]), len(data["runs"])
    (6, 64)
    """
    messages = [arrow["name"] for arrow in diagram().layout_data["arrows"]]
    sets = [
        chosen
        for size in range(len(messages) + 1)
        for chosen in combinations(range(len(messages)), size)
    ]
    runs = {" ".join(map(str, chosen)): _run([messages[at] for at in chosen]) for chosen in sets}
    return {"messages": messages, "runs": runs}


def _run(lost: Sequence[str]) -> dict[str, Any]:
    """Return the traits that the browser's half reads, after the loss of these messages."""
    touched = diagram()
    for name in lost:
        ids = {arrow["name"]: arrow["id"] for arrow in touched.layout_data["arrows"]}
        touched.touch("lose", ids[name])
    own = set(touched.traits(sync=True)) - set(_of_any_widget()) - _SET_BY_THE_PAGE
    sent = touched.get_state(sorted(own))
    return {name: _plain(value) for name, value in sent.items()} | {
        "outcome": moment(touched.run)[1],
    }


def _of_any_widget() -> list[str]:
    import anywidget

    return [*anywidget.AnyWidget.class_traits(sync=True), "_esm", "_css", "_anywidget_id"]


def _plain(value: Any) -> Any:
    """Return the value with bytes in base 64, as JSON can hold them."""
    if isinstance(value, bytes):
        return {"base64": b64encode(value).decode()}
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def write_runs(folder: Path) -> None:
    """Write the runs, and the front page's script with the browser's half of the diagram, into ``folder``.

    Both are classic scripts: a browser runs no module, and fetches nothing, for a page that was opened as a file.
    """
    text = json.dumps(recorded(), ensure_ascii=False, separators=(",", ":"))
    (folder / "runs.js").write_text(f"globalThis.dscourseRuns = {text};\n", "utf-8")
    (folder / "live.js").write_text(f'"use strict";\n(() => {{\n{joined(SCRIPT)}}})();\n', "utf-8")
    (folder / "diagram.css").write_text(str(Diagram._css), "utf-8")
