"""Cluster maps: groups, states, links and their words."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from dscourse.node import Node, cluster
from dscourse.show import cluster_map, palette
from dscourse.show.topology import Topology
from dscourse.sim import Crash, Cut, Fault, Heal, Hold, Network, Partition, Pause, SetLink, World
from tests.sim.worlds import Store, Writer, gossip_world

from .drawing import faults, tag, titles, tree, words

ALL = Partition({"a", "b"}, {"c", "d", "e"})


def world(*happened: Fault, names: str = "abcde", loss: float = 0.0) -> World:
    result = World(cluster(Node, list(names)), 0, Network(loss=loss))
    for fault in happened:
        result.apply(fault)
    return result


def clients(*happened: Fault) -> World:
    result = World([Store("s"), Store("t", ["s"]), Writer("c1", ["s"]), Writer("c2", ["s"])], 0)
    for fault in happened:
        result.apply(fault)
    return result


@pytest.mark.parametrize(
    ("shown", "sentence"),
    [
        (world(), "5 nodes at 0 ms; all connected."),
        (world(ALL), "5 nodes at 0 ms; split into c, d, e | a, b."),
        (world(ALL, Heal()), "5 nodes at 0 ms; all connected."),
        (world(Cut("a", "b")), "5 nodes at 0 ms; all connected; b → a only."),
        (world(Cut("b", "a")), "5 nodes at 0 ms; all connected; a → b only."),
        (world(Cut("a", "b"), Cut("b", "a")), "5 nodes at 0 ms; all connected; a – b cut."),
        (world(Hold("b", "a")), "5 nodes at 0 ms; all connected; b → a held."),
        (world(Hold("b", "a"), Hold("a", "b")), "5 nodes at 0 ms; all connected; a – b held."),
        (world(SetLink("e", "d", loss=0.25)), "5 nodes at 0 ms; all connected; e → d loses 25 %."),
        (world(loss=0.1), "5 nodes at 0 ms; all connected; 10 links lose messages."),
        (world(loss=0.1, names="ab"), "2 nodes at 0 ms; all connected; a – b loses 10 %."),
        (world(Crash("c"), Crash("a"), Pause("d")), "5 nodes at 0 ms; all connected; a, c down; d paused."),
        (clients(), "2 nodes and 2 clients at 0 ms; all connected."),
        (clients(Partition({"s", "c1"}, {"t", "c2"})), "2 nodes and 2 clients at 0 ms; split into s, c1 | t, c2."),
        (clients(Partition({"s", "t"}, {"c2"})), "2 nodes and 2 clients at 0 ms; split into s, t, c1 | c2."),
    ],
)  # fmt: skip
def test_the_sentence_says_who_reaches_whom(shown: World, sentence: str) -> None:
    assert cluster_map(shown).sentence == sentence


def test_one_direction_is_not_enough_to_stand_in_one_group() -> None:
    one_way = world(Cut("a", "b"), names="ab")
    assert Topology.of_world(one_way).groups() == [["a"], ["b"]]
    assert cluster_map(one_way).sentence == "2 nodes at 0 ms; split into a | b; b → a only."


def test_a_node_between_two_others_joins_them() -> None:
    bridged = world(Cut("a", "c"), Cut("c", "a"), names="abc")
    assert Topology.of_world(bridged).groups() == [["a", "b", "c"]]


def test_a_client_does_not_join_nodes() -> None:
    split = clients(Partition({"s"}, {"t"}))
    groups = Topology.of_world(split).groups()
    assert groups == [["s", "c1", "c2"], ["t"]]


def line(picture_tree: ET.Element, title: str) -> ET.Element:
    (found,) = (
        e for e in picture_tree.iter() if tag(e) == "line" and "".join(e.itertext()) == title
    )
    return found


def test_an_arrow_of_a_one_way_link_points_where_messages_pass() -> None:
    root = tree(cluster_map(world(Cut("a", "b"), names="ab")))
    arrow = line(root, "b → a only")
    assert float(arrow.attrib["x1"]) > float(arrow.attrib["x2"])  # a stands left of b
    assert arrow.attrib["marker-end"].startswith("url(#")
    assert arrow.attrib["stroke"] == palette.ORANGE


def test_links_that_are_cut_between_groups_are_not_drawn() -> None:
    whole, split = cluster_map(world()), cluster_map(world(ALL))
    pairs = [title for title in titles(whole) if " – " in title]
    assert len(pairs) == 10
    assert {title for title in titles(split) if " – " in title} == {
        "a – b",
        "c – d",
        "c – e",
        "d – e",
    }


def test_the_legend_explains_the_lines_that_are_there_and_no_others() -> None:
    kinds = {"loses messages", "held back", "only this way", "cut"}
    assert kinds.isdisjoint(words(cluster_map(world())))
    assert kinds & set(words(cluster_map(world(Hold("a", "b"))))) == {"held back"}
    every = world(
        Hold("a", "b"), Cut("a", "c"), Cut("b", "c"), Cut("c", "b"), SetLink("d", "e", loss=0.5)
    )
    assert kinds <= set(words(cluster_map(every)))


@pytest.mark.parametrize(
    ("fault", "state"), [(None, "up"), (Crash("b"), "down"), (Pause("b"), "paused")]
)
def test_a_state_is_told_by_shape_and_word(fault: Fault | None, state: str) -> None:
    picture = cluster_map(world(*([fault] if fault else [])))
    assert f"b: {state}" in titles(picture)
    assert ("down" in words(picture), "paused" in words(picture)) == (
        state == "down",
        state == "paused",
    )
    shapes = (e for e in tree(picture).iter() if tag(e) == "rect")
    (shape,) = (e for e in shapes if "".join(e.itertext()) == f"b: {state}")
    assert ("stroke-dasharray" in shape.attrib) == (state != "up")


@pytest.mark.parametrize("count", [1, 2, 3, 5, 9, 16])
@pytest.mark.parametrize("name", ["n{}", "participant {}", "<&{}>"])
def test_no_member_or_text_covers_another(count: int, name: str) -> None:
    names = [name.format(number) for number in range(count)]
    picture = cluster_map(names, labels={names[0]: "leader of term 3"})
    boxes = [
        tuple(float(e.attrib[key]) for key in ("x", "y", "width", "height"))
        for e in tree(picture).iter()
        if tag(e) == "rect" and "".join(e.itertext()).endswith(": up")
    ]
    assert len(boxes) == count
    for i, (x, y, w, h) in enumerate(boxes):
        for x2, y2, w2, h2 in boxes[i + 1 :]:
            assert x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y
    assert faults(picture) == []


@pytest.mark.parametrize("seed", range(6))
def test_random_moments_read_well(seed: int) -> None:
    shown = gossip_world(seed).run(20)
    for fault in (Partition({"a"}, {"b"}, {"c", "d"}), Crash("b"), Pause("d"), Hold("c", "d")):
        shown.apply(fault)
        assert faults(cluster_map(shown, labels=dict.fromkeys("abcd", "3 messages"))) == []


def test_names_alone_are_a_healthy_cluster() -> None:
    picture = cluster_map(["n2", "n10", "n2"])
    assert picture.sentence == "2 nodes; all connected."
    assert titles(picture).count("n2 – n10") == 1


def test_nobody_is_a_picture_too() -> None:
    assert cluster_map([]).sentence == "0 nodes; all connected."


def test_a_label_of_an_unknown_node_is_refused() -> None:
    with pytest.raises(LookupError, match="no node is called 'z': the nodes are a, b"):
        cluster_map(world(names="ab"), labels={"z": "lost"})


def test_drawing_changes_nothing_in_the_world() -> None:
    shown = gossip_world(1).run(20)
    twin = shown.clone()
    first, again = cluster_map(shown), cluster_map(shown)
    assert first == again
    assert shown.run(60).trace == twin.run(60).trace
