"""Planted answers to the exercises of chapter 07: source, and for wrong ones a part of the message meant for it."""

from tests.exercises.altered import altered, but, same_object

_PHI = "def phi(elapsed, mean, deviation):\n"
_NORMAL = "    y = (elapsed - mean) / deviation\n"
_STEADY = "class SteadyPhi(TextbookPhi):\n    def heartbeat(self, node, now_ms):\n"


def _seeded(condition: str, window: str = "self.window") -> str:
    """The source of a detector that begins with an estimate, and learns a gap under this condition."""
    return (
        _STEADY
        + "        if node not in self.last:\n"
        + f"            self.gaps[node] = deque([750, 1250], maxlen={window})\n"
        + f"        {condition}\n"
        + "            self.gaps[node].append(now_ms - self.last[node])\n"
        + "        self.last[node] = now_ms\n"
    )


_DETECTOR = """class MyDetector(Node):
    def __init__(self, id, peers=()):
        super().__init__(id, peers)
        self.suspected = set()
        self.last = {}
        self.gaps = {peer: deque([75, 125], maxlen=100) for peer in peers}

    def on_start(self, log):
        self.last = dict.fromkeys(self.peers, self.now)
        self.on_next_beat(NextBeat())

    def on_next_beat(self, timer):
        self.broadcast(Beat())
        self.suspected = {peer for peer in self.peers if self.silence(peer) > self.usual(peer)}
        self.set_timer(timer, 100)

    def silence(self, peer):
        return self.now - self.last[peer]

    def usual(self, peer):
        return np.mean(self.gaps[peer]) + 5 * np.std(self.gaps[peer]) + 75

    def on_beat(self, sender, beat):
        gap = self.silence(sender)
        if gap < 1_500 or gap < self.usual(sender):
            self.gaps[sender].append(gap)
        self.last[sender] = self.now
        self.suspected.discard(sender)
"""
_USUAL = "np.mean(self.gaps[peer]) + 5 * np.std(self.gaps[peer]) + 75"


def _detector(*changes: tuple[str, str]) -> str:
    """The source of the detector with these changes."""
    source = _DETECTOR
    for old, new in changes:
        assert old in source, old
        source = source.replace(old, new)
    return source


