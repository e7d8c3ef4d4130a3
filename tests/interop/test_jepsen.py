"""Histories of others: three forms, every kind of ending, and the errors for malformed files."""

from __future__ import annotations

import math
import random
import re
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dscourse.checkers import MultiRegister, StrictCasRegister, linearizable
from dscourse.core.equality import same
from dscourse.history import History, Op
from dscourse.interop import json_histories
from dscourse.interop.edn import Char, Keyword, Symbol, Tagged
from dscourse.interop.jepsen import read, write
from tests.effort import samples

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
    assert read(json_histories.write(history)) == history


@pytest.mark.parametrize("keys", [(None,), ("x", "y")])
def test_what_is_written_is_read_again(keys: tuple[object, ...]) -> None:
    rng = random.Random(4)
    seen = set()
    for _ in range(300):
        history = _recorded(rng, keys)
        again = read(write(history), keyed=keys != (None,))
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
    ("text", "message"),
    [
        ("{:process 0, :type :invoke}", "line 1: expected a map with :process, :type and :f, found "),
        ("{:process 0, :type :invoke, :f :read}\n7", "line 2: expected a map with :process, :type and :f, found 7"),
        ("{:process 0, :type :done, :f :read}", "line 1: expected :invoke, :ok, :fail or :info, found :done"),
        ("{:process 0, :type [], :f :read}", "line 1: expected :invoke, :ok, :fail or :info, found ()"),
        ("{:process 0, :type {}, :f :read}", "line 1: expected :invoke, :ok, :fail or :info, found {}"),
        ("{:process 0, :type :invoke, :f 5}", "line 1: expected a keyword after :f, found 5"),
        ("{:process 0, :type :invoke, :f :read, :time :now}", "line 1: expected :time in nanoseconds, found :now"),
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
        ("{:process 1.0, :type :invoke, :f :read}", "line 1: expected a number or keyword as :process, found 1.0"),
        ("{:process true, :type :invoke, :f :read}", "line 1: expected a number or keyword as :process, found True"),
        (f"{{:process 0, :type :invoke, :f :read, :time 1{'0' * 400}}}", "line 1: expected :time in nanoseconds"),
        ("{:process 0, :type :invoke, :f :read, :time ##NaN}", "line 1: expected :time in nanoseconds, found nan"),
        (f"\n{'9' * 30} :invoke :read nil", "line 2: expected a process number of at most 18 digits"),
        ("\ufeff\n{:process 0}", "line 2: expected a map with"),
        ('[{"id": 0}]', "entry 0 is {'id': 0}: an operation has the fields"),
    ],
)  # fmt: skip
def test_a_malformed_file_is_told_the_line_and_what_was_expected(text: str, message: str) -> None:
    with pytest.raises(ValueError, match="^" + re.escape(message)):
        read(text)


def test_pairs_that_were_asked_for_have_to_be_there() -> None:
    with pytest.raises(ValueError, match=r"line 1: expected \[key value\], found 3"):
        read("0 :invoke :write 3", keyed=True)


def test_no_cut_or_changed_file_leads_to_anything_but_a_history_or_a_value_error() -> None:
    rng = random.Random(8)
    answers = {True: 0, False: 0}
    for text in (MAPS, LOG, json_histories.write(read(MAPS))):
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


GOOD = (
    json_histories.write(History([Op(0, "a", "read", "x", None, "ok", 1, 0, 1, 0.0, 1.0)]))
    .strip()[1:-1]
    .strip()
)


