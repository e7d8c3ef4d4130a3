"""EDN, Clojure's data notation, in which Jepsen writes its histories.

Vectors and lists are read as tuples, sets as frozensets, maps as dicts, numbers as int, float, Fraction (``1/2``) and
Decimal (``1.5M``). Keywords, symbols, characters and tagged values have classes of their own, so that ``:a``, ``a``,
``\\a`` and ``"a"`` stay four values and are written back unchanged. Metadata (``^{…}``) is ignored. A regular
expression is read as a value with the tag ``re``.

Reading takes time proportional to the length of the text. It returns the forms or raises ValueError with the line.

Source: https://github.com/edn-format/edn; metadata, namespaced maps, ``##Inf`` and ``#"…"`` as Clojure reads them.
"""

from dscourse.interop.edn.reading import read_edn
from dscourse.interop.edn.values import Char, Keyword, Symbol, Tagged
from dscourse.interop.edn.writing import keyword, write_edn

__all__ = ["Char", "Keyword", "Symbol", "Tagged", "keyword", "read_edn", "write_edn"]
