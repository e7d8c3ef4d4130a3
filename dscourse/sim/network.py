"""The network: latency distributions and link settings.

Each latency distribution is a quantile function: it maps one uniform number to one delay in ms. A message therefore
uses exactly one draw whatever the distribution, and larger parameters give that same message a larger delay.
Bandwidth is left out: a message takes no longer because it is large or because others are in flight.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from numbers import Real
from statistics import NormalDist
from typing import Any, Protocol

from dscourse.core.frozen_dict import FrozenDict
from dscourse.core.value_errors import require_value

__all__ = [
    "Constant", "Empirical", "Exponential", "Latency", "Link", "LogNormal", "Network", "Pareto",
    "Uniform",
]  # fmt: skip


class Latency(Protocol):
    """A distribution of one-way delays; a value, so that several worlds may share it."""

    def quantile(self, u: float) -> float:
        """Return the delay in ms that a share ``u`` (0 ≤ u < 1) of all messages does not exceed."""
        ...


def _need(owner: object, name: str, least: float, most: float = math.inf) -> None:
    """Raise ValueError unless the field is a finite number from ``least`` to ``most``."""
    value = getattr(owner, name)
    if not isinstance(value, Real) or not (least <= float(value) <= most and math.isfinite(value)):
        bound = (
            f"from {least:g} to {most:g}"
            if math.isfinite(most)
            else f"of at least {least:g}, finite"
        )
        raise ValueError(f"{type(owner).__name__}: {name}={value!r}: it must be a number {bound}")


@dataclass(frozen=True, slots=True)
class Constant:
    """A constant delay of ``ms``."""

    ms: float = 1.0

    def __post_init__(self) -> None:
        _need(self, "ms", 0)

    def quantile(self, u: float) -> float:
        return self.ms


@dataclass(frozen=True, slots=True)
class Uniform:
    """Delays uniformly distributed from ``low`` to ``high`` ms."""

    low: float
    high: float

    def __post_init__(self) -> None:
        _need(self, "low", 0)
        _need(self, "high", self.low)

    def quantile(self, u: float) -> float:
        return self.low + u * (self.high - self.low)


@dataclass(frozen=True, slots=True)
class Exponential:
    """``minimum`` ms plus an exponential delay of mean ``mean`` ms."""

    mean: float
    minimum: float = 0.0

    def __post_init__(self) -> None:
        _need(self, "mean", 0)
        _need(self, "minimum", 0)

    def quantile(self, u: float) -> float:
        return self.minimum - self.mean * math.log1p(-u)


@dataclass(frozen=True, slots=True)
class LogNormal:
    """Log-normal delays: half are below ``median`` ms; ``sigma`` is the standard deviation of their logarithm."""

    median: float
    sigma: float

    def __post_init__(self) -> None:
        _need(self, "median", 0)
        _need(self, "sigma", 0)

    def quantile(self, u: float) -> float:
        return self.median * math.exp(self.sigma * _NORMAL.inv_cdf(max(u, 1e-300)))


_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Pareto:
    """A heavy tail: a share (minimum / x)^alpha of all delays exceeds x ms. For alpha ≤ 1 the mean is infinite."""

    minimum: float
    alpha: float

    def __post_init__(self) -> None:
        _need(self, "minimum", 0)
        _need(self, "alpha", 0.05)

    def quantile(self, u: float) -> float:
        return float(self.minimum * (1 - u) ** (-1 / self.alpha))


@dataclass(frozen=True, slots=True)
class Empirical:
    """Delays drawn from recorded ``samples`` in ms, interpolated between neighbours."""

    samples: tuple[float, ...]

    def __init__(self, samples: Sequence[float]) -> None:
        if isinstance(samples, str | bytes) or not isinstance(samples, Iterable):
            raise TypeError(
                f"Empirical: samples={samples!r}: a list of delays in ms is required, such as [1, 2.5]"
            )
        try:
            delays = [float(sample) for sample in samples]
        except (TypeError, ValueError):
            delays = []
        object.__setattr__(self, "samples", tuple(sorted(delays)))
        if not self.samples or not all(0 <= sample < math.inf for sample in self.samples):
            raise ValueError(
                "Empirical: samples must be at least one delay, each 0 ms or more and finite"
            )

    def quantile(self, u: float) -> float:
        position = u * (len(self.samples) - 1)
        below = int(position)
        above = min(below + 1, len(self.samples) - 1)
        return self.samples[below] + (position - below) * (
            self.samples[above] - self.samples[below]
        )


_LARGEST = 1 - 2**-53  # the largest number a stream can return


def _check_latency(latency: Any) -> None:
    """Raise TypeError unless ``latency`` is a distribution, ValueError if a sampled quantile is not a delay."""
    if isinstance(latency, type) or not callable(getattr(latency, "quantile", None)):
        advice = f"; write Constant({latency!r})" if isinstance(latency, Real) else ""
        raise TypeError(
            f"latency={latency!r}: it must be a distribution such as Uniform(1, 5){advice}"
        )
    for share in (0.0, 0.5, 0.999999, _LARGEST):
        try:
            delay = latency.quantile(share)
        except OverflowError:
            delay = math.inf
        if not isinstance(delay, Real) or not 0 <= float(delay) < math.inf:
            raise ValueError(
                f"latency={latency!r}: quantile({share:g}) is {delay!r}: a delay must be a number of "
                "ms, 0 or more and finite"
            )
    require_value(latency, "latency")


@dataclass(frozen=True, slots=True)
class Link:
    """The behaviour of one direction between two nodes; probabilities are from 0 to 1.

    ``loss`` and ``duplicate`` are per message. With probability ``reorder`` a message is delayed by up to
    ``reorder_by_ms`` more. On a ``fifo`` link no message overtakes an earlier one, unless it is reordered.
    """

    latency: Latency = field(default_factory=Constant)
    loss: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    reorder_by_ms: float = 10.0
    fifo: bool = False

    def __post_init__(self) -> None:
        for name in ("loss", "duplicate", "reorder"):
            _need(self, name, 0, 1)
        _need(self, "reorder_by_ms", 0)
        if self.fifo not in (True, False):
            raise TypeError(f"Link: fifo={self.fifo!r}: it must be True or False")
        _check_latency(self.latency)

    @property
    def only_delays(self) -> bool:
        """True if no message is lost, duplicated or reordered."""
        return not (self.loss or self.duplicate or self.reorder)

    def changed(self, **settings: Any) -> Link:
        """Return this link with other settings. Raise TypeError for an unknown setting."""
        known = [option.name for option in fields(self)]
        for name in settings:
            if name not in known:
                raise TypeError(
                    f"{name}={settings[name]!r}: a link has the settings {', '.join(known)}"
                )
        return replace(self, **settings)


@dataclass(frozen=True, slots=True, init=False)
class Network:
    """The initial settings of all links: one for links between nodes, one for client links, and exceptions.

    A client's links have no delay and no faults unless ``client`` says so: a slow client link can make sequential
    operations look concurrent, and so hide anomalies.

    >>> network = Network(latency=Uniform(1, 5), loss=0.1, links={("a", "b"): Link(Constant(50))})
    >>> network.link("a", "b", False).latency, network.link("b", "a", False).loss
    (Constant(ms=50), 0.1)
    """

    between: Link
    client: Link
    links: Mapping[tuple[str, str], Link]

    def __init__(
        self,
        latency: Latency | None = None,
        *,
        client: Link | None = None,
        links: Mapping[tuple[str, str], Link] | None = None,
        **settings: Any,
    ) -> None:
        """Raise ValueError for an invalid delay or probability, TypeError for an argument of the wrong type."""
        between = Link() if latency is None else Link(latency=latency)
        object.__setattr__(self, "between", between.changed(**settings))
        client = Link(latency=Constant(0.0)) if client is None else _as_link(client, "client")
        object.__setattr__(self, "client", client)
        object.__setattr__(self, "links", _as_links({} if links is None else links))

    def link(self, source: str, to: str, client: bool) -> Link:
        """Return the link's initial settings; ``client`` says whether exactly one of its ends is a client."""
        return self.links.get((source, to)) or (self.client if client else self.between)


def _as_link(link: Any, name: str) -> Link:
    if not isinstance(link, Link):
        advice = "Link(Constant(5), loss=0.1)"
        if callable(getattr(link, "quantile", None)) and not isinstance(link, type):
            advice = f"Link({link!r})"
        raise TypeError(f"Network: {name}={link!r}: a Link is required; write {advice}")
    return link


def _as_links(links: Any) -> Mapping[tuple[str, str], Link]:
    """Return the exceptions as an immutable mapping, since several worlds may share a network."""
    example = "{('a', 'b'): Link(Constant(50))}"
    if not isinstance(links, Mapping):
        raise TypeError(f"Network: links={links!r}: a dict is required, such as {example}")
    for ends, link in links.items():
        named = isinstance(ends, tuple) and len(ends) == 2
        if not named or not all(isinstance(end, str) for end in ends):
            raise TypeError(
                f"Network: links names {ends!r}: a pair of names is required: {example}"
            )
        _as_link(link, f"links[{ends!r}]")
    return FrozenDict(links)
