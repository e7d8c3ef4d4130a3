"""A picture of a cluster whose links are buttons: a pressed one is cut, beside those that a preset cuts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import combinations

import ipywidgets as widgets

from dscourse.show import palette

__all__ = ["LinkBoard"]

_CELL = 10  # px of the grid on which the buttons lie
_WIDE, _HIGH = 460, 330
_BUTTON_WIDE, _BUTTON_HIGH = 60, 20


class LinkBoard(widgets.GridBox):
    """The nodes on an ellipse, every link a line with a button in its middle.

    ``switches`` holds the button of each link by name, such as ``n1_n2``; its value is whether the link is cut by
    hand. `mark` draws what is cut without a button.

    >>> board = LinkBoard(["a", "b", "c"])
    >>> sorted(board.switches)
    ['a_b', 'a_c', 'b_c']
    """

    def __init__(self, names: Sequence[str]) -> None:
        turn = 2 * math.pi / len(names)
        self._spots = {
            name: (
                _WIDE / 2 + 200 * math.sin(n * turn),
                _HIGH / 2 + 8 - 145 * math.cos(n * turn),
            )
            for n, name in enumerate(names)
        }
        self._names: tuple[str, ...] = tuple(names)
        self._preset: frozenset[tuple[str, str]] = frozenset()
        self.switches = {f"{a}_{b}": self._switch(a, b) for a, b in combinations(names, 2)}
        self._lines = widgets.HTML(layout={"grid_area": "1 / 1 / -1 / -1"})
        super().__init__(
            [self._lines, *self.switches.values()],
            layout={
                "grid_template_columns": f"repeat({_WIDE // _CELL}, {_CELL}px)",
                "grid_template_rows": f"repeat({_HIGH // _CELL}, {_CELL}px)",
                "width": f"{_WIDE}px",
                "overflow": "hidden",
            },
        )
        for switch in self.switches.values():
            switch.observe(self._draw, names="value")
        self._draw()

    def mark(self, names: Iterable[str], cut: Iterable[tuple[str, str]]) -> None:
        """Draw these nodes in full and the others pale, and these directions as cut."""
        self._names, self._preset = tuple(names), frozenset(cut)
        self._draw()

    def _switch(self, a: str, b: str) -> widgets.ToggleButton:
        (x1, y1), (x2, y2) = self._spots[a], self._spots[b]
        column = round(((x1 + x2) / 2 - _BUTTON_WIDE / 2) / _CELL) + 1
        row = round(((y1 + y2) / 2 - _BUTTON_HIGH / 2) / _CELL) + 1
        area = f"{row} / {column} / span {_BUTTON_HIGH // _CELL} / span {_BUTTON_WIDE // _CELL}"
        return widgets.ToggleButton(
            description=f"{a}–{b}",
            tooltip=f"cut the link between {a} and {b}, or restore it",
            layout={
                "grid_area": area,
                "width": f"{_BUTTON_WIDE}px",
                "height": f"{_BUTTON_HIGH}px",
                "padding": "0",
                "margin": "0",
            },
            style={"font_size": "11px"},
        )

    def _draw(self, change: object = None) -> None:
        """Draw the links, dotted or dashed where they are cut, the nodes and a legend."""
        parts = [self._line(name, switch) for name, switch in self.switches.items()]
        for name, (x, y) in self._spots.items():
            pale = "" if name in self._names else ' opacity="0.3"'
            parts.append(
                f'<g{pale}><circle cx="{x:.0f}" cy="{y:.0f}" r="17" fill="#e8f1f8" stroke="{palette.BLUE}" '
                f'stroke-width="2"/><text x="{x:.0f}" y="{y + 4:.0f}" text-anchor="middle" font-family="sans-serif" '
                f'font-size="12" font-weight="bold" fill="#1f2430">{name}</text></g>'
            )
        parts.append(
            f'<text x="{_WIDE / 2:.0f}" y="{_HIGH - 5}" text-anchor="middle" font-family="sans-serif" font-size="11" '
            f'fill="#1f2430">dotted: cut both ways; dashed: cut one way; a button cuts a link by hand</text>'
        )
        by_hand = ", ".join(s.description for s in self.switches.values() if s.value)
        preset = ", ".join(
            s.description for name, s in self.switches.items() if self._directions(name)
        )
        label = (
            f"The links of the cluster; cut by the preset: {preset or 'none'}; "
            f"cut by hand: {by_hand or 'none'}."
        )
        self._lines.value = (
            f'<svg width="{_WIDE}" height="{_HIGH}" role="img" aria-label="{label}" '
            f'style="background:{palette.PAPER};display:block">{"".join(parts)}</svg>'
        )

    def _directions(self, link: str) -> int:
        """Return how many directions of the link the preset cuts."""
        a, b = link.split("_")
        return ((a, b) in self._preset) + ((b, a) in self._preset)

    def _line(self, link: str, switch: widgets.ToggleButton) -> str:
        switch.button_style = "danger" if switch.value else ""
        cut = 2 if switch.value else self._directions(link)
        (x1, y1), (x2, y2) = (self._spots[end] for end in link.split("_"))
        ink = palette.ORANGE if cut else palette.GREY
        pale = "" if {*link.split("_")} <= {*self._names} else ' opacity="0.3"'
        return (
            f'<line x1="{x1:.0f}" y1="{y1:.0f}" x2="{x2:.0f}" y2="{y2:.0f}" stroke="{ink}" '
            f'stroke-width="1.6" stroke-dasharray="{("none", "9 4", "2 6")[cut]}"{pale}/>'
        )
