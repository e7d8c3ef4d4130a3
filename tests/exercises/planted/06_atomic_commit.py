"""Planted answers to the exercises of chapter 06: source, and for wrong ones a part of the message meant for it."""


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

RIGHT = {
    "06.3": ("votes_ms = 80", "votes_ms = 90.5"),
    "06.4": (_order("dta", "pv", "oc"), _order("dat", "pv", "oc")),
    "06.5": (
        _ANSWER
        + "    if voted is None:\n"
        + "        return 'abort'\n"
        + "    return outcome or ('abort' if voted == 'no' else None)\n",
        _ANSWER + "    return {None: 'abort', 'no': 'abort', 'yes': outcome}[voted]\n",
    ),
    "06.6": (
        'plan = [At(22, Crash("c")), At(900, Recover())]',
        'plan = [At(25, Partition({"c"}, {"p1", "p2"})), At(800, Heal())]',
        'plan = [At(12, Crash("c")), At(800, Restart("c"))]',
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
        (_order("dta", "vp", "oc"), "the other has no promise in its log"),
        (_order("dta", "pv", "co"), "One participant commits, the other aborts."),
        (_order("dta", "pvv", "oc"), "must stand there exactly once"),
        ("order = {'coordinator': []}", "must be a dictionary with the keys"),
    ),
    "06.5": (
        (_ANSWER + "    return outcome\n", "a node that is up could tell it"),
        (_ANSWER + "    return outcome or 'abort'\n", "The client was told one outcome"),
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
        (_ANSWER + "    return votes[voted]\n", "Your code raised NameError"),
    ),
    "06.6": (
        ('plan = [At(5, Crash("c")), At(800, Restart("c"))]', "has not voted yes"),
        ('plan = [At(35, Crash("c")), At(800, Restart("c"))]', "holds its key for 20 ms only"),
        ('plan = [At(25, Crash("c")), At(300, Restart("c"))]', "ms only"),
        ('plan = [At(25, Crash("c"))]', "A participant still waits at 2,000 ms"),
        ('plan = [At(25, Crash("p1")), At(800, Restart("p1"))]', "p1 and p2 must stay up"),
        (
            'plan = [At(25, Cut("c", "p1")), At(26, Cut("c", "p2")), At(800, Heal())]',
            "at most two are allowed",
        ),
        ('plan = [At(25, Crash("c9"))]', "c9"),
        ("plan = [Crash('c')]", "must be a list of At"),
    ),
}
