"""Planted answers to the exercises of chapter 08: source, and for wrong ones a part of the message meant for it."""

from functools import partial

from tests.exercises.altered import but, having, same_object
from tests.exercises.by_touch import by_touch

_touched = partial(by_touch, "three_bullies.three_bullies")


_STORAGE = "class Fenced(TrustingStorage):\n    def on_append(self, sender, append):\n"
_ACCEPT = "self.write(Accepted(sender, append.epoch, append.number))\n"
_START = (
    "    def on_start(self, log):\n"
    "        self.highest = max((record.epoch for record in log), default=0)\n\n"
)
_HIGHEST = "        self.highest = max((record.epoch for record in log), default=0)\n"
_REFUSING = (
    "class Fenced(TrustingStorage):\n"
    "    highest = 0\n\n"
    "    def on_start(self, log):\n"
    "        pass\n"
    "{start}\n"
    "    def on_append(self, sender, append):\n"
    "        if append.epoch < self.highest:\n"
    "            self.send(sender, {tell})\n"
    "            return\n"
    "        self.highest = append.epoch\n"
    "        " + _ACCEPT
)
_VOTER = "class CarefulNode(FailoverNode):\n    def on_request_vote(self, sender, request):\n"
_ENTER = "        if request.epoch > self.epoch:\n            self._enter(request.epoch)\n"
_VOTES = (
    "            self._enter(request.epoch)\n"
    "            self.voted = sender\n"
    "            self.write(Voted(self.epoch, sender))\n"
    "            self.send(sender, Granted(self.epoch))\n"
)
_LEASE = "def lease(silence_ms, drift):\n"

# Another leader than the solution: own timers, a list of voters, one handler for all that carries an epoch.
_LEADER = """
@dataclass(frozen=True, slots=True)
class Tick(Timer):
    pass


@dataclass(frozen=True, slots=True)
class Quiet(Timer):
    pass


class Leader(Node):
    def __init__(self, id, peers, storage):
        super().__init__(id, peers)
        self.storage = storage
        self.epoch = 0
        self.choice = None
        self.voters = []
        self.role = "follower"
        self.count = 0

    def on_start(self, log):
        votes = [record for record in log if isinstance(record, Voted)]
        if votes:
            self.epoch, self.choice = votes[-1].epoch, votes[-1].candidate
        self.set_timer(Quiet(), (210, 390))

    def see(self, epoch):
        if epoch > self.epoch:
            self.epoch, self.choice, self.voters, self.role = epoch, None, [], "follower"
            self.set_timer(Quiet(), (210, 390))

    def on_quiet(self, timer):
        self.set_timer(Quiet(), (210, 390))
        self.see(self.epoch + 1)
        self.role, self.choice, self.voters = "candidate", self.id, [self.id]
        self.write(Voted(self.epoch, self.id))
        for peer in self.peers:
            self.send(peer, RequestVote(self.epoch))
        self.try_to_lead()

    def on_request_vote(self, sender, request):
        self.see(request.epoch)
        if request.epoch < self.epoch or self.choice not in (None, sender):
            return
        if self.choice is None:
            self.choice = sender
            self.write(Voted(self.epoch, sender))
        self.set_timer(Quiet(), (210, 390))
        self.send(sender, Granted(self.epoch))

    def on_granted(self, sender, granted):
        if granted.epoch == self.epoch and self.role == "candidate" and sender not in self.voters:
            self.voters.append(sender)
            self.try_to_lead()

    def try_to_lead(self):
        if len(self.voters) >= (len(self.peers) + 1) // 2 + 1:
            self.role, self.count = "leader", 0
            self.cancel_timer(Quiet())
            self.on_tick(Tick())

    def on_tick(self, timer):
        if self.role == "leader":
            self.count += 1
            self.broadcast(Beat(self.epoch, self.count))
            self.send(self.storage, Append(self.epoch, self.count))
            self.set_timer(Tick(), 50)

    def on_beat(self, sender, beat):
        self.see(beat.epoch)
        if beat.epoch == self.epoch:
            self.set_timer(Quiet(), (210, 390))

    def on_refused(self, sender, refused):
        self.see(refused.epoch)
"""


def _leader(*changes: tuple[str, str]) -> str:
    """Return the leader above with these changes."""
    text = _LEADER
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


_OWN_VOTE = "        self.write(Voted(self.epoch, self.id))\n"
_ITS_VOTE = "            self.write(Voted(self.epoch, sender))\n"

