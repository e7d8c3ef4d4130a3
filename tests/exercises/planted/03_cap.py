"""Planted answers to the exercises of chapter 03: source, and for wrong ones a part of the message meant for it."""

# ruff: noqa: E501

from functools import partial

from dscourse.exercises import all_exercises
from tests.exercises.by_touch import by_touch

_touched = partial(by_touch, "cap.any_node_world")


_QUORUMS = "def quorums(n, r, w):\n"

_STORE = (
    "class RepairedStore(QuorumStore):\n"
    "    def queried(self, phase):\n"
    "        request, newest = phase.request, phase.newest\n"
)
_BEGIN = "        self.begin(Phase(phase.client, request, Update(request.op, request.key, tag, value)))\n"
_READ_AT_ONCE = "        if request.f == 'read':\n            self.end(phase, newest.value)\n            return\n"
_NEW_TAG = "        tag, value = Tag(newest.tag.counter + 1, request.op), request.value\n"

_OWN_TAG = "        own = self.stored.get(request.key)\n"
_AT_ONCE_IF = "        if request.f == 'read' and {}:\n            self.end(phase, newest.value)\n            return\n"
_EITHER = (
    "        tag, value = newest.tag, newest.value\n"
    "        if request.f == 'write':\n"
    "            tag, value = Tag(tag.counter + 1, request.op), request.value\n"
)
_TAGS = "[answer.tag for _, answer in phase.replies]"

_BUILD = all_exercises()["03.7"].solution
_MAJORITY = "(len(self.peers) + 1) // 2 + 1"
_NEXT_TAG = "Tag(tag.counter + 1, request.op)"
_RESEND = "        self.ask(timer.op)"
_NEWEST = "                newest = max("


def _built(*changes: tuple[str, str]) -> str:
    """Return the solution of 03.7 with these pieces of it replaced."""
    text = _BUILD
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


_PATIENCE = "        self.set_timer(ResendDue(op), 30)"
_TRIES = (
    "        self.tries = getattr(self, 'tries', {})\n        self.tries[op] = self.tries.get(op, 0) + 1\n"
    "        if self.tries[op] < %d:\n            self.set_timer(ResendDue(op), 30)"
)
_DISK = "            self.write(self.stored[update.key])"
_RECORDS = "        for record in log:\n            self.stored[record.key] = record"
_NEW_RUN = "        query = Query(request.op, request.key)\n"
_PHASE = "                self.begin(client, request, update)\n"
_FALL = "each operation with a smaller number than the one before"
_MOMENT = "write at the same moment, then the nodes read in turn"


_END_READ = (
    "                if request.f == 'read'{}:\n"
    "                    del self.running[reply.op]\n"
    "                    self.cancel_timer(ResendDue(reply.op))\n"
    "                    found = max(answers.values(), key=lambda answer: answer.tag)\n"
    "                    self.reply(client, reply.op, found.value)\n"
    "                    return\n"
)

