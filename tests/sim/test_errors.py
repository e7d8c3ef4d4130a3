"""Bad input: each mistake gets one clear error that names what was seen and what is required."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import pytest

from dscourse.core.schedule import Start
from dscourse.interop import json_traces, shiviz
from dscourse.node import Clock, Message, Node, take_effects
from dscourse.sim import (
    At,
    Budget,
    Constant,
    Crash,
    CrashDuring,
    Cut,
    Empirical,
    Exponential,
    Fault,
    HandlerError,
    Heal,
    Link,
    LogNormal,
    Network,
    Pareto,
    Partition,
    Pause,
    Recover,
    SetClock,
    SetLink,
    Submit,
    Uniform,
    World,
    follow,
    random_plan,
)

from .worlds import Number, Rumour, Sink, Source, Store, Tick, Writer, pipe

NAN, INF = math.nan, math.inf


@dataclass(slots=True)
class Loose(Message):
    n: int = 0


class Bad(Node):
    """Does something wrong when it starts, or when a number comes."""

    wrong: Callable[[Bad], object] = staticmethod(lambda bad: None)

    def on_start(self, log: Sequence[object]) -> None:
        self.write("begun")
        type(self).wrong(self)

    def on_number(self, sender: str, number: Number) -> None:
        self.write("again")
        raise ZeroDivisionError(f"n is {number.n}")


class Misspelt(Node):
    def on_numbr(self, sender: str, number: Number) -> None: ...


class Backwards:
    def quantile(self, u: float) -> float:
        return -1


class Stateful:
    def quantile(self, u: float) -> float:
        return 1.0


class Fire(Fault):
    pass


def pair() -> World:
    return World([Store("s"), Writer("c", ["s"])])


def bad(wrong: Callable[[Bad], object]) -> type[Bad]:
    return type("Bad", (Bad,), {"wrong": staticmethod(wrong)})


CASES: list[tuple[Callable[[], object], type[Exception], str]] = [
    # unknown names
    (lambda: World([Sink("a", ["x"])]), LookupError, "'x' (peers of 'a'): the nodes are a"),
    (lambda: pipe(network=Network(links={("a", "x"): Link()})), LookupError, "'x' (links): the"),
    (lambda: pipe(network=Network(links={("x", "a"): Link()})), LookupError, "'x' (links): the"),
    (lambda: World([Sink("a")], clocks={"x": Clock()}), LookupError, "'x' (clocks): the nodes"),
    (lambda: pipe().alive("x"), LookupError, "no node is called 'x': the nodes are a, b"),
    (lambda: pipe().log("x"), LookupError, "no node is called 'x': the nodes are a, b"),
    (lambda: pipe().link("a", "x"), LookupError, "'x' (the link from 'a' leads to it): the nodes"),
    (lambda: pipe().run().trace.of("x"), LookupError, "no event at 'x': the nodes are a, b"),
    (lambda: pipe().run().trace.kinds("sent"), LookupError, "'sent': the kinds are start, send,"),
    (lambda: pipe().run().trace.past(999), LookupError, "no event of this trace has the index 999"),
    (lambda: pipe().step(99), LookupError, "no pending event has the id 99: the ids are 1, 2"),
    (lambda: pipe().drop(1), LookupError, "no pending message has the id 1: the ids are none"),
    # plans that name unknown nodes
    (lambda: pipe(plan=[At(1, Crash("x"))]), LookupError, "At(1, Crash('x')) names 'x': the nodes"),
    (lambda: pipe(plan=[At(1, Cut("a", "x"))]), LookupError, "Cut('a', 'x')) names 'x'"),
    (lambda: pipe(plan=[At(1, Partition({"a"}, {"x"}))]), LookupError, "names 'x': the nodes are"),
    (lambda: pipe(plan=[At(1, Recover("x"))]), LookupError, "names 'x': the nodes are a, b"),
    (lambda: pipe(plan=[At(1, SetLink("x", "a", loss=1))]), LookupError, "names 'x': the nodes are"),
    (lambda: pipe(plan=[At(1, Heal("a", "x"))]), LookupError, "names 'x': the nodes are a, b"),
    (lambda: pipe(plan=[At(1, Submit("x", "put"))]), LookupError, "names 'x': the nodes are a, b"),
    (lambda: pipe().apply(Pause("x")), LookupError, "Pause('x')) names 'x': the nodes are a, b"),
    (lambda: pipe(plan=[Crash("a")]), TypeError, "Crash('a'): a fault plan is a list of At(ms,"),  # type: ignore[list-item]
    (lambda: At(1, "crash"), TypeError, "'crash': it must be a fault such as Crash('a')"),  # type: ignore[arg-type]
    # times, delays, probabilities
    (lambda: At(-1, Heal()), ValueError, "At: ms=-1: a time must be a finite number of ms, 0 or"),
    (lambda: At(NAN, Heal()), ValueError, "At: ms=nan: a time must be a finite number of ms"),
    (lambda: pipe().run(-1), ValueError, "until_ms=-1: a time must be a finite number of ms"),
    (lambda: pipe().run("9"), ValueError, "until_ms='9': a time must be a finite number"),  # type: ignore[arg-type]
    (lambda: pipe().expect(lambda w: False, INF), ValueError, "within_ms=inf: a time must be a"),
    (lambda: Constant(-1), ValueError, "Constant: ms=-1: it must be a number of at least 0"),
    (lambda: Constant(NAN), ValueError, "Constant: ms=nan: it must be a number"),
    (lambda: Constant("5"), ValueError, "Constant: ms='5': it must be a number of at least 0"),  # type: ignore[arg-type]
    (lambda: Uniform(5, 4), ValueError, "Uniform: high=4: it must be a number of at least 5"),
    (lambda: Uniform(-1, 4), ValueError, "Uniform: low=-1: it must be a number of at least 0"),
    (lambda: Exponential(INF), ValueError, "Exponential: mean=inf: it must be a number of at le"),
    (lambda: Exponential(1, -1), ValueError, "Exponential: minimum=-1: it must be a number of at"),
    (lambda: LogNormal(5, -1), ValueError, "LogNormal: sigma=-1: it must be a number of at least"),
    (lambda: LogNormal(NAN, 1), ValueError, "LogNormal: median=nan: it must be a number of at"),
    (lambda: Pareto(1, 0), ValueError, "Pareto: alpha=0: it must be a number of at least 0.05"),
    (lambda: Empirical([]), ValueError, "samples must be at least one delay, each 0 ms or more"),
    (lambda: Empirical([1, NAN]), ValueError, "samples must be at least one delay, each 0 ms"),
    (lambda: Network(loss=1.5), ValueError, "loss=1.5: it must be a number from 0 to 1"),
    (lambda: Network(duplicate=NAN), ValueError, "duplicate=nan: it must be a number from 0 to 1"),
    (lambda: Link(reorder=-0.1), ValueError, "reorder=-0.1: it must be a number from 0 to 1"),
    (lambda: Link(reorder_by_ms=-1), ValueError, "reorder_by_ms=-1: it must be a number of at"),
    (lambda: Link(latency=5), TypeError, "latency=5: it must be a distribution such as Uniform"),  # type: ignore[arg-type]
    (lambda: Network(lost=0.1), TypeError, "lost=0.1: a link has the settings latency, loss,"),
    (lambda: SetLink("a", "b", loss=2), ValueError, "loss=2: it must be a number from 0 to 1"),
    (lambda: SetLink(lost=0.1), TypeError, "lost=0.1: a link has the settings latency, loss,"),
    (lambda: Crash("a", lose=-1), ValueError, "Crash: lose=-1: a number of records is whole, 0"),
    (lambda: CrashDuring("a", after=0.5), ValueError, "after=0.5: a number of effects is whole"),  # type: ignore[arg-type]
    (lambda: SetLink("a", loss=1), ValueError, "SetLink: give both ends of a link, or neither"),
    (lambda: Heal("a"), ValueError, "Heal: give both ends of a link, or neither"),
    (lambda: Partition("ab", "c"), TypeError, "Partition: 'ab': a group must be a set of names"),
    (lambda: Partition({"a"}, {"a", "b"}), ValueError, "Partition: 'a' is in more than one group"),
    (lambda: Budget(faults=-1), ValueError, "Budget: faults=-1: it must be a whole number, 0 or more"),
    (lambda: Budget(horizon_ms=0), ValueError, "Budget: horizon_ms=0: it must be a number of ms, at least 1, finite"),
    (lambda: Budget(menu=("fire",)), ValueError, "Budget: menu names 'fire': the kinds are loss"),
    (lambda: Budget(menu=()), ValueError, "Budget: menu is empty: name at least 1 kind"),
    (
        lambda: [random_plan(n, ["a"], Budget(menu=("cut",))) for n in range(9)],
        ValueError,
        "a fault between two nodes needs at least 2 nodes, not 1",
    ),
    # nodes
    (lambda: World([]), ValueError, "a world needs at least 1 node"),
    (lambda: World([Sink("a"), Sink("a")]), ValueError, "two nodes are called 'a': every node"),
    (lambda: World(["a"]), TypeError, "'a': a world is made of nodes, each an object of a class"),  # type: ignore[list-item]
    (lambda: World([Sink]), TypeError, "Sink is a class: a world is made of nodes; write Sink('a')"),  # type: ignore[list-item]
    (lambda: World(Sink("a")), TypeError, "a list is required; write [Node('a'), Node('b')]"),  # type: ignore[arg-type]
    (lambda: World(Sink), TypeError, "a list is required, such as [Node('a'), Node('b')]"),  # type: ignore[arg-type]
    (lambda: World("a"), TypeError, "nodes='a': a list is required; write [Node('a'), Node('b')]"),  # type: ignore[arg-type]
    (lambda: World({"a": Sink("a")}), TypeError, "a list is required; write [Node('a'), Node('b')]"),  # type: ignore[arg-type]
    # the arguments of a world
    (lambda: pipe(network=Uniform(1, 2)), TypeError, "network=Uniform(low=1, high=2): a Network is required; write "
     "Network(latency=Uniform(low=1, high=2))"),  # type: ignore[arg-type]
    (lambda: pipe(network=Link()), TypeError, "a Network is required; write Network(latency=…, loss=…) with the"),  # type: ignore[arg-type]
    (lambda: pipe(network=5), TypeError, "network=5: a Network is required; write Network(latency=Constant(1))"),  # type: ignore[arg-type]
    (lambda: pipe(network=Network), TypeError, "a Network is required; write Network(latency=Constant(1))"),  # type: ignore[arg-type]
    (lambda: World([Sink("a")], Network()), TypeError, "a whole number is required; write World(nodes, seed=1, ne"),  # type: ignore[arg-type]
    (lambda: World([Sink("a")], "1"), TypeError, "seed='1': a whole number is required"),  # type: ignore[arg-type]
    (lambda: World([Sink("a")], 1.5), TypeError, "seed=1.5: a whole number is required"),  # type: ignore[arg-type]
    (lambda: World([Sink("a")], None), TypeError, "seed=None: a whole number is required"),  # type: ignore[arg-type]
    (lambda: World([Sink("a")], clocks=[Clock()]), TypeError, "a dict is required, such as {'a': Clock(skew_ms=5)}"),  # type: ignore[arg-type]
    (lambda: World([Sink("a")], clocks={"a": 5}), TypeError, "clocks['a'] is 5: a Clock is required, such as Clo"),  # type: ignore[dict-item]
    (lambda: pipe(plan=At(1, Crash("a"))), TypeError, "a list is required; write [At(100, Crash('a'))]"),  # type: ignore[arg-type]
    (lambda: pipe(plan=Crash("a")), TypeError, "plan=Crash('a'): a list is required; write [At(100, Cra"),  # type: ignore[arg-type]
    (lambda: pipe(plan="crash"), TypeError, "plan='crash': a list is required; write [At(100, Crash('a'))]"),  # type: ignore[arg-type]
    (lambda: pipe(plan=[[At(1, Crash("a"))]]), TypeError, "a fault plan is a list of At(ms, fault)"),  # type: ignore[list-item]
    (lambda: pipe().run(max_events=0), ValueError, "max_events=0: a whole number of events is required, 1 or more"),
    (lambda: pipe().expect(500, lambda w: True), TypeError, "happened=500: a function of the world is required"),  # type: ignore[arg-type]
    (lambda: pipe().alive(["a"]), LookupError, "no node is called ['a']: the nodes are a, b"),  # type: ignore[arg-type]
    (lambda: pipe().apply(At(1, Crash("a"))), TypeError, "a fault is required, without its time; write Crash('a')"),  # type: ignore[arg-type]
    (lambda: pipe().replay(Crash("a")), TypeError, "steps=Crash('a'): a list is required; write [StepPending(3)"),  # type: ignore[arg-type]
    (lambda: pipe().replay([3]), TypeError, "3: a scenario is a list of StepPending, DropPending, Dupl"),  # type: ignore[list-item]
    # a network's arguments
    (lambda: Network(latency=0), TypeError, "latency=0: it must be a distribution such as Uniform(1, 5); write Con"),  # type: ignore[arg-type]
    (lambda: Network(Uniform), TypeError, "it must be a distribution such as Uniform(1, 5)"),  # type: ignore[arg-type]
    (lambda: Network(client=Constant(1)), TypeError, "Network: client=Constant(ms=1): a Link is required; write Link("
     "Constant(ms=1))"),  # type: ignore[arg-type]
    (lambda: Network(links={("a", "b"): Constant(1)}), TypeError, "links[('a', 'b')]=Constant(ms=1): a Link is re"),  # type: ignore[dict-item]
    (lambda: Network(links={"ab": Link()}), TypeError, "links names 'ab': a pair of names is required: {('a', 'b')"),  # type: ignore[dict-item]
    (lambda: Network(links=[Link()]), TypeError, "a dict is required, such as {('a', 'b'): Link(Constant(50))}"),  # type: ignore[arg-type]
    (lambda: Link(fifo="no"), TypeError, "Link: fifo='no': it must be True or False"),  # type: ignore[arg-type]
    (lambda: Link(Backwards()), ValueError, "quantile(0) is -1: a delay must be a number of ms, 0 or more"),
    (lambda: Link(Stateful()), TypeError, "latency is a Stateful: use numbers, strings, tuples, or a frozen datac"),
    (lambda: Empirical("12"), TypeError, "Empirical: samples='12': a list of delays in ms is required"),  # type: ignore[arg-type]
    (lambda: Empirical(5), TypeError, "Empirical: samples=5: a list of delays in ms is required"),  # type: ignore[arg-type]
    (lambda: Empirical([None]), ValueError, "samples must be at least one delay, each 0 ms or more"),  # type: ignore[list-item]
    # a fault's arguments
    (lambda: Crash(Sink("a")), TypeError, "a node's name is required, a string that is not empty"),  # type: ignore[arg-type]
    (lambda: Crash(""), TypeError, "Crash: '': a node's name is required, a string that is not empty"),
    (lambda: Cut("a", ["b"]), TypeError, "Cut: ['b']: a node's name is required"),  # type: ignore[arg-type]
    (lambda: Heal("a", 5), TypeError, "Heal: 5: a node's name is required"),  # type: ignore[arg-type]
    (lambda: SetLink("a", 5, loss=1), TypeError, "SetLink: 5: a node's name is required"),  # type: ignore[arg-type]
    (lambda: Recover(["a", "b"]), TypeError, "Recover: ['a', 'b']: a node's name is required"),  # type: ignore[arg-type]
    (lambda: Partition({"a"}), ValueError, "Partition({'a'}): a partition has at least 2 groups, none of them"),
    (lambda: Partition({"a"}, set()), ValueError, "a partition has at least 2 groups, none of them empty"),
    (lambda: Partition([{"a"}, {"b"}]), TypeError, "Partition: {'a'}: a node's name is required; write Partition({"),  # type: ignore[list-item]
    (lambda: Partition("a", 5), TypeError, "Partition: 'a': a group must be a set of names"),  # type: ignore[arg-type]
    (lambda: SetClock("a", "5"), ValueError, "Clock: skew_ms='5': it must be a finite number"),  # type: ignore[arg-type]
    (lambda: SetClock("a", drift_ppm=NAN), ValueError, "Clock: drift_ppm=nan: it must be a finite number"),
    (lambda: Submit("a", 5), TypeError, "Submit: f=5: the name of an operation is required, a string"),  # type: ignore[arg-type]
    (lambda: Submit("a", "f", None, Sink("b")), TypeError, "Submit.value is a Sink: use numbers"),
    (lambda: At(5, Crash), TypeError, "it must be a fault such as Crash('a')"),  # type: ignore[arg-type]
    (lambda: At(5, Fire()), TypeError, "Fire must be @dataclass(frozen=True, slots=True): a fault is a value"),
    # operations
    (lambda: pair().submit("c", ("put", "x", 1)), TypeError, "a list of operations is required; write [('put', 'x'"),  # type: ignore[arg-type]
    (lambda: pair().submit("c", "put"), TypeError, "ops='put': a list of operations is required, such as [('wr"),  # type: ignore[arg-type]
    (lambda: pair().submit("c", [5]), TypeError, "5: an operation is a tuple (f, key, value), f a string"),  # type: ignore[list-item]
    (lambda: pair().submit("c", repeat(("put",))), ValueError, "ops has more than 1,000,000 operations: give them"),
    (lambda: pair().submit("c", [("put",)], think_ms=NAN), ValueError, "think_ms=nan: a time must be a finite"),
    # traces
    (lambda: pipe().run().trace.between(5, 1), ValueError, "start_ms=5, end_ms=1: the start comes before the end"),
    (lambda: pipe().run().trace.between(NAN, 1), ValueError, "start_ms=nan, end_ms=1: the start comes before"),
    (lambda: pipe().run().trace.where("send"), TypeError, "keep='send': a function of an event is required"),  # type: ignore[arg-type]
    (lambda: follow([Sink("a")], [Pause("a")]), TypeError, "Pause('a'): a schedule is a list of steps such as Start"),  # type: ignore[list-item]
    (lambda: follow([Sink("a")], None), TypeError, "schedule=None: a schedule is a list of steps such as Start"),  # type: ignore[arg-type]
    (lambda: follow([Sink("a")], Start("a")), TypeError, "schedule=Start('a'): a schedule is a list of steps"),  # type: ignore[arg-type]
    (lambda: follow([Sink("a")], [], [("put",)]), TypeError, "operations=[('put',)]: a dict is required, as in {"),  # type: ignore[arg-type]
    (lambda: take_effects(5), TypeError, "take_effects(5): a Node is required"),  # type: ignore[arg-type]
    (lambda: json_traces.write(pipe()), TypeError, "a Trace is required, not a World: write world.trace"),  # type: ignore[arg-type]
    (lambda: shiviz.write(pipe()), TypeError, "a Trace is required, not a World: write world.trace"),  # type: ignore[arg-type]
    (lambda: World([Misspelt("a")]), LookupError, "Misspelt.on_numbr has no message or timer: no"),
    (lambda: pipe(plan=[At(1, Submit("a", "f"))]).run(), TypeError, "'a' is a Source: only a Cl"),
]  # fmt: skip


@pytest.mark.parametrize(("mistake", "kind", "text"), CASES, ids=[text for _, _, text in CASES])
def test_one_clear_error(mistake: Callable[[], Any], kind: type[Exception], text: str) -> None:
    with pytest.raises(kind) as caught:
        mistake()
    message = caught.value.args[0]
    assert text in message
    assert "\n" not in message


HANDLERS: list[tuple[Callable[[Bad], object], str]] = [
    (lambda bad: bad.send("x", Number(1)), "LookupError at 0.000 ms while it handled its start: no "
     "node is called 'x' (the link from 'a' leads to it): the nodes are a, b"),
    (lambda bad: bad.set_timer(Tick(), -1), "ValueError at 0.000 ms while it handled its start: "
     "delay_ms=-1: a delay must be 0 or more, low before high"),
    (lambda bad: bad.set_timer(Tick(), NAN), "delay_ms=nan: a delay must be 0 or more"),
    (lambda bad: {}["k"], "KeyError at 0.000 ms while it handled its start: 'k'"),
]  # fmt: skip


@pytest.mark.parametrize(("wrong", "text"), HANDLERS, ids=[text for _, text in HANDLERS])
def test_a_mistake_in_a_handler_keeps_the_trace(wrong: Callable[[Bad], object], text: str) -> None:
    world = World([bad(wrong)("a"), Sink("b")])
    with pytest.raises(HandlerError) as caught:
        world.run()
    assert str(caught.value).startswith("a (Bad) raised ")
    assert text in str(caught.value)
    assert caught.value.trace is world.trace
    assert [event.kind for event in world.trace.of("a")][-1] == "error"
    assert world.trace[-1].detail.startswith(type(caught.value.__cause__).__name__)
    assert world.trace[0].kind == "start"


def test_the_error_shows_the_last_events_and_its_cause() -> None:
    world = World([Source("s", ["a"], count=1), Bad("a")])
    with pytest.raises(HandlerError) as caught:
        world.run()
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    text = str(caught.value)
    assert text.startswith(
        "a (Bad) raised ZeroDivisionError at 1.000 ms while it handled Number(n=1): n is 1\n"
    )
    assert "   1.000 ms  a ← s    Number(n=1)\n" in text
    assert text.endswith("   1.000 ms  a        ZeroDivisionError: n is 1  (handling Number(n=1))")
    assert world.log("a") == ("begun",)  # the effects of the failed handler are not carried out


def test_a_world_that_goes_on_after_an_error_forgets_the_failed_handlers_effects() -> None:
    class Picky(Node):
        def on_number(self, sender: str, number: Number) -> None:
            self.write(number.n)
            if number.n == 2:
                raise ValueError("two")

    world = World([Source("s", ["a"], count=3), Picky("a")])
    with pytest.raises(HandlerError, match="two"):
        world.run()
    assert world.run().log("a") == (3, 1)


def test_a_message_without_a_handler_names_both() -> None:
    class Teller(Node):
        def on_start(self, log: Sequence[object]) -> None:
            self.send("b", Rumour(frozenset()))

    with pytest.raises(HandlerError) as caught:
        World([Teller("a"), Sink("b")]).run()
    assert "Sink has no handler for message Rumour: it needs a method on_rumour" in str(
        caught.value
    )


def test_a_message_must_be_frozen() -> None:
    with pytest.raises(HandlerError, match=r"Loose must be @dataclass\(frozen=True, slots=True\)"):
        World([bad(lambda node: node.send("b", Loose()))("a"), Sink("b")]).run()


def test_a_step_that_fails_is_the_same_error() -> None:
    world = World([bad(lambda node: 1 / 0)("a")])
    with pytest.raises(HandlerError, match=r"a \(Bad\) raised ZeroDivisionError at 0\.000 ms"):
        world.step()
