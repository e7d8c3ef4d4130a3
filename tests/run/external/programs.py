"""The nodes that these tests run, in Python, JavaScript, Perl and C, and short tests of them."""

from __future__ import annotations

import os
import shutil
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from dscourse.run import external
from dscourse.run.external import Result
from dscourse.run.external.workloads import Workload

__all__ = [
    "BROADCAST",
    "COUNTER",
    "SIMPLE",
    "STORES",
    "compiled",
    "judged",
    "needs",
    "refuted",
    "written",
]

NODES = Path(__file__).with_name("nodes")
NODE = shutil.which(
    "node", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
)
BROADCAST = [NODE or "node", str(NODES / "broadcast.js")]
COUNTER = ["perl", str(NODES / "counter.pl")]
SIMPLE = [sys.executable, "-S", str(NODES / "simple.py")]
STORES = [sys.executable, "-S", str(NODES / "stores.py")]

needs = pytest.mark.skipif(os.name == "nt", reason="Windows has no signals that stop a process")


@cache
def compiled(folder: Path) -> list[str]:
    """The program in C; skip the test where there is no compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler")
    import subprocess

    subprocess.run([compiler, str(NODES / "ids.c"), "-o", str(folder / "ids")], check=True)
    return [str(folder / "ids")]


def written(folder: Path, code: str) -> list[str]:
    """A program of a few lines of Python, which reads ``m`` (a message) and ``b`` (its body) line by line.

    It can ``say(dest, body)`` and ``ok(**fields)``, and answers ``init`` itself.
    """
    lines = "\n".join("    " + line for line in code.splitlines())
    (folder / "program.py").write_text(f"""\
import json, os, sys, time
def say(dest, body):
    print(json.dumps({{"src": me, "dest": dest, "body": body}}), flush=True)
def ok(**fields):
    say(m["src"], {{"type": b["type"] + "_ok", "in_reply_to": b["msg_id"], **fields}})
for line in sys.stdin:
    m = json.loads(line)
    b = m["body"]
    if b["type"] == "init":
        me, names = b["node_id"], b["node_ids"]
        ok()
        continue
{lines}
""")
    return [sys.executable, "-S", str(folder / "program.py")]


def judged(workload: str | type[Workload], command: list[str], **settings: Any) -> Result:
    """The result of a short test with many requests."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"there is no {command[0]}")
    short = {"nodes": 3, "rate": 600, "seconds": 0.15, "settle": 0.1, "concurrency": 6}
    return external.test(workload, command, **{**short, **settings})


def refuted(workload: str, command: list[str], **settings: Any) -> Result:
    """The result of a test that refutes the program; on a busy machine it may take more requests than usual."""
    seconds = settings.pop("seconds", 0.15)
    for _ in range(3):
        result = judged(workload, command, seconds=seconds, **settings)
        if result.verdict.ok is False:
            break
        seconds *= 4
    return result