RIGHT = {
    "03.3": (
        _QUORUMS + "    return (r + w - n if r + w > n else 0), min(n - r, n - w)\n",
        _QUORUMS
        + "    nodes = range(n)\n"
        + "    return len(set(nodes[:r]) & set(nodes[n - w :])), n - (r if r > w else w)\n",
        "from fractions import Fraction\n"
        + _QUORUMS
        + "    yield Fraction(max(0, r + w - n))\n"
        + "    yield float(n - max(r, w))\n",
    ),
    "03.4": (
        _STORE
        + "        tag, value = newest.tag, newest.value\n"
        + "        if request.f == 'write':\n"
        + "            tag, value = Tag(tag.counter + 1, request.op), request.value\n"
        + _BEGIN,
        _STORE
        + "        tags = [answer.tag for _, answer in phase.replies]\n"
        + "        if request.f == 'read' and tags.count(newest.tag) >= self.write_quorum:\n"
        + "            self.end(phase, newest.value)\n"
        + "        else:\n"
        + "            super().queried(phase)\n",
        "class RepairedStore(QuorumStore):\n"
        + "    def queried(self, phase):\n"
        + "        asked = phase.request\n"
        + "        top = sorted((reply.tag, name) for name, reply in phase.replies)[-1]\n"
        + "        found = dict(phase.replies)[top[1]]\n"
        + "        pair = {'read': (found.tag, found.value),\n"
        + "                'write': (Tag(top[0].counter + 7, asked.op), asked.value)}[asked.f]\n"
        + "        self.begin(Phase(phase.client, asked, Update(asked.op, asked.key, *pair)))\n",
        # a read is short if there is nothing to read, or if this node's write quorum has the value
        "class RepairedStore(QuorumStore):\n"
        + "    def queried(self, phase):\n"
        + "        request, newest = phase.request, phase.newest\n"
        + "        done = self.__dict__.setdefault('done', {})\n"
        + "        if request.f == 'read' and newest.tag in (Tag(), done.get(request.key)):\n"
        + "            self.end(phase, newest.value)\n"
        + "            return\n"
        + _EITHER
        + _BEGIN
        + "    def end(self, phase, result):\n"
        + "        if isinstance(phase.sent, Update):\n"
        + "            self.done[phase.request.key] = phase.sent.tag\n"
        + "        super().end(phase, result)\n",
    ),
    "03.5": (
        'plan = [At(0, Partition({"n3"}, {"n1", "n2"})), At(120, Heal())]',
        'plan = [At(0, SetLink("n1", "n2", loss=1.0)), At(0, SetLink("n1", "n3", loss=1.0))]',
        'plan = (At(9, Hold("n1", name)) for name in ("n2", "n3"))',
        'plan = [At(5, Cut("n1", "n3")), At(5, Cut("n2", "n3"))]',
        'plan = [At(5, Cut("n1", "n3"))]',  # n3 hears late, by n2, and counts to 3 as n1 does
        # plans of touches: the second write is late; n3 is down meanwhile; two links are cut both ways
        'plan = [At(0, sim.Delay("c1", "n1", "Request", 2, latency_ms=49))]',
        'plan = [At(5, Crash("n3")), At(75, Restart("n3"))]',
        "plan = [At(ms, kind(*ends)) for ms, kind in ((5, Cut), (90, Heal)) "
        'for a in ("n1", "n2") for ends in ((a, "n3"), ("n3", a))]',
    ),
    "03.6": (
        "sizes = (4, 2)",
        "sizes = [2, 4.0]",
        "import numpy as np\nsizes = np.arange(2, 5, 2)",
        "sizes = (n for n in (2, 4))",
    ),
    "03.7": (
        # one object per operation, with slots and without a repr
        "class Operation:\n"
        "    __slots__ = ('client', 'request', 'message', 'answered', 'best')\n"
        "    def __init__(self, client, request):\n"
        "        self.client, self.request = client, request\n"
        "        self.message, self.answered, self.best = Query(request.op, request.key), set(), None\n\n"
        "class Replica(Node):\n"
        "    def __init__(self, id, peers=()):\n"
        "        super().__init__(id, peers)\n"
        "        self.members = (self.id, *self.peers)\n"
        "        self.tags, self.values, self.operations = {}, {}, {}\n"
        "    def on_start(self, log):\n"
        "        for tag, key, value in log:\n"
        "            self.tags[key], self.values[key] = Tag(*tag), value\n"
        "    def on_query(self, sender, query):\n"
        "        found = QueryReply(query.op, self.tags.get(query.key, Tag()), self.values.get(query.key))\n"
        "        self.post(sender, found)\n"
        "    def on_update(self, sender, update):\n"
        "        if update.tag > self.tags.get(update.key, Tag()):\n"
        "            self.write(((update.tag.counter, update.tag.op), update.key, update.value))\n"
        "            self.tags[update.key], self.values[update.key] = update.tag, update.value\n"
        "        self.post(sender, UpdateAck(update.op))\n"
        "    def post(self, to, message):\n"
        "        if to != self.id:\n"
        "            self.send(to, message)\n"
        "        elif isinstance(message, Query):\n"
        "            self.on_query(to, message)\n"
        "        elif isinstance(message, Update):\n"
        "            self.on_update(to, message)\n"
        "        else:\n"
        "            self.heard(to, message)\n"
        "    def on_request(self, sender, request):\n"
        "        self.operations[request.op] = Operation(sender, request)\n"
        "        self.on_resend_due(ResendDue(request.op))\n"
        "    def on_resend_due(self, timer):\n"
        "        self.set_timer(timer, (25, 30))\n"
        "        for name in self.members:\n"
        "            operation = self.operations.get(timer.op)\n"
        "            if operation and name not in operation.answered:\n"
        "                self.post(name, operation.message)\n"
        "        if timer.op not in self.operations:\n"
        "            self.cancel_timer(timer)\n"
        "    def on_query_reply(self, sender, reply):\n"
        "        self.heard(sender, reply)\n"
        "    def on_update_ack(self, sender, ack):\n"
        "        self.heard(sender, ack)\n"
        "    def heard(self, sender, answer):\n"
        "        operation = self.operations.get(answer.op)\n"
        "        if operation is None or isinstance(answer, QueryReply) != isinstance(operation.message, Query):\n"
        "            return\n"
        "        operation.answered.add(sender)\n"
        "        if isinstance(answer, QueryReply) and (operation.best is None or answer.tag > operation.best.tag):\n"
        "            operation.best = answer\n"
        "        if 2 * len(operation.answered) <= len(self.members):\n"
        "            return\n"
        "        asked = operation.request\n"
        "        if isinstance(answer, UpdateAck):\n"
        "            del self.operations[answer.op]\n"
        "            self.cancel_timer(ResendDue(answer.op))\n"
        "            self.reply(operation.client, answer.op, operation.message.value if asked.f == 'read' else None)\n"
        "            return\n"
        "        tag, value = operation.best.tag, operation.best.value\n"
        "        if asked.f == 'write':\n"
        "            tag, value = Tag(tag.counter + 1, asked.op), asked.value\n"
        "        operation.message, operation.answered = Update(asked.op, asked.key, tag, value), set()\n"
        "        self.on_resend_due(ResendDue(asked.op))\n",
        # a read ends early if a majority is known to hold its value
        _built(
            (
                _NEWEST,
                _END_READ.format(
                    " and [a.tag for a in answers.values()].count(max(a.tag for a in answers.values())) >= self.majority"
                )
                + _NEWEST,
            )
        ),
        # the timer's message goes to all, and a write's answer says "stored"
        _built(
            ("            if peer not in answers:\n    ", "        "),
            ("else None)", "else 'stored')"),
        ),
        # one operation at a time, tags with gaps, tuples on the disk
        _built(
            (
                "        self.stored, self.running",
                "        self.waiting = []\n        self.stored, self.running",
            ),
            (
                _NEW_RUN,
                "        if self.running:\n            self.waiting.append((sender, request))\n"
                "            return\n" + _NEW_RUN,
            ),
            (
                "                self.reply(client, ack.op,",
                "                if self.waiting:\n"
                "                    self.on_request(*self.waiting.pop(0))\n                self.reply(client, ack.op,",
            ),
            (_NEXT_TAG, "Tag(tag.counter + 10**9, request.op)"),
            (_DISK, "            self.write((update.key, update.tag, update.value))"),
            (
                "            self.stored[record.key] = record",
                "            self.stored[record[0]] = Stored(*record)",
            ),
        ),
        # a read of nothing is not written back
        _built(
            (
                _PHASE,
                "                if request.f == 'read' and tag == Tag():\n"
                "                    del self.running[reply.op]\n"
                "                    self.cancel_timer(ResendDue(reply.op))\n"
                "                    self.reply(client, reply.op, None)\n"
                "                    return\n" + _PHASE,
            )
        ),
    ),
}