@pytest.mark.parametrize(
    ("was", "instead", "message"),
    [
        ('"id": 0', '"id": "0"', "entry 1: id='0': a whole number is required"),
        ('"id": 0', '"id": true', "entry 1: id=True: a whole number is required"),
        ('"process": "a"', '"process": 3', "entry 1: process=3: text is required"),
        ('"f": "read"', '"f": null', "entry 1: f=None: text is required"),
        ('"status": "ok"', '"status": []', "entry 1: status=(): text is required"),
        ('"status": "ok"', '"status": "done"', "entry 1: status='done': it must be one of"),
        ('"invoked": 0', '"invoked": 0.5', "entry 1: invoked=0.5: a whole number is required"),
        (
            '"returned": 1',
            '"returned": "1"',
            "entry 1: returned='1': a whole number or null is required",
        ),
        ('"returned": 1', '"returned": -1', "entry 1: operation 0 returned at -1"),
        ('"invoked_ms": 0.0', '"invoked_ms": {}', "entry 1: invoked_ms={}: a number is required"),
        ('"result": 1', '"result": 1e999', "entry 1: 1e999 is larger than any float"),
        ('"result": 1', '"result": NaN', "entry 1: NaN is not JSON"),
        ('"result": 1', f'"result": {"9" * 5_000}', "entry 1: a number has more than 4,000 digits"),
        ('"result": 1', f'"result": {"[" * 100_000}', "entry 1: it is nested too deeply"),
        ('"result": 1', '"result": {"a": 1, "a": 2}', "entry 1: an object has a key twice"),
        ('"result": 1', '"result": {"#set": 5}', "entry 1: #set stands before something"),
        ('"result": 1', '"result": {"#odd": 5}', "entry 1: #odd stands before something"),
        ('"result": 1', '"result": {"#set": [{"a": 1}]}', "entry 1: #set stands before something"),
        ('"result": 1', '"result": {"#ratio": [1, 0]}', "entry 1: #ratio stands before something"),
    ],
)
def test_json_of_the_wrong_type_names_its_entry(was: str, instead: str, message: str) -> None:
    assert was in GOOD
    with pytest.raises(ValueError, match="^" + re.escape(message)):
        read(f"[{GOOD},\n{GOOD.replace(was, instead)}]")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"[{GOOD}\n{GOOD}]", "line 2: expected JSON: a comma or ] after entry 0"),
        (f"[{GOOD}]\n]", "line 2: expected JSON: nothing after the list"),
        (f"[{GOOD},\n", "line 2: expected JSON: Expecting value"),
        (GOOD, "line 1: expected JSON: a list of operations"),
    ],
)
def test_json_that_is_no_list_names_the_line(text: str, message: str) -> None:
    with pytest.raises(ValueError, match="^" + re.escape(message)):
        read(text)


def test_a_byte_order_mark_and_other_ends_of_lines_are_passed_over() -> None:
    for text in (MAPS, LOG, json_histories.write(read(MAPS))):
        assert read("\ufeff" + text.replace("\n", "\r\n")) == read(text)


@pytest.mark.parametrize(
    "piece", [" ", "\n", "[ ", "0 :invoke :read nil;", "jepsen.util: ", "a ", "1 ", '{"', ": "]
)
def test_a_long_file_is_read_in_linear_time(piece: str) -> None:
    """With a step that is quadratic each of these would take minutes."""
    for text in (piece * 100_000, "[" + piece * 100_000, piece * 100_000 + "x"):
        message = ""
        try:
            read(text)
        except ValueError as error:
            message = str(error)
        assert not message or re.match("line [0-9]+: expected", message)


PIECES = ["{:process 0, ", ":type :invoke", ":ok ", ":f :read ", ":value ", "nil", "}", "\n", "INFO  jepsen.util - ", "0 ",  # noqa: E501
          '[{"id": 0', '"f": "read"', "[1 2]", "\ufeff", " ", '"', "1e999", ":time 1e300 ", "[", "]", "9" * 5_000]  # fmt: skip  # noqa: E501


@settings(max_examples=samples(1_500), deadline=None)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=2), max_size=20).map("".join))
def test_any_text_gives_a_history_or_a_value_error_that_says_where(text: str) -> None:
    message = ""
    try:
        assert isinstance(read(text), History)
    except ValueError as error:
        message = str(error)
    assert not message or re.match(r"(line|entry) \d+", message)


