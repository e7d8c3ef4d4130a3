"""Curves, bars and histograms: the same bytes for the same numbers, live or not, and rejected arguments."""

from __future__ import annotations

import io
import math
import re
import struct
import subprocess
import sys
from collections.abc import Callable, Mapping

import numpy as np
import pytest
from matplotlib.image import imread
from numpy.typing import NDArray
from PIL import Image, ImageChops

from dscourse.show import LiveCurves, Picture, bars, curves, histogram, palette
from dscourse.show.bars import _edges
from dscourse.show.draft_png import draft_png
from dscourse.show.drafts import drafting

X = [float(i) for i in range(1, 21)]
NAMES = {"xlabel": "loss (%)", "ylabel": "operations that succeed (%)"}


def lines(slope: float, count: int = 2, length: int = 20) -> dict[str, list[float]]:
    return {f"line {k}": [100 / x + slope * k for x in X[:length]] for k in range(1, count + 1)}


def pixels(picture: Picture) -> NDArray[np.float64]:
    assert picture.png is not None
    return np.asarray(imread(io.BytesIO(picture.png), format="png"), dtype=float)[:, :, :3]


def holds(picture: Picture, colour: str) -> bool:
    """True if the colour is on the paper, in at least a few pixels."""
    wanted = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return int(np.all(np.abs(pixels(picture) - wanted) < 0.02, axis=2).sum()) > 5


def draw(slope: float = 3.0, count: int = 2, **more: object) -> Picture:
    return curves(X, lines(slope, count), sentence="it falls", **NAMES, **more)  # type: ignore[arg-type]


def test_the_size_the_sentence_and_no_mark_of_the_version_that_drew_it() -> None:
    picture = draw()
    assert picture.sentence == "it falls"
    assert picture.svg is None
    data = picture.png or b""
    assert struct.unpack(">II", data[16:24]) == (1440, 660)
    assert picture.width == 720
    assert b"Software" not in data


DRAWINGS: list[Callable[[], Picture]] = [
    draw,
    lambda: bars({"a": 1, "b": 2.5}, ylabel="how many", sentence="b is more"),
    lambda: histogram({"a": [1, 2, 2], "b": [5.0]}, xlabel="ms", sentence="b is later"),
]


@pytest.mark.parametrize("drawing", DRAWINGS)
def test_the_same_numbers_give_the_same_bytes(drawing: Callable[[], Picture]) -> None:
    assert drawing() == drawing()


@pytest.mark.parametrize("drawing", DRAWINGS)
def test_nothing_touches_the_edge_of_the_paper(drawing: Callable[[], Picture]) -> None:
    paper = pixels(drawing())
    edge = np.concatenate([paper[0], paper[-1], paper[:, 0], paper[:, -1]])
    assert np.all(edge == 1.0)


def test_long_names_stay_on_the_paper() -> None:
    name = "a quorum of three replicas of five, with hints for those that are down"
    for picture in (
        curves(X, {name: X, name[::-1]: X}, sentence="s", **NAMES),
        histogram({name: X, name[::-1]: X}, xlabel="ms", sentence="s"),
        bars(dict.fromkeys((name[k:] for k in range(4)), 2), ylabel="how many", sentence="s"),
    ):
        paper = pixels(picture)
        assert np.all(np.concatenate([paper[0], paper[-1], paper[:, 0], paper[:, -1]]) == 1.0)


@pytest.mark.parametrize("count", range(1, 8))
def test_each_line_has_a_colour_of_its_own(count: int) -> None:
    picture = draw(6.0, count)
    assert [holds(picture, colour) for colour in palette.SERIES[:count]] == [True] * count
    if count < 6:  # the last colour is that of text too
        assert not any(holds(picture, colour) for colour in palette.SERIES[count:6])


def test_a_line_more_than_there_are_colours_is_refused_not_left_out() -> None:
    with pytest.raises(ValueError, match="8 lines: at most 7 can be told apart"):
        draw(1.0, 8)
    with pytest.raises(ValueError, match="8 lines: at most 7 can be told apart"):
        histogram(lines(1.0, 8), xlabel="ms", sentence="s")


