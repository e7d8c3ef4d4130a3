"""Planted answers to the exercises of chapter 10: source, and for wrong ones a part of the message meant for it."""

from functools import partial

from tests.exercises.altered import but, having
from tests.exercises.by_touch import by_touch

_touched = partial(by_touch, "one_ack.one_ack_world")


_PRIMARY = "class OrderedPrimary(Primary):\n    def on_put(self, sender, put):\n"
_FULL = (
    "        if self.lsn == self.room:\n"
    '            self.send(sender, NotPrimary(put.op, ""))\n'
    "            return\n"
)
_ENTRY = "        self.lsn += 1\n        entry = Logged(self.lsn, put.key, put.value)\n"
_WRITE = "        self.write(entry)\n"
_SET = "        self.set(put.key, put.value)\n"
_REPLY = "        self.reply(sender, put.op, Answer(None, Position(0, self.lsn)))\n"
_TELL = "        self.broadcast(Replicate(entry))\n"
_VISIBLE = "def visible(have, acks, first, before):\n"
_VOTE = "def may_lead(mine, theirs):\n"

# Another replica than the solution: a list of entries, a buffer for what comes too early, reads in a list.
_REPLICA = """
class LogReplica(Node):
    def __init__(self, id, peers=()):
        super().__init__(id, peers)
        self.entries = []
        self.early = {}
        self.reads = []

    def on_start(self, log):
        self.entries = list(log)

    def on_ship(self, sender, ship):
        if ship.after > len(self.entries):
            self.send(sender, Lacking(len(self.entries)))
            return
        for entry in ship.entries[len(self.entries) - ship.after:]:
            self.write(entry)
            self.entries.append(entry)
        self.send(sender, Have(len(self.entries)))
        self.answer_reads()

    def on_get(self, sender, get):
        self.reads.append((sender, get))
        self.answer_reads()

    def answer_reads(self):
        reads, self.reads = self.reads, []
        for client, get in reads:
            if get.after.lsn > len(self.entries):
                self.reads.append((client, get))
                continue
            value = None
            for entry in self.entries:
                if entry.key == get.key:
                    value = entry.value
            self.reply(client, get.op, Answer(value, Position(0, len(self.entries))))
"""


def _replica(*changes: tuple[str, str]) -> str:
    """Return the replica above with these changes."""
    text = _REPLICA
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


_GAP = "        if ship.after > len(self.entries):\n"
_NEW = "        for entry in ship.entries[len(self.entries) - ship.after:]:\n"
_LATE = "            if get.after.lsn > len(self.entries):\n"

