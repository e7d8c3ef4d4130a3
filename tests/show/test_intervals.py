"""Client histories as intervals: no bar covers another, open ones stay open, the sentence counts."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from itertools import combinations, pairwise

import pytest

from dscourse.history import History, Op
from dscourse.show import Picture, intervals, palette
from tests.sim.worlds import planned_worlds, store_world

from .drawing import faults, is_halo, tag, tree, words

HISTORIES = [planned_worlds(seed)[2].run(300, max_events=4_000).history for seed in range(15)]


def op(
    id: int, process: str, f: str, status: str, begin: int, end: int | None, **more: object
) -> Op:
    """An operation whose trace indices are its times."""
    times = {"invoked": begin, "invoked_ms": float(begin), "returned": end}
    returned_ms = None if end is None else float(end)
    return Op(id, process, f, status=status, returned_ms=returned_ms, **times, **more)  # type: ignore[arg-type]


REGISTER = History(
    [
        op(0, "c1", "write", "ok", 0, 30, key="x", value=1),
        op(1, "c2", "read", "ok", 10, 18, key="x", result=1),
        op(2, "c2", "cas", "fail", 42, 50, key="x", value=2, result="was 1"),
        op(3, "c1", "write", "unknown", 35, 44, key="x", value=3, result="no answer"),
        op(4, "c1", "read", "pending", 48, None, key="x"),
    ]
)


def bars(picture: Picture) -> dict[int, ET.Element]:
    """The bar of each operation, by its id."""
    found = (
        (re.match(r"operation (\d+): ", "".join(e.itertext())), e) for e in tree(picture).iter()
    )
    return {int(match[1]): e for match, e in found if match and tag(e) in ("rect", "path")}


def box(bar: ET.Element) -> tuple[float, float, float, float]:
    if tag(bar) == "rect":
        x, y, w, h = (float(bar.attrib[name]) for name in ("x", "y", "width", "height"))
        return x, y, x + w, y + h
    right, top, left, bottom = map(float, re.findall(r"-?[\d.]+", bar.attrib["d"])[:4])
    return left, top, right, bottom


def is_open(bar: ET.Element) -> bool:
    return tag(bar) == "path" and not bar.attrib["d"].endswith("z")


@pytest.mark.parametrize("history", HISTORIES, ids=repr)
def test_every_operation_is_drawn_and_none_covers_another(history: History) -> None:
    picture = intervals(history)
    by_id = bars(picture)
    assert by_id.keys() == {op.id for op in history}
    for one, two in combinations(map(box, by_id.values()), 2):
        apart = one[2] <= two[0] or two[2] <= one[0] or one[3] <= two[1] or two[3] <= one[1]
        assert apart
    assert faults(picture) == []


@pytest.mark.parametrize("history", [*HISTORIES, REGISTER], ids=repr)
def test_a_bar_is_open_to_the_right_edge_unless_the_end_is_known(history: History) -> None:
    picture = intervals(history)
    by_id = bars(picture)
    for operation in history:
        assert is_open(by_id[operation.id]) != operation.closed
        if not operation.closed:
            assert box(by_id[operation.id])[2] == 850


def test_bars_are_as_long_as_the_operations_took() -> None:
    by_id = bars(intervals(REGISTER))
    long, short = (box(by_id[number]) for number in (0, 1))
    assert (long[2] - long[0]) / (short[2] - short[0]) == pytest.approx(30 / 8, rel=0.01)
    assert (short[0] - long[0]) / (long[2] - long[0]) == pytest.approx(10 / 30, rel=0.01)


def test_each_status_has_a_look_and_a_word_of_its_own() -> None:
    by_id = bars(intervals(REGISTER))
    looks = {
        status: (by_id[number].get("stroke"), by_id[number].get("stroke-dasharray"))
        for number, status in ((0, "ok"), (2, "fail"), (3, "unknown"), (4, "pending"))
    }
    assert len(set(looks.values())) == 4
    assert looks["ok"][1] is None
    assert set(words(intervals(REGISTER))) >= {
        "write x = 1 → ok", "read x → 1", "cas x = 2 → fail was 1", "write x = 3 → unknown", "read x → pending",
    }  # fmt: skip


def test_a_read_that_finds_nothing_says_so() -> None:
    read = Op(0, "c", "read", "x", None, "ok", None, 0, 1, 0.0, 20.0)
    assert "read x → nothing" in words(intervals(History([read])))


@pytest.mark.parametrize("chosen", [[0], [2], [3], [4], [0, 3]])
def test_highlighted_operations_have_a_thick_red_edge(chosen: list[int]) -> None:
    by_id = bars(intervals(REGISTER, highlight=chosen))
    thick = {number for number, bar in by_id.items() if bar.get("stroke-width") == "2.6"}
    assert thick == set(chosen)
    assert {by_id[number].get("stroke") for number in chosen} == {palette.RED}


def test_an_operation_that_is_not_there_cannot_be_highlighted() -> None:
    with pytest.raises(LookupError, match="no operation has the id 99"):
        intervals(REGISTER, highlight=[0, 99])


def test_the_sentence_counts_operations_clients_and_overlaps() -> None:
    assert intervals(REGISTER).sentence == (
        "5 operations by 2 clients (2 ok, 1 fail, 1 unknown, 1 pending); 3 pairs of operations overlap."
    )
    assert intervals(REGISTER, sentence="Mine.").sentence == "Mine."


@pytest.mark.parametrize("history", HISTORIES, ids=repr)
def test_overlapping_pairs_are_those_of_which_neither_came_first(history: History) -> None:
    pairs = [
        pair
        for pair in combinations(history, 2)
        if pair[0].process != pair[1].process
        and not pair[0].before(pair[1])
        and not pair[1].before(pair[0])
    ]
    assert f"; {len(pairs)} pair" in intervals(history).sentence


@pytest.mark.parametrize(
    "history",
    [
        History(),
        History([op(0, "c", "read", "ok", 0, 1)]),
        History([op(0, "c", "read", "pending", 5, None)]),
        History([op(0, "a very long name of a client", "write", "ok", 0, 9, value="word " * 40)]),
        History([op(0, "<c&>", "write", "ok", 0, 9, value="</svg>")]),
    ],
    ids=["none", "one", "open", "long", "markup"],
)
def test_extreme_histories_are_pictures(history: History) -> None:
    assert faults(intervals(history)) == []


def test_the_same_history_gives_the_same_bytes() -> None:
    assert intervals(store_world(3).run().history) == intervals(store_world(3).run().history)


def test_with_names_each_bar_has_the_name_that_verdicts_use() -> None:
    shown = words(intervals(REGISTER, names=True))
    assert {"w0: x = 1", "r1: x → 1", "w3: x = 3 → unknown"} <= set(shown)
    assert not any(text.startswith("w0:") for text in words(intervals(REGISTER)))


def test_an_operation_at_the_right_edge_has_its_text() -> None:
    history = History(
        [
            op(0, "c", "read", "ok", 0, 1, key="comment"),
            op(1, "c", "read", "ok", 97, 98, key="comment", result="C"),
            op(2, "c", "read", "ok", 100, 101, key="post", result="P"),
        ]
    )
    labels = words(intervals(history, names=True))
    assert {"r1: comment → C", "r2: post → P"} <= set(labels)


def test_a_result_of_several_values_has_no_brackets() -> None:
    history = History([op(0, "c", "read", "ok", 0, 9, key="cart", result=("milk", "eggs"))])
    assert "read cart → milk, eggs" in words(intervals(history))


def test_the_line_of_a_client_strikes_no_text_through() -> None:
    begins = (0, 60, 66, 72, 78, 600)
    ops = [
        op(i, "c", "write", "ok", at, at + 4, key="x", value="some long value")
        for i, at in enumerate(begins)
    ]
    elements = [e for e in tree(intervals(History(ops))).iter() if not is_halo(e)]
    line = next(float(e.attrib["y1"]) for e in elements if e.get("stroke") == palette.LINE)
    beside = [
        (ground, text)
        for ground, text in pairwise(elements)
        if tag(text) == "text" and (text.text or "").startswith("write")
        and abs(float(text.attrib["y"]) - 3.5 - line) < 0.2
    ]  # fmt: skip
    assert beside
    for ground, text in beside:
        left, top, right, bottom = box(ground)
        assert ground.get("fill") == palette.PAPER
        assert left < float(text.attrib["x"]) < right
        assert top < line < bottom


def in_turn(number: int, status: str = "ok") -> list[Op]:
    """Operations of one client, one after the other, of which every tenth has another status."""
    return [
        op(n, f"c{n // 10}" if status == "unknown" else "c", "write", status if n % 10 == 9 else "ok",
           3 * n, 3 * n + 2, key="x", value=n)
        for n in range(number)
    ]  # fmt: skip


def test_above_400_operations_those_that_are_ok_are_merged() -> None:
    few, many = (tree(intervals(History(in_turn(number)))) for number in (400, 401))
    assert sum(tag(element) == "title" for element in few.iter()) == 400
    assert sum(tag(element) == "title" for element in many.iter()) < 200
    sentence = intervals(History(in_turn(401))).sentence
    assert sentence.endswith("; 0 of 401 are drawn by themselves.")
    assert "by themselves" not in intervals(History(in_turn(400))).sentence


def test_a_marked_operation_is_drawn_among_any_number_and_its_client_with_it() -> None:
    history = History(in_turn(4_000, "unknown"))
    picture = intervals(history, highlight={3_997}, names=True)
    assert "w3997: x = 3997" in words(picture)
    assert "c399" in words(picture)
    assert picture.sentence.endswith(
        "31 of 4,000 are drawn by themselves. 370 clients more are not drawn."
    )


def test_what_is_drawn_of_a_long_history_is_bounded() -> None:
    sizes = [len(intervals(History(in_turn(n, "unknown"))).svg or "") for n in (1_000, 20_000)]
    assert max(sizes) < 60_000


def test_a_merged_bar_covers_its_operations_and_no_pause() -> None:
    ops = [
        op(n, "c", "read", "ok", at, at + 1)
        for n, at in enumerate([*range(0, 900, 2), *range(5_000, 5_900, 2)])
    ]
    bars = [
        element
        for element in tree(intervals(History(ops))).iter()
        if tag(element) == "rect" and list(element)
    ]
    assert [bar[0].text for bar in bars] == ["450 operations", "450 operations"]
    (_, _, end, _), (start, _, _, _) = map(box, bars)
    assert start - end > 300
