"""Stored pictures: the PNG and its caption, what is compared, and the way back to an image in a page."""

from __future__ import annotations

import base64
import io
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from dscourse.course import __main__ as command
from dscourse.course import raster
from dscourse.course.form import dump, is_normal, load, normalise, pictures_in_html
from dscourse.course.pictures import compared, live, stored
from dscourse.show import Picture, palette
from dscourse.show.svg import Canvas

SENTENCE = 'Two of "9" messages were lost & found.'
WIDGET = "application/vnd.jupyter.widget-view+json"


def diagram(label: str = "x", sentence: str = SENTENCE) -> Picture:
    canvas = Canvas(60, 30)
    canvas.line(0, 15, 60, 15, stroke="#ff0000", stroke_width=4)
    canvas.text(20, 20, label, 16, "#0000ff", halo=True)
    return Picture(sentence, svg=canvas.document(sentence))


def curve(colour: str = "#00ff00", sentence: str = SENTENCE) -> Picture:
    buffer = io.BytesIO()
    Image.new("RGB", (20, 10), colour).save(buffer, "PNG")
    return Picture(sentence, png=buffer.getvalue())


def shown(picture: Picture, around: str = "{}", plain: str = "", **more: str) -> dict[str, Any]:
    data = {
        "text/html": around.replace("{}", picture.html),
        "text/plain": plain or picture.sentence,
    }
    return {"output_type": "display_data", "metadata": {}, "data": data | more}


def text(words: str) -> dict[str, Any]:
    return {"output_type": "display_data", "metadata": {}, "data": {"text/plain": words}}


def image_of(output: dict[str, Any]) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(output["data"]["image/png"])))


def rgb(image: Image.Image) -> Image.Image:
    return image.convert("RGBA").convert("RGB")


STILL = '<div class="dscourse-still">{}</div>'
CARD = '<div class="card"><p>Not yet: 3 of 4.</p><div>{}</div></div>'
FORMS = {
    "diagram": shown(diagram()),
    "still": shown(diagram(), STILL),
    "curve": shown(curve()),
    "card": shown(diagram(), CARD, f"Not yet: 3 of 4. {SENTENCE}"),
    "widget": shown(diagram(), **{WIDGET: "{}"}),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_picture_becomes_a_png_with_its_sentence_below(name: str) -> None:
    *rest, picture, caption = stored(FORMS[name])
    assert picture["data"].keys() == {"image/png"}
    assert picture["metadata"]["image/png"]["alt"] == SENTENCE
    assert caption == text(SENTENCE)
    assert len(rest) == (name == "card")


def test_a_diagram_is_drawn_at_twice_its_size() -> None:
    picture, _ = stored(FORMS["diagram"])
    image = image_of(picture)
    assert image.size == (120, 60)
    assert picture["metadata"]["image/png"]["width"] == 60
    colours = {pixel for _, pixel in rgb(image).getcolors(10_000) or []}
    assert {(255, 0, 0), (255, 255, 255)} <= colours
    assert any(blue > 200 and red < 60 for red, _, blue in colours)  # the label


def test_the_corners_are_round_and_what_is_between_them_is_opaque() -> None:
    image = image_of(stored(FORMS["diagram"])[0]).convert("RGBA")
    alphas = [image.getpixel((x, 0))[3] for x in range(image.width)]  # type: ignore[index]
    assert alphas[0] == alphas[-1] == 0
    assert alphas == alphas[::-1] == sorted(alphas[:60]) + sorted(alphas[60:], reverse=True)
    assert {image.getpixel((x, 30))[3] for x in range(image.width)} == {255}  # type: ignore[index]


def test_a_curve_keeps_its_width_on_the_page() -> None:
    png = curve().png
    picture, caption = stored(shown(Picture(SENTENCE, png=png, width=10)))
    assert picture["metadata"]["image/png"] == {"alt": SENTENCE, "width": 10}
    [image] = live([picture, caption])
    assert ' width="10" ' in image["data"]["text/html"]


def test_a_large_diagram_is_drawn_a_little_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raster, "_MOST_BYTES", 0)
    picture, _ = stored(FORMS["diagram"])
    assert image_of(picture).size == (90, 45)
    assert picture["metadata"]["image/png"]["width"] == 60


