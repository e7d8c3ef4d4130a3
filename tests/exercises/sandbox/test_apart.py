"""Whatever an answer does, it ends, the verdict says at which line it stood, and the kernel goes on."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from dscourse.exercises.grading import judge
from dscourse.exercises.sandbox import apart
from dscourse.exercises.sandbox.limits import Limits
from dscourse.exercises.tasks import Exercise, Wrong, make

forks = pytest.mark.skipif(not apart.can_fork(), reason="there is no fork that can be relied on")
SOON = Limits(still_s=1.0, whole_s=60.0)


def _judge(double: Any) -> Wrong | None:
    for number in (0, 1, 5):
        if double(number) != 2 * number:
            return Wrong(f"`double({number})` gave {double(number)}.")
    return None


EXERCISE = Exercise(
    id="99.1", title="Double", name="double", stub="def double(n):\n    return n\n",
    solution="def double(n):\n    return 2 * n\n", reasoning="Twice.", hints=("one", "two"),
    judge=_judge, praise="Well done.", lines=1_000,
)  # fmt: skip

LOOPS = {
    "a bare except": """
        def double(n):
            while True:
                try:
                    n += 1
                except:
                    pass
        """,
    "a loop in what catches it": """
        def inner():
            try:
                while True: x = 1
            except BaseException:
                inner()
        def double(n):
            while True:
                try: inner()
                except BaseException: inner()
        """,
    "finally": """
        def double(n):
            try:
                while True: pass
            finally:
                while True: pass
        """,
    "a right answer after all": """
        def double(n):
            try:
                while True: pass
            except BaseException:
                return 2 * n
        """,
    "a thread": """
        import threading
        def double(n):
            def work():
                while True: pass
            thread = threading.Thread(target=work)
            thread.start()
            thread.join()
        """,
    "its value": """
        class Value:
            def __eq__(self, other):
                while True: pass
        def double(n):
            return Value()
        """,
    "the text of its value": """
        class Value:
            def __repr__(self):
                while True: pass
        def double(n):
            return Value()
        """,
    "a finaliser": """
        class Value:
            def __del__(self):
                while True:
                    try: x = 1
                    except: pass
        def double(n):
            Value()
            return 2 * n
        """,
    "a generator": """
        def double(n):
            def numbers():
                while True: yield 1
            return sum(numbers())
        """,
    "a coroutine": """
        import asyncio
        async def work():
            while True: await asyncio.sleep(0)
        def double(n):
            return asyncio.run(work())
        """,
    "code of its own making": """
        def double(n):
            exec("while True: pass", {})
        """,
}
STUCK = {
    "a call that never returns": ("def double(n):\n    return sum(iter(int, 1))\n", 2),
    "a huge number": ("def double(n):\n    return 10 ** 10 ** 8\n", 2),
    "a regular expression": (
        "import re\ndef double(n):\n    return re.match('(a+)+$', 60 * 'a' + 'b')\n", 3,
    ),
    "sleep": ("import time\ndef double(n):\n    time.sleep(10 ** 6)\n", 3),
    "many short sleeps": (
        "import time\ndef double(n):\n    while True: time.sleep(0.01)\n", 3,
    ),
    "a lock": (
        "import threading\nlock = threading.Lock()\ndef double(n):\n    lock.acquire()\n    lock.acquire()\n", 5,
    ),
    "a tracer switched off": (
        "import bdb\ndef double(n):\n    tool = bdb.Bdb(); tool.reset(); tool.set_quit()\n    while True: pass\n", 4,
    ),
}  # fmt: skip


def given(source: str, limits: Limits = SOON) -> Any:
    return judge(EXERCISE, make(EXERCISE, textwrap.dedent(source)), limits)


@pytest.mark.parametrize("source", LOOPS.values(), ids=LOOPS)
@forks
def test_an_endless_loop_ends_whatever_it_catches(source: str) -> None:
    outcome = given(source)
    assert outcome.status == "not yet"
    assert outcome.message.startswith(
        "Your code did not end: more than 1,000 lines were executed (line "
    )


@pytest.mark.parametrize(("source", "line"), STUCK.values(), ids=STUCK)
@forks
def test_what_executes_no_line_ends_too(source: str, line: int) -> None:
    outcome = given(source)
    assert outcome.status == "not yet"
    assert f"Your code did not end: it made no progress for 1 s (line {line} of `double`" in str(
        outcome
    )


@pytest.mark.parametrize(
    "source",
    [LOOPS[name] for name in ("a bare except", "finally", "a right answer after all", "its value")],
)
def test_without_a_copy_an_endless_loop_ends_too(
    source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "can_fork", lambda: False)
    assert "more than 1,000 lines were executed" in given(source).message
    assert sys.gettrace() is None or "coverage" in str(sys.gettrace())
    assert given(EXERCISE.solution)


def test_without_a_copy_an_endless_iterator_ends_by_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "can_fork", lambda: False)
    exercise = dataclasses.replace(
        EXERCISE, judge=lambda answer: [0 for n in answer(0) if n] and None
    )
    endless = make(exercise, "import itertools\ndouble = itertools.repeat\n")
    outcome = judge(exercise, endless, Limits(whole_s=0.5))
    assert "Your code did not end: it took too long" in outcome.message
    assert given(EXERCISE.solution)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("import os; os._exit(3)", "ended the process that ran it (with exit status 3)"),
        ("import sys; sys.exit(3)", "raised SystemExit: 3 (line 2"),
        ("raise KeyboardInterrupt", "raised KeyboardInterrupt (line 2"),
        ("return 'a' * 10 ** 12", "raised MemoryError (line 2"),
        ("return list(range(10 ** 12))", "raised MemoryError (line 2"),
        ("return input('?')", "cannot ask for input while it is checked (line 2"),
        ("return double(n)", "raised RecursionError"),
        ("return 10 ** 6 * 'x'", "…"),
    ],
)
@forks
def test_what_would_end_or_fill_the_kernel_is_a_sentence(body: str, sentence: str) -> None:
    outcome = given(f"def double(n):\n    {body}\n")
    assert outcome.status == "not yet"
    assert sentence in outcome.message
    assert len(outcome.message) < 2_000


@forks
def test_an_error_that_cannot_be_shown_and_a_circle_of_causes_are_reported() -> None:
    source = """
        class Odd(Exception):
            def __str__(self): raise ValueError
        def double(n):
            error = Odd()
            error.__cause__ = error
            raise error
        """
    assert (
        "Your code raised Odd, which cannot be shown (line 7 of `double`)." in given(source).message
    )


@forks
def test_what_the_answer_prints_is_seen_and_what_it_changes_is_not(
    capsys: pytest.CaptureFixture[str],
) -> None:
    changed: list[int] = []
    lock = threading.Lock()

    def double(n: int) -> int:
        with lock:
            changed.append(n)
        print("asked for", n)
        return 2 * n

    assert judge(EXERCISE, double)
    assert capsys.readouterr().out == "asked for 0\nasked for 1\nasked for 5\n"
    assert changed == []


@forks
def test_what_is_printed_without_end_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    given("def double(n):\n    while True: print(1000 * 'x')\n")
    assert len(capsys.readouterr().out) < 25_000


@forks
def test_no_process_is_left() -> None:
    source = """
        import os, time
        def double(n):
            if os.fork() == 0:
                os.fork()
                time.sleep(60)
            os.fork()
            return 2 * n
        """
    before = psutil.Process().children(recursive=True)
    assert given(source)
    assert set(psutil.Process().children(recursive=True)) <= set(before)


@forks
def test_time_without_a_cpu_is_not_a_lack_of_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = "import time\ndef double(n):\n    time.sleep(0.7)\n    return 2 * n\n"
    assert "no progress" in str(given(waiting, SOON))
    monkeypatch.setattr(apart._Copy, "_starved_s", lambda copy: time.monotonic())
    assert given(waiting, SOON)


@pytest.mark.skipif(not Path("/proc/self/schedstat").exists(), reason="only Linux says so")
def test_two_processes_on_one_cpu_wait_for_each_other() -> None:
    code = textwrap.dedent("""
        import os, time
        os.sched_setaffinity(0, {0})
        stop = time.monotonic() + 0.6
        while time.monotonic() < stop: pass
        print(open("/proc/self/schedstat").read().split()[1])
        """)
    both = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) for _ in range(2)
    ]
    starved = [int(process.communicate(timeout=60)[0]) / 1e9 for process in both]
    assert max(starved) > 0.1


def test_a_step_is_the_same_on_a_slow_machine() -> None:
    slow = "import time\ndef double(n):\n    time.sleep(0.7)\n    return 2 * n\n"
    assert given(slow, Limits(still_s=5.0))


def _run(folder: Path, code: str, **environment: str) -> str:
    """Return the output of a script that checks an answer with a budget of 1,000 lines."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], cwd=folder, env=os.environ | environment,
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    return done.stdout


