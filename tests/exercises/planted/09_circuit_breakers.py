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
_BREAKER = """import threading


class Breaker:
    def __init__(self, limit, open_ms, failures):
        self.limit, self.open_ms, self.failures = limit, open_ms, failures
        self.lock = threading.Lock()
        self.inside = {}
        self.change_to("closed", 0)

    def change_to(self, state, now_ms):
        self.state, self.since_ms, self.bad = state, now_ms, 0
        self.period = object()

    def enter(self, thread, now_ms):
        with self.lock:
            calls = self.inside.setdefault(thread, [])
            if calls:
                calls.append(None)
                return True
            if self.state != "closed":
                if now_ms - self.since_ms < self.open_ms:
                    return False
                self.change_to("half-open", now_ms)
            calls.append(self.period)
            return True

    def leave(self, thread, now_ms, error):
        with self.lock:
            self.count(self.inside[thread].pop(), now_ms, error)

    def count(self, period, now_ms, error):
        if period is not self.period:
            return
        if isinstance(error, self.failures):
            self.bad += 1
            if self.state == "half-open" or self.bad == self.limit:
                self.change_to("open", now_ms)
        elif self.state == "half-open":
            self.change_to("closed", now_ms)
        else:
            self.bad = 0
"""


def _breaker(was: str, becomes: str) -> str:
    """Return the breaker with a change."""
    assert was in _BREAKER
    return _BREAKER.replace(was, becomes)