def test_a_rare_colour_survives_the_palette() -> None:
    inks = [ink for ink in vars(palette).values() if str(ink).startswith("#")]
    canvas = Canvas(700, 12 * len(inks) + 40)
    for row, ink in enumerate(inks):
        for column in range(12):
            canvas.text(
                50 * column, 12 * row + 12, "gMW@", 11, inks[(column * column + row) % len(inks)]
            )
        canvas.rect((640, 12 * row, 646, 12 * row + 4), fill=ink)
    image = image_of(stored(shown(Picture("Inks.", svg=canvas.document("Inks."))))[0])
    assert image.mode == "P"
    for row, ink in enumerate(inks):
        found = rgb(image).getpixel((1286, 24 * row + 4))
        wanted = [int(ink[at : at + 2], 16) for at in (1, 3, 5)]
        assert isinstance(found, tuple)
        assert max(abs(a - b) for a, b in zip(found, wanted, strict=True)) <= 2, (ink, found)


def test_the_halo_hides_the_line_behind_a_label_but_not_the_label() -> None:
    image = rgb(image_of(stored(FORMS["diagram"])[0]))
    middle = [image.getpixel((x, 30)) for x in range(120)]
    assert middle[5] == middle[115] == (255, 0, 0)
    assert (255, 255, 255) in middle


def test_no_font_of_the_machine_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    import resvg_py

    asked: dict[str, Any] = {}
    draw = resvg_py.svg_to_bytes
    monkeypatch.setattr(
        resvg_py, "svg_to_bytes", lambda **given: asked.update(given) or draw(**given)
    )
    raster.png(str(diagram().svg))
    assert asked["skip_system_fonts"]
    assert all("matplotlib" in path and Path(path).exists() for path in asked["font_files"])


def test_a_missing_renderer_is_named_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(ModuleNotFoundError, match="pip install resvg-py"):
        stored(FORMS["diagram"])


def test_a_card_keeps_its_words_and_gives_up_its_picture() -> None:
    card, _, _ = stored(FORMS["card"])
    assert card["data"]["text/html"] == CARD.replace("{}", "")
    assert card["data"]["text/plain"] == FORMS["card"]["data"]["text/plain"]


def test_words_that_say_more_than_the_picture_are_its_caption() -> None:
    words = f"4 moves, 0 ms. {SENTENCE}"
    picture, caption = stored(shown(diagram(), plain=words))
    assert picture["metadata"]["image/png"]["alt"] == SENTENCE
    assert caption == text(words)


def test_two_pictures_in_one_output_are_both_kept() -> None:
    second = diagram("y", "Nothing was lost in the other run.")
    outputs = stored(shown(diagram(), "{}" + second.html))
    alts = [one["metadata"]["image/png"]["alt"] for one in outputs if one["metadata"]]
    assert alts == [SENTENCE, second.sentence]
    assert [one for one in outputs if not one["metadata"]] == [
        text(SENTENCE),
        text(second.sentence),
    ]


def test_a_long_caption_has_lines_that_no_viewer_breaks_within_a_word() -> None:
    long = "Message " * 30 + "x" * 99 + " was lost-and-found again.\nNothing else was lost."
    [_, caption] = stored(shown(diagram(sentence=long)))
    words = caption["data"]["text/plain"]
    assert words.split() == long.split()
    assert [line for line in words.splitlines() if len(line) > 88] == ["x" * 99]
    assert words.splitlines()[-1] == "Nothing else was lost."
    [image] = live(stored(shown(diagram(sentence=long))))
    assert "Nothing else" in image["data"]["text/html"]


