"""Planted answers to the exercises of chapter 06: source, and for wrong ones a part of the message meant for it."""

# ruff: noqa: E501

from functools import partial

from tests.exercises.altered import altered, same_object
from tests.exercises.by_touch import by_touch

_touched = partial(by_touch, "one_transfer.one_transfer")


def _order(decide: str, promise: str, obey: str) -> str:
    """The source of an order; each moment's steps by their first letters."""
    steps = {
        "t": "tell the participants", "a": "answer the client", "d": "write Decided", "v": "vote yes",
        "p": "write Prepared", "c": "confirm", "o": "write Outcome",
    }  # fmt: skip
    moments = {
        "coordinator, all voted yes": decide,
        "participant, can commit": promise,
        "participant, told to commit": obey,
    }
    return f"order = { {moment: [steps[s] for s in order] for moment, order in moments.items()} }\n"


_ANSWER = "def answer(voted, outcome):\n"

_PARTICIPANT = """class MyParticipant(Node):
    def __init__(self, id, peers=()):
        super().__init__(id, peers)
        self.data = {}
        self.promises = {}
        self.ends = {}

    def on_start(self, log):
        for record in log:
            if isinstance(record, Prepared):
                self.promises[record.tx] = record
            if isinstance(record, Outcome):
                self.apply(record.tx, record.commit)
        for tx in self.open():
            self.set_timer(DecisionDue(tx), 80)

    def open(self):
        return [tx for tx in self.promises if tx not in self.ends]

    def on_prepare(self, sender, prepare):
        tx = prepare.tx
        locked = {key for t in self.open() for key, _ in self.promises[t].writes}
        if tx not in self.promises and tx not in self.ends:
            if any(value < 0 for _, value in prepare.writes) or locked & {k for k, _ in prepare.writes}:
                self.end(tx, False)
            else:
                record = Prepared(tx, prepare.writes, sender, prepare.participants)
                self.promises[tx] = record
                self.write(record)
                self.set_timer(DecisionDue(tx), 80)
        self.send(sender, Vote(tx, self.ends.get(tx, True)))

    def on_decision(self, sender, decision):
        tx = decision.tx
        if tx not in self.ends:
            self.end(tx, decision.commit)
        if decision.commit:
            self.send(self.promises[tx].coordinator, Ack(tx))

    def on_inquire(self, sender, inquire):
        tx = inquire.tx
        if tx in self.open():
            return
        if tx not in self.ends:
            self.end(tx, False)
        self.send(sender, Decision(tx, self.ends[tx]))

    def on_decision_due(self, timer):
        tx = timer.tx
        if tx in self.open():
            record = self.promises[tx]
            for name in [record.coordinator, *record.participants]:
                if name != self.id:
                    self.send(name, Inquire(tx))
            self.set_timer(timer, 80)

    def end(self, tx, commit):
        self.write(Outcome(tx, commit))
        self.apply(tx, commit)

    def apply(self, tx, commit):
        self.ends[tx] = commit
        if commit:
            self.data.update(self.promises[tx].writes)
"""
_REMEMBERING = """class Entry:
    __slots__ = ("promise", "commit")

    def __init__(self):
        self.promise = None
        self.commit = None


class MyParticipant(Node):
    def __init__(self, id, peers=()):
        super().__init__(id, peers)
        self.data = {}
        self.entries = {}

    def on_start(self, log):
        for record in log:
            entry = self.entries.setdefault(record.tx, Entry())
            if type(record) is Prepared:
                entry.promise = record
            else:
                entry.commit = record.commit
                if record.commit:
                    self.data = {**self.data, **dict(entry.promise.writes)}
        for tx, entry in self.entries.items():
            if entry.commit is None:
                self.on_decision_due(DecisionDue(tx))

    def on_prepare(self, sender, prepare):
        entry = self.entries.setdefault(prepare.tx, Entry())
        if entry.promise is None and entry.commit is None:
            mine = {key for key, _ in prepare.writes}
            free = not any(
                other.commit is None and mine & {key for key, _ in other.promise.writes}
                for other in self.entries.values()
                if other.promise is not None
            )
            if free and min(value for _, value in prepare.writes) >= 0:
                entry.promise = Prepared(prepare.tx, prepare.writes, sender, prepare.participants)
                self.write(entry.promise)
                self.set_timer(DecisionDue(prepare.tx), 80)
            else:
                entry.commit = False
                self.write(Outcome(prepare.tx, False))
        self.send(sender, Vote(prepare.tx, entry.commit is not False))

    def on_decision(self, sender, decision):
        entry = self.entries.setdefault(decision.tx, Entry())
        if entry.commit is None and (entry.promise is not None or not decision.commit):
            entry.commit = decision.commit
            self.cancel_timer(DecisionDue(decision.tx))
            self.write(Outcome(decision.tx, decision.commit))
            if decision.commit:
                self.data = {**self.data, **dict(entry.promise.writes)}
        if decision.commit:
            self.send(entry.promise.coordinator, Ack(decision.tx))

    def on_inquire(self, sender, inquire):
        entry = self.entries.setdefault(inquire.tx, Entry())
        if entry.promise is None and entry.commit is None:
            entry.commit = False
            self.write(Outcome(inquire.tx, False))
        if entry.commit is not None:
            self.send(sender, Decision(inquire.tx, entry.commit))

    def on_decision_due(self, timer):
        promise = self.entries[timer.tx].promise
        for name in sorted({promise.coordinator, *promise.participants} - {self.id}):
            self.send(name, Inquire(timer.tx))
        self.set_timer(timer, 80)
"""


