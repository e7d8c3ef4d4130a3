"""The links of a cluster, to be cut and healed by clicks: both ways, one way, the other way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, ClassVar

import traitlets

from dscourse.show.link_map import Way, link_ends, link_map
from dscourse.show.picture import Picture
from dscourse.touch.boards.board import Board
from dscourse.touch.boards.board_handles import Gesture, Handle

__all__ = ["LinkMap", "Links"]

Ways = frozenset[Way]


@dataclass(frozen=True, slots=True)
class Links:
    """The directions that are cut by hand among these nodes, each as (source, to).

    >>> links = Links(("a", "b", "c")).turn("a", "b")
    >>> links.in_words(), links.turn("a", "b").in_words()
    ('a–b', 'a→b')
    """

    names: tuple[str, ...]
    cut: Ways = frozenset()

    def __post_init__(self) -> None:
        if len(set(self.names)) < len(self.names):
            raise ValueError(f"names={self.names!r}: each node needs a name of its own")
        for pair in self.cut:
            self._check(*pair)

    def turn(self, a: str, b: str) -> Links:
        """Return the links after a click on the one between ``a`` and ``b``.

        A link that is whole is cut both ways; then only from a to b, then only from b to a, then it is whole again.
        ValueError unless a and b are two of the nodes.
        """
        self._check(a, b)
        turns = [
            frozenset[Way](),
            frozenset({(a, b), (b, a)}),
            frozenset({(a, b)}),
            frozenset({(b, a)}),
        ]
        now = turns.index(self.cut & turns[1])
        return replace(self, cut=self.cut - turns[1] | turns[(now + 1) % len(turns)])

    def cut_both(self, a: str, b: str) -> Links:
        """Return the links with the one between ``a`` and ``b`` cut both ways."""
        self._check(a, b)
        return replace(self, cut=self.cut | {(a, b), (b, a)})

    def heal(self, a: str, b: str) -> Links:
        """Return the links with the one between ``a`` and ``b`` whole."""
        self._check(a, b)
        return replace(self, cut=self.cut - {(a, b), (b, a)})

    def in_words(self) -> str:
        """Return the cut links as in ``a–b, a→c``; "" if there are none."""
        return in_words(self.cut)

    def _check(self, a: str, b: str) -> None:
        if a == b or a not in self.names or b not in self.names:
            raise ValueError(f"{a!r} and {b!r} have no link: the nodes are {', '.join(self.names)}")


def in_words(cut: Ways) -> str:
    """Return directions as links: ``a–b`` where both are cut, ``a→b`` where only messages from a to b are.

    >>> in_words(frozenset({("a", "b"), ("b", "a"), ("c", "a")}))
    'a–b, c→a'
    """
    both = {way for way in cut if way[::-1] in cut}
    shown = {f"{a}–{b}" for a, b in both if a < b} | {f"{a}→{b}" for a, b in cut - both}
    return ", ".join(sorted(shown))


class LinkMap(Board[Links]):
    """A cluster map whose links are clicked; a control of a panel, whose ``value`` holds the directions cut by hand.

    ``value`` is a tuple of pairs (source, to), sorted. `mark` draws what else is cut, and which nodes there are.

    >>> links = LinkMap(["a", "b", "c"], "links")
    >>> links.touch("turn", "a", "c")
    >>> links.value
    (('a', 'c'), ('c', 'a'))
    >>> links.sentence
    'Cut by hand: a–c; by the preset: none.'
    """

    GESTURES: ClassVar[frozenset[str]] = frozenset({"turn", "cut_both", "heal"})

    value: Any = traitlets.Any(())

    def __init__(self, names: Sequence[str], description: str) -> None:
        self.description = description
        self._shown, self._preset = tuple(names), frozenset[Way]()
        self.layout = {"width": "482px"}  # stands beside a panel's other controls
        super().__init__(
            Links(tuple(names)), description,
            "Click a link: cut both ways, one way, the other way, whole.",
        )  # fmt: skip

    def mark(self, names: Iterable[str], cut: Iterable[Way]) -> None:
        """Draw these nodes in full and the others pale, and these directions as cut by a preset."""
        self._shown, self._preset = tuple(names), frozenset(cut)
        self._show(self.state)

    def draw(self, state: Links) -> tuple[Picture, Sequence[Handle]]:
        """Return the map of the links, and a handle for each of them."""
        sentence = (
            f"Cut by hand: {state.in_words() or 'none'}; "
            f"by the preset: {in_words(self._preset) or 'none'}."
        )
        picture = link_map(
            state.names,
            state.cut | self._preset,
            by_hand=state.cut,
            shown=self._shown,
            sentence=sentence,
        )
        ends = link_ends(state.names)
        return picture, [
            _handle(state, self._preset, *pair, *ends[pair])
            for pair in combinations(state.names, 2)
        ]

    def _show(self, state: Links) -> None:
        super()._show(state)
        self.value = tuple(sorted(self.state.cut))

    @traitlets.validate("value")
    def _checked(self, proposal: Any) -> tuple[Way, ...]:
        pairs = frozenset(tuple(pair) for pair in proposal["value"])
        return tuple(sorted(Links(self.state.names, pairs).cut))

    @traitlets.observe("value")
    def _set(self, change: Any) -> None:
        if frozenset(change["new"]) != self.state.cut:
            self._enter(Links(self.state.names, frozenset(change["new"])))
            self._show(self.state)


def _handle(
    state: Links,
    preset: Ways,
    a: str,
    b: str,
    start: tuple[float, float],
    end: tuple[float, float],
) -> Handle:
    """Return the handle of the link between ``a`` and ``b``: its line, and the dot in its middle."""
    x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    line = f"M{start[0]:.1f} {start[1]:.1f}L{end[0]:.1f} {end[1]:.1f}"
    dot = f"M{x - 3:.1f} {y:.1f}a3 3 0 1 0 6 0a3 3 0 1 0 -6 0"
    own, other = (_cut_in_words(cut & {(a, b), (b, a)}) for cut in (state.cut, preset))
    now = own or ("not cut by hand" if other else "not cut")
    now += f"; by the preset {other}" if other else ""
    return Handle(
        key=f"{a}–{b}",
        label=f"link {a}–{b}, {now}",
        shape={"tag": "path", "d": line + dot},
        click=Gesture("cut or heal", "turn", (a, b)),
        delete=Gesture("cut both ways", "cut_both", (a, b)),
        back=Gesture("heal", "heal", (a, b)),
    )


def _cut_in_words(cut: Ways) -> str:
    """Return in words which directions of one link are cut; "" if none is."""
    if len(cut) == 2:
        return "cut both ways"
    return f"only {in_words(cut)} is cut" if cut else ""
