"""Planted answers to the exercises of chapter 08: source, and for wrong ones a part of the message meant for it."""

_STORAGE = "class Fenced(TrustingStorage):\n    def on_append(self, sender, append):\n"
_ACCEPT = "self.write(Accepted(sender, append.epoch, append.number))\n"
_START = (
    "    def on_start(self, log):\n"
    "        self.highest = max((record.epoch for record in log), default=0)\n\n"
)
_VOTER = "class CarefulNode(FailoverNode):\n    def on_request_vote(self, sender, request):\n"
_ENTER = "        if request.epoch > self.epoch:\n            self._enter(request.epoch)\n"
_LEASE = "def lease(silence_ms, drift):\n"

RIGHT = {
    "08.3": (
        'plan = [At(300, Cut("n3", "n2"))]',
        'plan = [At(300, Partition({"n1", "n2"}, {"n3"}))]',
        'plan = [At(1200, Cut("n3", "n1")), At(1201, Cut("n2", "n1"))]',
    ),
    "08.4": (
        "class Fenced(TrustingStorage):\n"
        "    highest = 0\n\n"
        + _START
        + "    def on_append(self, sender, append):\n"
        + "        if append.epoch >= self.highest:\n"
        + "            self.highest = append.epoch\n"
        + "            "
        + _ACCEPT,
        "class Fenced(TrustingStorage):\n"
        "    def on_start(self, log):\n"
        "        self.seen = [record.epoch for record in log]\n\n"
        "    def on_append(self, sender, append):\n"
        "        if any(epoch > append.epoch for epoch in self.seen):\n"
        "            self.send(sender, Refused(max(self.seen)))\n"
        "            return\n"
        "        self.seen.append(append.epoch)\n"
        "        " + _ACCEPT,
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
    ),
    "08.6": (
        _LEASE + "    return (1 - drift) * silence_ms / (1 + drift)\n",
        _LEASE
        + "    shortest = silence_ms / (1 + drift)\n    return shortest - shortest * drift\n",
    ),
}

WRONG = {
    "08.3": (
        ('plan = [At(300, Crash("n3"))]', "n3 is not running at the end"),
        (
            'plan = [At(300, Pause("n3")), At(900, Resume("n3"))]',
            "only one node believes that it leads",
        ),
        ('plan = [At(300, Partition({"n3"}, {"n1", "n2"})), At(700, Heal())]', "one node believes"),
        ('plan = [At(300, Cut("n1", "n3"))]', "only one node believes that it leads"),
        (
            'plan = [At(1, Cut("n3", "n2")), At(2, Cut("n3", "n1")), At(3, Cut("n2", "n3"))]',
            "at most two are allowed",
        ),
        ('plan = [At(300, Crash("n7"))]', "n7"),
        ("plan = 'split'", "must be a list of At"),
    ),
    "08.4": (
        (
            "class Fenced(TrustingStorage):\n    highest = 0\n\n"
            "    def on_append(self, sender, append):\n"
            "        if append.epoch >= self.highest:\n"
            "            self.highest = append.epoch\n"
            "            " + _ACCEPT,
            "what it must not forget",
        ),
        (
            "class Fenced(TrustingStorage):\n    highest = 0\n\n"
            + _START
            + "    def on_append(self, sender, append):\n"
            + "        if append.epoch > self.highest:\n"
            + "            self.highest = append.epoch\n"
            + "            "
            + _ACCEPT,
            "Writes of the epochs [2, 2], in this order",
        ),
        (
            "class Fenced(TrustingStorage):\n    last = 0\n\n"
            "    def on_append(self, sender, append):\n"
            "        if append.epoch >= self.last:\n"
            "            " + _ACCEPT + "        self.last = append.epoch\n",
            "are accepted, not [1, 3, 3]",
        ),
        (_STORAGE + "        if append.epoch == 1:\n            " + _ACCEPT, "and all should be"),
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
    ),
    "08.6": (
        (_LEASE + "    return silence_ms\n", "two leaders for"),
        (_LEASE + "    return silence_ms * (1 - drift)\n", "two leaders for"),
        (_LEASE + "    return silence_ms / (1 + drift)\n", "two leaders for"),
        (_LEASE + "    return silence_ms / 2 * (1 - drift)\n", "that is safe, but"),
        (_LEASE + "    return None\n", "it must be a number of ms"),
        (_LEASE + "    return silence_ms / drift\n", "Your code raised ZeroDivisionError"),
    ),
}
