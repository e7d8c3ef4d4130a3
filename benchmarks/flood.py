"""A node for Maelstrom's broadcast: it passes every new message on to all neighbours but the sender, once.

This is the algorithm that the documentation of Maelstrom measures (``doc/03-broadcast``), there in Ruby.
"""

from __future__ import annotations

import json
import sys
from typing import Any

messages: list[int] = []
known: set[int] = set()
me = ""
neighbours: list[str] = []


def say(to: str, body: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps({"src": me, "dest": to, "body": body}) + "\n")


def handle(source: str, body: dict[str, Any]) -> None:
    global me, neighbours
    kind, answer = body["type"], dict[str, Any]()
    if kind == "init":
        me = body["node_id"]
    elif kind == "topology":
        neighbours = body["topology"][me]
    elif kind == "read":
        answer = {"messages": messages}
    elif body["message"] not in known:
        known.add(body["message"])
        messages.append(body["message"])
        for other in neighbours:
            if other != source:
                say(other, {"type": "broadcast", "message": body["message"]})
    if "msg_id" in body:
        say(source, {"type": f"{kind}_ok", "in_reply_to": body["msg_id"], **answer})


if __name__ == "__main__":
    for line in sys.stdin:
        message = json.loads(line)
        handle(message["src"], message["body"])
        sys.stdout.flush()
