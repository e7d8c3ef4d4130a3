"""A run that can be touched: each gesture becomes one entry of a fault plan, and the world runs again from its seed.

`Diagram` is the widget; `TouchedRun` is the run and its gestures, without any picture. `Explorer` plays a world event
by event, and searches for a violation of a property.
"""

from dscourse.touch.deeds import Deed
from dscourse.touch.diagram import Diagram
from dscourse.touch.differences import Difference, first_difference
from dscourse.touch.explorer import Explorer
from dscourse.touch.names import MessageName, message_names, sending_of
from dscourse.touch.touched_run import TouchedRun
from dscourse.touch.touches import Touch
from dscourse.touch.violations import Limits, find_violation

__all__ = [
    "Deed",
    "Diagram",
    "Difference",
    "Explorer",
    "Limits",
    "MessageName",
    "Touch",
    "TouchedRun",
    "find_violation",
    "first_difference",
    "message_names",
    "sending_of",
]
