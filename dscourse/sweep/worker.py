"""The side of a worker: the computation of one batch.

The function and its settings arrive as bytes. They are read only after the worker has found that it is of the
client's edition: functions of another Python crash, and other code would give other runs for the same seeds.
"""

from __future__ import annotations

import hashlib
import pickle
import platform
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import dscourse

__all__ = ["check_sendable", "compute", "dumps", "edition", "naming"]

_PLAIN = ". Return plain values, such as numbers, texts and verdicts"

# One world at a time, however many threads a worker has: they would take turns anyway, and a function under test
# may change what it shares with other calls.
_TURN = threading.RLock()


@cache
def edition() -> str:
    """Return the versions of dscourse and Python, with a digest of dscourse's source files.

    >>> edition() == edition()
    True
    """
    folder = Path(dscourse.__file__).parent
    sources = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.py")}
    digest = hashlib.sha256()
    for name in sorted(sources):
        if not name.startswith(("_data/", "_notebooks/")):  # a wheel has them in the package
            code = sources[name].read_bytes().replace(b"\r\n", b"\n")
            digest.update(name.encode() + b"\0" + code + b"\0")
    python = ".".join(platform.python_version_tuple()[:2])
    system = f"{platform.python_implementation()} {python}"
    return f"dscourse {dscourse.__version__} ({digest.hexdigest()[:12]}), {system}"


@contextmanager
def naming(number: int, setting: object) -> Iterator[None]:
    """Add to an exception, as a note, which setting it is about."""
    try:
        yield
    except Exception as error:
        text = _short(setting)
        error.add_note(f"raised for setting {number} of the sweep (the first is 0): {text}")
        raise


def _short(setting: object, length: int = 300) -> str:
    try:
        text = repr(setting)
    except Exception as error:
        text = f"a {type(setting).__name__} whose repr raises {type(error).__name__}"
    return text if len(text) <= length else f"{text[:length]} …"


def dumps(value: object) -> bytes:
    """Return a value as bytes: functions and classes of a notebook travel with it."""
    from dscourse.run.by_value import by_value  # its library is loaded when something travels

    return by_value(value)


@lru_cache(maxsize=4)
def _undumps(function: bytes) -> Callable[[Any], Any]:
    run: Callable[[Any], Any] = pickle.loads(function)
    return run


def compute(wanted: str, function: bytes, settings: bytes, first: int) -> bytes:
    """Return the outcome of a batch as bytes; its first setting has this number.

    An outcome is the results with the seconds that they took, or an exception with its traceback: if it were raised
    here, Dask would print it with the bytes of its batch, in front of the error that says what it is about.
    The exception is a RuntimeError if this worker is not of the edition that is wanted. The worker stops before the
    next setting once the client has cancelled the batch.
    """
    try:
        return _results(wanted, function, settings, first)
    except Exception as error:
        return dumps((error, error.__traceback__))


def _results(wanted: str, function: bytes, settings: bytes, first: int) -> bytes:
    if edition() != wanted:
        raise RuntimeError(
            f"a worker has {edition()}, and this computer {wanted}: a seed gives the same run everywhere only with "
            "the same code. Install the same dscourse and Python on all computers, and start the workers again"
        )
    cancelled = _cancellation()
    with _TURN:
        run, batch = _undumps(function), pickle.loads(settings)
        begun = time.perf_counter()
        results = []
        for number, setting in enumerate(batch, first):
            if cancelled():
                return b""
            with naming(number, setting):
                results.append(_result(run, setting))
        seconds = time.perf_counter() - begun
        return _sendable(results, batch, first, seconds)


def _result(run: Callable[[Any], Any], setting: Any) -> Any:
    """Return the result for one setting. RuntimeError for an exception that would end the worker, or stay there."""
    try:
        return run(setting)
    except BaseException as error:
        if isinstance(error, Exception) and _arrives(error):
            raise
        described = RuntimeError(f"the run raised {_short(error)}")
    raise described  # here, so that it does not refer to what cannot travel


def _arrives(error: Exception) -> bool:
    try:
        return pickle.loads(dumps(error)) is not None
    except Exception:
        return False


def _sendable(results: list[Any], batch: Sequence[Any], first: int, seconds: float) -> bytes:
    try:
        return dumps((results, seconds))
    except Exception:
        for number, (setting, result) in enumerate(zip(batch, results, strict=True), first):
            with naming(number, setting):
                check_sendable(result, f"the result {_short(result)}", _PLAIN)
        raise


def check_sendable(value: object, named: str, advice: str = "") -> None:
    """Raise TypeError, which calls the value as ``named``, if it cannot be sent to another process."""
    try:
        dumps(value)
    except Exception as error:
        raise TypeError(
            f"{named} cannot be sent to another process: {type(error).__name__}: {error}{advice}"
        ) from error


def _cancellation() -> Callable[[], bool]:
    """Return a function that says whether the client has cancelled the batch that this thread computes."""
    from distributed import get_worker

    worker = get_worker()
    key = worker.get_current_task()

    def is_cancelled() -> bool:
        task = worker.state.tasks.get(key)
        return task is None or task.state == "cancelled"

    return is_cancelled