RIGHT = {
    "08.3": (
        'plan = [At(100, Cut("n3", "n2"))]',
        'plan = [At(100, Partition({"n1", "n2"}, {"n3"}))]',
        'plan = [At(150, Cut("n3", "n1")), At(151, Cut("n2", "n1"))]',
        'plan = (At(100, Crash("n3")), At(398, Restart("n3")))',
        'plan = (At(ms, Cut("n3", name)) for ms, name in ((60, "n2"), (150, "n1")))',
        # plans of touches: a node is cut off from all others, and the link heals before or after the end
        'plan = [At(100, Partition({"n2"}, {"n1", "n3"}))] '
        '+ [At(390, Heal(*way)) for a in ("n1", "n3") for way in ((a, "n2"), ("n2", a))]',
        'plan = [At(90, Cut("n2", "n3")), At(90, Cut("n3", "n2")), '
        'At(450, Heal("n2", "n3")), At(450, Heal("n3", "n2"))]',
    ),
    "08.4": (
        "class Fenced(TrustingStorage):\n"
        "    highest = 0\n\n"
        + _START
        + "    def on_append(self, sender, append):\n"
        + "        if append.epoch >= self.highest:\n"
        + "            self.highest = append.epoch\n"
        + "            "
        + _ACCEPT
        + "        else:\n"
        + "            self.send(sender, Refused(self.highest))\n",
        "class Fenced(TrustingStorage):\n"
        "    def on_start(self, log):\n"
        "        self.seen = [record.epoch for record in log]\n\n"
        "    def on_append(self, sender, append):\n"
        "        if any(epoch > append.epoch for epoch in self.seen):\n"
        "            self.send(sender, Refused(max(self.seen)))\n"
        "            return\n"
        "        self.seen.append(append.epoch)\n"
        "        " + _ACCEPT,
        # the last record has the highest epoch, and a helper object without a repr holds it
        "class Highest:\n"
        "    __slots__ = ('epoch',)\n\n"
        "class Fenced(TrustingStorage):\n"
        "    def on_start(self, log):\n"
        "        self.top = Highest()\n"
        "        self.top.epoch = log[-1].epoch if log else -1\n\n"
        "    def on_append(self, sender, append):\n"
        "        if append.epoch < self.top.epoch:\n"
        "            return self.send(sender, Refused(self.top.epoch))\n"
        "        self.top.epoch = append.epoch\n"
        "        super().on_append(sender, append)\n",
    ),
    "08.5": (
        _VOTER
        + _ENTER
        + "            self.voted = sender\n"
        + "            self.write(Voted(request.epoch, sender))\n"
        + "            self.send(sender, Granted(request.epoch))\n",
        _VOTER
        + "        if request.epoch > self.epoch:\n"
        + "            self._enter(request.epoch)\n"
        + "        if request.epoch == self.epoch and not self.voted:\n"
        + "            self.write(Voted(self.epoch, sender))\n"
        + "            self.voted = sender\n"
        + "            self.send(sender, Granted(self.epoch))\n",
        # what FailoverNode does itself is right as well: it votes again for the same candidate, and tells late ones
        "class CarefulNode(FailoverNode):\n    pass\n",
        _VOTER
        + "        if request.epoch < self.epoch:\n"
        + "            return\n"
        + _ENTER
        + "        if self.voted in ('', sender):\n"
        + "            if not self.voted:\n"
        + "                self.write(Voted(request.epoch, sender))\n"
        + "            self.voted = sender\n"
        + "            self._wait_for_leader()\n"
        + "            self.send(sender, Granted(request.epoch))\n",
    ),
    "08.6": (
        _LEASE + "    return (1 - drift) * silence_ms / (1 + drift)\n",
        _LEASE
        + "    shortest = silence_ms / (1 + drift)\n    return shortest - shortest * drift\n",
        "from fractions import Fraction\n\n\n"
        + _LEASE
        + "    slow, fast = 1 - Fraction(drift), 1 + Fraction(drift)\n"
        + "    return Fraction(silence_ms) * slow / fast\n",
        "import numpy as np\n\n\n"
        + _LEASE
        + "    return np.float64(silence_ms) * np.divide(1 - drift, 1 + drift)\n",
        _LEASE + "    exact = silence_ms * (1 - drift) / (1 + drift)\n"
        "    return int(exact) if exact > 100 else exact\n",
    ),
    "08.7": (
        _leader(),
        # __slots__ in a helper, and votes as its keys
        _leader(
            (
                "class Leader(Node):",
                "class Votes:\n    __slots__ = ('names',)\n\n\nclass Leader(Node):",
            ),
            ("self.voters = []\n", "self.voters = Votes()\n        self.voters.names = {}\n"),
            (
                "self.choice, self.voters, self.role = epoch, None, [], ",
                "self.choice, self.role = epoch, None, ",
            ),
            (
                'self.choice, self.voters = "candidate", self.id, [self.id]',
                'self.choice = "candidate", self.id\n        self.voters.names = {self.id: True}',
            ),
            ("sender not in self.voters:", "sender not in self.voters.names:"),
            ("self.voters.append(sender)", "self.voters.names[sender] = True"),
            ("len(self.voters)", "len(self.voters.names)"),
        ),
        # it writes by a timer of its own, and stands earlier at times
        _leader(
            ("(210, 390)", "(200, 300)"),
            ("            self.send(self.storage, Append(self.epoch, self.count))\n", ""),
            (
                "    def on_beat(",
                "    def on_pen(self, timer):\n"
                '        if self.role == "leader":\n'
                "            self.number += 1\n"
                "            self.send(self.storage, Append(self.epoch, self.number))\n"
                "            self.set_timer(Pen(), 50)\n\n"
                "    def on_beat(",
            ),
            (
                'self.role, self.count = "leader", 0\n',
                'self.role, self.count, self.number = "leader", 0, 0\n            self.on_pen(Pen())\n',
            ),
            (
                "class Leader(Node):",
                "@dataclass(frozen=True, slots=True)\nclass Pen(Timer):\n    pass\n\n\nclass Leader(Node):",
            ),
        ),
    ),
}

