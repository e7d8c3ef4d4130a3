"""Histories of others: three forms, every kind of ending, and what a malformed file is told."""

from __future__ import annotations

import random
import re

import pytest

from dscourse.checkers import linearizable
from dscourse.history import History, Op
from dscourse.jepsen import read

MAPS = """\
; a register, as Jepsen writes it
{:process 0, :type :invoke, :f :write, :value 3, :time 1000000, :index 0}
{:process 1, :type :invoke, :f :read, :value nil, :time 2000000, :index 1}
{:process :nemesis, :type :info, :f :start, :value "Cut off {:n1 #{:n2}}", :time 2500000}
{:process 1, :type :ok, :f :read, :value 3, :time 3000000, :index 2}
{:process 2, :type :invoke, :f :cas, :value [3 4], :time 3100000, :index 3}
{:process 0, :type :info, :f :write, :value 3, :time 4000000, :index 4, :error :timeout}
{:process 2, :type :fail, :f :cas, :value [3 4], :time 5000000, :index 5}
{:process 1, :type :invoke, :f :cas, :value [3 5], :time 6000000, :index 6}
{:process 1, :type :ok, :f :cas, :value [3 5], :time 7000000, :index 7}
{:process 5, :type :invoke, :f :read, :value nil, :time 8000000, :index 8}
"""
LOG = """\
INFO  jepsen.core - Worker 0 starting
INFO  jepsen.util - 0\t:invoke\t:write\t3
INFO  jepsen.util - 1\t:invoke\t:read\tnil
INFO  jepsen.util - :nemesis\t:info\t:start\tnil
INFO  jepsen.util - 1\t:ok\t:read\t3
INFO  jepsen.util - 2\t:invoke\t:cas\t[3 4]
WARN  jepsen.core - Process 0 indeterminate
INFO  jepsen.util - 0\t:info\t:write\t3\t:timeout
INFO  jepsen.util - 2\t:fail\t:cas\t[3 4]
INFO  jepsen.util - 1 :invoke :cas [3 5]
INFO  jepsen.util - 1   :ok     :cas   [3 5]
INFO  jepsen.util - 5\t:invoke\t:read\tnil
"""
DATED = LOG.replace(
    "INFO  jepsen.util -", "2021-02-26 23:39:01,300{GMT}\tINFO\t[jepsen worker 1] jepsen.util:"
)
BARE = "\n".join(line.split(" - ")[1] for line in LOG.splitlines() if "util" in line)
EXPECTED = [
    ("p0", "write", 3, "unknown", None),
    ("p1", "read", None, "ok", 3),
    ("p2", "cas", (3, 4), "fail", None),
    ("p1", "cas", (3, 5), "ok", True),
    ("p5", "read", None, "pending", None),
]


@pytest.mark.parametrize(
    "text", [MAPS, f"[{MAPS}]", MAPS.replace("\n{", "\n#jepsen.history.Op{"), LOG, DATED, BARE]
)
def test_the_same_history_in_each_form(text: str) -> None:
    history = read(text)
    assert [(op.process, op.f, op.value, op.status, op.result) for op in history] == EXPECTED
    assert [op.key for op in history] == [None] * 5
    assert [(op.invoked, op.returned) for op in history] == [
        (0, 4),
        (1, 2),
        (3, 5),
        (6, 7),
        (8, None),
    ]
    assert linearizable(history).ok is True


def test_times_are_nanoseconds_in_the_file_and_milliseconds_here() -> None:
    assert [(op.invoked_ms, op.returned_ms) for op in read(MAPS)][:2] == [(1.0, 4.0), (2.0, 3.0)]


def test_keys_in_pairs_and_in_a_field_of_their_own() -> None:
    pairs = (
        "0 :invoke :write [7 1]\n0 :ok :write [7 1]\n1 :invoke :read [8 nil]\n1 :ok :read [8 nil]\n"
    )
    assert [(op.key, op.value, op.result) for op in read(pairs)] == [(7, 1, None), (8, None, None)]
    assert [(op.key, op.value, op.result) for op in read(pairs, keyed=False)] == [
        (None, (7, 1), None),
        (None, (8, None), (8, None)),
    ]
    field = '{:process 9, :type :invoke, :f :append, :key "0", :value "x 9 0 y"}'
    assert [(op.key, op.value) for op in read(field)] == [("0", "x 9 0 y")]
    assert [(op.key, op.value) for op in read("0 :invoke :cas [1 [3 4]]")] == [(1, (3, 4))]
    assert [(op.key, op.value) for op in read("0 :invoke :cas [3 4]")] == [(None, (3, 4))]


@pytest.mark.parametrize("text", ["", "\n", "[]", " [ ]\n", "; nothing\n"])
def test_an_empty_file_is_an_empty_history(text: str) -> None:
    assert read(text) == History()


def test_our_own_json_comes_back_as_it_was() -> None:
    history = read(MAPS)
    assert read(history.to_json()) == history


