"""One seed gives one trace: in any process, for any hash seed, on every supported Python."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
import weakref
from pathlib import Path

import pytest

from dscourse.node import cluster
from dscourse.sim import At, Crash, Cut, Heal, Hold, Network, SetLink, Uniform, World, engine
from dscourse.sim.streams import BriefStreams, copy_stream, stream

from .worlds import Number, Sink, Source, pipe, planned_worlds

REPOSITORY = Path(__file__).parents[2]
WORLDS = Path(__file__).with_name("worlds.py")
VERSIONS = ("3.11", "3.12", "3.13")


def find_python(version: str) -> str | None:
    """A Python of this version that runs, from the path or from pyenv; None if there is none."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = [shutil.which(f"python{version}"), *map(str, pyenv.glob(f"{version}.*/bin/python"))]
    return next((path for path in found if path and says(path) == version), None)


def says(python: str) -> str:
    """The version that this interpreter says it is, as in ``3.12``; empty if it does not run."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run([python, "-c", code], capture_output=True, text=True, timeout=60)
    except OSError:
        return ""
    return done.stdout.strip()


def report(python: str, hash_seed: int) -> str:
    """Return the output of a fresh process: the hash of each trace, and random plans."""
    done = subprocess.run(
        [python, "-B", str(WORLDS)],
        env={"PYTHONPATH": str(REPOSITORY), "PYTHONHASHSEED": str(hash_seed)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def here() -> str:
    """The report of this interpreter with hash seed 0."""
    return report(sys.executable, 0)


def test_the_report_covers_many_different_worlds(here: str) -> None:
    lines = here.splitlines()
    hashes = [line for line in lines if not line.startswith("[")]
    assert (len(set(hashes)), len(lines)) == (40 * 3, 40 * 4)
    for index, world in enumerate(planned_worlds(0)):
        assert lines[index] == world.run(300, max_events=4_000).trace.hash()


@pytest.mark.parametrize("hash_seed", [1, 12345])
def test_the_hash_seed_changes_nothing(here: str, hash_seed: int) -> None:
    assert report(sys.executable, hash_seed) == here


@pytest.mark.parametrize("version", VERSIONS)
def test_the_version_of_python_changes_nothing(here: str, version: str) -> None:
    python = find_python(version)
    if python is None:
        pytest.skip(f"there is no Python {version} here")
    assert report(python, 7) == here


def test_the_hash_seed_would_change_a_trace_that_depends_on_it(tmp_path: Path) -> None:
    """The comparison can fail: a node that iterates a set gives different traces."""
    source = WORLDS.read_text().replace(
        "self.broadcast(Rumour(frozenset(self.known)))",
        "[self.send(p, Rumour(frozenset(self.known))) for p in set(self.peers)]",
    )
    careless = tmp_path / "worlds.py"
    careless.write_text(source)
    environment = {"PYTHONPATH": str(REPOSITORY)}
    reports = {
        subprocess.check_output(
            [sys.executable, "-B", str(careless)], env=environment | {"PYTHONHASHSEED": str(seed)}
        )
        for seed in range(4)
    }
    assert len(reports) > 1


def test_streams_are_the_same_for_ever() -> None:
    """These numbers are pinned: other ones would change every recorded run of the course."""
    assert stream(1, "latency", "a", "b").random() == 0.3579730248335663
    assert stream(2, "latency", "a", "b").random() == 0.21595090332006106
    trace = pipe(1, Network(Uniform(1, 9), loss=0.3)).run().trace
    assert trace.hash() == "0f99eba75992d9612c705b252391f091"


def test_streams_of_other_names_differ_and_names_do_not_run_together() -> None:
    names = [("a", "b"), ("b", "a"), ("ab",), ("a", "b", ""), ("a",), ()]
    assert len({stream(0, *name).random() for name in names}) == len(names)
    assert stream(11, "a").random() != stream(1, "1a").random()


def test_a_copied_stream_goes_on_by_itself() -> None:
    first = stream(3, "x")
    first.random()
    second = copy_stream(first)
    ahead = [first.random() for _ in range(5)]
    assert [second.random() for _ in range(5)] == ahead


class Exchange(Source):
    def on_number(self, sender: str, number: Number) -> None:
        pass


@pytest.mark.parametrize("network", [
    Network(Uniform(1, 9)), Network(Uniform(1, 9), loss=0.2, duplicate=0.2, reorder=0.3),
])  # fmt: skip
def test_links_that_keep_no_streams_at_first_give_the_same_trace(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link carries up to 24 messages here, before and after its settings change, and in a clone."""
    plan = [
        At(3, SetLink("n1", "n2", latency=Uniform(0, 3))), At(7, SetLink(loss=0.5)), At(9, Cut("n3", "n1")),
        At(15, Heal()), At(20, SetLink("n2", "n1", latency=Uniform(2, 4))), At(40, SetLink(latency=Uniform(1, 3))),
    ]  # fmt: skip

    def traces() -> list[str]:
        world = World(cluster(Exchange, 4, count=24, every_ms=2.0), 5, network, plan)
        clones = [world.run(ms).clone() for ms in range(1, 50, 2)]
        return [one.run().trace.hash() for one in (world, *clones)]

    kept = traces()
    monkeypatch.setattr(engine, "_MANY", 3)
    assert traces() == kept
    monkeypatch.setattr(BriefStreams, "_numbers", lambda self, purpose: (0.5,) * 16)
    assert traces() != kept


@pytest.mark.parametrize(("messages", "kept"), [(16, False), (17, True)])
@pytest.mark.parametrize("many", [False, True])
def test_among_many_nodes_a_link_keeps_its_streams_from_the_17th_message_on(
    messages: int, kept: bool, many: bool
) -> None:
    sinks = [Sink(f"s{n}") for n in range(engine._MANY - 1 + many)]
    source = Source("a", ["s0", "s1"], count=messages)
    world = World([source, *sinks], 1, Network(Uniform(1, 9), loss=0.1)).run()
    streams = [sorted(wire._streams._streams) for wire in world._engine.wires()]
    assert streams == [["latency", "loss"] if kept or not many else []] * 2


def test_a_world_that_is_no_longer_used_leaves_no_garbage() -> None:
    """Its hosts and links refer to each other, and go without the garbage collector."""
    network = Network(Uniform(1, 9), loss=0.1)
    plan = [At(0, SetLink(loss=0.2)), At(2, Hold("n1", "n2")), At(3, Crash("n3"))]  # all links
    gc.collect()
    gc.disable()
    try:
        world = World([*cluster(Exchange, 4, count=3), Sink("idle")], 1, network, plan).run()
        gone = [weakref.ref(world), *map(weakref.ref, world.nodes.values())]
        del world
        assert [one() for one in gone] == [None] * 6
        assert gc.collect() == 0
    finally:
        gc.enable()
