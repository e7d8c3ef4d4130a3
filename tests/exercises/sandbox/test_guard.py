"""An answer that looks at its callers or starts a program is refused, whatever names it puts together."""

from __future__ import annotations

from typing import Any

import pytest

from dscourse.exercises.grading import judge
from dscourse.exercises.sandbox.apart import can_fork
from dscourse.exercises.tasks import Exercise, Wrong, make

pytestmark = pytest.mark.skipif(not can_fork(), reason="an answer runs in this process")


def _judge(double: Any) -> Wrong | None:
    return None if double(4) == 8 else Wrong("It is not doubled.")


EXERCISE = Exercise(
    id="99.4", title="Double", name="double", stub="def double(n):\n    return n\n",
    solution="def double(n):\n    return 2 * n\n", reasoning="Twice.", hints=("one", "two"),
    judge=_judge, praise="Well done.", lines=1_000_000,
)  # fmt: skip

SOURCE = """
import gc, sys


def called(module, *parts):
    return getattr(module, "".join(parts))


def error():
    try:
        1 / 0
    except ZeroDivisionError as raised:
        return raised


def from_a_thread(work):
    from concurrent.futures import ThreadPoolExecutor
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


def child():
    import os
    process = os.fork()
    if process == 0:
        os._exit(0)
    return os.waitpid(process, 0)


def double(n):
    DO
    return 2 * n
"""

LOOKING = {
    "frame": 'called(sys, "_get", "frame")(1)',
    "frame of inspect": 'called(__import__("insp" + "ect"), "current", "frame")()',
    "frame of a traceback": 'called(error().__traceback__, "tb_", "frame")',
    "frames of a traceback": 'list(called(__import__("traceback"), "walk_", "tb")(error().__traceback__))',
    "frames of threads": 'called(sys, "_current", "_frames")()',
    "frame of a generator": 'called((n for n in ()), "gi_", "frame")',
    "all objects": 'called(gc, "get_", "objects")()',
    "trace function": 'called(sys, "set", "trace")(None)',
}
STARTING = {
    "subprocess": '__import__("subprocess").run(["true"])',
    "os.system": '__import__("os").system("true")',
    "os.posix_spawn": '__import__("os").posix_spawn("/bin/true", ["true"], {})',
    "asyncio": '(lambda a: a.run(a.create_subprocess_exec("true")))(__import__("asyncio"))',
    "thread": 'from_a_thread(lambda: __import__("subprocess").run(["true"]))',
}
ALLOWED = {
    "a class of fields": '__import__("collections").namedtuple("Pair", "one other")',
    "an enumeration": '__import__("enum").Enum("Colour", "red")',
    "a shown error": '__import__("traceback").format_exception(error())',
    "a log": '__import__("logging").getLogger("answer").info("doubled")',
    "threads": "from_a_thread(lambda: n)",
    "a copy of its process": "child()",
    "a library that asks for the processor": '__import__("platform").processor()',
}


def _message(call: str) -> str:
    outcome = judge(EXERCISE, make(EXERCISE, SOURCE.replace("DO", call)))
    return outcome.message if outcome.status == "not yet" else outcome.status


@pytest.mark.parametrize("way", LOOKING)
def test_an_answer_cannot_look_at_what_calls_it(way: str) -> None:
    assert "does not look at what calls it (line" in _message(LOOKING[way])


@pytest.mark.parametrize("way", STARTING)
def test_an_answer_cannot_start_a_program(way: str) -> None:
    assert "starts no programs while it is checked (line" in _message(STARTING[way])


@pytest.mark.parametrize("way", ALLOWED)
def test_what_libraries_do_for_their_own_ends_is_allowed(way: str) -> None:
    assert _message(ALLOWED[way]) == "passed"
