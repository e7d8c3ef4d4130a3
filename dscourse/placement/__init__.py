"""Placement of keys on nodes: five ways by hash, and ranges of keys."""

from dscourse.placement.bounded import BoundedRing
from dscourse.placement.hashing import Key, hash_of, hashes_of
from dscourse.placement.indexes import GlobalIndex, LocalIndex
from dscourse.placement.jump import Jump, jump
from dscourse.placement.maglev import Maglev
from dscourse.placement.modulo import Modulo
from dscourse.placement.placement import Placement, UnsupportedError, moved, spread
from dscourse.placement.racks import RackRing, over_racks
from dscourse.placement.ranges import Range, RangeMap, RoutingCache, gapless
from dscourse.placement.rendezvous import Rendezvous
from dscourse.placement.ring import Ring
from dscourse.placement.shards import Policy, Shards, Stretch, salted, unsalted_scan
from dscourse.placement.textbook import TextbookRing, TextbookShards
from dscourse.placement.textbook_ranges import Partition, TextbookRanges
from dscourse.placement.tokens import TokenRing

__all__ = [
    "BoundedRing", "GlobalIndex", "Jump", "Key", "LocalIndex", "Maglev", "Modulo", "Partition", "Placement", "Policy",
    "RackRing", "Range", "RangeMap", "Rendezvous", "Ring", "RoutingCache", "Shards", "Stretch", "TextbookRanges",
    "TextbookRing", "TextbookShards", "TokenRing", "UnsupportedError", "gapless", "hash_of", "hashes_of", "jump",
    "moved", "over_racks", "salted", "spread", "unsalted_scan",
]  # fmt: skip
