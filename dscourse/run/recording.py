"""The record of a run of real processes: all inputs and effects of each node, in order.

It is the run's trace and history, it can be saved and loaded, and `replay` drives the same classes through it again.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

import msgspec

from dscourse.core.files import replace_bytes
from dscourse.history import History
from dscourse.node import Node
from dscourse.run.codec import Codec, EncodingError, type_name
from dscourse.run.frames import EFFECTS
from dscourse.run.merge import merge
from dscourse.run.sealed import seal, unseal
from dscourse.run.value_types import value_types
from dscourse.sim.arguments import as_us
from dscourse.sim.network import Network
from dscourse.sim.trace import Trace

__all__ = ["Recording"]

FORMAT = 1
_OBSERVER = ""


@dataclass(frozen=True)
class Recording:
    """A run: the ``streams`` of its nodes' events, the events that an observer saw, and the classes of values.

    ``nodes`` are the nodes before they started. ``clocks`` are the skew in ms and the drift in parts per million of
    each node that has a clock of its own. ``network`` holds the initial settings of the links.
    """

    types: tuple[type, ...]
    streams: Mapping[str, list[Any]]
    observed: list[Any]
    clocks: Mapping[str, list[float]]
    seed: int = 0
    nodes: Mapping[str, Node] | None = None
    network: Network = field(default_factory=Network)

    def __getstate__(self) -> dict[str, Any]:
        """Return the fields without what is computed from them."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

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

    @property
    def end_us(self) -> int:
        """The time of the last event, in µs."""
        rows = [*self.streams.values(), self.observed]
        return max((row[-1][1] // 1000 for row in rows if row), default=0)

    def until(self, at_ms: float) -> Recording:
        """Return the part of the recording up to this moment.

        What had begun is complete: a handler has all its effects, and a message that its link lost is lost.
        """
        at_us = as_us(at_ms, "at_ms")
        streams = {name: _beginning(stream, at_us) for name, stream in self.streams.items()}
        sent = {event[3] for stream in streams.values() for event in stream if event[0] == "send"}
        observed = [
            event
            for event in self.observed
            if event[1] // 1000 <= at_us or (_is_of_sending(event) and event[5] in sent)
        ]
        return replace(self, streams=streams, observed=observed)

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

        The nodes are not written: `load` and `replay` are given them.
        """
        head = {
            "format": FORMAT,
            "seed": self.seed,
            "nodes": list(self.streams),
            "clocks": self.clocks,
            "types": [[type_name(kind), _field_names(kind)] for kind in self.types],
            "network": _readable(self.codec.encode(self.network)),
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
    def load(
        cls, path: str | PathLike[str], types: Iterable[type] = (), nodes: Iterable[Node] = ()
    ) -> Recording:
        """Read a recording that `save` wrote; ``nodes`` are those that were run, as they were before.

        Its classes are ``types``, those of the course, and those of modules that are imported; LookupError for any
        other class, ValueError for another file, or a class with other fields than in the run.
        """
        try:
            head, rows = unseal(Path(path).read_bytes())
            if head["format"] != FORMAT:
                raise ValueError(
                    f"its format is {head['format']!r}, and this version reads format {FORMAT}"
                )
            given = {node.id: node for node in nodes}
            known = {type_name(kind): kind for kind in (*value_types(given.values()), *types)}
            kinds = tuple(_find(name, names, known) for name, names in head["types"])
            codec = Codec(kinds)
            streams: dict[str, list[Any]] = {name: [] for name in (*head["nodes"], _OBSERVER)}
            for name, *event in rows:
                streams[name].append(_stored(event))
            observed = streams.pop(_OBSERVER)
            for event in observed:
                if event[0] == "fault":
                    event[4] = codec.decode(event[4])
            network = Network() if "network" not in head else codec.decode(_stored(head["network"]))
            return cls(
                kinds, streams, observed, head["clocks"], head["seed"], given or None, network
            )
        except (_UnknownTypeError, _OtherFieldsError):
            raise
        except (msgspec.DecodeError, LookupError, TypeError, ValueError, EncodingError) as error:
            raise ValueError(f"{path}: it is not a recording of a run: {error}") from error


def _beginning(stream: list[Any], at_us: int) -> list[Any]:
    """Return the events of a node up to this time, and the effects of its last handler."""
    later = (
        at
        for at, event in enumerate(stream)
        if event[0] not in EFFECTS and event[1] // 1000 > at_us
    )
    return stream[: next(later, len(stream))]


def _is_of_sending(event: list[Any]) -> bool:
    """Return True for what a link does with a message when it is sent."""
    return event[0] == "duplicate" or (event[0] == "drop" and event[6] in ("lost", "dropped"))


def _field_names(kind: type) -> list[str]:
    return [one.name for one in fields(kind)] if is_dataclass(kind) else []


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