@pytest.mark.parametrize("keys", [(None,), ("x", "y")])
def test_what_to_jepsen_writes_is_read_again(keys: tuple[object, ...]) -> None:
    rng = random.Random(4)
    seen = set()
    for _ in range(300):
        history = _recorded(rng, keys)
        again = read(history.to_jepsen(), keyed=keys != (None,))
        for op, copy in zip(history, again, strict=True):
            seen.add((op.f, op.status))
            assert (copy.f, copy.key, copy.value, copy.status, copy.result, copy.invoked_ms, copy.returned_ms) == (
                op.f, op.key, op.value, op.status, op.result, op.invoked_ms, op.returned_ms,
            )  # fmt: skip
        assert [[a.before(b) for b in again] for a in again] == [
            [a.before(b) for b in history] for a in history
        ]
        assert linearizable(again).ok is linearizable(history).ok
    assert len(seen) == 12


def _recorded(rng: random.Random, keys: tuple[object, ...]) -> History:
    """Three clients, each with one operation after the other; all events at different times."""
    moments = list(range(40))
    rows = []
    for client in "abc":
        times = sorted(rng.sample(moments, 8))
        moments = [moment for moment in moments if moment not in times]
        for begin, end in zip(times[::2], times[1::2], strict=True):
            rows.append((begin, end, client, end == times[-1]))
    return History(_one(rng, number, row, keys) for number, row in enumerate(sorted(rows)))


def _one(
    rng: random.Random, number: int, row: tuple[int, int, str, bool], keys: tuple[object, ...]
) -> Op:
    begin, end, client, last = row
    f = rng.choice(("read", "write", "cas"))
    value = {
        "read": None,
        "write": rng.randint(1, 3),
        "cas": (rng.randint(1, 3), rng.randint(4, 6)),
    }[f]
    status = rng.choice(("ok", "fail", "unknown", "pending") if last else ("ok", "fail", "unknown"))
    result = (
        {"read": rng.randint(1, 3), "write": None, "cas": rng.random() < 0.5}[f]
        if status == "ok"
        else None
    )
    returned = (None, None) if status == "pending" else (end, end / 4)
    return Op(
        number,
        client,
        f,
        rng.choice(keys),
        value,
        status,
        result,
        begin,
        returned[0],
        begin / 4,
        returned[1],
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{:process 0, :type :invoke}", "line 1: expected a map with :process, :type and :f, found "),
        ("{:process 0, :type :invoke, :f :read}\n7", "line 2: expected a map with :process, :type and :f, found 7"),
        ("{:process 0, :type :done, :f :read}", "line 1: expected :invoke, :ok, :fail or :info, found 'done'"),
        ("{:process 0, :type [], :f :read}", "line 1: expected :invoke, :ok, :fail or :info, found ()"),
        ("{:process 0, :type {}, :f :read}", "line 1: expected :invoke, :ok, :fail or :info, found {}"),
        ("{:process 0, :type :invoke, :f 5}", "line 1: expected a keyword after :f, found 5"),
        ("{:process 0, :type :invoke, :f :read, :time :now}", "line 1: expected :time in nanoseconds, found 'now'"),
        ("\n\n{:process 0, :type :invoke,\n :f :read", "line 4: expected } to close the { of line 3"),
        ("[{:process 0, :type :invoke, :f :read})", "line 1: expected ] to close the [ of line 1, found )"),
        ('{:process 0, :type :invoke, :f "read}', 'line 1: expected a second " to end the text'),
        ("0 :invoke :read nil\n0 :invoke :read nil",
         "line 2: expected process 0 to end the :read of line 1 before it begins another operation"),
        ("0 :invoke :read nil\n1 :ok :read 3", "line 2: expected a :read of process 1 to have begun, found nothing"),
        ("0 :invoke :read nil\n0 :ok :write 3", "line 2: expected a :write of process 0 to have begun, found :read"),
        ("0 :invoke", "line 1: expected process :type :f value, found ':invoke'"),
        ("0 :invoke :read [1", "line 1: expected ] to close the [ of line 1"),
        ("x\nINFO  jepsen.util - 3 invoke read", "line 2: expected process :type :f value, found "),
        ("hello", "line 1: expected EDN maps, a log of jepsen.util, or JSON"),
        ('[{"id": 0,\n"process": }]', "line 2: expected JSON: Expecting value"),
        ('[{"id": 0}]', "entry 0 is {'id': 0}: an operation has the fields"),
    ],
)  # fmt: skip
def test_a_malformed_file_is_told_the_line_and_what_was_expected(text: str, told: str) -> None:
    with pytest.raises(ValueError, match="^" + re.escape(told)):
        read(text)


def test_pairs_that_were_asked_for_have_to_be_there() -> None:
    with pytest.raises(ValueError, match=r"line 1: expected \[key value\], found 3"):
        read("0 :invoke :write 3", keyed=True)


def test_no_cut_or_changed_file_leads_to_anything_but_a_history_or_a_value_error() -> None:
    rng = random.Random(8)
    answers = {True: 0, False: 0}
    for text in (MAPS, LOG, read(MAPS).to_json()):
        for _ in range(1_500):
            cut = rng.randrange(len(text))
            changed = (
                text[:cut]
                + rng.choice(['"', "]", "}", "{", "[", ":", "#", "\\", "7", ""])
                + text[cut + 1 :]
            )
            try:
                assert isinstance(read(changed), History)
                answers[True] += 1
            except ValueError:
                answers[False] += 1
    assert min(answers.values()) > 300
