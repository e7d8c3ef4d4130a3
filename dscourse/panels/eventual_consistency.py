"""The panels of chapter 05: how fast a rumour reaches everybody, and how long reads stay stale."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from dscourse.panels.controls import choice, slider
from dscourse.panels.panel import Frame, Panel
from dscourse.show.curves import LiveCurves
from dscourse.show.words import count

__all__ = [
    "DELAYS", "missed_by", "rounds_in_theory", "rumour", "rumour_frame", "spread", "stale_frame", "stale_reads",
]  # fmt: skip

Floats = npt.NDArray[np.float64]

_RUNS = 20
_SAMPLES = 20_000
_MOST_ROUNDS = 400
DELAYS = ("exponential", "log-normal")


def spread(
    nodes: int, fan_out: int, loss: float, runs: int = _RUNS, seed: int = 1
) -> npt.NDArray[np.int64]:
    """How many nodes know a rumour after each round: one row a run, one column a round, until all know it.

    In each round every node that knows it tells it to ``fan_out`` others, drawn anew; each message is lost with
    probability ``loss``. At first one node knows it. At most 400 rounds.

    >>> spread(8, 7, 0.0, runs=2)[:, 0].tolist()
    [1, 1]
    """
    draws = np.random.Generator(np.random.PCG64(seed))
    knows = np.zeros((runs, nodes), dtype=bool)
    knows[:, 0] = True
    counts = [knows.sum(axis=1)]
    while counts[-1].min() < nodes and len(counts) <= _MOST_ROUNDS:
        told = draws.integers(1, nodes, size=(runs, nodes, fan_out))
        told = (told + np.arange(nodes)[None, :, None]) % nodes  # never oneself
        arrives = knows[:, :, None] & (draws.random((runs, nodes, fan_out)) >= loss)
        run, sender, message = np.nonzero(arrives)
        knows[run, told[run, sender, message]] = True
        counts.append(knows.sum(axis=1))
    return np.stack(counts, axis=1)


def rounds_in_theory(nodes: int, fan_out: int, loss: float) -> float:
    """About how many rounds it takes: log n to the base 1 + f, and ln n / f, for f messages of a node that arrive.

    Pittel, "On spreading a rumor", SIAM J. Appl. Math. 47(1), 1987, proves log2 n + ln n + O(1) for f = 1. First the
    number of those who know grows by the factor 1 + f a round; in the end each of the last is missed by all with
    probability exp(-f).

    >>> round(rounds_in_theory(1024, 1, 0.0), 1)
    16.9
    """
    arriving = fan_out * (1 - loss)
    return float(np.log(nodes) / np.log1p(arriving) + np.log(nodes) / arriving)


def rumour_frame(nodes: int, fan_out: int, interval: int, loss: int) -> Frame:
    """How many know it over time in twenty runs, against theory."""
    if fan_out >= nodes:
        raise ValueError(f"A fan-out of {fan_out} needs more than {nodes} nodes.")
    counts = spread(nodes, fan_out, loss / 100)
    took = (counts < nodes).sum(axis=1)
    theory = rounds_in_theory(nodes, fan_out, loss / 100)
    shares = 100 * counts / nodes
    middle = int(np.median(took))
    messages = int(fan_out * np.median(counts[:, :-1].sum(axis=1)))
    seconds = middle * interval / 1000
    half = int((np.median(counts, axis=0) < nodes / 2).sum())
    sentence = (
        f"{nodes} nodes, fan-out {fan_out}, {loss} % loss: all know it after {count(middle, 'round')} "
        f"of {interval} ms in the median of {_RUNS} runs ({took.min()} to {took.max()}), that is {seconds:.2g} s; "
        f"theory says about {theory:.1f} rounds. This takes {count(messages, 'message')}, "
        f"{messages / nodes:.1f} a node. Half of the nodes know it after {count(half, 'round')}."
    )  # fmt: skip
    x = [n * interval for n in range(counts.shape[1])]
    rows = {
        "slowest run": shares[took.argmax()],
        "median": np.median(shares, axis=0),
        "fastest run": shares[took.argmin()],
    }
    lines = {name: [float(share) for share in row] for name, row in rows.items()}
    verticals = {"theory": theory * interval}
    return Frame.of(_RUMOUR.draw(x, lines, sentence=sentence, verticals=verticals))


_RUMOUR = LiveCurves(xlabel="time (ms)", ylabel="nodes that know it (%)", limits=(0, 105))


def rumour() -> Panel:
    """Nodes, fan-out, interval and loss."""
    controls = {
        "nodes": slider("nodes", "", 200, 2, 1_000),
        "fan_out": slider("fan-out", "", 1, 1, 8),
        "interval": slider("interval", "ms", 100, 10, 1_000, 10),
        "loss": slider("loss", "%", 0, 0, 90),
    }
    return Panel(controls, rumour_frame, "How fast a rumour reaches everybody")


# --- stale reads ---------------------------------------------------------------------------------


def missed_by(
    replicas: int, read_quorum: int, write_quorum: int, mean_ms: float, delay: str, seed: int = 1
) -> tuple[Floats, Floats, Floats]:
    """Of 20,000 writes, each with a read at another node: how long after the write the read has to begin to see it;
    and how long the write and the read took (ms).

    The node that was asked holds a replica, and reaches it at once; all other messages take random times of mean
    ``mean_ms``. A write ends once ``write_quorum`` replicas have confirmed it, a read once ``read_quorum`` have
    answered. The replicas may coincide only if there is one.

    Source: Bailis, Venkataraman, Franklin, Hellerstein and Stoica, "Probabilistically bounded staleness for practical
    partial quorums", VLDB 2012, section 5.1 (the model WARS).
    """
    draws = np.random.Generator(np.random.PCG64(seed))
    write, ack, ask, answer = (_delays(draws, replicas, mean_ms, delay) for _ in range(4))
    write[:, 0] = ack[:, 0] = 0.0
    ask[:, -1] = answer[:, -1] = 0.0
    write_took = np.sort(write + ack, axis=1)[:, write_quorum - 1]
    order = np.argsort(ask + answer, axis=1)[:, :read_quorum]
    read_took = np.take_along_axis(ask + answer, order[:, -1:], axis=1)[:, 0]
    late = np.take_along_axis(write - ask, order, axis=1).min(axis=1) - write_took
    return late, write_took, read_took


def _delays(draws: np.random.Generator, replicas: int, mean_ms: float, delay: str) -> Floats:
    """Random delays of this mean: a row for each sample, a column for each replica."""
    if delay == "exponential":
        return draws.exponential(mean_ms, (_SAMPLES, replicas))
    return draws.lognormal(np.log(mean_ms) - 0.5, 1.0, (_SAMPLES, replicas))


def stale_frame(replicas: int, read_quorum: int, write_quorum: int, mean: int, delay: str) -> Frame:
    """The probability that a read misses the write, over the time between them, and what quorums cost."""
    if max(read_quorum, write_quorum) > replicas:
        raise ValueError(f"R and W are at most N, and there are only {replicas} replicas.")
    late, write_took, read_took = missed_by(replicas, read_quorum, write_quorum, mean, delay)
    x = [mean * n / 5 for n in range(51)]
    stale = [100 * float((late > t).mean()) for t in x]
    single = missed_by(replicas, 1, 1, mean, delay)[0]
    lines = {
        f"R = {read_quorum}, W = {write_quorum}": stale,
        "R = W = 1": [100 * float((single > t).mean()) for t in x],
    }
    if read_quorum == write_quorum == 1:
        del lines["R = W = 1"]
    sentence = (
        f"N = {replicas}, R = {read_quorum}, W = {write_quorum}, {delay} delays of mean {mean} ms: "
        f"{_told(late, mean, read_quorum + write_quorum > replicas)} "
        f"Half of the writes take more than {np.median(write_took):.1f} ms, half of the reads more than "
        f"{np.median(read_took):.1f} ms."
    )
    return Frame.of(_STALE.draw(x, lines, sentence=sentence))


_STALE = LiveCurves(
    xlabel="time between the write's end and the read (ms)",
    ylabel="stale reads (%)",
    limits=(-2, 100),
)


def _told(late: Floats, mean: int, meet: bool) -> str:
    """How many reads are stale, and when hardly any is any more."""
    if meet:
        return "R + W > N: every read meets the write, so no read is stale."
    at_once, later = (100 * float((late > t).mean()) for t in (0, mean))
    rare = max(0.0, float(np.quantile(late, 0.999)))
    return (
        f"{at_once:.1f} % of the reads that begin as the write ends are stale, {later:.1f} % after {mean} ms; fewer "
        f"than 1 in 1,000 from {rare:.0f} ms on."
    )


def stale_reads() -> Panel:
    """Replicas, quorums, and the distribution of delays."""
    controls: dict[str, Any] = {
        "replicas": slider("replicas N", "", 3, 1, 7),
        "read_quorum": slider("read quorum R", "", 1, 1, 7),
        "write_quorum": slider("write quorum W", "", 1, 1, 7),
        "mean": slider("mean delay", "ms", 10, 1, 100),
        "delay": choice("delays", DELAYS),
    }
    return Panel(controls, stale_frame, "How long reads stay stale")
