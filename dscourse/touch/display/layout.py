"""The layout of a picture of a run, as plain data for the browser: messages and lines of nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dscourse.core.wording import action
from dscourse.show.axis import TimeAxis
from dscourse.show.scene import Arrow
from dscourse.show.spacetime import Drawing
from dscourse.show.words import short
from dscourse.sim import Trace
from dscourse.sim.causality import direct_causes
from dscourse.touch.run.names import MessageName, message_names

__all__ = ["layout", "layout_of_part", "offers"]

Offers = Mapping[str, Sequence[Mapping[str, Any]]]  # the operations that each node's menu offers


def layout_of_part(
    drawing: Drawing, names: Mapping[int, MessageName], offers: Offers
) -> dict[str, Any]:
    """Return the layout of a drawing: coordinates in px of its picture, times in ms.

    ``names`` are those of the run's messages, by id. Each arrow knows the events at its ends. On a time axis
    ``scale`` is px per ms; it is 0 on an axis of steps.
    """
    diagram = drawing.diagram
    axis = diagram.axis
    return {
        "width": diagram.canvas.width,
        "height": diagram.canvas.height,
        "left": axis.left,
        "right": axis.right,
        "top": diagram.top - 20,
        "bottom": diagram.bottom,
        "low": axis.low,
        "high": axis.high,
        "scale": axis.scale if isinstance(axis, TimeAxis) else 0.0,
        "lanes": [
            {"node": name, "y": y, "operations": offers.get(name, [])}
            for name, y in diagram.y.items()
        ],
        "arrows": [
            _arrow(arrow, line, names[arrow.sent.id])
            for arrow, line in sorted(drawing.placed, key=lambda pair: pair[0].sent.index)
        ],
    }


def layout(drawing: Drawing, trace: Trace) -> dict[str, Any]:
    """Return the layout of a drawing of the whole ``trace``, with ``causes``: the direct causes of each event."""
    causes = [list(direct or ()) for direct in direct_causes(trace)]
    return layout_of_part(drawing, message_names(trace), offers(trace)) | {"causes": causes}


def offers(trace: Trace) -> Offers:
    """Return the operations that each client has invoked, each once, to offer them again."""
    asked: dict[str, dict[str, tuple[Any, ...]]] = {}
    for event in trace.kinds("invoke"):
        op = event.what
        if isinstance(op.key, _PLAIN) and isinstance(op.value, _PLAIN):
            text = action(op.f, op.key, op.value)
            asked.setdefault(str(event.node), {})[text] = (op.f, op.key, op.value)
    return {
        name: [{"text": text, "arguments": list(arguments)} for text, arguments in known.items()]
        for name, known in asked.items()
    }


_PLAIN = (str, int, float, bool, type(None))  # what the browser can send back as it is


def _arrow(arrow: Arrow, line: tuple[float, ...], name: MessageName) -> dict[str, Any]:
    end = arrow.end
    return {
        "id": arrow.sent.id,
        "line": [round(part, 1) for part in line],
        "from": name.source,
        "to": name.to,
        "name": str(name),
        "text": short(arrow.sent.what),
        "sent": arrow.sent.index,
        "end": None if end is None or arrow.lost else end.index,
        "sent_ms": arrow.sent.time_ms,
        "end_ms": None if end is None else end.time_ms,
        "lost": arrow.lost,
        "copy": arrow.copy,
    }
