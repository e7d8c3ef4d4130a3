"""Elle's forms of transactions: with and without processes, indices and invocations."""

from __future__ import annotations

import pytest

from dscourse.checkers.transactions import anomalies, isolation
from dscourse.interop.jepsen import read, write
from tests.checkers.transactions.histories import concurrent
from tests.checkers.transactions.naive import HOLDS

# One read skew, in the forms in which Elle's files and examples have it.
INVOKED = """
{:index 0 :time 3291485317 :process 0 :type :invoke :f :txn :value [[:append 3 1] [:append 4 1]]}
{:index 1 :time 3296209422 :process 1 :type :invoke :f :txn :value [[:r 4 nil] [:r 3 nil]]}
{:index 2 :time 3565403674 :process 1 :type :ok :f :txn :value [[:r 4 nil] [:r 3 [1]]]}
{:index 3 :time 3767733708 :process 0 :type :ok :f :txn :value [[:append 3 1] [:append 4 1]]}
"""
ENDED = """
[{:type :ok, :value [[:append 3 1] [:append 4 1]]}
 {:type :ok, :value [[:r 4 nil] [:r 3 [1]]]}]
"""
IN_TURN = """
{:index 0 :type :invoke :value [[:append 3 1] [:append 4 1]]}
{:index 1 :type :ok :value [[:append 3 1] [:append 4 1]]}
{:index 2 :type :invoke :value [[:r 4 nil] [:r 3 nil]]}
{:index 3 :type :ok :value [[:r 4 []] [:r 3 [1]]]}
"""
LOGGED = """
INFO  jepsen.util - 0	:invoke	:txn	[[:append 3 1] [:append 4 1]]
INFO  jepsen.util - 1	:invoke	:txn	[[:r 4 nil] [:r 3 nil]]
INFO  jepsen.util - 1	:ok	:txn	[[:r 4 nil] [:r 3 [1]]]
INFO  jepsen.util - 0	:ok	:txn	[[:append 3 1] [:append 4 1]]
"""
TAGGED = """
#jepsen.history.Op{:index 0, :time 1, :type :ok, :process 0, :f :txn, :value [[:append 3 1] [:append 4 1]]}
#jepsen.history.Op{:index 1, :time 2, :type :ok, :process 1, :f :txn, :value [[:r 4 nil] [:r 3 [1]]]}
#jepsen.history.Op{:index 2, :time 3, :type :info, :process :nemesis, :f :kill, :value nil}
"""
SHORT_READS = """
{:process 1, :index 1, :type :invoke, :value [[:r y] [:r x]]}
{:process 2, :index 2, :type :invoke, :value ([:append x 1] [:append y 1])}
{:process 1, :index 3, :type :ok, :value [[:r y] [:r x [1]]]}
{:process 2, :index 4, :type :ok, :value ([:append x 1] [:append y 1])}
"""
NAMED_NOTHING = """
{:index 6, :time -1, :type :ok, :process nil, :f nil, :value [[:append 3 1] [:append 4 1]]}
{:index 8, :time -1, :type :ok, :process nil, :f nil, :value [[:r 4 []] [:r 3 [1]]]}
"""
PARTLY = """
({:type :ok, :process 0, :f :txn, :value [[:append 3 1] [:append 4 1]]}
 {:type :invoke, :process 1, :f :txn, :value [[:r 4 nil] [:r 3 nil]]}
 {:type :ok, :process 1, :f :txn, :value [[:r 4 nil] [:r 3 [1]]]})
"""
TEXTS = """
[{:type "ok", :process "a", :f "txn", :value [["append" "x" 1] ["append" "y" 1]]}
 {:type "ok", :process "b", :f "txn", :value [["r" "y" nil] ["r" "x" [1]]]}]
"""
JSON = """
[{"index":0,"process":1,"type":"invoke","value":[["append",253,1],["append",254,1]]},
 {"index":1,"process":2,"type":"invoke","f":"txn","value":[["r",254,null],["r",253]]},
 {"value":[["append",253,1],["append",254,1]],"index":2,"process":1,"type":"ok"},
 {"process":"nemesis","type":"info","f":"kill","value":null},
 {"index":3,"process":2,"type":"ok","f":"txn","value":[["r",254,[]],["r",253,[1]]]}]
"""
JSON_LINES = JSON.strip().removeprefix("[").removesuffix("]").replace("},", "}")


@pytest.mark.parametrize(
    "text",
    [
        INVOKED, ENDED, IN_TURN, LOGGED, TAGGED, SHORT_READS, NAMED_NOTHING, PARTLY, TEXTS, JSON, JSON_LINES,
    ],
)  # fmt: skip
def test_a_read_skew_is_found_in_every_form(text: str) -> None:
    history = read(text)
    assert [anomaly.title for anomaly in anomalies(history)][:1] == ["G-single (read skew)"]
    assert isolation(history).maximal == ("monotonic_atomic_view",)


@pytest.mark.parametrize("text", [INVOKED, LOGGED, TAGGED, SHORT_READS, JSON])
def test_a_history_survives_the_round_trip(text: str) -> None:
    history = read(text)
    assert isolation(read(write(history))).sentence() == isolation(history).sentence()


def test_registers_have_the_same_form() -> None:
    text = "{:type :ok :value [[:w x 1] [:r y nil]]} {:type :ok :value [[:w y 2] [:r x nil]]}"
    assert [anomaly.also for anomaly in anomalies(read(text))] == ["write skew"]


