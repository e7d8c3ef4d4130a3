"""Linearizability against Porcupine (Go) on the same histories: processor time of a verdict, and of an explanation.

Histories like those of Porcupine's own tests: of etcd (100 times 85 operations of 5 clients on a register with
compare-and-set, 12 % of unknown outcome, three of four refuted by a stale read) and of a store of texts (2,000 gets,
appends and puts of 10, 30 or 50 clients on 10 keys, one of two with a stale read). Porcupine's explanation is the set
of longest partial linearizations, ours the order, or the sentence and the few operations that refute the history. The
pieces of the texts all differ and none is the beginning of another, so that we judge them by a rule (`pieces`), and
Porcupine by search.

Porcupine needs Go and its module (``benchmarks/porcupine``); without them the table has our times alone. A program
built elsewhere is taken from the environment variable ``PORCUPINE``.
"""

from __future__ import annotations

import gc
import json
import os
import random
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count, islice
from pathlib import Path

from benchmarks.checkers import compare_and_set, recorded
from benchmarks.paired import Ratio
from dscourse.checkers import CasRegister, KeyValue, Verdict, linearizable
from dscourse.history import History, Op

__all__ = ["SETS", "Peer", "events", "run"]

_GO = Path(__file__).parent / "porcupine"
_LIMIT = "2s"  # for one history: longer ones count with that
_UNKNOWN = 1 << 60  # the index of an end that was never seen


def _etcd() -> list[History]:
    """Return 100 histories: 25 with an order, 75 with a stale read and without one, whatever it takes to see that."""
    sound = [_of_etcd(seed, stale=False) for seed in range(25)]
    stale = (_of_etcd(seed, stale=True) for seed in count(25))
    return sound + list(islice((one for one in stale if linearizable(one).ok is False), 75))


def _of_etcd(seed: int, stale: bool) -> History:
    return recorded(CasRegister(), compare_and_set, 85, 5, seed, unknown=0.12, stale=stale)


def _texts(clients: int) -> list[History]:
    return [
        recorded(KeyValue(), appends, 2_000, clients, seed, 10, stale=seed % 2 == 1)
        for seed in range(4)
    ]


def appends(rng: random.Random, n: int) -> tuple[str, object]:
    """A get, an append of a string that no other operation has or, once in twenty, a put, as in Porcupine's tests."""
    (f,) = rng.choices(("get", "append", "put"), (10, 9, 1))
    return f, None if f == "get" else f"x {n} y"


# By label: the model of Porcupine's, and the histories.
SETS: dict[str, tuple[str, Callable[[], list[History]]]] = {
    "etcd": ("register", _etcd),
    "texts, 10 clients": ("texts", partial(_texts, 10)),
    "texts, 30 clients": ("texts", partial(_texts, 30)),
    "texts, 50 clients": ("texts", partial(_texts, 50)),
}


def events(history: History) -> Iterator[dict[str, object]]:
    """Yield the events of a history in their order, as the Go program reads them; a failed operation has none."""
    clients = {process: number for number, process in enumerate(history.processes)}
    rows = []
    for op in history:
        if op.status != "fail":
            rows.append((op.invoked, op, False))
            rows.append(
                (_UNKNOWN + op.id if op.end == float("inf") else op.returned or 0, op, True)
            )
    for _, op, returns in sorted(rows, key=lambda row: row[0]):
        shown = op.result if returns else op.value
        yield {
            "Returns": returns, "Process": clients[op.process], "Id": op.id, "F": op.f, "Key": str(op.key),
            "Numbers": _numbers(shown), "Text": shown if isinstance(shown, str) else "", "Outcome": _outcome(op),
        }  # fmt: skip


def _numbers(value: object) -> list[int]:
    several = value if isinstance(value, tuple) else (value,)
    return [number for number in several if type(number) is int]


def _outcome(op: Op) -> str:
    if op.status != "ok":
        return "unknown"
    return "refused" if op.result is False else "ok"


