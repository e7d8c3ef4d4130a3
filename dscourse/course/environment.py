"""A check of the installed packages; its answer is the same on every machine on which nothing is missing."""

from __future__ import annotations

import html
import sys
from importlib import metadata

from packaging.markers import Marker
from packaging.requirements import Requirement

from dscourse.exercises.outcome import Note

__all__ = ["check", "problems", "problems_of_lab"]

_WIDGETS = ("jupyterlab_widgets", "the part of JupyterLab that shows widgets")
_FETCHED = frozenset({"matplotlib", "numpy", "scipy"})
_HELP = (
    'Alone: leave JupyterLab, run `pip install --upgrade "dscourse[lab]"` (in a clone: `make lab`), and start it '
    "again. JupyterHub: send these lines to your teacher. Binder: open the link again."
)


def problems(python: tuple[int, int] = sys.version_info[:2]) -> list[str]:
    """Return one sentence per requirement that is missing or outdated; empty if there is none.

    >>> problems(python=(3, 9))[0]
    'Python 3.9 runs this notebook; 3.11 or newer is needed.'
    """
    complaints = []
    if python < (3, 11):
        complaints.append(
            f"Python {python[0]}.{python[1]} runs this notebook; 3.11 or newer is needed."
        )
    try:
        needed = _requirements()
    except metadata.PackageNotFoundError:
        return [
            *complaints,
            "The course itself is not installed in the Python that runs this notebook.",
        ]
    complaints += [
        complaint
        for requirement in needed
        if not _comes_later(requirement) and (complaint := _complaint(requirement))
    ]
    name, purpose = _WIDGETS
    if _version(name) is None:
        complaints.append(f"{name} is not installed: {purpose}.")
    return complaints


def problems_of_lab() -> list[str]:
    """Return one sentence per package of the extra ``lab`` that is missing or outdated; empty if there is none."""
    try:
        return [text for one in _requirements("lab") if (text := _complaint(one))]
    except metadata.PackageNotFoundError:
        return []


def check() -> Note:
    """Return a note that says whether all requirements are met, with a remedy if not."""
    complaints = problems()
    if not complaints:
        text = "Everything is in place: Python, and every package that the course uses."
        return Note(text, f"<b>{text}</b>", "passed")
    lines = [*complaints, _HELP]
    return Note("\n".join(lines), "<br>".join(map(html.escape, lines)), "not yet")


def _requirements(extra: str = "") -> list[Requirement]:
    """Return the requirements of the installed course, or those that an extra adds.

    PackageNotFoundError if the course is not installed.
    """
    stated = [Requirement(text) for text in metadata.requires("dscourse") or []]
    return [
        requirement
        for requirement in stated
        if (not extra and requirement.marker is None)
        or (requirement.marker and _needs(requirement.marker, extra))
    ]


def _comes_later(requirement: Requirement) -> bool:
    """Return whether the chapters that use a package fetch it, as they do in a browser."""
    return sys.platform == "emscripten" and requirement.name in _FETCHED


def _needs(marker: Marker, extra: str) -> bool:
    """Return whether a marker holds with this extra, and without any only if none is asked for."""
    return marker.evaluate({"extra": extra}) and (not extra or not marker.evaluate({"extra": ""}))


def _complaint(requirement: Requirement) -> str | None:
    """Return why the requirement is not met, in one sentence; None if it is met."""
    version = _version(requirement.name)
    if version is None:
        return f"{requirement.name} is not installed."
    if requirement.specifier.contains(version, prereleases=True):
        return None
    return f"{requirement.name} {version} is installed; {requirement.specifier} is needed."


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
