"""Planted answers to the exercises of chapter 14: source, and for wrong ones a part of the message meant for it."""

from functools import partial

from tests.exercises.altered import altered, but, having, same_object
from tests.exercises.by_touch import by_touch

_touched = partial(by_touch, "forgotten_vote.forgetful_world")


_GRANT = "def grant(term, voted, mine, asked, candidate, theirs):\n"
_FREE = 'voted in ("", candidate)'
_COUNT = """        reached = [self.log.last_index, *(self.match_index.get(peer, 0) for peer in self.others)]
        index = sorted(reached, reverse=True)[{index}]
        if index > self.commit_index and {needs}:
            {then}
"""
_LEADER = "class CarefulLeader(Raft):\n    def advance_commit(self):\n"

_ACCEPTOR = """class Acceptor(Node):
    def __init__(self, id, peers=()):
        super().__init__(id, peers)
        self.promised = self.accepted = Ballot()
        self.value = None

    def on_start(self, log):
        for record in log:
            self.promised, self.accepted, self.value = record

    def on_prepare(self, sender, prepare):
        if prepare.ballot < self.promised:
            self.send(sender, Nack(prepare.ballot, self.promised))
        else:
            self.promised = prepare.ballot
            self.write((self.promised, self.accepted, self.value))
            self.send(sender, Promise(prepare.ballot, self.accepted, self.value))

    def on_accept(self, sender, accept):
        if accept.ballot < self.promised:
            self.send(sender, Nack(accept.ballot, self.promised))
        else:
            self.promised = self.accepted = accept.ballot
            self.value = accept.value
            self.write((self.promised, self.accepted, self.value))
            self.send(sender, Accepted(accept.ballot, accept.value))
"""


def _acceptor(*changes):
    """The acceptor with some of its text replaced."""
    text = _ACCEPTOR
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


_KEEP = "            self.write((self.promised, self.accepted, self.value))\n"
_PROMISE = "            self.send(sender, Promise(prepare.ballot, self.accepted, self.value))\n"


_PROPOSER = """class Proposer(Client):
    def __init__(self, id, peers):
        super().__init__(id, peers)
        self.ballot, self.op = Ballot(), None
        self.promises, self.accepted, self.proposing = {}, set(), False

    def on_start(self, log):
        self.ballot = max(log, default=Ballot())

    def on_invoke(self, op):
        self.op = op
        self.try_again()

    def on_proposal_due(self, timer):
        self.try_again()

    def try_again(self):
        self.ballot = Ballot(self.ballot.round + 1, self.id)
        self.write(self.ballot)
        self.promises, self.accepted, self.proposing = {}, set(), False
        self.set_timer(ProposalDue(), (40, 80))
        self.broadcast(Prepare(self.ballot))

    def on_promise(self, sender, promise):
        if self.op is None or promise.ballot != self.ballot or self.proposing:
            return
        self.promises[sender] = promise
        if 2 * len(self.promises) > len(self.peers):
            self.proposing = True
            highest = max(self.promises.values(), key=lambda one: one.accepted)
            value = highest.value if highest.accepted.round else self.op.value
            self.broadcast(Accept(self.ballot, value))

    def on_accepted(self, sender, accepted):
        if self.op is None or accepted.ballot != self.ballot:
            return
        self.accepted.add(sender)
        if 2 * len(self.accepted) > len(self.peers):
            self.cancel_timer(ProposalDue())
            self.complete(self.op.id, accepted.value)
            self.op = None

    def on_nack(self, sender, nack):
        if self.op is not None and nack.ballot == self.ballot:
            self.ballot = Ballot(nack.promised.round, self.id)
            self.set_timer(ProposalDue(), (20, 60))
"""


def _proposer(*changes):
    """The proposer with some of its text replaced."""
    text = _PROPOSER
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


_BEGIN = "        self.write(self.ballot)\n"
_RAISE = "            self.ballot = Ballot(nack.promised.round, self.id)\n"
_VALUE = "            value = highest.value if highest.accepted.round else self.op.value\n"