def _participant(old: str, new: str) -> str:
    """The source of the participant with a mistake."""
    assert old in _PARTICIPANT, old
    return _PARTICIPANT.replace(old, new)


def _patient(end: str) -> str:
    """The source of the participant that stops asking after 300 inquiries."""
    return _participant(
        "            self.set_timer(timer, 80)\n",
        "            self.asked[tx] = self.asked.get(tx, 0) + 1\n            if self.asked[tx] == 300:\n"
        f"                {end}\n            self.set_timer(timer, 80)\n",
    ).replace("        self.ends = {}\n", "        self.ends = {}\n        self.asked = {}\n")


_REPLAYING = '''class MyParticipant(Node):
    """Keeps the log itself, and computes everything from it."""
    def __init__(self, id, peers=()):
        super().__init__(id, peers)
        self.records = []
        self.data = {}
    def on_start(self, log):
        self.records = list(log)
        self.refresh()
        for tx in sorted(self.doubtful()):
            self.set_timer(DecisionDue(tx), 80)
    def refresh(self):
        self.data.clear()
        for r in self.records:
            if isinstance(r, Outcome) and r.commit:
                self.data.update(dict(self.promise(r.tx).writes))
    def note(self, record):
        self.write(record)
        self.records.append(record)
        self.refresh()
    def promise(self, tx):
        return next((r for r in self.records if isinstance(r, Prepared) and r.tx == tx), None)
    def outcome(self, tx):
        return next((r.commit for r in self.records if isinstance(r, Outcome) and r.tx == tx), None)
    def doubtful(self):
        return {r.tx for r in self.records if isinstance(r, Prepared)} - {r.tx for r in self.records if isinstance(r, Outcome)}
    def on_prepare(self, sender, prepare):
        if self.promise(prepare.tx) is None and self.outcome(prepare.tx) is None:
            keys = dict(prepare.writes)
            bad = any(v < 0 for v in keys.values()) or any(k in keys for t in self.doubtful() for k, _ in self.promise(t).writes)
            self.note(Outcome(prepare.tx, False) if bad else Prepared(prepare.tx, prepare.writes, sender, prepare.participants))
            if not bad:
                self.set_timer(DecisionDue(prepare.tx), 80)
        self.send(sender, Vote(prepare.tx, self.outcome(prepare.tx) is not False))
    def on_decision(self, sender, d):
        if self.outcome(d.tx) is None and self.promise(d.tx) is not None:
            self.note(Outcome(d.tx, d.commit))
        if d.commit and self.outcome(d.tx):
            self.send(self.promise(d.tx).coordinator, Ack(d.tx))
    def on_inquire(self, sender, q):
        if q.tx in self.doubtful():
            return
        if self.outcome(q.tx) is None:
            self.note(Outcome(q.tx, False))
        self.send(sender, Decision(q.tx, self.outcome(q.tx)))
    def on_decision_due(self, timer):
        if timer.tx in self.doubtful():
            p = self.promise(timer.tx)
            for n in {p.coordinator, *p.participants} - {self.id}:
                self.send(n, Inquire(timer.tx))
            self.set_timer(timer, 80)
'''

