"""Histories recorded by other tools: Jepsen's and Elle's EDN files, the same as JSON, log lines, and our own JSON.

Four formats are read, and recognised by how they begin:

    {:process 0, :type :invoke, :f :write, :value 3, :time 1200000}     a map per event, alone or in [ … ]
    {"process": 0, "type": "invoke", "f": "write", "value": 3}          an object per event, one a line or in a list
    INFO  jepsen.util - 0	:invoke	:write	3                           a log; lines of other loggers are passed over
    [{"id": 0, "process": "c1", …}]                                     what `json_histories.write` wrote

The type is ``:invoke``, ``:ok``, ``:fail`` or ``:info``; an operation that ended as ``:info`` may have happened, and
is *unknown* here. Events of a process without a number, such as ``:nemesis``, are left out. If every value is a pair,
pairs are read as Jepsen's independent ``[key value]``; a map may also have a ``:key``. Values are those of
`read_edn`: vectors become tuples, and keywords stay keywords. A map may have a ``:result``, as `write` produces it:
for a failed compare-and-set, ``:result false`` states that the comparison took place and the value was not set.

Transactions in Elle's form may lack ``:f``, ``:process`` and their invocations, or have nil there, as in
``{:type :ok, :value [[:append 3 1] [:r 4]]}``. A step is ``[:append key element]``, ``[:w key value]`` or
``[:r key value]``; a read without a value is one of nil. Keys and values are of any type. Without processes each
transaction is its client's only one, and if there are invocations, the transactions ran one after the other. Of a
transaction without an invocation it is only known that it began after the one before it of its process had ended.

Format: https://github.com/jepsen-io/history, "Operation structure".
"""

from dscourse.interop.jepsen.reading import read
from dscourse.interop.jepsen.writing import write

__all__ = ["read", "write"]
