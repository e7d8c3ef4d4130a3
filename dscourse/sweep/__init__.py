"""Many runs: one function over many settings, and a search over random fault plans that shrinks a failing one.

A plan depends only on its seed, the nodes and the budget, so a search with a deterministic judge gives the same
result on every machine, and on every number of them. The runs follow each other, or share the cores of this computer
(``jobs``), or those of a Dask cluster: `over` says which.

    settings      `over`: results in the order of the settings, whoever computes them
    fault_plans   `search`, on top of it; its result is a `Survey`
    shrinking     `shrink`: the smallest plan that still fails in the same way
    cluster       the side of the client: batches, order, progress, errors
    worker        the side of a worker: one batch
"""

from dscourse.sweep.fault_plans import Judge, search
from dscourse.sweep.settings import over
from dscourse.sweep.shrinking import shrink
from dscourse.sweep.survey import Survey

__all__ = ["Judge", "Survey", "over", "search", "shrink"]
