"""`check` in a real kernel: an answer's prints are shown, and the kernel goes on after code that does not end."""

from __future__ import annotations

from typing import Any

import pytest

from dscourse.exercises.sandbox import apart

CELLS = (
    "from dscourse import exercises",
    "def slow_share(share, servers):\n    print('asked')\n    display({1: 2})\n"
    "    return 1 - (1 - share) ** servers\n"
    "exercises.check('01.4', slow_share)",
    "def slow_share(share, servers):\n    input('?')\nexercises.check('01.4', slow_share)",
    "def slow_share(share, servers):\n    while True:\n        try:\n            share += 1\n        except: pass\n"
    "exercises.check('01.4', slow_share)",
    "print('still here')",
)


@pytest.mark.skipif(not apart.can_fork(), reason="there is no fork that can be relied on")
def test_a_kernel_shows_verdicts_and_stays_usable(tmp_path: Any) -> None:
    import nbformat  # slow to import, and not in every worker needed
    from nbclient import NotebookClient

    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in CELLS])
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute(cwd=str(tmp_path))
    shown = ["".join(map(_text, cell.outputs)) for cell in notebook.cells]
    assert "asked\n{1: 2}\n" in shown[1]
    assert "01.4: passed." in shown[1]
    assert (
        "cannot ask for input while it is checked (line 2 of `slow_share`: `input('?')`)"
        in shown[2]
    )
    assert "lines were executed (line 4 of `slow_share`: `share += 1`)" in shown[3]
    assert shown[4] == "still here\n"


def _text(output: Any) -> str:
    return str(output.get("text") or output["data"]["text/plain"])
