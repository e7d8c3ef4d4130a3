"""A panel without a browser: its controls, its frame, its sentence, and its stored output."""

from __future__ import annotations

import gc
import io
from collections.abc import Callable

import pytest
from PIL import Image

from dscourse.panels import Frame, Panel
from dscourse.panels.controls import choice, log_slider, slider, switch
from dscourse.panels.eventual_consistency import rumour
from dscourse.panels.failure_detectors import trade_off
from dscourse.panels.partial_failure import unreliable_call
from dscourse.panels.real_processes import acknowledgements
from dscourse.show import Picture, curves


def frame(loss: int, kind: str = "a") -> Frame:
    if loss == 13:
        raise ValueError("loss=13: nobody likes it")
    if loss == 14:
        raise ZeroDivisionError
    return Frame(Picture("Seen.", svg=f"<svg><title>{kind}</title></svg>"), f"{loss} of {kind} <b>")


def panel() -> Panel:
    controls = {"loss": slider("loss", "%", 10, 0, 100), "kind": choice("kind", ["a", "b"])}
    return Panel(controls, frame, "Loss")


def test_it_shows_the_frame_of_its_controls() -> None:
    shown = panel()
    assert shown.values == {"loss": 10, "kind": "a"}
    assert (shown.sentence, shown.picture.sentence) == ("10 of a <b>", "Seen.")
    shown.set(kind="b", loss=20)
    assert shown.sentence == "20 of b <b>"
    assert shown.picture.svg == "<svg><title>b</title></svg>"


def test_moving_a_control_by_hand_is_the_same_as_setting_it() -> None:
    moved, called = panel(), panel()
    moved.controls["loss"].value = 55
    called.set(loss=55)
    assert moved.frame == called.frame
    assert moved.elapsed_ms > 0


def test_impossible_settings_give_one_line_and_keep_the_old_picture() -> None:
    shown = panel()
    shown.set(loss=13)
    assert shown.sentence == shown.error == "loss=13: nobody likes it"
    assert shown.picture.svg == "<svg><title>a</title></svg>"
    assert "opacity" in shown.children[1].value
    shown.set(loss=12)
    assert shown.error is None
    assert "opacity" not in shown.children[1].value


def test_only_a_value_error_is_a_refusal() -> None:
    with pytest.raises(ZeroDivisionError):
        panel().set(loss=14)


def test_a_panel_that_begins_with_a_refusal_has_no_picture() -> None:
    refused = Panel({"loss": slider("loss", "%", 13, 0, 100)}, frame, "Loss")
    assert refused.sentence == "loss=13: nobody likes it"
    with pytest.raises(LookupError, match="Loss: no picture yet: loss=13"):
        _ = refused.picture
    assert "loss=13: nobody likes it" in refused.still()["text/html"]
    refused._ipython_display_()


def test_a_control_that_does_not_exist_is_named() -> None:
    with pytest.raises(LookupError, match="Loss: no control 'los': they are loss, kind"):
        panel().set(los=3)


def test_a_control_needs_a_description() -> None:
    with pytest.raises(ValueError, match="Loss: control 'loss' has no description"):
        Panel({"loss": slider("", "", 1, 0, 2)}, frame, "Loss")


def test_the_stored_form_is_the_picture_and_the_sentence() -> None:
    data = panel()._repr_mimebundle_()
    assert data["text/plain"] == "10 of a <b>"
    assert data["text/html"] == panel().picture.html
    assert data["text/html"].startswith('<img alt="Seen."')


def test_the_sentence_is_shown_as_text() -> None:
    assert "10 of a &lt;b&gt;" in panel().children[2].value


def test_controls_have_units_and_bounds() -> None:
    assert slider("loss", "%", 10, 0, 100).description == "loss (%)"
    assert slider("nodes", "", 3, 1, 9).description == "nodes"
    with pytest.raises(ValueError, match="loss: value=101 lies outside 0 to 100"):
        slider("loss", "%", 101, 0, 100)


def test_a_slider_is_whole_unless_something_is_a_decimal() -> None:
    assert isinstance(slider("n", "", 3, 1, 9).value, int)
    assert isinstance(slider("p", "", 0.5, 0, 1, 0.1).value, float)


def test_a_logarithmic_slider_steps_by_factors() -> None:
    control = log_slider("wait", "ms", 10, 1, 1000, per_decade=10)
    assert (control.min, control.max, control.step) == (0, 3, 0.1)
    assert control.value == 10


def test_a_choice_gives_the_value_behind_its_label() -> None:
    control = choice("version", {"first": 1, "second": 2}, 2)
    assert (control.label, control.value) == ("second", 2)
    assert choice("version", {"first": 1, "second": 2}).value == 1
    assert switch("on", True).value is True


def test_a_curve_is_a_draft_in_the_panel_and_finished_where_it_is_stored() -> None:
    def curve(slope: int) -> Frame:
        if slope == 9:
            raise ValueError("Too steep.")
        lines = {"one": [1.0, 2.0 * slope], "two": [3.0, slope]}
        return Frame.of(curves([0, 1], lines, xlabel="x", ylabel="y", sentence=f"Slope {slope}."))

    shown = Panel({"slope": slider("slope", "", 1, 1, 9)}, curve, "Slopes")
    for slope in (2, 3):
        shown.set(slope=slope)
        stored = curve(slope).picture
        assert shown.picture != stored
        assert shown.still()["text/html"] == stored.html
    shown.set(slope=9)
    assert shown.still() == {"text/html": stored.html, "text/plain": "Too steep."}


def test_no_garbage_is_collected_while_a_reader_waits() -> None:
    enabled = []

    def watched(loss: int) -> Frame:
        enabled.append(gc.isenabled())
        return frame(loss)

    shown = Panel({"loss": slider("loss", "%", 10, 0, 100)}, watched, "Loss")
    shown.set(loss=13)  # refused
    shown.set(loss=12)
    assert enabled == [False] * 3
    assert gc.isenabled()


@pytest.mark.parametrize("make", [unreliable_call, rumour, trade_off, acknowledgements])
def test_axes_stand_still_while_a_control_moves_a_little(make: Callable[[], Panel]) -> None:
    view = make()
    control = view.controls["seed"]
    axes = []
    for seed in range(1, 9):
        control.value = seed
        axes.append(_axes_of(view))
    assert len(set(axes)) <= 2  # each had its own


def _axes_of(view: Panel) -> str:
    """Return the pixels of the row of numbers below a curve."""
    bitmap = Image.open(io.BytesIO(view.picture.png or b"")).convert("L")
    wide, high = bitmap.size
    return bitmap.crop((0, high * 86 // 100, wide * 3 // 4, high)).tobytes().hex()
