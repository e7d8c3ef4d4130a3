"""Planted answers to the exercises of chapter 01: source, and for wrong ones a part of the message meant for it."""

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

RIGHT = {
    "01.3": (
        "attempts = next(n for n in range(1, 50) if 1 - 0.36**n >= 0.999)",
        "import math\nattempts = math.ceil(math.log(0.001) / math.log(1 - 0.8**2))",
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
    ),
    "01.5": (
        'plan = [At(5, CrashDuring("bank", after=1)), At(15, Restart("bank"))]',
        'plan = [At(0, SetLink("ann", "bank", duplicate=1.0))]',
        'plan = [At(5, Hold("bank", "ann")), At(40, Release("bank", "ann"))]',
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
        "        self.reply(sender, pay.op, self.paid)\n",
        _ACCOUNT + _NEW + _WRITE + _REPLY,
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
    ),
}

WRONG = {
    "01.3": (
        ("attempts = 5", "With 5 attempts 99.40 % of the calls are answered: too few"),
        ("attempts = 6", "With 6 attempts 99.78 % of the calls are answered: too few"),
        ("attempts = 8", "8 attempts are enough (99.972 %), but fewer are enough too"),
        ("attempts = 7.0", "7.0 is no number of attempts"),
        ("attempts = 0", "0 is no number of attempts"),
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
    ),
    "01.5": (
        ('plan = [At(15, Cut("bank", "ann"))]', "the way that the chapter has shown"),
        ('plan = [At(15, Partition({"ann"}, {"bank"}))]', "the way that the chapter has shown"),
        (
            'plan = [At(5, Crash("bank")), At(20, Restart("bank"))]',
            "The bank charged once; the payment ended as ok",
        ),
        ('plan = [At(5, Crash("bank"))]', "The bank never charged; the payment ended as unknown"),
        ('plan = [At(5, Pause("Bank"))]', "Bank"),
        ('plan = [(5, Pause("bank"))]', "`plan` must be a list of At(ms, fault)"),
        ('plan = [At(ms, Pause("bank")) for ms in range(5)]', "it can be done with 4 or fewer"),
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
            "ended as ok, but the bank's log holds no charge for it",
        ),
        (
            _CLIENT.replace("reply.op,", "reply.op % 100,").replace("self.open[op]", "self.open[op % 100]")
            + "        if timer.op % 100 in self.open:\n"
            + "            self.ask(timer.op + 100, 1)\n",
            "which is not an operation of the user's: it cannot know a repetition",
        ),
    ),
}  # fmt: skip
