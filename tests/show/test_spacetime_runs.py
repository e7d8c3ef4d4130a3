"""Space-time diagrams of many runs with random faults: rules that each of them obeys."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from functools import cache

import pytest

from dscourse.show import Look, Picture, spacetime
from dscourse.sim import Trace
from tests.sim.worlds import planned_worlds

from .drawing import faults, numbers, tag, texts, tree

SEEDS = range(12)
RUNS = [(seed, kind) for seed in SEEDS for kind in range(3)]
_ARROW = re.compile(r"^\S+ → \S+: .*(sent at|under way)")


@cache
def trace_of(seed: int, kind: int, until_ms: float = 120) -> Trace:
    return planned_worlds(seed)[kind].run(until_ms, max_events=4_000).trace


def stated(sentence: str, word: str) -> int:
    """The number that the sentence gives for ``word``; 0 if it gives none."""
    found = re.search(rf"([\d,]+) {word}", sentence)
    return int(found[1].replace(",", "")) if found else 0


@pytest.mark.parametrize(("seed", "kind"), RUNS)
def test_the_sentence_counts_what_the_trace_holds(seed: int, kind: int) -> None:
    trace = trace_of(seed, kind)
    sentence, history = spacetime(trace).sentence, trace.history()
    ended = {e.id for e in trace.kinds("deliver", "drop")}
    sends = trace.kinds("send")
    assert stated(sentence, "nodes?") == len([name for name in trace.nodes if name])
    assert stated(sentence, "messages?") == len(sends)
    assert stated(sentence, "lost") == len(trace.kinds("drop"))
    assert stated(sentence, "under way") == len({e.id for e in sends} - ended)
    assert stated(sentence, "crash(es)?") == len(trace.kinds("crash"))
    assert stated(sentence, "pauses?") == len(trace.kinds("pause"))
    assert stated(sentence, "operations?") == len(history)
    assert stated(sentence, "ok") == len(history.ok)
    assert stated(sentence, "unknown") == len(history.unknown)


@pytest.mark.parametrize("scale", ["time", "order"])
@pytest.mark.parametrize(("seed", "kind"), RUNS)
def test_no_text_overlaps_or_is_cut_off_and_every_place_is_a_number(
    seed: int, kind: int, scale: str
) -> None:
    clocks = (None, "lamport", "vector")[seed % 3]
    picture = spacetime(trace_of(seed, kind), end_ms=45, look=Look(scale=scale), clocks=clocks)
    assert faults(picture) == []
    assert all(len(number.partition(".")[2]) <= 1 for number in numbers(picture))
    assert not re.search(r"nan|inf\b", str(picture.svg))


@pytest.mark.parametrize(("seed", "kind"), RUNS)
def test_every_message_of_a_small_run_is_an_arrow(seed: int, kind: int) -> None:
    trace = trace_of(seed, kind).between(0, 30)
    sent = {e.id for e in trace.kinds("send")}
    ends = [e for e in trace.kinds("deliver", "drop") if e.id in sent]
    assert len(_arrows(spacetime(trace))) == len(ends) + len(sent - {e.id for e in ends})


def _arrows(picture: Picture) -> list[str]:
    """The tooltips of arrows; the cross at the end of a lost one repeats its tooltip and has a stroke of its own."""
    paths = [e for e in tree(picture).iter() if tag(e) == "path" and "stroke" not in e.attrib]
    return [text for text in ("".join(path.itertext()) for path in paths) if _ARROW.match(text)]


@pytest.mark.parametrize(("seed", "kind"), RUNS[:9])
def test_all_shapes_but_frames_lie_on_the_paper(seed: int, kind: int) -> None:
    picture = spacetime(trace_of(seed, kind))
    wide, high = (float(tree(picture).attrib[name]) for name in ("width", "height"))
    for text in texts(picture):
        assert 0 <= text.left <= text.right <= wide
        assert 0 <= text.top <= text.bottom <= high
    for e in tree(picture).iter():
        if "x1" in e.attrib:
            assert all(-0.1 <= float(e.attrib[name]) <= wide + 0.1 for name in ("x1", "x2"))


_PROGRAM = """
from dscourse.show import Look, spacetime
from tests.sim.worlds import planned_worlds
for world in planned_worlds(4):
    print(spacetime(world.run(120, max_events=4_000).trace, clocks="vector").svg)
"""


def test_the_same_run_gives_the_same_bytes_whatever_the_hash_seed() -> None:
    path = os.pathsep.join(filter(None, sys.path))
    outputs = set()
    for seed in ("1", "2"):
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path}
        command = [sys.executable, "-c", _PROGRAM]
        outputs.add(subprocess.run(command, env=env, capture_output=True, check=True).stdout)
    assert len(outputs) == 1
    assert len(outputs.pop()) > 10_000