RIGHT = {
    "10.3": (
        _PRIMARY + _FULL + _ENTRY + _WRITE + _TELL + _SET + _REPLY,
        _PRIMARY
        + "        if self.lsn >= self.room:\n"
        + '            self.send(sender, NotPrimary(put.op, ""))\n'
        + "        else:\n"
        + "            self.lsn = self.lsn + 1\n"
        + "            entry = Logged(self.lsn, put.key, put.value)\n"
        + "            self.write(entry)\n"
        + "            self.values[put.key] = put.value\n"
        + "            self.reply(sender, put.op, Answer(None, Position(0, self.lsn)))\n"
        + "            self.broadcast(Replicate(entry))\n",
        # helpers, and the answer last
        "class OrderedPrimary(Primary):\n"
        "    def on_put(self, sender, put):\n"
        "        if not self.room - self.lsn:\n"
        '            return self.send(sender, NotPrimary(put.op, ""))\n'
        "        entry = self.logged(put)\n"
        "        super().set(put.key, put.value)\n"
        "        for peer in reversed(self.peers):\n"
        "            self.send(peer, Replicate(entry))\n"
        "        self.reply(sender, put.op, Answer(None, Position(0, entry.lsn)))\n\n"
        "    def logged(self, put):\n"
        "        entry = Logged(self.lsn + 1, put.key, put.value)\n"
        "        self.write(entry)\n"
        "        self.lsn = entry.lsn\n"
        "        return entry\n",
    ),
    "10.4": (
        _VISIBLE
        + "    best = before\n"
        + "    for number in range(first, max(have) + 1):\n"
        + "        if sum(held >= number for held in have) >= acks:\n"
        + "            best = max(best, number)\n"
        + "    return best\n",
        _VISIBLE
        + "    reached = sorted(have)[-acks]\n"
        + "    if reached < first or reached < before:\n"
        + "        return before\n"
        + "    return reached\n",
        "import numpy as np\n\n\n"
        + _VISIBLE
        + "    reached = np.sort(np.array(have))[len(have) - acks]\n"
        + "    return np.maximum(reached, before) if reached >= first else before\n",
        "from fractions import Fraction\nfrom heapq import nlargest\n\n\n"
        + _VISIBLE
        + "    reached = nlargest(acks, have)[-1]\n"
        + "    return Fraction(max(before, reached if reached >= first else 0))\n",
    ),
    "10.5": (
        _VOTE + "    return theirs >= mine\n",
        _VOTE
        + "    if theirs.epoch != mine.epoch:\n"
        + "        return theirs.epoch > mine.epoch\n"
        + "    return theirs.lsn >= mine.lsn\n",
        "import numpy as np\n\n\n" + _VOTE + "    return np.bool_(max(mine, theirs) == theirs)\n",
        _VOTE + "    return not (theirs.epoch < mine.epoch or\n"
        "                theirs.epoch == mine.epoch and theirs.lsn < mine.lsn)\n",
    ),
    "10.6": (
        'plan = [At(300, Partition({"n2", "n5"}, {"n1", "n3", "n4"})), At(500, Heal())]',
        'plan = [At(325, Partition({"n2", "n4"}, {"n1", "n3", "n5"}))]',
        'plan = (At(250, Partition({"n2", "n3"}, {"n1", "n4", "n5"})), At(510, Heal()))',
        'plan = iter([At(310, Partition({"n1", "n2"}, {"n3", "n4", "n5"}))])',
        # the plans of the diagram: one long partition, and a short one with a crash
        _touched('partition([["c", "n2", "n1"], ["n3", "n4", "n5"]], 331, 505)'),
        _touched(
            'partition([["c", "n2", "n1"], ["n3", "n4", "n5"]], 332, 380)', 'crash("n2", 378)'
        ),
    ),
    "10.7": (
        _replica(),
        # what comes too early is kept, and taken when the gap closes
        _replica(
            (
                _GAP,
                _GAP
                + "            self.early.update((entry.lsn, entry) for entry in ship.entries)\n",
            ),
            (
                "        self.send(sender, Have(len(self.entries)))\n",
                "        while len(self.entries) + 1 in self.early:\n"
                "            entry = self.early.pop(len(self.entries) + 1)\n"
                "            self.write(entry)\n"
                "            self.entries.append(entry)\n"
                "        self.send(sender, Have(len(self.entries)))\n",
            ),
        ),
        # a helper with slots and without a repr
        _replica(
            (
                "class LogReplica(Node):",
                "class Reads:\n    __slots__ = ('list',)\n\n\nclass LogReplica(Node):",
            ),
            (
                "        self.reads = []\n\n    def on_start",
                "        self.waiting = Reads()\n        self.waiting.list = []\n\n    def on_start",
            ),
            ("self.reads.append((sender, get))", "self.waiting.list.append((sender, get))"),
            (
                "reads, self.reads = self.reads, []",
                "reads, self.waiting.list = self.waiting.list, []",
            ),
            ("self.reads.append((client, get))", "self.waiting.list.append((client, get))"),
        ),
    ),
}

