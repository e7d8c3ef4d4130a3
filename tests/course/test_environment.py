"""The check of the environment: one line where all is well, plain sentences where it is not."""

from __future__ import annotations

from importlib import metadata

import pytest

from dscourse.course import environment

VERSION = metadata.version


def pretend(monkeypatch: pytest.MonkeyPatch, versions: dict[str, str | None]) -> None:
    """Let these packages have these versions; None is not installed."""

    def version(name: str) -> str:
        found = versions.get(name, "") or (None if name in versions else VERSION(name))
        if found is None:
            raise metadata.PackageNotFoundError(name)
        return found

    monkeypatch.setattr(environment.metadata, "version", version)


def test_a_complete_environment_gets_one_line_without_versions() -> None:
    assert environment.problems() == []
    text = environment.check().text
    assert text.startswith("Everything is in place")
    assert metadata.version("numpy") not in text


@pytest.mark.parametrize("python", [(3, 10), (2, 7)])
def test_an_old_python_is_named(python: tuple[int, int]) -> None:
    expected = f"Python {python[0]}.{python[1]} runs this notebook; 3.11 or newer is needed."
    assert environment.problems(python) == [expected]


@pytest.mark.parametrize("python", [(3, 11), (3, 13), (4, 0)])
def test_a_new_python_is_not(python: tuple[int, int]) -> None:
    assert environment.problems(python) == []


def test_what_is_missing_or_too_old_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, {"networkx": None, "numpy": "1.26.4", "jupyterlab_widgets": None})
    assert environment.problems() == [
        "networkx is not installed.",
        "numpy 1.26.4 is installed; >=2.0 is needed.",
        "jupyterlab_widgets is not installed: the part of JupyterLab that shows widgets.",
    ]


def test_the_answer_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, {"numpy": "1.26.4"})
    note = environment.check()
    assert [word for word in ("make lab", "JupyterHub", "Binder") if word not in note.text] == []
    assert "&gt;=2.0 is needed" in note.body


def test_a_pre_release_is_new_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, {"numpy": "99.0rc1"})
    assert environment.problems() == []


def test_a_course_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def requires(name: str) -> list[str]:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(environment.metadata, "requires", requires)
    assert environment.problems() == [
        "The course itself is not installed in the Python that runs this notebook."
    ]


def test_what_only_extras_need_is_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    needs = ["numpy>=2.0", 'nbgrader>=0.9.5; extra == "classroom"']
    monkeypatch.setattr(environment.metadata, "requires", lambda name: needs)
    pretend(monkeypatch, {"nbgrader": None})
    assert environment.problems() == []


def test_in_a_browser_the_packages_that_chapters_fetch_are_not_missed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pretend(monkeypatch, {"matplotlib": None, "numpy": None, "scipy": None, "xxhash": None})
    monkeypatch.setattr(environment.sys, "platform", "emscripten")
    (missed,) = environment.problems()
    assert missed.startswith("xxhash")
