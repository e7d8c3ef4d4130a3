"""JupyterLab, opened in the reader's own copy of the course."""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from dscourse.course.chapters import CHAPTERS, Chapter
from dscourse.course.copies import copy_course
from dscourse.course.form import load
from dscourse.course.report import copied

__all__ = ["arguments", "kernel_settings", "last_run", "open_lab"]

_PATIENCE_S = (
    10.0  # for JupyterLab and its kernels to end after SIGTERM; on an idle machine they need one
)
_MISSING = 'JupyterLab is not installed: pip install "dscourse[lab]"'


def open_lab(folder: Path, chapter: Chapter | None, options: Sequence[str]) -> int:
    """Bring the copy in ``folder`` up to date, and serve it until the reader ends JupyterLab; the exit status.

    ``options`` go to JupyterLab. It opens at ``chapter``, or else at the chapter that was run last, or else at the
    first one. FileNotFoundError if JupyterLab is not installed.
    """
    if importlib.util.find_spec("jupyterlab") is None:
        raise FileNotFoundError(_MISSING)
    opened = chapter or last_run(folder) or CHAPTERS[0]
    done = copy_course(folder)
    print(copied(done, folder))
    print("Updates never overwrite your work: your_copy.md in this folder says how.")
    if os.environ.get("JUPYTERHUB_SERVICE_PREFIX"):
        print(f"JupyterLab is running already: open {opened.file} in its file browser.")
        return 0
    print("Starting JupyterLab …", flush=True)
    return _serve(arguments(folder, opened, options), folder)


def last_run(folder: Path) -> Chapter | None:
    """Return the chapter with outputs that was saved last in a copy; None if there is none."""
    found = [
        (path.stat().st_mtime, chapter.number)
        for chapter in CHAPTERS
        if (path := folder / chapter.file).is_file() and _has_outputs(path)
    ]
    return CHAPTERS[max(found)[1]] if found else None


def _has_outputs(path: Path) -> bool:
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        return any(cell.get("outputs") for cell in load(path)["cells"])
    return False


def arguments(folder: Path, chapter: Chapter, options: Sequence[str]) -> list[str]:
    """Return the arguments of JupyterLab: those of the course, unless ``options`` contain the same one, and these.

    >>> arguments(Path("/mine"), CHAPTERS[0], ["--ServerApp.log_level=INFO"])[-1]
    '--ServerApp.log_level=INFO'
    """
    own = {
        "ServerApp.root_dir": str(folder),
        "LabApp.default_url": f"/lab/tree/{chapter.file}",
        "ServerApp.log_level": "ERROR",
        "LabApp.log_level": "ERROR",
        "ServerApp.answer_yes": "True",
        **{f"KernelManager.{name}": value for name, value in kernel_settings().items()},
    }
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # in a container; Jupyter refuses by default
        own["ServerApp.allow_root"] = "True"
    given = {option.lstrip("-").partition("=")[0] for option in options}
    return [*(f"--{name}={value}" for name, value in own.items() if name not in given), *options]


def kernel_settings() -> dict[str, str]:
    """Return settings that encrypt the connections of kernels where possible: a kernel warns if they are not."""
    from jupyter_client.manager import KernelManager

    return (
        {"transport_encryption": "auto"} if hasattr(KernelManager, "transport_encryption") else {}
    )


def _serve(options: list[str], folder: Path) -> int:
    """Run JupyterLab until it is ended by Ctrl-C or from its menu; the exit status."""
    from jupyterlab.labapp import LabApp

    server: Any = LabApp.initialize_server(argv=options)
    _end_in_time(_PATIENCE_S)
    address = server.connect_url.splitlines()[0]
    server.identity_provider.token_generated = False  # or the server prints the address as well
    server.log.addFilter(_is_news)
    print(f"JupyterLab is at {address}\nCtrl-C in this window ends it.", flush=True)
    server.start()
    print(f"\nJupyterLab has ended. Your work is in {folder}.")
    return 0


def _end_in_time(seconds: float) -> None:
    """Make SIGTERM end this process within so many seconds, even if a kernel or a request keeps JupyterLab from it.

    Windows ends a process at once.
    """
    if not hasattr(signal, "setitimer"):
        return
    stop = signal.getsignal(signal.SIGTERM)

    def end(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)  # no Python code has to run for it
        signal.setitimer(signal.ITIMER_REAL, seconds)
        if callable(stop):
            stop(number, frame)

    signal.signal(signal.SIGTERM, end)


def _is_news(record: logging.LogRecord) -> bool:
    """Return whether a message of the server tells more than that it ends."""
    return record.getMessage() != "Shutting down..."
