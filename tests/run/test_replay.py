"""Recordings: saved and loaded, and replayed by the same classes, or by others that differ."""

from __future__ import annotations

import copy
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from dscourse.node import Clock, cluster
from dscourse.protocols.raft_client import RaftClient
from dscourse.protocols.raft_messages import RequestVote
from dscourse.protocols.raft_store import RaftStore
from dscourse.run import Cluster, Recording, replay
from dscourse.sim import (
    At,
    Crash,
    CrashDuring,
    Network,
    Partition,
    Pause,
    Recover,
    Restart,
    SetClock,
    Uniform,
)
from tests.run.nodes import Adder, Clocked, Counter, Failing, Guessing, Total

once = pytest.mark.once
pytestmark = once
ROOT = Path(__file__).resolve().parents[2]
SERVERS = ["n1", "n2", "n3"]


@pytest.fixture(scope="module")
def raft() -> Iterator[Recording]:
    """A run of Raft with every kind of fault."""
    nodes = [*cluster(RaftStore, 3), RaftClient("c", SERVERS)]
    plan = [
        At(0, CrashDuring("n3", 1)), At(10, Restart("n3")), At(300, Pause("n1")), At(310, SetClock("n2", 50)),
        At(320, Crash("n2")), At(330, Partition({"n1"}, {"n2", "n3"})), At(500, Recover()),
    ]  # fmt: skip
    with Cluster(nodes, network=Network(Uniform(0, 2), loss=0.05), plan=plan) as running:
        running.submit(
            "c", [(("write", "read")[turn % 2], "x", turn) for turn in range(40)], think_ms=10
        )
        running.run(20)
    return running.recording


def test_the_same_classes_ask_for_the_same_effects(raft: Recording) -> None:
    result = replay(raft)
    assert str(result) == f"the same effects in all {result.handlers:,} calls of handlers"
    assert result
    assert result.handlers > 200
    log = [entry for entry in raft.log("n1") if type(entry).__name__ == "Entry"]
    assert raft.history.ok
    assert type(result.nodes["n1"]) is RaftStore
    assert result.nodes["n1"] is not (raft.nodes or {})["n1"]
    assert log


def test_a_saved_recording_is_the_same_run(raft: Recording, tmp_path: Path) -> None:
    raft.save(tmp_path / "raft.jsonl")
    loaded = Recording.load(tmp_path / "raft.jsonl")
    assert loaded.trace == raft.trace
    assert loaded.trace.hash() == raft.trace.hash()
    assert loaded.history == raft.history
    assert repr(loaded) == repr(raft)
    assert (loaded.seed, loaded.clocks) == (raft.seed, raft.clocks)
    assert replay(loaded, [*cluster(RaftStore, 3), RaftClient("c", SERVERS)])
    assert [path.name for path in tmp_path.iterdir()] == ["raft.jsonl"]


def test_the_first_difference_is_told_in_words(raft: Recording) -> None:
    class Hasty(RaftStore):
        def on_request_vote(self, sender: str, request_vote: RequestVote) -> None:
            pass

    result = replay(raft, [*cluster(Hasty, 3), RaftClient("c", SERVERS)])
    assert not result
    assert "handles RequestVote(" in str(result)
    assert str(result).endswith(" in the run")
    assert re.search(": it asks for nothing more, and asked for (send|write) ", str(result))


def test_a_changed_record_is_found_at_its_event(raft: Recording) -> None:
    streams = copy.deepcopy(dict(raft.streams))
    invoked = next(event for event in streams["c"] if event[0] == "invoke" and event[3] == 3)
    op = raft.codec.decode(invoked[4])
    invoked[4] = raft.codec.encode(replace(op, value="another"))
    result = replay(replace(raft, streams=streams))
    assert f"{invoked[1] / 1e6:.3f} ms, c handles Invocation(id=3" in str(result)
    assert "'another'" in str(result)


def test_the_disk_took_time(raft: Recording) -> None:
    assert raft.sync_times_ms
    assert min(raft.sync_times_ms) > 0


# --- nodes that are not deterministic ------------------------------------------------------------------


def run(kind: type[Counter], **options: Any) -> Recording:
    with Cluster([kind("n1"), Adder("c", "n1")], **options) as running:
        running.submit("c", [("add", None, 1), ("add", None, 2)]).run(20)
    return running.recording


def test_a_node_that_draws_random_numbers_is_found() -> None:
    assert "n1 handles Add(op=0, amount=1): it asks for send c Reply" in str(replay(run(Guessing)))


def test_a_node_reads_the_same_clock_again() -> None:
    recording = run(Clocked, clocks={"n1": Clock(skew_ms=70, drift_ppm=-1_000)})
    assert replay(recording)
    assert "Reply(op=0, result=" in str(replay(replace(recording, clocks={"n1": [71, -1_000]})))


def test_an_error_happens_again() -> None:
    running = Cluster([Failing("n1"), Adder("c", "n1")])
    with pytest.raises(Exception, match="cannot add"), running:
        running.submit("c", [("add", None, 1)]).run(20)
    assert replay(running.recording)
    assert not replay(running.recording, [Counter("n1"), Adder("c", "n1")])


