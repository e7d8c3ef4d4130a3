"""Planted answers to the exercises of chapter 01: source, and for wrong ones a part of the message meant for it."""

from functools import partial

from tests.exercises.altered import but, having
from tests.exercises.by_touch import by_touch

_touched = partial(by_touch, "partial_failure.retried_payment")


_ACCOUNT = """class SafeAccount(Node):
    def __init__(self, id):
        super().__init__(id)
        self.paid = 0
        self.answers = {}

    def on_start(self, log):
        for record in log:
            self.paid += record.amount
            self.answers[record.client, record.op] = self.paid

    def on_pay(self, sender, pay):
"""
_NEW = """        if (sender, pay.op) not in self.answers:
            self.paid += pay.amount
            self.answers[sender, pay.op] = self.paid
"""
_WRITE = "            self.write(Paid(sender, pay.op, pay.amount))\n"
_REPLY = "        self.reply(sender, pay.op, self.answers[sender, pay.op])\n"

_RIGHT_ACCOUNT = _ACCOUNT + _NEW + _WRITE + _REPLY
_IS_NEW, _IS_FALSY = (
    "if (sender, pay.op) not in self.answers",
    "if not self.answers.get((sender, pay.op))",
)


def _keyed(text: str, key: str, record_key: str) -> str:
    """The account or bank of this text with other keys in its memory."""
    text = text.replace("sender, pay.op]", f"{key}]").replace(
        "(sender, pay.op) not", f"({key}) not"
    )
    return text.replace("record.client, record.op]", f"{record_key}]")


_CLIENT = """class PatientClient(Client):
    def __init__(self, id, server):
        super().__init__(id)
        self.server = server
        self.open = {}

    def on_invoke(self, op):
        self.open[op.id] = op.value
        self.ask(op.id, 1)

    def ask(self, op, attempt):
        self.send(self.server, Pay(op, self.open[op]))
        self.set_timer(RetryDue(op, attempt), 40)

    def on_reply(self, sender, reply):
        if self.open.pop(reply.op, None) is not None:
            self.complete(reply.op, reply.result)

    def on_retry_due(self, timer):
"""

_CLIENT_8 = """class PayingClient(Client):
    def __init__(self, id, bank):
        super().__init__(id)
        self.bank = bank
        self.open = {}

    def on_invoke(self, op):
        self.open[op.id] = op.value
        self.ask(op.id, 1)

    def ask(self, op, attempt):
        self.send(self.bank, Pay(op, self.open[op]))
        longest = min(30 * 2**attempt, 1_000)
        self.set_timer(RetryDue(op, attempt), (longest / 2, longest))

    def on_retry_due(self, timer):
        if timer.op in self.open:
            self.ask(timer.op, timer.attempt + 1)

    def on_reply(self, sender, reply):
        if self.open.pop(reply.op, None) is not None:
            self.complete(reply.op, reply.result)


"""
_RESUMING = """@dataclass(frozen=True, slots=True)
class Begun:
    op: int
    amount: int


@dataclass(frozen=True, slots=True)
class Ended:
    op: int


class PayingClient(Client):
    def __init__(self, id, bank):
        super().__init__(id)
        self.bank = bank
        self.open = {}

    def on_start(self, log):
        for record in log:
            if isinstance(record, Begun):
                self.open[record.op] = record.amount
            else:
                self.open.pop(record.op, None)
        for op in self.open:
            self.ask(op, 30)

    def on_invoke(self, op):
        self.open[op.id] = op.value
        self.write(Begun(op.id, op.value))
        self.ask(op.id, 30)

    def ask(self, op, wait):
        self.send(self.bank, Pay(op, self.open[op]))
        self.set_timer(RetryDue(op, wait), wait)

    def on_retry_due(self, timer):
        if timer.op in self.open:
            self.ask(timer.op, min(2 * timer.attempt, 900))

    def on_reply(self, sender, reply):
        if reply.op in self.open:
            del self.open[reply.op]
            self.write(Ended(reply.op))
            self.complete(reply.op, reply.result)


"""
_BANK = """class PayingBank(Node):
    def __init__(self, id):
        super().__init__(id)
        self.total = 0
        self.answers = {}

    def on_start(self, log):
        for record in log:
            self.apply(record)

    def apply(self, record):
        self.total += record.amount
        self.answers[record.client, record.op] = self.total

    def on_pay(self, sender, pay):
        if (sender, pay.op) not in self.answers:
            record = Paid(sender, pay.op, pay.amount)
            self.write(record)
            self.apply(record)
        self.reply(sender, pay.op, self.answers[sender, pay.op])


"""
_KEYS_OF_CLIENTS = """class Keys:
    __slots__ = ("answers", "total")

    def __init__(self):
        self.answers, self.total = {}, 0

    def apply(self, record):
        self.total += record.amount
        self.answers.setdefault(record.client, {})[record.op] = self.total


class PayingBank(Node):
    def __init__(self, id, peers=()):
        super().__init__(id, peers)
        self.keys = Keys()

    def on_start(self, log):
        for record in log:
            self.keys.apply(record)

    def on_pay(self, sender, pay):
        if pay.op not in self.keys.answers.get(sender, {}):
            self.write(Paid(sender, pay.op, pay.amount))
            self.keys.apply(Paid(sender, pay.op, pay.amount))
        self.reply(sender, pay.op, self.keys.answers[sender][pay.op])


"""
_STUB_8 = """class PayingClient(Client):
    def __init__(self, id, bank):
        super().__init__(id)
        self.bank = bank


class PayingBank(Node):
    def __init__(self, id):
        super().__init__(id)


"""
_PAIR = """def payment_service():
    return PayingClient, PayingBank
"""