RIGHT = {
    "14.3": (
        _GRANT
        + "    if asked > term:\n"
        + "        return theirs >= mine\n"
        + '    return asked == term and voted in ("", candidate) and theirs >= mine\n',
        _GRANT
        + "    newer = (theirs.term, theirs.index) >= (mine.term, mine.index)\n"
        + "    free = asked > term or not voted or voted == candidate\n"
        + "    return asked >= term and free and newer\n",
        "import numpy\n\n"
        + _GRANT
        + "    over, same, later = asked < term, asked == term, asked > term\n"
        + "    complete = (theirs.term, theirs.index) >= (mine.term, mine.index)\n"
        + "    return numpy.bool_(not over and complete and (later or not voted or same and voted == candidate))\n",
        # it also refuses a log that no candidate of this term can have
        _GRANT
        + "    if not max(term, theirs.term + 1) <= asked:\n"
        + "        return False\n"
        + '    free = {True: {"", candidate, voted}, False: {"", candidate}}[asked > term]\n'
        + "    return voted in free and not [theirs.term, theirs.index] < [mine.term, mine.index]\n",
    ),
    "14.4": (
        'plan = [At(30.5, Crash("n3")), At(36, Restart("n3"))]',
        'plan = [At(33, Crash("n3")), At(33.5, Restart("n3"))]',
        'plan = (At(30.5, Crash("n3")), At(32, Recover()))',
        'plan = iter([At(32, Restart("n3")), At(31, Crash("n3"))])',
        # the plan of the diagram
        _touched('crash("n3", 32.4)', 'restart("n3", 35.1)'),
    ),
    "14.5": (
        _LEADER
        + "        for index in range(self.log.last_index, self.commit_index, -1):\n"
        + "            holders = 1 + sum(at >= index for at in self.match_index.values())\n"
        + "            if 2 * holders > len(self.voters):\n"
        + "                if self.log.term_at(index) == self.term:\n"
        + "                    self.commit_to(index)\n"
        + "                return\n",
        _LEADER + "        super().advance_commit()\n",
        "from statistics import median_low\n\n"
        + _LEADER
        + "        at = [self.log.last_index] + [self.match_index.get(peer, 0) for peer in self.others]\n"
        + "        index = median_low(at)\n"
        + "        if self.log.term_at(index) != self.term:\n"
        + "            return\n"
        + "        self.commit_to(index)\n",
        # one index after the other, with an array of numpy
        "import numpy as np\n\n"
        + _LEADER
        + "        at = np.array([self.log.last_index, *(self.match_index.get(peer, 0) for peer in self.others)])\n"
        + "        for index in range(self.commit_index + 1, self.log.last_index + 1):\n"
        + "            if self.log.term_at(index) == self.term and (at >= index).mean() > 0.5:\n"
        + "                self.commit_to(index)\n",
        "from collections import Counter\n\n"
        + _LEADER
        + "        ends = Counter(self.match_index.values())\n"
        + "        holders, own = 1, max(entry.term for entry in self.log.entries)\n"
        + "        for index in range(self.log.last_index, self.commit_index, -1):\n"
        + "            holders += ends[index]\n"
        + "            if 2 * holders > len(self.voters):\n"
        + "                return self.commit_to(index) if self.log.term_at(index) == own else None\n",
    ),
    "14.6": (
        "times = (50, 250, 500)",
        "times = (70, 300, 600)",
        "from fractions import Fraction\ntimes = [Fraction(121, 2), 250.0, 500]",
        "import numpy\ntimes = numpy.array([60, 250, 500])",
    ),
    "14.7": (
        _ACCEPTOR,
        # records of its own kinds, and none for what it has written already
        """@dataclass(frozen=True, slots=True)
class Seen:
    ballot: Ballot


@dataclass(frozen=True, slots=True)
class Took:
    ballot: Ballot
    value: object


class Acceptor(Node):
    def __init__(self, id, peers=()):
        super().__init__(id, peers)
        self.lowest, self.took = Ballot(), Took(Ballot(), None)

    def on_start(self, log):
        self.took = max([r for r in log if isinstance(r, Took)], key=lambda r: r.ballot, default=self.took)
        self.lowest = max((r.ballot for r in log), default=Ballot())

    def refused(self, sender, ballot):
        if ballot < self.lowest:
            self.send(sender, Nack(ballot, self.lowest))
        return ballot < self.lowest

    def on_prepare(self, sender, prepare):
        if self.refused(sender, prepare.ballot):
            return
        if prepare.ballot > self.lowest:
            self.lowest = prepare.ballot
            self.write(Seen(prepare.ballot))
        self.send(sender, Promise(prepare.ballot, self.took.ballot, self.took.value))

    def on_accept(self, sender, accept):
        if self.refused(sender, accept.ballot):
            return
        if accept.ballot > self.took.ballot:
            self.lowest, self.took = accept.ballot, Took(accept.ballot, accept.value)
            self.write(self.took)
        self.send(sender, Accepted(accept.ballot, accept.value))
""",
        # the messages themselves as records
        """class Acceptor(Node):
    def __init__(self, id, peers=()):
        super().__init__(id, peers)
        self.log = []

    def on_start(self, log):
        self.log = list(log)

    def answer(self, sender, request, reply):
        highest = max((record.ballot for record in self.log), default=Ballot())
        if request.ballot < highest:
            self.send(sender, Nack(request.ballot, highest))
            return
        self.log.append(request)
        self.write(request)
        self.send(sender, reply)

    def on_prepare(self, sender, prepare):
        took = [record for record in self.log if isinstance(record, Accept)]
        last = took[-1] if took else Accept(Ballot(), None)
        self.answer(sender, prepare, Promise(prepare.ballot, last.ballot, last.value))

    def on_accept(self, sender, accept):
        self.answer(sender, accept, Accepted(accept.ballot, accept.value))
""",
    ),
    "14.8": (
        _PROPOSER,
        # its own timer, a record per attempt, answers in lists
        """@dataclass(frozen=True, slots=True)
class Again(Timer):
    round: int


class Attempt:
    __slots__ = ("ballot", "heard", "took", "value")

    def __init__(self, ballot):
        self.ballot, self.heard, self.took, self.value = ballot, [], [], None


class Proposer(Client):
    def __init__(self, id, peers=()):
        super().__init__(id, peers)
        self.last, self.wish, self.op, self.ask, self.heard, self.took = 0, None, None, None, [], []

    def on_start(self, log):
        self.last = max([0, *log])

    def on_invoke(self, op):
        self.op, self.wish = op.id, op.value
        self.begin()

    def begin(self):
        self.last += 1
        self.write(self.last)
        self.ask, self.heard, self.took = Ballot(self.last, self.id), [], []
        for name in self.peers:
            self.send(name, Prepare(self.ask))
        self.set_timer(Again(self.last), (50.0, 90.0))

    def on_again(self, timer):
        if self.op is not None and timer.round == self.ask.round:
            self.begin()

    def on_promise(self, sender, promise):
        if promise.ballot != self.ask or sender in [name for name, _ in self.heard]:
            return
        self.heard.append((sender, promise))
        if len(self.heard) == len(self.peers) // 2 + 1:
            value, best = self.wish, 0
            for _, one in self.heard:
                if (one.accepted.round, one.accepted.proposer) > (best if best else (0, "")):
                    value, best = one.value, (one.accepted.round, one.accepted.proposer)
            self.broadcast(Accept(self.ask, value))

    def on_accepted(self, sender, accepted):
        if self.op is None or accepted.ballot != self.ask or sender in self.took:
            return
        self.took.append(sender)
        if len(self.took) == len(self.peers) // 2 + 1:
            self.complete(self.op, accepted.value)
            self.op = None

    def on_nack(self, sender, nack):
        self.last = max(self.last, nack.promised.round)
""",
        # sessions of rounds: blocks of a hundred, reserved on disk
        _proposer(
            (
                _BEGIN,
                "        if self.ballot.round % 100 == 1 or self.ballot.round > self.reserved:\n"
                "            self.reserved = self.ballot.round + 100\n"
                "            self.write(Ballot(self.reserved, self.id))\n",
            ),
            (
                "        self.ballot, self.op = Ballot(), None\n",
                "        self.ballot, self.op, self.reserved = Ballot(), None, 0\n",
            ),
            (
                "        self.ballot = max(log, default=Ballot())\n",
                "        self.ballot = max(log, default=Ballot())\n        self.reserved = self.ballot.round\n",
            ),
        ),
        # asks only those for acceptance that have promised, and tries again at once when refused
        _proposer(
            (
                "            self.broadcast(Accept(self.ballot, value))\n",
                "            for name in sorted(self.promises):\n"
                "                self.send(name, Accept(self.ballot, value))\n",
            ),
            (
                "            self.set_timer(ProposalDue(), (20, 60))\n",
                "            self.try_again()\n",
            ),
        ),
        # remembers what was chosen; waits that grow up to a bound
        _proposer(
            (
                "        self.op = op\n        self.try_again()\n",
                "        self.op, self.wait = op, 20\n"
                "        if self.known is None:\n            self.try_again()\n            return\n"
                "        self.complete(op.id, *self.known)\n        self.op = None\n",
            ),
            (
                "        self.ballot, self.op = Ballot(), None\n",
                "        self.ballot, self.op, self.known = Ballot(), None, None\n",
            ),
            (
                "            self.complete(self.op.id, accepted.value)\n",
                "            self.known = (accepted.value,)\n            self.complete(self.op.id, *self.known)\n",
            ),
            ("(40, 80)", "(self.wait, self.wait + 10)"),
            (
                "        self.write(self.ballot)\n",
                "        self.write(self.ballot)\n        self.wait = min(160, 2 * self.wait)\n",
            ),
        ),
    ),
}

