"""Which node holds which key: five ways to place keys by their hash, and ranges of keys."""

from dscourse.placement.bounded import BoundedRing
from dscourse.placement.hashing import Key, hash_of, hashes_of
from dscourse.placement.jump import Jump, jump
from dscourse.placement.maglev import Maglev
from dscourse.placement.modulo import Modulo
from dscourse.placement.placement import Placement, UnsupportedError, moved, spread
from dscourse.placement.ranges import Range, RangeMap, RoutingCache, gapless
from dscourse.placement.rendezvous import Rendezvous
from dscourse.placement.ring import Ring
from dscourse.placement.textbook import TextbookRing, TextbookShards

__all__ = [
    "BoundedRing", "Jump", "Key", "Maglev", "Modulo", "Placement", "Range", "RangeMap", "Rendezvous", "Ring",
    "RoutingCache", "TextbookRing", "TextbookShards", "UnsupportedError", "gapless", "hash_of",
    "hashes_of", "jump", "moved", "spread",
]  # fmt: skip
