"""A model of processes is explored as if each process were asked in each state."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, make_dataclass
from functools import partial
from random import Random
from typing import Any, NamedTuple

import pytest

from dscourse.core.properties import Property
from dscourse.explore import BreadthFirst, DepthFirst, RandomWalks, explore_model
from dscourse.explore.layout import Layout
from dscourse.explore.watched import Reader, Watched, WatchedByElement, watching
from tests.effort import chosen_seeds, dealt


class Cells(NamedTuple):
    """A state with fields of both kinds."""

    cells: tuple[object, ...]
    pair: tuple[bool, bool]
    one: object

    def total(self) -> int:
        return len([cell for cell in self.cells if cell])


Steps = list[tuple[object, dict[str, Any]]]


class Machine:
    """Processes that read a cell to know which to read next, and change others than those they read."""

    def __init__(self, draws: Random) -> None:
        self.size, self.values = draws.randint(2, 4), draws.randint(2, 3)
        self.rules = [self._rules(draws) for _ in range(draws.randint(1, 3))]

    def _rules(self, draws: Random) -> list[tuple[int, ...]]:
        return [
            (*(draws.randrange(self.size) for _ in range(5)), draws.randrange(self.values))
            for _ in range(draws.randint(1, 3))
        ]

    def initial(self) -> list[Cells]:
        return [Cells((0,) * self.size, (False, True), one) for one in ("left", "right")]

    def steps(self, state: Cells, number: int) -> Iterator[tuple[object, dict[str, Any]]]:
        for rule, (first, if_so, if_not, to, other, value) in enumerate(self.rules[number]):
            read = if_so if state.cells[first] else if_not
            name = f"{number}.{rule}"
            if state.cells[read] == value:
                yield name, {"cells": {to: (value + 1) % self.values}}
            elif state.pair[rule % 2]:
                yield name, {"cells": {to: 0, other: value}, "one": value}
            elif value:
                yield name, {"pair": (bool(state.cells[other]), True)}

    def processes(self) -> list[Callable[[Cells], Iterable[Any]]]:
        return [partial(self.steps, number=number) for number in range(len(self.rules))]


class Asked:
    """The same machine, whose processes are asked in every state, and see the plain state."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    def initial(self) -> list[Cells]:
        return self.machine.initial()

    def next(self, state: Cells) -> Iterator[tuple[object, Cells]]:
        for process in self.machine.processes():
            for step, changes in process(state):
                yield step, _changed(state, changes)


def _changed(state: Cells, changes: dict[str, Any]) -> Cells:
    for field, new in changes.items():
        if isinstance(new, dict):
            old = getattr(state, field)
            new = tuple(new.get(at, value) for at, value in enumerate(old))
        state = state._replace(**{field: new})
    return state


def _property(draws: Random, machine: Machine) -> Property:
    first, second, third = (draws.randrange(machine.size) for _ in range(3))
    value = draws.randrange(machine.values)

    def holds(state: Cells) -> bool:
        if state.cells[first] == value:
            return state.cells[second] != value or state.one != value
        return state.cells[third] != value or not all(state.pair)

    return Property(f"{first}, {second}, {third}, {value}", holds)


@pytest.mark.parametrize("hand", range(4))
def test_seeds_of_machines_are_explored_alike(hand: int) -> None:
    for seed in dealt(chosen_seeds(200), hand, 4):
        _explored_alike(seed)


def _explored_alike(seed: int) -> None:
    draws = Random(seed)
    machine = Machine(draws)
    one, other = _property(draws, machine), _property(draws, machine)
    kind = draws.choice(["always", "sometimes", "within_reach", "eventually"])
    order = draws.choice([BreadthFirst(), DepthFirst(), RandomWalks(walks=9, steps=9, seed=seed)])
    if kind in ("within_reach", "eventually") and not order.complete:
        order = BreadthFirst()
    claims: Any = {"always": [one], "order": order, "budget": draws.choice([9, 10_000])}
    if other.name != one.name:
        claims[kind] = [*claims.get(kind, []), other]
    assert explore_model(machine, **claims) == explore_model(Asked(machine), **claims), seed


@dataclass(frozen=True)
class Light:
    colour: str


