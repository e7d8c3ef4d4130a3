"""Append-only logs by key: kafka."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from dscourse.checkers.verdict import Verdict
from dscourse.checkers.workloads import logs, unobserved
from dscourse.core.wording import count
from dscourse.history import History
from dscourse.node import Invocation
from dscourse.run.external.wire import Body, WireError
from dscourse.run.external.workloads.workload import Request, Settings, Workload, field, pick

__all__ = ["Kafka"]

_SHARES = ("send",) * 9 + ("poll",) * 8 + ("commit_offsets",) * 2 + ("list_committed_offsets",)


class Kafka(Workload):
    """Sends, polls from where a client has come to, commits of that, and questions for what was committed.

    In the end a client of each node reads every log from its beginning.
    """

    name = "kafka"
    reads = frozenset({"poll", "list_committed_offsets"})

    def __init__(self, settings: Settings, draws: Random) -> None:
        super().__init__(settings, draws)
        self._keys = [str(n) for n in range(settings.key_count or 4)]
        self._sent = 0
        self._next: dict[
            str, dict[str, int]
        ] = {}  # by client and key: the offset from which to poll
        self._behind: set[str] = set()  # clients whose last poll returned something new
        self._last: set[str] = set()  # clients of the last phase

    def next(self, client: str) -> Request:
        f = pick(self.draws, _SHARES)
        at = self._next.setdefault(client, {})
        if f == "commit_offsets" and not at:
            f = "poll"
        if f == "send":
            self._sent += 1
            return f, pick(self.draws, self._keys), self._sent
        if f == "commit_offsets":
            return f, None, tuple((key, offset - 1) for key, offset in at.items())
        keys = [key for key in self._keys if self.draws.random() < 0.5] or self._keys[:1]
        return f, None, tuple(keys) if f != "poll" else self._from(client, keys)

    def _from(self, client: str, keys: Sequence[str]) -> tuple[tuple[str, int], ...]:
        at = self._next.setdefault(client, {})
        return tuple((key, at.get(key, 0)) for key in keys)

    def body(self, op: Invocation) -> Body:
        if op.f == "send":
            return {"type": "send", "key": op.key, "msg": op.value}
        if op.f == "list_committed_offsets":
            return {"type": op.f, "keys": list(op.value)}
        return {"type": op.f, "offsets": dict(op.value)}

    def result(self, client: str, op: Invocation, body: Body) -> Any:
        if op.f == "send":
            return field(body, "offset", int)
        if op.f == "list_committed_offsets":
            offsets = field(body, "offsets", dict)
            if not all(type(offset) is int for offset in offsets.values()):
                raise WireError(
                    f'answered {body["type"]} with "offsets" = {offsets!r:.80}: whole numbers are required'
                )
            return tuple(sorted(offsets.items()))
        if op.f == "commit_offsets":
            return None
        found = {key: pairs or [] for key, pairs in field(body, "msgs", dict).items()}
        at = self._next.setdefault(client, {})
        self._behind.discard(client)
        for key, pairs in found.items():
            for pair in pairs if isinstance(pairs, list) else [pairs]:
                if not isinstance(pair, list) or len(pair) != 2 or type(pair[0]) is not int:
                    raise WireError(
                        f'answered poll_ok with "msgs" = {{{key!r}: {pairs!r:.60}…}}: pairs are required'
                    )
                if pair[0] >= at.get(key, 0):
                    at[key] = pair[0] + 1
                    self._behind.add(client)
        return tuple((key, tuple(map(tuple, pairs))) for key, pairs in found.items())

    def final(self, client: str) -> Request:
        self._last.add(client)
        return "poll", None, self._from(client, self._keys)

    def settled(self, history: History, from_ms: float) -> bool:
        return not self._behind & self._last and not unobserved(history)

    def judge(self, history: History, final_from_ms: float | None) -> Verdict:
        return logs(history)

    def remarks(self, history: History) -> list[str]:
        missing = unobserved(history)
        return (
            [f"{count(missing, 'acknowledged message')} never showed in a poll"] if missing else []
        )