WRONG = {
    "10.3": (
        (_PRIMARY + _ENTRY + _WRITE + _SET + _REPLY + _TELL, "There is room for one entry"),
        (
            _PRIMARY + _FULL + _ENTRY + _SET + _WRITE + _REPLY + _TELL,
            "the state is what the log says",
        ),
        (
            # to the replicas before it is in the own log
            _PRIMARY + _FULL + _ENTRY + _TELL + _WRITE + _SET + _REPLY,
            "a replica is never ahead",
        ),
        (
            # counted before it is refused
            _PRIMARY
            + "        self.lsn += 1\n"
            + "        if self.lsn > self.room:\n"
            + '            self.send(sender, NotPrimary(put.op, ""))\n'
            + "            return\n"
            + "        entry = Logged(self.lsn, put.key, put.value)\n"
            + _WRITE
            + _SET
            + _REPLY
            + _TELL,
            "it counts before it looks",
        ),
        (_PRIMARY + _FULL + _ENTRY + _WRITE + _WRITE + _SET + _REPLY + _TELL, "it should get"),
        (_PRIMARY + _FULL + _ENTRY + _WRITE + _SET + _REPLY + _TELL + _TELL, "2 times"),
        (
            _PRIMARY + _FULL + _ENTRY + _WRITE + _SET + _REPLY + _REPLY + _TELL,
            "no answer to its write, several",
        ),
        (
            # one replica only
            _PRIMARY
            + _FULL
            + _ENTRY
            + _WRITE
            + _SET
            + _REPLY
            + "        self.send(self.peers[0], Replicate(entry))\n",
            "is not sent to the replica",
        ),
        (
            # full after one more
            _PRIMARY + _FULL.replace("==", ">") + _ENTRY + _WRITE + _SET + _REPLY + _TELL,
            "it is logged all the same",
        ),
        (
            # rolled back, as in the textbook
            _PRIMARY
            + _SET
            + "        if self.lsn == self.room:\n"
            + "            self.set(put.key, None)\n"
            + '            self.send(sender, NotPrimary(put.op, ""))\n'
            + "            return\n"
            + _ENTRY
            + _WRITE
            + _REPLY
            + _TELL,
            "must not touch the state",
        ),
        (
            # numbers that begin again at a restart
            "class OrderedPrimary(Primary):\n"
            "    def on_start(self, log):\n"
            "        for record in log:\n"
            "            self.values[record.key] = record.value\n\n"
            "    def on_put(self, sender, put):\n"
            + _FULL
            + _ENTRY
            + _WRITE
            + _SET
            + _REPLY
            + _TELL,
            "after a restart",
        ),
        (
            _PRIMARY + _FULL + _ENTRY + _REPLY + _WRITE + _SET + _TELL,
            "acknowledged writes are in the log",
        ),
        (_PRIMARY + _FULL + _ENTRY + _WRITE + _SET + _REPLY, "not sent to the replica"),
        (_PRIMARY + _FULL + _ENTRY + _WRITE + _REPLY + _TELL, "does not hold it"),
        ("class OrderedPrimary:\n    pass", "must be a class derived from Primary"),
    ),
    "10.4": (
        (_VISIBLE + "    return max(have)\n", "are needed"),
        (_VISIBLE + "    return min(have)\n", "already"),
        (_VISIBLE + "    return sorted(have, reverse=True)[acks - 1]\n", "of an earlier epoch"),
        (
            _VISIBLE + "    return max(before, sorted(have, reverse=True)[acks - 1])\n",
            "of an earlier epoch",
        ),
        (_VISIBLE + "    return None\n", "must be a whole number"),
        (
            # no max with what was visible before
            _VISIBLE
            + "    reached = sorted(have, reverse=True)[acks - 1]\n"
            + "    return reached if reached >= first else before\n",
            "stays visible",
        ),
        (
            _VISIBLE
            + "    reached = sorted(have, reverse=True)[acks - 1]\n"
            + "    return max(before, reached) if reached > first else before\n",
            "already",
        ),
        (
            _VISIBLE
            + "    reached = sorted(have)[acks - 1]\n"
            + "    return max(before, reached) if reached >= first else before\n",
            "visible([",
        ),
        (
            # the primary counted as one of the acks
            _VISIBLE
            + "    reached = sorted([*have, max(have)], reverse=True)[acks - 1]\n"
            + "    return max(before, reached) if reached >= first else before\n",
            "are needed",
        ),
        (
            # a majority, whatever acks says
            _VISIBLE
            + "    reached = sorted(have)[len(have) // 2]\n"
            + "    return max(before, reached) if reached >= first else before\n",
            "visible([",
        ),
        (
            _VISIBLE
            + "    reached = sorted(have, reverse=True)[acks - 1]\n"
            + "    return max(before, reached, first)\n",
            "are needed",
        ),
    ),
    "10.5": (
        (_VOTE + "    return theirs.lsn >= mine.lsn\n", "It is no shorter, but older"),
        (_VOTE + "    return theirs.epoch >= mine.epoch\n", "It lacks an entry that I have"),
        (_VOTE + "    return theirs > mine\n", "you refuse"),
        (_VOTE + "    return theirs.epoch\n", "must be True or False"),
        (
            # digits of a number
            _VOTE + "    return theirs.epoch * 10 + theirs.lsn >= mine.epoch * 10 + mine.lsn\n",
            "It is no shorter, but older",
        ),
        (
            _VOTE + "    return theirs.epoch * 1000 + theirs.lsn >= mine.epoch * 1000 + mine.lsn\n",
            "It is no shorter, but older",
        ),
        (
            # the number first, then the epoch
            _VOTE + "    return (theirs.lsn, theirs.epoch) >= (mine.lsn, mine.epoch)\n",
            "It is no shorter, but older",
        ),
        (
            _VOTE + "    return theirs.epoch >= mine.epoch and theirs.lsn >= mine.lsn\n",
            "you refuse",
        ),
        (_VOTE + "    return str(theirs) >= str(mine)\n", "you vote for it"),
        (_VOTE + "    return theirs.epoch > mine.epoch or theirs.lsn >= mine.lsn\n", "but older"),
    ),
    "10.6": (
        ('plan = [At(345, Crash("n2"))]', "although"),
        ('plan = [At(300, Partition({"n2"}, {"n1", "n3", "n4", "n5"}))]', "although"),
        (
            'plan = [At(300, Pause("n4")), At(350, Resume("n4"))]',
            "the first primary leads to the end",
        ),
        ('plan = [At(300, Cut("n2", "n1"))]', "although"),
        ('plan = [At(300, Crash("n9"))]', "n9"),
        ("plan = 5", "must be a list of At"),
        (
            'plan = [At(600, Partition({"n1", "n2"}, {"n3", "n4", "n5"}))]',
            "comes too late",
        ),
        (
            'plan = [At(300, Partition({"n1", "n2", "n3"}, {"n4", "n5"}))]',
            "although n1 leads a later epoch",
        ),
        (
            'plan = [At(300 + ms, Crash(name)) for ms, name in ((0, "n2"), (10, "n1"), (20, "n3"), (30, "n4"))]',
            "at most three",
        ),
        ('plan = [At(0, Lose("n2", "n1", "AppendEntries", 5))]', "leads to the end"),
        (
            _touched('isolate("n2", 300, 500)'),
            "although",
        ),
    ),
    "10.7": (
        ("class LogReplica:\n    pass\n", "must be a class derived from Node"),
        (
            # whatever comes, gap or not
            _replica(
                (_GAP, "        if False:\n"),
                (
                    _NEW,
                    "        for entry in ship.entries[max(0, len(self.entries) - ship.after):]:\n",
                ),
            ),
            "there is a gap before it",
        ),
        (_replica((_NEW, "        for entry in ship.entries:\n")), "it is on disk already"),
        (
            # as in the textbook: only what begins right at the end
            _replica((_GAP, "        if ship.after != len(self.entries):\n")),
            "and Have(lsn=",
        ),
        (
            _replica(
                (_GAP, "        if ship.after < len(self.entries):\n            return\n" + _GAP)
            ),
            "each Ship gets one answer",
        ),
        (
            _replica(
                (
                    "            self.send(sender, Lacking(len(self.entries)))\n            return\n",
                    "            return\n",
                )
            ),
            "each Ship gets one answer",
        ),
        (
            # what the message asks for, not where the log ends
            _replica(("Lacking(len(self.entries))", "Lacking(ship.after)")),
            "is right: it lacks entry",
        ),
        (
            # confirmed before it is on disk
            _replica(
                (
                    _NEW,
                    "        self.send(sender, Have(max(len(self.entries), ship.after + len(ship.entries))))\n"
                    + _NEW,
                ),
                ("        self.send(sender, Have(len(self.entries)))\n", ""),
            ),
            "the disk holds 0 entries by then",
        ),
        (_replica(("            self.write(entry)\n", "")), "the disk holds 0 entries by then"),
        (_replica(("        self.entries = list(log)", "        pass")), "effect, restart"),
        (_replica((_LATE, "            if False:\n")), "its client misses its write"),
        (
            _replica(
                (
                    "        self.send(sender, Have(len(self.entries)))\n        self.answer_reads()\n",
                    "        self.send(sender, Have(len(self.entries)))\n",
                )
            ),
            "Answered are none",
        ),
        (
            # one place for a read that waits
            _replica(
                (
                    "        self.reads.append((sender, get))\n",
                    "        self.reads = [(sender, get)]\n",
                )
            ),
            "Reads wait for the entries",
        ),
        (
            # the position that was asked for
            _replica(("Position(0, len(self.entries))", "Position(0, get.after.lsn)")),
            "the answer is",
        ),
        (
            # answered again at every entry
            _replica(
                (
                    "        reads, self.reads = self.reads, []\n",
                    "        reads, self.reads = self.reads, list(self.reads)\n",
                ),
                (
                    "                self.reads.append((client, get))\n                continue\n",
                    "                continue\n",
                ),
            ),
            "the answer is",
        ),
        (
            _replica(
                (_NEW, "        for entry in ship.entries[len(self.entries) - ship.after:][-1:]:\n")
            ),
            "there is a gap before it",
        ),
        (
            # the first value of a key
            _replica(
                (
                    "                if entry.key == get.key:\n",
                    "                if entry.key == get.key and value is None:\n",
                )
            ),
            "then x is read",
        ),
    ),
}


