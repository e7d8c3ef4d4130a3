"""The command ``dscourse``: the course for its readers and teachers.

Exit status: 0 if all is well; 1 if something failed, is missing, or is not passed; 2 for a command that cannot be
understood, and for a test of a program whose outcome is unknown; 130 after Ctrl-C. An error is one line on the
standard error stream.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

import dscourse
from dscourse.course import maelstrom, report
from dscourse.course.chapters import CHAPTERS
from dscourse.course.classroom import lay_out
from dscourse.course.copies import copy_course, default_folder

__all__ = ["main"]

_FOLDER = "The default is the current folder if it holds a copy, else ~/dscourse-notebooks."
_KEEPS = "An update never overwrites your work: your_copy.md, in the copy, says how."
_UPDATE = f"Make a copy of the notebooks, or bring it up to date. {_KEEPS}"
_LAB = f"""\
Open the course in JupyterLab, in a copy of your own. The first time it makes the copy and opens chapter 00; later it
brings the copy up to date and opens the chapter that you ran last. {_KEEPS}
Arguments after -- go to JupyterLab, as in: dscourse lab -- --ServerApp.log_level=INFO"""
_CHECK = """\
Without arguments: check that Python, the packages and JupyterLab are those that the course needs. With notebooks: run
each in a fresh kernel, and report the outcome of its exercises."""
_CLASS = """\
Lay out an nbgrader course: source/ with an assignment for each chapter, and nbgrader_config.py. Files that you have
changed are kept; newer ones go to newer/."""
_PROGRESS = "Show the exercises that you have passed, by chapter, and where to go on."


class _Parser(argparse.ArgumentParser):
    """A parser that reports an error in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Execute one command and return its exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    own, extra = _split(given)
    parser = _parser()
    chosen = parser.parse_args(own)
    if extra and chosen.command not in ("lab", "maelstrom"):
        parser.error("only lab and maelstrom pass arguments after -- on")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(
                errors="replace"
            )  # a console that lacks a sign shows a question mark
    chosen.extra = extra
    try:
        status: int = chosen.run(chosen)
        sys.stdout.flush()
        return status
    except BrokenPipeError:  # as in: dscourse progress | head -1
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130
    except (OSError, ValueError) as error:
        print(f"dscourse {chosen.command}: {_line(error)}", file=sys.stderr)
        return 1


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Return the arguments before and after the first ``--``."""
    if "--" not in arguments:
        return arguments, []
    at = arguments.index("--")
    return arguments[:at], arguments[at + 1 :]


def _line(error: Exception) -> str:
    """Return an error as one line, without the number of an operating system's error."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return " ".join(str(error).split())


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="dscourse",
        description="A course in the fundamentals of distributed systems, as Jupyter notebooks. "
        "Begin with: dscourse lab",
    )
    parser.add_argument("--version", action="version", version=f"dscourse {dscourse.__version__}")
    commands = parser.add_subparsers(
        dest="command", metavar="COMMAND", title="commands", required=True
    )
    _add_lab(_command(commands, "lab", "open the course in JupyterLab", _LAB, _lab))
    one = _command(commands, "copy", "make or update your copy of the notebooks", _UPDATE, _copy)
    _add_folder(one)
    one = _command(commands, "check", "check the installation, or notebooks", _CHECK, _check)
    one.add_argument("notebooks", metavar="NOTEBOOK", nargs="*", type=Path, help="notebooks to run")
    one = _command(commands, "progress", "show the exercises that you passed", _PROGRESS, _progress)
    one = _command(commands, "class", "lay out an nbgrader course (for teachers)", _CLASS, _class)
    one.add_argument(
        "folder", metavar="FOLDER", type=_name, help="the folder of the nbgrader course"
    )
    summary = "test a program that speaks Maelstrom's protocol"
    maelstrom.add_options(_command(commands, "maelstrom", summary, maelstrom.TEXT, maelstrom.run))
    return parser


def _command(
    commands: argparse._SubParsersAction[_Parser],
    name: str,
    summary: str,
    text: str,
    run: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    """Add a command and return its parser."""
    one: argparse.ArgumentParser = commands.add_parser(name, help=summary, description=text)
    one.set_defaults(run=run)
    return one


def _add_folder(one: argparse.ArgumentParser) -> None:
    text = f"the folder of your copy. {_FOLDER}"
    one.add_argument("folder", metavar="FOLDER", nargs="?", type=_name, help=text)


def _add_lab(one: argparse.ArgumentParser) -> None:
    _add_folder(one)
    one.usage = (
        "dscourse lab [-h] [--no-browser] [--port PORT] [--chapter N] [FOLDER] [-- ARGUMENT ...]"
    )
    one.add_argument(
        "--no-browser", action="store_true", help="print the address, and open no browser"
    )
    one.add_argument(
        "--port", type=_port, help="the port to listen on. The default is 8888, or a free one"
    )
    one.add_argument(
        "--chapter", type=int, choices=range(len(CHAPTERS)), metavar="N", help="the chapter to open"
    )


def _name(text: str) -> Path:
    if not text.strip():
        raise argparse.ArgumentTypeError('"" is not a name')
    return Path(text)


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 65535")
    return int(text)


def _folder(chosen: argparse.Namespace) -> Path:
    """Return the folder of the reader's copy as an absolute path."""
    folder: Path = chosen.folder.expanduser() if chosen.folder else default_folder()
    return folder.absolute()


def _lab(chosen: argparse.Namespace) -> int:
    from dscourse.course.lab import open_lab

    chapter = None if chosen.chapter is None else CHAPTERS[chosen.chapter]
    options = [*(["--no-browser"] if chosen.no_browser else [])]
    options += [f"--ServerApp.port={chosen.port}"] if chosen.port else []
    return open_lab(_folder(chosen), chapter, [*options, *chosen.extra])


def _copy(chosen: argparse.Namespace) -> int:
    folder = _folder(chosen)
    done = copy_course(folder)
    print(*done, f"Your copy: {folder}", sep="\n")
    return int(any(one.failed for one in done))


def _class(chosen: argparse.Namespace) -> int:
    done = lay_out(chosen.folder.expanduser())
    print(*done, sep="\n")
    return int(any(one.failed for one in done))


def _check(chosen: argparse.Namespace) -> int:
    if not chosen.notebooks:
        print(report.installation())
        return int(not report.is_complete())
    from dscourse.course.answers import Answer, outcomes

    found: list[Answer] = []
    for path in chosen.notebooks:
        before = len(found)
        for outcome in outcomes(path):
            found.append(outcome)
            print(outcome, flush=True)
        if len(found) == before:
            print(f"{path} has no exercises.", flush=True)
    return int(not all(found))


def _progress(chosen: argparse.Namespace) -> int:
    print(report.progress())
    return 0
