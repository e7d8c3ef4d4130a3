"""Plugin of pytest: nbval compares pictures by the digest of their SVG and by their sentences.

A live picture is HTML, a stored one a PNG with a caption. The bytes of a PNG are not compared. Of a cell that starts
real processes, and is tagged for that, the verdict alone is compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from nbformat import NotebookNode, from_dict
from nbval.plugin import IPyNbCell

from dscourse.course.pictures import compared
from dscourse.course.verdicts import is_live, verdicts


def one_form(compare: Callable[..., bool]) -> Callable[..., bool]:
    """Return nbval's comparison of a cell's outputs, with live and stored pictures in one form."""

    def compare_pictures(cell: IPyNbCell, test: Any, ref: Any, *args: Any, **settings: Any) -> bool:
        if is_live(cell.cell.metadata):
            test = map(from_dict, verdicts(test))
        return compare(cell, in_one_form(test), in_one_form(ref), *args, **settings)

    return compare_pictures


def in_one_form(outputs: Iterable[NotebookNode]) -> list[NotebookNode]:
    """Return the outputs with each picture as its digest and its sentence."""
    return [from_dict(one) for output in outputs for one in compared(output)]


def pytest_configure() -> None:
    IPyNbCell.compare_outputs = one_form(IPyNbCell.compare_outputs)
