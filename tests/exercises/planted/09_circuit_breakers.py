"""Planted answers to the exercises of chapter 09: source, and for wrong ones a part of the message meant for it."""

_WAIT = "def wait_ms(attempt):\n"
_PROBE = """class OneProbe:
    def __init__(self):
        self.state, self.failures, self.opened_ms = "closed", 0, 0

    def allow(self, now_ms):
        if self.state == "open" and now_ms - self.opened_ms >= 1_000:
            self.state = "half-open"
"""
_RECORD = """
    def record(self, now_ms, ok):
        self.failures = 0 if ok else self.failures + 1
        if ok:
            self.state = "closed"
        elif self.failures >= 2 or self.state == "half-open":
            self.state, self.opened_ms = "open", now_ms
"""
_ONE = "            return True\n        return self.state == 'closed'\n"
_BUDGET = (
    "class Budget:\n    def __init__(self):\n        self.saved = 10\n\n    def first(self):\n"
)
_PASS = "        pass\n\n    def wait_ms(self, attempt):\n"
_EARN = "        self.saved = min(10, self.saved + 0.1)\n\n    def wait_ms(self, attempt):\n"

RIGHT = {
    "09.3": ("threshold = 7", "threshold = 10"),
    "09.4": (
        "outcomes = [number % 5 == 0 for number in range(100)]",
        "outcomes = ([True] + [False] * 4) * 20",
    ),
    "09.5": (
        _WAIT + "    longest = min(10_000, 200 * 2 ** attempt)\n    return longest / 2, longest\n",
        _WAIT + "    return (0, 1_500)\n",
    ),
    "09.6": (
        _PROBE + "            self.probing = False\n"
        "        if self.state == 'half-open':\n"
        "            first, self.probing = not self.probing, True\n"
        "            return first\n"
        "        return self.state == 'closed'\n" + _RECORD,
        """class OneProbe:
    def __init__(self):
        self.bad, self.since, self.asked = 0, None, False

    def allow(self, now_ms):
        if self.since is None:
            return True
        if self.asked or now_ms - self.since < 1_000:
            return False
        self.asked = True
        return True

    def record(self, now_ms, ok):
        self.bad = 0 if ok else self.bad + 1
        if ok:
            self.since = None
        elif self.bad >= 2 or self.asked:
            self.since = now_ms
        self.asked = False
""",
    ),
    "09.7": (
        _BUDGET.replace("self.saved = 10", "self.jobs = self.retries = 0")
        + "        self.jobs += 1\n\n    def wait_ms(self, attempt):\n"
        + "        if attempt > 2 or self.retries >= 10 + self.jobs // 10:\n"
        + "            return None\n"
        + "        self.retries += 1\n"
        + "        return (0, 100 * attempt)\n",
        _BUDGET + _EARN + "        if attempt > 1 or self.saved < 1:\n"
        "            return None\n"
        "        self.saved = self.saved - 1\n"
        "        return 0, 50\n",
    ),
}

WRONG = {
    "09.3": (
        ("threshold = 5", "times a day on average"),
        ("threshold = 6", "opens 1.6 times a day"),
        ("threshold = 20", "20 calls must fail first"),
        ("threshold = 7.5", "must be a whole number"),
        ("threshold = 0", "must be a whole number"),
    ),
    "09.4": (
        ("outcomes = [False] * 80 + [True] * 20", "opens at call 5"),
        ("outcomes = [True, False] * 50", "Only 50 of 100"),
        ("outcomes = [False, False, False, False, True]", "has 5 calls"),
        ("outcomes = [0, 1] * 50", "must be a list of True"),
    ),
    "09.5": (
        (_WAIT + "    return (100 * 2 ** min(attempt, 6),) * 2\n", "meet again and again"),
        (_WAIT + "    return (0, 20)\n", "used up their attempts"),
        (_WAIT + "    return (0, min(10_000, 10 * 2 ** (attempt - 1)))\n", "At most 450 calls"),
        (_WAIT + "    return 100\n", "two numbers (shortest, longest)"),
        (_WAIT + "    return (100, 0)\n", "two numbers (shortest, longest)"),
        (_WAIT + "    return (0, 100 * 2 ** attempt)\n", "from 0 to 10,000 ms"),
    ),
    "09.6": (
        (_PROBE + "        return self.state == 'closed'\n" + _RECORD, "it is the one probe"),
        (
            _PROBE + _ONE + _RECORD.replace("if ok:", "if ok and self.state == 'closed':"),
            "the circuit is closed",
        ),
        (
            _PROBE
            + _ONE
            + _RECORD.replace(' or self.state == "half-open"', "").replace(
                "+ 1", "+ 1 if self.state == 'closed' else 1"
            ),
            "you refuse this call, but it is the one probe",
        ),
        (_PROBE + _ONE.replace("return True", "return 1") + _RECORD, "must return True or False"),
        (_PROBE + _ONE + _RECORD.replace(">= 2", ">= 1"), "the circuit is closed"),
    ),
    "09.7": (
        (_BUDGET + _PASS + "        return None\n", "retries are for this"),
        (_BUDGET + _PASS + "        return (0, 1_000 * attempt) if attempt < 3 else None\n", "are allowed"),
        (
            _BUDGET + "        self.saved = 10\n\n    def wait_ms(self, attempt):\n"
            "        self.saved -= 1\n        return (0, 0) if attempt < 3 and self.saved >= 0 else None\n",
            "are allowed",
        ),
        (
            _BUDGET + _PASS + "        self.saved -= 1\n        return (0, 0) if self.saved >= 0 else None\n",
            "retries are for this",
        ),
    ),
}  # fmt: skip
