"""Versions: the algebra of the join, and siblings, which are exactly the concurrent writes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dscourse.clocks import VersionVector
from dscourse.protocols.versions import Siblings, Version, context_of, joined


@st.composite
def replicas(draw: st.DrawFn) -> list[Siblings]:
    """Draw three replicas after random writes, each with the context of an earlier read, and random copies."""
    copies: list[Siblings] = [(), (), ()]
    contexts = [VersionVector()]
    for n in range(draw(st.integers(0, 12))):
        at, other = draw(st.integers(0, 2)), draw(st.integers(0, 2))
        if draw(st.booleans()):
            copies[at] = joined(copies[at], copies[other])
            contexts.append(context_of(copies[at]))
        else:
            name, seen = "abc"[at], draw(st.sampled_from(contexts))
            count = max(context_of(copies[at])[name], seen[name]) + 1
            copies[at] = joined(copies[at], (Version(name, count, seen, n),))
    return copies


@given(replicas())
def test_the_join_is_commutative_associative_and_idempotent(copies: list[Siblings]) -> None:
    a, b, c = copies
    assert joined(a, b) == joined(b, a)
    assert joined(joined(a, b), c) == joined(a, joined(b, c))
    assert joined(a, a) == a


@given(replicas())
def test_siblings_do_not_supersede_each_other_and_nothing_is_lost(copies: list[Siblings]) -> None:
    after = joined(joined(*copies[:2]), copies[2])
    assert not any(one.supersedes(other) for one in after for other in after)
    for version in {version for siblings in copies for version in siblings}:
        assert any(kept == version or kept.supersedes(version) for kept in after)


def test_two_writes_with_one_context_at_one_replica_stay_side_by_side() -> None:
    """Preguiça et al. 2010: a version vector alone would order them, and one would be lost."""
    first = Version("a", 1, VersionVector(), "milk")
    second = Version("a", 2, VersionVector(), "eggs")
    assert joined((first,), (second,)) == (first, second)
    assert VersionVector({"a": 1}) < VersionVector({"a": 2})


def test_a_write_with_the_context_of_both_supersedes_both() -> None:
    both = (Version("a", 1), Version("b", 1))
    merged = Version("b", 2, context_of(both), "merged")
    assert joined(both, (merged,)) == (merged,)
    assert str(merged) == "merged (b:2 after {a: 1, b: 1})"
