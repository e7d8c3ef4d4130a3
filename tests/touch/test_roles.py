"""A node's role, such as that of a leader, is marked on its line for as long as it has it, and told in words."""

from __future__ import annotations

from collections.abc import Sequence

from dscourse.node import Node, cluster
from dscourse.protocols.bully import Bully
from dscourse.protocols.raft import Raft
from dscourse.sim import At, Constant, Crash, Network, Restart, StateRecorder, World, observing
from dscourse.touch import Diagram
from dscourse.touch.display.roles import role_spells
from tests.touch.discovered import diagram_of


def elections(plan: Sequence[At] = (), until_ms: float = 600) -> World:
    """Three Raft nodes of which n1 stands first; it crashes under `CRASHED`, and another one is elected."""
    nodes = [Raft(f"n{i}", [f"n{j}" for j in (1, 2, 3) if j != i], 20, 50 * i) for i in (1, 2, 3)]
    return World(nodes, 1, Network(Constant(2)), plan).run(until_ms)


CRASHED = [At(200, Crash("n1")), At(210, Restart("n1"))]


def observed(plan: Sequence[At] = ()) -> World:
    with observing(StateRecorder):
        return elections(plan)


def test_roles_are_those_of_a_world_that_is_stepped() -> None:
    world = observed(CRASHED)
    spells = role_spells(world)
    led: dict[str, list[float]] = {"n1": [], "n2": [], "n3": []}
    for spell in spells:
        assert spell.kind == "leads"
        led[spell.node] += [spell.start.time_ms, spell.end.time_ms if spell.end else 600.0]
    assert led["n1"][1] == 200  # until the crash, not until the restart
    assert len(spells) == 2
    assert [spell.end is None for spell in spells] == [False, True]
    for ms in range(1, 600, 7):
        again = elections(CRASHED, ms)
        for name, node in again.nodes.items():
            leads = again.alive(name) and node.role == "leader"  # type: ignore[attr-defined]
            begun = sum(time <= ms for time in led[name])
            assert leads == (begun % 2 == 1), (name, ms)


def test_a_role_is_known_beyond_the_recorded_states_and_in_a_copy() -> None:
    with observing(lambda: StateRecorder(most=3)):
        world = elections(CRASHED)
    assert [spell.text for spell in role_spells(world)] == [
        spell.text for spell in role_spells(observed(CRASHED))
    ]
    half = observed()
    other = half.clone()
    other.apply(Crash("n1"))
    assert role_spells(other)[-1].end is not None
    assert role_spells(half)[-1].end is None


def test_without_a_role_a_recorder_or_an_event_there_is_no_spell() -> None:
    assert role_spells(elections()) == []
    with observing(StateRecorder):
        assert role_spells(World(cluster(Node, 2)).run()) == []
        assert role_spells(World(cluster(Bully, 2))) == []


class Faulty(Node):
    """Its role cannot be told."""

    @property
    def shown_role(self) -> str:
        raise ZeroDivisionError


class Named(Node):
    """A role of one's own, from the beginning."""

    @property
    def shown_role(self) -> str:
        return "sequencer"


def test_a_class_may_name_a_role_of_its_own_and_a_role_that_fails_does_no_harm() -> None:
    diagram = Diagram(lambda plan: World([Faulty("a"), Named("b")], plan=plan).run(until_ms=5))
    assert "b sequencer" in diagram.sentence
    assert ">sequencer</text>" in diagram.svg  # in the key
    assert "a sequencer" not in diagram.sentence
    assert ["b", "sequencer", 0.0, None] in diagram.run_data["spells"]


def test_chapter_14_marks_the_leader_and_after_the_third_deed_both() -> None:
    diagram = diagram_of("14", "vote-touch")
    assert "n1 leads from 40 ms" in diagram.sentence
    assert "n2 leads" not in diagram.sentence
    assert ">leads</text>" in diagram.svg
    for touching in (("crash", "n3", 32.0), ("restart", "n3", 34.0)):
        diagram.touch(*touching)
    words = "n1 leads from 40 to 58 ms; n2 leads from 48 to 50 ms; n3 down from 32 to 34 ms"
    assert words in diagram.sentence
