"""The form of a workload."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, ClassVar

from dscourse.checkers.verdict import Verdict
from dscourse.history import History
from dscourse.node import Invocation
from dscourse.run.external.wire import Body, WireError, is_definite

__all__ = ["Request", "Settings", "Workload", "field", "pick"]

Request = tuple[str, object, object]  # f, key, value


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of workloads; each uses those that concern it."""

    topology: str | Mapping[str, Sequence[str]] = "grid"
    key_count: int | None = None
    max_txn_length: int = 4
    max_writes_per_key: int = 16
    consistency_models: Sequence[str] = ("strict-serializable",)


class Workload:
    """Requests drawn at random, their form on the wire, and the judge of the history.

    One object serves one test. ``reads`` are the operations that change nothing: one without an answer has failed,
    and its client goes on.
    """

    name: ClassVar[str]
    reads: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, settings: Settings, draws: Random) -> None:
        self.settings, self.draws = settings, draws

    def setup(self, nodes: Sequence[str]) -> Mapping[str, Body]:
        """Return a request to each node that comes before all others; none by default."""
        return {}

    def next(self, client: str) -> Request:
        """Return the next request of a client."""
        raise NotImplementedError

    def body(self, op: Invocation) -> Body:
        """Return a request as the body of a message."""
        raise NotImplementedError

    def result(self, client: str, op: Invocation, body: Body) -> Any:
        """Return the result in an answer of the type that was expected. Raise WireError if a field is missing."""
        return None

    def failure(self, op: Invocation, code: object) -> tuple[str, object]:
        """Return status and result after an error: fail if it is definite or this is a read, else unknown."""
        return "fail" if is_definite(code) or op.f in self.reads else "unknown", None

    def final(self, client: str) -> Request | None:
        """Return a request of the last phase, in which a client of each node asks until all is settled; or None."""
        return None

    def settled(self, history: History, from_ms: float) -> bool:
        """Return True if a round of final requests, begun at ``from_ms``, shows that there is nothing to wait for."""
        return self.judge(history, from_ms).ok is True

    def judge(self, history: History, final_from_ms: float | None) -> Verdict:
        """Return the verdict; final requests began at ``final_from_ms`` or later."""
        raise NotImplementedError

    def remarks(self, history: History) -> list[str]:
        """Return sentences that are worth reading besides the verdict."""
        return []


_NOUNS = {int: "a whole number", list: "an array", dict: "an object"}


def field(body: Body, name: str, kind: type | None = None) -> Any:
    """Return a field of an answer. Raise WireError if it is missing or of another type; null is an empty array.

    >>> field({"type": "read_ok", "value": "3"}, "value", int)
    Traceback (most recent call last):
        ...
    dscourse.run.external.wire.WireError: answered read_ok with "value" = '3': a whole number is required
    """
    if name not in body:
        raise WireError(f'answered {body["type"]} without "{name}"')
    value = body[name]
    if kind is list and value is None:
        return []
    if kind is not None and type(value) is not kind:
        raise WireError(
            f'answered {body["type"]} with "{name}" = {value!r:.80}: {_NOUNS[kind]} is required'
        )
    return value


def pick(draws: Random, choices: Sequence[Any]) -> Any:
    """Return one of the choices, each as likely as any other."""
    return choices[int(draws.random() * len(choices))]
