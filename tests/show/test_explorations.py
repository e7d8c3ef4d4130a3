"""Several explorations as one table."""

from __future__ import annotations

from dscourse.explore import Bounds, View, explore
from dscourse.node import cluster
from dscourse.protocols.raft import Raft
from dscourse.show.explorations import explorations


def test_each_row_has_a_verdict_and_says_whether_all_states_were_seen() -> None:
    def nobody_asks(view: View) -> bool:
        return not view.messages

    nodes = cluster(Raft, ["a", "b"])
    picture = explorations(
        {
            "all": explore(nodes, bounds=Bounds(timeouts=1)),
            "some": explore(nodes, bounds=Bounds(timeouts=2, budget=10)),
            "wrong": explore(nodes, always=[nobody_asks], bounds=Bounds(timeouts=1)),
        }
    )
    rows = picture.sentence.split(". ")
    assert rows[0].startswith("all: holds; ")
    assert rows[1].startswith("some: not decided: ")
    assert rows[1].endswith("10, not all states")
    assert rows[2].startswith("wrong: refuted: ")
