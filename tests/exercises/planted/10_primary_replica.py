"""Planted answers to the exercises of chapter 10: source, and for wrong ones a part of the message meant for it."""

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
    ),
    "10.5": (
        _VOTE + "    return theirs >= mine\n",
        _VOTE
        + "    if theirs.epoch != mine.epoch:\n"
        + "        return theirs.epoch > mine.epoch\n"
        + "    return theirs.lsn >= mine.lsn\n",
    ),
    "10.6": (
        'plan = [At(600, Partition({"n2", "n5"}, {"n1", "n3", "n4"})), At(1200, Heal())]',
        'plan = [At(800, Partition({"n2", "n4"}, {"n1", "n3", "n5"}))]',
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
            _PRIMARY + _FULL + _ENTRY + _REPLY + _WRITE + _SET + _TELL,
            "acknowledged writes are in the log",
        ),
        (_PRIMARY + _FULL + _ENTRY + _WRITE + _SET + _REPLY, "sent to the replica"),
        (_PRIMARY + _FULL + _ENTRY + _WRITE + _REPLY + _TELL, "does not hold it"),
        ("class OrderedPrimary:\n    pass", "must be a class derived from Primary"),
    ),
    "10.4": (
        (_VISIBLE + "    return max(have)\n", "are needed"),
        (_VISIBLE + "    return min(have)\n", "already"),
        (_VISIBLE + "    return sorted(have, reverse=True)[acks - 1]\n", "stays visible"),
        (
            _VISIBLE + "    return max(before, sorted(have, reverse=True)[acks - 1])\n",
            "of an earlier epoch",
        ),
        (_VISIBLE + "    return None\n", "must be a whole number"),
    ),
    "10.5": (
        (_VOTE + "    return theirs.lsn >= mine.lsn\n", "It is no shorter, but older"),
        (_VOTE + "    return theirs.epoch >= mine.epoch\n", "It lacks an entry that I have"),
        (_VOTE + "    return theirs > mine\n", "you refuse"),
        (_VOTE + "    return theirs.epoch\n", "must be True or False"),
    ),
    "10.6": (
        ('plan = [At(700, Crash("n2"))]', "although"),
        ('plan = [At(700, Partition({"n2"}, {"n1", "n3", "n4", "n5"}))]', "although"),
        (
            'plan = [At(700, Pause("n4")), At(750, Resume("n4"))]',
            "the first primary leads to the end",
        ),
        ('plan = [At(700, Cut("n2", "n1"))]', "although"),
        ('plan = [At(700, Crash("n9"))]', "n9"),
        ("plan = 5", "must be a list of At"),
    ),
}