@pytest.mark.parametrize("name", FORMS)
def test_live_and_stored_are_one_picture_for_the_comparison(name: str) -> None:
    output = {**FORMS[name], "data": {k: v for k, v in FORMS[name]["data"].items() if k != WIDGET}}
    there = [one for part in stored(output) for one in compared(part)]
    assert there == compared(output)
    assert SENTENCE in str(there[-2]["data"]["picture"])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (diagram("x"), diagram("y")),
        (diagram(), diagram(sentence="Three of 9 messages were lost.")),
        (diagram(), curve()),
        (curve(), curve(sentence="Three of 9 messages were lost.")),
    ],
)
def test_another_drawing_or_another_sentence_is_another_picture(
    one: Picture, other: Picture
) -> None:
    assert compared(shown(one)) != [part for o in stored(shown(other)) for part in compared(o)]


def test_the_bytes_of_a_png_do_not_count() -> None:
    assert compared(shown(curve("#00ff00"))) == compared(shown(curve("#0000ff")))
    output, _ = stored(FORMS["diagram"])
    redrawn = {**output, "data": {"image/png": "AAAA"}}
    assert compared(output) == compared(redrawn)


def test_a_page_gets_its_images_back_without_captions_and_keeps_all_else() -> None:
    after, table = text("17"), {**text("t"), "data": {"text/html": "<table></table>"}}
    outputs = [table, *stored(FORMS["diagram"]), after, *stored(FORMS["curve"]), text(SENTENCE)]
    kept = list(live(outputs))
    assert [kept[0], kept[2], kept[4]] == [table, after, text(SENTENCE)]  # the last is no caption
    assert len(kept) == 5
    for image, width in ((kept[1], ' width="60"'), (kept[3], "")):
        markup = image["data"]["text/html"]
        assert markup.startswith('<img alt="Two of &quot;9&quot; messages were lost &amp; found."')
        assert f'{width} src="data:image/png;base64,' in markup


def notebook(*outputs: dict[str, Any]) -> dict[str, Any]:
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": "x", "outputs": [*outputs]}
    return {"cells": [cell], "metadata": {}}


def test_the_normal_form_is_reached_once(tmp_path: Path) -> None:
    raw = notebook(*FORMS.values())
    once = normalise(raw)
    assert (pictures_in_html(raw), pictures_in_html(once)) == (5, 0)
    assert normalise(once) == once
    assert WIDGET not in dump(once)
    path = tmp_path / "n.ipynb"
    path.write_text(dump(once), "utf-8")
    assert is_normal(path)
    pngs = [one for one in load(path)["cells"][0]["outputs"] if "image/png" in one["data"]]
    assert [set(one["metadata"]["image/png"]) for one in pngs].count(
        {"alt", "digest", "width"}
    ) == 4


def test_check_names_a_notebook_with_pictures_in_html_and_a_command_that_mends_it(
    tmp_path: Path,
) -> None:
    path = tmp_path / "16_x.ipynb"
    path.write_text(dump(notebook(*FORMS.values())), "utf-8")
    fault = command._form_fault(path)
    assert fault.startswith("16_x.ipynb: GitHub shows none of its 5 pictures that are HTML: ")
    *_, verb, file = fault.split()
    assert command.main([verb, file]) == 0
    assert command._form_fault(path) == ""


@pytest.mark.parametrize("kind", ["code", "markdown"])
def test_check_names_a_cell_that_a_merge_has_doubled(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "16_x.ipynb"
    cell = {"cell_type": kind, "id": "a", "metadata": {}, "source": "first line\nx"}
    other = {**cell, "id": "b", "source": "y"}

    def fault(*cells: dict[str, object]) -> str:
        path.write_text(dump(normalise({"cells": [dict(one) for one in cells]})), "utf-8")
        return command._form_fault(path)

    assert fault(cell, other, cell) == ""
    assert fault(other, cell, cell).startswith(
        "16_x.ipynb: two cells in a row are the same, 'first line'"
    )