RIGHT = {
    "01.3": (
        "attempts = next(n for n in range(1, 50) if 1 - 0.36**n >= 0.999)",
        "import math\nattempts = math.ceil(math.log(0.001) / math.log(1 - 0.8**2))",
        "attempts = 7.0",
        "from fractions import Fraction\nattempts = Fraction(14, 2)",
        "import numpy\n"
        "tried = numpy.arange(1, 50)\n"
        "attempts = tried[1 - 0.36**tried >= 0.999].min()",
    ),
    "01.4": (
        "def slow_share(share, servers):\n"
        "    fast = 1.0\n"
        "    for _ in range(servers):\n"
        "        fast *= 1 - share\n"
        "    return 1 - fast\n",
        "def slow_share(share, servers):\n"
        "    if servers == 1:\n"
        "        return share\n"
        "    return 1 - pow(1 - share, servers)\n",
        "import math\n\n\n"
        "def slow_share(share, servers):\n"
        "    return -math.expm1(servers * math.log1p(-share))\n",
        "from fractions import Fraction\n\n\n"
        "def slow_share(share, servers):\n"
        "    return 1 - (1 - Fraction(share)) ** servers\n",
        "import numpy\n\n\n"
        "def slow_share(share, servers):\n"
        "    return 1 - numpy.prod(numpy.full(servers, 1 - share))\n",
        "import math\n\n\n"
        "def slow_share(share, servers):\n"
        "    return sum(math.comb(servers, slow) * share**slow * (1 - share) ** (servers - slow)\n"
        "               for slow in range(1, servers + 1))\n",
    ),
    "01.5": (
        'plan = [At(5, CrashDuring("bank", after=1)), At(15, Restart("bank"))]',
        'plan = [At(0, SetLink("ann", "bank", duplicate=1.0))]',
        'plan = [At(5, Hold("bank", "ann")), At(40, Release("bank", "ann"))]',
        'plan = (At(0, Hold("ann", "bank")), At(45, Release("ann", "bank")))',
        'plan = [At(0, SetLink("bank", "ann", latency=Constant(25)))]',
        'plan = (At(ms, fault) for ms, fault in ((0, Pause("bank")), (70, Resume("bank"))))',
        'plan = [At(0, SetClock("ann", drift_ppm=2_000_000))]',
        'plan = [At(0, SetLink("bank", "ann", latency=Constant(20_000)))]',
        'plan = [At(0, Hold("bank", "ann")), At(3_600_000, Release("bank", "ann"))]',
        # plans of touches: an answer dragged beyond the time-out, a copy of a request, a slow request
        'plan = [At(0, Delay("bank", "ann", "Reply", 1, latency_ms=25.5))]',
        'plan = [At(0, Repeat("ann", "bank", "Pay", 1, latency_ms=14))]',
        'plan = [At(0, Delay("ann", "bank", "Pay", 1, latency_ms=35)), At(0, Lose("ann", "bank", "Pay", 3))]',
    ),
    "01.6": (
        "class SafeAccount(Node):\n"
        "    def __init__(self, id):\n"
        "        super().__init__(id)\n"
        "        self.records = []\n\n"
        "    @property\n"
        "    def paid(self):\n"
        "        return sum(record.amount for record in self.records)\n\n"
        "    def on_start(self, log):\n"
        "        self.records = list(log)\n\n"
        "    def on_pay(self, sender, pay):\n"
        "        record = Paid(sender, pay.op, pay.amount)\n"
        "        if record not in self.records:\n"
        "            self.write(record)\n"
        "            self.records.append(record)\n"
        "        upto = self.records.index(record) + 1\n"
        "        self.reply(sender, pay.op, sum(r.amount for r in self.records[:upto]))\n",
        "class Ledger:\n"
        "    __slots__ = ('after', 'total')\n\n"
        "    def __init__(self):\n"
        "        self.after, self.total = {}, 0.0\n\n"
        "    def take(self, record):\n"
        "        self.total += record.amount\n"
        "        self.after.setdefault(record.client, {})[record.op] = self.total\n\n\n"
        "class SafeAccount(Node):\n"
        "    def __init__(self, id, peers=()):\n"
        "        super().__init__(id, peers)\n"
        "        self.ledger = Ledger()\n\n"
        "    paid = property(lambda self: self.ledger.total)\n\n"
        "    def on_start(self, log):\n"
        "        for record in filter(lambda one: isinstance(one, Paid), log):\n"
        "            self.ledger.take(record)\n\n"
        "    def on_pay(self, sender, pay):\n"
        "        if pay.op not in self.ledger.after.get(sender, ()):\n"
        "            self.write(record := Paid(sender, pay.op, pay.amount))\n"
        "            self.ledger.take(record)\n"
        "        self.reply(sender, pay.op, self.ledger.after[sender][pay.op])\n",
        _ACCOUNT + _NEW + _WRITE + _REPLY,
        "@dataclass(frozen=True, slots=True)\n"
        "class PaidWithTotal(Paid):\n"
        "    total: int = 0\n\n\n"
        + (_ACCOUNT + _NEW + _WRITE + _REPLY).replace(
            "Paid(sender, pay.op, pay.amount)",
            "PaidWithTotal(sender, pay.op, pay.amount, self.paid)",
        ),
        "from fractions import Fraction\n\n\n"
        "@dataclass(frozen=True, slots=True)\n"
        "class Answer(Timer):\n"
        "    client: str\n"
        "    op: int\n"
        "    copy: int\n\n\n"
        + (_ACCOUNT + _NEW + _WRITE).replace(
            "self.paid = 0", "self.paid, self.copies = Fraction(0), 0"
        )
        + "        self.copies += 1\n"
        + "        self.set_timer(Answer(sender, pay.op, self.copies), 3)\n\n"
        + "    def on_answer(self, timer):\n"
        + "        self.reply(timer.client, timer.op, self.answers[timer.client, timer.op])\n",
    ),
    "01.7": (
        _CLIENT
        + "        if timer.op in self.open:\n"
        + "            self.send(self.server, Pay(timer.op, self.open[timer.op]))\n"
        + "            self.set_timer(RetryDue(timer.op, 1), (20, 80))\n",
        "@dataclass(frozen=True, slots=True)\n"
        "class Silence(Timer):\n"
        "    pass\n\n\n"
        "class PatientClient(Client):\n"
        "    def __init__(self, id, server):\n"
        "        super().__init__(id)\n"
        "        self.server = server\n"
        "        self.request = None\n\n"
        "    def on_invoke(self, op):\n"
        "        self.request = Pay(op.id, op.value)\n"
        "        self.on_silence(Silence())\n\n"
        "    def on_silence(self, timer):\n"
        "        if self.request is not None:\n"
        "            self.send(self.server, self.request)\n"
        "            self.set_timer(Silence(), 30)\n\n"
        "    def on_reply(self, sender, reply):\n"
        "        if self.request is not None and reply.op == self.request.op:\n"
        "            self.request = None\n"
        "            self.complete(reply.op, reply.result)\n",
        _CLIENT.replace(
            "RetryDue(op, attempt), 40)", "RetryDue(op, attempt), min(20 * 2**attempt, 1_000))"
        )
        + "        if timer.op in self.open:\n"
        + "            self.ask(timer.op, timer.attempt + 1)\n",
        _CLIENT.replace("attempt), 40", "1), 1_900").replace(
            "self.complete(", "self.cancel_timer(RetryDue(reply.op, 1))\n            self.complete("
        )
        + "        self.ask(timer.op, 1)\n",
        "class Waits:\n"
        "    __slots__ = ('now', 'then')\n\n"
        "    def __init__(self):\n"
        "        self.now, self.then = 20, 20\n\n"
        "    def __next__(self):\n"
        "        self.now, self.then = self.then, min(self.now + self.then, 1_500)\n"
        "        return self.now\n\n\n"
        + _CLIENT.replace("self.open = {}", "self.open, self.waits = {}, {}")
        .replace("self.ask(op.id, 1)", "self.waits[op.id] = Waits()\n        self.ask(op.id, 1)")
        .replace("attempt), 40", "attempt), next(self.waits[op])")
        + "        if timer.op in self.open:\n"
        + "            self.ask(timer.op, timer.attempt + 1)\n",
    ),
    "01.8": (
        _CLIENT_8.replace("1_000", "2_500")
        + _BANK
        + "def payment_service():\n    return PayingClient, lambda name: PayingBank(name)\n",
        _RESUMING + _BANK + _PAIR,
        "@dataclass(frozen=True, slots=True)\n"
        "class Snapshot:\n"
        "    total: int\n\n\n"
        + _CLIENT_8.replace("min(30 * 2**attempt, 1_000)", "45 if attempt < 6 else 500").replace(
            "(longest / 2, longest)", "longest"
        )
        + _BANK.replace(
            "        for record in log:\n",
            "        for record in log:\n            if isinstance(record, Paid):\n    ",
        ).replace(
            "        self.reply(",
            "            self.write(Snapshot(self.total))\n        self.reply(",
        )
        + _PAIR,
        _CLIENT_8
        + _KEYS_OF_CLIENTS
        + _PAIR.replace("PayingClient, PayingBank", "[PayingClient, PayingBank]"),
        "def payment_service():\n"
        + "".join(f"    {line}\n" if line else "\n" for line in (_CLIENT_8 + _BANK).splitlines())
        + "    return iter((PayingClient, PayingBank))\n",
    ),
}

