"""Every placement takes its nodes by the same rules, depends on what it says, and agrees with a plain model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from dscourse.placement import (
    BoundedRing,
    Jump,
    Maglev,
    Modulo,
    Placement,
    RackRing,
    Rendezvous,
    Ring,
    Shards,
    TextbookRing,
    TextbookShards,
    UnsupportedError,
    hash_of,
    hashes_of,
    jump,
    moved,
    spread,
)
from dscourse.placement.hashing import mixed
from dscourse.placement.weak import HashedRing, crc_32

SLOTS = 31
PLACEMENTS: dict[str, Callable[[Any], Placement]] = {
    "Modulo": Modulo,
    "Ring": lambda nodes: Ring(nodes, 3),
    "Rendezvous": Rendezvous,
    "Jump": Jump,
    "Maglev": lambda nodes: Maglev(nodes, SLOTS),
    "HashedRing": lambda nodes: HashedRing(nodes, 3, crc_32),
}
TAKES_NODES: dict[str, Callable[[Any], Any]] = {
    **PLACEMENTS,
    "BoundedRing": BoundedRing,
    "RackRing": lambda nodes: RackRing({"north": nodes}),
    "Shards": Shards,
    "TextbookRing": TextbookRing,
    "TextbookShards": TextbookShards,
}
every_placement = pytest.mark.parametrize("name", PLACEMENTS)
KEYS = [f"cart {number}" for number in range(40)]

# --- the nodes that are given --------------------------------------------------------------------


@pytest.mark.parametrize("name", TAKES_NODES)
@pytest.mark.parametrize(
    ("nodes", "error", "message"),
    [
        ("n1", TypeError, r"='n1': a list of names is required, not one string; write \['n1'\]"),
        (b"n1", TypeError, r"=b'n1': a list of names is required, not one string"),
        (3, TypeError, "=3: a list of names is required"),
        (None, TypeError, "=None: a list of names is required"),
        (["a", 5], TypeError, ": 5: a node's name must be a string"),
        (["a", b"b"], TypeError, ": b'b': a node's name must be a string"),
        (["a", ""], ValueError, ": '': a node's name must not be empty"),
    ],
)
def test_what_is_no_list_of_names_is_refused(
    name: str, nodes: Any, error: type, message: str
) -> None:
    with pytest.raises(error, match=message):
        TAKES_NODES[name](nodes)


def nodes_of(placement: Any) -> list[str]:
    return list(placement.shards if isinstance(placement, TextbookShards) else placement.nodes)


@pytest.mark.parametrize("name", TAKES_NODES)
def test_any_iterable_of_names_is_taken(name: str) -> None:
    for nodes in (
        ["a", "b"],
        ("a", "b"),
        iter("ab"),
        (n for n in "ab"),
        {"a": 1, "b": 1},
        {"b", "a"},
    ):
        assert sorted(nodes_of(TAKES_NODES[name](nodes))) == ["a", "b"]


@pytest.mark.parametrize("name", sorted({*TAKES_NODES} - {"TextbookRing", "TextbookShards"}))
def test_a_node_given_twice_is_refused_and_a_set_is_sorted(name: str) -> None:
    with pytest.raises(ValueError, match="'a' is there already"):
        TAKES_NODES[name](["a", "b", "a"])
    letters = {f"node {number}" for number in range(20)}
    assert nodes_of(TAKES_NODES[name](letters)) == sorted(letters)


@every_placement
@pytest.mark.parametrize("node", [None, 7, b"c", ""])
def test_a_node_that_joins_needs_a_name(name: str, node: Any) -> None:
    placement = PLACEMENTS[name](["a", "b"])
    with pytest.raises((TypeError, ValueError), match="a node's name must"):
        placement.add(node)
    assert placement.nodes == ("a", "b")


def test_a_rings_points_are_bounded() -> None:
    for make in (lambda: Ring({"a": 1e9}), lambda: Ring(["a"], 10**9)):
        with pytest.raises(ValueError, match="a node stands at 1,048,576 points at most"):
            make()
    for virtual_nodes in (2.5, "3", None):
        with pytest.raises(ValueError, match="at least 1 virtual node"):
            Ring(["a"], virtual_nodes)  # type: ignore[arg-type]


# --- the keys that are given ---------------------------------------------------------------------


@every_placement
def test_one_text_is_one_key_and_not_a_list_of_them(name: str) -> None:
    placement = PLACEMENTS[name](["a", "b"])
    with pytest.raises(TypeError, match="cart"):
        placement.loads("cart")
    with pytest.raises(TypeError, match="an array of hashes, of type uint64, is required"):
        placement.indexes_at(np.arange(5))


@given(st.text(st.characters(codec=None), max_size=6))
def test_every_text_has_a_hash(text: str) -> None:
    """Lone surrogates too, as Python makes them from file names that are not UTF-8."""
    assert hashes_of([text]).tolist() == [hash_of(text)]
    assert 0 <= hash_of(text) < 2**64


def test_which_keys_share_a_hash() -> None:
    assert hash_of("é") == hash_of("é".encode())
    assert hash_of(1) not in (hash_of("1"), hash_of(b"1"))
    assert hash_of(1) == hash_of((1).to_bytes(8, "little")) == hash_of(np.int64(1))
    assert hash_of(-1) == hash_of(2**64 - 1)
    assert hash_of("\ud800") != hash_of("\ud801")


def test_nodes_are_told_apart_by_their_whole_names() -> None:
    assert moved(Ring(["a"]), Ring(["a\0"]), KEYS) == 1


@pytest.mark.parametrize("load", [-1, float("nan"), float("inf")])
def test_a_load_is_a_finite_number(load: float) -> None:
    with pytest.raises(ValueError, match="each must be a finite number, 0 or more"):
        spread({"a": 1, "b": load})


# --- against plain models ------------------------------------------------------------------------


def plain_modulo(nodes: list[str], key: str) -> str:
    return nodes[hash_of(key) % len(nodes)]


def plain_ring(hashed: Callable[[str], int]) -> Callable[[list[str], str], str]:
    def node_of(nodes: list[str], key: str) -> str:
        points = sorted((hashed(f"{node}#{number}"), node) for node in nodes for number in range(3))
        return next((node for point, node in points if point >= hashed(key)), points[0][1])

    return node_of


def plain_rendezvous(nodes: list[str], key: str) -> str:
    return max(nodes, key=lambda node: mixed(hash_of(key), hash_of(node)))


def plain_maglev(nodes: list[str], key: str) -> str:
    """Eisenbud et al. 2016, figure 4: permutations written out, and nodes that take turns."""
    lists = []
    for node in sorted(nodes):
        offset = mixed(hash_of(node), 1) % SLOTS
        skip = mixed(hash_of(node), 2) % (SLOTS - 1) + 1
        lists.append((node, iter([(offset + turn * skip) % SLOTS for turn in range(SLOTS)])))
    table: dict[int, str] = {}
    while len(table) < SLOTS:
        for node, slots in lists:
            if len(table) < SLOTS:
                table[next(slot for slot in slots if slot not in table)] = node
    return table[hash_of(key) % SLOTS]


MODELS: dict[str, Callable[[list[str], str], str]] = {
    "Modulo": plain_modulo,
    "Ring": plain_ring(hash_of),
    "Rendezvous": plain_rendezvous,
    "Jump": lambda nodes, key: nodes[jump(hash_of(key), len(nodes))],
    "Maglev": plain_maglev,
    "HashedRing": plain_ring(crc_32),
}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from("abcdefgh"), max_size=14))
@every_placement
def test_after_any_joins_and_leaves_it_is_the_plain_model(name: str, steps: list[str]) -> None:
    placement, nodes = PLACEMENTS[name]([]), list[str]()
    for node in steps:
        if node not in nodes:
            placement.add(node)
            nodes.append(node)
        elif name == "Jump" and node != nodes[-1]:
            with pytest.raises(UnsupportedError):
                placement.remove(node)
        else:
            placement.remove(node)
            nodes.remove(node)
        assert list(placement.nodes) == nodes
    if nodes:
        expected = [MODELS[name](nodes, key) for key in KEYS]
        assert [placement.node_of(key) for key in KEYS] == expected
        assert [nodes[index] for index in placement.indexes_of(KEYS)] == expected
        assert placement.loads(KEYS) == {node: expected.count(node) for node in nodes}


@given(st.permutations(["a", "b", "c", "d", "e"]))
@pytest.mark.parametrize("name", sorted({*PLACEMENTS} - {"Modulo", "Jump"}))
def test_the_order_of_joins_does_not_matter(name: str, order: list[str]) -> None:
    one, other = PLACEMENTS[name](sorted(order)), PLACEMENTS[name](order)
    assert [one.node_of(key) for key in KEYS] == [other.node_of(key) for key in KEYS]


@given(st.permutations(["a", "b", "c", "d", "e"]), st.sampled_from([1e-320, 1.0, 1e300]))
def test_equal_draws_do_not_make_the_order_matter(order: list[str], weight: float) -> None:
    one, other = (Rendezvous(dict.fromkeys(nodes, weight)) for nodes in (sorted(order), order))
    for key in KEYS:
        assert one.node_of(key) == other.node_of(key) == one.nodes_of(key, 2)[0]
    owners = [np.array(some.nodes)[some.indexes_of(KEYS)].tolist() for some in (one, other)]
    assert owners[0] == owners[1] == [one.node_of(key) for key in KEYS]


# --- racks ---------------------------------------------------------------------------------------


def test_a_node_joins_a_ring_of_racks_in_a_rack() -> None:
    ring = RackRing({"north": ["a", "b"], "south": ["c"]}, 5)
    with pytest.raises(TypeError, match=r"node 'd' needs a rack: write add\('d', rack=…\)"):
        ring.add("d")
    ring.add("d", rack="south")
    ring.remove("c")
    with pytest.raises(LookupError, match="no node 'z'"):
        ring.remove("z")
    fresh = RackRing({"north": ["a", "b"], "south": ["d"]}, 5)
    assert ring.rack_of == fresh.rack_of
    for key in KEYS:
        assert ring.preference(key, 3) == fresh.preference(key, 3)
        assert {ring.rack_of[node] for node in ring.preference(key, 2)} == {"north", "south"}


@pytest.mark.parametrize(
    ("racks", "error", "message"),
    [
        ("ab", TypeError, "racks='ab': a dict from each rack to its nodes is required"),
        (["a"], TypeError, "a dict from each rack to its nodes is required"),
        ({"north": "ab"}, TypeError, r"racks\['north'\]='ab': a list of names is required"),
        ({"n": ["a"], "s": ["a"]}, ValueError, "'a' stands in 'n' and in 's': it has one rack"),
        ({}, ValueError, "a node has to stand somewhere"),
    ],
)
def test_racks_that_cannot_be_are_refused(racks: Any, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        RackRing(racks)


def test_nodes_in_racks_have_weights() -> None:
    arcs = RackRing({"north": {"a": 1, "b": 3}, "south": ["c"]}, 5_000).arcs()
    assert arcs["b"] / (arcs["a"] + arcs["c"]) == pytest.approx(1.5, rel=0.2)


# --- bounded loads -------------------------------------------------------------------------------


class Bounded(RuleBasedStateMachine):
    """Keys and nodes come and go; no node is too full, and keys move only as the docstring says."""

    @initialize(factor=st.sampled_from([1.05, 1.25, 3.0]))
    def begin(self, factor: float) -> None:
        self.bounded = BoundedRing(["a", "b"], factor, virtual_nodes=3)

    def moved(self, change: Callable[[], Any]) -> list[tuple[Any, str, str]]:
        before = dict(self.bounded.home)
        change()
        after = self.bounded.home
        return [(k, before[k], after[k]) for k in before if k in after and before[k] != after[k]]

    @rule(key=st.sampled_from(KEYS))
    def hold_or_release(self, key: str) -> None:
        if key not in self.bounded.home:
            assert self.moved(lambda: self.bounded.hold(key)) == []
        else:
            loads = Counter(self.bounded.loads)
            loads[self.bounded.home[key]] -= 1
            room = self.bounded.room(len(self.bounded.home) - 1)
            sources = {source for _, source, _ in self.moved(lambda: self.bounded.release(key))}
            assert all(loads[source] > room for source in sources)

    @precondition(lambda self: len(self.bounded.nodes) < 6)
    @rule(node=st.sampled_from("abcdef"))
    def join(self, node: str) -> None:
        if node not in self.bounded.nodes:
            loads = Counter(self.bounded.loads)
            for key, source, to in self.moved(lambda: self.bounded.add(node)):
                met = next(n for n in self.bounded._ring.clockwise(key) if n in (node, source))
                assert (to == node == met) or loads[source] > self.bounded.room(
                    len(self.bounded.home)
                )

    @precondition(lambda self: len(self.bounded.nodes) > 1)
    @rule(index=st.integers(0, 5))
    def leave(self, index: int) -> None:
        node = self.bounded.nodes[index % len(self.bounded.nodes)]
        assert {source for _, source, _ in self.moved(lambda: self.bounded.remove(node))} <= {node}

    @invariant()
    def within_bounds(self) -> None:
        bounded = self.bounded
        counts = Counter(bounded.home.values())
        assert {node: counts[node] for node in bounded.nodes} == bounded.loads
        assert max(bounded.loads.values()) <= bounded.room(len(bounded.home))


TestBoundedLoads = Bounded.TestCase
TestBoundedLoads.settings = settings(
    derandomize=True, database=None, deadline=None, max_examples=60, stateful_step_count=40
)


def test_the_last_node_stays_while_it_holds_keys() -> None:
    bounded = BoundedRing(["a"])
    bounded.hold("x")
    with pytest.raises(ValueError, match="node 'a' cannot leave: no other is there for its 1 keys"):
        bounded.remove("a")
    assert (bounded.nodes, bounded.home) == (("a",), {"x": "a"})
    bounded.release("x")
    bounded.remove("a")
    assert bounded.nodes == ()
    with pytest.raises(LookupError, match="no node 'a'"):
        bounded.remove("a")


def test_a_table_in_ranges_is_on_each_node_once() -> None:
    def nodes() -> Iterable[str]:
        yield from ("n1", "n2")

    assert Shards(nodes()).nodes == ("n1", "n2")