WRONG = {
    "08.3": (
        ('plan = [At(100, Crash("n3"))]', "n3 is not running at the end"),
        ('plan = [At(100, sim.Pause("n3"))]', "n3 is not running at the end"),
        (
            'plan = [At(60, Pause("n3")), At(300, Resume("n3"))]',
            "only one node believes that it leads",
        ),
        ('plan = [At(60, Partition({"n3"}, {"n1", "n2"})), At(300, Heal())]', "one node believes"),
        ('plan = [At(100, Cut("n1", "n3"))]', "only one node believes that it leads"),
        (
            'plan = [At(1, Cut("n3", "n2")), At(2, Cut("n3", "n1")), At(3, Cut("n2", "n3"))]',
            "at most two are allowed",
        ),
        (
            'plan = [At(0, sim.Lose("n3", "n2", "Victory", n)) for n in (1, 2)]',
            "only one node believes that it leads: n3",
        ),
        ('plan = [At(100, sim.SetLink("n3", "n2", loss=1.0))]', "the faults for this exercise are"),
        ('plan = [At(100, Crash("n7"))]', "n7"),
        ("plan = 'split'", "must be a list of At"),
        ('plan = [At(401, Cut("n3", "n2"))]', "believes that it leads: n3"),
        (
            'plan = [At(60, Cut("n3", "n2")), At(300, Recover())]',
            "only one node believes that it leads",
        ),
    ),
    "08.4": (
        (
            "class Fenced(TrustingStorage):\n    highest = 0\n\n"
            "    def on_append(self, sender, append):\n"
            "        if append.epoch >= self.highest:\n"
            "            self.highest = append.epoch\n"
            "            " + _ACCEPT,
            "is not told",
        ),
        (_REFUSING.format(start="", tell="Refused(self.highest)"), "what it must not forget"),
        (
            _REFUSING.format(
                start="        self.highest = 10**9 if log else 0\n", tell="Refused(self.highest)"
            ),
            "starts again",
        ),
        (_REFUSING.format(start=_HIGHEST, tell="Refused(append.epoch)"), "goes on"),
        (
            _REFUSING.format(start=_HIGHEST, tell="Accepted(sender, append.epoch, 0)"),
            "Your code raised",
        ),
        (_REFUSING.format(start=_HIGHEST, tell="Refused(self.highest + 1)"), "needs one refusal"),
        (
            # a class attribute, which the storage of the next world finds again
            "class Fenced(TrustingStorage):\n    highest = 0\n\n"
            "    def on_append(self, sender, append):\n"
            "        if append.epoch < Fenced.highest:\n"
            "            self.send(sender, Refused(Fenced.highest))\n"
            "            return\n"
            "        Fenced.highest = append.epoch\n"
            "        " + _ACCEPT,
            "is not accepted, and it should be",
        ),
        (
            # the highest epoch of each writer
            "class Fenced(TrustingStorage):\n"
            "    def on_start(self, log):\n"
            "        self.highest = {one.writer: one.epoch for one in log}\n\n"
            "    def on_append(self, sender, append):\n"
            "        if append.epoch < self.highest.get(sender, 0):\n"
            "            self.send(sender, Refused(self.highest[sender]))\n"
            "            return\n"
            "        self.highest[sender] = append.epoch\n"
            "        " + _ACCEPT,
            "the last one is accepted, although",
        ),
        (
            # the latest write decides, not the latest that was accepted
            "class Fenced(TrustingStorage):\n"
            "    def on_start(self, log):\n"
            "        self.last = max((record.epoch for record in log), default=0)\n\n"
            "    def on_append(self, sender, append):\n"
            "        if append.epoch < self.last:\n"
            "            self.send(sender, Refused(self.last))\n"
            "        else:\n"
            "            " + _ACCEPT + "        self.last = append.epoch\n",
            "Writes of the epochs [1, 3, 2, 2]",
        ),
        (
            # epochs compared as text
            "class Fenced(TrustingStorage):\n"
            "    def on_start(self, log):\n"
            "        self.highest = max((str(record.epoch) for record in log), default='0')\n\n"
            "    def on_append(self, sender, append):\n"
            "        if str(append.epoch) < self.highest:\n"
            "            self.send(sender, Refused(int(self.highest)))\n"
            "            return\n"
            "        self.highest = str(append.epoch)\n"
            "        " + _ACCEPT,
            "is not accepted, and it should be",
        ),
        (
            # pairs of epoch and number: a write that another one of its epoch has overtaken is refused
            "class Fenced(TrustingStorage):\n"
            "    def on_start(self, log):\n"
            "        self.highest = max(((one.epoch, one.number) for one in log), default=(0, 0))\n\n"
            "    def on_append(self, sender, append):\n"
            "        if (append.epoch, append.number) < self.highest:\n"
            "            self.send(sender, Refused(self.highest[0]))\n"
            "            return\n"
            "        self.highest = append.epoch, append.number\n"
            "        " + _ACCEPT,
            "is not accepted, and it should be",
        ),
        (
            "class Fenced(TrustingStorage):\n    highest = 0\n\n"
            + _START
            + "    def on_append(self, sender, append):\n"
            + "        if append.epoch > self.highest:\n"
            + "            self.highest = append.epoch\n"
            + "            "
            + _ACCEPT,
            "is not accepted, and it should be",
        ),
        (
            "class Fenced(TrustingStorage):\n    last = 0\n\n"
            "    def on_append(self, sender, append):\n"
            "        if append.epoch >= self.last:\n"
            "            " + _ACCEPT + "        self.last = append.epoch\n",
            "is not told",
        ),
        (_STORAGE + "        if append.epoch == 1:\n            " + _ACCEPT, "and it should be"),
        ("class Fenced:\n    pass\n", "must be a class derived from TrustingStorage"),
        (
            _STORAGE + "        if append.epoch < self.highest:\n            return\n",
            "Your code raised",
        ),
    ),
    "08.5": (
        (
            _VOTER
            + _ENTER
            + "            self.voted = sender\n"
            + "            self.send(sender, Granted(self.epoch))\n"
            + "            self.write(Voted(self.epoch, sender))\n",
            "Two nodes lead the same epoch",
        ),
        (
            _VOTER
            + _ENTER
            + "        self.write(Voted(self.epoch, sender))\n"
            + "        self.send(sender, Granted(self.epoch))\n",
            "Two nodes lead the same epoch",
        ),
        (
            _VOTER
            + _ENTER
            + "            self.voted = sender\n"
            + "            self.write(Voted(self.epoch, sender))\n",
            "votes must still be given",
        ),
        (
            _VOTER
            + _ENTER
            + "            self.write(Voted(0, sender))\n"
            + "            self.send(sender, Granted(self.epoch))\n",
            "Two nodes lead the same epoch",
        ),
        ("class CarefulNode:\n    pass\n", "must be a class derived from FailoverNode"),
        (
            # in the first epoch only
            _VOTER + "        if request.epoch > self.epoch == 0:\n" + _VOTES,
            "c gives no vote",
        ),
        (
            # as in Raft's answer to a leader it hears, but it hears one for ever
            _VOTER + "        if request.epoch > self.epoch and not self.leader:\n" + _VOTES,
            "A node that follows a leader in epoch 1 gives no vote in epoch 5",
        ),
        (
            _VOTER + "        if request.epoch > self.epoch and self.leader != self.id:\n" + _VOTES,
            "A node that leads in epoch 1 gives no vote in epoch 5",
        ),
        (
            # on disk once only
            _VOTER
            + _ENTER
            + "            if request.epoch == 1:\n"
            + "                self.write(Voted(self.epoch, sender))\n"
            + "            self.voted = sender\n"
            + "            self.send(sender, Granted(self.epoch))\n",
            "have both got the vote of c in epoch 2",
        ),
        (
            _VOTER
            + _ENTER
            + "            self.voted = sender\n"
            + "            if request.epoch < 3:\n"
            + "                self.write(Voted(self.epoch, sender))\n"
            + "            self.send(sender, Granted(self.epoch))\n",
            "have both got the vote of c in epoch 3",
        ),
        (
            # after a restart it never votes again
            "class CarefulNode(FailoverNode):\n"
            "    def on_start(self, log):\n"
            "        super().on_start(log)\n"
            "        self.restarted = bool(log)\n\n"
            "    def on_request_vote(self, sender, request):\n"
            "        if request.epoch > self.epoch and not self.restarted:\n" + _VOTES,
            "c crashes after 1 of its effects and restarts",
        ),
        (
            # the record names the voter
            _VOTER
            + _ENTER
            + "            self.voted = sender\n"
            + "            self.write(Voted(self.epoch, self.id))\n"
            + "            self.send(sender, Granted(self.epoch))\n",
            "has asked for the vote",
        ),
        (
            _VOTER + "        if request.epoch >= self.epoch:\n" + _VOTES,
            "Two nodes lead the same epoch",
        ),
    ),
    "08.6": (
        (_LEASE + "    return silence_ms\n", "two leaders for"),
        (_LEASE + "    return silence_ms * (1 - drift)\n", "two leaders for"),
        (_LEASE + "    return silence_ms / (1 + drift)\n", "two leaders for"),
        (_LEASE + "    return silence_ms / 2 * (1 - drift)\n", "that is safe, but"),
        (_LEASE + "    return silence_ms * (1 - drift) / (1 - drift)\n", "two leaders for"),
        (_LEASE + "    return silence_ms * (1 + drift) / (1 - drift)\n", "two leaders for"),
        (_LEASE + "    return silence_ms * (1 - 2 * drift)\n", "that is safe, but"),
        (_LEASE + "    return silence_ms * (1 - drift) ** 2\n", "that is safe, but"),
        (_LEASE + "    return silence_ms / (1 + drift) ** 2\n", "two leaders for"),
        (_LEASE + "    return 0.8 * silence_ms\n", "that is safe, but"),
        (_LEASE + "    return float('nan')\n", "it must be a number of ms"),
        (_LEASE + "    return None\n", "it must be a number of ms"),
        (_LEASE + "    return silence_ms / drift\n", "Your code raised ZeroDivisionError"),
    ),
    "08.7": (
        ("class Leader:\n    pass\n", "must be a class derived from Node"),
        (_leader((_OWN_VOTE, "")), "votes for itself in epoch 1, and Voted(epoch=1"),
        (_leader((_ITS_VOTE, "")), "is not on its disk yet"),
        (
            _leader(
                (_ITS_VOTE, ""),
                (
                    "        self.send(sender, Granted(self.epoch))\n",
                    "        self.send(sender, Granted(self.epoch))\n" + _ITS_VOTE[4:],
                ),
            ),
            "is not on its disk yet",
        ),
        (
            _leader(("self.choice not in (None, sender)", "self.choice == self.id")),
            "have both got the vote",
        ),
        (
            _leader(("votes[-1].epoch, votes[-1].candidate", "votes[-1].epoch, None")),
            "have both got the vote",
        ),
        (
            _leader(
                (
                    "        if votes:\n",
                    "        if not votes:\n            votes = [Voted(0, None)]\n        if False:\n",
                )
            ),
            "have both got the vote",
        ),
        (
            # a majority of answers, not of nodes: copies count
            _leader((" and sender not in self.voters", "")),
            "a majority is",
        ),
        (
            # votes of an earlier epoch
            _leader(("granted.epoch == self.epoch and ", "")),
            "a majority is",
        ),
        (_leader(("len(self.peers) + 1) // 2 + 1", "len(self.peers) + 1) / 2")), "a majority is 2"),
        (
            _leader(("(len(self.peers) + 1) // 2 + 1", "len(self.peers) + 1")),
            "has not begun to lead",
        ),
        (
            _leader(
                (
                    "    def on_refused(self, sender, refused):\n        self.see(refused.epoch)\n",
                    "    def on_refused(self, sender, refused):\n        pass\n",
                )
            ),
            "has told it of epoch",
        ),
        (
            _leader(
                (
                    "        self.see(beat.epoch)\n        if beat.epoch == self.epoch:\n",
                    '        if self.role != "leader":\n            self.epoch = max(self.epoch, beat.epoch)\n'
                    "        if beat.epoch == self.epoch:\n",
                )
            ),
            "has told it of epoch",
        ),
        (_leader(("(210, 390)", "300")), "no node writes"),
        (
            _leader(('self.role, self.count = "leader", 0', 'self.role = "leader"')),
            "numbered 1, 2, 3",
        ),
        (
            # elected once, it never stands again
            _leader(
                (
                    "        self.try_to_lead()\n\n    def on_request_vote",
                    "        self.cancel_timer(Quiet())\n        self.try_to_lead()\n\n    def on_request_vote",
                )
            ),
            "and asked for none for",
        ),
        (
            # the beats of a leader do not hold an election back
            _leader(
                (
                    "        if beat.epoch == self.epoch:\n            self.set_timer(Quiet(), (210, 390))\n",
                    "",
                )
            ),
            "to the storage; one leader should",
        ),
        (
            # after a restart it goes on as if it had not been away
            _leader(
                (
                    "self.epoch, self.choice = votes[-1].epoch, votes[-1].candidate",
                    "self.epoch, self.choice = votes[-1].epoch, votes[-1].candidate\n"
                    "            if self.choice == self.id:\n"
                    "                self.voters = [self.id, *self.peers]\n"
                    "                self.try_to_lead()\n"
                    "                return",
                )
            ),
            "an epoch that it led before it crashed",
        ),
        (
            _leader(
                ("            self.set_timer(Tick(), 50)", "            self.set_timer(Tick(), 5)")
            ),
            "20 are asked for",
        ),
        (
            _leader(
                (
                    "            self.set_timer(Tick(), 50)",
                    "            self.write(Voted(self.epoch, self.id))\n            self.set_timer(Tick(), 50)",
                )
            ),
            "one write per vote is enough",
        ),
        (
            # it begins to lead at once, as the highest name
            _leader(
                (
                    "    def on_start(self, log):\n",
                    "    def on_start(self, log):\n"
                    "        if self.id == max([self.id, *self.peers]):\n"
                    '            self.epoch, self.role = 1, "leader"\n'
                    "            self.on_tick(Tick())\n"
                    "            return\n",
                )
            ),
            "a majority is",
        ),
    ),
}