WRONG = {
    "14.3": (
        (_GRANT + "    return theirs >= mine\n", "that term is over"),
        (_GRANT + "    return asked >= term and theirs >= mine\n", "is c's already"),
        (
            _GRANT + '    return asked > term or (asked == term and voted in ("", candidate))\n',
            "may hold what is committed",
        ),
        (
            _GRANT + '    return asked >= term and voted in ("", candidate) and theirs >= mine\n',
            "no vote has been given yet",
        ),
        (
            _GRANT + '    given = voted if asked == term else ""\n'
            "    return asked >= term and not given and theirs >= mine\n",
            "the answer may be lost",
        ),
        (
            _GRANT
            + "    newer = (theirs.index, theirs.term) >= (mine.index, mine.term)\n"
            + '    return asked >= term and (asked > term or voted in ("", candidate)) and newer\n',
            "The term counts first",
        ),
        (
            _GRANT
            + "    newer = theirs.index >= mine.index\n"
            + '    return asked >= term and (asked > term or voted in ("", candidate)) and newer\n',
            "The term counts first",
        ),
        (
            _GRANT
            + "    newer = theirs.term >= mine.term\n"
            + '    return asked >= term and (asked > term or voted in ("", candidate)) and newer\n',
            "of two logs that end in the same term the longer one counts",
        ),
        (
            _GRANT
            + "    newer = theirs.term >= mine.term and theirs.index >= mine.index\n"
            + '    return asked >= term and (asked > term or voted in ("", candidate)) and newer\n',
            "though shorter, ends in a later term than mine",
        ),
        (
            _GRANT
            + '    return asked >= term and (asked > term or voted in ("", "b")) and theirs >= mine\n',
            "n12 has this vote already",
        ),
        (
            _GRANT
            + '    return asked >= term and (asked > term or voted in ("", candidate)) and theirs > mine\n',
            "which ends where mine does, lacks nothing",
        ),
        (
            _GRANT + "    return asked > term and theirs >= mine\n",
            "no vote has been given yet",
        ),
        (
            _GRANT
            + "    given = candidate.startswith(voted)\n"
            + "    return asked >= term and (asked > term or given) and theirs >= mine\n",
            "is n1's already",
        ),
        *(
            (
                _GRANT + f"    return asked >= term and (asked > term or {voted}) and {newer}\n",
                part,
            )
            for voted, newer, part in (
                (
                    _FREE,
                    "theirs.term * 1_000 + theirs.index >= mine.term * 1_000 + mine.index",
                    "The term counts first",
                ),
                (
                    _FREE,
                    "(str(theirs.term), str(theirs.index)) >= (str(mine.term), str(mine.index))",
                    "which ends in the same term as mine, is longer",
                ),
                ("not voted or voted is candidate", "theirs >= mine", "the answer may be lost"),
                (
                    "not voted or voted.startswith(candidate)",
                    "theirs >= mine",
                    "is n12's already",
                ),
                (
                    'voted.lower() in ("", candidate.lower())',
                    "theirs >= mine",
                    "is Node's already",
                ),
                (
                    "sorted(voted) in ([], sorted(candidate))",
                    "theirs >= mine",
                    "is ave's already",
                ),
            )
        ),
        (
            _GRANT
            + "    free = asked is not term or voted in ('', candidate)\n"
            + "    return asked >= term and free and theirs >= mine\n",
            "'s already",
        ),
        (
            _GRANT
            + "    free = asked > term or voted in ('', candidate)\n"
            + "    return term <= asked < term + 100 and free and theirs >= mine\n",
            "in a later term no vote has been given yet",
        ),
        (_GRANT + "    return None\n", "must be True or False"),
    ),
    "14.4": (
        ('plan = [At(25, Crash("n3")), At(26, Restart("n3"))]', "n1 has the votes of n1, n3"),
        (
            'plan = [At(31, Crash("n3")), At(39, Restart("n3"))]',
            "Two leaders need a node that votes for both",
        ),
        ('plan = [At(31, Crash("n3"))]', "no term has two leaders"),
        ('plan = [At(10, Partition({"n1", "n3"}, {"n2"}))]', "n2 has the votes of n2"),
        ('plan = [At(21, Crash("n1")), At(22, Restart("n1"))]', "no term has two leaders"),
        ('plan = [At(31, Pause("n3")), At(32, Resume("n3"))]', "n1 has the votes of n1, n3"),
        (
            'plan = [At(31, Crash("n3")), At(32, Restart("n3")), At(300, Heal())]',
            "at most two are allowed",
        ),
        ('plan = [At(31, Crash("n4"))]', "n4"),
        ("plan = None or 3", "must be a list of At"),
        # n2 leads, alone
        ('plan = [At(0, Lose("n1", "n3", "RequestVote", 1))]', "n2 has the votes of n2, n3"),
        # n3 forgets its vote, and the other request comes too early
        (
            _touched(
                'crash("n3", 31)',
                'move(next(n for n, one in run.messages.items() if one.source == "n2"), 32)',
            ),
            "no term has two leaders",
        ),
        ('plan = [At(0, Repeat("n2", "n3", "RequestVote", 1, 30))]', "n1 has the votes of n1, n3"),
        (
            'from dscourse.sim import Submit\nplan = [At(0, Submit("n1", "write", "x", 1))]',
            "the faults for this exercise are",
        ),
    ),
    "14.5": (
        (
            _LEADER + "        self.commit_to(max(self.match_index.values(), default=0))\n",
            "still be replaced",
        ),
        (
            _LEADER
            + "        if self.match_index and min(self.match_index.values()) == self.log.last_index:\n"
            + "            self.commit_to(self.log.last_index)\n",
            "is not on a majority",
        ),
        (_LEADER + "        pass\n", "on a majority with its own copy"),
        *(
            (_LEADER + _COUNT.format(index=index, needs=needs, then=then), part)
            for index, needs, then, part in (
                ("len(reached) // 2", "True", "self.commit_to(index)", "still be replaced"),
                (
                    "len(reached) // 2",
                    "index == self.log.last_index",
                    "self.commit_to(index)",
                    "whether it is the last one or not",
                ),
                (
                    "len(reached) // 2",
                    "self.log.term_at(index) == self.term",
                    "self.commit_index = max(index, self.commit_index)",
                    "applies each entry once",
                ),
                (
                    "2",
                    "self.log.term_at(index) == self.term",
                    "self.commit_to(index)",
                    "of 3 nodes",
                ),
                (
                    "min(2, len(reached) - 1)",
                    "self.log.term_at(index) == self.term",
                    "self.commit_to(index)",
                    "of 3 nodes",
                ),
                (
                    "(len(reached) - 1) // 2",
                    "self.log.term_at(index) == self.term",
                    "self.commit_to(index)",
                    "is not on a majority",
                ),
                (
                    "len(reached) // 2",
                    "self.log.term_at(index) >= self.term - 1",
                    "self.commit_to(index)",
                    "still be replaced",
                ),
            )
        ),
        (
            # the first of its own entries, in whichever term it led first
            "class CarefulLeader(Raft):\n    own_from = None\n\n    def advance_commit(self):\n"
            "        self.own_from = self.own_from or self.log.last_index\n"
            + _COUNT.format(
                index="len(reached) // 2",
                needs="index >= self.own_from",
                then="self.commit_to(index)",
            ),
            "and led term 2 before",
        ),
        (
            "class CarefulLeader(Raft):\n    led = 0\n\n    def advance_commit(self):\n"
            "        self.led = self.led or self.term\n"
            + _COUNT.format(
                index="len(reached) // 2",
                needs="self.log.term_at(index) >= self.led",
                then="self.commit_to(index)",
            ),
            "still be replaced",
        ),
        (
            # what one leader has committed, no other of the class commits again
            "class CarefulLeader(Raft):\n    done = set()\n\n    def advance_commit(self):\n"
            + _COUNT.format(
                index="len(reached) // 2",
                needs="self.log.term_at(index) == self.term "
                "and (*reached, self.id, self.term) not in self.done",
                then="self.commit_to(index)\n"
                "            self.done.add((*reached, self.id, self.term))",
            ),
            "That entry is of its own term",
        ),
        (
            _LEADER
            + _COUNT.format(
                index="min(3, len(reached) // 2)",
                needs="self.log.term_at(index) == self.term",
                then="self.commit_to(index)",
            ),
            "of 9 nodes",
        ),
        (
            _LEADER
            + _COUNT.format(
                index="len(reached) // 2",
                needs="self.log.term_at(index) == self.term",
                then="self.commit_to(min(index, self.commit_index + 5))",
            ),
            "own term",
        ),
        (
            # the indexes as texts
            _LEADER
            + "        reached = [self.log.last_index, *(self.match_index.get(peer, 0) for peer in self.others)]\n"
            "        index = int(sorted(map(str, reached), reverse=True)[len(reached) // 2])\n"
            "        if index > self.commit_index and self.log.term_at(index) == self.term:\n"
            "            self.commit_to(index)\n",
            "It commits up to",
        ),
        ("class CarefulLeader:\n    pass", "must be a class derived from Raft"),
    ),
    "14.6": (
        ("times = (190, 200, 500)", "was replaced"),
        ("times = (50, 80, 160)", "Votes are split"),
        ("times = (60, 400, 405)", "Votes are split"),
        ("times = (100, 1400, 1500)", "The time-out is long"),
        ("times = (300, 200, 100)", "must be shorter"),
        ("times = (1, 250, 500)", "8,000 messages per second"),
        ("times = (30, 250, 500)", "267 messages per second"),
        ("times = (60, 100, 500)", "was replaced"),
        ("times = (60, 250, 4_000)", "wait too long"),
        ('times = ("60", 250, 500)', "three numbers"),
        ("times = (60, 250)", "three numbers"),
        ("times = 5", "three numbers"),
    ),
    "14.7": (
        (_acceptor((_KEEP, "")), "not on disk when it was sent"),  # writes nothing
        (
            _acceptor((_KEEP + _PROMISE, _PROMISE + _KEEP)),  # tells before it writes
            "A second value could be chosen",
        ),
        (
            _acceptor(
                (
                    "Promise(prepare.ballot, self.accepted, self.value)",
                    "Promise(prepare.ballot, Ballot(), None)",
                )
            ),
            "reports nothing",
        ),
        (
            _acceptor(("accept.ballot < self.promised", "accept.ballot <= self.promised")),
            "nothing is ever chosen",
        ),
        (
            _acceptor(("prepare.ballot < self.promised", "prepare.ballot <= self.promised")),
            "nothing is ever chosen",
        ),
        (
            _acceptor(
                ("self.promised = self.accepted = accept.ballot", "self.accepted = accept.ballot")
            ),
            "the highest ballot that it has promised or accepted",
        ),
        (
            _acceptor(
                ("prepare.ballot < self.promised", "prepare.ballot.round < self.promised.round"),
                ("accept.ballot < self.promised", "accept.ballot.round < self.promised.round"),
            ),
            "A second value could be chosen",
        ),
        (
            _acceptor(
                (
                    "            self.send(sender, Nack(accept.ballot, self.promised))",
                    "            pass",
                )
            ),
            "does not answer",
        ),
        (
            _acceptor(
                ("self.promised, self.accepted, self.value = record", "self.promised = record[0]")
            ),
            "reports nothing",
        ),
        (
            _acceptor(("accept.ballot < self.promised", "accept.ballot != self.promised")),
            "nothing is ever chosen",
        ),
        (_acceptor(("        for record in log:\n", "        for record in log[:1]:\n")), "could"),
        (
            _acceptor(
                (
                    "Promise(prepare.ballot, self.accepted, self.value)",
                    "Promise(prepare.ballot, *((self.accepted, self.value) if self.value else (Ballot(), None)))",
                )
            ),
            "reports nothing",
        ),
        (
            _acceptor(
                ("Nack(prepare.ballot, self.promised)", "Nack(prepare.ballot, prepare.ballot)")
            ),
            "how high to go",
        ),
        *(
            # another order of ballots
            (
                _acceptor(
                    (
                        "prepare.ballot < self.promised",
                        f"{of('prepare.ballot')} < {of('self.promised')}",
                    ),
                    (
                        "accept.ballot < self.promised",
                        f"{of('accept.ballot')} < {of('self.promised')}",
                    ),
                ),
                "",
            )
            for of in (
                "str({})".format,
                "({0}.round, {0}.proposer[:1])".format,
                "({0}.round, {0}.proposer.lower())".format,
                "({0}.round, len({0}.proposer), {0}.proposer)".format,
                "({0}.round, hash({0}.proposer))".format,
                "(min({0}.round, 1_000), {0}.proposer)".format,
            )
        ),
        *(
            # a memory that ends
            (
                _acceptor(
                    (
                        "        self.value = None\n",
                        "        self.value = None\n        self.at = 0\n",
                    ),
                    (
                        "    def on_prepare(self, sender, prepare):\n",
                        "    def on_prepare(self, sender, prepare):\n"
                        f"        if self.now - self.at > 60_000:\n            {forget}\n"
                        "        self.at = self.now\n",
                    ),
                ),
                part,
            )
            for forget, part in (
                ("self.promised = Ballot()", "A second value could be chosen"),
                ("self.accepted, self.value = Ballot(), None", "reports nothing"),
            )
        ),
        (
            # the memory is the module's, and the disk has a mark
            "kept = {}\n\n\nclass Acceptor(Node):\n    def on_start(self, log):\n"
            "        if not log:\n            kept[self.id] = (Ballot(), Ballot(), None)\n\n"
            "    def on_prepare(self, sender, prepare):\n"
            "        promised, accepted, value = kept[self.id]\n"
            "        if prepare.ballot < promised:\n"
            "            self.send(sender, Nack(prepare.ballot, promised))\n"
            "            return\n"
            "        self.write('prepared')\n"
            "        kept[self.id] = (prepare.ballot, accepted, value)\n"
            "        self.send(sender, Promise(prepare.ballot, accepted, value))\n\n"
            "    def on_accept(self, sender, accept):\n"
            "        promised, accepted, value = kept[self.id]\n"
            "        if accept.ballot < promised:\n"
            "            self.send(sender, Nack(accept.ballot, promised))\n"
            "            return\n"
            "        self.write('accepted')\n"
            "        kept[self.id] = (accept.ballot, accept.ballot, accept.value)\n"
            "        self.send(sender, Accepted(accept.ballot, accept.value))\n",
            "another acceptor of this class",
        ),
        (
            # True for 1
            _acceptor(
                (
                    "            self.value = accept.value\n",
                    "            self.value = self.value if self.value == accept.value else accept.value\n",
                )
            ),
            "it was never asked to accept that",
        ),
        (
            # an accepted None is taken for nothing
            _acceptor(
                (
                    "Promise(prepare.ballot, self.accepted, self.value)",
                    "Promise(prepare.ballot, self.accepted if self.value is not None else Ballot(), self.value)",
                )
            ),
            "reports nothing",
        ),
        (
            "class Acceptor(Node):\n    def on_prepare(self, sender, prepare):\n"
            "        self.send(sender, Promise(prepare.ballot, Ballot(), None))\n",
            "needs a method on_accept",
        ),
        (
            "class Acceptor:\n    pass\n\n    def on_prepare(self):\n        pass\n",
            "derived from Node",
        ),
    ),
    "14.8": (
        (
            _proposer((_VALUE, "            value = self.op.value\n")),
            "which was accepted in the highest ballot",
        ),
        (
            _proposer(
                (
                    "key=lambda one: one.accepted",
                    "key=lambda one: (one.value is not None, str(one.value))",
                )
            ),
            "which was accepted in the highest ballot",
        ),
        (
            _proposer(
                (
                    "highest = max(self.promises.values(), key=lambda one: one.accepted)",
                    "highest = promise",
                )
            ),
            "which was accepted in the highest ballot",
        ),
        (
            _proposer(("if highest.accepted.round else self.op.value", "or self.op.value")),
            "which was accepted in the highest ballot",
        ),
        (
            _proposer(
                (
                    "        self.promises[sender] = promise\n",
                    "        self.promises[len(self.promises)] = promise\n",
                )
            ),
            "a promise that comes twice counts once",
        ),
        (
            _proposer(("promise.ballot != self.ballot or self.proposing", "self.proposing")),
            "a majority is required",
        ),
        (
            _proposer(("self.op is None or accepted.ballot != self.ballot", "self.op is None")),
            "not known to be chosen",
        ),
        (
            _proposer(
                (
                    "        self.accepted.add(sender)\n",
                    "        self.accepted.add((sender, self.now))\n",
                )
            ),
            "not known to be chosen",
        ),
        (
            _proposer(
                (
                    "2 * len(self.promises) > len(self.peers)",
                    "len(self.promises) == len(self.peers)",
                )
            ),
            "a majority is up",
        ),
        (
            _proposer(
                (
                    "2 * len(self.promises) > len(self.peers)",
                    "2 * len(self.promises) >= len(self.peers)",
                )
            ),
            "a majority is required",
        ),
        (
            _proposer(
                (
                    "2 * len(self.accepted) > len(self.peers)",
                    "2 * len(self.accepted) >= len(self.peers)",
                )
            ),
            "not known to be chosen",
        ),
        (_proposer((_BEGIN, "")), "before its crash, and uses it again"),
        (
            _proposer(("        self.set_timer(ProposalDue(), (40, 80))\n", "")),
            "does not end its operation within 400 ms",
        ),
        (
            _proposer(("            self.ballot = Ballot(nack.promised.round, self.id)\n", "")),
            "does not end its operation within 400 ms",
        ),
        (
            _proposer(
                ("Ballot(self.ballot.round + 1, self.id)", 'Ballot(self.ballot.round + 1, "")')
            ),
            "must carry the proposer's own name",
        ),
        (
            _proposer(
                (
                    "self.complete(self.op.id, accepted.value)",
                    "self.complete(self.op.id, self.op.value)",
                )
            ),
            "not known to be chosen",
        ),
        (_proposer((" or self.proposing:", ":")), "p sends"),
        (_proposer(("(40, 80)", "(14, 18)")), "messages for one decision"),
        (
            _proposer(
                ("self.set_timer(ProposalDue(), (40, 80))", "self.set_timer(ProposalDue(), 2_000)")
            ),
            "within 400 ms",
        ),
        (
            _proposer(
                (
                    "        self.ballot = Ballot(self.ballot.round + 1, self.id)\n",
                    "        self.ballot = Ballot(max(1, self.ballot.round), self.id)\n",
                )
            ),
            "again, which was refused",
        ),
        *(
            (
                _proposer((_RAISE, f"            self.ballot = Ballot({wrong}, self.id)\n")),
                "within 400 ms",
            )
            for wrong in (
                "self.ballot.round + 50",
                "min(1_000, nack.promised.round)",
                "2 * self.ballot.round",
            )
        ),
        *(
            # patience of its own: for tries, for seconds, and with waits that grow without a bound
            (
                _proposer(
                    (
                        "        self.op = op\n",
                        "        self.op, self.tries, self.since = op, 0, self.now\n",
                    ),
                    (
                        "    def try_again(self):\n",
                        "    def try_again(self):\n        self.tries += 1\n"
                        f"        if {over}:\n            return\n",
                    ),
                    ("(40, 80)", waits),
                ),
                "down for a minute",
            )
            for over, waits in (
                ("self.tries > 100", "(40, 80)"),
                ("self.now - self.since > 10_000", "(40, 80)"),
                ("False", "20 * 2**self.tries"),
            )
        ),
        (
            # the highest round in the class instead of on disk
            _proposer(
                (_BEGIN, "        Proposer.last = self.ballot.round\n"),
                (
                    "Ballot(self.ballot.round + 1, self.id)",
                    "Ballot(max(self.ballot.round, Proposer.last) + 1, self.id)",
                ),
                ("class Proposer(Client):\n", "class Proposer(Client):\n    last = 0\n\n"),
            ),
            "before its crash, and uses it again",
        ),
        (
            # the same in the module
            "rounds = [0]\n\n\n"
            + _proposer(
                (_BEGIN, "        rounds.append(self.ballot.round)\n"),
                (
                    "Ballot(self.ballot.round + 1, self.id)",
                    "Ballot(max(self.ballot.round, *rounds, 0) + 1, self.id)",
                ),
            ),
            "before its crash, and uses it again",
        ),
        (
            # a clock instead of a disk
            _proposer(
                (_BEGIN, ""),
                (
                    "Ballot(self.ballot.round + 1, self.id)",
                    "Ballot(max(self.ballot.round, int(self.now)) + 1, self.id)",
                ),
            ),
            "its clock is set back",
        ),
        (
            # the ballot is on disk after it is sent
            _proposer(
                (_BEGIN, ""),
                (
                    "        self.broadcast(Prepare(self.ballot))\n",
                    "        self.broadcast(Prepare(self.ballot))\n" + _BEGIN,
                ),
            ),
            "before its crash, and uses it again",
        ),
        (
            _proposer(("max(log, default=Ballot())", "log[0] if log else Ballot()")),
            "before its crash, and uses it again",
        ),
        *(
            (
                _proposer(("key=lambda one: one.accepted", f"key=lambda one: {key}")),
                "which was accepted in the highest ballot",
            )
            for key in (
                "str(one.accepted)",
                "one.accepted.round",
                "(one.accepted.round, one.accepted.proposer.lower())",
                "(one.accepted.round, len(one.accepted.proposer), one.accepted.proposer)",
            )
        ),
        (
            _proposer(("if highest.accepted.round", "if highest.value is not None")),
            "it must propose None",
        ),
        (
            # a majority of five at most
            _proposer(
                (
                    "2 * len(self.promises) > len(self.peers)",
                    "len(self.promises) >= min(3, len(self.peers) // 2 + 1)",
                ),
                (
                    "2 * len(self.accepted) > len(self.peers)",
                    "len(self.accepted) >= min(3, len(self.peers) // 2 + 1)",
                ),
            ),
            "of 9 acceptors",
        ),
        (
            "class Proposer(Client):\n    def on_invoke(self, op):\n        self.complete(op.id, op.value)\n",
            "not known to be chosen",
        ),
        (
            "class Proposer(Node):\n    def on_start(self, log):\n        pass\n",
            "derived from Client",
        ),
    ),
}


