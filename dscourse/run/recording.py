"""The record of a run of real processes: all inputs and effects of each node, in order.

It is the run's trace and history, it can be saved and loaded, and `replay` drives the same classes through it again.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

import msgspec

from dscourse.core.files import replace_bytes
from dscourse.history import History
from dscourse.node import Node
from dscourse.run.codec import Codec, EncodingError, type_name
from dscourse.run.merge import merge
from dscourse.run.sealed import seal, unseal
from dscourse.sim.trace import Trace

__all__ = ["Recording"]

FORMAT = 1
_OBSERVER = ""


@dataclass(frozen=True)
class Recording:
    """A run: the ``streams`` of its nodes' events, the events that an observer saw, and the classes of values.

    ``nodes`` are the nodes before they started; a recording that was loaded has none. ``clocks`` are the skew in ms
    and the drift in parts per million of each node that has a clock of its own.
    """

    types: tuple[type, ...]
    streams: Mapping[str, list[Any]]
    observed: list[Any]
    clocks: Mapping[str, list[float]]
    seed: int = 0
    nodes: Mapping[str, Node] | None = None

    @cached_property
    def codec(self) -> Codec:
        """The encoding of the run's values."""
        return Codec(self.types)

    @cached_property
    def trace(self) -> Trace:
        """The merged trace."""
        return merge(self.streams, self.observed, self.codec)

    @property
    def history(self) -> History:
        """The history of the clients' operations."""
        return self.trace.history()

    def log(self, name: str) -> tuple[object, ...]:
        """Return the node's durable log, as far as it is known. Raise LookupError for an unknown node."""
        if name not in self.streams:
            raise LookupError(
                f"no node is called {name!r}: the nodes are {', '.join(self.streams)}"
            )
        log: list[bytes] = []
        for event in self.streams[name]:
            if event[0] == "write":
                log.append(event[4])
            elif event[0] == "crash":
                del log[max(0, len(log) - event[3]) :]
            elif event[0] == "restart":
                log[event[3] - len(event[4]) :] = event[4]
        return tuple(map(self.codec.decode, log))

    @property
    def sync_times_ms(self) -> list[float]:
        """The time that each wait for the disk took, in ms, sorted."""
        writes = [
            event[5] for stream in self.streams.values() for event in stream if event[0] == "write"
        ]
        return sorted(us / 1000 for us in writes if us)

    def __repr__(self) -> str:
        count = sum(map(len, self.streams.values()))
        return f"Recording({count} events of {', '.join(self.streams)})"

    # --- files -----------------------------------------------------------------------------------

    def save(self, path: str | PathLike[str]) -> None:
        """Write the recording as lines of JSON: one about the run, one per event with its node, "" for the observer.

        The nodes are not written: `replay` is given them.
        """
        head = {
            "format": FORMAT,
            "seed": self.seed,
            "nodes": list(self.streams),
            "clocks": self.clocks,
            "types": [[type_name(kind), _field_names(kind)] for kind in self.types],
        }
        rows = [
            [name, *_readable(event)]
            for name, stream in {**self.streams, _OBSERVER: self._encoded_faults()}.items()
            for event in stream
        ]
        replace_bytes(Path(path), seal(head, rows))

    def _encoded_faults(self) -> list[Any]:
        return [
            [*event[:4], self.codec.encode(event[4]), *event[5:]] if event[0] == "fault" else event
            for event in self.observed
        ]

    @classmethod
    def load(cls, path: str | PathLike[str], types: Iterable[type] = ()) -> Recording:
        """Read a recording that `save` wrote.

        Its classes are ``types``, those of the course, and those of modules that are imported; LookupError for any
        other class, ValueError for another file, or a class with other fields than in the run.
        """
        try:
            head, rows = unseal(Path(path).read_bytes())
            if head["format"] != FORMAT:
                raise ValueError(
                    f"its format is {head['format']!r}, and this version reads format {FORMAT}"
                )
            known = {type_name(kind): kind for kind in types}
            kinds = tuple(_find(name, names, known) for name, names in head["types"])
            codec = Codec(kinds)
            streams: dict[str, list[Any]] = {name: [] for name in (*head["nodes"], _OBSERVER)}
            for name, *event in rows:
                streams[name].append(_stored(event))
            observed = streams.pop(_OBSERVER)
            for event in observed:
                if event[0] == "fault":
                    event[4] = codec.decode(event[4])
            return cls(kinds, streams, observed, head["clocks"], head["seed"])
        except (_UnknownTypeError, _OtherFieldsError):
            raise
        except (msgspec.DecodeError, LookupError, TypeError, ValueError, EncodingError) as error:
            raise ValueError(f"{path}: it is not a recording of a run: {error}") from error


def _field_names(kind: type) -> list[str]:
    return [field.name for field in fields(kind)] if is_dataclass(kind) else []


def _readable(part: Any) -> Any:
    """Return the parts of an event for JSON: encoded values become objects with their arrays."""
    if isinstance(part, bytes):
        return {"value": msgspec.msgpack.decode(part)}
    return [_readable(one) for one in part] if isinstance(part, list | tuple) else part


def _stored(part: Any) -> Any:
    if isinstance(part, dict):
        return msgspec.msgpack.encode(part["value"])
    return [_stored(one) for one in part] if isinstance(part, list) else part


def _find(name: str, names: list[str], known: Mapping[str, type]) -> type:
    """Return the class of this name. Raise LookupError if it is unknown, ValueError if its fields are others."""
    module, _, path = name.partition(":")
    kind: Any = known.get(name)
    if kind is None:
        if module.startswith("dscourse."):
            with suppress(ImportError):
                importlib.import_module(module)
        kind = sys.modules.get(module)
        for part in path.split("."):
            kind = getattr(kind, part, None)
    if not isinstance(kind, type):
        raise _UnknownTypeError(
            f"{path} of {module} is unknown: define it first, or write Recording.load(path, types=[{path}])"
        )
    if _field_names(kind) != names:
        raise _OtherFieldsError(
            f"{path} had the fields {', '.join(names)}, and has {', '.join(_field_names(kind))} now"
        )
    return kind


class _UnknownTypeError(LookupError):
    """A class that a recording needs."""


class _OtherFieldsError(ValueError):
    """A class that has changed since the recording was made."""
