"""Nodes that break the protocol, and calls that cannot be carried out: one sentence each."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from dscourse.run import external
from dscourse.run.external.workloads.ids import Echo
from dscourse.run.external.workloads.workload import Request
from tests.effort import once
from tests.run.external.programs import SIMPLE, judged, needs, written

ECHO = "ok(echo=b['echo'])"
SENTENCES = [
    ("echo", "print('hello', flush=True)", "'hello', which is not JSON: was it meant for standard error?"),
    ("echo", "print('5', flush=True)", "is not a JSON object"),
    ("echo", "print('NaN', flush=True)", "is not JSON"),
    ("echo", "print('[' * 100000, flush=True)", "is not JSON"),
    ("echo", "print('{\"src\": 1}', flush=True)", '"src" is not a text'),
    ("echo", "print('{\"src\": \"n0\", \"dest\": \"c1\"}', flush=True)", '"body" is not an object'),
    ("echo", "say('n9', {'type': 'hello'})", "to 'n9', which does not exist: there are n0, lin-kv"),
    ("echo", "ok()", 'answered echo_ok without "echo"'),
    ("echo", "say(m['src'], {'type': 'echoed', 'in_reply_to': b['msg_id']})", "with 'echoed': echo_ok is"),
    ("echo", "say(m['src'], {'type': 'error', 'in_reply_to': b['msg_id']})", '"code" is not a whole number'),
    ("echo", "print('why?', file=sys.stderr); sys.exit(3)", "status 3; its standard error ends:\n    why?"),
    ("echo", "os.kill(os.getpid(), 9)", "was ended by SIGKILL"),
    ("echo", "os.write(1, b'{\"src\": '); sys.exit(0)", "ended with exit status 0 in the middle of the line"),
    ("echo", "os.close(1); time.sleep(9)", "closed its standard output"),
    ("g-set", "ok(value=5)", 'with "value" = 5: an array is required'),
    ("pn-counter", "ok(value='5')", "a whole number is required"),
    ("kafka", "ok(offset=True)", "a whole number is required"),
    ("kafka", "ok(offset=0, msgs={'0': [5]}, offsets={})", "pairs are required"),
    ("kafka", "ok(offset=0, msgs={}, offsets={'0': None})", "whole numbers are required"),
    ("txn-list-append", "ok(txn=[['r', 1, None]] * 9)", "with other steps"),
    ("txn-list-append", "ok(txn=[[f, k, v or 5] for f, k, v in b['txn']])", "with 5 as the value of"),
    ("echo", "ok(echo=json.loads('[' * 900 + ']' * 900))", "answered echo: its result is nested too deeply"),
    ("broadcast", "say(m['src'], {'type': 'no', 'in_reply_to': b['msg_id']})", "answered topology with 'no'"),
]  # fmt: skip


@once
@needs
@pytest.mark.parametrize(("workload", "code", "part"), SENTENCES)
def test_a_node_that_breaks_the_protocol(
    tmp_path: Path, workload: str, code: str, part: str
) -> None:
    result = judged(workload, written(tmp_path, code), nodes=1, seconds=1)
    assert result.verdict.ok is False
    assert part in result.verdict.reason
    assert result.verdict.reason.startswith("n")


@once
@needs
@pytest.mark.parametrize(
    ("command", "part"),
    [
        (
            [sys.executable, "-c", "import time; time.sleep(99)"],
            "did not answer init within 0.2 s: does it write a line",
        ),
        (
            [sys.executable, "-c", "import nowhere"],
            "ended with exit status 1; its standard error ends:",
        ),
        (
            [sys.executable, "-c", "print('ready', flush=True); input()"],
            "wrote the line 'ready', which is not JSON",
        ),
    ],
)
def test_a_node_that_does_not_start(command: list[str], part: str) -> None:
    result = judged("echo", command, nodes=1, start=0.2 if "sleep" in command[-1] else 10)
    assert result.verdict.ok is False
    assert part in result.verdict.reason
    assert result.operations == 0


@once
@needs
def test_topology_is_awaited_and_may_be_refused(tmp_path: Path) -> None:
    silent = judged("broadcast", written(tmp_path, "pass"), start=0.2, nodes=1)
    assert "n0 did not answer topology within 0.2 s" in silent.verdict.reason
    code = """\
if b["type"] == "topology": say(m["src"], {"type": "error", "code": 10, "text": "no", "in_reply_to": b["msg_id"]})
elif b["type"] == "read": ok(messages=seen)
else: seen = globals().get("seen", []) + [b["message"]]; ok()"""
    refused = judged(
        "broadcast", written(tmp_path, "globals().setdefault('seen', [])\n" + code), nodes=1
    )
    assert refused, refused
    assert refused.remarks == ("n0 answered topology with an error: no",)


@once
@needs
def test_what_is_odd_and_harmless_is_a_remark(tmp_path: Path) -> None:
    code = f"""\