# --- many entries and clients, later restarts, falsy values ------------------------------------------

_ON_PUT = _FULL + _ENTRY + _WRITE + _SET + _REPLY + _TELL
_START = "    def on_start(self, log):\n        self.entries = list(log)\n"
_READ = "        self.reads.append((sender, get))\n"
_HAVE = "        self.send(sender, Have(len(self.entries)))\n"

RIGHT["10.3"] += (
    # the record first, in a context of its own
    "class Change:\n"
    "    __slots__ = ('entry',)\n\n"
    "    def __init__(self, node, put):\n"
    "        self.entry = Logged(node.lsn + 1, put.key, put.value)\n"
    "        node.write(self.entry)\n"
    "        node.lsn += 1\n\n\n" + _PRIMARY + _FULL + "        entry = Change(self, put).entry\n"
    "        self.broadcast(Replicate(entry))\n" + _SET + _REPLY,
)
WRONG["10.3"] += (
    (
        # a write that changes nothing is not logged
        _PRIMARY
        + "        if put.key in self.values and self.values[put.key] == put.value:\n"
        + "    "
        + _REPLY
        + "            return\n"
        + _ON_PUT,
        "the log gets nothing",
    ),
    (
        # an operation is known by its number alone
        _PRIMARY
        + "        self.seen = getattr(self, 'seen', set())\n"
        + "        if put.op in self.seen:\n"
        + "            return\n"
        + "        self.seen.add(put.op)\n"
        + _ON_PUT,
        "the log gets nothing",
    ),
    (
        _PRIMARY
        + _FULL
        + _ENTRY
        + _WRITE
        + _SET
        + _REPLY
        + "        for peer in self.peers[:2]:\n            self.send(peer, Replicate(entry))\n",
        "not sent to the replica s",
    ),
    (
        # an empty value is no value
        _PRIMARY
        + _FULL
        + _ENTRY
        + _WRITE
        + "        self.set(put.key, put.value or None)\n"
        + _REPLY
        + _TELL,
        "does not hold it",
    ),
    (
        # the first entries only after a restart
        "class OrderedPrimary(Primary):\n"
        "    def on_start(self, log):\n"
        "        super().on_start(log[:6])\n\n"
        "    def on_put(self, sender, put):\n" + _ON_PUT,
        "after a restart",
    ),
    (
        # room for what is written since the start
        "class OrderedPrimary(Primary):\n"
        "    written = 0\n\n"
        "    def on_put(self, sender, put):\n"
        + _FULL.replace("self.lsn ==", "self.written ==")
        + "        self.written += 1\n"
        + _ENTRY
        + _WRITE
        + _SET
        + _REPLY
        + _TELL,
        "and the primary has restarted",
    ),
)