@dataclass(frozen=True)
class Peer:
    """Porcupine, as a program that reads a file of histories."""

    program: str

    @classmethod
    def built(cls, folder: str) -> Peer | str:
        """Return the program named by ``PORCUPINE``, or one built in ``folder``; else why there is none."""
        given = os.environ.get("PORCUPINE", "")
        if given:
            return cls(given)
        go = shutil.which("go")
        if go is None:
            return "there is no Go"
        program = f"{folder}/porcupine"
        for command in (["mod", "download", "all"], ["build", "-mod=mod", "-o", program, "."]):
            done = subprocess.run(
                [go, *command], cwd=_GO, capture_output=True, text=True, check=False
            )
            if done.returncode:
                return f"go {command[0]} failed: {(done.stderr.splitlines() or ['?'])[0]}"
        return cls(program)

    def judge(self, model: str, path: str) -> tuple[float, float, list[str]]:
        """Return the processor seconds of all verdicts, those with explanations, and the verdicts."""
        command = [self.program, model, _LIMIT, path]
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        return float(out[0]), float(out[1]), out[2:]


def _seconds(job: Callable[[], object]) -> float:
    """Return the processor seconds that a call takes."""
    gc.collect()
    start = time.process_time()
    job()
    return time.process_time() - start


def _ours(histories: Sequence[History]) -> tuple[float, float, list[Verdict]]:
    """Return our processor seconds for the verdicts, those with explanations, and the verdicts."""
    verdicts: list[Verdict] = []
    verdict_s = _seconds(lambda: verdicts.extend(map(linearizable, histories)))
    explained_s = verdict_s + _seconds(
        lambda: [(one.reason, one.witness, one.judged) for one in verdicts]
    )
    return verdict_s, explained_s, verdicts


_WORDS = {True: "Ok", False: "Illegal", None: "Unknown"}


def _row(label: str, peer: Peer | None, model: str, histories: list[History], rounds: int) -> str:
    """Return one line of the table; AssertionError if the two do not agree."""
    own: list[tuple[float, float]] = []
    ratios: tuple[list[float], list[float]] = ([], [])
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.writelines(json.dumps(list(events(one))) + "\n" for one in histories)
        file.flush()
        for _ in range(rounds):
            *mine, verdicts = _ours(histories)
            own.append((mine[0], mine[1]))
            if peer is not None:
                *theirs, words = peer.judge(model, file.name)
                _agree(verdicts, words)
                for found, one, other in zip(ratios, mine, theirs, strict=True):
                    found.append(one / other)
    milliseconds = [1e3 * statistics.median(column) for column in zip(*own, strict=True)]
    beside = "  ".join(f"{Ratio.of(found)!s:<22}" for found in ratios if found)
    return f"{label:<18} {milliseconds[0]:>10.0f} {milliseconds[1]:>10.0f}  {beside}".rstrip()


def _agree(verdicts: Iterable[Verdict], words: Iterable[str]) -> None:
    for number, (verdict, word) in enumerate(zip(verdicts, words, strict=True)):
        if word != "Unknown" and verdict.ok is not None:
            assert _WORDS[verdict.ok] == word, (
                f"history {number}: {verdict} but Porcupine says {word}"
            )


def run(rounds: int = 5) -> str:
    """A table: our processor time for each set, and its ratio to Porcupine's; below 1 ours is less."""
    with tempfile.TemporaryDirectory() as folder:
        peer = Peer.built(folder)
        beside = peer if isinstance(peer, Peer) else None
        rows = [
            f"{'histories':<18} {'verdict ms':>10} {'explained':>10}  "
            f"{'verdict / Porcupine':<22}  explained / Porcupine"
        ]
        rows += [_row(label, beside, *SETS[label][:1], SETS[label][1](), rounds) for label in SETS]
        if isinstance(peer, str):
            rows.append(f"without Porcupine: {peer}")
    return "\n".join(rows)