RIGHT = {
    "06.3": (
        "votes_ms = 80",
        "votes_ms = 90.5",
        "from fractions import Fraction\nvotes_ms = Fraction(170, 2)",
        "import numpy as np\nvotes_ms = np.int64(85)",
    ),
    "06.4": (
        _order("dta", "pv", "oc"),
        _order("dat", "pv", "oc"),
        _order("dta", "pv", "oc")
        + "import numpy as np\norder = {moment: np.array(steps) for moment, steps in order.items()}\n",
        _order("dta", "pv", "oc")
        + "order = {moment: tuple(steps) for moment, steps in order.items()}\n",
        _order("dat", "pv", "oc")
        + "from types import MappingProxyType\n"
        + "order = MappingProxyType({moment: iter(steps) for moment, steps in order.items()})\n",
    ),
    "06.5": (
        _ANSWER
        + "    if voted is None:\n"
        + "        return 'abort'\n"
        + "    return outcome or ('abort' if voted == 'no' else None)\n",
        _ANSWER + "    return {None: 'abort', 'no': 'abort', 'yes': outcome}[voted]\n",
        "from functools import cache\n\n\n@cache\n"
        + _ANSWER
        + "    match voted, outcome:\n        case _, 'commit' | 'abort':\n            return outcome\n"
        "        case 'yes', None:\n            return None\n    return 'abort'\n",
        "import numpy as np\nclass Rule:\n    __slots__ = ()\n    def __call__(self, voted, outcome):\n"
        "        return np.str_('abort') if voted != 'yes' else outcome\nanswer = Rule()\n",
    ),
    "06.7": (
        _PARTICIPANT,
        _REMEMBERING,
        _REPLAYING,
        # repeats its own vote of yes, though the transaction has been aborted since
        _participant("Vote(tx, self.ends.get(tx, True))", "Vote(tx, tx in self.promises)"),
        # asks at once after a restart
        _participant(
            "            self.set_timer(DecisionDue(tx), 80)\n\n    def open",
            "            self.on_decision_due(DecisionDue(tx))\n\n    def open",
        ),
        # ignores an abort of a transaction of which it has not been asked yet
        _participant(
            "        if tx not in self.ends:\n            self.end(tx, decision.commit)\n",
            "        if tx in self.open():\n            self.cancel_timer(DecisionDue(tx))\n"
            "            self.end(tx, decision.commit)\n",
        ),
    ),
    "06.6": (
        'plan = [At(22, Crash("c")), At(300, Recover())]',
        'plan = [At(39, Partition({"c"}, {"p1", "p2"})), At(300, Heal())]',
        'plan = [At(25, Partition({"c"}, {"p1", "p2"})), At(280, Heal())]',
        'plan = [At(12, Crash("c")), At(260, Restart("c"))]',
        'plan = (At(ms, fault) for ms, fault in ((29.5, Crash("c")), (300, Restart("c"))))',
        # plans of touches: c stands still, or is cut off from all others
        'plan = [At(25, sim.Pause("c")), At(260, sim.Resume("c"))]',
        'plan = [At(35, Partition({"c"}, {"u", "p1", "p2"}))] '
        '+ [At(265, Heal(*way)) for a in ("u", "p1", "p2") for way in ((a, "c"), ("c", a))]',
    ),
}