# --- files that do not fit -------------------------------------------------------------------------------


def test_a_recording_of_other_classes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    run(Counter).save(path)
    text = re.sub(',"crc32":[0-9]+', "", path.read_text())
    assert Recording.load(path).log("n1") == (Total(1), Total(3))
    path.write_text(text.replace("tests.run.nodes:Total", "tests.run.nodes:Sum"))
    with pytest.raises(LookupError, match=r"Sum of tests.run.nodes is unknown: define it first"):
        Recording.load(path)
    path.write_text(text.replace("tests.run.nodes:Total", "unheard.of:Total"))
    with pytest.raises(LookupError, match=r"Total of unheard\.of is unknown"):
        Recording.load(path)
    path.write_text(
        text.replace('"tests.run.nodes:Total",["amount"]', '"tests.run.nodes:Total",["a","b"]')
    )
    with pytest.raises(ValueError, match="Total had the fields a, b, and has amount now"):
        Recording.load(path)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"{}", b'{"format": 2}', b'{"format": 1, "types": 5}', b"\xff\x00", b'{"format":1}\n[1]',
     b'{"format":1,"seed":0,"nodes":["a"],"clocks":{},"types":[]}\n["b","start"]',
     b'{"format":1,"seed":0,"nodes":["a"],"clocks":{},"types":[]}\n[]',
     b'{"format":1,"seed":0,"nodes":[],"clocks":{},"types":[["os:system",[]]]}'],
)  # fmt: skip
def test_another_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other.jsonl"
    path.write_bytes(content)
    with pytest.raises(
        (ValueError, LookupError),
        match=r"not a recording of a run|is unknown|is no class of values",
    ):
        Recording.load(path)


def test_a_file_that_was_cut_or_changed_anywhere_is_refused(
    raft: Recording, tmp_path: Path
) -> None:
    raft.save(path := tmp_path / "raft.jsonl")
    content = path.read_bytes()
    lines = content.splitlines(keepends=True)
    draws = Random(5)
    damaged = [
        b"".join(lines[:9] + lines[10:]),
        b"".join(lines[:9] + lines[8:]),
        content + lines[-1],
    ]
    for _ in range(40):
        at = draws.randrange(len(content))
        other = bytes([content[at] ^ 1 << draws.randrange(8)])
        damaged += [content[:at], content[:at] + other + content[at + 1 :]]
    for number, other in enumerate(damaged):
        path.write_bytes(other)
        try:
            loaded = Recording.load(path)
        except (ValueError, LookupError) as error:
            assert "it is not a recording of a run: it is damaged" in str(error) or number > 2  # noqa: PT017
        else:  # the name of the checksum was changed, or the last line break
            assert (loaded.streams, loaded.seed, loaded.clocks) == (
                raft.streams,
                raft.seed,
                raft.clocks,
            )


def test_a_loaded_recording_needs_its_nodes(raft: Recording) -> None:
    with pytest.raises(ValueError, match="the nodes n1, n2, n3, c are missing"):
        replay(replace(raft, nodes=None))
    with pytest.raises(ValueError, match="the nodes c are missing"):
        replay(raft, cluster(RaftStore, 3))
    with pytest.raises(LookupError, match="no node is called 'z'"):
        raft.log("z")


# --- classes of a notebook -------------------------------------------------------------------------------


CELLS = """
import asyncio
from dataclasses import dataclass
from enum import Enum
from dscourse.node import Client, Message, Node
from dscourse.run import Cluster, Recording, replay
from dscourse.sim import At, Crash, Restart, World

class Colour(Enum):
    RED = "red"

@dataclass(frozen=True, slots=True)
class Paint(Message):
    op: int
    colour: object

def mixed(colour):
    return Coat(colour, (1, frozenset({2})))

@dataclass(frozen=True, slots=True)
class Coat:
    colour: Colour
    layers: tuple

class Wall(Node):
    def __init__(self, id, peers=()):
        super().__init__(id, peers)
        self.coats = ()
    def on_start(self, log):
        self.coats = tuple(log)
    def on_paint(self, sender, paint):
        self.write(mixed(paint.colour))
        self.coats += (mixed(paint.colour),)
        self.reply(sender, paint.op, self.coats)

class Painter(Client):
    def on_invoke(self, op):
        self.send("wall", Paint(op.id, Colour.RED))
    def on_reply(self, sender, reply):
        self.complete(reply.op, reply.result)

nodes = [Wall("wall"), Painter("p")]
World(nodes).submit("p", [("paint",)]).run()  # it caches things in the classes

async def cell():  # a notebook's loop is running
    with Cluster(nodes) as cluster:
        cluster.submit("p", [("paint",)]).run(20)
    return cluster.recording

recording = asyncio.run(cell())
(op,) = recording.history
assert op.result == (Coat(Colour.RED, (1, frozenset({2}))),), op
assert type(op.result[0]) is Coat
assert replay(recording), replay(recording)
recording.save("run.jsonl")
assert Recording.load("run.jsonl").history == recording.history
print("as it must be")
"""


def test_classes_defined_in_a_notebook_can_be_run(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CELLS], capture_output=True, text=True, cwd=tmp_path, timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("as it must be\n", "")
