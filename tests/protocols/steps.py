"""The effects of one event at a node."""

from __future__ import annotations

from dscourse.core.dispatch import handle_message
from dscourse.node import Message, Node, Send, take_effects

__all__ = ["effects", "sent"]


def effects(node: Node, sender: str, *messages: Message) -> list[object]:
    """Return the node's effects at the last of these messages."""
    for message in messages:
        take_effects(node)
        handle_message(node, sender, message)
    return list(take_effects(node))


def sent(node: Node, sender: str, *messages: Message) -> list[Message]:
    """Return the messages that the node sends at the last of these."""
    return [one.message for one in effects(node, sender, *messages) if isinstance(one, Send)]
