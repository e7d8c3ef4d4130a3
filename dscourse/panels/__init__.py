"""The interactive part of each notebook: controls, a picture and one sentence.

One module a chapter; each public function in it that returns a `Panel` or a `Player` needs no argument.
"""

from dscourse.panels.panel import Frame, Panel, View
from dscourse.panels.player import Player

__all__ = ["Frame", "Panel", "Player", "View"]