class Lamp:
    """Processes that are given, on a state that is a dataclass."""

    def __init__(self, *processes: Any) -> None:
        self.given = processes

    def initial(self) -> list[Light]:
        return [Light("red")]

    def processes(self) -> list[Any]:
        return list(self.given)


def _turns(state: Light) -> Steps:
    return [("turn", {"colour": {"red": "green", "green": "red"}[state.colour]})]


def test_a_state_may_be_a_dataclass_and_is_given_back_plain() -> None:
    def never_green(light: Light) -> bool:
        return light.colour != "green"

    found = explore_model(Lamp(_turns), always=[never_green])
    assert (found.states, found.steps) == (2, ("turn",))
    assert type(found.state) is Light
    assert found.state == Light("green")


def test_a_process_is_asked_once_for_all_that_it_reads() -> None:
    asked: list[object] = []

    class Two(Lamp):
        def initial(self) -> list[Any]:
            return [Cells((0, 0), (False, False), 0)]

    def counts(state: Cells, at: int) -> Steps:
        asked.append(state.cells[at])
        return [(at, {"cells": {at: (state.cells[at] + 1) % 20}})]  # type: ignore[operator]

    found = explore_model(Two(partial(counts, at=0), partial(counts, at=1)))
    walks = 10 * 30 * 2
    assert (found.states, found.transitions, len(asked)) == (400, 800, 20 + 20 + walks)


def test_a_property_is_asked_again_where_it_reads_more_than_before() -> None:
    class Two(Lamp):
        def initial(self) -> list[Any]:
            return [Cells((0,), (False, False), "waits")]

    def steps(state: Cells) -> Iterator[tuple[object, dict[str, Any]]]:
        if state.one == "waits":
            yield "go", {"cells": {0: 1}, "one": "goes"}
        elif state.cells[0]:
            yield "back", {"cells": {0: 0}}

    def never_goes_with_0(state: Cells) -> bool:
        return state.one == "waits" or state.cells[0] == 1

    assert explore_model(Two(steps), always=[never_goes_with_0]).steps == ("go", "back")


def _forgetful() -> Callable[[Light], Steps]:
    times = iter(range(10_000))
    return lambda state: [("turn", {"colour": "green" if next(times) % 2 else "red"})]


def test_a_process_that_remembers_is_refused() -> None:
    with pytest.raises(ValueError, match="it must depend on nothing but the state"):
        explore_model(Lamp(_forgetful()))


