"""Is everything installed that the course needs? A plain answer, the same on every machine where all is well."""

from __future__ import annotations

import sys
from importlib import metadata

from packaging.requirements import Requirement

from dscourse.exercises.outcome import Note

__all__ = ["check", "problems"]

_HELP = "Run `make lab` again (alone), tell your teacher (JupyterHub), or reload the page (Binder)."


def problems(python: tuple[int, int] = sys.version_info[:2]) -> list[str]:
    """What is missing or too old, one sentence each; empty if nothing is."""
    found = []
    if python < (3, 11):
        found.append(f"Python {python[0]}.{python[1]} runs this kernel; 3.11 or newer is needed.")
    for requirement in _requirements():
        try:
            version = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            found.append(f"{requirement.name} is not installed.")
            continue
        if not requirement.specifier.contains(version, prereleases=True):
            found.append(
                f"{requirement.name} {version} is installed; {requirement.specifier} is needed."
            )
    return found


def _requirements() -> list[Requirement]:
    """What the installed course needs to run."""
    stated = [Requirement(text) for text in metadata.requires("dscourse") or []]
    return [
        requirement
        for requirement in stated
        if requirement.marker is None or requirement.marker.evaluate()
    ]


def check() -> Note:
    """The answer to "will everything work here?", with what to do where it will not."""
    found = problems()
    if not found:
        count = len(_requirements())
        text = f"Everything is in place: Python, and the {count} packages that the course uses."
        return Note(text, f"<b>{text}</b>", "passed")
    lines = [*found, _HELP]
    return Note("\n".join(lines), "<br>".join(lines), "not yet")