VALUES = [None, True, False, 0, 1, 1.5, "a", ":a", "", Keyword("a"), Symbol("a"), Char("a"), (1, True), (), frozenset(),  # noqa: E501
          frozenset({1, "a"}), {"a": 1}, {"#set": 1}, {1: "a", (2,): "b"}, {Keyword("a"): None}, math.inf, -math.inf, math.nan,  # noqa: E501
          Fraction(1, 3), Decimal("2.50"), Tagged("inst", "2021"), Tagged("t", {"a": 1}), {}, 10**30, "\u2028\x00é"]  # fmt: skip  # noqa: E501


def test_values_come_back_as_they_were_and_none_becomes_another() -> None:
    ops = [
        Op(n, "c", "read", None, None, "ok", value, 2 * n, 2 * n + 1)
        for n, value in enumerate(VALUES)
    ]
    for again in (read(json_histories.write(History(ops))), read(write(History(ops)), keyed=False)):
        for n, one in enumerate(VALUES):
            assert [same(one, op.result) for op in again] == [n == m for m in range(len(VALUES))]


def test_a_boolean_read_where_a_number_was_written_is_refuted_in_every_form() -> None:
    for shown, allowed in ((1, True), (True, False), ("1", False), (Keyword("1"), False)):
        ops = [
            Op(0, "a", "write", "x", 1, "ok", None, 0, 1),
            Op(1, "b", "read", "x", None, "ok", shown, 2, 3),
        ]
        for again in (
            History(ops),
            read(json_histories.write(History(ops))),
            read(write(History(ops))),
        ):
            assert linearizable(again).ok is allowed


def test_knossos_reads_the_export_of_a_compare_and_set() -> None:
    ops = [
        Op(n, "a", "cas", None, (1, 2), "ok", result, 2 * n, 2 * n + 1)
        for n, result in enumerate((True, False))
    ]
    ends = [line for line in write(History(ops)).splitlines() if ":invoke" not in line]
    assert [re.sub(".*:type", ":type", line) for line in ends] == [
        ":type :ok, :f :cas, :value [1 2], :result true}",
        ":type :fail, :f :cas, :value [1 2], :result false}",
    ]
    assert [(op.status, op.result) for op in read(write(History(ops)))] == [
        ("ok", True),
        ("ok", False),
    ]


def test_a_failed_compare_and_set_is_dropped_or_an_observation() -> None:
    text = "0 :invoke :write 3\n0 :ok :write 3\n0 :invoke :cas [3 4]\n0 :fail :cas [3 4]\n0 :invoke :read nil\n0 :ok :read 3"  # noqa: E501
    assert linearizable(read(text)).ok is True
    assert linearizable(read(text), StrictCasRegister()).ok is False


def test_transactions_of_reads_and_writes() -> None:
    text = (
        "0 :invoke :txn [[:w :x 1] [:w :y 2]]\n0 :ok :txn [[:w :x 1] [:w :y 2]]\n"
        "1 :invoke :txn [[:r :x nil] [:r :y nil]]\n1 :ok :txn [[:r :x 1] [:r :y {}]]"
    )
    for shown, allowed in (("2", True), ("nil", False), (":x", False)):
        history = read(text.format(shown))
        assert history.keys == (None,)
        assert linearizable(history).ok is linearizable(history, MultiRegister()).ok is allowed
        assert read(write(history)) == history


def test_a_function_or_time_that_jepsen_cannot_have_is_refused() -> None:
    with pytest.raises(ValueError, match="'read it' cannot be a keyword"):
        write(History([Op(0, "a", "read it")]))
    with pytest.raises(
        ValueError, match="operation 0 has the time inf: a finite number is required"
    ):
        write(History([Op(0, "a", "read", invoked_ms=math.inf)]))


def test_an_error_shows_no_more_than_the_beginning_of_a_line() -> None:
    with pytest.raises(ValueError, match="expected process :type :f value") as caught:
        read("INFO jepsen.util - 1 " + "x" * 100_000)
    assert len(str(caught.value)) < 500
