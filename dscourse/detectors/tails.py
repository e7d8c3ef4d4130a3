"""Models of the gap between heartbeats: the improbability of a gap longer than the time elapsed.

Each model has φ (-log10 of the probability that the gap is longer than the time elapsed) and its inverse. Gaps have a
mean and a standard deviation, in ms or any other unit. Raises ValueError unless the model's divisor is a finite
number above 0: the deviation, or the mean for exponential gaps.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Exponential", "Logistic", "Normal", "Tail"]

_LN10 = math.log(10)


class Tail(Protocol):
    """A model of the gaps: φ of an elapsed time, and the time at which φ reaches a threshold."""

    def phi(self, elapsed: float, mean: float, deviation: float) -> float:
        """Return -log10 of the probability that a gap is longer than ``elapsed``."""
        ...

    def phis(self, elapsed: Floats, mean: float, deviation: float) -> Floats:
        """Return φ of many elapsed times at once."""
        ...

    def reach(self, phi: float) -> tuple[float, float]:
        """Return factors (a, b) such that φ reaches this value after a * mean + b * deviation."""
        ...


class Normal:
    """Normally distributed gaps. The tail is computed as a logarithm, so that φ stays finite and accurate.

    Source: Hayashibara, Défago, Yared and Katayama, "The φ accrual failure detector", SRDS 2004, section 5.

    >>> round(Normal().phi(elapsed=160, mean=100, deviation=10), 4)
    9.0059
    """

    def phi(self, elapsed: float, mean: float, deviation: float) -> float:
        _above_0("deviation", deviation)
        y = (elapsed - mean) / deviation
        if y < 0:  # the probability is close to 1, where its logarithm loses digits
            return -math.log1p(-0.5 * math.erfc(-y / _ROOT2)) / _LN10
        if y < _FAR:
            return -math.log10(0.5 * math.erfc(y / _ROOT2))
        return (y * y / 2 + math.log(y * _ROOT2PI) - math.log(_series(y))) / _LN10

    def phis(self, elapsed: Floats, mean: float, deviation: float) -> Floats:
        from scipy.special import log_ndtr

        _above_0("deviation", deviation)
        found: Floats = log_ndtr((mean - elapsed) / deviation) / -_LN10
        return found

    def reach(self, phi: float) -> tuple[float, float]:
        from scipy.special import ndtri_exp

        return 1.0, -float(ndtri_exp(-phi * _LN10))


def _above_0(name: str, value: float) -> None:
    if not 0 < value < math.inf:
        raise ValueError(f"{name}={value!r}: it must be a finite number above 0")


_ROOT2, _ROOT2PI = math.sqrt(2), math.sqrt(2 * math.pi)
_FAR = 20.0  # standard deviations from which the series below is exact to a float's precision


def _series(y: float) -> float:
    """Return the normal tail divided by its leading term, exp(-y²/2) / (y √(2π)), for large y."""
    x = 1 / (y * y)
    return 1 - x * (1 - 3 * x * (1 - 5 * x * (1 - 7 * x * (1 - 9 * x * (1 - 11 * x)))))


class Exponential:
    """Exponentially distributed gaps, as in Apache Cassandra: φ grows linearly with time.

    >>> round(Exponential().phi(elapsed=2302.585, mean=1000, deviation=1), 6)
    1.0
    """

    def phi(self, elapsed: float, mean: float, deviation: float) -> float:
        _above_0("mean", mean)
        return elapsed / mean / _LN10

    def phis(self, elapsed: Floats, mean: float, deviation: float) -> Floats:
        _above_0("mean", mean)
        return elapsed / mean / _LN10

    def reach(self, phi: float) -> tuple[float, float]:
        return phi * _LN10, 0.0


class Logistic:
    """A logistic approximation of the normal distribution, as in Akka: φ is too high in the tail.

    >>> round(Logistic().phi(elapsed=160, mean=100, deviation=10), 2)  # the normal tail gives 9.01
    10.78
    """

    def phi(self, elapsed: float, mean: float, deviation: float) -> float:
        _above_0("deviation", deviation)
        x = _slope((elapsed - mean) / deviation)
        return (x + math.log1p(math.exp(-x)) if x > 0 else math.log1p(math.exp(x))) / _LN10

    def phis(self, elapsed: Floats, mean: float, deviation: float) -> Floats:
        import numpy as np

        _above_0("deviation", deviation)
        y = (elapsed - mean) / deviation
        return np.logaddexp(0.0, y * (1.5976 + 0.070566 * y * y)) / _LN10

    def reach(self, phi: float) -> tuple[float, float]:
        """Return the root of the cubic below by Cardano's formula."""
        x = phi * _LN10 + math.log(-math.expm1(-phi * _LN10))
        p, q = 1.5976 / 0.070566 / 3, x / 0.070566 / 2
        root = math.sqrt(q * q + p**3)
        return 1.0, math.cbrt(q + root) + math.cbrt(q - root)


def _slope(y: float) -> float:
    """Return the exponent of the approximation, given a number of standard deviations."""
    return y * (1.5976 + 0.070566 * y * y)
