"""Nodes for echo, unique-ids, g-set and pn-counter: ``python simple.py WORKLOAD [FAULT]``."""

import os
import sys

from wire import Node


class Echo(Node):
    def on_echo(self, message, body):
        self.ok(message, echo=str(body["echo"]).upper() if self.slip == "loud" else body["echo"])


class UniqueIds(Node):
    number = 0

    def on_generate(self, message, body):
        self.number += 1
        self.ok(message, id=self.number if self.slip == "local" else [self.id, self.number])


class GSet(Node):
    """Gossips its whole set; with a fault it keeps its elements, gossips the first half, or invents one."""

    def __init__(self, slip=""):
        super().__init__(slip)
        self.elements = []

    def on_add(self, message, body):
        if self.slip != "forgetful" or body["element"] % 5:
            self.elements.append(body["element"])
        self.ok(message)

    def on_read(self, message, body):
        extra = {"inventive": [-1], "twice": self.elements[:1]}.get(self.slip, [])
        self.ok(message, value=self.elements + extra)

    def tick(self):
        for other in self.others() if self.slip != "alone" else []:
            self.send(other, type="merge", elements=self.elements)

    def on_merge(self, message, body):
        self.elements += [one for one in body["elements"] if one not in self.elements]


class KeptSet(GSet):
    """The same, on disk: every element is in a file before it is acknowledged."""

    def __init__(self, slip=""):
        super().__init__(slip)
        self.path = "elements.txt"
        if slip != "volatile" and os.path.exists(self.path):
            with open(self.path) as file:
                self.elements = [int(line) for line in file.read().split()]

    def on_add(self, message, body):
        with open(self.path, "a") as file:
            file.write(f"{body['element']}\n")
        super().on_add(message, body)


class PnCounter(Node):
    """A counter per node in seq-kv, which only its node writes; a read sums up what it has last read of all."""

    def __init__(self, slip=""):
        super().__init__(slip)
        self.own, self.saved, self.seen = 0, 0, {}

    def on_add(self, message, body):
        self.own += body["delta"]
        if self.slip == "double" and body["delta"] > 2:
            self.own += body["delta"]
        self.ok(message)

    def on_read(self, message, body):
        self.ok(message, value=self.own + sum(self.seen.values()))

    def tick(self):
        if self.slip == "alone":
            return
        if self.saved != self.own:
            value = self.saved = self.own
            self.call("seq-kv", lambda body: None, type="write", key=self.id, value=value)
        self.count += 1  # a write of something new is the way to a fresh read
        self.call(
            "seq-kv", lambda body: None, type="write", key="fresh-" + self.id, value=self.count
        )
        for other in self.others():
            self.call(
                "seq-kv", lambda body, other=other: self.learn(other, body), type="read", key=other
            )

    def learn(self, other, body):
        if body["type"] == "read_ok":
            self.seen[other] = body["value"]


NODES = {
    "echo": Echo,
    "unique-ids": UniqueIds,
    "g-set": GSet,
    "kept-set": KeptSet,
    "pn-counter": PnCounter,
}
NODES[sys.argv[1]](*sys.argv[2:3]).run()