HISTORY: list[tuple[float, int, int, Mapping[str, float]]] = [
    (40.0, 2, 20, {"time-out 1": 5.0}),
    (1.0, 2, 6, {"time-out 1": 50.0, "2": 3.0}),
    (1.0, 2, 20, {}),
    (9.0, 1, 20, {"time-out 1": 50.0, "2": 3.0}),
    (9.0, 2, 20, {"time-out 1": 50.0}),
]  # slope, number of lines, of points, vertical lines


@pytest.mark.parametrize(
    ("log", "limits"), [("", None), ("xy", None), ("x", (1.0, 103.0)), ("", (0.0, 9.0))]
)
def test_drawing_again_gives_the_bytes_of_a_first_drawing(
    log: str, limits: tuple[float, float] | None
) -> None:
    live = LiveCurves(log=log, limits=limits, **NAMES)
    live.draw(X, lines(7.0), sentence="before")
    for slope, count, length, verticals in HISTORY:
        numbers = lines(slope, count, length)
        settings = {"sentence": f"slope {slope:g}", "verticals": verticals}
        again = live.draw(X[:length], numbers, **settings)  # type: ignore[arg-type]
        assert again == curves(X[:length], numbers, log=log, limits=limits, **NAMES, **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("setting", [{"log": "y"}, {"limits": (0, 300)}, {"verticals": {"v": 9}}])
def test_every_setting_changes_the_picture(setting: dict[str, object]) -> None:
    assert draw(**setting) != draw()  # type: ignore[arg-type]


def test_many_points_have_no_markers_and_a_nan_is_a_gap() -> None:
    few = curves([0, 1, 2], {"a": [1, 1, 1]}, sentence="s", **NAMES)
    gap = curves([0, 1, 2], {"a": [1, math.nan, 1]}, sentence="s", **NAMES)
    blue = [
        float(np.all(np.abs(pixels(p) - (0, 0.447, 0.698)) < 0.02, axis=2).sum())
        for p in (few, gap)
    ]
    assert 0 < blue[1] < blue[0]
    many = curves([float(i) for i in range(26)], {"a": [1.0] * 26}, sentence="s", **NAMES)
    rows = np.all(np.abs(pixels(many) - (0, 0.447, 0.698)) < 0.02, axis=2).any(axis=1).sum()
    assert rows <= 4


@pytest.mark.parametrize("length", [19, 21, 0])
def test_lines_of_another_length_are_refused(length: int) -> None:
    with pytest.raises(ValueError, match=f"'a' has {length} values and x has 20"):
        curves(X, {"a": [1.0] * length}, sentence="s", **NAMES)


@pytest.mark.parametrize("log", ["z", "yx", "log"])
def test_an_unknown_scale_is_refused(log: str) -> None:
    with pytest.raises(
        ValueError, match=re.escape(f"log={log!r}: it must be '', 'x', 'y' or 'xy'")
    ):
        draw(log=log)
    with pytest.raises(ValueError, match=re.escape(f"log={log!r}")):
        histogram({"a": [1.0]}, xlabel="ms", sentence="s", log=log)


@pytest.mark.parametrize(
    ("values", "log", "seen"),
    [
        ([], "", "no samples"),
        ([1.0, math.nan], "", "the sample nan"),
        ([1.0, math.inf], "", "the sample inf"),
        ([1.0, 0.0], "x", "the sample 0.0"),
    ],
)
def test_samples_that_have_no_place_are_refused(values: list[float], log: str, seen: str) -> None:
    with pytest.raises(ValueError, match=seen):
        histogram({"a": values}, xlabel="ms", sentence="s", log=log)


@pytest.mark.parametrize("values", [[0.1, 0.2, 0.7], [-5.0, 5.0], [3.0], [1e-9, 1e9]])
@pytest.mark.parametrize("log", [False, True])
def test_bins_go_from_the_least_to_the_greatest_sample(values: list[float], log: bool) -> None:
    positive = [abs(value) for value in values]
    edges = _edges(positive if log else values, 10, log)
    assert edges == sorted(set(edges))
    low, high = (min(positive), max(positive)) if log else (min(values), max(values))
    assert edges[0] <= low <= high <= edges[-1]
    if low < high:
        assert (edges[0], edges[-1], len(edges)) == (low, high, 11)
        widths = np.diff(np.log(edges) if log else edges)
        assert widths == pytest.approx([widths[0]] * 10)


def test_an_axis_of_whole_numbers_has_no_halves() -> None:
    live = LiveCurves(xlabel="R = W", ylabel="ms")
    for xs, halves in ((range(1, 6), False), ([1.0, 2.5, 5.0], True), (range(1, 6), False)):
        live.draw(list(xs), {"median": list(xs)}, sentence="it rises")
        ticks = live._sheets[1].axes.get_xticks()
        assert any(tick % 1 for tick in ticks) == halves, ticks


def test_no_global_state_of_matplotlib_is_made() -> None:
    program = (
        "import sys, dscourse.show as s;"
        "s.curves([1,2], {'a': [1,2]}, xlabel='x', ylabel='y', sentence='s');"
        "sys.exit('matplotlib.pyplot' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_lines_may_have_an_x_of_their_own_and_points_are_ringed() -> None:
    lines = {"a": [1.0, 2.0], "b": [3.0, 4.0, 5.0]}
    xs = {"a": [0.0, 1.0], "b": [0.0, 5.0, 9.0]}
    plain = curves(xs, lines, xlabel="x", ylabel="y", sentence="Two.")
    ringed = curves(xs, lines, xlabel="x", ylabel="y", sentence="Two.", points={"here": (1.0, 2.0)})
    assert plain.png != ringed.png
    with pytest.raises(ValueError, match="'b' has no x: a have"):
        curves({"a": [0.0, 1.0]}, lines, xlabel="x", ylabel="y", sentence="Two.")
    live = LiveCurves(xlabel="x", ylabel="y")
    live.draw(xs, lines, sentence="Two.", points={"here": (1.0, 2.0)})
    assert live.draw(xs, lines, sentence="Two.").png == plain.png


def test_a_draft_looks_as_the_stored_picture_and_changes_nothing_of_it() -> None:
    def two_curves() -> Picture:
        lines = {"one": [1.0, 4.0, 9.0], "another": [2.0, 3.0, 5.0]}
        return curves([0, 1, 2], lines, xlabel="x", ylabel="y", sentence="Two curves.")

    stored = two_curves()
    with drafting():
        drafts = [two_curves(), two_curves()]
    assert two_curves() == stored != drafts[0] == drafts[1]
    assert (drafts[0].width, drafts[0].sentence) == (stored.width, stored.sentence)
    images = [Image.open(io.BytesIO(one.png or b"")).convert("RGB") for one in (drafts[0], stored)]
    darkest = max(high for _, high in ImageChops.difference(*images).getextrema())
    assert darkest < 80  # either has few colours
    difference = np.abs(np.subtract(*(np.asarray(image, dtype=float) for image in images)))
    assert difference.mean() < 0.3


@pytest.mark.parametrize("ink", [*palette.SERIES, palette.RED, palette.GREY, palette.PAPER])
def test_a_draft_has_the_colours_of_the_course(ink: str) -> None:
    colour = [int(ink[at : at + 2], 16) for at in (1, 3, 5)]
    pixels = np.full((3, 5, 4), 255, np.uint8)
    pixels[1, 2, :3] = colour
    image = np.asarray(Image.open(io.BytesIO(draft_png(pixels))).convert("RGB"))
    assert image.tolist() == pixels[..., :3].tolist()


def test_lines_with_other_names_are_drawn_as_on_new_axes() -> None:
    live = LiveCurves(**NAMES)
    for names, length, limits in (
        (("a", "b"), 40, None), (("a longer name", "c"), 40, (0.0, 20.0)), (("d", "c"), 3, None), (("e",), 3, None),
    ):  # fmt: skip
        values = {
            name: [float(n + number) for n in range(length)] for number, name in enumerate(names)
        }
        again = live.draw(range(length), values, sentence="Curves.", limits=limits)
        assert again == curves(range(length), values, sentence="Curves.", limits=limits, **NAMES)