WRONG["10.4"] += (
    (
        # looks no further than 1,000
        _VISIBLE
        + "    reached = sorted(have, reverse=True)[acks - 1]\n"
        + "    reached = min(reached, 1_000)\n"
        + "    return max(before, reached) if reached >= first else before\n",
        "already",
    ),
    (
        _VISIBLE
        + "    reached = sorted(have[:9], reverse=True)[min(acks, 9) - 1]\n"
        + "    return max(before, reached) if reached >= first else before\n",
        "already",
    ),
)
WRONG["10.5"] += (
    (
        _VOTE
        + "    size = 10**9\n"
        + "    return theirs.epoch * size + theirs.lsn >= mine.epoch * size + mine.lsn\n",
        "no shorter, but older",
    ),
    (
        _VOTE + "    return theirs.epoch + theirs.lsn / 10**7 >= mine.epoch + mine.lsn / 10**7\n",
        "no shorter, but older",
    ),
)

RIGHT["10.7"] += (
    # reads in a heap, by their positions
    "import heapq\n\n\n"
    + _replica(
        (_READ, "        heapq.heappush(self.reads, (get.after.lsn, sender, get.op, get))\n"),
        (
            "        reads, self.reads = self.reads, []\n"
            "        for client, get in reads:\n"
            "            if get.after.lsn > len(self.entries):\n"
            "                self.reads.append((client, get))\n"
            "                continue\n",
            "        while self.reads and self.reads[0][0] <= len(self.entries):\n"
            "            _, client, _, get = heapq.heappop(self.reads)\n",
        ),
    ),
    # the state as a property of the log
    _replica(
        (
            "            value = None\n"
            "            for entry in self.entries:\n"
            "                if entry.key == get.key:\n"
            "                    value = entry.value\n",
            "            newest = (one.value for one in reversed(self.entries) if one.key == get.key)\n"
            "            value = next(newest, None)\n",
        )
    ),
)
WRONG["10.7"] += (
    (
        # a read is known by its number alone
        _replica(
            (
                _READ,
                "        self.reads = [one for one in self.reads if one[1].op != get.op]\n" + _READ,
            )
        ),
        "no answer, and",
    ),
    (_replica((_READ, _READ + "        self.reads = self.reads[-6:]\n")), "is right"),
    (_replica((_HAVE, _HAVE.replace("sender", '"p"'))), "is right: one answer for each Ship"),
    (_replica(("list(log)", "list(log)[:12]")), "one answer for each Ship"),
    (
        _replica(
            (
                "        for entry in ship.entries[",
                "        if not ship.entries:\n            return\n        for entry in ship.entries[",
            )
        ),
        "nothing is sent",
    ),
    (_replica(("Answer(value,", "Answer(value or None,")), "is right"),
    (
        _replica(("len(self.entries) - ship.after:]", "len(self.entries) - ship.after:][:10]")),
        "is right",
    ),
    (
        # reads are dropped after a while
        "from dataclasses import dataclass\n\n\n"
        "@dataclass(frozen=True, slots=True)\n"
        "class Forget(Timer):\n    pass\n\n\n"
        + _replica(
            (_READ, _READ + "        self.set_timer(Forget(), 600)\n"),
            (
                "    def answer_reads",
                "    def on_forget(self, timer):\n        self.reads = []\n\n    def answer_reads",
            ),
        ),
        "no answer, and",
    ),
)


