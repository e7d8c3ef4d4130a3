"""The interactive part of each notebook: controls, a picture and one sentence.

One module per chapter. Its public functions that return a `Panel` or an `Explorer` need no argument.
"""

from dscourse.panels.panel import Frame, Panel, PictureView

__all__ = ["Frame", "Panel", "PictureView"]