RIGHT = {
    "07.3": (
        "threshold = 5.5",
        "threshold = 7",
        "from fractions import Fraction\nthreshold = Fraction(13, 2)",
        "import numpy as np\nthreshold = np.float32(6)",
    ),
    "07.4": (
        _PHI
        + _NORMAL
        + "    if y < 5:\n"
        + "        return -math.log10(math.erfc(y / math.sqrt(2)) / 2) if y > -1 else "
        + "-math.log1p(-math.erfc(-y / math.sqrt(2)) / 2) / math.log(10)\n"
        + "    fraction = y\n    for n in range(120, 0, -1):\n        fraction = y + n / fraction\n"
        + "    return (y * y / 2 + math.log(fraction * math.sqrt(2 * math.pi))) / math.log(10)\n",
        _PHI
        + "    import numpy as np\n    from scipy.special import log_ndtr\n"
        + "    return np.asarray(-log_ndtr((mean - elapsed) / deviation) / np.log(10))\n",
        "from scipy.special import log_ndtr\n\n"
        + _PHI
        + _NORMAL
        + "    return float(-log_ndtr(-y) / math.log(10))\n",
        "import numpy as np\nfrom scipy.stats import norm\n"
        + _PHI
        + "    return np.float64(-norm.logsf(elapsed, mean, deviation) / np.log(10))\n",
        _PHI
        + _NORMAL
        + "    if y < 0:\n"
        + "        return -math.log1p(-math.erfc(-y / math.sqrt(2)) / 2) / math.log(10)\n"
        + "    if y < 30:\n"
        + "        return -math.log10(math.erfc(y / math.sqrt(2)) / 2)\n"
        + "    tail = 1 - 1 / y**2 + 3 / y**4 - 15 / y**6\n"
        + "    log = -y * y / 2 - math.log(y * math.sqrt(2 * math.pi)) + math.log(tail)\n"
        + "    return -log / math.log(10)\n",
    ),
    "07.5": (
        "class Gaps(deque):\n    __slots__ = ()\n\n\n"
        + _STEADY
        + "        outage = node in self.last and self.suspects(node, now_ms)\n"
        + "        if outage:\n            self.last[node] = now_ms\n            return\n"
        + "        young = node not in self.last\n        super().heartbeat(node, now_ms)\n"
        + "        if young:\n            self.gaps[node] = Gaps((600, 1_000, 1_400), self.window)\n",
        _STEADY
        + "        if node not in self.last:\n"
        + "            self.gaps[node] = deque([980, 1020], maxlen=self.window)\n"
        + "        elif not self.suspects(node, now_ms):\n"
        + "            self.gaps[node].append(now_ms - self.last[node])\n"
        + "        self.last[node] = now_ms\n",
        "from threading import Lock\n"
        + "class SteadyPhi(TextbookPhi):\n"
        + "    def __init__(self, *settings):\n"
        + "        super().__init__(*settings)\n"
        + "        self.lock = Lock()\n\n"
        + "    def heartbeat(self, node, now_ms):\n"
        + "        with self.lock:\n"
        + "            old = self.last.get(node)\n"
        + "            gaps = self.gaps.setdefault(node, deque([700.0, 1300.0], self.window))\n"
        + "            if old is not None and not self.suspects(node, now_ms):\n"
        + "                gaps.append(now_ms - old)\n"
        + "            self.last[node] = now_ms\n",
        _STEADY
        + "        if node not in self.last:\n"
        + "            self.gaps[node] = deque([500, 1500], maxlen=self.window)\n"
        + "        else:\n"
        + "            if self.phi(node, now_ms) <= self.threshold:\n"
        + "                self.gaps[node].append(now_ms - self.last[node])\n"
        + "        self.last[node] = now_ms\n",
        _STEADY
        + "        young = node not in self.last\n"
        + "        outage = not young and self.suspects(node, now_ms)\n"
        + "        before = self.last.get(node)\n"
        + "        kept = list(self.gaps.get(node, [800, 1200]))\n"
        + "        self.gaps[node] = deque(kept, maxlen=self.window)\n"
        + "        if not young and not outage:\n"
        + "            self.gaps[node].append(now_ms - before)\n"
        + "        self.last[node] = now_ms\n",
    ),
    "07.7": (
        _detector((_USUAL, "4 * np.quantile(self.gaps[peer], 0.9)")),
        _detector(
            (
                "self.suspected = {peer for peer in self.peers if self.silence(peer) > self.usual(peer)}",
                "self.suspected = [peer for peer in self.peers if self.silence(peer) > self.usual(peer)]",
            ),
            (
                "self.suspected.discard(sender)",
                "self.suspected = [p for p in self.suspected if p != sender]",
            ),
        ),
        """from dscourse.detectors import PhiAccrual


class MyDetector(Node):
    def __init__(self, id, peers=()):
        super().__init__(id, peers)
        self.suspected = set()
        self.of = {}

    def on_start(self, log):
        self.of = {
            peer: PhiAccrual(8, 100, 10, 75, 100, start_ms=self.now, outage_ms=1_500)
            for peer in self.peers
        }
        self.on_next_beat(NextBeat())

    def on_next_beat(self, timer):
        self.broadcast(Beat())
        self.set_timer(timer, 100)
        self.suspected |= {peer for peer, own in self.of.items() if own.suspects(self.now)}

    def on_beat(self, sender, beat):
        self.of[sender].heartbeat(self.now)
        self.suspected.discard(sender)
""",
    ),
    "07.6": (
        "arrivals = [100 * n for n in range(1, 60)] + [6190]",
        "arrivals = [50 * n for n in range(1, 80)] + [4200, 4250]",
        "arrivals = [100, 380]",
        "import numpy as np\narrivals = np.append(np.arange(100, 5_000, 100), 5_150)",
        "arrivals = (100 * n + (150 if n == 60 else 0) for n in range(1, 61))",
    ),
}

