"""Planted answers to the exercises of chapter 14: source, and for wrong ones a part of the message meant for it."""

_GRANT = "def grant(term, voted, mine, asked, candidate, theirs):\n"
_LEADER = "class CarefulLeader(Raft):\n    def advance_commit(self):\n"

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
    ),
    "14.4": (
        'plan = [At(110.5, Crash("n3")), At(114, Restart("n3"))]',
        'plan = [At(113, Crash("n3")), At(113.5, Restart("n3"))]',
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
    ),
    "14.6": ("times = (50, 250, 500)", "times = (70, 300, 600)"),
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
        (_GRANT + "    return None\n", "must be True or False"),
    ),
    "14.4": (
        ('plan = [At(105, Crash("n3")), At(106, Restart("n3"))]', "no term has two leaders"),
        ('plan = [At(111, Crash("n3"))]', "no term has two leaders"),
        ('plan = [At(90, Partition({"n1", "n3"}, {"n2"}))]', "no term has two leaders"),
        ("plan = None or 3", "must be a list of At"),
    ),
    "14.5": (
        (
            _LEADER + "        self.commit_to(max(self.match_index.values(), default=0))\n",
            "as committed",
        ),
        (
            _LEADER
            + "        if self.match_index and min(self.match_index.values()) == self.log.last_index:\n"
            + "            self.commit_to(self.log.last_index)\n",
            "as committed",
        ),
        (_LEADER + "        pass\n", "not 3"),
        ("class CarefulLeader:\n    pass", "must be a class derived from Raft"),
    ),
    "14.6": (
        ("times = (190, 200, 500)", "was replaced"),
        ("times = (50, 80, 160)", "Votes are split"),
        ("times = (60, 400, 405)", "Votes are split"),
        ("times = (100, 1400, 1500)", "The time-out is long"),
        ("times = (300, 200, 100)", "must be shorter"),
        ("times = 5", "three numbers"),
    ),
}
