"""Histories that others recorded: Jepsen's EDN files, its log lines, and our own JSON.

Three forms are read, and told apart by how they begin:

    {:process 0, :type :invoke, :f :write, :value 3, :time 1200000}     one map an event, alone or within [ … ]
    INFO  jepsen.util - 0	:invoke	:write	3                           a log; lines of other loggers are passed over
    [{"id": 0, "process": "c1", …}]                                     what `json_histories.write` wrote

The type is ``:invoke``, ``:ok``, ``:fail`` or ``:info``; an operation that ended as ``:info`` may have happened, and
is *unknown* here. What a process without a number did, such as ``:nemesis``, is left out. Where every value is a
pair, it is Jepsen's independent ``[key value]``; a map may have a ``:key`` as well. Values are those of `read_edn`:
vectors become tuples, and a keyword stays one. A map may have a ``:result``, which `write` writes: of a
compare-and-set that failed, ``:result false`` says that it was compared and not set.

Format: https://github.com/jepsen-io/history, "Operation structure".
"""

from dscourse.interop.jepsen.reading import read
from dscourse.interop.jepsen.writing import write

__all__ = ["read", "write"]
