"""Linearizability by search, as the textbook has it: short enough to be read, and the oracle of the fast one."""

from __future__ import annotations

import math
from collections.abc import Sequence

from dscourse.checkers.parts import SearchResult
from dscourse.checkers.specification import Specification, States
from dscourse.history import Op

__all__ = ["linearize"]

NEVER = math.inf  # the end of an operation of unknown outcome


def linearize(ops: Sequence[Op], spec: Specification, budget: int) -> SearchResult:
    """A legal order of the operations in which each comes before those that began after its end.

    Operations of unknown outcome may be left out. Gives up after ``budget`` states; the time is exponential in the
    number of operations that overlap.

    Source: Wing and Gong, "Testing and verifying concurrent objects", JPDC 17, 1993, section 4, with the set of
    tried states of Lowe, "Testing for linearizability", CCPE 29(4), 2017.
    """
    states = States(spec)
    tried: set[tuple[int, int]] = set()  # the operations placed, as bits, and the state
    furthest = -NEVER
    branches: list[tuple[tuple[int, ...], int, int]] = [((), 0, 0)]
    while branches and len(tried) + states.size < budget:
        order, placed, state = branches.pop()
        if (placed, state) in tried:
            continue
        tried.add((placed, state))
        left = [(n, op) for n, op in enumerate(ops) if not placed >> n & 1]
        first_end = min((op.end for _, op in left), default=NEVER)
        if first_end == NEVER:
            return SearchResult(order, None, len(tried))
        furthest = max(furthest, first_end)
        for n, op in left:
            if op.invoked <= first_end:  # nothing that is left had ended before it began
                after = states.after(state, op)
                if after >= 0:  # its result is possible in this state
                    branches.append(((*order, op.id), placed | 1 << n, after))
    stuck = next(op for op in ops if op.end == furthest) if not branches else None
    return SearchResult(None, stuck, len(tried))