RIGHT["08.3"] += (
    'plan = [At(100, Partition({"n1"}, {"n2"}, {"n3"}))]',
    'plan = [At(100, Pause("n3")), At(399, Resume("n3"))]',
    'plan = map(lambda pair: At(*pair), [(100, Cut("n3", "n2"))])',
)
WRONG["08.3"] += (
    ('plan = [At(300, Pause("n3")), At(1500.5, Resume("n3"))]', "n3 is not running at the end"),
    ('plan = [At(60, Cut("n3", "n2")), At(300, Heal())]', "only one node believes"),
    ('plan = [[At(1, Cut("n3", "n2")), At(2, Cut("n3", "n1"))]]', "must be a list of At"),
)


# --- long runs, other names and sizes, later epochs, second restarts --------------------------------


def _fenced(*changes: tuple[str, str]) -> str:
    """Return a storage that fences, with these changes."""
    text = (
        "class Fenced(TrustingStorage):\n"
        "    count = 0\n\n"
        "    def on_start(self, log):\n"
        "        self.highest = max((record.epoch for record in log), default=0)\n\n"
        "    def on_append(self, sender, append):\n"
        "        self.count += 1\n"
        "        if append.epoch < self.highest:\n"
        "            self.send(sender, Refused(self.highest))\n"
        "            return\n"
        "        self.highest = append.epoch\n"
        "        self.write(Accepted(sender, append.epoch, append.number))\n"
    )
    return _changed(text, changes)


