"""dscourse: the implementations behind a course in distributed-systems fundamentals.

Begin with `dscourse.node`, which says what a protocol looks like, and `dscourse.sim`, which runs
one. Importing this package imports nothing else.
"""

__version__ = "0.1.0"
