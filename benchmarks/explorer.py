"""Explorer against a breadth-first search in Rust, on two-phase commit: processor time for the same states and steps.

Five, six and seven resource managers, searched whole, with a property in every state and two that some state must
have. The peer is ours (``two_phase.rs``): Stateright's search with one thread, written out for this model, without
its library. It needs ``rustc``; without, the table has our times alone.
"""

from __future__ import annotations

import resource
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.paired import Ratio
from dscourse.explore import Exploration, explore_model
from dscourse.explore.two_phase import TwoPhase, TwoPhaseState, consistent

__all__ = ["MANAGERS", "explored", "run"]

MANAGERS = (5, 6, 7)
_RUST = Path(__file__).parent / "two_phase.rs"


def _all_committed(state: TwoPhaseState) -> bool:
    return set(state.managers) == {"committed"}


def _all_aborted(state: TwoPhaseState) -> bool:
    return set(state.managers) == {"aborted"}


def explored(managers: int) -> tuple[Exploration, float]:
    """Return the result of our explorer, and its processor seconds."""
    start = time.process_time()
    goals = [_all_committed, _all_aborted]
    model = TwoPhase(managers)
    found = explore_model(model, always=[consistent], sometimes=goals, budget=1_000_000)
    return found, time.process_time() - start


def _built(folder: str) -> str:
    """Return the peer's program, built in ``folder``; "" if there is no Rust compiler."""
    rustc = shutil.which("rustc")
    if rustc is None:
        return ""
    program = f"{folder}/two_phase"
    subprocess.run([rustc, "-O", str(_RUST), "-o", program], check=True, capture_output=True)
    return program


def _peer(program: str, managers: int) -> tuple[list[int], float]:
    """Return the states, steps and depth that the peer finds, and its processor seconds."""
    start = _of_children()
    done = subprocess.run([program, str(managers)], check=True, capture_output=True, text=True)
    return [int(number) for number in done.stdout.split()], _of_children() - start


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _row(managers: int, program: str, rounds: int) -> str:
    """Return one line of the table; AssertionError if the two do not find the same states and steps."""
    own: list[float] = []
    ratios: list[float] = []
    for _ in range(rounds):
        found, seconds = explored(managers)
        own.append(seconds)
        if program:
            counts, theirs = _peer(program, managers)
            assert counts == [found.states, found.transitions, found.depth]
            ratios.append(seconds / theirs)
    beside = str(Ratio.of(ratios)) if ratios else ""
    milliseconds = 1e3 * statistics.median(own)
    return f"{managers:>8} {found.states:>8,} {found.transitions:>10,} {milliseconds:>6.0f}  {beside}".rstrip()


def run(rounds: int = 5, most: int = MANAGERS[-1]) -> str:
    """A table up to ``most`` managers: our processor time, and its ratio to the peer's; above 1 ours is more."""
    with tempfile.TemporaryDirectory() as folder:
        program = _built(folder)
        rows = [f"{'managers':>8} {'states':>8} {'steps':>10} {'ms':>6}  ours / Rust"]
        rows += [_row(managers, program, rounds) for managers in MANAGERS if managers <= most]
        return "\n".join(rows if program else [*rows, "without Rust: there is no rustc"])
