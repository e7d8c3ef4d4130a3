"""The interactive part of each notebook: controls, a picture and one sentence.

One module per chapter. Its public functions that return a `Panel` or a `Player` need no argument.
"""

from dscourse.panels.panel import Frame, Panel, PictureView
from dscourse.panels.player import Player

__all__ = ["Frame", "Panel", "PictureView", "Player"]
