"""The five small programs of `notebooks/own_protocol.md` run as they stand there, and print what stands there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "notebooks" / "own_protocol.md").read_text("utf-8")
PROGRAMS = dict(
    re.findall(r"^`(\w+)\.py`\n\n```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
)
OUTPUTS = re.findall(
    r"^`(\w+)\.py`\n\n```python\n(?:[^`]|`(?!``))*```\n\n```text\n(.*?)^```$",
    PAGE,
    re.DOTALL | re.MULTILINE,
)


def test_there_is_a_protocol_and_five_programs_each_below_40_lines() -> None:
    assert len(PROGRAMS) == 1 + len(OUTPUTS) == 6
    assert max(len(text.splitlines()) for text in PROGRAMS.values()) < 40


@pytest.mark.parametrize(("name", "output"), OUTPUTS, ids=[name for name, _ in OUTPUTS])
def test_a_program_prints_what_the_page_shows(name: str, output: str, tmp_path: Path) -> None:
    for module, text in PROGRAMS.items():
        (tmp_path / f"{module}.py").write_text(text, "utf-8")
    run = subprocess.run(
        [sys.executable, f"{name}.py"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.stdout, run.returncode) == (output, 0), run.stderr
    if name == "swept":
        assert "1000/1000" in run.stderr  # the progress bar
