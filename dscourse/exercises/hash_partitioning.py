"""The predictions of chapter 12, and three exercises: how many virtual nodes, a lookup, and a list of replicas."""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence
from functools import cache
from typing import Any

from dscourse.exercises.kit import Exercise, Prediction, Wrong
from dscourse.placement import Ring

__all__ = ["EXERCISES", "PREDICTIONS", "Watched", "fullest"]

PREDICTIONS = (
    Prediction(
        "12.1",
        "Ten cache servers hold 10,000 entries; entry k is on server hash(k) mod 10. An eleventh server joins, and all clients now "
        "divide by 11. Which share of the next 10,000 lookups, one for each entry, misses?",
        {
            "A": ("about 9 %: the new server's share",
                  "This is what must move for the eleventh server to have its share. Modulo moves ten times as much."),
            "B": ("about 50 %",
                  "The rests after a division by 10 and by 11 agree for 10 of 110 numbers in a row, and not for half of them."),
            "C": ("about 91 %",
                  "This is so: the two rests are the same for the numbers 0 to 9, 110 to 119, and so on, for 1 number in 11."),
            "D": ("none: no server has lost anything",
                  "The entries are where they were, but the clients look for them elsewhere."),
        },
        "C",
    ),
    Prediction(
        "12.2",
        "A ring of five nodes, each at 150 points. One node leaves. Who gets its keys?",
        {
            "A": ("the node that comes next clockwise, all of them",
                  "So it is with one point a node. Each of the 150 points has a neighbour of its own."),
            "B": ("the four others, each about a quarter",
                  "This is so. What a node leaves behind is 150 short arcs, and the next point after each is anybody's."),
            "C": ("all keys are dealt anew among the four",
                  "Only the arcs of the node that leaves get a new owner. All other points stay where they are."),
            "D": ("the four others, and they give some of theirs to each other",
                  "A key of another node still finds the same point first. Maglev moves a few of those; a ring does not."),
        },
        "B",
    ),
    Prediction(
        "12.3",
        "20,000 keys are asked for as often as 1/rank says: the first twice as often as the second, and so on. Ten nodes with a perfectly "
        "even hash serve them, and the busiest is too slow. You double the nodes. How much of the load does the busiest lose?",
        {
            "A": ("half of it",
                  "So it would be if all keys were asked for equally often. One key cannot be on two nodes."),
            "B": ("a quarter to a third",
                  "It keeps the most popular key, which alone brings as many requests as one of ten nodes should get."),
            "C": ("none, or it gets more",
                  "It keeps the most popular key, but the other keys beside it become fewer."),
            "D": ("that depends on the number of virtual nodes",
                  "Virtual nodes even out how many keys a node has. Here a single key is the trouble."),
        },
        "B",
    ),
)  # fmt: skip

# --- 12.4: how many virtual nodes ----------------------------------------------------------------

_NODES, _RINGS, _ENOUGH, _LIMIT, _MOST_POINTS = 20, 20, 18, 1.2, 6_000


@cache
def fullest(virtual: int, run: int) -> float:
    """The greatest share of the circle in a ring of 20 nodes, over the mean; each ``run`` has other names.

    >>> 1 < fullest(100, 0) < 2
    True
    """
    names = [f"{run}-{number}" for number in range(_NODES)]
    return max(Ring(names, virtual).arcs().values()) * _NODES


def _judge_virtual(virtual: Any) -> Wrong | None:
    if not isinstance(virtual, int) or isinstance(virtual, bool) or virtual < 1:
        return Wrong(f"`virtual` must be a whole number, 1 or more, not {virtual!r:.40}.")
    if virtual * _NODES > _MOST_POINTS:
        return Wrong(
            f"{virtual:,} virtual nodes make {virtual * _NODES:,} points: 6,000 are allowed."
        )
    found = [fullest(virtual, run) for run in range(_RINGS)]
    good = sum(share <= _LIMIT for share in found)
    if good < _ENOUGH:
        return Wrong(
            f"Only {good} of 20 rings are even enough: in the worst one the fullest node owns {max(found):.2f} times the mean."
        )
    return None


# --- 12.5: a lookup ------------------------------------------------------------------------------


class Watched(Sequence[int]):
    """Points in order that count how often somebody looks at one.

    >>> points = Watched([3, 7])
    >>> points[-1], len(points), points.looks
    (7, 2, 1)
    """

    def __init__(self, points: Sequence[int]) -> None:
        self._points, self.looks = list(points), 0

    def __len__(self) -> int:
        return len(self._points)

    def __getitem__(self, place: Any) -> Any:
        self.looks += len(self._points[place]) if isinstance(place, slice) else 1
        return self._points[place]


