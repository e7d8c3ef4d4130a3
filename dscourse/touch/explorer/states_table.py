"""The volatile states of a world's nodes as an HTML table, with what the last move changed in bold."""

from __future__ import annotations

import html
from collections.abc import Mapping

from dscourse.show.node_states import own_fields, state_in_words
from dscourse.sim import World

__all__ = ["states_table"]

_HEAD = "padding:1px 12px 1px 4px;text-align:left;vertical-align:top"


def states_table(world: World, before: World | None = None) -> str:
    """Return the table; in bold what differs from the state ``before``."""
    rows = "".join(_row(name, _state(world, name), before) for name in world.nodes)
    caption = "bold: changed by the last move" if "<b>" in rows else ""
    return (
        f"<table aria-label='state of the nodes' style='line-height:1.5'>{rows}</table>"
        f"<div style='font-style:italic'>{caption}</div>"
    )


def _row(name: str, state: Mapping[str, str] | None, before: World | None) -> str:
    old = _state(before, name) if before is not None else state
    head = f"<th scope='row' style='{_HEAD}'>{html.escape(name)}</th>"
    if state is None:
        text = "down" if old is None else "<b>down</b>"
    elif not state:
        text = "no state"
    else:
        text = "; ".join(_entry(field, value, old) for field, value in state.items())
    return f"<tr>{head}<td style='text-align:left;white-space:normal'>{text}</td></tr>"


def _entry(field: str, value: str, old: Mapping[str, str] | None) -> str:
    text = html.escape(f"{field}: {value}")
    return text if old is not None and old.get(field) == value else f"<b>{text}</b>"


def _state(world: World, name: str) -> dict[str, str] | None:
    """Return each field of a node's state in words; None for a node that is down."""
    if not world.alive(name):
        return None
    node = world.nodes[name]
    return state_in_words(own_fields(node, node.state()))