WRONG = {
    "03.3": (
        (_QUORUMS + "    return r + w - n, n - max(r, w)\n", "common is 0, not -"),
        (_QUORUMS + "    return min(r, w), n - max(r, w)\n", "have in common at most"),
        (_QUORUMS + "    return max(0, r + w - n), n - min(r, w)\n", "The larger quorum needs its nodes too"),
        (_QUORUMS + "    return max(0, r + w - n), (n - 1) // 2\n", "majorities alone"),
        (_QUORUMS + "    return max(0, r + w - n), n - r\n", "The larger quorum needs its nodes too"),
        (_QUORUMS + "    return max(0, r + w - n)\n", "it must return a pair (common, down), not 1"),
        (
            _QUORUMS + "    return (max(0, r + w - n), n - max(r, w)) if n < 12 else (0, 0)\n",
            "quorums(12, 7, 9): common is 4, not 0",
        ),
        (
            "seen = set()\n" + _QUORUMS + "    if (n, r, w) in seen:\n        return 0, 0\n"
            "    seen.add((n, r, w))\n    return max(0, r + w - n), n - max(r, w)\n",
            "quorums(1, 1, 1), asked a second time: common is 1, not 0",
        ),
    ),
    "03.4": (
        (_STORE + _READ_AT_ONCE + _NEW_TAG + _BEGIN, "Not linearizable: r2 returned nothing although r1"),
        (
            _STORE
            + "        own = self.stored.get(request.key)\n"
            + "        tag, value = newest.tag, newest.value\n"
            + "        if request.f == 'write':\n"
            + "            tag, value = Tag(own.tag.counter + 1 if own else 1, request.op), request.value\n"
            + _BEGIN,
            "Not linearizable with ",
        ),
        (
            _STORE
            + "        value = newest.value if request.f == 'read' else request.value\n"
            + "        tag = Tag(newest.tag.counter + 1, request.op)\n"
            + _BEGIN,
            "All nodes are asked to write at the same moment",
        ),
        (_STORE + "        super().queried(phase) if request.f == 'write' else None\n", "is not answered"),
        ("class RepairedStore:\n    pass\n", "must be a class derived from QuorumStore"),
        (
            _STORE + _OWN_TAG + _AT_ONCE_IF.format("own and own.tag == newest.tag") + _EITHER + _BEGIN,
            "reaches too few nodes; ",
        ),
        (
            _STORE + _AT_ONCE_IF.format(_TAGS + ".count(newest.tag) >= 2") + _EITHER + _BEGIN,
            "reaches too few nodes; ",
        ),
        (
            _STORE + _AT_ONCE_IF.format("len(set(" + _TAGS + ")) == 1 and len(phase.replies) < 3") + _EITHER + _BEGIN,
            "reaches too few nodes; ",
        ),
        (
            "class RepairedStore(QuorumStore):\n"
            + "    def __init__(self, id, peers=()):\n"
            + "        super().__init__(id, peers, read_quorum=len(tuple(peers)) + 1, write_quorum=1)\n",
            "is down, and a majority is up: the operation of",
        ),
        (
            _STORE
            + _EITHER
            + "        update = Update(request.op, request.key, tag, value)\n"
            + "        self.broadcast(update)\n"
            + "        self.begin(Phase(phase.client, request, update))\n",
            "messages between the nodes for",
        ),
        (_STORE + _AT_ONCE_IF.format("not newest.value") + _EITHER + _BEGIN, "reaches too few nodes; "),
        (_STORE + _EITHER.replace("tag.counter + 1", "1") + _BEGIN, "Not linearizable with the plan"),
        (_STORE + _EITHER.replace("tag.counter + 1", "tag.counter") + _BEGIN, "Not linearizable with the plan"),
        (
            _STORE + _EITHER.replace("request.op), request.value", "sum(map(ord, self.id))), request.value") + _BEGIN,
            _MOMENT,
        ),
        (
            "class RepairedStore(QuorumStore):\n    def queried(self, phase):\n        super().queried(phase)\n"
            "    def end(self, phase, result):\n"
            "        if phase.request.f == 'read' and phase.request.key in self.stored:\n"
            "            result = self.stored[phase.request.key].value\n        super().end(phase, result)\n",
            "reads, a newer write reaches",
        ),
        (_STORE + _EITHER + _BEGIN + "    def on_start(self, log):\n        pass\n", "lose power and come back"),
        (_STORE + _AT_ONCE_IF.format("request.key != 'x'") + _EITHER + _BEGIN, "Not linearizable. "),
        (_STORE + _AT_ONCE_IF.format("len(self.peers) > 4") + _EITHER + _BEGIN, "A write at n1 reaches too few nodes; "),
        (
            "class RepairedStore(QuorumStore):\n    def queried(self, phase):\n"
            "        request, newest = phase.request, phase.newest\n"
            "        begun = self.__dict__.setdefault('begun', set())\n"
            + _AT_ONCE_IF.format("newest.tag in begun")
            + "        begun.add(newest.tag)\n" + _EITHER + _BEGIN,
            "read in turn; the first one's Updates are lost",
        ),
    ),
    "03.5": (
        ('plan = [At(5, Crash("n1"))]', "In the end x is 3: no acknowledged write"),
        ('plan = [At(5, Partition({"n1"}, {"n2", "n3"})), At(60, Heal())]',
         "In the end x is 9: no acknowledged write"),
        ('plan = [At(0, sim.Lose("n1", "n3", "Entries", 1))]', "In the end x is 9: no acknowledged write"),
        ('plan = [At(0, sim.Lose("n1", "n3", "Entries", n)) for n in (1, 2, 3)]', "In the end x is 9: no acknowledged"),
        ('plan = [At(5, Crash("n3")), At(85, Restart("n3"))]', "but the write of 9 was not acknowledged"),
        ('plan = [At(5, Partition({"n3"}, {"c1", "c3", "n1", "n2"})), At(100, Heal())]',
         "but the write of 9 was not acknowledged"),
        ('plan = [At(70, Crash("n3"))]', "In the end x is 3: but the write of 9 was not acknowledged"),
        ('plan = [At(5, Cut("n1", "n9"))]', "the nodes are c1, c3, n1, n2, n3"),
        ('plan = Partition({"n1"}, {"n2", "n3"})', "must be a list of At(ms, fault)"),
        ('plan = [At(5, Cut("n1", "n3"))] * 5', "5 faults: at most four are allowed"),
        ('from dscourse.sim.faults import Submit\nplan = [At(5, Cut("n1", "n3")), At(90, Submit("c1", "write", "x", 8))]',
         "the faults for this exercise are"),
        ('plan = [At(0, Partition({"n3"}, {"n1", "n2"})), At(120, Heal()), At(160, Cut("n1", "n3"))]',
         "from 150 ms on everything works"),
        ('plan = [At(0, Partition({"n1"}, {"n2"}, {"n3"})), At(200, Crash("n3"))]', "from 150 ms on everything works"),
    ),
    "03.6": (
        ("sizes = (3, 3)", "is correct and takes 169 ms on average. There are sizes that take 92 ms"),
        ("sizes = (1, 5)", "as soon as one node is down, nothing is answered"),
        ("sizes = (2, 2)", "R + W = 4: a read quorum and a write quorum need not meet"),
        ("sizes = (2, 3)", "R + W = 5: a read quorum and a write quorum need not meet"),
        ("sizes = (0, 6)", "each must be from 1 to 5"),
        ("sizes = 3", "must be a pair of whole numbers"),
        ("sizes = (4, 4)", "is correct and takes 177 ms"),
        ("sizes = (1, 4)", "R + W = 5: a read quorum and a write quorum need not meet"),
        ("sizes = (2.5, 4)", "must be a pair of whole numbers"),
        ("sizes = (n for n in (6, 4))", "R = 6, W = 4: each must be from 1 to 5"),
        ("sizes = iter([4, 0])", "R = 4, W = 0: each must be from 1 to 5"),
        ("sizes = (4, 3)", "is correct and takes 173 ms"),
    ),
    "03.7": (
        (_built((_NEWEST, _END_READ.format("") + _NEWEST)), "reaches too few nodes; "),
        (
            _built((_NEWEST, "                mine = self.newest(request)\n" + _END_READ.format(
                " and mine.tag == max(a.tag for a in answers.values())") + _NEWEST)),
            "reaches too few nodes; ",
        ),
        (
            _built((f"                if request.f == \"write\":\n                    tag, value = {_NEXT_TAG}, request.value\n",
                    f"                tag = {_NEXT_TAG}\n                if request.f == 'write':\n"
                    "                    value = request.value\n")),
            "All nodes are asked to write at the same moment",
        ),
        (
            _built(("(client, request, message, {})", "(client, request, message, [])"), ("peer not in answers", "True"),
                   ("answers[sender] = reply", "answers.append(reply)"), ("answers[sender] = ack", "answers.append(ack)"),
                   ("answers.values()", "answers")),
            "are cut from each other: ",
        ),
        (_built(("            self.write(self.stored[update.key])\n", "")), "All nodes lose power and come back"),
        (
            _built(("        for record in log:\n            self.stored[record.key] = record", "        pass")),
            "All nodes lose power and come back",
        ),
        (
            _built(("        self.send(sender, self.store(update))",
                    "        self.send(sender, UpdateAck(update.op))\n        self.store(update)")),
            "crashes while it handles an Update",
        ),
        (
            _built((_NEXT_TAG, "Tag(self.newest(request).tag.counter + 1, request.op)")),
            "has missed two writes when it is asked to write",
        ),
        (_built((_RESEND, "        pass")), "is cut off for 50 ms, and then it is not: the operation of c1"),
        (
            _built((_RESEND, "        self.sent = getattr(self, 'sent', 0) + 1\n        if self.sent < 6:\n    " + _RESEND)),
            "is cut off for 250 ms, and then it is not: the operation of c1",
        ),
        (_built(("if self.newest(update).tag < update.tag:", "if True:")), "Not linearizable"),
        (_built((_MAJORITY, "len(self.peers) + 1")), "is down, and a majority is up: the operation of"),
        (_built((_MAJORITY, "(len(self.peers) + 2) // 2")), "are cut from each other: "),
        (_built((_MAJORITY, "max(1, len(self.peers) // 2)")), "Not linearizable. "),
        (_built((_MAJORITY, "3")), "1 node and no fault: the operation of"),
        (_built((_NEXT_TAG, "Tag(tag.counter + 1, 0)")), "Not linearizable. "),
        (
            _built(("        if isinstance(message, Query):\n            answers[sender] = reply\n",
                    "        if isinstance(message, Update):\n            self.on_update_ack(sender, reply)\n"
                    "        if isinstance(message, Query):\n            answers[sender] = reply\n")),
            "reaches too few nodes; ",
        ),
        (
            _built(("        self.begin(sender, request, query)", "        self.running.clear()\n"
                    "        self.begin(sender, request, query)"),
                   (_RESEND, "        if timer.op in self.running:\n    " + _RESEND)),
            "2 nodes and no fault: the operation of",
        ),
        (
            _built(("                del self.running[ack.op]\n                self.cancel_timer(ResendDue(ack.op))\n", ""),
                   ("            if peer not in answers:\n    ", "        ")),
            "operation 0 is answered 33 times",
        ),
        (_built(("ResendDue(op), 30", "ResendDue(op), 2")), "messages between the nodes for"),
        (
            _built(("        query = Query(request.op, request.key)\n",
                    "        if request.f == 'read':\n"
                    "            self.reply(sender, request.op, self.newest(request).value)\n            return\n"
                    "        query = Query(request.op, request.key)\n")),
            "are cut from each other: ",
        ),
        (
            _built(("                self.begin(client, request, update)\n",
                    "                self.begin(client, request, update)\n"
                    "                if request.f == 'write':\n                    self.reply(client, reply.op)\n")),
            "is answered 2 times",
        ),
        ("class Replica:\n    def on_request(self, sender, request):\n        pass\n", "must be a class derived from Node"),
        (_built((_NEXT_TAG, "Tag(1, request.op)")), _FALL),
        (_built((_NEXT_TAG, "Tag(min(tag.counter + 1, 40), request.op)")), _FALL),
        (_built((_NEXT_TAG, "Tag(tag.counter + 1, sum(map(ord, self.id)))")), _MOMENT),
        (_built((_MAJORITY, f"min(3, {_MAJORITY})")), "rome | kyiv, lima, cork and nice are cut from each other"),
        (_built((_PATIENCE, _TRIES % 20)), "is cut off for 40000 ms, and then it is not"),
        (_built((_PATIENCE, _TRIES % 1000)), "is cut off for 40000 ms, and then it is not"),
        (
            _built((_RESEND, "        if isinstance(self.running[timer.op][2], Query):\n    " + _RESEND)),
            "the Updates of oslo are lost for 50 ms, and then they are not: the operation of c1",
        ),
        (
            _built((_RESEND, "        message, answers = self.running[timer.op][2:]\n"
                    "        for peer in self.peers[:1]:\n            self.send(peer, message)\n"
                    "        self.set_timer(timer, 30)")),
            "bonn and rome are down, and the Updates of oslo are lost for 50 ms",
        ),
        (
            _built(("if self.newest(update).tag < update.tag:",
                    "if self.newest(update).tag < update.tag and self.newest(update).value != update.value:")),
            "The value 0 is written, then 5, which rome misses",
        ),
        (_built(("message.value if request.f", "(message.value or None) if request.f")), "Not linearizable. "),
        (
            _built((_PHASE, "                if request.f == 'read' and not value:\n"
                    "                    del self.running[reply.op]\n"
                    "                    self.cancel_timer(ResendDue(reply.op))\n"
                    "                    self.reply(client, reply.op, value)\n"
                    "                    return\n" + _PHASE)),
            "reaches too few nodes; ",
        ),
        (
            _built(("Stored(query.key, Tag()", "Stored(str(query.key), Tag()"), ("stored.get(query.key", "stored.get(str(query.key)"),
                   ("stored[update.key]", "stored[str(update.key)]"), ("stored[record.key]", "stored[str(record.key)]")),
            "nodes and no fault: r",
        ),
        (_built((_RECORDS, _RECORDS.replace("[record.key] = record", ".setdefault(record.key, record)"))), "24 keys are written twice"),
        (_built((_RECORDS, _RECORDS.replace("in log:", "in log[-10:]:"))), "24 keys are written twice"),
        (
            _built((_DISK, "            if update.tag.counter == 1:\n    " + _DISK)),
            "24 keys are written twice",
        ),
        (
            _built((_DISK, _DISK + "\n            if len(self.stored) > 8:\n"
                    "                del self.stored[next(iter(self.stored))]")),
            "24 keys are written twice",
        ),
        (
            _built(("                self.on_update_ack(self.id, self.store(update))",
                    "                if self.newest(update).tag < update.tag:\n"
                    "                    self.stored[update.key] = Stored(update.key, update.tag, update.value)\n"
                    "                self.on_update_ack(self.id, UpdateAck(update.op))")),
            "alone hold a write, and oslo restarts",
        ),
        (
            _built(("message.value if request.f", "self.newest(message).value if request.f")),
            "reads, a newer write reaches",
        ),
        (
            _built((_NEW_RUN, "        last = self.__dict__.setdefault('last', {})\n"
                    "        self.running.pop(last.get(sender), None)\n        last[sender] = request.op\n" + _NEW_RUN),
                   (_RESEND, "        if timer.op in self.running:\n    " + _RESEND)),
            "20 operations arrive from one sender",
        ),
        (
            _built((_NEW_RUN, "        if len(self.running) >= 10:\n            return\n" + _NEW_RUN)),
            "20 operations arrive from one sender",
        ),
        (
            _built(("                self.reply(client, ack.op,", "                self.reply(client, ack.op, message.value if request.f == 'read' else None)\n"
                    "                self.reply(client, ack.op,")),
            "is answered 2 times",
        ),
        (
            _built((_NEWEST, _END_READ.format("") .replace("if request.f == 'read'", "if request.f == 'read' and list(answers.values()).count(reply) + 1 > self.majority") + _NEWEST),
                   ("                self.send(peer, message)\n", "                self.send(peer, message)\n"
                    "                if request.f == 'write' and isinstance(message, Query):\n"
                    "                    self.send(peer, message)\n"),
                   ("        message, answers = self.running[op][2:]", "        request, message, answers = self.running[op][1:]")),
            "messages between the nodes for",
        ),
    ),
}  # fmt: skip


