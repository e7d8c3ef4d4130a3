"""A session: the folder, the processes and the switch of one run, from opening to closing."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import cloudpickle  # type: ignore[import-untyped]

from dscourse.node import Node
from dscourse.run.supervise import Supervisor
from dscourse.run.switch import Switch
from dscourse.run.value_types import value_types

__all__ = ["Session", "pickled"]

LOOK_S = 0.05  # how often a waiting thread looks whether all is well
END_S = 5.0  # in which all that killed processes have told is read

_T = TypeVar("_T")


def pickled(nodes: Mapping[str, Node], types: list[type]) -> tuple[bytes, tuple[type, ...]]:
    """Return the nodes and the classes of their values, as a file for new processes, and these classes.

    Classes defined in a notebook or a script are contained in the file. TypeError if something cannot be pickled.
    """
    kinds = value_types([*nodes.values(), *types])
    try:
        return cloudpickle.dumps((dict(nodes), kinds)), kinds
    except Exception as error:  # whatever the learner's own classes raise
        raise TypeError(
            f"the nodes cannot be given to other processes ({type(error).__name__}: {error}): they and their classes "
            "must hold plain data, and no open file, lock or thread"
        ) from error


class Session:
    """The processes of a switch's nodes, in a private folder that is made in ``folder``."""

    def __init__(self, switch: Switch, file: bytes, folder: str | None, start_s: float) -> None:
        self._switch, self._file, self._folder, self._start_s = switch, file, folder, start_s
        self._supervisor: Supervisor | None = None
        self.closed = False

    @property
    def opened(self) -> bool:
        """True from the opening on, also when it is closed again."""
        return self._supervisor is not None

    def open(self) -> None:
        """Start the processes. RuntimeError for one that ends, or has not loaded its node in time."""
        if self.opened:
            raise RuntimeError(
                "this cluster has been opened before: make another one for another run"
            )
        self._supervisor = Supervisor(self._folder)
        try:
            path = self._supervisor.folder / "nodes.pickle"
            with open(path, "xb", opener=_private) as file:
                file.write(self._file)
            self._switch.open(self._supervisor, str(path))
            self._wait_until_loaded()
        except BaseException:
            self.close()
            raise

    def _wait_until_loaded(self) -> None:
        until = time.monotonic() + self._start_s
        while not self._switch.all_loaded:
            self.look()
            if time.monotonic() > until:
                late = next(end for end in self._switch.endpoints.values() if end.state != "loaded")
                errors = late.process.errors() if late.process is not None else ""
                raise RuntimeError(
                    f"{late.name!r} was not ready within {self._start_s:g} s; its standard error:\n{errors}"
                )

    def ask(self, function: Callable[..., _T], *args: Any) -> _T:
        """Call a function in the switch's thread. RuntimeError if there is none."""
        if not self.opened:
            raise RuntimeError("the cluster is not open: write with Cluster(nodes) as cluster: …")
        if self.closed:
            raise RuntimeError("the cluster is closed: its processes have ended")
        return self._switch.ask(function, *args)

    def look(self, wait_s: float = LOOK_S) -> None:
        """Wait for news, no longer than ``wait_s``, and raise the error that has ended the run, if there is one."""
        self._switch.changed.wait(wait_s)
        self._switch.changed.clear()
        assert self._supervisor is not None
        self._supervisor.check()
        if self._switch.failure is not None:
            raise self._switch.failure

    def recorded(self) -> tuple[int, dict[str, list[Any]], list[Any]]:
        """Return what the switch has recorded."""
        running = self.opened and not self.closed
        return self.ask(self._switch.recorded) if running else self._switch.recorded()

    def close(self) -> None:
        """End all processes and remove the folder. May be called twice."""
        if self.closed or self._supervisor is None:
            return
        self.closed = self._switch.closing = True
        try:
            self._supervisor.close()
            until = time.monotonic() + END_S
            ends = self._switch.endpoints.values()
            while time.monotonic() < until and any(end.connected for end in ends):
                time.sleep(0.001)
        finally:
            self._switch.close()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
