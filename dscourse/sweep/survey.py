"""The result of a search over fault plans."""

from __future__ import annotations

from dataclasses import dataclass

from dscourse.core.cards import card
from dscourse.core.wording import count
from dscourse.sim import At

__all__ = ["Survey"]


@dataclass(frozen=True, slots=True, repr=False)
class Survey:
    """The result of a search: of ``runs`` plans, ``failed`` failed and ``unknown`` could not be judged.

    ``plan`` is a small failing plan, ``violated`` names the property that fails under it, and ``reason`` says why; if
    none failed, ``reason`` says why a run could not be judged. A survey is true only if every plan was judged and
    none failed.
    """

    runs: int
    failed: int
    plan: tuple[At, ...] = ()
    reason: str = ""
    unknown: int = 0
    violated: str = ""

    def __bool__(self) -> bool:
        return not self.failed and not self.unknown

    def __repr__(self) -> str:
        if self:
            return f"survived {self.runs} fault plans"
        unknown = f"{self.unknown} could not be judged"
        if not self.failed:
            return f"survived {self.runs - self.unknown} of {self.runs} fault plans; {unknown}: {self.reason}"
        also = f" ({unknown})" if self.unknown else ""
        reason = f": {self.reason}" if self.reason else ""
        return (
            f"failed under {self.failed} of {self.runs} fault plans{also}; "
            f"smallest: {list(self.plan)!r}{reason}"
        )

    def _repr_html_(self) -> str:
        unknown = f"{count(self.unknown, 'plan')} could not be judged" if self.unknown else ""
        if self.failed:
            heading = f"failed under {self.failed} of {count(self.runs, 'fault plan')}"
            smallest = f"smallest failing plan: {list(self.plan)!r}"
            return card(False, heading, [self.reason, smallest, unknown])
        heading = f"survived {self.runs - self.unknown} of {count(self.runs, 'fault plan')}"
        ok = None if self.unknown else True
        return card(ok, heading, [f"{unknown}: {self.reason}" if unknown else ""])

    @property
    def share(self) -> float:
        """The share of the plans that failed, from 0 to 1."""
        return self.failed / self.runs
