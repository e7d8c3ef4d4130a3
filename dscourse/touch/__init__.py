"""Pictures that can be touched.

`Diagram` is a run: each gesture becomes one entry of a fault plan, and the world runs again from its seed.
`TouchedRun` is this run and its gestures, without any picture. A `Board` is any other picture of a state that changes
by gestures: `LinkMap`, `RingBoard`, `HeartbeatBoard`. `Explorer` plays a world event by event, and searches for
a violation of a property.
"""

from dscourse.touch.boards.arrivals import Arrivals
from dscourse.touch.boards.board import Board
from dscourse.touch.boards.heartbeats import HeartbeatBoard
from dscourse.touch.boards.links import LinkMap, Links
from dscourse.touch.boards.ring import RingBoard
from dscourse.touch.boards.tokens import RingPoint, Tokens
from dscourse.touch.compare.compare import Compare
from dscourse.touch.compare.differences import Difference, first_difference
from dscourse.touch.deeds import Deed
from dscourse.touch.diagram import Diagram
from dscourse.touch.explorer.explorer import Explorer
from dscourse.touch.explorer.limits import Limits
from dscourse.touch.explorer.violations import find_violation
from dscourse.touch.run.names import MessageName, message_names, sending_of
from dscourse.touch.run.touched_run import TouchedRun
from dscourse.touch.run.touches import Touch

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