RIGHT = {
    "09.3": (
        "threshold = 7",
        "threshold = 10",
        "threshold = 9.0",
        "from fractions import Fraction\nthreshold = Fraction(16, 2)",
        "from math import ceil, log10\nthreshold = ceil(log10(20 * 86_400))",
    ),
    "09.4": (
        "outcomes = [number % 5 == 0 for number in range(100)]",
        "outcomes = ([True] + [False] * 4) * 20",
        "from itertools import cycle, islice\noutcomes = islice(cycle([False, True, False, False, False]), 100)",
        "outcomes = tuple(number in {*range(2, 100, 5)} for number in range(100))",
    ),
    "09.5": (
        _WAIT + "    longest = min(10_000, 200 * 2 ** attempt)\n    return longest / 2, longest\n",
        _WAIT + "    return [0, min(10_000, 300 * 1.5 ** attempt)]\n",
        "from fractions import Fraction\n"
        + _WAIT
        + "    bound = Fraction(100)\n"
        + "    for _ in range(attempt - 1):\n"
        + "        bound = min(bound * 2, Fraction(10_000))\n"
        + "    return map(Fraction, (bound / 3, bound))\n",
    ),
    "09.6": (
        """import threading


class OneProbe:
    __slots__ = ("lock", "bad", "since", "probing")

    def __init__(self):
        self.lock, self.bad, self.since, self.probing = threading.Lock(), 0, None, False

    def allow(self, now_ms):
        with self.lock:
            if self.since is None:
                return True
            first = not self.probing and now_ms - self.since > 1_000
            self.probing = self.probing or first
            return first

    def record(self, now_ms, ok):
        with self.lock:
            self.bad = 0 if ok else self.bad + 1
            if ok:
                self.since = None
            elif self.bad >= 2 or self.probing:
                self.since = now_ms
            self.probing = False
""",
        """class Closed:
    def __init__(self):
        self.bad = 0

    def allow(self, now_ms):
        return True, self

    def record(self, now_ms, ok):
        self.bad = 0 if ok else self.bad + 1
        return Open(now_ms) if self.bad == 2 else self


class Open:
    def __init__(self, since_ms):
        self.until_ms = since_ms + 1_000

    def allow(self, now_ms):
        return (True, HalfOpen()) if now_ms >= self.until_ms else (False, self)


class HalfOpen:
    def allow(self, now_ms):
        return False, self

    def record(self, now_ms, ok):
        return Closed() if ok else Open(now_ms)


class OneProbe:
    def __init__(self):
        self.state = Closed()

    def allow(self, now_ms):
        allowed, self.state = self.state.allow(now_ms)
        return allowed

    def record(self, now_ms, ok):
        self.state = self.state.record(now_ms, ok)
""",
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
        """import threading


class Budget:
    def __init__(self):
        self.lock, self.tenths = threading.Lock(), 100

    def first(self):
        with self.lock:
            self.tenths = min(100, self.tenths + 1)

    def wait_ms(self, attempt):
        with self.lock:
            if attempt > 2 or self.tenths < 10:
                return None
            self.tenths -= 10
            return [0, 100 * attempt]
""",
        """from collections import deque
from fractions import Fraction


class Budget:
    __slots__ = ("jobs", "retried")

    def __init__(self):
        self.jobs, self.retried = 0, deque()

    def first(self):
        self.jobs += 1
        while self.retried and self.retried[0] <= self.jobs - 100:
            self.retried.popleft()

    def wait_ms(self, attempt):
        if len(self.retried) >= 10:
            return None
        self.retried.append(self.jobs)
        return iter((Fraction(0), Fraction(50)))
""",
        _BUDGET + _EARN + "        if attempt > 1 or self.saved < 1:\n"
        "            return None\n"
        "        self.saved = self.saved - 1\n"
        "        return 0, 50\n",
    ),
    "09.8": (
        _BREAKER,
        _breaker("self.period = object()", "self.period = (state, now_ms)").replace(
            "is not self", "!= self"
        ),
        """from dataclasses import dataclass, field
from threading import RLock


@dataclass
class Breaker:
    limit: int
    open_ms: float
    failures: tuple
    lock: RLock = field(default_factory=RLock)
    until: float = None
    bad: int = 0
    generation: int = 0
    running: dict = field(default_factory=dict)

    def enter(self, thread, now_ms):
        with self.lock:
            if thread in self.running:
                self.running[thread][1] += 1
                return True
            if self.until is not None:
                if now_ms < self.until:
                    return False
                self.until, self.generation = now_ms + self.open_ms, self.generation + 1
            self.running[thread] = [self.generation, 0]
            return True

    def leave(self, thread, now_ms, error):
        with self.lock:
            generation, depth = self.running[thread]
            if depth:
                self.running[thread][1] -= 1
                return
            del self.running[thread]
            if generation < self.generation:
                return
            failed = any(isinstance(error, kind) for kind in self.failures)
            self.bad = self.bad + 1 if failed else 0
            if failed and (self.until is not None or self.bad >= self.limit):
                self.until, self.generation, self.bad = now_ms + self.open_ms, self.generation + 1, 0
            elif not failed and self.until is not None:
                self.until, self.generation = None, self.generation + 1
""",
        """from collections import defaultdict
from threading import Condition


class Call:
    __slots__ = ("stay", "depth")

    def __init__(self, stay):
        self.stay, self.depth = stay, 1


class Breaker:
    def __init__(self, limit, open_ms, failures):
        self.limit, self.open_ms, self.failures = limit, open_ms, failures
        self.calls, self.stays = {}, [("closed", None)]
        self.bad, self.turn = defaultdict(int), Condition()

    def enter(self, thread, now_ms):
        with self.turn:
            return self.may_enter(thread, now_ms)

    def leave(self, thread, now_ms, error):
        with self.turn:
            self.end(thread, now_ms, error)

    def may_enter(self, thread, now_ms):
        if thread in self.calls:
            self.calls[thread].depth += 1
            return True
        state, since = self.stays[-1]
        if state != "closed":
            if now_ms - since < self.open_ms:
                return False
            self.stays.append(("half-open", now_ms))
        self.calls[thread] = Call(len(self.stays))
        return True

    def end(self, thread, now_ms, error):
        call = self.calls[thread]
        call.depth -= 1
        if call.depth:
            return
        del self.calls[thread]
        if call.stay != len(self.stays):
            return
        probing = self.stays[-1][0] == "half-open"
        if not isinstance(error, self.failures):
            self.bad.pop(call.stay, None)
            if probing:
                self.stays.append(("closed", None))
            return
        self.bad[call.stay] += 1
        if probing or self.bad[call.stay] == self.limit:
            self.stays.append(("open", now_ms))
""",
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
        ("outcomes = ([True] * 4 + [False]) * 20", "the other way round"),
        ("outcomes = ([True] + [False] * 4) * 10 + ([False] * 4 + [True]) * 10", "opens at call 51"),
        ("import itertools\noutcomes = itertools.cycle([False] * 4 + [True])", "give 100"),
    ),
    "09.5": (
        (_WAIT + "    return (100 * 2 ** min(attempt, 6),) * 2\n", "meet again and again"),
        (_WAIT + "    return (0, 20)\n", "used up their attempts"),
        (_WAIT + "    return (0, min(10_000, 10 * 2 ** (attempt - 1)))\n", "At most 450 calls"),
        (_WAIT + "    return 100\n", "two numbers (shortest, longest)"),
        (_WAIT + "    return (100, 0)\n", "two numbers (shortest, longest)"),
        (_WAIT + "    return (0, 100 * 2 ** attempt)\n", "from 0 to 10,000 ms"),
        (_WAIT + "    return (0, 1_500)\n", "small crowd needs short first waits"),
        (_WAIT + "    return (0, 500)\n", "the larger the crowd"),
        (_WAIT + "    return (0, 200 * attempt)\n", "the larger the crowd"),
        (_WAIT + "    return (0, min(1_000, 100 * 2 ** (attempt - 1)))\n", "the larger the crowd"),
        (_WAIT + "    return (0, float('nan'))\n", "two numbers (shortest, longest)"),
    ),
    "09.6": (
        # one moment at which all breakers opened
        (
            (_PROBE + _ONE + _RECORD)
            .replace("self.failures, self.opened_ms = \"closed\", 0, 0", "self.failures = \"closed\", 0")
            .replace("self.opened_ms", "OneProbe.opened_ms"),
            "Two breakers are used by turns",
        ),
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
        (_PROBE.replace(">= 1_000", ">= 1_005") + _ONE + _RECORD, "it is the one probe"),
        (_PROBE.replace(">= 1_000", ">= 995") + _ONE + _RECORD, "its time is not over"),
        (_PROBE.replace("now_ms - self.opened_ms", "int(now_ms) - int(self.opened_ms)") + _ONE + _RECORD,
         "its time is not over"),
        (_PROBE.replace("now_ms - self.opened_ms", "now_ms % 86_400_000 - self.opened_ms % 86_400_000")
         + _ONE + _RECORD, "it is the one probe"),
        (_PROBE.replace("now_ms - self.opened_ms", "abs(now_ms) - abs(self.opened_ms)") + _ONE + _RECORD,
         "it is the one probe"),
        (_PROBE.replace('            self.state = "half-open"\n', '            self.state = "half-open"\n'
         "            self.probes = getattr(self, 'probes', 0) + 1\n            if self.probes > 8:\n"
         "                return False\n") + _ONE + _RECORD, "it is the one probe"),
        (_PROBE + _ONE + _RECORD.replace(">= 2", ">= 1"), "the circuit is closed"),
        (_PROBE.replace(">= 1_000", ">= 1") + _ONE + _RECORD, "the circuit is open, and its time is not over"),
        (_PROBE.replace(">= 1_000", "== 1_000") + _ONE + _RECORD, "it is the one probe"),
        (_PROBE.replace("opened_ms >=", "opened_ms and self.opened_ms >=").replace(
            "now_ms - self.opened_ms and", "self.opened_ms and now_ms -") + _ONE + _RECORD, "it is the one probe"),
        (
            _PROBE + _ONE + _RECORD.replace("0 if ok else self.failures + 1", "self.failures + (not ok)"),
            "you refuse this call, but the circuit is closed",
        ),
        (
            _PROBE + _ONE + _RECORD.replace("self.state, self.opened_ms = \"open\", now_ms", "self.state = 'open'\n"
            "            self.opened_ms = self.opened_ms or now_ms"),
            "its time is not over",
        ),
        (
            "class OneProbe:\n    state, failures, opened_ms = 'closed', 0, 0\n\n"
            + "".join((_PROBE + _ONE + _RECORD).replace("self.", "OneProbe.").partition("    def allow")[1:]),
            "the state belongs to the object",
        ),
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
        (
            _BUDGET + _EARN.replace("min(10, self.saved + 0.1)", "self.saved + 0.1")
            + "        if attempt == 3 or self.saved < 1:\n            return None\n"
            + "        self.saved -= 1\n        return (0, 0)\n",
            "savings need a bound",
        ),
        (
            _BUDGET.replace("self.saved = 10", "self.jobs = self.retries = 0")
            + "        self.jobs += 1\n\n    def wait_ms(self, attempt):\n"
            + "        if attempt > 2 or self.retries >= 10 + self.jobs // 10:\n"
            + "            return None\n"
            + "        self.retries += 1\n"
            + "        return (0, 100 * attempt)\n",
            "savings need a bound",
        ),
        (
            "class Budget:\n    saved = 10\n\n    def first(self):\n"
            "        Budget.saved = min(10, Budget.saved + 0.1)\n\n    def wait_ms(self, attempt):\n"
            "        if attempt == 3 or Budget.saved < 1:\n            return None\n"
            "        Budget.saved -= 1\n        return (0, 0)\n",
            "the other tier",
        ),
        (
            "class Budget:\n    def __init__(self):\n        self.jobs = self.spent = 0\n\n    def first(self):\n"
            "        self.jobs += 1\n        if self.jobs % 100 == 0:\n            self.spent = 0\n\n"
            "    def wait_ms(self, attempt):\n        if attempt > 2 or self.spent >= 10:\n            return None\n"
            "        self.spent += 1\n        return (0, 0)\n",
            "forget at a",
        ),
        (
            _BUDGET + _EARN.replace("self.saved = min", "self.jobs = getattr(self, 'jobs', 0) + 1\n"
            "        if self.jobs < 5_000:\n            self.saved = min")
            + "        if attempt == 3 or self.saved < 1:\n            return None\n"
            + "        self.saved -= 1\n        return (0, 0)\n",
            "jobs must fill the budget again, at any time",
        ),
        (
            "class Budget:\n    def __init__(self):\n        self.saved, self.quiet = 10, 0\n\n    def first(self):\n"
            "        self.quiet += 1\n        if self.quiet == 100:\n            self.saved, self.quiet = 10, 0\n\n"
            "    def wait_ms(self, attempt):\n        self.quiet = 0\n        if attempt > 2 or self.saved < 1:\n"
            "            return None\n        self.saved -= 1\n        return (0, 0)\n",
            "jobs must fill the budget again, at any time",
        ),
        (_BUDGET + _EARN + "        self.saved -= 1\n        return 0 if self.saved >= 0 else None\n", "two numbers"),
    ),
    "09.8": (
        (_breaker("isinstance(error, self.failures)", "error is not None"), "the circuit is closed"),
        (_breaker("isinstance(error, self.failures)", "type(error) in self.failures"), "ConnectionResetError"),
        (_breaker("if calls:", "if calls and self.state != 'half-open':"), "is in a call already"),
        (
            _breaker("if period is not self.period:", "if period is None:"),
            "it is the probe: the open time is over",
        ),
        (_breaker("< self.open_ms", "< 1_000 * self.open_ms"), "it is the probe: the open time is over"),
        (_breaker("now_ms - self.since_ms < self.open_ms", "self.state == 'half-open' or "
                  "now_ms - self.since_ms < self.open_ms"), "the probe before it has not ended in time"),
        (_breaker("now_ms - self.since_ms < self.open_ms", "self.state == 'open' and "
                  "now_ms - self.since_ms < self.open_ms"), "its probe is in flight"),
        (_breaker("        else:\n            self.bad = 0\n", ""), "the circuit is closed"),
        (_breaker('self.state == "half-open" or self.bad == self.limit', "self.bad == self.limit"),
         "the circuit is"),
        (_breaker("calls.append(None)", "calls.append(self.period)"), "but"),
        (_breaker("        with self.lock:\n            calls", "        if True:\n            calls"),
         "Let one lock cover both"),
        (_breaker("threading.Lock()", "contextlib.nullcontext()").replace("import ", "import contextlib, "),
         "both may call"),
        (_breaker("self.period = object()", "self.period = state").replace("is not self", "!= self"), "but"),
        (_breaker("self.period = object()", "self.period = (getattr(self, 'period', 0) + 1) % 8").replace(
            "is not self", "!= self"), "but"),
        (_breaker("self.bad == self.limit", "self.bad == min(self.limit, 4)"), "the circuit is closed"),
        (_breaker("if calls:", "if calls and len(calls) < 4:"), "but"),
        (_breaker("            calls = self", "            if len(self.inside) > 8 and thread not in self.inside:\n"
                  "                return False\n            calls = self"), "refused, but"),
        (_breaker("(thread, [])", "(str(thread), [])").replace("inside[thread]", "inside[str(thread)]"), "but"),
        (_breaker("< self.open_ms", "< min(self.open_ms, 60_000)"), "the circuit is open"),
        (_breaker("< self.open_ms", "< max(self.open_ms, 100)"), "it is the probe"),
        (_breaker("isinstance(error, self.failures)", "error and isinstance(error, self.failures)"), "but"),
        (_breaker("if isinstance(error, ", "if isinstance(error, Exception) and isinstance(error, "),
         "CancelledError"),
        (_breaker("        self.inside = {}\n", "").replace("class Breaker:", "class Breaker:\n    inside = {}\n"),
         "but"),
    ),
}  # fmt: skip