WRONG = {
    "01.3": (
        ("attempts = 5", "With 5 attempts 99.40 % of the calls are answered: too few"),
        ("attempts = 5", "counts the requests only"),
        ("attempts = 6", "With 6 attempts 99.78 % of the calls are answered: too few"),
        ("attempts = 6", "Six retries are seven attempts"),
        ("attempts = 8", "8 attempts are enough (99.972 %), but fewer are enough too"),
        ("attempts = 8", "adding 0.2 and 0.2 counts twice"),
        ("attempts = 16", "the probability that all n attempts are answered"),
        ("import math\nattempts = math.log(0.001, 0.36)", "round up"),
        ("attempts = '7'", "'7' is no number of attempts"),
        ("attempts = 0", "0 is no number of attempts"),
        ("attempts = 10**30", "far more than enough"),
    ),
    "01.4": (
        (
            "def slow_share(share, servers):\n    return share * servers\n",
            "Adding counts a page with two slow servers twice",
        ),
        (
            "def slow_share(share, servers):\n    return min(1.0, share * servers)\n",
            "slow_share(0.01, 100) returned 1.0; it should be 0.633968",
        ),
        (
            "def slow_share(share, servers):\n    return share**servers\n",
            "how often all of them are slow at once",
        ),
        (
            "def slow_share(share, servers):\n    return (1 - share) ** servers\n",
            "the share of pages that are fast",
        ),
        ("def slow_share(share, servers):\n    return float('nan')\n", "returned nan"),
        (
            "def slow_share(share, servers):\n    return min(1.0, share * servers)\n",
            "cutting the sum off at 1 does not mend that",
        ),
        (
            "def slow_share(share, servers):\n    return 1 - share**servers\n",
            "how often at least one of them is fast",
        ),
        (
            "import math\n\n\n"
            "def slow_share(share, servers):\n"
            "    return 1 - math.exp(-share * servers)\n",
            "holds for rare slow answers only",
        ),
        (
            "def slow_share(share, servers):\n    return 100 * (1 - (1 - share) ** servers)\n",
            "A share lies between 0 and 1",
        ),
        (
            "def slow_share(share, servers):\n    return 1 - (1 - share) ** 100\n",
            "with 100 servers, whatever `servers` is",
        ),
        (
            "def slow_share(share, servers):\n    return 1 - 0.99**servers\n",
            "right for a `share` of 0.01 only",
        ),
        (
            "def slow_share(share, servers):\n    return round(1 - (1 - share) ** servers, 2)\n",
            "Do not round it",
        ),
        (
            "def slow_share(share, servers):\n    return 1 - (1 - share) ** (servers - 1)\n",
            "slow_share(0.01, 100) returned 0.6302",
        ),
        (
            "def slow_share(share, servers):\n    return str(1 - (1 - share) ** servers)\n",
            "returned '0.63396",
        ),
    ),
    "01.5": (
        ('plan = [At(15, Cut("bank", "ann"))]', "An answer of the bank is lost: the chapter has shown"),
        ('plan = [At(15, Partition({"ann"}, {"bank"})), At(35, Heal())]', "An answer of the bank is lost"),
        ('plan = [At(0, SetLink("bank", "ann", loss=1.0))]', "An answer of the bank is lost"),
        ('plan = [At(15, Crash("ann")), At(25, Restart("ann"))]', "An answer of the bank is lost"),
        ('plan = [At(0, Hold("bank", "ann"))]', "An answer of the bank is held back for ever"),
        ('plan = [At(5, Pause("ann")), At(25, Pause("bank"))]', "held back for ever"),
        (
            'plan = [At(0, SetLink("bank", "ann", latency=Constant(50))), At(70, Crash("ann"))]',
            "An answer of the bank is lost",
        ),
        (
            'plan = [At(5, Crash("bank")), At(20, Restart("bank"))]',
            "The bank charged once; ann asked twice, and the payment ended as ok",
        ),
        (
            'plan = [At(5, Pause("bank")), At(15, Resume("bank"))]',
            "The bank charged once; ann asked once, and the payment ended as ok",
        ),
        (
            'plan = [At(5, Pause("ann")), At(90, Resume("ann"))]',
            "The bank charged once; ann asked once, and the payment ended as ok",
        ),
        (
            'plan = [At(0, Cut("ann", "bank")), At(25, Heal())]',
            "The bank charged once; ann asked twice, and the payment ended as ok",
        ),
        ('plan = [At(0, Lose("bank", "ann", "Reply", 1))]', "An answer of the bank is lost"),
        ('plan = [At(0, Lose("ann", "bank", "Pay", 1))]', "The bank charged once; ann asked twice"),
        ('plan = [At(0, Delay("bank", "ann", "Reply", 1, latency_ms=15))]', "The bank charged once; ann asked once"),
        ('plan = [At(0, Delay("bank", "bob", "Reply", 1, latency_ms=15))]', "the nodes are ann, bank"),
        ('plan = [At(50, sim.Submit("ann", "pay", None, 10))]', "the faults for this exercise are"),
        ('plan = [At(5, Crash("bank"))]', "The bank never charged; ann asked 3 times, and the payment"),
        ('plan = [At(5, Pause("bank"))]', "The bank never charged; ann asked 3 times, and the payment"),
        ('plan = [At(5, Pause("Bank"))]', "names 'Bank': the nodes are ann, bank"),
        ('plan = [(5, Pause("bank"))]', "`plan` must be a list of At(ms, fault)"),
        ('plan = At(5, Pause("bank"))', "`plan` must be a list of At(ms, fault)"),
        ('plan = [At(ms, Pause("bank")) for ms in range(5)]', "5 faults: at most four are allowed"),
        (
            'plan = [At(0, sim.Submit("ann", "pay", None, 10))]',
            "the faults for this exercise are Cut, Heal",
        ),
    ),
    "01.6": (
        (
            _ACCOUNT.replace("            self.answers[record.client, record.op] = self.paid\n", "")
            + _NEW + _WRITE + _REPLY,
            "was charged 2 times. The smallest plan found: [At(",
        ),
        (
            _ACCOUNT + _NEW + "            self.reply(sender, pay.op, self.paid)\n" + _WRITE
            + "        else:\n    " + _REPLY,
            "ended as ok, but the bank's log holds no charge for it",
        ),
        (
            _ACCOUNT + _NEW + _WRITE + "    " + _REPLY,
            "never got an answer, long after everything worked again",
        ),
        (
            _ACCOUNT.replace("            self.paid += record.amount\n", "") + _NEW + _WRITE + _REPLY,
            "but its log adds up to",
        ),
        (
            _ACCOUNT + _NEW + _REPLY,
            "but the bank's log holds no charge for it. It needs no fault to show it",
        ),
        (
            _ACCOUNT.replace("self.answers = {}", "self.answers = {}\n        self.last = {}")
            + "        if self.last.get(sender) != pay.op:\n"
            + "            self.last[sender] = pay.op\n"
            + "            self.paid += pay.amount\n"
            + "            self.answers[sender, pay.op] = self.paid\n"
            + _WRITE + _REPLY,
            "ann's payment 7 was charged 2 times. Numbers may arrive in any order",
        ),
        (
            _ACCOUNT.replace("self.answers = {}", "self.answers = {}\n        self.last = {}")
            + "        if pay.op > self.last.get(sender, -1):\n"
            + "            self.last[sender] = pay.op\n"
            + "            self.paid += pay.amount\n"
            + "            self.answers[sender, pay.op] = self.paid\n"
            + _WRITE
            + "        self.reply(sender, pay.op, self.answers.get((sender, pay.op)))\n",
            "ended as ok, but the bank's log holds no charge for it. Numbers may arrive in any order",
        ),
        (
            (_ACCOUNT + _NEW + _WRITE + _REPLY).replace("sender, pay.op]", "pay.op]")
            .replace("(sender, pay.op) not in", "pay.op not in").replace("record.client, record.op]", "record.op]"),
            "A number is a client's own: ann and bob may use the same",
        ),
        (
            (_ACCOUNT + _NEW + _WRITE + _REPLY).replace("sender, pay.op]", "sender, pay.amount]")
            .replace("(sender, pay.op) not in", "(sender, pay.amount) not in")
            .replace("record.client, record.op]", "record.client, record.amount]"),
            "ended as ok, but the bank's log holds no charge for it",
        ),
        (
            "ANSWERS = {}\n\n\n"
            + (_ACCOUNT.replace("        self.answers = {}\n", "")
            .replace("            self.answers[record.client, record.op] = self.paid\n", "")
            + _NEW + _WRITE + _REPLY).replace("self.answers", "ANSWERS"),
            "what a class or a global variable keeps is not lost in a crash here",
        ),
        (
            _ACCOUNT.replace("        self.answers = {}\n", "")
            .replace("class SafeAccount(Node):\n", "class SafeAccount(Node):\n    answers = {}\n\n")
            + _NEW + _WRITE + _REPLY,
            "SafeAccount.answers is a dict that all nodes of the class share",
        ),
        (_ACCOUNT + _NEW + _WRITE + _REPLY + _REPLY, "has more answers than requests: one each is enough"),
        (
            "@dataclass(frozen=True, slots=True)\n"
            "class Forget(Timer):\n"
            "    client: str\n"
            "    op: int\n\n\n"
            + _ACCOUNT
            + _NEW
            + "            self.set_timer(Forget(sender, pay.op), 5_000)\n"
            + _WRITE
            + _REPLY
            + "\n    def on_forget(self, timer):\n"
            + "        del self.answers[timer.client, timer.op]\n",
            "was charged 2 times. The request was repeated ten years later",
        ),
        (
            _ACCOUNT.replace(
                "        for record in log:\n", "        self.closed = bool(log)\n        for record in log:\n"
            )
            + "        if self.closed:\n            return\n"
            + _NEW + _WRITE + _REPLY,
            "never got an answer, long after everything worked again. The smallest plan found: [At(",
        ),
        (
            _ACCOUNT
            + _NEW
            + "            if len(self.answers) > 100:\n"
            + "                del self.answers[next(iter(self.answers))]\n"
            + _WRITE + _REPLY,
            "was charged 2 times. The number was repeated after many others",
        ),
        (
            _ACCOUNT.replace("self.answers = {}", "self.answers = {}\n        self.times = {}")
            + "        for key, when in list(self.times.items()):\n"
            + "            if self.now - when > 60_000:\n"
            + "                del self.answers[key], self.times[key]\n"
            + _NEW
            + "            self.times[sender, pay.op] = self.now\n"
            + _WRITE + _REPLY,
            "was charged 2 times. The request was repeated ten years later",
        ),
        (
            _ACCOUNT + _NEW + _WRITE + "        self.reply(sender, pay.op, self.paid)\n",
            "a repeated request gets the answer that it got first",
        ),
        (
            _ACCOUNT + _NEW + _WRITE + "        self.reply(sender, pay.op, pay.amount)\n",
            "was answered with 5; the total right after it was 15",
        ),
        (
            _ACCOUNT
            + "        if (sender, pay.op) not in self.answers:\n"
            + "            self.write((sender, pay.op))\n"
            + "            self.paid += pay.amount\n"
            + "            self.answers[sender, pay.op] = self.paid\n"
            + _WRITE + _REPLY,
            "Your code raised AttributeError: 'tuple' object has no attribute 'amount'",
        ),
        (
            _ACCOUNT.replace("        for record in log:\n", "        for record in log[:-1]:\n")
            + _NEW + _WRITE + _REPLY,
            "It must be so at every moment",
        ),
        (
            _keyed(_RIGHT_ACCOUNT, "f'{sender}{pay.op}'", "f'{record.client}{record.op}'"),
            "There are twelve clients, with names that are much alike",
        ),
        (
            _keyed(_RIGHT_ACCOUNT, "sender.lower(), pay.op", "record.client.lower(), record.op"),
            "There are twelve clients, with names that are much alike",
        ),
        (
            _keyed(_RIGHT_ACCOUNT, "''.join(sorted(sender)), pay.op", "''.join(sorted(record.client)), record.op"),
            "There are twelve clients, with names that are much alike",
        ),
        (
            _keyed(_RIGHT_ACCOUNT, "sender, pay.op % 65536", "record.client, record.op % 65536"),
            "There are twelve clients, with names that are much alike",
        ),
        (
            _RIGHT_ACCOUNT.replace(_IS_NEW, _IS_FALSY),
            "An amount, a number and a total may be 0",
        ),
        (
            _ACCOUNT + "        if sender not in ('ann', 'bob'):\n            return\n" + _NEW + _WRITE + _REPLY,
            "never got an answer, long after everything worked again. There are twelve clients",
        ),
        (
            _ACCOUNT + _NEW
            + "            if len(self.answers) > 10_000:\n"
            + "                del self.answers[next(iter(self.answers))]\n"
            + _WRITE + _REPLY,
            "The bank had started with a log of 20,000 payments",
        ),
        (
            "ANSWERS = {}\n\n\n"
            + (_ACCOUNT + _NEW + _WRITE + _REPLY).replace("        self.answers = {}\n", "")
            .replace("            self.answers[record.client, record.op] = self.paid\n", "")
            .replace("self.answers", "ANSWERS")
            .replace("(self, log):\n", "(self, log):\n        if not log:\n            ANSWERS.clear()\n"),
            "ended as ok, but the bank's log holds no charge for it. The smallest plan found: [At(",
        ),
        (
            "@dataclass(frozen=True, slots=True)\n"
            "class Later(Timer):\n"
            "    amount: int\n\n\n"
            + _ACCOUNT.replace("self.paid = 0", "self.paid = self.total = 0")
            .replace("= self.paid\n\n", "= self.total = self.paid\n\n")
            + _NEW.replace("self.paid", "self.total")
            + "            self.set_timer(Later(pay.amount), 8)\n"
            + _WRITE + _REPLY
            + "\n    def on_later(self, timer):\n        self.paid += timer.amount\n",
            "It must be so at every moment",
        ),
    ),
    "01.7": (
        (
            _CLIENT
            + "        if timer.op in self.open and timer.attempt < 3:\n"
            + "            self.ask(timer.op, timer.attempt + 1)\n",
            "is still under way, long after everything worked again",
        ),
        (
            _CLIENT
            + "        if self.open.pop(timer.op, None) is not None:\n"
            + '            self.unknown(timer.op, "no answer")\n',
            "ended as unknown: the client gave it up",
        ),
        (
            _CLIENT
            + "        if self.open.pop(timer.op, None) is not None:\n"
            + '            self.complete(timer.op, "surely paid by now")\n',
            "ended as ok with 'surely paid by now'; the bank's answer to it was 6",
        ),
        (
            _CLIENT
            + "        if timer.op in self.open and timer.attempt < 6:\n"
            + "            self.ask(timer.op, timer.attempt + 1)\n",
            "zoë asked 6 times to pay 0, at 0.2 s for the last time, and then never again",
        ),
        (
            _CLIENT
            + "        if timer.op in self.open and timer.attempt < 500:\n"
            + "            self.ask(timer.op, timer.attempt + 1)\n",
            "zoë asked 500 times to pay 0, at 20.0 s for the last time, and then never again",
        ),
        (
            _CLIENT.replace("self.open.pop(reply.op, None)", "self.open.get(reply.op)")
            + "        self.ask(timer.op, timer.attempt + 1)\n",
            "ann had the answer to operation 0 at",
        ),
        (
            _CLIENT.replace("self.open.pop(reply.op, None)", "self.open.get(reply.op)")
            .replace("attempt), 40", "0), 0")
            + "        self.ask(timer.op, timer.attempt)\n",
            "a pause of 20 ms between two is required",
        ),
        (
            _CLIENT.replace("attempt), 40", "attempt), 1")
            + "        if timer.op in self.open:\n"
            + "            self.ask(timer.op, timer.attempt + 1)\n",
            "a pause of 20 ms between two is required",
        ),
        (
            _CLIENT.replace("attempt), 40", "attempt), 20 * 2**attempt")
            + "        if timer.op in self.open:\n"
            + "            self.ask(timer.op, timer.attempt + 1)\n",
            "zoë asked 7 times to pay 0, at 2.5 s for the last time, and then only at 5.1 s again",
        ),
        (
            _CLIENT.replace("attempt), 40", "attempt), 5_000")
            + "        if timer.op in self.open:\n"
            + "            self.ask(timer.op, timer.attempt + 1)\n",
            "is still under way, long after everything worked again",
        ),
        (
            _CLIENT.replace(
                "        if self.open.pop(reply.op, None) is not None:\n"
                "            self.complete(reply.op, reply.result)\n",
                "        if self.open:\n"
                "            op, _ = self.open.popitem()\n"
                "            self.complete(op, reply.result)\n",
            )
            + "        if timer.op in self.open:\n"
            + "            self.ask(timer.op, timer.attempt + 1)\n",
            "No message was lost, but some were slow: copies and answers arrived after later ones",
        ),
        (
            _CLIENT.replace("complete(reply.op, reply.result)", "complete(reply.op)")
            + "        if timer.op in self.open:\n"
            + "            self.ask(timer.op, timer.attempt + 1)\n",
            "ended as ok with None; the bank's answer to it was 0",
        ),
        (
            _CLIENT.replace("Pay(op, self.open[op])", "Pay(op, 10)")
            + "        if timer.op in self.open:\n"
            + "            self.ask(timer.op, timer.attempt + 1)\n",
            "ann's payment 0 is 0; it asked for 10",
        ),
        (
            _CLIENT.replace("self.send(self.server", "self.send('bank'")
            + "        if timer.op in self.open:\n"
            + "            self.ask(timer.op, timer.attempt + 1)\n",
            "bank",
        ),
        (
            _CLIENT
            + "        if timer.op in self.open:\n"
            + "            self.send(self.server, Pay(timer.op + 100, self.open[timer.op]))\n"
            + "            self.set_timer(RetryDue(timer.op, 1), 40)\n",
            "which is not an operation of the user's: the bank cannot know a repetition",
        ),
        (
            _CLIENT
            + "        if timer.op in self.open and timer.attempt < 1_000:\n"
            + "            self.ask(timer.op, timer.attempt + 1)\n",
            "zoë asked 1,000 times to pay 0, at 40.0 s for the last time, and then never again",
        ),
        (
            _CLIENT.replace("op.value\n", "op.value\n        self.began = self.now\n")
            + "        if timer.op in self.open and self.now - self.began < 3_600_000:\n"
            + "            self.ask(timer.op, timer.attempt + 1)\n",
            "The bank was down for ten years, and zoë stood still for most of them",
        ),
        (
            _CLIENT + "        if self.open.get(timer.op):\n            self.ask(timer.op, timer.attempt + 1)\n",
            "is still under way, long after everything worked again",
        ),
        (
            _CLIENT.replace("reply.op, None) is not None:", "reply.op, None):")
            + "        if timer.op in self.open:\n"
            + "            self.ask(timer.op, timer.attempt + 1)\n",
            "Operation 0 is still under way, long after everything worked again. It needs no fault",
        ),
        (
            _CLIENT.replace("attempt), 40", "attempt), 1_990")
            + "        if timer.op in self.open:\n"
            + "            self.ask(timer.op, timer.attempt + 1)\n",
            "and came back right after a request",
        ),
        (
            _CLIENT.replace("attempt), 40", "attempt), 40 + attempt")
            + "        if timer.op in self.open:\n"
            + "            self.ask(timer.op, timer.attempt + 1)\n",
            "If the bank comes back right after that, its answer is too late",
        ),
        (
            _CLIENT.replace("self.open[op])", "self.open[op] + attempt // 900)")
            + "        if timer.op in self.open:\n"
            + "            self.ask(timer.op, timer.attempt + 1)\n",
            "zoë's payment 1000000 is 0; it asked for 1",
        ),
        (
            _CLIENT.replace("        self.ask(op.id, 1)", "        if op.id < 1_000:\n            self.ask(op.id, 1)")
            + "        if timer.op in self.open:\n"
            + "            self.ask(timer.op, timer.attempt + 1)\n",
            "Operation 1000000000 is still under way",
        ),
    ),
    "01.8": (
        (
            _CLIENT_8.replace("min(30 * 2**attempt, 1_000)", "80") + _BANK + _PAIR,
            "requests for one payment: 150 are allowed",
        ),
        (
            _CLIENT_8.replace("min(30 * 2**attempt, 1_000)", "30 * 2**attempt") + _BANK + _PAIR,
            "at most 3 s are allowed",
        ),
        (
            _CLIENT_8.replace("min(30 * 2**attempt, 1_000)", "1_000") + _BANK + _PAIR,
            "ms: at most 300 ms are allowed. Each message was lost with a probability of 0.2",
        ),
        (
            _CLIENT_8.replace("30 * 2**attempt", "8 * 2**attempt") + _BANK + _PAIR,
            "messages for 100 payments, of whatever kind: an answer takes at most 24 ms",
        ),
        (
            _CLIENT_8.replace("if timer.op in self.open:", "if timer.attempt < 40:")
            .replace("self.open.pop(reply.op, None)", "self.open.get(reply.op)") + _BANK + _PAIR,
            "ann had the answer to operation 0 at",
        ),
        (
            _CLIENT_8.replace("if timer.op in self.open:", "if timer.op in self.open and timer.attempt < 10:")
            + _BANK + _PAIR,
            "asked 10 times to pay",
        ),
        (
            _CLIENT_8
            + _BANK.replace("self.apply(record)\n\n    def", "self.total += record.amount\n\n    def")
            + _PAIR,
            "was charged 2 times. The smallest plan found: [At(",
        ),
        (
            _CLIENT_8 + _BANK.replace("            self.write(record)\n", "")
            .replace("pay.op])\n", "pay.op])\n        if record is not None:\n            self.write(record)\n")
            .replace("        if (sender", "        record = None\n        if (sender") + _PAIR,
            "ended as ok, but the bank's log holds no charge for it. The smallest plan found: [At(",
        ),
        (
            _CLIENT_8 + _BANK.replace("self.answers[record.client, record.op]", "self.answers[record.client]")
            .replace("self.answers[sender, pay.op]", "self.answers[sender][1]")
            .replace("= self.total", "= (record.op, self.total)")
            .replace("(sender, pay.op) not in self.answers", "self.answers.get(sender, (None, 0))[0] != pay.op")
            + _PAIR,
            "a repeated request gets the answer that it got first. No message was lost, but some were slow",
        ),
        (
            _CLIENT_8
            + _BANK.replace("pay.op, self.answers[sender, pay.op])", "pay.op, self.total)")
            + _PAIR,
            "a repeated request gets the answer that it got first",
        ),
        (
            "ANSWERS = {}\n\n\n"
            + _CLIENT_8
            + _BANK.replace("        self.answers = {}\n", "").replace("self.answers", "ANSWERS")
            + _PAIR,
            "memory in a class or a global variable outlives a crash here",
        ),
        (
            "@dataclass(frozen=True, slots=True)\n"
            "class Ask(Message):\n"
            "    op: int\n"
            "    amount: int\n\n\n"
            + (_CLIENT_8 + _BANK).replace("Pay(op,", "Ask(op,").replace("on_pay", "on_ask")
            + _PAIR,
            "ann sent Ask: a client asks with Pay(op.id, op.value), and with nothing else",
        ),
        (
            _CLIENT_8 + _BANK.replace("self.total += record.amount", "self.total = record.amount") + _PAIR,
            "bob's payment 3 was answered with 0; the total right after it was 7",
        ),
        (
            _CLIENT_8 + _BANK + _PAIR.replace("PayingClient, PayingBank", "PayingBank, PayingClient"),
            "The first of the two must be the client's class",
        ),
        (_CLIENT_8 + _BANK + _PAIR.replace("PayingClient, PayingBank", "PayingClient"), "must return two classes"),
        (_STUB_8 + _PAIR, "PayingClient needs a method on_invoke"),
        (
            _CLIENT_8.replace("timer.op in self.open:", "timer.op in self.open and timer.attempt < 1_000:")
            + _BANK + _PAIR,
            "zoë asked 1,000 times",
        ),
        (
            _CLIENT_8.replace("op.value\n", "op.value\n        self.began = self.now\n")
            .replace("timer.op in self.open:", "timer.op in self.open and self.now - self.began < 3_600_000:")
            + _BANK + _PAIR,
            "The bank was down for ten years",
        ),
        (
            _CLIENT_8.replace("30 * 2**attempt", "12 * 2**attempt").replace("longest / 2,", "longest - 4,")
            + _BANK + _PAIR,
            "messages for 100 payments, of whatever kind",
        ),
        (
            "@dataclass(frozen=True, slots=True)\n"
            "class Receipt(Message):\n"
            "    total: int\n\n\n"
            + _CLIENT_8.rstrip() + "\n\n    def on_receipt(self, sender, receipt):\n        pass\n\n\n"
            + _BANK.replace(
                "        self.reply(",
                "        if len(self.answers) > 8:\n            self.send(sender, Receipt(0))\n        self.reply(",
            )
            + _PAIR,
            "messages for 100 payments, of whatever kind",
        ),
        (
            _CLIENT_8.replace("if timer.op in self.open:", "if self.open.get(timer.op):") + _BANK + _PAIR,
            "zoë asked once to pay 0",
        ),
        (
            _CLIENT_8
            + _BANK.replace("            self.apply(record)\n        self.reply", "            self.apply(record)\n"
            "            if len(self.answers) > 10_000:\n"
            "                del self.answers[next(iter(self.answers))]\n"
            "        self.reply") + _PAIR,
            "The bank had started with a log of 20,000 payments",
        ),
        (
            _CLIENT_8 + _keyed(_BANK, "f'{sender}{pay.op}'", "f'{record.client}{record.op}'") + _PAIR,
            "There are twelve clients, with names that are much alike",
        ),
        (
            _CLIENT_8 + _BANK.replace(_IS_NEW, _IS_FALSY) + _PAIR,
            "An amount, a number and a total may be 0",
        ),
    ),
}  # fmt: skip