WRONG = {
    "06.3": (
        ("votes_ms = 40", "abort although nothing has failed"),
        ("votes_ms = 60", "abort although nothing has failed"),
        ("votes_ms = 500", "while p1 is down, p2 holds its keys for"),
        ("votes_ms = '80'", "must be a number of ms"),
        ("votes_ms = float('inf')", "must be a number of ms"),
    ),
    "06.4": (
        (_order("tad", "pv", "oc"), "One participant commits, the other aborts."),
        (_order("atd", "pv", "oc"), "The client was told one outcome"),
        (_order("adt", "pv", "oc"), "The client was told one outcome"),
        (
            _order("tda", "pv", "oc"),
            "'tell the participants' comes before 'write Decided'. One participant commits",
        ),
        (_order("dta", "vp", "oc"), "the other has no promise in its log"),
        (_order("dta", "vp", "oc"), "'vote yes' comes before 'write Prepared'"),
        (
            _order("dta", "pv", "co"),
            "'confirm' comes before 'write Outcome'. One participant commits",
        ),
        (_order("dta", "pvv", "oc"), "must stand there exactly once"),
        ("order = {'coordinator': []}", "must be a dictionary with the keys"),
    ),
    "06.5": (
        (_ANSWER + "    return outcome\n", "a node that is up could tell it"),
        (_ANSWER + "    return outcome or 'abort'\n", "and a participant aborts"),
        (
            _ANSWER + "    return outcome or ('commit' if voted == 'yes' else 'abort')\n",
            "The client was told one outcome",
        ),
        (
            _ANSWER + "    return None if voted == 'yes' else 'abort'\n",
            "a node that is up could tell it",
        ),
        (
            _ANSWER + "    return outcome == 'commit'\n",
            "it must be 'commit', 'abort' or None",
        ),
        (
            _ANSWER
            + "    if voted == 'no':\n        return None\n"
            + "    return outcome or (None if voted == 'yes' else 'abort')\n",
            "(p2 votes no.)",
        ),
        (
            _ANSWER
            + "    if outcome == 'abort' and voted == 'yes':\n        return None\n"
            + "    return outcome or (None if voted == 'yes' else 'abort')\n",
            "a participant that has voted yes knows that the transfer ends with abort",
        ),
        (
            _ANSWER
            + "    if voted is None:\n        return None if outcome else 'abort'\n"
            + "    return outcome\n",
            "a participant that has not voted knows that the transfer ends with abort",
        ),
        (
            _ANSWER
            + "    return outcome if outcome == 'commit' else None if voted == 'yes' else 'abort'\n",
            "knows that the transfer ends with abort",
        ),
        (_ANSWER + "    return votes[voted]\n", "Your code raised NameError"),
        (
            "seen = []\n"
            + _ANSWER
            + "    seen.append(1)\n    if len(seen) > 7:\n        return None\n"
            "    return outcome or (None if voted == 'yes' else 'abort')\n",
            "at first, and None in round 2",
        ),
        (
            "calls = [0]\n"
            + _ANSWER
            + "    calls[0] += 1\n    if calls[0] > 600 and voted == 'yes':\n"
            "        return outcome or 'abort'\n    return outcome or (None if voted == 'yes' else 'abort')\n",
            "gives None at first, and 'abort' in round",
        ),
        (
            "told = [None]\n"
            + _ANSWER
            + "    told[0] = outcome or told[0]\n    if voted == 'yes':\n"
            "        return outcome if outcome or len(told) < 2 else told[0]\n    told.append(voted)\n    return 'abort'\n",
            "in round 2 of the same questions",
        ),
        (
            _ANSWER + "    if voted == 'no' and outcome is None:\n        return None\n"
            "    return outcome or (None if voted == 'yes' else 'abort')\n",
            "has made sure of one outcome",
        ),
        (
            "YES = 'yes'\n"
            + _ANSWER
            + "    return outcome or (None if voted is YES else 'abort')\n",
            "the answer must follow from",
        ),
    ),
    "06.6": (
        ('plan = [At(5, Crash("c")), At(260, Restart("c"))]', "c never asks for a vote"),
        ('plan = [At(35, Crash("c")), At(260, Restart("c"))]', "holds its key for 20 ms only"),
        ('plan = [At(25, Crash("c")), At(100, Restart("c"))]', "ms only"),
        ('plan = [At(25, Crash("c"))]', "p1 still waits at 500 ms"),
        ('plan = [At(25, Crash("p1")), At(260, Restart("p1"))]', "p1 and p2 must stay up"),
        ('plan = [At(25, sim.Pause("p1")), At(260, sim.Resume("p1"))]', "p1 and p2 must stay up"),
        (
            'plan = [At(25, Cut("c", "p1")), At(26, Cut("c", "p2")), At(280, Heal())]',
            "at most two are allowed",
        ),
        (
            'plan = [At(0, sim.Lose("c", "p1", "Decision", 1)), At(0, sim.Lose("c", "p2", "Decision", 1))]',
            "ms only",
        ),
        (
            'plan = [At(0, sim.Lose("c", "p1", "Prepare", 1)), At(25, Crash("c"))]',
            "has not voted yes",
        ),
        ('plan = [At(25, sim.SetLink("c", "p1", loss=1.0))]', "the faults for this exercise are"),
        ('plan = [At(25, Crash("c9"))]', "c9"),
        ("plan = [Crash('c')]", "must be a list of At"),
    ),
    "06.7": (
        (
            _participant(
                "                self.write(record)\n                self.set_timer(DecisionDue(tx), 80)\n        self.send(sender, Vote(tx, self.ends.get(tx, True)))\n",
                "                self.send(sender, Vote(tx, True))\n                self.write(record)\n"
                "                self.set_timer(DecisionDue(tx), 80)\n                return\n"
                "        self.send(sender, Vote(tx, self.ends.get(tx, True)))\n",
            ),
            "in its log before its vote of yes",
        ),
        (
            _participant(
                "        if tx not in self.ends:\n            self.end(tx, decision.commit)\n        if decision.commit:\n            self.send(self.promises[tx].coordinator, Ack(tx))\n",
                "        if decision.commit:\n            self.send(self.promises[tx].coordinator, Ack(tx))\n"
                "        if tx not in self.ends:\n            self.end(tx, decision.commit)\n",
            ),
            "in its log before its Ack",
        ),
        (
            _participant(
                "        if tx not in self.ends:\n            self.end(tx, decision.commit)\n",
                "        self.end(tx, decision.commit)\n",
            ),
            "ended transaction",
        ),
        (
            _participant(
                "            if isinstance(record, Prepared):\n                self.promises[record.tx] = record\n            if isinstance(record, Outcome):\n",
                "            if isinstance(record, Prepared):\n                self.promises[record.tx] = record\n            if isinstance(record, Outcome) and record.commit:\n",
            ),
            "No transaction in doubt locks its keys",
        ),
        (
            _participant(
                "        for tx in self.open():\n            self.set_timer(DecisionDue(tx), 80)\n",
                "",
            ),
            "is not set: it never asks",
        ),
        (
            _participant("locked & {k for k, _ in prepare.writes}", "False"),
            "has it locked",
        ),
        (
            _participant("any(value < 0 for _, value in prepare.writes) or ", ""),
            "votes yes on a value below 0",
        ),
        (
            _participant(
                "                self.end(tx, False)\n            else",
                "                self.send(sender, Vote(tx, False))\n                return\n            else",
            ),
            "before its vote of no",
        ),
        (
            _participant(
                "        if tx in self.open():\n            return\n        if tx not in self.ends:\n",
                "        if tx not in self.ends:\n",
            ),
            "aborts on its own",
        ),
        (
            _participant(
                "        if tx not in self.ends:\n            self.end(tx, False)\n        self.send(sender, Decision(tx, self.ends[tx]))\n",
                "        if tx in self.ends:\n            self.send(sender, Decision(tx, self.ends[tx]))\n",
            ),
            "a node that is up could tell it",
        ),
        (
            _participant("[record.coordinator, *record.participants]", "[record.coordinator]"),
            "does not ask p2 every 80 ms",
        ),
        (_participant("            self.set_timer(timer, 80)\n", ""), "does not ask c every 80 ms"),
        (
            _participant(
                "            self.set_timer(timer, 80)\n", "            self.set_timer(timer, 1)\n"
            ),
            "every 80 ms is enough",
        ),
        (
            _participant("[record.coordinator, *record.participants]", "self.peers"),
            "takes no part in the transaction",
        ),
        (
            _participant(
                "        if tx in self.open():\n            record",
                "        if True:\n            record",
            ),
            "Without any fault",
        ),
        (
            _participant(
                "        if tx not in self.promises and tx not in self.ends:\n            if any",
                "        if tx not in self.ends:\n            if any",
            ),
            "It must write nothing, and writes Outcome(tx=",
        ),
        (
            _participant(
                "        locked = {key for t in self.open() for key, _ in self.promises[t].writes}\n",
                "        locked = {key for t in self.promises for key, _ in self.promises[t].writes}\n",
            ),
            "though no key is locked",
        ),
        (
            _participant(
                "        if commit:\n            self.data.update(self.promises[tx].writes)\n",
                "        if not commit:\n            return\n        self.data.update(self.promises[tx].writes[:1])\n",
            ),
            "by its log it is",
        ),
        (
            _participant(
                "        self.send(sender, Vote(tx, self.ends.get(tx, True)))\n",
                "        self.send(sender, Vote(tx, True))\n",
            ),
            "before its vote of yes",
        ),
        (
            _participant(
                "            if isinstance(record, Outcome):\n                self.apply(record.tx, record.commit)\n",
                "            if isinstance(record, Outcome):\n                self.ends[record.tx] = record.commit\n",
            ),
            "by its log it is",
        ),
        (
            "class MyParticipant(Node):\n    def on_prepare(self, sender, prepare):\n"
            "        self.write(Outcome(prepare.tx, False))\n        self.send(sender, Vote(prepare.tx, False))\n"
            "    def on_decision(self, sender, decision):\n        pass\n"
            "    def on_inquire(self, sender, inquire):\n        pass\n",
            "though no key is locked and no value is below 0",
        ),
        (
            _participant(
                "for tx in self.open():\n            self.set",
                "for tx in self.open()[:1]:\n            self.set",
            ),
            "is not set: it never asks",
        ),
        (
            _participant(
                "for tx in self.open():\n            self.set",
                "for tx in self.open()[-1:]:\n            self.set",
            ),
            "is not set: it never asks",
        ),
        (_patient("return"), "and DecisionDue(5) is not set: it never asks"),
        (
            _patient("return self.end(tx, False)"),
            "It must write nothing, and writes Outcome(tx=5, commit=False)",
        ),
        (
            _participant(
                "        for tx in self.open():\n            self.set",
                "        for tx in self.promises:\n            self.set",
            )
            .replace(
                "        if tx in self.open():\n            record",
                "        if True:\n            record",
            )
            .replace(
                "        self.write(Outcome(tx, commit))\n",
                "        self.write(Outcome(tx, commit))\n        self.cancel_timer(DecisionDue(tx))\n",
            ),
            "It must send nothing, and sends Inquire",
        ),
        (
            _participant(
                "            record = self.promises[tx]\n",
                "            record = next(iter(self.promises.values()))\n",
            ),
            "It must send Inquire",
        ),
        (
            _participant(
                "if isinstance(record, Outcome):\n",
                "if isinstance(record, Outcome) and record.tx in self.promises:\n",
            ),
            "It must write nothing, and writes Outcome(tx=",
        ),
        (
            _participant(
                "        self.send(sender, Decision(tx, self.ends[tx]))",
                "        if sender not in self.told:\n            self.told[sender] = tx\n"
                "            self.send(sender, Decision(tx, self.ends[tx]))",
            ).replace(
                "        self.ends = {}\n", "        self.ends = {}\n        self.told = {}\n"
            ),
            "and sends nothing",
        ),
        (
            _participant(
                "        if tx not in self.ends:\n            self.end(tx, decision.commit)\n        if decision.commit:\n            self.send",
                "        if tx not in self.ends:\n            self.end(tx, decision.commit)\n            if decision.commit:\n                self.send",
            ),
            "and sends nothing",
        ),
        (
            _participant("self.send(self.promises[tx].coordinator, Ack", "self.send(sender, Ack"),
            "It must send Ack",
        ),
        (_participant("self.promises[tx].coordinator", "'c'"), "and sends Ack"),
        (
            _participant(
                "        if decision.commit:\n",
                "        if decision.commit and sender == self.promises[tx].coordinator:\n",
            ),
            "and sends nothing",
        ),
        (
            _participant(
                "        if tx not in self.ends:\n            self.end(tx, False)\n        self.send(sender, Decision(tx, self.ends[tx]))\n",
                "        self.send(sender, Decision(tx, self.ends.get(tx, False)))\n",
            ),
            "It must write Outcome",
        ),
        (
            _participant("in self.open() for key", "in self.open()[-1:] for key"),
            "A transaction in doubt locks its key",
        ),
        (_participant("value < 0 for", "value <= 0 for"), "and no value is below 0"),
        (_participant("value < 0 for", "value <= -1 for"), "A value is below 0"),
        (
            _participant(
                "any(value < 0 for _, value in prepare.writes)", "prepare.writes[0][1] < 0"
            ),
            "A value is below 0",
        ),
        (
            _participant(
                "        self.ends[tx] = commit\n",
                "        self.ends[tx] = commit\n"
                "        if len(self.ends) > 20:\n            self.ends.pop(next(iter(self.ends)))\n",
            ),
            "It must send nothing, and sends Inquire",
        ),
        (
            _participant(
                "                self.apply(record.tx, record.commit)\n",
                "                self.ends[record.tx] = record.commit\n                if record.commit:\n"
                "                    self.data = {**dict(self.promises[record.tx].writes), **self.data}\n",
            ),
            "by its log it is",
        ),
        (
            _participant("sender, prepare.participants)", "sender, (self.id,))"),
            "does not ask p2 every 80 ms",
        ),
        (
            _participant(
                "            self.set_timer(timer, 80)\n",
                "            self.set_timer(timer, 159)\n",
            ),
            "It sets its timer to 159 ms",
        ),
        (
            _participant(
                "            self.data.update(self.promises[tx].writes)\n",
                "            for key, value in self.promises[tx].writes:\n"
                "                self.data[key] = value or self.data.get(key, 0)\n",
            ),
            "by its log it is",
        ),
        (
            "SEEN = {}\n\n\n"
            + _participant(
                "        self.ends[tx] = commit\n", "        self.ends[tx] = SEEN[tx] = commit\n"
            ).replace(
                "        tx = timer.tx\n",
                "        tx = timer.tx\n        if tx in SEEN and tx in self.open():\n            self.end(tx, SEEN[tx])\n",
            ),
            "commits on its own",
        ),
        (
            _participant(
                "        self.send(sender, Vote(tx, self.ends.get(tx, True)))\n",
                "        if tx in self.ends and tx in self.promises:\n            return\n"
                "        self.send(sender, Vote(tx, self.ends.get(tx, True)))\n",
            ),
            "and sends nothing",
        ),
        ("class MyParticipant:\n    pass\n", "must be a class derived from Node"),
    ),
}


