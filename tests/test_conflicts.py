"""Values that replicas change on their own: the laws of their join, deltas in any order, the meaning of each type."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import reduce
from operator import or_
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dscourse.clocks import VersionVector
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
    "GCounter": (GCounter(), lambda x, replica, n, time: x.add(replica, n + 1)),
    "PNCounter": (PNCounter(), lambda x, replica, n, time: x.add(replica, n - 3 or 1)),
    "LWWRegister": (
        LWWRegister(),
        lambda x, replica, n, time: x.write(replica, time // 2 + n / 10, time),
    ),
    "MVRegister": (MVRegister(), lambda x, replica, n, time: x.write(replica, time)),
    "ORSet": (
        ORSet(),
        lambda x, replica, n, time: x.add(replica, n % 3) if n % 2 else x.remove(n % 3),
    ),
    "SharedText": (SharedText(), lambda x, replica, n, time: _typed(x, replica, n)),
}
every_kind = pytest.mark.parametrize("name", KINDS)
# A step: a replica, and 0 to 5 for a change, or the replica whose state it joins.
WRITERS = st.sampled_from(REPLICAS)
STEPS = st.lists(st.tuples(WRITERS, st.integers(0, 5) | WRITERS), max_size=14)


def _typed(text: SharedText, replica: str, n: int) -> SharedText:
    length = len(str(text))
    if n == 0 and length:
        return text.delete(length // 2)
    return text.insert(replica, n % (length + 1), "xyz"[: n % 3 + 1])


def run(name: str, steps: list[tuple[str, Any]]) -> tuple[dict[str, Any], list[Any]]:
    """Return the state of each replica in the end, and all deltas."""
    start, change = KINDS[name]
    copies = dict.fromkeys(REPLICAS, start)
    deltas = []
    for time, (replica, what) in enumerate(steps):
        if isinstance(what, int):
            deltas.append(change(copies[replica], replica, what, time))
            copies[replica] = copies[replica] | deltas[-1]
        else:
            copies[replica] = copies[replica] | copies[what]
    return copies, deltas


# --- the laws ------------------------------------------------------------------------------------


@every_kind
@given(steps=STEPS)
def test_the_join_is_commutative_associative_and_idempotent(name: str, steps: Any) -> None:
    copies, _ = run(name, steps)
    a, b, c = copies.values()
    assert a | b == b | a
    assert (a | b) | c == a | (b | c)
    assert a | a == a
    assert KINDS[name][0] | a == a


@every_kind
@given(steps=STEPS, order=st.randoms(use_true_random=False))
def test_who_has_joined_the_same_deltas_holds_the_same(name: str, steps: Any, order: Any) -> None:
    copies, deltas = run(name, steps)
    arrived = [*deltas, *deltas[: len(deltas) // 2]]  # some come twice
    order.shuffle(arrived)
    assert reduce(or_, arrived, KINDS[name][0]) == reduce(or_, copies.values())


@every_kind
@given(steps=STEPS)
def test_values_can_be_kept_in_sets_and_compared(name: str, steps: Any) -> None:
    copies, _ = run(name, steps)
    assert len({*copies.values()}) <= 3
    assert hash(reduce(or_, copies.values())) == hash(reduce(or_, reversed(copies.values())))


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
    copies, _ = run("GCounter", steps)
    assert reduce(or_, copies.values()).value == sum(n + 1 for _, n in steps if isinstance(n, int))
    copies, _ = run("PNCounter", steps)
    assert reduce(or_, copies.values()).value == sum(
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
    copies, _ = run("ORSet", steps)
    known: dict[str, dict[int, int]] = {
        replica: {} for replica in REPLICAS
    }  # by replica: addition -> element
    removed: set[int] = set()
    gone: dict[str, set[int]] = {replica: set() for replica in REPLICAS}
    for name, (replica, what) in enumerate(steps):
        if not isinstance(what, int):
            known[replica] |= known[what]
            gone[replica] |= gone[what]
            continue
        here = {
            one
            for one, element in known[replica].items()
            if element == what % 3 and one not in gone[replica]
        }
        gone[replica] |= here
        if what % 2:
            known[replica][name] = what % 3
        else:
            removed |= here
    for replica in REPLICAS:
        there = {element for one, element in known[replica].items() if one not in gone[replica]}
        assert copies[replica].elements == there


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
        position = at % (len(plain) + 1)
        if insert or position == len(plain):
            text |= text.insert("a", position, chars)
            plain = plain[:position] + chars + plain[position:]
        else:
            text |= text.delete(position)
            plain = plain[:position] + plain[position + 1 :]
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
    copies, _ = run("SharedText", steps)
    orders = [
        [letter.name for letter in text.shown]
        for text in (*copies.values(), reduce(or_, copies.values()))
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


RUNS = st.lists(
    st.tuples(st.text("xyz", min_size=1, max_size=4), st.integers(0, 9)), min_size=3, max_size=3
)


@given(base=st.integers(0, 5), runs=RUNS, pieces=st.integers(1, 3), gone=st.integers(0, 4))
def test_a_run_typed_forwards_stays_together(base: int, runs: Any, pieces: int, gone: int) -> None:
    """Three people type at once, each a run behind what they typed before, in one place or in several."""
    start = SharedText() | SharedText().insert("s", 0, "....."[:base])
    copies = []
    for replica, (run, position) in zip(REPLICAS, runs, strict=True):
        copy, at = start, position % (base + 1)
        for first in range(0, len(run), pieces):
            copy |= copy.insert(replica, at + first, run[first : first + pieces].upper())
        copies.append(copy)
    if base > gone:
        copies.append(start | start.delete(gone))
    both = reduce(or_, copies)
    owners = "".join(letter.name[1] for letter in both.shown)
    for replica, (run, _) in zip(REPLICAS, runs, strict=True):
        assert replica * len(run) in owners
        written = "".join(one.char for one in both.shown if one.name[1] == replica)
        assert written == run.upper()


def test_words_typed_backwards_interleave() -> None:
    """The anomaly of RGA (Kleppmann et al. 2019), which the docstring names: letter by letter, and word by word."""

    def backwards(replica: str, pieces: list[str]) -> SharedText:
        text = SharedText()
        for piece in reversed(pieces):
            text |= text.insert(replica, 0, piece)
        return text

    assert str(backwards("a", list("milk")) | backwards("b", list("EGGS"))) == "EmGiGlSk"
    lines = backwards("a", ["one ", "two "]) | backwards("b", ["EINS ", "ZWEI "])
    assert str(lines) == "EINS one ZWEI two "


def test_of_two_values_of_one_replica_at_one_time_the_same_one_wins_everywhere() -> None:
    one, other = LWWRegister().write("a", 5, "milk"), LWWRegister().write("a", 5, "eggs")
    assert (one | other).value == (other | one).value == "milk"
    third = LWWRegister().write("a", 5, 7)
    joins = {reduce(or_, order).value for order in itertools.permutations([one, other, third])}
    assert len(joins) == 1


def test_a_replica_that_has_lost_its_state_must_not_keep_its_name() -> None:
    """The assumption of the package, broken: a new change under an old number is mistaken for the old one."""
    count = GCounter() | GCounter().add("a", 5)
    assert (count | GCounter().add("a", 3)).value == 5
    assert (count | GCounter().add("a, reborn", 3)).value == 8
    cart = ORSet() | ORSet().add("a", "milk")
    assert (cart | ORSet().add("a", "eggs")).elements == frozenset()
    assert (cart | ORSet().add("a, reborn", "eggs")).elements == {"milk", "eggs"}


def test_an_element_that_equals_nothing_can_be_removed() -> None:
    nothing = float("nan")
    x = ORSet() | ORSet().add("a", nothing)
    assert nothing in x
    assert nothing not in (x | x.remove(nothing))


@given(DOTS, st.dictionaries(st.sampled_from(REPLICAS), st.integers(0, 3)))
def test_equal_sets_of_dots_are_equal_however_they_are_made(
    dots: frozenset[Any], counts: dict[str, int]
) -> None:
    seen = Seen(VersionVector(counts), dots)
    every = {
        (replica, number) for replica, count in counts.items() for number in range(1, count + 1)
    }
    assert seen == Seen.of(every | dots)
    assert ("a", 0) not in seen


# --- bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: GCounter().add("a", 0), ValueError, "by=0: a counter that only grows"),
        (lambda: GCounter().add("a", -1), ValueError, "by=-1"),
        (lambda: PNCounter().add("a", 0), ValueError, "by=0"),
        (
            lambda: SharedText().insert("a", 1, "x"),
            IndexError,
            "position=1: it must be from 0 to 0",
        ),
        (lambda: SharedText().delete(0), IndexError, "position=0, count=1: the text has 0 letters"),
        (lambda: SharedText().delete(0, -1), IndexError, "position=0, count=-1"),
        (lambda: SharedText().delete(-1, 1), IndexError, "position=-1, count=1"),
        (lambda: SharedText().insert("a", 0, ["ab"]), TypeError, "it must be a text"),
        (lambda: SharedText().insert(7, 0, "x"), TypeError, "replica=7: a replica's name must be"),
        (lambda: GCounter().add("a", 1.5), ValueError, "by=1.5"),
        (lambda: GCounter().add("", 1), ValueError, "a replica's name must not be empty"),
        (lambda: PNCounter().add(None, -1), TypeError, "replica=None"),
        (
            lambda: LWWRegister().write("a", float("nan"), 1),
            ValueError,
            "time=nan: it must be a finite",
        ),
        (lambda: LWWRegister().write("a", float("inf"), 1), ValueError, "time=inf"),
        (lambda: LWWRegister().write(3, 1, 1), TypeError, "replica=3"),
        (lambda: MVRegister().write(b"a", 1), TypeError, "replica=b'a'"),
        (lambda: ORSet().add(("a",), 1), TypeError, "a replica's name must be a string"),
        (lambda: Seen.of([("a", 0)]), ValueError, "a replica's updates are numbered from 1"),
        (lambda: Seen.of([("a", 1.5)]), ValueError, "numbered from 1"),
    ],
)
def test_changes_that_cannot_be_are_refused(call: Any, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        call()
