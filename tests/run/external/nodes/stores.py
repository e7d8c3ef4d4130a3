"""Nodes for lin-kv, kafka and transactions, on top of the service lin-kv: ``python stores.py WORKLOAD [FAULT]``."""

import sys

from wire import Node


class LinKv(Node):
    """Passes requests on to lin-kv; with a fault it reads from memory, or refuses to compare and set."""

    def __init__(self, slip=""):
        super().__init__(slip)
        self.last = {}

    def on_read(self, message, body):
        if self.slip == "stale" and body["key"] in self.last:
            self.ok(message, value=self.last[body["key"]])
        else:
            self.forward(message, type="read", key=body["key"])

    def on_write(self, message, body):
        self.last[body["key"]] = body["value"]
        self.forward(message, type="write", key=body["key"], value=body["value"])

    def on_cas(self, message, body):
        if self.slip == "refusing":
            self.error(message, 22, "no")
        else:
            self.forward(
                message,
                **{"type": "cas", "key": body["key"], "from": body["from"], "to": body["to"]},
            )

    def forward(self, message, **body):
        def answered(answer):
            del answer["in_reply_to"]
            self.reply(message, **answer)

        self.call("lin-kv", answered, **body)


class Kafka(Node):
    """One list per log in lin-kv, changed by compare-and-set; commits likewise."""

    def change(self, key, work, then):
        """Read a list, let ``work`` make a new one, and write that if the list is the same; begin again if not."""

        def has_read(body):
            old = body.get("value", [])
            new = work(old)
            self.call(
                "lin-kv",
                lambda body: (
                    then(new) if body["type"] == "cas_ok" else self.change(key, work, then)
                ),
                **{"type": "cas", "key": key, "from": old, "to": new, "create_if_not_exists": True},
            )

        self.call("lin-kv", has_read, type="read", key=key)

    def on_send(self, message, body):
        key, entry = body["key"], body["msg"]
        if self.slip == "blind":  # a write without compare: two at a time lose one

            def has_read(answer):
                new = [*answer.get("value", []), entry]
                self.call(
                    "lin-kv",
                    lambda a: self.ok(message, offset=len(new) - 1),
                    type="write",
                    key=key,
                    value=new,
                )

            self.call("lin-kv", has_read, type="read", key=key)
        elif self.slip == "dropping" and entry % 7 == 0:
            self.change(
                key, lambda old: [*old, None], lambda new: self.ok(message, offset=len(new) - 1)
            )
        else:
            self.change(
                key,
                lambda old: [*old, entry],
                lambda new: self.ok(message, offset=new.index(entry)),
            )

    def on_poll(self, message, body):
        found, wanted = {}, dict(body["offsets"])

        def has_read(key, start, answer):
            log = list(enumerate(answer.get("value", [])))[start:]
            log = [pair for pair in log if pair[1] is not None][:50]
            if self.slip == "backwards":
                log.reverse()
            if self.slip == "skipping" and len(log) > 2:
                del log[1]
            if log:
                found[key] = log
            del wanted[key]
            if not wanted:
                self.ok(message, msgs=found)

        for key, start in body["offsets"].items():
            self.call(
                "lin-kv",
                lambda answer, k=key, s=start: has_read(k, s, answer),
                type="read",
                key=key,
            )

    def on_commit_offsets(self, message, body):
        key, offsets = "commits", body["offsets"]

        def work(old):
            merged = dict(old)
            for log, offset in offsets.items():
                merged[log] = max(offset, merged.get(log, -1))
            return sorted(merged.items())

        self.change(
            key,
            lambda old: old if self.slip == "uncommitted" else work(old),
            lambda new: self.ok(message),
        )

    def on_list_committed_offsets(self, message, body):
        def has_read(answer):
            known = {log: offset for log, offset in answer.get("value", []) if log in body["keys"]}
            if self.slip == "uncommitted":
                known = dict.fromkeys(body["keys"], 10_000)
            self.ok(message, offsets=known)

        self.call("lin-kv", has_read, type="read", key="commits")


class Transactions(Node):
    """The whole database in one key of lin-kv; a transaction that was overtaken aborts."""

    def on_txn(self, message, body):
        service = "lww-kv" if self.slip == "lww" else "lin-kv"
        self.call(
            service,
            lambda answer: self.work(service, message, body["txn"], answer),
            type="read",
            key="db",
        )

    def work(self, service, message, steps, answer):
        old = answer.get("value", [])
        state, done = dict(old), []
        for f, key, value in steps:
            if f == "append":
                state[key] = [*state.get(key, []), value]
            elif f == "w":
                state[key] = value
            else:
                value = state.get(key)
            done.append([f, key, value])
        new = sorted(state.items())

        def written(answer):
            if answer["type"] == "error":
                self.error(message, 30, "overtaken")
            else:
                self.ok(message, txn=done)

        if self.slip in ("blind", "lww"):
            self.call(service, written, type="write", key="db", value=new)
        else:
            cas = {"type": "cas", "key": "db", "from": old, "to": new, "create_if_not_exists": True}
            self.call(service, written, **cas)


NODES = {"lin-kv": LinKv, "kafka": Kafka, "txn": Transactions}
NODES[sys.argv[1]](*sys.argv[2:3]).run()
