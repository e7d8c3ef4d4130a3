"""Nodes in any language, tested as Maelstrom tests them: one JSON object per line over standard input and output.

`test` starts a process per node, lets clients ask them, injects faults, and has the history judged. Everything runs
in this process and its children, over pipes.

    test        a workload on a program, from start to verdict
    wire        lines, bodies and errors
    services    lin-kv, seq-kv, lww-kv, lin-tso
    workloads   requests, answers and judges
    nemesis     fault plans by name
    cluster     the nodes (host, process, program), and the way of messages (packets)
    running     the phases of a test
    result      verdict, figures, history and trace

Source: the documentation of Maelstrom (Kingsbury, jepsen-io/maelstrom, ``doc/``).
"""

from dscourse.run.external.nemesis import NEMESES, nemesis
from dscourse.run.external.result import Result
from dscourse.run.external.testing import test
from dscourse.run.external.workloads import WORKLOADS

__all__ = ["NEMESES", "WORKLOADS", "Result", "nemesis", "test"]
