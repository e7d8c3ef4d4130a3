"""The course's own nodes as programs that speak Maelstrom's protocol."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from dscourse.node import Client, Invocation, Reply
from dscourse.protocols.raft_client import RaftClient
from dscourse.protocols.raft_store import RaftStore
from dscourse.run.external.wire import encode, parse
from dscourse.run.maelstrom import Program, main
from dscourse.sim.faults import At, Crash, Restart
from tests.effort import once
from tests.run.external.programs import judged, needs, refuted

RAFT = ["dscourse.protocols.raft_store:RaftStore", "dscourse.protocols.raft_client:RaftClient"]
QUORUM = ["dscourse.protocols.quorum_store:QuorumStore", "dscourse.protocols.stores:StoreClient"]
ONE_COPY = [
    "dscourse.protocols.textbook.any_node_store:TellsOnce",
    "dscourse.protocols.stores:StoreClient",
]
PROGRAM = [sys.executable, "-m", "dscourse.run.maelstrom"]


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[3]))


@once
@needs
class TestLive:
    def test_raft_survives_a_kill(self) -> None:
        plan = [At(500, Crash("n0")), At(700, Restart("n0"))]
        result = judged(
            "lin-kv", [*PROGRAM, *RAFT], rate=150, seconds=1.0, plan=plan, timeout_ms=1000
        )
        assert result, result
        assert {op.f for op in result.history.ok} == {"read", "write", "cas"}

    def test_a_store_without_compare_and_set_says_so(self) -> None:
        result = judged("lin-kv", [*PROGRAM, *QUORUM], seconds=0.5)
        assert result, result
        assert result.remarks == ("cas is not supported: error 10",)

    def test_a_textbook_store_is_refuted(self) -> None:
        result = refuted(
            "lin-kv", [*PROGRAM, *ONE_COPY], seconds=0.5, key_count=1, latency=20, concurrency=12
        )
        assert result.verdict.ok is False, result
        assert result.verdict.refuting

    def test_a_log_is_judged_and_one_that_forgets_is_refuted(self) -> None:
        log = [*PROGRAM, "tests.run.external.test_own_nodes:Log"]
        result = judged("kafka", log, nodes=1, seconds=0.3)
        assert result, result
        assert {op.f for op in result.history.ok} == {
            "send", "poll", "commit_offsets", "list_committed_offsets",
        }  # fmt: skip
        worse = refuted("kafka", [*PROGRAM, "tests.run.external.test_own_nodes:Forgetful"], nodes=1)
        assert worse.verdict.ok is False, worse


class Log(Client):
    """The logs of all keys, on one node."""

    def __init__(self, id: str, peers: Sequence[str] = ()) -> None:
        super().__init__(id, peers)
        self.logs: dict[str, list[tuple[int, object]]] = {}
        self.committed: dict[str, int] = {}

    def on_invoke(self, op: Invocation) -> None:
        if op.f == "send":
            log = self.logs.setdefault(str(op.key), [])
            log.append((len(log), op.value))
            self.complete(op.id, len(log) - 1)
        elif op.f == "poll":
            pairs: Any = op.value
            found = [(key, tuple(self.read(key, start))) for key, start in pairs]
            self.complete(op.id, tuple(found))
        elif op.f == "commit_offsets":
            self.committed.update(dict(op.value))  # type: ignore[call-overload]
            self.complete(op.id)
        else:
            asked: Any = op.value
            known = self.committed
            self.complete(op.id, tuple((key, known[key]) for key in asked if key in known))

    def read(self, key: str, start: int) -> list[tuple[int, object]]:
        return self.logs.get(key, [])[start:]


class Forgetful(Log):
    """Leaves out a message in the middle of what it read."""

    def read(self, key: str, start: int) -> list[tuple[int, object]]:
        return [pair for pair in super().read(key, start) if pair[0] % 5 != 2]


class Adder(Client):
    """Counts, and ends operations in every way."""

    def __init__(self, id: str, peers: Sequence[str] = ()) -> None:
        super().__init__(id, peers)
        self.total = 0

    def on_start(self, log: Sequence[Any]) -> None:
        self.total = sum(log)

    def on_invoke(self, op: Invocation) -> None:
        if op.f == "add":
            self.write(op.value)
            self.total += op.value
            self.complete(op.id)
        elif op.f == "read":
            self.complete(op.id, self.total if op.key is None else None)
        elif op.f == "cas":
            self.complete(op.id, False)
        elif op.f == "abort":
            self.fail(op.id, "no")
        elif op.f == "guess":
            self.unknown(op.id)
        elif op.f == "elements":
            self.complete(op.id, frozenset({2, 1}))
        else:
            raise ValueError(op.f)


@pytest.fixture
def spoken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    monkeypatch.chdir(tmp_path)
    return []


def program(spoken: list[dict[str, Any]], *classes: Any) -> Program:
    """A program on node n0 of n0 and n1, after init; ``spoken`` gets its messages."""
    one = Program(*classes, lambda line: spoken.append(json.loads(line)))
    one.take(
        encode("c0", "n0", {"type": "init", "msg_id": 1, "node_id": "n0", "node_ids": ["n0", "n1"]})
    )
    assert spoken.pop()["body"] == {"type": "init_ok", "in_reply_to": 1}
    return one


@needs
def test_results_become_answers(spoken: list[dict[str, Any]]) -> None:
    adder = program(spoken, Adder, None)
    for number, (body, answer) in enumerate(
        [
            ({"type": "topology", "topology": {}}, {"type": "topology_ok"}),
            ({"type": "add", "delta": 3}, {"type": "add_ok"}),
            ({"type": "read"}, {"type": "read_ok", "value": 3}),
            ({"type": "read", "key": "x"}, {"type": "error", "code": 20, "text": "there is no such key"}),
            ({"type": "cas", "key": 1, "from": 1, "to": 2}, {"type": "error", "code": 22}),
            ({"type": "abort"}, {"type": "error", "code": 14, "text": "no"}),
            ({"type": "guess"}, {"type": "error", "code": 13, "text": "None"}),
            ({"type": "dance"}, {"type": "error", "code": 10, "text": "ValueError: dance"}),
            ({"type": "add", "delta": [{"a": 1}]}, {"type": "error", "code": 10}),
            ({"type": "poll", "offsets": 5}, {"type": "error", "code": 12}),
            ({"type": "cas", "key": 1}, {"type": "error", "code": 12, "text": "KeyError: 'from'"}),
        ]
    ):  # fmt: skip
        adder.take(encode("c1", "n0", {**body, "msg_id": number}))
        sent = spoken.pop()
        assert (sent["src"], sent["dest"], sent["body"].pop("in_reply_to")) == ("n0", "c1", number)
        assert sent["body"].items() >= answer.items()


@needs
def test_a_restarted_program_finds_its_log(spoken: list[dict[str, Any]]) -> None:
    first = program(spoken, Adder, None)
    first.take(encode("c1", "n0", {"type": "add", "delta": 5, "msg_id": 1}))
    second = program(spoken[:0], Adder, None)
    second._say = first._say
    second.take(encode("c1", "n0", {"type": "read", "msg_id": 2}))
    assert spoken[-1]["body"] == {"type": "read_ok", "value": 5, "in_reply_to": 2}


@needs
def test_messages_of_servers_are_bundled_and_those_of_old_clients_dropped(
    spoken: list[dict[str, Any]],
) -> None:
    raft = program(spoken, RaftStore, RaftClient)
    raft.take(encode("c1", "n0", {"type": "read", "key": "x", "msg_id": 1}))
    raft.fire_due()
    first = {message["dest"] for message in spoken}
    assert first <= {"n1"}
    reply = raft.codec.pack(Reply(1, None))
    raft.take(
        encode("n1", "n0", {"type": "dscourse", "from": "n1", "to": "n0.1.1", "message": reply})
    )
    assert all(parse(json.dumps(message).encode())[2]["type"] == "dscourse" for message in spoken)


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ([], "usage"),
        (["Raft"], "write module:Class"),
        (["nowhere:Raft"], "No module named 'nowhere'"),
        (["dscourse.node:Raft"], "no attribute 'Raft'"),
        (["dscourse.node:Message"], "a class derived from Node is required"),
        (RAFT[:1], "is no Client: name a class of clients as well"),
    ],
)
def test_a_class_that_is_not_there(arguments: list[str], part: str) -> None:
    with pytest.raises(SystemExit, match=part):
        main(arguments)


@needs
def test_the_program_ends_with_its_input(tmp_path: Path) -> None:
    line = encode("c0", "n0", {"type": "init", "msg_id": 1, "node_id": "n0", "node_ids": ["n0"]})
    run = subprocess.run(
        [*PROGRAM, *RAFT], input=line, capture_output=True, cwd=tmp_path, timeout=30, check=True
    )
    assert parse(run.stdout.splitlines()[0])[2] == {"type": "init_ok", "in_reply_to": 1}