def _careful(*changes: tuple[str, str]) -> str:
    """Return a voter that keeps its vote, with these changes."""
    return _changed(_VOTER + "        if request.epoch > self.epoch:\n" + _VOTES, changes)


def _changed(text: str, changes: tuple[tuple[str, str], ...]) -> str:
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text


_REFUSAL = "            self.send(sender, Refused(self.highest))\n"
_VOTED = "            self.write(Voted(self.epoch, sender))\n"
_SAYS = "class CarefulNode(FailoverNode):\n"
_TIMER = "        self.set_timer(Quiet(), (210, 390))\n\n    def see"
_QUIET = "    def on_quiet(self, timer):\n"
_ASKED = "        self.see(request.epoch)\n        if request.epoch <"
_LATE = "@dataclass(frozen=True, slots=True)\nclass {}:\n    {}\n\n\nclass Leader("

RIGHT["08.4"] += (
    # a record of its own holds the highest epoch
    _fenced(
        (
            "max((record.epoch for record in log), default=0)",
            "max([0, *(one[1] for one in log if isinstance(one, tuple))])",
        ),
        (
            "        self.highest = append.epoch\n        self.write(",
            "        if append.epoch > self.highest:\n"
            "            self.highest = append.epoch\n"
            '            self.write(("highest", append.epoch))\n'
            "        self.write(",
        ),
    ),
    "import heapq\n\n\n"
    "class Fenced(TrustingStorage):\n"
    "    def on_start(self, log):\n"
    "        self.heap = [-record.epoch for record in log]\n"
    "        heapq.heapify(self.heap)\n\n"
    "    def on_append(self, sender, append):\n"
    "        if self.heap and -self.heap[0] > append.epoch:\n"
    "            self.send(sender, Refused(-self.heap[0]))\n"
    "        else:\n"
    "            heapq.heappush(self.heap, -append.epoch)\n"
    "            " + _ACCEPT,
    # it keeps the log, and looks at its end
    "class Fenced(TrustingStorage):\n"
    "    def on_start(self, log):\n"
    "        self.kept = tuple(log)\n\n"
    "    def on_append(self, sender, append):\n"
    "        if self.kept and append.epoch < self.kept[-1].epoch:\n"
    "            self.send(sender, Refused(self.kept[-1].epoch))\n"
    "            return\n"
    "        record = Accepted(sender, append.epoch, append.number)\n"
    "        self.kept += (record,)\n"
    "        self.write(record)\n",
)