WRONG = {
    "07.3": (
        ("threshold = 2", "too hasty"),
        ("threshold = 4", "too hasty"),
        ("threshold = 8", "too late"),
        ("threshold = 12", "too late"),
        ("threshold = '6'", "must be a number"),
        ("threshold = 0", "must be a number"),
    ),
    "07.4": (
        (
            _PHI
            + _NORMAL
            + "    later = 1 - (1 + math.erf(y / math.sqrt(2))) / 2\n"
            + "    return -math.log10(later) if later else math.inf\n",
            "deviations after the mean",
        ),
        (
            _PHI
            + _NORMAL
            + "    later = math.erfc(y / math.sqrt(2)) / 2\n"
            + "    return -math.log10(later) if later else math.inf\n",
            "is infinite, 40 deviations after the mean",
        ),
        (
            _PHI + _NORMAL + "    return math.log1p(math.exp(y * (1.5976 + 0.070566 * y * y)))\n",
            "-log10 of the normal tail",
        ),
        (_PHI + "    return elapsed / mean / math.log(10)\n", "-log10 of the normal tail"),
        (_PHI + "    return 'high'\n", "it must be a number"),
        (
            "from scipy.special import log_ndtr\n"
            + _PHI
            + "    return -log_ndtr((mean - elapsed) / max(deviation, 0.5)) / math.log(10)\n",
            "deviations after the mean is",
        ),
        (
            "from scipy.special import log_ndtr\nknown = {}\n"
            + _PHI
            + _NORMAL
            + "    if round(y) not in known:\n"
            + "        known[round(y)] = -log_ndtr(-y) / math.log(10)\n    return known[round(y)]\n",
            "deviations after the mean is",
        ),
        (
            _PHI
            + _NORMAL
            + "    if y < 8:\n        return -math.log10(math.erfc(y / math.sqrt(2)) / 2)\n"
            + "    log = math.log(y * math.sqrt(2 * math.pi)) - math.log(1 - 1 / y**2 + 3 / y**4)\n"
            + "    return (y * y / 2 + log) / math.log(10)\n",
            "deviations after the mean is",
        ),
        (
            "from scipy.special import log_ndtr\n"
            + _PHI
            + "    return -log_ndtr((mean - elapsed) / 100) / math.log(10)\n",
            "phi(26, 50, 4) gives",
        ),
        (
            "from scipy.special import log_ndtr\n"
            + _PHI
            + "    return -log_ndtr((1000 - elapsed) / deviation) / math.log(10)\n",
            "phi(26, 50, 4) gives",
        ),
        (
            "from scipy.special import log_ndtr\n"
            + _PHI
            + "    return -log_ndtr((mean - elapsed) / deviation)\n",
            "the natural logarithm",
        ),
        (
            "from scipy.special import log_ndtr\n"
            + _PHI
            + "    return -log_ndtr((elapsed - mean) / deviation) / math.log(10)\n",
            "-log10 of the normal tail",
        ),
        (
            _PHI + _NORMAL + "    return -math.log10((1 - math.erf(y / math.sqrt(2))) / 2)\n",
            "Your code raised ValueError",
        ),
    ),
    "07.5": (
        (
            _STEADY
            + "        if node not in self.last:\n"
            + "            self.gaps[node] = deque([750, 1250], maxlen=self.window)\n"
            + "            self.last[node] = now_ms\n"
            + "        elif not self.suspects(node, now_ms):\n"
            + "            self.gaps[node].append(now_ms - self.last[node])\n"
            + "            self.last[node] = now_ms\n",
            "note the time of every heartbeat",
        ),
        (
            "class SteadyPhi(TextbookPhi):\n    def suspects(self, node, now_ms):\n"
            "        return now_ms - self.last[node] > 2_500\n",
            "no fixed time may stand for it",
        ),
        (
            _STEADY
            + "        gaps = self.gaps.setdefault(0, deque([750, 1250], maxlen=self.window))\n"
            + "        self.gaps[node] = gaps\n"
            + "        if node in self.last and not self.suspects(node, now_ms):\n"
            + "            gaps.append(now_ms - self.last[node])\n"
            + "        self.last[node] = now_ms\n",
            "keep the gaps of each node apart",
        ),
        (
            _STEADY
            + "        if node not in self.last:\n"
            + "            self.gaps[node] = deque([750, 1250])\n"
            + "        elif not self.suspects(node, now_ms):\n"
            + "            self.gaps[node].append(now_ms - self.last[node])\n"
            + "        self.last[node] = now_ms\n",
            "With a window of 50",
        ),
        (
            _STEADY
            + "        if node not in self.last:\n"
            + "            self.gaps[node] = deque([750, 1250], maxlen=self.window)\n"
            + "        else:\n"
            + "            self.gaps[node].append(now_ms - self.last[node])\n"
            + "        self.last[node] = now_ms\n",
            "The outage is still in the window",
        ),
        (
            _STEADY
            + "        if node not in self.last:\n"
            + "            self.gaps[node] = deque(maxlen=self.window)\n"
            + "        elif not self.suspects(node, now_ms):\n"
            + "            self.gaps[node].append(now_ms - self.last[node])\n"
            + "        self.last[node] = now_ms\n",
            "is not suspected a minute later",
        ),
        (
            _STEADY
            + "        if node not in self.last:\n"
            + "            self.gaps[node] = deque([100, 101], maxlen=self.window)\n"
            + "        elif not self.suspects(node, now_ms):\n"
            + "            self.gaps[node].append(now_ms - self.last[node])\n"
            + "        self.last[node] = now_ms\n",
            "After a single heartbeat the node is suspected",
        ),
        (
            _STEADY
            + "        if node not in self.last:\n"
            + "            self.gaps[node] = deque([750, 1250], maxlen=self.window)\n"
            + "        elif now_ms - self.last[node] < 150:\n"
            + "            self.gaps[node].append(now_ms - self.last[node])\n"
            + "        self.last[node] = now_ms\n",
            "what is no outage must still be learnt",
        ),
        (
            _seeded("elif now_ms - self.last[node] < 10_000:"),
            "an outage must not change what is usual",
        ),
        (
            _seeded("elif self.last[node] < 0 or not self.suspects(node, now_ms):", "50"),
            "use self.window",
        ),
        (
            _STEADY
            + "        if node not in self.last or self.suspects(node, now_ms):\n"
            + "            self.gaps[node] = deque([750, 1250], maxlen=self.window)\n"
            + "        else:\n"
            + "            self.gaps[node].append(now_ms - self.last[node])\n"
            + "        self.last[node] = now_ms\n",
            "an outage must not change what is usual",
        ),
        (
            _STEADY
            + "        if node not in self.last:\n"
            + "            self.gaps[node] = deque([750, 1250], maxlen=self.window)\n"
            + "        else:\n"
            + "            self.gaps[node].append(min(now_ms - self.last[node], 1_000))\n"
            + "        self.last[node] = now_ms\n",
            "an outage must not change what is usual",
        ),
        (
            "class SteadyPhi(TextbookPhi):\n    outages = 0\n\n    def heartbeat(self, node, now_ms):\n"
            "        if node not in self.last:\n"
            "            self.gaps[node] = deque([750, 1250], maxlen=self.window)\n"
            "        elif self.outages or not self.suspects(node, now_ms):\n"
            "            self.gaps[node].append(now_ms - self.last[node])\n"
            "        else:\n            self.outages += 1\n"
            "        self.last[node] = now_ms\n",
            "an outage must not change what is usual",
        ),
        (
            _seeded("elif len(self.gaps[node]) < 20 or not self.suspects(node, now_ms):"),
            "The outage of a young node must stay out of the window",
        ),
        (
            _STEADY
            + "        if len(self.last) > 4 and node not in self.last:\n            return\n"
            + "        if node not in self.last:\n"
            + "            self.gaps[node] = deque([750, 1250], maxlen=self.window)\n"
            + "        elif not self.suspects(node, now_ms):\n"
            + "            self.gaps[node].append(now_ms - self.last[node])\n"
            + "        self.last[node] = now_ms\n",
            "nodes of one detector",
        ),
        ("class SteadyPhi:\n    pass\n", "must be a class derived from TextbookPhi"),
        (_STEADY + "        self.gaps[node].append(0)\n", "Your code raised KeyError"),
    ),
    "07.7": (
        (_detector((_USUAL, "250")), "nodes that are up are suspected for"),
        (_detector((_USUAL, "500")), "nodes that are up are suspected for"),
        (_detector((_USUAL, "700")), "at most 500 ms are allowed"),
        (_detector(("5 * np.std", "2 * np.std")), "nodes that are up are suspected for"),
        (_detector((_USUAL, "18 * np.mean(self.gaps[peer])")), "at most 500 ms are allowed"),
        (
            _detector(("if gap < 1_500 or gap < self.usual(sender):", "if gap > 0:")),
            "at most 500 ms are allowed",
        ),
        (_detector(("maxlen=100", "maxlen=400")), "is down from 85,000 ms on"),
        (
            _detector(
                (
                    "self.gaps = {peer: deque([75, 125], maxlen=100) for peer in peers}",
                    "self.gaps = dict.fromkeys(peers, deque([75, 125], maxlen=100))",
                )
            ),
            "is down from 25,000 ms on",
        ),
        (
            _detector(("dict.fromkeys(self.peers, self.now)", "dict.fromkeys(self.peers, 0)")),
            "over a link that loses nothing",
        ),
        (
            _detector(("dict.fromkeys(self.peers, self.now)", "dict.fromkeys(self.peers, 1e12)")),
            "at most 3,000 ms are allowed",
        ),
        (
            _detector(
                ("self.suspected = {peer", "self.suspected |= {peer"),
                ("        self.suspected.discard(sender)\n", ""),
            ),
            "which is up since 6,000 ms",
        ),
        (_detector(("timer, 100", "timer, 50")), "one heartbeat per peer and period makes 400"),
        (_detector(("timer, 100", "timer, 200")), "one heartbeat per peer and period makes 400"),
        (
            _detector(
                (
                    "        gap = self",
                    "        if self.now % 2 < 1:\n            self.send(sender, Beat())\n        gap = self",
                )
            ),
            "one heartbeat per peer and period makes 400",
        ),
        (
            _detector(("self.broadcast(Beat())", "self.send(self.peers[0], Beat())")),
            "four nodes on a calm network, of which".capitalize(),
        ),
        (
            _detector(("{peer for peer", "{self.id} | {peer for peer")),
            "which is not one of its peers",
        ),
        (_detector(("{peer for peer", "{peer.lower() for peer")), "Four nodes on a calm network"),
        ("class MyDetector:\n    pass\n", "must be a class derived from Node"),
    ),
    "07.6": (
        ("arrivals = [100 * n for n in range(1, 60)]", "φ is never wrong on these"),
        ("arrivals = [100 * n for n in range(1, 60)] + [7000]", "wrong as well"),
        (
            "arrivals = [150 * n + (50 if n % 2 else 0) for n in range(1, 60)]",
            "φ is never wrong on these",
        ),
        ("arrivals = [300, 200]", "none may be before"),
        ("arrivals = [100]", "give from 2 to 100"),
        ("arrivals = 'now'", "must be a list of times"),
    ),
}

