"""Long data goes to the browser as text, and comes back the same."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from dscourse.sim import At, World
from dscourse.touch import Diagram
from dscourse.touch.compare.compare import Compare
from tests.touch.builds import counter

LONG = ("hands", "layout_data", "moments")


def sent(state: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return the values that the browser reads from the texts."""
    run = state[f"{prefix}run_data"]
    apart = {name: value for name, value in run.items() if name != "text"}
    whole = {**json.loads(run["text"]), **apart}
    return {"run_data": whole, **{name: json.loads(state[prefix + name]) for name in LONG}}


def test_the_browser_reads_what_python_has_written() -> None:
    diagram = Diagram(counter)
    diagram.touch("cut", "b", "c", 30, 60)
    read = sent(diagram.get_state())
    for name in LONG:
        assert read[name] == json.loads(json.dumps(getattr(diagram, name)))
    columns = diagram.run_data
    assert read["run_data"].keys() == columns.keys()
    assert read["run_data"]["messages"] == columns["messages"]
    assert read["run_data"]["causes"] == columns["causes"]
    assert read["run_data"]["texts"] == columns["texts"]


def test_both_runs_of_a_comparison_are_sent_in_the_same_form() -> None:
    def build(plan: list[At], side: int) -> World:
        return counter(plan)

    both = Compare({name: partial(build, side=side) for side, name in enumerate(("one", "other"))})
    for side, face in enumerate(both.faces):
        read = sent(both.get_state(), f"{side}_")
        assert read["moments"] == json.loads(json.dumps(face.moments))
        assert read["run_data"]["messages"] == face.run_data["messages"]