say(m["src"], {{"type": "hello"}}); say(m["src"], {{"type": "hello", "in_reply_to": 9999}}); {ECHO}; {ECHO}"""
    result = judged("echo", written(tmp_path, code), nodes=1, seconds=0.1)
    assert result, result
    assert [remark.partition(" (")[0] for remark in result.remarks] == [
        "n0 sent a client 'hello', a reply to nothing",
        "n0 sent a client 'hello', a reply to 9999, which no request had as msg_id",
    ]


@once
@needs
@pytest.mark.parametrize("number", ["True", "1.0", "'1'", "None", "[1]"])
def test_a_reply_that_names_no_request_answers_none(tmp_path: Path, number: str) -> None:
    code = f"say(m['src'], {{'type': 'echo_ok', 'echo': b['echo'], 'in_reply_to': {number}}})"
    result = judged("echo", written(tmp_path, code), nodes=1, timeout_ms=30)
    assert not result.history.ok
    assert result.remarks


@once
@needs
def test_a_line_without_its_break_is_a_remark(tmp_path: Path) -> None:
    code = 'os.write(1, b\'{"type": "echo_ok"}\')'
    result = judged("echo", written(tmp_path, code), nodes=1, timeout_ms=30, seconds=0.1)
    assert result.verdict.ok is None
    assert result.remarks[0].startswith('n0 wrote \'{"type": "echo_ok"}')
    assert result.remarks[0].endswith(" without a line break")


@once
@needs
def test_an_empty_list_may_be_null(tmp_path: Path) -> None:
    code = "sent = globals().get('sent', 0) + 1; ok(offset=sent, msgs={'0': None}, offsets={})"
    result = judged("kafka", written(tmp_path, code), nodes=1, seconds=0.05)
    assert any(op.f == "poll" and op.result == (("0", ()),) for op in result.history.ok), result


@once
@needs
def test_errors_end_requests_by_whether_they_are_definite(tmp_path: Path) -> None:
    code = "say(m['src'], {'type': 'error', 'code': CODE, 'in_reply_to': b['msg_id']})"
    for number, status in ((11, "fail"), (13, "unknown"), (1234, "unknown")):
        result = judged(
            "unique-ids", written(tmp_path, code.replace("CODE", str(number))), seconds=0.1
        )
        assert {op.status for op in result.history} == {status}
        assert result.verdict.ok is None
        assert result.availability == 0
    reads = judged("echo", written(tmp_path, code.replace("CODE", "13")), nodes=1)
    assert {op.status for op in reads.history} == {"fail"}
    nothing = judged("lin-kv", written(tmp_path, code.replace("CODE", "20")), nodes=1)
    answers = {(op.f, op.status, op.result) for op in nothing.history}
    assert answers == {("read", "ok", None), ("cas", "ok", False), ("write", "fail", None)}


@once
@needs
def test_silence_is_unknown_and_its_client_is_replaced(tmp_path: Path) -> None:
    result = judged("unique-ids", written(tmp_path, "pass"), nodes=1, concurrency=1, timeout_ms=30)
    assert {op.status for op in result.history} == {"unknown"}
    assert len(result.history.processes) == len(result.history) > 1
    assert result.verdict.reason.endswith(" requests succeeded")
    assert f"none of {len(result.history)} requests succeeded" in result.verdict.reason
    late = written(tmp_path, "time.sleep(0.05); ok(id=[me, m['src']])")
    assert judged("unique-ids", late, nodes=1, concurrency=1, timeout_ms=20).remarks == ()


@once
@needs
def test_the_standard_error_of_a_silent_node_is_shown(tmp_path: Path) -> None:
    code = "print('no handler for ' + b['type'], file=sys.stderr, flush=True)"
    result = judged("unique-ids", written(tmp_path, code), nodes=2, timeout_ms=30)
    assert (
        "requests succeeded; n0's standard error ends:\n    no handler for" in result.verdict.reason
    )
    deaf = """\
if b["type"] == "add": say(m["src"], {"type": "error", "code": 11, "in_reply_to": b["msg_id"]})
elif me == "n1": print(me, file=sys.stderr, flush=True)
else: ok(value=0)"""
    silent = judged("g-counter", written(tmp_path, deaf), nodes=2, timeout_ms=30).verdict.reason
    assert silent.startswith(
        "n1 did not answer the final requests; n1's standard error ends:\n    n1"
    )


@once
@needs
def test_a_node_that_does_not_answer_in_the_end_leaves_it_unknown(tmp_path: Path) -> None:
    code = """\
