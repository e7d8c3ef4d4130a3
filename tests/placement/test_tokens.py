"""A ring with given tokens: the same as a hashed ring of the same points, and its refusals."""

from __future__ import annotations

import numpy as np
import pytest

from dscourse.placement import Ring, TokenRing, UnsupportedError, moved

KEYS = np.arange(5_000)


def test_with_the_points_of_a_ring_it_places_every_key_alike() -> None:
    ring = Ring(["a", "b", "c"], virtual_nodes=20)
    tokens = TokenRing.of(ring)
    assert tokens.nodes == ring.nodes
    assert list(tokens.points()) == list(ring.points())
    assert moved(ring, tokens, KEYS) == 0


def test_only_the_keys_of_the_arc_move_with_a_token() -> None:
    tokens = {"a": [0.25], "b": [0.5], "c": [0.9]}
    before, after = TokenRing(tokens), TokenRing(tokens)
    after.move("b", 0.5, 0.6)
    assert after.arcs() == pytest.approx({"a": 0.35, "b": 0.35, "c": 0.3})
    assert moved(before, after, KEYS) == pytest.approx(0.1, abs=0.02)
    after.move("b", 0.6, 0.5)
    assert moved(before, after, KEYS) == 0


def test_joining_and_leaving_equal_a_ring_built_at_once() -> None:
    grown = TokenRing({"a": [0.1], "b": [0.6]})
    grown.add("c", tokens=[0.3, 0.9])
    grown.remove("a")
    assert list(grown.points()) == list(TokenRing({"b": [0.6], "c": [0.9, 0.3]}).points())
    assert moved(grown, TokenRing({"b": [0.6], "c": [0.3, 0.9]}), KEYS) == 0


@pytest.mark.parametrize("token", [-0.1, 1.0, float("nan"), float("inf"), "0.5", None])
def test_a_token_outside_the_circle_is_refused(token: object) -> None:
    with pytest.raises(ValueError, match=r"node 'a': token .* from 0 up to, but not, 1"):
        TokenRing({"a": [token]})  # type: ignore[list-item]


def test_what_is_impossible_is_refused_and_changes_nothing() -> None:
    ring = TokenRing({"a": [0.1]})
    with pytest.raises(ValueError, match="node 'b' has no token"):
        ring.add("b")
    with pytest.raises(UnsupportedError, match="all nodes weigh 1"):
        ring.add("b", 2.0, [0.5])
    with pytest.raises(ValueError, match="there already"):
        ring.add("a", tokens=[0.5])
    with pytest.raises(LookupError, match=r"has no token 0\.7"):
        ring.move("a", 0.7, 0.5)
    with pytest.raises(LookupError, match="node 'z' has no token"):
        ring.move("z", 0.7, 0.5)
    with pytest.raises(TypeError, match="a dict from each node"):
        TokenRing(["a"])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="a list of numbers"):
        TokenRing({"a": 0.5})  # type: ignore[dict-item]
    assert (ring.nodes, list(ring.points())) == (("a",), [(0.1, "a")])
    ring.add("b", tokens=[0.5])
    assert ring.nodes == ("a", "b")
