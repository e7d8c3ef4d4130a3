"""The questions below a panel: numbered, and each with a folded answer."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dscourse.course.reading import Cell, Notebook, source

_QUESTION = re.compile(r"^(\d+)\. +\S", re.MULTILINE)
_ANSWER = re.compile(r"<details><summary>Answer (\d+)</summary>(.*?)</details>", re.DOTALL)
_LEAST, _MOST, _WORDS = 2, 4, 8


def complaints(notebook: Notebook, makers: list[str]) -> Iterator[str]:
    """Yield the questions and answers missing below each cell that calls one of these panels' functions."""
    cells = notebook["cells"]
    for index, cell in enumerate(cells):
        if cell["cell_type"] == "code":
            for name in makers:
                if f"{name}(" in source(cell):
                    yield from (f"{name}: {text}" for text in _below(cells[index + 1 :]))


def _below(cells: list[Cell]) -> Iterator[str]:
    """Yield the faults of the text up to the next code cell or heading."""
    text = _section(cells)
    answers = _ANSWER.findall(text)
    questions = _QUESTION.findall(_ANSWER.sub("", text))
    if not _LEAST <= len(questions) <= _MOST:
        yield f"{len(questions)} numbered questions: {_LEAST} to {_MOST}"
    if questions != [str(number) for number in range(1, len(questions) + 1)]:
        yield f"the questions are numbered {', '.join(questions)}"
    if [number for number, _ in answers] != questions:
        yield f"{len(answers)} folded answers to {len(questions)} questions"
    for number, answer in answers:
        if len(answer.split()) < _WORDS:
            yield f"answer {number} says too little"
        if "`" in answer or "**" in answer:
            yield f"answer {number}: marks of Markdown are shown as they are in <details>"


def _section(cells: list[Cell]) -> str:
    """Return the Markdown up to the next code cell, and up to the first heading in it."""
    texts = []
    for cell in cells:
        if cell["cell_type"] == "code":
            break
        texts.append(source(cell))
    return re.split(r"^#{1,6} ", "\n\n".join(texts), maxsplit=1, flags=re.MULTILINE)[0]
