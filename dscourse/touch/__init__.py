"""Pictures that can be touched.

`Diagram` is a run: each gesture becomes one entry of a fault plan, and the world runs again from its seed.
`TouchedRun` is this run and its gestures, without any picture. A `Board` is any other picture of a state that changes
by gestures: `LinkMap`, `RingBoard`, `HeartbeatBoard`. `Explorer` plays a world event by event, and searches for
a violation of a property.
"""

from dscourse.touch.arrivals import Arrivals
from dscourse.touch.board import Board
from dscourse.touch.compare import Compare
from dscourse.touch.deeds import Deed
from dscourse.touch.diagram import Diagram
from dscourse.touch.differences import Difference, first_difference
from dscourse.touch.explorer import Explorer
from dscourse.touch.heartbeats import HeartbeatBoard
from dscourse.touch.links import LinkMap, Links
from dscourse.touch.names import MessageName, message_names, sending_of
from dscourse.touch.ring import RingBoard
from dscourse.touch.tokens import RingPoint, Tokens
from dscourse.touch.touched_run import TouchedRun
from dscourse.touch.touches import Touch
from dscourse.touch.violations import Limits, find_violation

__all__ = [
    "Arrivals",
    "Board",
    "Compare",
    "Deed",
    "Diagram",
    "Difference",
    "Explorer",
    "HeartbeatBoard",
    "Limits",
    "LinkMap",
    "Links",
    "MessageName",
    "RingBoard",
    "RingPoint",
    "Tokens",
    "Touch",
    "TouchedRun",
    "find_violation",
    "first_difference",
    "message_names",
    "sending_of",
]
