"""The result of a test: verdict, history and trace, and the cost of the run."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from dscourse.checkers.verdict import Verdict
from dscourse.checkers.workloads import lateness_ms
from dscourse.core.wording import count
from dscourse.history import History
from dscourse.sim.faults import At
from dscourse.sim.trace import Trace

__all__ = ["Result", "percentiles"]


def percentiles(values: Sequence[float]) -> tuple[float, float, float] | None:
    """Return the median, the 95th percentile (both by nearest rank) and the largest; None without values.

    >>> percentiles([1.0, 5.0, 2.0])
    (2.0, 5.0, 5.0)
    """
    if not values:
        return None
    ranked = sorted(values)
    return (
        ranked[math.ceil(len(ranked) / 2) - 1],
        ranked[math.ceil(len(ranked) * 0.95) - 1],
        ranked[-1],
    )


@dataclass(frozen=True)
class Result:
    """A test that was run; true if its verdict is True.

    ``messages`` were sent between servers, services included, until the last request had ended, and ``operations``
    begun until then. ``final_from_ms`` is when the final reads began, and ``plan`` the faults that were injected.
    """

    workload: str
    nodes: tuple[str, ...]
    verdict: Verdict
    remarks: tuple[str, ...]
    history: History
    trace: Trace
    operations: int
    messages: int
    final_from_ms: float | None
    plan: tuple[At, ...]
    seed: int

    def __bool__(self) -> bool:
        return self.verdict.ok is True

    @property
    def requests(self) -> History:
        """The operations before the final reads."""
        return self.history[: self.operations]

    @cached_property
    def availability(self) -> float:
        """The share of the requests that were answered without an error, from 0 to 1; nan without requests."""
        return len(self.requests.ok) / self.operations if self.operations else math.nan

    @property
    def messages_per_operation(self) -> float:
        """Messages between servers per operation, reads included; nan without operations."""
        return self.messages / self.operations if self.operations else math.nan

    @cached_property
    def latencies_ms(self) -> tuple[float, float, float] | None:
        """Median, 95th percentile and largest latency of the requests that were answered, in ms."""
        return percentiles(self.requests.latencies_ms())

    @cached_property
    def stable_latencies_ms(self) -> tuple[float, float, float] | None:
        """Median, 95th percentile and largest time until an element showed in all later reads, in ms; sets only."""
        if self.workload not in ("broadcast", "g-set") or self.verdict.ok is None:
            return None
        return percentiles(lateness_ms(self.history))

    @cached_property
    def evidence(self) -> Trace:
        """The events during the operations that refute the history, to be drawn by `show.spacetime`; none without."""
        spans = [
            (op.invoked_ms, op.invoked_ms if op.returned_ms is None else op.returned_ms)
            for op in self.history
            if op.id in self.verdict.refuting
        ]
        return self.trace.where(
            lambda event: any(start <= event.time_ms <= end for start, end in spans)
        )

    def rows(self) -> list[tuple[str, str]]:
        """Return the figures, each as its name and its value in words."""
        found = [
            ("test", f"{self.workload} on {count(len(self.nodes), 'node')}, seed {self.seed}"),
            ("operations", self._endings()),
        ]
        if self.latencies_ms:
            found.append(("latency", _spread(self.latencies_ms)))
        if self.stable_latencies_ms:
            found.append(("stable latency", _spread(self.stable_latencies_ms)))
        if self.operations:
            per = f"{self.messages_per_operation:.3g} per operation"
            found.append(
                ("messages", f"{self.messages:,} between servers, {per}{self._per_update()}")
            )
        if self.plan:
            found.append(("faults", f"{len(self.plan)}, the first {self.plan[0]!r}"))
        return found + [("remark", remark) for remark in self.remarks]

    def _endings(self) -> str:
        if not self.operations:
            return "none"
        ended = self.requests
        parts = [f"{len(ended.ok):,} ok", f"{len(ended.failed):,} failed"]
        unknown = len(ended) - len(ended.ok) - len(ended.failed)
        return f"{self.operations:,}: {', '.join(parts)}, {unknown:,} unknown; availability {self.availability:.4g}"

    def _per_update(self) -> str:
        """Say how many messages each acknowledged add or broadcast took."""
        updates = len([op for op in self.requests.ok if op.f in ("add", "broadcast")])
        return f", {self.messages / updates:.3g} per acknowledged update" if updates else ""

    def __str__(self) -> str:
        rows = self.rows()
        width = max(len(name) for name, _ in rows)
        return "\n".join(
            [repr(self.verdict), *(f"  {name.ljust(width)}  {value}" for name, value in rows)]
        )

    __repr__ = __str__

    def _repr_html_(self) -> str:
        left = ' style="text-align:left"'
        cells = "".join(
            f"<tr><td{left}>{html.escape(name)}</td><td{left}>{html.escape(value)}</td></tr>"
            for name, value in self.rows()
        )
        return f"{self.verdict._repr_html_()}<table>{cells}</table>"


def _spread(values: tuple[float, float, float]) -> str:
    median, high, largest = values
    return f"median {median:.3g} ms, 95th percentile {high:.3g} ms, largest {largest:.3g} ms"
