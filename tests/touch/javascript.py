"""Running the pure modules of the browser's half under Node.js."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dscourse import touch

__all__ = ["NODE", "SCRIPTS", "run_module"]

NODE = Path(sys.executable).with_name("node")
SCRIPTS = Path(touch.__file__).parent / "browser"


def run_module(folder: Path, code: str, data: object) -> Any:
    """Run ``code``, a module beside those of the browser, in ``folder``; return what it prints, read as JSON.

    In it ``data`` is the given data. Node.js is that of this environment; the test is skipped if there is none.
    """
    if not NODE.exists():
        pytest.skip("there is no node to run the script")
    shutil.copytree(SCRIPTS, folder, dirs_exist_ok=True)
    (folder / "package.json").write_text('{"type": "module"}', "utf-8")
    (folder / "data.json").write_text(json.dumps(data), "utf-8")
    read = 'import { readFileSync } from "node:fs";\nconst data = JSON.parse(readFileSync("data.json", "utf8"));\n'
    (folder / "run.mjs").write_text(read + code, "utf-8")
    done = subprocess.run(
        [NODE, "run.mjs"], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