# --- plans of touches, with times as a mouse gives them, and others that come close ---------------

RIGHT["10.6"] += (
    _touched(
        'partition([["c", "n2", "n4"], ["n1", "n3", "n5"]], 333.7, 381.2)', 'crash("n2", 379.9)'
    ),
    _touched('partition([["n2", "n5"], ["n1", "n3", "n4"]], 322.2, 509.3)'),
    'plan = [At(300, Partition({"c", "n2", "n1"}, {"n3", "n4", "n5"})), At(600, Heal())]',
    _touched('partition([["n1", "n3", "n4"], ["n2", "n5"]], 255.5, 470.0)'),
    _touched('partition([["c", "n2", "n4"], ["n1", "n3", "n5"]], 255.0, 380.0)'),
)
WRONG["10.6"] += (
    (
        _touched('partition([["c", "n2", "n4"], ["n1", "n3", "n5"]], 301.4, 611.8)'),
        "2 writes are acknowledged and none is lost, although n2 leads a later epoch in the end",
    ),
    (
        _touched('partition([["c", "n2", "n4"], ["n1", "n3", "n5"]], 333.7, 381.2)'),
        "2 writes are acknowledged and none is lost: the first primary leads to the end",
    ),
    (
        _touched('crash("n2", 379.9)'),
        "2 writes are acknowledged and none is lost, although n4 leads a later epoch in the end",
    ),
    (
        _touched('isolate("n2", 300.3, 600.0)'),
        "1 write is acknowledged, and it is not lost, although n3 leads a later epoch in the end",
    ),
    (_touched('isolate("c", 100.0, 600.0)'), "No write is acknowledged, so none can be lost"),
    (_touched('crash("c", 222.2)'), "No write is acknowledged, so none can be lost"),
    (
        _touched('partition([["c", "n2", "n4", "n5"], ["n1", "n3"]], 300.1, 500.0)'),
        "2 writes are acknowledged and none is lost, although n2 leads a later epoch in the end",
    ),
    (
        _touched('pause("n2", 351.2, 520.0)'),
        "1 write is acknowledged, and it is not lost, although n5 leads a later epoch in the end",
    ),
    (
        _touched('pause("n2", 300.0, 700.0)'),
        "1 write is acknowledged, and it is not lost, although n4 leads a later epoch in the end",
    ),
    (
        _touched('partition([["c", "n2", "n4"], ["n1", "n3", "n5"]], 380.6, 500.0)'),
        "2 writes are acknowledged and none is lost: the first primary leads to the end",
    ),
    (
        _touched('partition([["c", "n2", "n4"], ["n1", "n3", "n5"]], 530.6, 600.0)'),
        "comes too late",
    ),
    (
        'plan = [At(0, Partition({"n1", "n2", "n3", "n4", "n5"}, {"c"}))]',
        "No write is acknowledged, so none can be lost",
    ),
    (
        'plan = [At(0, Lose("n2", "n3", "AppendEntries", 60))]',
        "has no effect: n2 sends n3 45 messages of type AppendEntries",
    ),
    (
        'plan = [At(0, Delay("n2", "n3", "AppendEntries", 14, latency_ms=400))]',
        "comes too late (it arrives at 759.251 ms)",
    ),
    (
        'plan = [At(0, Lose("n2", "n3", "Append", 1))]',
        "has no effect: n2 sends n3 no messages of type Append",
    ),
    (
        'plan = [At(0, Crash("n2"))]',
        "1 write is acknowledged, and it is not lost, although n1 leads a later epoch in the end",
    ),
    (
        'plan = [At(500, Pause("n2")), At(600, Resume("n2")), At(540, Cut("n2", "n1"))]',
        "comes too late",
    ),
)

# equal messages, names and keys, compared by identity: what comes over a wire is another object
WRONG["10.7"] += (
    (
        but(
            having(RIGHT["10.7"], "if entry.key == get.key"),
            ("if entry.key == get.key", "if entry.key is get.key"),
        ),
        "compares by `is`",
    ),
)
