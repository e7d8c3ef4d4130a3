"""The limits of work in the sandbox, and its end without a result."""

from __future__ import annotations

from dataclasses import dataclass

from dscourse.exercises.sandbox.whose import Line

__all__ = ["Ended", "Limits"]


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits at which a copy is killed: seconds without progress, of CPU time and in all, and bytes of memory."""

    still_s: float = 30
    computing_s: int = 300
    whole_s: float = 1_200
    memory: int = 2 << 30


class Ended(BaseException):
    """The end of work without a result: the reason, and where the work stood, innermost line first."""

    def __init__(
        self, why: str = "it took too long", stuck: bool = True, at: tuple[Line, ...] = ()
    ) -> None:
        super().__init__(why)
        self.why, self.stuck, self.at = why, stuck, at
