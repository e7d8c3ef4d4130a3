"""Planted answers to the exercises of chapter 07: source, and for wrong ones a part of the message meant for it."""

_PHI = "def phi(elapsed, mean, deviation):\n"
_NORMAL = "    y = (elapsed - mean) / deviation\n"
_STEADY = "class SteadyPhi(TextbookPhi):\n    def heartbeat(self, node, now_ms):\n"

RIGHT = {
    "07.3": (
        "threshold = 5.5",
        "threshold = 7",
        "from fractions import Fraction\nthreshold = Fraction(13, 2)",
        "import numpy as np\nthreshold = np.float32(6)",
    ),
    "07.4": (
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
        ("class SteadyPhi:\n    pass\n", "must be a class derived from TextbookPhi"),
        (_STEADY + "        self.gaps[node].append(0)\n", "Your code raised KeyError"),
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