# --- plans of touches, with times as a mouse gives them, and others that come close ---------------

RIGHT["14.4"] += (
    _touched('crash("n3", 30.2)', 'restart("n3", 37.9)'),
    _touched('crash("n3", 36.4)', 'restart("n3", 37.1)'),
    'plan = (At(31, sim.Crash("n3")), At(31, sim.Restart("n3")))',
    'plan = [At(38, sim.Restart("n3")), At(30.1, sim.Crash("n3"))]',
    'plan = [At(38, sim.Crash("n3")), At(38, sim.Restart("n3"))]',
)
WRONG["14.4"] += (
    (
        _touched(
            "crash_during(next(e for e in run.world.trace.of('n3').kinds('deliver') if e.time_ms == 30), 3)",
            'restart("n3", 36.6)',
        ),
        "n3 does, but not both of its votes arrive",
    ),
    (
        'plan = [At(30, sim.CrashDuring("n3", after=3)), At(36, sim.Restart("n3"))]',
        "n3 does, but not both of its votes arrive",
    ),
    (
        'plan = [At(30, sim.Crash("n3")), At(36, sim.Restart("n3"))]',
        "In term 1, n1 has the votes of n1; n2 has the votes of n2, n3",
    ),
    (
        _touched('crash("n3", 29.8)', 'restart("n3", 37.9)'),
        "In term 1, n1 has the votes of n1; n2 has the votes of n2, n3",
    ),
    (
        _touched('crash("n3", 31.8)', 'restart("n3", 38.4)'),
        "In term 1, n1 has the votes of n1, n3; n2 has the votes of n2",
    ),
    (
        _touched('crash("n3", 38.8)', 'restart("n3", 39.6)'),
        "In term 1, n1 has the votes of n1, n3; n2 has the votes of n2",
    ),
    (
        _touched('crash("n2", 31.8)', 'restart("n2", 33.6)'),
        "In term 1, n1 has the votes of n1, n3; n2 has the votes of n2",
    ),
    (
        _touched('pause("n3", 31.8, 36.6)'),
        "In term 1, n1 has the votes of n1, n3; n2 has the votes of n2",
    ),
    (
        _touched('isolate("n3", 31.8, 36.6)'),
        "In term 1, n1 has the votes of n1, n3; n2 has the votes of n2",
    ),
    (
        _touched('lose(the("n3\'s 1st RequestVoteReply to n1"))'),
        "In term 1, n1 has the votes of n1; n2 has the votes of n2",
    ),
    (
        _touched('repeat(the("n3\'s 1st RequestVoteReply to n1"), 44.4)'),
        "In term 1, n1 has the votes of n1, n3; n2 has the votes of n2",
    ),
    (
        _touched('move(the("n1\'s 1st RequestVote to n3"), 39.9)'),
        "In term 1, n1 has the votes of n1; n2 has the votes of n2, n3",
    ),
    (
        _touched('crash("n3", 31.8)'),
        "In term 1, n1 has the votes of n1, n3; n2 has the votes of n2",
    ),
    (
        'plan = [At(30, sim.CrashDuring("n3", after=2)), At(35, sim.Restart("n3"))]',
        "n3 does, but not both of its votes arrive",
    ),
    (
        'plan = [At(31, sim.CrashDuring("n3", after=5)), At(35, sim.Restart("n3"))]',
        "has no effect: n3 handles nothing with more than 5 effects from then on",
    ),
    (
        'plan = [At(31, sim.Restart("n3")), At(33, sim.Crash("n3"))]',
        "In term 1, n1 has the votes of n1, n3; n2 has the votes of n2",
    ),
    (_touched('skew("n3", 30.5, 400.0)'), "the faults for this exercise are"),
    (
        'plan = [At(0, sim.Lose("n1", "n3", "Vote", 1))]',
        "has no effect: n1 sends n3 no messages of type Vote",
    ),
)

# equal messages, names and keys, compared by identity: what comes over a wire is another object
WRONG["14.8"] += (
    (
        altered("14.8", ("accepted.ballot != self.ballot", "accepted.ballot is not self.ballot")),
        "`on_accepted` compares by `is`",
    ),
    (
        but(
            having(RIGHT["14.8"], "or sender in self.took"),
            ("or sender in self.took", f"or {same_object('sender', 'self.took')}"),
        ),
        "p ends with 'x', which no majority has told it",
    ),
)