if b["type"] == "add": ok()
elif me == "n0" or time.time() - began < 0.2: ok(value=0)"""
    result = judged("pn-counter", written(tmp_path, "began = globals().setdefault('began', time.time())\n" + code),
                    nodes=2, timeout_ms=50, settle=0.1, key_count=1)  # fmt: skip
    assert result.verdict.ok is not True


@once
@needs
def test_nodes_that_never_rest_are_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dscourse.run.external.cluster.MOST_EVENTS", 2_000)
    code = "for n in range(20) if b['type'] == 'echo' else [1]: say(me, {'type': 'again'})"
    result = judged("echo", written(tmp_path, code), nodes=1, seconds=5)
    assert result.verdict.reason.endswith("the trace has 2,000 events: do they never rest?")
    monkeypatch.setattr("dscourse.run.external.cluster.MOST_BYTES", 10_000)
    result = judged("echo", written(tmp_path, "ok(echo='x' * 3_000)"), nodes=1, seconds=5)
    assert result.verdict.reason == "n0 and others sent more than 10,000 bytes: do they never rest?"
    monkeypatch.setattr("dscourse.run.external.cluster.MOST_BYTES", 10**9)
    deaf = "while True: say(me, {'type': 'again', 'much': 'x' * 60000})"
    monkeypatch.setattr("dscourse.run.external.process._MOST_WAITING", 1 << 20)
    result = judged("echo", written(tmp_path, deaf), nodes=1, seconds=5)
    assert result.verdict.reason.startswith("n0 has left 1 MB of its standard input unread; ")


@once
@needs
def test_availability_is_judged_if_it_is_asked_for(tmp_path: Path) -> None:
    code = (
        "say(m['src'], {'type': 'error', 'code': 11, 'in_reply_to': b['msg_id']}) if b['msg_id'] % 4 == 0 else "
        + ECHO
    )
    program = written(tmp_path, code)
    assert judged("echo", program, availability=0.5)
    total = judged("echo", program, availability="total")
    assert total.verdict.ok is False
    assert total.verdict.reason.endswith("requests succeeded, and 100% have to")


@pytest.mark.parametrize(
    ("settings", "part"),
    [
        ({"workload": "ecko"}, "the workloads are echo, unique-ids"),
        ({"nodes": 0}, "from 1 to 10,000"),
        ({"nodes": 33}, "33 nodes: a run has at most 32 processes"),
        ({"nodes": ["c1"]}, "does not begin with c"),
        ({"nodes": ["a", "a"]}, "different"),
        ({"nodes": ["lin-kv"]}, "a word is required"),
        ({"rate": 0}, "rate=0"),
        ({"seconds": float("inf")}, "seconds=inf"),
        ({"plan": "locusts"}, "the kinds of fault"),
        ({"workload": "broadcast", "topology": 5}, "topology=5: a name, or the neighbours"),
        ({"workload": "broadcast", "topology": "ring"}, "the topologies are grid"),
        ({"workload": "broadcast", "topology": {"n0": ["n9"]}}, "names 'n9'"),
        ({"availability": "most"}, "from 0 to 1"),
        ({"workload": "txn-list-append", "consistency_models": ["best"]}, "the models judged here are strict-"),
        ({"workload": "txn-list-append", "consistency_models": []}, "is empty"),
        ({"command": []}, "a program"),
        ({"concurrency": 2.5}, "a whole number"),
        ({"concurrency": 0}, "concurrency=0: a whole number"),
        ({"key_count": 0}, "key_count=0: a whole number"),
        ({"max_txn_length": 0}, "max_txn_length=0: a whole number"),
        ({"max_writes_per_key": -1}, "max_writes_per_key=-1: a whole number"),
        ({"timeout_ms": 0}, "timeout_ms=0: a positive number"),
        ({"settle": -5}, "settle=-5: a positive number"),
        ({"start": 0}, "start=0: a positive number"),
        ({"nemesis_interval": -1, "plan": "kill"}, "positive"),
    ],
)  # fmt: skip
def test_a_call_that_cannot_be_carried_out(settings: dict[str, Any], part: str) -> None:
    arguments = {"workload": "echo", "command": [sys.executable], **settings}
    with pytest.raises(ValueError, match=part):
        external.test(**arguments)


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no program is called 'nodes x"):
        external.test("echo", "nodes x.js")
    (tmp_path / "plain.sh").write_text("#!/bin/sh\n")
    with pytest.raises(PermissionError, match="is not executable: run chmod"):
        external.test("echo", tmp_path / "plain.sh")
    (tmp_path / "plain.sh").chmod(0o700)
    (tmp_path / "plain.sh").write_bytes(b"\x7fELF and no more")
    with pytest.raises(
        OSError, match=r"n0 cannot be started: .*; does its first line name an interp"
    ):
        external.test("echo", tmp_path / "plain.sh")
    with pytest.raises(OSError, match="n0 cannot be started"):
        external.test("echo", [*SIMPLE, "echo"], folder=tmp_path / "plain.sh")
    with pytest.raises(TypeError, match="a Network is required"):
        external.test("echo", [*SIMPLE, "echo"], network=5)  # type: ignore[arg-type]


@once
@needs
def test_a_workload_of_ones_own(tmp_path: Path) -> None:
    class Loud(Echo):
        def next(self, client: str) -> Request:
            return "echo", None, "LOUD"

    result = judged(Loud, written(tmp_path, "ok(echo=b['echo'].upper())"), nodes=1, seconds=0.1)
    assert result, result
    assert {op.result for op in result.history} == {"LOUD"}
    with pytest.raises(ValueError, match="the workloads are"):
        external.test(int, [sys.executable])  # type: ignore[arg-type]


@once
@needs
def test_each_process_has_a_hash_seed_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONHASHSEED", "0")
    result = judged(
        "unique-ids", written(tmp_path, "ok(id=hash('one text'))"), nodes=3, seconds=0.1
    )
    assert len({op.result for op in result.history.ok}) == 3