# --- plans of touches, with times as a mouse gives them, and others that come close ---------------

RIGHT["03.5"] += (
    _touched('partition([["n3", "c3"], ["n1", "n2", "c1"]], 6.1, 170.9)'),
    _touched('partition([["n3"], ["n1", "n2"]], 33.3, 120.5)'),
    _touched('partition([["n1"], ["n2", "n3"]], 27.7, 92.1)'),
    'plan = [At(0, Cut("n1", "n3")), At(0, Cut("n2", "n3")), At(200, Heal())]',
    _touched('cut("n1", "n2", 7.4, 110.2)', 'cut("n1", "n3", 7.4, 110.2)'),
    "plan = [At(0, SetLink(loss=1.0))]",
    _touched('partition([["n3"], ["n1", "n2"]], 6.1, 61.2)'),
)
WRONG["03.5"] += (
    (
        _touched('isolate("n1", 8.3, 131.4)'),
        "In the end x is 3: no acknowledged write is gone that began after the one that stayed had ended",
    ),
    (
        _touched('pause("n3", 4.2, 78.6)'),
        "In the end x is 9: no acknowledged write is gone that began after the one that stayed had ended",
    ),
    (
        _touched('crash("n3", 2.9)', 'restart("n3", 81.7)'),
        "In the end x is 3: but the write of 9 was not acknowledged: nobody was told that it is stored",
    ),
    (
        _touched('move(the("c1\'s 3rd Request to n1"), 71.6)'),
        "In the end x is 9: no acknowledged write is gone that began after the one that stayed had ended",
    ),
    (
        _touched('partition([["n3"], ["n1", "n2"]], 67.3, 140.0)'),
        "In the end x is 9: no acknowledged write is gone that began after the one that stayed had ended",
    ),
    (
        _touched('isolate("n3", 6.1, 131.4)'),
        "In the end x is 3: but the write of 9 was not acknowledged: nobody was told that it is stored",
    ),
    (
        _touched('pause("n3", 4.2, 99.6)'),
        "In the end x is 9: no acknowledged write is gone that began after the one that stayed had ended",
    ),
    (
        _touched('lose(the("c3\'s 1st Request to n3"))'),
        "In the end x is 3: but the write of 9 was not acknowledged: nobody was told that it is stored",
    ),
    (
        _touched('crash("c3", 60.2)'),
        "In the end x is 9: no acknowledged write is gone that began after the one that stayed had ended",
    ),
    (
        _touched('crash("n3", 90.4)', 'restart("n3", 95.0)'),
        "In the end x is 9: no acknowledged write is gone that began after the one that stayed had ended",
    ),
    (
        _touched('move(the("n1\'s 1st Entries to n3"), 88.8)'),
        "In the end x is 9: no acknowledged write is gone that began after the one that stayed had ended",
    ),
    (
        _touched('move(the("n1\'s 1st Entries to n3"), 188.8)'),
        "comes too late (it arrives at 188.8 ms)",
    ),
    (_touched('skew("n3", 5.0, -400.0)'), "the faults for this exercise are"),
    (
        'plan = [At(0, sim.Lose("n1", "n3", "Entry", n)) for n in (1, 2, 3)]',
        "has no effect: n1 sends n3 no messages of type Entry",
    ),
    (
        'plan = [At(0, sim.Lose("n3", "n1", "Digest", 30))]',
        "has no effect: n3 sends n1 10 messages of type Digest",
    ),
    (
        'plan = [At(0, sim.Delay("n1", "n3", "Entries", 1, 300)), At(0, sim.Delay("n1", "n2", "Entries", 1, 300))]',
        "comes too late (it arrives at 310 ms)",
    ),
    (
        'plan = [At(75, sim.Delay("c3", "n3", "Request", 1, 60))]',
        "In the end x is 9: no acknowledged write is gone that began after the one that stayed had ended",
    ),
    (
        'plan = [At(10, Crash("c1")), At(10, Crash("c3"))]',
        "In the end x is 3: no acknowledged write is gone that began after the one that stayed had ended",
    ),
    ('plan = [At(150, Cut("n1", "n3"))]', "comes too late"),
)