WRONG["08.4"] += (
    (_fenced(("in log)", "in log[:10])")), "although one of epoch"),
    (_fenced(("in log)", "in log if record.number < 30)")), "restarts: "),
    (
        _fenced(
            (
                "self.count += 1\n",
                "self.count += 1\n        if self.count % 10 == 0:\n            self.highest = 0\n",
            )
        ),
        "After 9 writes",
    ),
    (
        # it gives up telling
        _fenced(
            (
                _REFUSAL,
                "            self.told = getattr(self, 'told', 0) + 1\n            if self.told < 4:\n    "
                + _REFUSAL,
            )
        ),
        "dropped in silence",
    ),
    (
        _fenced(
            ("append.epoch < self.highest", "append.epoch < self.highest or append.number > 100")
        ),
        "and it should be",
    ),
    (
        # the epoch read from the writer's name
        _fenced(
            ("if append.epoch <", "if int(sender[1:] if sender[1:].isdigit() else append.epoch) <")
        ),
        "and it should be",
    ),
    (
        _fenced(("if append.epoch <", "if self.id == 's' and append.epoch <")),
        "although one of epoch",
    ),
    (
        # a writer that another one has replaced never leads again
        "class Fenced(TrustingStorage):\n"
        "    def on_start(self, log):\n"
        "        self.writers = list(dict.fromkeys(record.writer for record in log))\n"
        "        self.highest = max((record.epoch for record in log), default=0)\n\n"
        "    def on_append(self, sender, append):\n"
        "        replaced = sender in self.writers[:-1]\n"
        "        if replaced or append.epoch < self.highest:\n"
        "            self.send(sender, Refused(self.highest))\n"
        "            return\n"
        "        self.writers = [*self.writers, sender] if sender not in self.writers else self.writers\n"
        "        self.highest = append.epoch\n"
        "        " + _ACCEPT,
        "and it should be",
    ),
)

RIGHT["08.5"] += (
    # a helper with slots decides
    "class Promise:\n"
    "    __slots__ = ('epoch', 'name')\n\n"
    "    def __init__(self, epoch, name):\n"
    "        self.epoch, self.name = epoch, name\n\n\n"
    + _VOTER
    + "        promise = Promise(self.epoch, self.voted)\n"
    + "        if request.epoch > promise.epoch:\n"
    + "            self._enter(request.epoch)\n"
    + "            promise = Promise(request.epoch, '')\n"
    + "        if request.epoch == promise.epoch and not promise.name:\n"
    + "            self.voted = sender\n"
    + "            self.write(Voted(request.epoch, sender))\n"
    + "            self.send(sender, Granted(request.epoch))\n",
    _VOTER
    + "        if request.epoch <= self.epoch:\n            return\n"
    + "        super().on_request_vote(sender, request)\n",
)

WRONG["08.5"] += (
    (
        _careful((_VOTED, "            if self.epoch <= 10:\n    " + _VOTED)),
        "have both got the vote",
    ),
    (
        _careful(
            (
                _SAYS,
                _SAYS
                + "    def on_start(self, log):\n        super().on_start(log)\n        self.again = bool(log)\n\n",
            ),
            (_VOTED, "            if not self.again:\n    " + _VOTED),
        ),
        "have both got the vote",
    ),
    (
        _careful(
            (_SAYS, _SAYS + "    def on_start(self, log):\n        super().on_start(log[:3])\n\n")
        ),
        "have both got the vote",
    ),
    (
        _careful(("request.epoch > self.epoch", "self.id > sender and request.epoch > self.epoch")),
        "gives no vote",
    ),
    (
        _careful(
            (
                "request.epoch > self.epoch",
                "sender in self.peers[:2] and request.epoch > self.epoch",
            )
        ),
        "gives no vote",
    ),
    (
        _careful(("request.epoch > self.epoch", "self.epoch + 20 > request.epoch > self.epoch")),
        "gives no vote",
    ),
    (
        _careful(
            (
                "request.epoch > self.epoch",
                "request.epoch > self.epoch and (self.leader or self.voted != self.id)",
            )
        ),
        "has asked for votes in epoch 1 gives no vote",
    ),
    (
        # a leader that votes does not wait for its successor
        _careful(("self._enter(request.epoch)", "self.epoch, self.leader = request.epoch, ''")),
        "waits for no leader",
    ),
    (
        "from dscourse.protocols.heartbeats import LeaderSilent\n\n\n"
        + _careful((_VOTED, _VOTED + "            self.cancel_timer(LeaderSilent())\n")),
        "waits for no leader",
    ),
)

