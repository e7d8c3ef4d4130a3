"""Linearizability by search, as the textbook has it: short enough to be read, and the oracle of the fast one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from dscourse.checkers.models import ILLEGAL, Model
from dscourse.checkers.parts import Found
from dscourse.history import Op

__all__ = ["search"]

NEVER = math.inf  # the end of an operation of unknown outcome


def search(ops: Sequence[Op], model: Model, budget: int) -> Found:
    """A legal order of the operations in which each comes before those that began after its end.

    Operations of unknown outcome may be left out. Gives up after ``budget`` states; the time is exponential in the
    number of operations that overlap.

    Source: Wing and Gong, "Testing and verifying concurrent objects", JPDC 17, 1993, section 4, with the set of
    tried states of Lowe, "Testing for linearizability", CCPE 29(4), 2017.
    """
    tried: set[tuple[frozenset[int], Any]] = set()
    furthest = -NEVER
    branches: list[tuple[tuple[int, ...], Any]] = [((), model.initial)]
    while branches and len(tried) < budget:
        order, state = branches.pop()
        if (frozenset(order), state) in tried:
            continue
        tried.add((frozenset(order), state))
        left = [op for op in ops if op.id not in order]
        first_end = min((op.end for op in left), default=NEVER)
        if first_end == NEVER:
            return Found(order, None, len(tried))
        furthest = max(furthest, first_end)
        for op in left:
            if op.invoked <= first_end:  # nothing that is left had ended before it began
                after = model.step(state, op)
                if after is not ILLEGAL:
                    branches.append(((*order, op.id), after))
    stuck = next(op for op in ops if op.end == furthest) if not branches else None
    return Found(None, stuck, len(tried))
