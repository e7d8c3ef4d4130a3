"""The memory of a kernel after a whole chapter: a class is planned with it."""

from __future__ import annotations

from pathlib import Path

import pytest
from jupyter_client.manager import start_new_kernel

from dscourse.course.form import load
from dscourse.course.reading import code_cells, source
from tests.notebooks.discovered import NOTEBOOKS

MOST_MB = 200  # chapter 07 takes 196, 01 takes 184, every other at most 157
STATUS = Path("/proc/self/status")


def resident_mb(process: int) -> float:
    """The resident memory of a process at its highest, in MB."""
    text = Path(f"/proc/{process}/status").read_text()
    (line,) = [line for line in text.splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024 / 1e6


def highest_mb(cells: list[str]) -> float:
    """The highest resident memory of a fresh kernel that runs these cells."""
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        for cell in cells:
            reply = client.execute_interactive(cell, timeout=120, output_hook=lambda message: None)
            assert reply["content"]["status"] == "ok", reply["content"]
        reply = client.execute_interactive(
            "None", user_expressions={"pid": "__import__('os').getpid()"}, timeout=60
        )
        return resident_mb(int(reply["content"]["user_expressions"]["pid"]["data"]["text/plain"]))
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


needs_proc = pytest.mark.skipif(not STATUS.exists(), reason="needs /proc")


@needs_proc
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_kernel_that_ran_a_chapter_stays_small(path: Path) -> None:
    found = highest_mb([source(cell) for cell in code_cells(load(path))])
    print(f"{path.stem}: {found:.0f} MB")
    assert found < MOST_MB


@needs_proc
def test_a_large_cell_is_seen() -> None:
    assert highest_mb([f"held = bytearray({MOST_MB} * 1024 * 1024)"]) > MOST_MB
