"""The edition for Google Colab, and the code that runs there, in a simulated Colab."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from dscourse.course import __main__ as authors
from dscourse.course import colab
from dscourse.course.chapters import CHAPTERS
from dscourse.course.form import is_normal, load, normalise, without_outputs
from dscourse.course.reading import prose, source
from dscourse.show import stills

ROOT = Path(__file__).resolve().parents[2]
URL = "https://colab.invalid/manager.js"
WIDGET = "application/vnd.jupyter.widget-view+json"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The edition of the repository "ann/course" at v1."""
    target = tmp_path_factory.mktemp("colab")
    colab.write_edition(target, ROOT / "notebooks", "ann/course", "v1")
    return target


@pytest.fixture
def enabled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A simulated Colab; the calls that enable widgets of other packages."""
    calls: list[str] = []
    output, widgets = ModuleType("google.colab.output"), ModuleType("_widgets")
    widgets._installed_url = None  # type: ignore[attr-defined]
    output._widgets = widgets  # type: ignore[attr-defined]

    def enable_custom_widget_manager() -> None:
        calls.append("enabled")
        widgets._installed_url = URL  # type: ignore[attr-defined]

    output.enable_custom_widget_manager = enable_custom_widget_manager  # type: ignore[attr-defined]
    package = ModuleType("google.colab")
    package.output = output  # type: ignore[attr-defined]
    for name, module in (
        ("google", ModuleType("google")), ("google.colab", package), ("google.colab.output", output),
    ):  # fmt: skip
        monkeypatch.setitem(sys.modules, name, module)
    return calls


def test_every_chapter_begins_with_a_cell_that_installs_the_course(folder: Path) -> None:
    for chapter in CHAPTERS:
        edition, original = load(folder / chapter.file), load(ROOT / "notebooks" / chapter.file)
        first, *rest = edition["cells"]
        assert "dscourse @ git+https://github.com/ann/course@v1" in source(first)
        assert source(first).endswith("colab.prepare()")
        assert [cell["id"] for cell in rest] == [cell["id"] for cell in original["cells"]]
        code = [source(cell) for cell in rest if cell["cell_type"] == "code"]
        assert code == [source(cell) for cell in original["cells"] if cell["cell_type"] == "code"]


def test_it_has_no_outputs_and_is_in_the_committed_form_otherwise(folder: Path) -> None:
    for path in folder.glob("*.ipynb"):
        notebook = load(path)
        assert without_outputs(notebook) == notebook
        assert without_outputs(normalise(notebook)) == notebook
    assert not is_normal(folder / CHAPTERS[0].file)  # the counts of its cells are missing


def test_its_links_lead_out_of_the_notebook_to_what_exists(folder: Path) -> None:
    pages = [load(path)["cells"] for path in folder.glob("*.ipynb")]
    text = "\n".join(prose(cell) for cells in pages for cell in cells)
    targets = {
        target for target in re.findall(r"\]\(([^)\s]+)\)", text) if not target.startswith("#")
    }
    assert [target for target in targets if not target.startswith(("https://", "http://"))] == []
    notebooks = re.findall(r"github/ann/course/blob/colab/([^)#\s]+)", text)
    assert notebooks
    assert [name for name in notebooks if not (folder / name).exists()] == []
    others = re.findall(r"(?:github\.com/ann/course/blob|raw[^)]*/ann/course)/v1/([^)#\s]+)", text)
    assert "notebooks/your_copy.md" in others
    assert [name for name in others if not (ROOT / name).exists()] == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[a](01_a.ipynb#b)", "[a](https://colab.research.google.com/github/o/r/blob/colab/01_a.ipynb#b)"),
        ("[a](../dscourse/node.py)", "[a](https://github.com/o/r/blob/main/dscourse/node.py)"),
        ("![a](pictures/a.svg)", "![a](https://raw.githubusercontent.com/o/r/main/notebooks/pictures/a.svg)"),
        ("[a](https://x.org) [b](#c)", "[a](https://x.org) [b](#c)"),
    ],
)  # fmt: skip
def test_a_link(before: str, after: str) -> None:
    assert (
        colab._linked({"cell_type": "markdown", "source": [before]}, "o/r", "main")["source"]
        == after
    )
    code = {"cell_type": "code", "source": [before]}
    assert colab._linked(code, "o/r", "main") == code


def test_the_command_writes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert authors.main(["colab", str(tmp_path / "out"), "v2"]) == 0
    assert f"written: {tmp_path / 'out' / CHAPTERS[0].file}" in capsys.readouterr().out
    assert "@v2" in source(load(tmp_path / "out" / CHAPTERS[0].file)["cells"][0])


def test_the_first_cell_enables_widgets_and_says_so(
    enabled: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    colab.prepare()
    assert enabled == ["enabled"]
    assert "The course is installed (dscourse " in capsys.readouterr().out


def test_a_package_that_was_loaded_too_early_is_named(
    enabled: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    old = ModuleType("ipywidgets")
    old.__version__ = "7.7.1"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "ipywidgets", old)
    colab.prepare()
    assert "ipywidgets was loaded before the course came" in capsys.readouterr().out


def test_elsewhere_it_does_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    colab.prepare()
    assert capsys.readouterr().out == "This is not Colab: there is nothing to prepare.\n"


class Shown(stills.Still):
    """A widget with a picture."""

    def _repr_mimebundle_(self) -> dict[str, object]:
        return {WIDGET: {"model_id": "1"}, "text/html": "<p>picture</p>", "text/plain": "picture"}


def test_a_widget_is_one_output_there_and_says_what_draws_it(
    enabled: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[tuple[object, object]] = []
    monkeypatch.setattr(
        "IPython.display.display",
        lambda data, metadata=None, raw=False: shown.append((data, metadata)),
    )
    Shown()._ipython_display_()
    colab.prepare()
    Shown()._ipython_display_()
    (_, before), (data, after) = shown
    assert before == {}
    assert after == {WIDGET: {"colab": {"custom_widget_manager": {"url": URL}}}}
    assert set(data) == {WIDGET, "text/html", "text/plain"}  # type: ignore[call-overload]