@pytest.mark.parametrize(
    ("process", "error", "text"),
    [
        (lambda s: None, TypeError, r"process\(state\) must return a list of pairs \(step, dict"),
        (lambda s: ["turn"], TypeError, r"process\(Light\(colour='red'\)\) gave 'turn': it must"),
        (lambda s: [("turn", "green")], TypeError, "'green' must be a dict of what changes"),
        (lambda s: [("turn", {"color": 1})], LookupError, "'color' is no field of a state: colour"),
        (lambda s: [("turn", {"colour": [1]})], TypeError, r"the state \[1\] can be changed"),
    ],
)
def test_steps_of_another_form_are_refused(process: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        explore_model(Lamp(process))


@pytest.mark.parametrize(
    ("changes", "error", "text"),
    [
        ({"cells": (1,)}, TypeError, r"cells = \(1,\): it must stay a tuple of 2"),
        ({"cells": 1}, TypeError, "it must stay a tuple of 2"),
        ({"cells": {2: 1}}, LookupError, r"cells\[2\]: its elements are numbered from 0 to 1"),
        ({"cells": {-1: 1}}, LookupError, r"cells\[-1\]: its elements"),
        ({"cells": {"a": 1}}, LookupError, r"cells\['a'\]: its elements"),
        ({"one": {0: 1}}, TypeError, "can be changed"),
    ],
)
def test_changes_of_another_form_are_refused(
    changes: dict[str, Any], error: type[Exception], text: str
) -> None:
    class Two(Lamp):
        def initial(self) -> list[Any]:
            return [Cells((0, 0), (False, False), 0)]

    with pytest.raises(error, match=text):
        explore_model(Two(lambda state: [("step", changes)]))


@pytest.mark.parametrize("first", [[1], [Light("red"), Cells((), (True, True), 1)], ["red"]])
def test_states_of_another_form_are_refused(first: list[Any]) -> None:
    class Wrong(Lamp):
        def initial(self) -> list[Any]:
            return first

    with pytest.raises(TypeError, match=r"must be a NamedTuple or a frozen|is no Light, as the"):
        explore_model(Wrong(_turns))


def test_a_field_must_have_a_public_name() -> None:
    hidden = make_dataclass("Hidden", ["_bits"], frozen=True)
    with pytest.raises(ValueError, match="'_bits' of a state must not begin with an underscore"):
        Layout(hidden(1))


def test_a_model_has_next_or_processes() -> None:
    class Both(Lamp):
        def next(self, state: Light) -> list[Any]:
            return []

    with pytest.raises(TypeError, match="a model has one of them"):
        explore_model(Both(_turns))
    with pytest.raises(TypeError, match=r"processes\(\) must return a list of functions"):
        explore_model(type("None_", (Lamp,), {"processes": lambda self: None})())


def _read(reads: Callable[[Any], object], kind: type[Watched] = WatchedByElement) -> list[str]:
    state = Cells((1, 2, 3), (True, False), "x")
    layout, reader = Layout(state), Reader()
    reads(watching(kind, Cells)(layout, layout.packed(state), reader))
    return [variable.name for variable in layout.variables if variable.mask & reader.read]


EVERYTHING = ["cells[0]", "cells[1]", "cells[2]", "pair[0]", "pair[1]", "one"]


@pytest.mark.parametrize(
    ("reads", "names"),
    [
        (lambda s: s, []),
        (lambda s: s.one, ["one"]),
        (lambda s: s.cells, []),
        (lambda s: len(s.cells), []),
        (lambda s: s.cells[-1], ["cells[2]"]),
        (lambda s: s.cells[:2], ["cells[0]", "cells[1]"]),
        (lambda s: 2 in s.cells, ["cells[0]", "cells[1]"]),
        (lambda s: [*s.pair], ["pair[0]", "pair[1]"]),
        (lambda s: s.pair == (True, False), ["pair[0]", "pair[1]"]),
        (lambda s: {s.pair: 1}, ["pair[0]", "pair[1]"]),
        (lambda s: s.pair + s.pair, ["pair[0]", "pair[1]"]),
        (lambda s: ("first",) + s.pair, ["pair[0]", "pair[1]"]),  # noqa: RUF005
        (lambda s: f"{s.pair}", ["pair[0]", "pair[1]"]),
        (lambda s: s.pair < (True, True), ["pair[0]", "pair[1]"]),
        (lambda s: copy.deepcopy(s.pair), ["pair[0]", "pair[1]"]),
        (lambda s: s.total(), EVERYTHING),
        (lambda s: copy.deepcopy(s), EVERYTHING),
        (lambda s: pickle.dumps(s), EVERYTHING),
        (lambda s: s < (), EVERYTHING),
        (lambda s: 1 in s, EVERYTHING),
        (lambda s: bool(s), EVERYTHING),
        (lambda s: s._replace(one=1), EVERYTHING),
        (lambda s: hash(s), EVERYTHING),
        (lambda s: s == 1, EVERYTHING),
        (lambda s: str(s), EVERYTHING),
        (lambda s: [*s], EVERYTHING),
        (lambda s: s[0], EVERYTHING),
    ],
)
def test_what_is_read_is_noticed(reads: Callable[[Any], object], names: list[str]) -> None:
    assert _read(reads) == names


def test_a_watched_state_looks_like_the_plain_one() -> None:
    state = Cells((1, 2, 3), (True, False), "x")
    layout = Layout(state)
    for kind in (Watched, WatchedByElement):
        seen: Any = watching(kind, Cells)(layout, layout.packed(state), Reader())
        assert isinstance(seen, Cells)
        assert (seen == state, state == seen, hash(seen) == hash(state)) == (True, True, True)
        assert (repr(seen), len(seen), seen.total(), tuple(seen)) == (repr(state), 3, 3, state)
        assert (seen.cells == state.cells, seen.pair + seen.pair) == (True, (True, False) * 2)
        assert seen._replace(one=1) == state._replace(one=1)
        with pytest.raises(AttributeError, match="other"):
            _ = seen.other
    whole = watching(Watched, Cells)(layout, layout.packed(state), Reader())
    assert type(whole.cells) is tuple
