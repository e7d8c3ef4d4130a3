"""The effects of one event at a node."""

from __future__ import annotations

from dscourse.core.dispatch import handle_message
from dscourse.node import Message, Node, take_effects

__all__ = ["effects"]


def effects(node: Node, sender: str, *messages: Message) -> list[object]:
    """Return the node's effects at the last of these messages."""
    for message in messages:
        take_effects(node)
        handle_message(node, sender, message)
    return list(take_effects(node))