RIGHT["08.6"] += (
    "from decimal import Decimal\n\n\n" + _LEASE + "    share = Decimal(str(drift))\n"
    "    return Decimal(str(silence_ms)) * (1 - share) / (1 + share)\n",
    _LEASE + "    low, high = 0.0, float(silence_ms)\n"
    "    for _ in range(100):\n"
    "        middle = (low + high) / 2\n"
    "        if middle / (1 - drift) <= silence_ms / (1 + drift):\n"
    "            low = middle\n"
    "        else:\n"
    "            high = middle\n"
    "    return low\n",
    "import math\n\n\n" + _LEASE + "    return silence_ms * math.exp(-2 * math.atanh(drift))\n",
    "import numpy as np\n\n\n"
    + _LEASE
    + "    return np.float32(silence_ms * (1 - drift) / (1 + drift))\n",
)

WRONG["08.6"] += (
    (
        _LEASE + "    return min(60_000, silence_ms * (1 - drift) / (1 + drift))\n",
        "that is safe, but",
    ),
    (_LEASE + "    return silence_ms * (1 - drift) // (1 + drift)\n", "that is safe, but"),
)

RIGHT["08.7"] += (
    # epochs that belong to one node each, as in Paxos
    _leader(
        (
            "        self.see(self.epoch + 1)\n",
            "        names = sorted([self.id, *self.peers])\n"
            "        epoch = self.epoch + 1\n"
            "        while epoch % len(names) != names.index(self.id):\n"
            "            epoch += 1\n"
            "        self.see(epoch)\n",
        )
    ),
    # a wait for each node, by its rank
    _leader(
        (
            "(210, 390)",
            "200 + 190 * sorted([self.id, *self.peers]).index(self.id) / len(self.peers)",
        )
    ),
    # it asks again while it waits, and gives a vote once only
    _leader(
        (
            "            self.send(peer, RequestVote(self.epoch))\n",
            "            self.send(peer, RequestVote(self.epoch))\n        self.set_timer(Again(), 60)\n",
        ),
        ("self.choice not in (None, sender):", "self.choice is not None:"),
        ("class Leader(", _LATE.format("Again(Timer)", "pass")),
        (
            "    def on_tick",
            "    def on_again(self, timer):\n"
            "        for peer in self.peers:\n"
            '            if self.role == "candidate" and peer not in self.voters:\n'
            "                self.send(peer, RequestVote(self.epoch))\n\n"
            "    def on_tick",
        ),
    ),
)

WRONG["08.7"] += (
    *(
        (
            _leader(
                (
                    _QUIET,
                    _QUIET + "        self.tries = getattr(self, 'tries', 0) + 1\n"
                    f"        if self.tries > {most}:\n"
                    "            return\n",
                )
            ),
            "and asked for none for",
        )
        for most in (5, 1_000)
    ),
    (
        _leader(
            (
                '        if self.role == "leader":\n            self.count',
                '        if self.role == "leader" and self.count < 60:\n            self.count',
            )
        ),
        "both are due every 50 ms",
    ),
    (
        # copies of votes from before a restart elect it once more
        _leader(
            (
                'and self.role == "candidate" and',
                'and self.role != "leader" and self.choice == self.id and',
            )
        ),
        "an epoch that it led before it crashed",
    ),
    (
        _leader(
            (_ITS_VOTE, "            self.again or self.write(Voted(self.epoch, sender))\n"),
            (_TIMER, "        self.again = bool(log)\n" + _TIMER),
        ),
        "have both got the vote",
    ),
    (
        _leader(
            (_ITS_VOTE, "            self.epoch > 12 or self.write(Voted(self.epoch, sender))\n")
        ),
        "have both got the vote",
    ),
    (_leader(("in log if", "in log[:3] if")), "have both got the vote"),
    (
        # a record for each copy of a request
        _leader(
            (
                "        if self.choice is None:\n            self.choice = sender\n" + _ITS_VOTE,
                "        self.choice = sender\n" + _ITS_VOTE[4:],
            )
        ),
        "a second time: one write per vote",
    ),
    (
        _leader(
            (
                "self.choice not in (None, sender):",
                "self.choice not in (None, sender) or sender > self.id:",
            )
        ),
        "has not voted at once",
    ),
    (
        _leader(
            (
                _ASKED,
                "        led = self.role == 'leader'\n"
                "        self.see(request.epoch)\n"
                "        if led or request.epoch <",
            )
        ),
        "has not voted at once",
    ),
    (
        _leader(
            (
                _ASKED,
                "        stood = self.role == 'candidate'\n"
                "        self.see(request.epoch)\n"
                "        if stood or request.epoch <",
            )
        ),
        "has not voted at once",
    ),
    (
        _leader(
            (
                "        self.send(sender, Granted(self.epoch))",
                "        self.set_timer(Late(self.epoch, sender), 10)",
            ),
            ("class Leader(", _LATE.format("Late(Timer)", "epoch: int\n    to: str")),
            (
                "    def on_tick",
                "    def on_late(self, timer):\n        self.send(timer.to, Granted(timer.epoch))\n\n    def on_tick",
            ),
        ),
        "has not voted at once",
    ),
    (
        _leader(
            (
                "len(self.voters) >= (len(self.peers) + 1) // 2 + 1",
                "len(self.voters) >= min(3, (len(self.peers) + 1) // 2 + 1)",
            )
        ),
        "a majority is 4",
    ),
    (
        _leader(("        for peer in self.peers:\n", "        for peer in self.peers[:2]:\n")),
        "writes",
    ),
    (
        _leader(("self.storage = storage", 'self.storage = "storage"')),
        "no node is called 'storage'",
    ),
    (_leader(("(210, 390)", "(100, 150)")), "it must wait for 200 to 400"),
    (_leader(("(210, 390)", "(400, 600)")), "a node asks after 200 to 400"),
    (
        _leader(
            (_TIMER, "        self.set_timer(Quiet(), 1 if log else (210, 390))\n\n    def see")
        ),
        "it must wait for 200 to 400",
    ),
    (
        _leader(
            (_QUIET, _QUIET + "        self.broadcast(Hello())\n"),
            ("class Leader(", _LATE.format("Hello(Message)", "pass")),
            (
                "    def on_tick",
                "    def on_hello(self, sender, hello):\n        pass\n\n    def on_tick",
            ),
        ),
        "no other message than those of the task",
    ),
    (
        # ten writes at a time
        _leader(
            (
                "            self.send(self.storage, Append(self.epoch, self.count))\n",
                "            for number in range(self.count - 9, self.count + 1):\n"
                "                if self.count % 10 == 0:\n"
                "                    self.send(self.storage, Append(self.epoch, number))\n",
            )
        ),
        "both are due every 50 ms",
    ),
    (
        _leader(
            ("self.set_timer(Tick(), 50)", "self.set_timer(Tick(), 50 if self.epoch < 3 else 25)")
        ),
        "one every 50 ms is asked for",
    ),
    (
        # a copy of an old refusal ends a later leadership
        _leader(
            (
                "        self.see(refused.epoch)",
                "        self.see(refused.epoch)\n"
                '        self.role = "follower"\n'
                "        self.set_timer(Quiet(), (210, 390))",
            )
        ),
        "and of its own. At",
    ),
    (
        _leader(("        if beat.epoch == self.epoch:\n", "        if True:\n")),
        "copies of earlier messages",
    ),
    (
        # any request, however old, holds an election back
        _leader(
            (
                _ASKED,
                "        if self.role != 'leader':\n            self.set_timer(Quiet(), (210, 390))\n"
                + _ASKED,
            )
        ),
        "then only messages of earlier epochs",
    ),
)


