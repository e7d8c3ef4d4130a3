"""The API reference is made from the docstrings: a page per module, with links between them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_a_page_shows_signatures_docstrings_and_examples(tmp_path: Path) -> None:
    form = ["--docformat", "restructuredtext", "--no-show-source"]
    modules = ["dscourse.clocks", "dscourse.core.schedule"]
    process = subprocess.run(
        [sys.executable, "-m", "pdoc", *form, "-o", tmp_path, *modules],
        capture_output=True, text=True,
    )  # fmt: skip
    assert (process.returncode, process.stderr) == (0, "")
    clocks = (tmp_path / "dscourse" / "clocks.html").read_text("utf-8")
    assert 'id="VectorClock.tick"' in clocks
    assert '<span class="gp">&gt;&gt;&gt; </span>' in clocks
    schedule = (tmp_path / "dscourse" / "core" / "schedule.html").read_text("utf-8")
    assert '<a href="#CrashDuringStep">' in schedule