_SMALL = [([5], 0), ([5], 5), ([5], 9), ([2, 4, 8], 1), ([2, 4, 8], 4), ([2, 4, 8], 5), ([2, 4, 8], 8), ([2, 4, 8], 9)]  # fmt: skip


def _judge_lookup(first_at: Any) -> Wrong | None:
    large = list(range(10, 40_970, 10))  # 4,096 points
    for points, place in [*_SMALL, *((large, place) for place in (0, 15, 20_480, 40_970, 50_000))]:
        watched = Watched(points)
        found = first_at(watched, place)
        right = bisect.bisect_left(points, place) % len(points)
        if found != right or isinstance(found, bool):
            shown = points if len(points) < 9 else "10, 20, … 40,960"
            return Wrong(
                f"The points are {shown}. `first_at(points, {place})` is {found!r:.40}, and should be {right}."
            )
        most = 2 * math.ceil(math.log2(len(points) + 1)) + 2
        if watched.looks > most:
            return Wrong(
                f"Of {len(points):,} points you look at {watched.looks:,}: at most {most} are needed."
            )
    return None


# --- 12.6: a list of replicas --------------------------------------------------------------------

_RINGS_OF_OWNERS = (
    ("abc", 0, 2), ("abc", 2, 2), ("aab", 0, 2), ("abab", 1, 2), ("aaab", 3, 2), ("abac", 2, 3), ("ab", 0, 3),
    ("aabbaacc", 4, 3), ("abcabcabd", 7, 4), ("a", 0, 1),
)  # fmt: skip


def _judge_replicas(replicas: Any) -> Wrong | None:
    for owners, start, count in _RINGS_OF_OWNERS:
        turned = list(owners[start:] + owners[:start])
        right = list(dict.fromkeys(turned))[:count]
        found = replicas(list(owners), start, count)
        if not isinstance(found, list | tuple) or list(found) != right:
            return Wrong(
                f"The points belong to {', '.join(owners)}. `replicas(owners, {start}, {count})` is {found!r:.60}, and should be {right}."
            )
    return None


EXERCISES = (
    Exercise(
        id="12.4",
        title="Tweak: how many virtual nodes",
        name="virtual",
        stub="virtual = None\n",
        solution="virtual = 250\n",
        reasoning="The relative spread is about 1/√v, 6 % here, and the fullest of 20 nodes lies about two to three times that above the "
        "mean. With 200, one ring in ten fails by a hair; with 100, one in five does. Four times the points halve the spread, and a node that "
        "joins must tell all others its points, so there is no reason to take thousands.",
        hints=(
            "The spread is about 1/√v, and the fullest of 20 nodes is some two spreads above the mean.",
            "Ring(names, v).arcs() gives the shares of the circle: try several lists of names.",
        ),
        judge=_judge_virtual,
        praise="In at least 18 of 20 rings no node owns more than 1.2 times the mean.",
    ),
    Exercise(
        id="12.5",
        title="Fill in: a lookup",
        name="first_at",
        stub="def first_at(points, place):\n    return 0\n",
        solution="""def first_at(points, place):
    low, high = 0, len(points)
    while low < high:
        middle = (low + high) // 2
        if points[middle] < place:
            low = middle + 1
        else:
            high = middle
    return low if low < len(points) else 0
""",
        reasoning="The answer lies in a stretch that halves with each look, so 4,096 points take 12 looks. A key that stands exactly on a point "
        "belongs to it, which is why the comparison is `<`. Past the last point the circle begins again.",
        hints=(
            "bisect.bisect_left finds the first place at which a number could be put into a sorted sequence.",
            "After the last point comes the first: which number must you return then?",
        ),
        judge=_judge_lookup,
        praise="Right on all circles, and twelve or thirteen looks for 4,096 points.",
        names={"bisect": bisect},
    ),
    Exercise(
        id="12.6",
        title="Fill in: three different nodes",
        name="replicas",
        stub="def replicas(owners, start, count):\n    return []\n",
        solution="""def replicas(owners, start, count):
    found = []
    for step in range(len(owners)):
        node = owners[(start + step) % len(owners)]
        if node not in found:
            found.append(node)
    return found[:count]
""",
        reasoning="Two points in a row may belong to one node, and two copies on one node are lost together. The walk goes once around and "
        "no further, so that it ends also if there are fewer nodes than copies.",
        hints=(
            "Walk clockwise from start: the index after the last one is 0. Which nodes do you pass over?",
            "If fewer nodes exist than copies are wanted, give all of them, and stop after one round.",
        ),
        judge=_judge_replicas,
        praise="Different nodes, in the order in which they come, and an end also where there are too few.",
    ),
)
