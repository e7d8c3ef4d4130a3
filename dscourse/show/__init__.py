"""Pictures of runs: data in, a `Picture` out, each with a sentence that says the same in words.

Diagrams are SVG and made by this package; curves are PNG and made by matplotlib.
"""

from dscourse.show.anomaly import anomaly
from dscourse.show.bars import bars, histogram
from dscourse.show.cluster_map import cluster_map
from dscourse.show.curves import LiveCurves, curves
from dscourse.show.focus import Focus, around
from dscourse.show.intervals import intervals
from dscourse.show.models import models
from dscourse.show.picture import Picture
from dscourse.show.source import Source, source
from dscourse.show.spacetime import Look, spacetime
from dscourse.show.states import states
from dscourse.show.traffic import Span, spans, traffic

__all__ = [
    "Focus", "LiveCurves", "Look", "Picture", "Source", "Span", "anomaly", "around", "bars", "cluster_map",
    "curves", "histogram", "intervals", "models", "source", "spacetime", "spans", "states", "traffic",
]  # fmt: skip