# --- plans of touches, with times as a mouse gives them, and others that come close ---------------

RIGHT["01.5"] += (
    _touched('move(the("ann\'s 1st Pay to bank"), 31.2)'),
    _touched('repeat(the("ann\'s 1st Pay to bank"), 12.7)'),
    _touched('move(the("bank\'s 1st Reply to ann"), 31.05)'),
    _touched('pause("bank", 3.4, 32.9)'),
    _touched('skew("ann", 0.6, 3.0, 900000.0)'),
    _touched(
        'move(the("bank\'s 1st Reply to ann"), 640.5)',
        'move(the("bank\'s 2nd Reply to ann"), 700.0)',
    ),
    (
        'plan = [At(11, CrashDuring("bank", after=1)), At(12, Restart("bank")), '
        'At(41, CrashDuring("bank", after=1)), At(45, Restart("bank"))]'
    ),
    'plan = [At(0, Repeat("bank", "ann", "Reply", 1, latency_ms=40)), At(0, Lose("bank", "ann", "Reply", 1))]',
    'plan = [At(15, Crash("ann")), At(16, Restart("ann")), At(0, Repeat("ann", "bank", "Pay", 1, 20))]',
)
WRONG["01.5"] += (
    (
        _touched('move(the("bank\'s 1st Reply to ann"), 30.9)'),
        "The bank charged once; ann asked once, and the payment ended as ok",
    ),
    (
        _touched('move(the("ann\'s 1st Pay to bank"), 20.9)'),
        "The bank charged once; ann asked once, and the payment ended as ok",
    ),
    (
        _touched('repeat(the("bank\'s 1st Reply to ann"), 33.3)'),
        "The bank charged once; ann asked once, and the payment ended as ok",
    ),
    (
        _touched('lose(the("bank\'s 1st Reply to ann"))'),
        "An answer of the bank is lost: the chapter has shown that way",
    ),
    (
        _touched('pause("bank", 3.4, 20.7)'),
        "The bank charged once; ann asked once, and the payment ended as ok",
    ),
    (
        _touched('isolate("bank", 14.6, 27.3)'),
        "An answer of the bank is lost: the chapter has shown that way",
    ),
    (
        _touched('crash("bank", 10.4)', 'restart("bank", 12.2)'),
        "The bank charged once; ann asked twice, and the payment ended as ok",
    ),
    (
        _touched('skew("ann", 0.6, 400.0)'),
        "The bank charged once; ann asked once, and the payment ended as ok",
    ),
    (
        _touched('crash("ann", 0.4)'),
        "The bank never charged; ann did not ask, and the payment never began",
    ),
    (
        _touched('isolate("ann", 0.3, 200.0)'),
        "The bank never charged; ann asked 3 times, and the payment ended as unknown",
    ),
    (
        _touched('isolate("ann", 0.3, 26.0)', 'pause("ann", 26.5, 400.2)'),
        "The bank charged once; ann asked twice, and the payment ended as ok",
    ),
    (
        'plan = [At(0, Lose("bank", "ann", "Replies", 1))]',
        "has no effect: bank sends ann no messages of type Replies",
    ),
    (
        'plan = [At(20, Delay("bank", "ann", "Reply", 1, latency_ms=40))]',
        "has no effect: the message is sent at 11 ms, before that; plan it at 0 ms",
    ),
    (
        'plan = [At(0, Crash("ann"))]',
        "The bank never charged; ann did not ask, and the payment never began",
    ),
    ('plan = [At(2.7, Pause("ann"))]', "An answer of the bank is held back for ever"),
    (
        'plan = [At(0, SetClock("ann", drift_ppm=-500_000))]',
        "The bank charged once; ann asked once, and the payment ended as ok",
    ),
)

# equal messages, names and keys, compared by identity: what comes over a wire is another object
WRONG["01.7"] += (
    (
        but(
            having(RIGHT["01.7"], "reply.op == self.request.op"),
            ("reply.op == self.request.op", "reply.op is self.request.op"),
        ),
        "asked again at 40 ms",
    ),
)
