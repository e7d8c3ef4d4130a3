"""Values that replicas change on their own: the laws of their join, deltas in any order, and what each type means."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import or_
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dscourse.conflicts import (
    GCounter,
    LWWRegister,
    MVRegister,
    ORSet,
    PNCounter,
    Seen,
    SharedText,
)

REPLICAS = ("a", "b", "c")
# A change: the delta that a step makes at a replica whose value is x; ``time`` is never the same twice.
Change = Callable[[Any, str, int, int], Any]
KINDS: dict[str, tuple[Any, Change]] = {
    "GCounter": (GCounter(), lambda x, who, n, time: x.add(who, n + 1)),
    "PNCounter": (PNCounter(), lambda x, who, n, time: x.add(who, n - 3 or 1)),
    "LWWRegister": (LWWRegister(), lambda x, who, n, time: x.write(who, time // 2 + n / 10, time)),
    "MVRegister": (MVRegister(), lambda x, who, n, time: x.write(who, time)),
    "ORSet": (ORSet(), lambda x, who, n, time: x.add(who, n % 3) if n % 2 else x.remove(n % 3)),
    "SharedText": (SharedText(), lambda x, who, n, time: _typed(x, who, n)),
}
every_kind = pytest.mark.parametrize("name", KINDS)
# A step: who; 0 to 5 for a change, or whom it joins what that one holds.
WHO = st.sampled_from(REPLICAS)
STEPS = st.lists(st.tuples(WHO, st.integers(0, 5) | WHO), max_size=14)


def _typed(text: SharedText, who: str, n: int) -> SharedText:
    length = len(str(text))
    if n == 0 and length:
        return text.delete(length // 2)
    return text.insert(who, n % (length + 1), "xyz"[: n % 3 + 1])


def run(name: str, steps: list[tuple[str, Any]]) -> tuple[dict[str, Any], list[Any]]:
    """What each replica holds in the end, and all deltas."""
    start, change = KINDS[name]
    held = dict.fromkeys(REPLICAS, start)
    deltas = []
    for time, (who, what) in enumerate(steps):
        if isinstance(what, int):
            deltas.append(change(held[who], who, what, time))
            held[who] = held[who] | deltas[-1]
        else:
            held[who] = held[who] | held[what]
    return held, deltas


# --- the laws ------------------------------------------------------------------------------------


@every_kind
@given(steps=STEPS)
def test_the_join_is_commutative_associative_and_idempotent(name: str, steps: Any) -> None:
    held, _ = run(name, steps)
    a, b, c = held.values()
    assert a | b == b | a
    assert (a | b) | c == a | (b | c)
    assert a | a == a
    assert KINDS[name][0] | a == a


@every_kind
@given(steps=STEPS, order=st.randoms(use_true_random=False))
def test_who_has_joined_the_same_deltas_holds_the_same(name: str, steps: Any, order: Any) -> None:
    held, deltas = run(name, steps)
    arrived = [*deltas, *deltas[: len(deltas) // 2]]  # some come twice
    order.shuffle(arrived)
    assert reduce(or_, arrived, KINDS[name][0]) == reduce(or_, held.values())


@every_kind
@given(steps=STEPS)
def test_values_can_be_kept_in_sets_and_compared(name: str, steps: Any) -> None:
    held, _ = run(name, steps)
    assert len({*held.values()}) <= 3
    assert hash(reduce(or_, held.values())) == hash(reduce(or_, reversed(held.values())))


# --- mutants: a join that breaks a law is noticed --------------------------------------------------


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("GCounter", lambda x, y: x.value + y.value),
        ("LWWRegister", lambda x, y: x if x.time >= y.time else y),
        ("MVRegister", lambda x, y: MVRegister(x.entries | y.entries, x.seen | y.seen)),
        ("ORSet", lambda x, y: ORSet(x.entries & y.entries, x.seen | y.seen)),
    ],
)
def test_a_wrong_join_is_not_the_join(name: str, wrong: Callable[[Any, Any], Any]) -> None:
    x = KINDS[name][0]
    one, other = x | KINDS[name][1](x, "a", 1, 0), x | KINDS[name][1](x, "b", 1, 0)
    later = one | KINDS[name][1](one, "a", 1, 2)
    pairs = [(one, other), (other, one), (one, later), (later, other)]
    assert any(wrong(*pair) != pair[0] | pair[1] for pair in pairs)


# --- dots ----------------------------------------------------------------------------------------

DOTS = st.frozensets(st.tuples(st.sampled_from(REPLICAS), st.integers(1, 6)))


@given(DOTS, DOTS)
def test_seen_is_a_set_of_dots(one: frozenset[Any], other: frozenset[Any]) -> None:
    both = Seen.of(one) | Seen.of(other)
    assert both == Seen.of(one | other)
    every = [(replica, number) for replica in REPLICAS for number in range(1, 8)]
    assert {dot for dot in every if dot in both} == one | other


# --- what each type means --------------------------------------------------------------------------


@given(STEPS)
def test_counters_count_every_change_once(steps: Any) -> None:
    held, _ = run("GCounter", steps)
    assert reduce(or_, held.values()).value == sum(n + 1 for _, n in steps if isinstance(n, int))
    held, _ = run("PNCounter", steps)
    assert reduce(or_, held.values()).value == sum(
        n - 3 or 1 for _, n in steps if isinstance(n, int)
    )


def test_of_writes_at_the_same_time_the_same_one_wins_everywhere() -> None:
    milk, eggs = LWWRegister().write("a", 5, "milk"), LWWRegister().write("b", 5, "eggs")
    assert milk | eggs == eggs | milk
    fast = LWWRegister().write("a", 100, "from a fast clock")
    assert (fast | LWWRegister().write("b", 20, "written after it")).value == "from a fast clock"


def test_a_write_replaces_what_it_has_seen_and_nothing_else() -> None:
    x = MVRegister() | MVRegister().write("a", 1)
    one, other = x | x.write("a", 2), x | x.write("b", 3)
    assert (one | other).values == (2, 3)
    both = one | other
    assert (both | both.write("c", 4) | x).values == (4,)


@given(STEPS)
def test_an_element_is_there_if_an_addition_of_it_was_seen_by_no_removal(steps: Any) -> None:
    """The set against its definition: additions with names, and removals that list the names they have seen."""
    held, _ = run("ORSet", steps)
    known: dict[str, dict[int, int]] = {
        who: {} for who in REPLICAS
    }  # by replica: addition -> element
    removed: set[int] = set()
    gone: dict[str, set[int]] = {who: set() for who in REPLICAS}
    for name, (who, what) in enumerate(steps):
        if not isinstance(what, int):
            known[who] |= known[what]
            gone[who] |= gone[what]
            continue
        here = {
            one
            for one, element in known[who].items()
            if element == what % 3 and one not in gone[who]
        }
        gone[who] |= here
        if what % 2:
            known[who][name] = what % 3
        else:
            removed |= here
    for who in REPLICAS:
        there = {element for one, element in known[who].items() if one not in gone[who]}
        assert held[who].elements == there


def test_an_addition_wins_over_a_concurrent_removal_and_not_over_a_later_one() -> None:
    x = ORSet() | ORSet().add("a", "milk")
    added, removed = x | x.add("b", "milk"), x | x.remove("milk")
    assert "milk" in (added | removed)
    assert "milk" not in (added | added.remove("milk") | removed)
    assert x.remove("tea") == ORSet()


EDITS = st.tuples(st.booleans(), st.integers(0, 30), st.sampled_from(["x", "yz", "abc"]))


@given(st.lists(EDITS, max_size=20))
def test_a_single_writers_text_is_a_list(edits: list[tuple[bool, int, str]]) -> None:
    text, plain = SharedText(), ""
    for insert, at, chars in edits:
        place = at % (len(plain) + 1)
        if insert or place == len(plain):
            text |= text.insert("a", place, chars)
            plain = plain[:place] + chars + plain[place:]
        else:
            text |= text.delete(place)
            plain = plain[:place] + plain[place + 1 :]
        assert str(text) == plain


def test_what_two_people_type_in_one_place_is_not_mixed_up() -> None:
    text = SharedText() | SharedText().insert("a", 0, "[]")
    ann, bob = text, text
    for n, char in enumerate("hello"):
        ann |= ann.insert("a", 1 + n, char)
    for n, char in enumerate("WORLD"):
        bob |= bob.insert("b", 1 + n, char)
    assert str(ann | bob) in ("[helloWORLD]", "[WORLDhello]")


@given(steps=STEPS)
def test_letters_keep_their_order_on_every_replica(steps: Any) -> None:
    """If a letter stands before another one in one copy, it does in every copy that holds both."""
    held, _ = run("SharedText", steps)
    orders = [
        [letter.name for letter in text.shown]
        for text in (*held.values(), reduce(or_, held.values()))
    ]
    for one in orders:
        for other in orders:
            both = [name for name in one if name in other]
            assert both == [name for name in other if name in one]


def test_a_letter_that_arrives_before_its_place_waits_for_it() -> None:
    first = SharedText().insert("a", 0, "ab")
    text = SharedText() | first
    last = text.insert("b", 2, "c")
    assert str(SharedText() | last) == ""
    assert str(SharedText() | last | first) == "abc"


# --- bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: GCounter().add("a", 0), ValueError, "by=0: a counter that only grows"),
        (lambda: GCounter().add("a", -1), ValueError, "by=-1"),
        (lambda: PNCounter().add("a", 0), ValueError, "by=0"),
        (lambda: SharedText().insert("a", 1, "x"), IndexError, "place=1: it must be from 0 to 0"),
        (lambda: SharedText().delete(0), IndexError, "place=0"),
    ],
)
def test_changes_that_cannot_be_are_refused(call: Any, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        call()