# equal messages, names and keys, compared by identity: what comes over a wire is another object
WRONG["07.5"] += (
    (
        altered("07.5", ("if node not in self.last", f"if not {same_object('node', 'self.last')}")),
        "`heartbeat` compares by `is`",
    ),
)

# nodes that tell each other through a global variable, a cache, or the environment
_TELEPATHY = """
class MyDetector(Node):
    def __init__(self, id, peers=()):
        super().__init__(id, peers)
        self.suspected = set()

    def on_start(self, log):
        self.on_next_beat(NextBeat())

    def on_next_beat(self, timer):
        world = id(self._context.time)
        ALIVE[world, self.id] = self.now
        self.broadcast(Beat())
        self.suspected = {peer for peer in self.peers if self.now - ALIVE.get((world, peer), -1_000) > 250}
        self.set_timer(timer, 100)

    def on_beat(self, sender, beat):
        pass
"""
WRONG["07.7"] += (
    ("ALIVE = {}\n\n\n" + _TELEPATHY.lstrip("\n"), "`ALIVE` has changed while the nodes ran"),
    (
        but(
            "from functools import lru_cache\n\n\n" + _TELEPATHY.lstrip("\n"),
            ("ALIVE", "alive()"),
        )
        + "\n\n@lru_cache\ndef alive():\n    return {}\n",
        "suspects 'n1' at",
    ),
    (
        but(
            "import os\n\n\n" + _TELEPATHY.lstrip("\n"),
            (
                "ALIVE[world, self.id] = self.now",
                "os.environ[f'{world} {self.id}'] = str(self.now)",
            ),
            (
                "ALIVE.get((world, peer), -1_000)",
                "float(os.environ.get(f'{world} {peer}', -1_000))",
            ),
        ),
        "nothing of it outlives a check",
    ),
)
