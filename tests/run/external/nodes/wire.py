"""A node in plain Python: lines in, lines out, requests with call-backs. It knows nothing of the course."""

import json
import os
import select
import sys
import time


class Node:
    """Reads messages, calls ``on_<type>(message, body)``, and ``tick()`` every ``every`` seconds."""

    every = 0.02

    def __init__(self, slip=""):
        self.slip = slip  # the name of a planted fault
        self.id, self.ids = "", []
        self.count, self.waiting = 0, {}

    def send(self, to, /, **body):
        line = json.dumps({"src": self.id, "dest": to, "body": body})
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    def reply(self, message, /, **body):
        self.send(message["src"], in_reply_to=message["body"]["msg_id"], **body)

    def ok(self, message, **fields):
        self.reply(message, type=message["body"]["type"] + "_ok", **fields)

    def error(self, message, code, text=""):
        self.reply(message, type="error", code=code, text=text)

    def call(self, to, then, /, **body):
        self.count += 1
        self.waiting[self.count] = then
        self.send(to, msg_id=self.count, **body)

    def on_init(self, message, body):
        self.id, self.ids = body["node_id"], body["node_ids"]
        self.ok(message)

    def tick(self):
        pass

    def others(self):
        return [name for name in self.ids if name != self.id]

    def run(self):
        rest, due = b"", time.monotonic()
        while True:
            if select.select([0], [], [], max(0, due - time.monotonic()))[0]:
                piece = os.read(0, 1 << 16)
                if not piece:
                    return
                *lines, rest = (rest + piece).split(b"\n")
                for line in lines:
                    self.take(json.loads(line))
            if time.monotonic() >= due:
                due = time.monotonic() + self.every
                if self.id:
                    self.tick()

    def take(self, message):
        body = message["body"]
        if "in_reply_to" in body:
            then = self.waiting.pop(body["in_reply_to"], None)
            if then:
                then(body)
        else:
            getattr(self, "on_" + body["type"])(message, body)