CHECK = """
    import dataclasses
    from dscourse.exercises import all_exercises, grading
    found = all_exercises()["01.4"]
    small = dataclasses.replace(found, lines=1_000, judge=lambda double: double(0) and None)
    def ask(answer):
        return grading.judge(small, answer)
    """


def test_a_library_in_an_unusual_place_runs_freely(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "work").mkdir()
    (tmp_path / "lib" / "far.py").write_text(
        "def work():\n    for n in range(9_000):\n        x = n\n"
    )
    code = CHECK + "\n    import far\n    print(ask(lambda n: far.work()))"
    path = os.pathsep.join([str(tmp_path / "lib"), os.environ.get("PYTHONPATH", "")])
    assert ": passed." in _run(tmp_path / "work", code, PYTHONPATH=path)


@pytest.mark.parametrize("name", ["work", "site-packages"])
def test_a_module_beside_the_notebook_is_the_learners(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    (folder / "near.py").write_text("def work():\n    while True:\n        x = 1\n")
    code = (
        CHECK
        + "\n    import sys; sys.path.insert(0, '')\n    import near\n    print(ask(lambda n: near.work()))"
    )
    assert "more than 1,000 lines were executed (line 2 of `work`: `while True:`)" in _run(
        folder, code
    )


@forks
def test_in_a_folder_that_is_gone_there_is_a_verdict(tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    code = (
        CHECK
        + """
    import os, far
    os.chdir("gone"); os.rmdir(os.getcwd())
    print(ask(lambda n: n + 1), ask(lambda n: far.work()))
    """
    )
    (tmp_path / "far.py").write_text("def work():\n    raise KeyError\n")
    found = _run(
        tmp_path,
        code,
        PYTHONPATH=os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]),
    )
    assert ": passed." in found
    assert "KeyError" in found


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_behind_a_link_the_course_is_no_learners_code(tmp_path: Path) -> None:
    root = Path(apart.__file__).resolve().parents[3]
    (tmp_path / "link").symlink_to(root)
    code = """
        import dscourse
        from dscourse.exercises import all_exercises, grading, tasks
        assert "link" in dscourse.__file__
        for name in ("01.4", "02.3", "09.4"):
            found = all_exercises()[name]
            print(grading.judge(found, tasks.make(found, found.solution)).status)
        """
    shown = _run(tmp_path, code, PYTHONPATH=str(tmp_path / "link"))
    assert shown.split() == ["passed"] * 3