# --- plans of touches, with times as a mouse gives them, and others that come close ---------------

RIGHT["08.3"] += (
    _touched('isolate("n2", 71.3, 366.6)'),
    _touched('cut("n3", "n2", 101.2, 520.0, False)'),
    _touched('pause("n3", 57.9, 391.1)'),
    _touched('crash("n3", 133.3)', 'restart("n3", 389.7)'),
    _touched('partition([["n1"], ["n2", "n3"]], 88.8, 401.5)'),
    'plan = [At(0, sim.Pause("n3")), At(399, sim.Resume("n3"))]',
    'plan = [At(0, sim.Crash("n3")), At(400, sim.Restart("n3"))]',
    _touched('isolate("n1", 20.2, 388.8)'),
)
WRONG["08.3"] += (
    (_touched('isolate("n2", 71.3, 244.6)'), "At 400 ms only one node believes that it leads: n3"),
    (_touched('isolate("n3", 222.2, 399.0)'), "At 400 ms only one node believes that it leads: n3"),
    (_touched('pause("n3", 207.9, 399.1)'), "At 400 ms only one node believes that it leads: n3"),
    (
        _touched('pause("n3", 57.9, 420.1)'),
        "n3 is not running at the end: a node that does not run does not lead",
    ),
    (
        _touched('crash("n3", 133.3)'),
        "n3 is not running at the end: a node that does not run does not lead",
    ),
    (
        _touched('crash("n3", 3.3)', 'restart("n3", 200.2)'),
        "At 400 ms only one node believes that it leads: n3",
    ),
    (
        _touched('cut("n2", "n3", 101.2, 520.0, False)'),
        "At 400 ms only one node believes that it leads: n3",
    ),
    (
        _touched('lose(the("n3\'s 1st Victory to n2"))'),
        "At 400 ms only one node believes that it leads: n3",
    ),
    (
        _touched('lose(the("n3\'s 1st Victory to n2"))', 'lose(the("n3\'s 2nd Victory to n2"))'),
        "At 400 ms only one node believes that it leads: n3",
    ),
    (
        _touched('move(the("n3\'s 4th Beat to n2"), 390.0)'),
        "At 400 ms only one node believes that it leads: n3",
    ),
    (
        _touched('cut("n3", "n2", 301.2, 520.0, False)'),
        "At 400 ms only one node believes that it leads: n3",
    ),
    (
        'plan = [At(0, sim.Lose("n3", "n2", "Victory", 9))]',
        "has no effect: n3 sends n2 2 messages of type Victory",
    ),
    (
        'plan = [At(0, sim.Lose("n3", "n2", "Heartbeat", 1))]',
        "has no effect: n3 sends n2 no messages of type Heartbeat",
    ),
    ('plan = [At(400.5, sim.Cut("n3", "n2"))]', "has no effect: the run ends at 400 ms"),
    (
        'plan = [At(0, sim.Crash("n3")), At(0, sim.Crash("n2"))]',
        "n2 is not running at the end: a node that does not run does not lead",
    ),
)

# equal messages, names and keys, compared by identity: what comes over a wire is another object
WRONG["08.7"] += (
    (
        but(
            having(RIGHT["08.7"], "sender not in self.voters:"),
            ("sender not in self.voters:", f"not {same_object('sender', 'self.voters')}:"),
        ),
        "`on_granted` compares by `is`",
    ),
)
