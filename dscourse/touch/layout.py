"""The layout of a picture of a run, as plain data for the browser: messages, lines of nodes, and causes."""

from __future__ import annotations

from typing import Any

from dscourse.core.wording import action
from dscourse.show.axis import TimeAxis
from dscourse.show.scene import Arrow
from dscourse.show.spacetime import Drawing
from dscourse.show.words import short
from dscourse.sim import Trace
from dscourse.sim.causality import direct_causes
from dscourse.touch.names import MessageName, message_names

__all__ = ["layout"]


def layout(drawing: Drawing, trace: Trace) -> dict[str, Any]:
    """Return the layout of a drawing of the whole ``trace``: coordinates in px of its picture, times in ms.

    Each arrow knows the events at its ends, and ``causes`` holds the direct causes of each event, so that past and
    future are found without the kernel. On a time axis ``scale`` is px per ms; it is 0 on an axis of steps.
    """
    diagram, names = drawing.diagram, message_names(trace)
    axis = diagram.axis
    return {
        "width": diagram.canvas.width,
        "height": diagram.canvas.height,
        "left": axis.left,
        "right": axis.right,
        "low": axis.low,
        "scale": axis.scale if isinstance(axis, TimeAxis) else 0.0,
        "lanes": [
            {"node": name, "y": y, "operations": _operations(trace, name)}
            for name, y in diagram.y.items()
        ],
        "arrows": [
            _arrow(arrow, line, names[arrow.sent.id])
            for arrow, line in sorted(drawing.placed, key=lambda pair: pair[0].sent.index)
        ],
        "causes": [list(causes or ()) for causes in direct_causes(trace)],
    }


def _operations(trace: Trace, name: str) -> list[dict[str, Any]]:
    """Return the operations that this client has invoked, each once, to offer them again."""
    asked = [event.what for event in trace.kinds("invoke") if event.node == name]
    return [
        {"text": text, "arguments": list(arguments)}
        for text, arguments in {
            action(op.f, op.key, op.value): (op.f, op.key, op.value)
            for op in asked
            if isinstance(op.key, _PLAIN) and isinstance(op.value, _PLAIN)
        }.items()
    ]


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