def test_without_invocations_only_the_order_within_a_process_is_known() -> None:
    """A stale read in another process may have begun early; in a later transaction of one process it did not."""
    other = (
        "{:type :ok :process 0 :value [[:append 3 1]]} {:type :ok :process 1 :value [[:r 3 nil]]}"
    )
    assert isolation(read(other)).verdicts["strict_serializable"].vacuous
    own = "{:type :ok :process 0 :value [[:append 3 1]]} {:type :ok :process 0 :value [[:r 3 nil]]}"
    assert isolation(read(own)).verdicts["strict_serializable"].ok is False
    later = f"{{:type :ok :process 1 :value [[:r 9 nil]]}} {other}"
    assert isolation(read(later)).verdicts["strict_serializable"].ok is True
    last = other.replace(":process 1 :value [[:r 3 nil]]", ":process 1 :value [[:r 9 nil]]")
    last += " {:type :ok :process 1 :value [[:r 3 nil]]}"
    assert isolation(read(last)).verdicts["strict_serializable"].ok is False


def test_a_transaction_without_an_invocation_began_after_the_one_before_it() -> None:
    text = PARTLY.strip(" ()\n") + " {:type :ok, :process 1, :value [[:r 4 nil]]}"
    first, second, third = read(text)
    assert (first.invoked, first.returned) == (0, 1)
    assert second.before(third)
    assert (third.invoked, third.returned) == (6, 7)
    assert [op.id for op in (first, second, third)] == [0, 1, 2]
    with pytest.raises(
        ValueError, match="expected a :write of process 2 to have begun, found nothing"
    ):
        read(text + " {:type :ok, :process 2, :f :write, :value 3}")


def test_what_is_read_before_the_history_began_is_named() -> None:
    """A register begins with nothing; Elle accepts any first value."""
    text = "{:type :ok :value [[:r x 0] [:w x 1]]} {:type :ok :value [[:r x 0] [:w x 2]]}"
    assert [anomaly.name for anomaly in anomalies(read(text))] == ["garbage read", "lost update"]
    begun = "{:type :ok :value [[:w x 0]]} " + text
    assert [anomaly.title for anomaly in anomalies(read(begun))] == ["lost update (G2-item)"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '[{"type":"ok","process":1,"f":5,"value":1}]',
            "entry 0: expected a keyword after :f, found 5",
        ),
        (
            '[{"type":"done","process":1,"f":"txn","value":1}]',
            "entry 0: expected :invoke, :ok, :fail or :info",
        ),
        ('{"type":"ok","process":1}', "entry 0: expected a map with :process, :type and :f, found"),
        ('{"type":"ok","process":1', "line 1: expected JSON"),
        ("{:type :ok :value [[:r]]}", "line 1: expected a map with :process, :type and :f"),
        ("{:type :ok :value [[:append x]]}", "line 1: expected a map with :process, :type and :f"),
    ],
)
def test_what_is_no_history_is_refused_in_one_sentence(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read(text)


def test_outcomes_are_kept_without_invocations() -> None:
    text = "{:type :fail :value [[:append 3 1]]} {:type :info :value [[:append 3 2]]}"
    text += " {:type :ok :value [[:r 3 [2 1]]]}"
    history = read(text)
    assert [op.status for op in history] == ["fail", "unknown", "ok"]
    assert [anomaly.name for anomaly in anomalies(history)] == ["G1a"]


def test_without_processes_a_second_invocation_is_refused() -> None:
    text = "{:type :invoke :value [[:append 3 1]]}\n{:type :invoke :value [[:append 3 2]]}"
    with pytest.raises(
        ValueError, match="line 2: expected a :process, as the :txn of line 1 has not ended"
    ):
        read(text)


def test_other_operations_need_a_process_and_a_function() -> None:
    for text in (
        "{:type :ok :f :write :value 3}",
        "{:type :ok :value 3}",
        "{:type :ok :value [[1 2] [3 4]]}",
    ):
        with pytest.raises(ValueError, match="expected a map with :process, :type and :f"):
            read(text)


def test_an_example_of_elles_paper() -> None:
    """Kingsbury and Alvaro, VLDB 2020: T1 read 255 without 8, although T3, on which it depends, had read that."""
    history = concurrent(
        "append 250 10, r 253 1 3 4, r 255 2 3 4 5, append 256 3",
        "append 255 8, r 253 1 3 4",
        "append 256 4, r 255 2 3 4 5 8, r 256 1 2 4, r 253 1 3 4",
        "append 253 1, append 253 3, append 253 4, append 255 2, append 255 3, append 255 4, append 255 5, "
        "append 256 1, append 256 2",
    )
    (found,) = anomalies(history)
    assert (found.name, found.refuting) == ("G-single", (0, 1, 2))
    assert [kind for _, kind, _ in found.path] == ["rw", "wr", "ww"]


def test_a_history_of_snapshot_isolation_with_adjacent_read_write_dependencies() -> None:
    """The shape of a history in Elle's repository: every cycle in it has two rw side by side."""
    history = concurrent(
        "append 9 2", "append 8 1, r 9", "r 6, r 8, append 9 5", "append 6 2, r 9 2"
    )
    found = isolation(history)
    assert found.maximal == ("snapshot_isolation",)
    assert HOLDS["snapshot_isolation"](history)
    assert not HOLDS["serializable"](history)
