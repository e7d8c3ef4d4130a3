"""A session: the folder, the processes and the switch of one run, from opening to closing."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from numbers import Real
from typing import Any, TypeVar, cast

from dscourse.run.supervise import Supervisor
from dscourse.run.switch import Switch
from dscourse.run.value_types import is_value_type

__all__ = ["LOOK_S", "Session", "check_options", "check_seconds"]

LOOK_S = 0.05  # how often a waiting thread looks whether all is well
END_S = 5.0  # in which all events of killed processes are read

_T = TypeVar("_T")


def check_options(types: object, folder: object, start_s: object) -> None:
    """Raise TypeError or ValueError for options of a session that are not as they must be."""
    if not isinstance(types, Iterable) or isinstance(types, str):
        raise TypeError(f"types={types!r}: a list of classes is required, such as [Vote]")
    for kind in types:
        if not isinstance(kind, type) or not is_value_type(kind):
            raise TypeError(
                f"types: {kind!r}: a frozen dataclass, an enumeration, a named tuple or a value mapping is required"
            )
    if folder is not None and not os.path.isdir(os.fspath(cast(str, folder))):
        raise ValueError(f"folder={folder!r}: a folder that exists is required")
    check_seconds("start_s", start_s)


def check_seconds(name: str, seconds: object) -> None:
    """Raise ValueError unless this is a number of seconds above 0, and no more than a million."""
    if not isinstance(seconds, Real) or not 0 < float(seconds) <= 1e6:
        raise ValueError(
            f"{name}={seconds!r}: a number of seconds is required, above 0 and up to 1,000,000"
        )


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
                raise RuntimeError(
                    f"{late.name!r} was not ready within {self._start_s:g} s: it {late.how_it_ended()}"
                )

    def ask(self, function: Callable[..., _T], *args: Any) -> _T:
        """Call a function in the switch's thread. RuntimeError if the session is not open."""
        self.need_open()
        return self._switch.ask(function, *args)

    def need_open(self) -> None:
        """Raise RuntimeError unless the session is open."""
        if not self.opened:
            raise RuntimeError("the cluster is not open: write with Cluster(nodes) as cluster: …")
        if self.closed:
            raise RuntimeError("the cluster is closed: its processes have ended")

    def look(self, wait_s: float = LOOK_S) -> None:
        """Wait for news, no longer than ``wait_s``, and raise the error that has ended the run, if there is one."""
        self._switch.changed.wait(wait_s)
        self._switch.changed.clear()
        assert self._supervisor is not None
        self._supervisor.check()
        if self._switch.failure is not None:
            raise self._switch.failure

    def recorded(self) -> tuple[int, dict[str, list[Any]], list[Any]]:
        """Return the number of recorded events, those of each node, and those of the observer."""
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
