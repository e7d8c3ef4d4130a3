"""The budget of a random fault plan: how many faults, of which kinds, and how long they last."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral, Real

__all__ = ["MENU", "Budget"]

MENU = (
    "loss", "duplicate", "cut", "cut_both", "partition", "bridge", "hold", "pause", "crash",
    "crash_during", "restarts", "skew",
)  # fmt: skip
_SEVERAL = 8  # the longest fault, in time-outs, unless the budget says otherwise


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits of a fault plan: at most ``faults`` faults of the kinds in ``menu`` before ``horizon_ms``.

    ``timeout_ms`` is the longest time-out of the protocol under test. With equal probability a fault is shorter,
    about as long, 2 to 8 times as long, or lasts to the horizon. With ``longest_ms`` no fault is longer, and the
    third class reaches up to it. Without ``timeout_ms``, durations are uniform up to ``longest_ms``; without both, an
    eighth of the horizon stands in for the time-out. Every fault except a wrong clock ends by the horizon; with
    ``recover`` all nodes and links recover there.

    Raises ValueError if a fault of twice ``timeout_ms`` does not fit.
    """

    horizon_ms: int = 1_000
    faults: int = 4
    longest_ms: int | None = None
    timeout_ms: float | None = None
    menu: tuple[str, ...] = MENU
    recover: bool = True

    def __post_init__(self) -> None:
        self._check_times()
        if not isinstance(self.faults, Integral) or self.faults < 0:
            raise ValueError(
                f"Budget: faults={self.faults!r}: it must be a whole number, 0 or more"
            )
        self._check_menu()
        object.__setattr__(self, "menu", tuple(self.menu))

    def _check_times(self) -> None:
        for name in ("horizon_ms", "longest_ms", "timeout_ms"):
            value = getattr(self, name)
            if value is not None and not (isinstance(value, Real) and 1 <= float(value) < math.inf):
                raise ValueError(
                    f"Budget: {name}={value!r}: it must be a number of ms, at least 1, finite"
                )
        for name in ("horizon_ms", "longest_ms"):
            value, least = getattr(self, name), 2 * (self.timeout_ms or 0)
            if value is not None and value < least:
                raise ValueError(
                    f"Budget: {name}={value!r}: too short for a fault that outlasts "
                    f"timeout_ms={self.timeout_ms:g}; it must be at least {least:g} ms"
                )

    def _check_menu(self) -> None:
        if isinstance(self.menu, str) or not isinstance(self.menu, Sequence):
            raise TypeError(
                f"Budget: menu={self.menu!r}: a tuple of kinds is required, such as ('cut', 'crash')"
            )
        for kind in self.menu:
            if kind not in MENU:
                raise ValueError(f"Budget: menu names {kind!r}: the kinds are {', '.join(MENU)}")
        if not self.menu and self.faults:
            raise ValueError("Budget: menu is empty: name at least 1 kind, or faults=0")

    def durations(self) -> list[tuple[int, int]]:
        """Return the classes of durations, shortest first, each as (least, most) in ms.

        >>> Budget(horizon_ms=2_000, timeout_ms=100).durations()
        [(1, 75), (75, 125), (200, 800), (2000, 2000)]
        >>> Budget(longest_ms=400).durations()
        [(1, 400)]
        """
        most = min(self.longest_ms or self.horizon_ms, self.horizon_ms)
        if self.longest_ms and not self.timeout_ms:
            return [(1, most)]
        timeout = self.timeout_ms or most / _SEVERAL
        several = most if self.longest_ms else min(int(_SEVERAL * timeout), most)
        bounds = [(0, 0.75 * timeout), (0.75 * timeout, 1.25 * timeout), (2 * timeout, several)]
        if not self.longest_ms:
            bounds.append((most, most))
        return [(max(1, int(least)), max(1, int(high))) for least, high in bounds]
