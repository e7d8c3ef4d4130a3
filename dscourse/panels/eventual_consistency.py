"""The panels of chapter 05: how fast a rumour reaches all nodes, and how long reads stay stale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dscourse.core.wording import count
from dscourse.experiments.eventual_consistency import (
    DELAYS,
    RUNS,
    missed_by,
    rounds_in_theory,
    rumour_runs,
    share_stale,
)
from dscourse.panels.controls import choice, slider
from dscourse.panels.panel import Frame, Panel
from dscourse.show.axis import round_up
from dscourse.show.curves import LiveCurves

if TYPE_CHECKING:
    from dscourse.experiments.eventual_consistency import Floats

__all__ = ["rumour", "rumour_frame", "stale_frame", "stale_reads"]


def rumour_frame(nodes: int, fan_out: int, interval: int, loss: int, seed: int = 1) -> Frame:
    """Draw the share of nodes that know a rumour over time, in 20 runs and in theory."""
    if fan_out >= nodes:
        raise ValueError(f"A fan-out of {fan_out} needs more than {nodes} nodes.")
    runs = rumour_runs(nodes, fan_out, loss / 100, seed)
    fewest, middle, most = runs.rounds
    seconds = middle * interval / 1000
    theory = rounds_in_theory(nodes, fan_out, loss / 100)
    sentence = (
        f"{nodes} nodes, fan-out {fan_out}, {loss} % loss: all know it after {count(middle, 'round')} "
        f"of {interval} ms in the median of {RUNS} runs ({fewest} to {most}), that is {seconds:.2g} s; "
        f"theory says about {theory:.1f} rounds. This takes {count(runs.messages, 'message')}, "
        f"{runs.messages / nodes:.1f} per node. Half of the nodes know it after {count(runs.half_rounds, 'round')}."
    )  # fmt: skip
    lines = {name: [float(share) for share in row] for name, row in runs.known.items()}
    x = [n * interval for n in range(len(lines["median"]))]
    end = round_up(max(x[-1], theory * interval))
    picture = _RUMOUR.draw(
        x, lines, sentence=sentence, verticals={"theory": theory * interval}, x_limits=(-0.02 * end, 1.02 * end)
    )  # fmt: skip
    return Frame.of(picture)


_RUMOUR = LiveCurves(xlabel="time (ms)", ylabel="nodes that know it (%)", limits=(0, 105))


def rumour() -> Panel:
    """Build the panel: nodes, fan-out, interval, loss, and the seed of the twenty runs."""
    controls = {
        "nodes": slider("nodes", "", 200, 2, 1_000),
        "fan_out": slider("fan-out", "", 1, 1, 8),
        "interval": slider("interval", "ms", 100, 10, 1_000, 10),
        "loss": slider("loss", "%", 0, 0, 90),
        "seed": slider("seed", "", 1, 1, 40),
    }
    return Panel(controls, rumour_frame, "How fast a rumour reaches all nodes")


def stale_frame(
    replicas: int, read_quorum: int, write_quorum: int, mean: int, delay: str, reads: int = 50, seed: int = 1
) -> Frame:  # fmt: skip
    """Draw the share of stale reads over the time since the write; the sentence gives the latencies.

    ``reads`` is the percentage of reads among the operations, for their mean latency.
    """
    import numpy as np

    if max(read_quorum, write_quorum) > replicas:
        raise ValueError(f"R and W are at most N, and there are only {replicas} replicas.")
    late, write_took, read_took = missed_by(replicas, read_quorum, write_quorum, mean, delay, seed)
    x = [mean * n / 5 for n in range(51)]
    stale = [share_stale(late, t) for t in x]
    single = missed_by(replicas, 1, 1, mean, delay, seed)[0]
    lines = {
        f"R = {read_quorum}, W = {write_quorum}": stale,
        "R = W = 1": [share_stale(single, t) for t in x],
    }
    mixed = (reads * read_took.mean() + (100 - reads) * write_took.mean()) / 100
    if read_quorum == write_quorum == 1:
        del lines["R = W = 1"]
    sentence = (
        f"N = {replicas}, R = {read_quorum}, W = {write_quorum}, {delay} delays of mean {mean} ms: "
        f"{_sentence(late, mean, read_quorum + write_quorum > replicas)} "
        f"The median write takes {np.median(write_took):.1f} ms, the median read {np.median(read_took):.1f} ms. "
        f"With {reads} % reads an operation takes on average {mixed:.1f} ms."
    )
    return Frame.of(_STALE.draw(x, lines, sentence=sentence))


_STALE = LiveCurves(
    xlabel="time between the write's end and the read (ms)",
    ylabel="stale reads (%)",
    limits=(-2, 100),
)


def _sentence(late: Floats, mean: int, meet: bool) -> str:
    """Return the share of stale reads in words, and when it falls below 1 in 1,000."""
    if meet:
        return "R + W > N: every read meets the write, so no read is stale."
    import numpy as np

    at_once, later = (share_stale(late, t) for t in (0, mean))
    rare = max(0.0, float(np.quantile(late, 0.999)))
    return (
        f"{at_once:.1f} % of the reads that begin as the write ends are stale, {later:.1f} % after {mean} ms; fewer "
        f"than 1 in 1,000 from {rare:.0f} ms on."
    )


def stale_reads() -> Panel:
    """Build the panel: replicas, quorums, mean and distribution of delays, share of reads, and the seed."""
    controls: dict[str, Any] = {
        "replicas": slider("replicas N", "", 3, 1, 7),
        "read_quorum": slider("read quorum R", "", 1, 1, 7),
        "write_quorum": slider("write quorum W", "", 1, 1, 7),
        "mean": slider("mean delay", "ms", 10, 1, 100),
        "delay": choice("delays", DELAYS),
        "reads": slider("reads", "%", 50, 0, 100, 5),
        "seed": slider("seed", "", 1, 1, 40),
    }
    return Panel(controls, stale_frame, "How long reads stay stale")
