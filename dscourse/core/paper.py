"""Light paper in a dark theme: pictures, cards and code turn dark with the page around them.

The colours are inverted and their hues kept, so that a picture needs no second drawing. The rule knows the dark
themes of JupyterLab, Notebook 7, VS Code, Colab and the website; on any other page the paper stays a light card.
"""

from __future__ import annotations

__all__ = ["CLASS", "FILTER", "INVERTED", "RULE", "STYLE", "adaptive"]

CLASS = "dscourse-paper"  # of everything that has light paper of its own
INVERTED = 0.9  # white becomes 10 % grey, and black 90 % grey
FILTER = f"filter:invert({INVERTED}) hue-rotate(180deg)"
_DARK = '[data-jp-theme-light="false"],.vscode-dark,html[theme="dark"],html[data-theme="dark"]'
_WITHIN = f":is(.{CLASS},.dscourse-touch) *"  # turned once already
RULE = f":is({_DARK}) .{CLASS}:not({_WITHIN}){{{FILTER}}}"
STYLE = f"<style>{RULE}</style>"


def adaptive(svg: str) -> str:
    """Return an SVG file that turns dark by itself, where it is an image of a dark page or on a dark system.

    >>> adaptive('<svg width="9"><g/></svg>').endswith("</style><g/></svg>")
    True
    """
    opening, _, rest = svg.partition(">")
    rule = f"@media (prefers-color-scheme: dark){{svg{{{FILTER}}}}}"
    return f"{opening}><style>{rule}</style>{rest}"