# --- plans of touches, with times as a mouse gives them, and others that come close ---------------

RIGHT["06.6"] += (
    _touched('isolate("c", 36.6, 251.9)'),
    _touched('pause("c", 11.1, 240.8)'),
    _touched('crash("c", 27.4)', 'restart("c", 243.0)'),
    _touched('partition([["c"], ["p1", "p2"]], 21.7, 299.9)'),
    _touched('crash("c", 13.9)', 'restart("c", 333.3)'),
    _touched('partition([["c", "u"], ["p1", "p2"]], 33.1, 238.6)'),
    _touched('isolate("c", 36.6, 200.9)'),
    _touched('pause("c", 12.4, 480.0)'),
)
WRONG["06.6"] += (
    (
        _touched('crash("c", 8.8)', 'restart("c", 260.0)'),
        "c never asks for a vote, so no participant waits",
    ),
    (_touched('crash("c", 31.3)', 'restart("c", 260.0)'), "p1 holds its key for 20 ms only"),
    (_touched('isolate("c", 41.2, 280.0)'), "p1 holds its key for 20 ms only"),
    (
        _touched('pause("p1", 12.4, 300.0)'),
        "p1 and p2 must stay up: they shall wait although they both work",
    ),
    (_touched('isolate("p1", 22.2, 300.0)'), "p2 holds its key for 60 ms only"),
    (_touched('crash("u", 0.0)'), "c never asks for a vote, so no participant waits"),
    (
        _touched('lose(the("c\'s 1st Prepare to p2"))', 'crash("c", 26.2)'),
        "p1 holds its key for 100 ms only",
    ),
    (_touched('move(the("c\'s 1st Prepare to p2"), 140.6)'), "p1 holds its key for 60 ms only"),
    (_touched('lose(the("p1\'s 1st Vote to c"))'), "p1 holds its key for 60 ms only"),
    (
        _touched('invoke("u", 60.0, "transfer", None, {"p1": {"x": 1}, "p2": {"x": 2}})'),
        "the faults for this exercise are",
    ),
    (_touched('crash("c", 27.4)', 'restart("c", 470.2)'), "p1 still waits at 500 ms"),
    (
        'plan = [At(0, sim.Delay("u", "c", "Submit", 1, latency_ms=489.6))]',
        "p1 still waits at 500 ms",
    ),
    (
        'plan = [At(0, sim.Lose("c", "p1", "Commit", 1)), At(0, sim.Lose("c", "p2", "Commit", 1))]',
        "has no effect: c sends p1 no messages of type Commit",
    ),
    (
        'plan = [At(35, sim.Lose("c", "p1", "Decision", 1))]',
        "has no effect: the message is sent at 30 ms, before that; plan it at 0 ms",
    ),
    ('plan = [At(25, sim.Resume("p1"))]', "p1 holds its key for 20 ms only"),
)

# equal messages, names and keys, compared by identity: what comes over a wire is another object
WRONG["06.7"] += (
    (
        altered(
            "06.7",
            (
                "if decision.tx not in self.outcomes",
                f"if not {same_object('decision.tx', 'self.outcomes')}",
            ),
        ),
        "`on_decision` compares by `is`",
    ),
    (altered("06.7", ("if name != self.id", "if name is not self.id")), "and sends Inquire"),
)
