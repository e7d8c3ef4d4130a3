"""Whatever a process or a property does with a state, a model of processes is explored like one of plain states."""

from __future__ import annotations

import copy
import pickle
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, astuple, dataclass, field, replace
from typing import Any, NamedTuple

import pytest

from dscourse.explore import explore_model
from dscourse.explore.processes import Processes as Space


class Pair(NamedTuple):
    x: int
    y: int


class State(NamedTuple):
    """A state with two tuples."""

    a: tuple[Any, ...] = (0, 1)
    b: tuple[Any, ...] = (2, 3)
    n: Any = 0

    def __str__(self) -> str:
        return f"a state with {self.n}"

    def __bool__(self) -> bool:
        return self.a[0] == 0


@dataclass(frozen=True)
class Record:
    """A state as a dataclass."""

    a: tuple[Any, ...] = (0, 1)
    n: Any = 0


@dataclass(frozen=True, kw_only=True)
class Named:
    a: tuple[Any, ...] = (0, 1)
    n: Any = 0
    m: int = field(init=False, default=5)


@dataclass(frozen=True)
class Narrow:
    """A state that changes its values when it is made, and refuses one."""

    a: tuple[Any, ...] = (0, 1)
    n: int = 0

    def __post_init__(self) -> None:
        if self.n == 7:
            raise ValueError("7 is no value")
        object.__setattr__(self, "n", min(self.n, 3))


class Mark(NamedTuple):
    of: object


Process = Callable[[Any], Iterable[tuple[object, dict[str, Any]]]]


class Processes:
    """A model of these processes, and one that turns the first element of ``a`` over."""

    def __init__(self, first: Any, *processes: Process) -> None:
        self.first, self.own = first, processes

    def initial(self) -> list[Any]:
        return [self.first]

    def processes(self) -> list[Process]:
        return [*self.own, lambda state: [("turn over", {"a": {0: 1 - state.a[0]}})]]


class Plainly:
    """The same model with plain states, and every process asked in each."""

    def __init__(self, model: Processes) -> None:
        self.model = model

    def initial(self) -> list[Any]:
        return self.model.initial()

    def next(self, state: Any) -> Iterator[tuple[object, Any]]:
        for process in self.model.processes():
            for step, changes in process(state):
                new = {name: _value(getattr(state, name), value) for name, value in changes.items()}
                yield (
                    step,
                    state._replace(**new) if isinstance(state, tuple) else replace(state, **new),
                )


def _value(old: Any, new: Any) -> Any:
    if not isinstance(new, dict):
        return new
    return tuple(new.get(at, value) for at, value in enumerate(old))


def copied(state: Any) -> int:
    return int(
        copy.deepcopy(state).a[0] + copy.copy(state.a)[1] + pickle.loads(pickle.dumps(state)).a[0]
    )


def by_pattern(state: Any) -> str:
    match state:
        case [(0, _), *_] | Record(a=(0, _)):
            return "zero"
        case [[one, _], _, _] | Record(a=[one, _]):
            return f"{one}"
    return "neither"


def flat(value: Any) -> list[Any]:
    return [part for item in value for part in flat(item)] if isinstance(value, tuple) else [value]


WAYS: dict[str, Callable[[Any], object]] = {
    "copies": copied,
    "patterns": by_pattern,
    "recursion": lambda s: flat(s.a),
    "order": lambda s: (s.a < (1, 0), sorted([s.a, (0, 5)]), max(*s.a)),
    "operators": lambda s: (s.a * 2, 2 * s.a, s.a + (7,), (7,) + s.a, s.a != (0, 1)),  # noqa: RUF005
    "look-up": lambda s: (
        s.a in {(0, 1)},
        {s.a: 1}.get((1, 1)),
        s.a.index(1),
        s.a.count(0),
        0 in s.a,
    ),
    "the other way": lambda s: ([*reversed(s.a)], s.a[::-1], s.a[-2]),
    "text": lambda s: f"{s.a} {s.a!r} {s} {s!r}",
    "truth": lambda s: (bool(s), bool(s.a), not s),
    "equality": lambda s: (s == type(s)((0, 1)), type(s)((0, 1)) == s, len({s, type(s)((0, 1))})),
}
OF_TUPLES: dict[str, Callable[[Any], object]] = {
    "tuple": lambda s: (s[0], s[1:], [*s], len(s), s < (), s + (1,), 2 in s),  # noqa: RUF005
    "named tuple": lambda s: (s._replace(n=1), s._asdict()["a"], s._fields, State._make(s)),
}
OF_RECORDS: dict[str, Callable[[Any], object]] = {
    "dataclass": lambda s: (asdict(s)["a"], astuple(s), replace(s, n=1), vars(s)["a"]),
}
CASES = [
    *((State(), way) for way in (WAYS | OF_TUPLES).values()),
    *((Record(), way) for way in (WAYS | OF_RECORDS).values()),
]


def _outcome(model: Any, **claims: Any) -> tuple[Any, ...]:
    try:
        found = explore_model(model, **claims)
    except ValueError as error:
        return (str(error),)
    return repr(found), found.steps, found.state, type(found.state)


def alike(model: Processes, **claims: Any) -> tuple[Any, ...]:
    """Return the outcome of the search; it is the same with plain states."""
    found = _outcome(model, **claims)
    assert found == _outcome(Plainly(model), **claims)
    return found


@pytest.mark.parametrize(("first", "way"), CASES)
def test_a_process_may_look_at_a_state_in_any_way(first: Any, way: Callable[[Any], object]) -> None:
    def looks(state: Any) -> Iterator[tuple[object, dict[str, Any]]]:
        if state.n == 0:
            yield f"look {way(state)}", {"n": repr(way(state))}

    alike(Processes(first, looks), always=[lambda state: state.n in (0, repr(way(first)))])


@pytest.mark.parametrize(("first", "way"), CASES)
def test_a_property_may_look_at_a_state_in_any_way(
    first: Any, way: Callable[[Any], object]
) -> None:
    expected = repr(way(first))
    alike(
        Processes(first, lambda state: [("count", {"n": (state.n + 1) % 3})]),
        always=[lambda state: state.n == 0 or repr(way(state)) == expected],
    )


@pytest.mark.parametrize(
    "changes",
    [
        lambda s: {"b": s.a},
        lambda s: {"n": s.a},
        lambda s: {"n": (1, s.a)},
        lambda s: {"n": frozenset({s.a})},
        lambda s: {"n": Mark(s.a)},
        lambda s: {"n": Record(s.a)},
        lambda s: {"b": {0: s.a}},
        lambda s: {"n": s} if s.n == 0 else {},
    ],
)
def test_the_parts_of_a_state_may_become_values(changes: Callable[[Any], dict[str, Any]]) -> None:
    def plain(state: Any) -> bool:
        values = [
            *state.b,
            state.n,
            *getattr(state.n, "__dict__", {}).values(),
            getattr(state.n, "of", 0),
        ]
        return all(type(value) in (int, tuple, frozenset, Mark, Record, State) for value in values)

    found = alike(Processes(State(), lambda state: [("copy", changes(state))]), always=[plain])
    assert found[0].startswith("holds")


@pytest.mark.parametrize(
    "label", [lambda s: ("saw", s.a), lambda s: Mark(s), lambda s: [s.a, {1: s}]]
)
def test_a_step_says_what_was_read_then(label: Callable[[Any], object]) -> None:
    def sees(state: Any) -> Iterator[tuple[object, dict[str, Any]]]:
        if state.n == 0:
            yield label(state), {"n": 1}

    model = Processes(State(), sees)
    space, plainly = Space(model), Plainly(model)
    states = deque(space.initial())
    seen = set(states)
    given = {}
    while states:
        state = states.popleft()
        steps = list(space.next(state))
        given[state] = [step for step, _ in steps]
        new = {after for _, after in steps} - seen
        states += new
        seen |= new
    assert len(seen) == 4
    for state, labels in given.items():
        assert labels == [step for step, _ in plainly.next(space.layout.plain(state))]


def test_a_tuple_may_grow_from_nothing() -> None:
    def logs(state: Any) -> Iterator[tuple[object, dict[str, Any]]]:
        if len(state.b) < 3:
            yield "log", {"b": (*state.b, state.a[0])}

    found = alike(Processes(State(b=()), logs), always=[lambda state: state.b != (0, 1, 0)])
    assert found[1] == ("log", "turn over", "log", "turn over", "log")
    with pytest.raises(
        TypeError, match=r"tuple of 1, as in the first state; one that grows begins empty"
    ):
        explore_model(Processes(State(b=(5,)), logs))


def test_a_named_tuple_is_one_value() -> None:
    def moves(state: Any) -> Iterator[tuple[object, dict[str, Any]]]:
        if state.n.x < 2:
            yield "move", {"n": state.n._replace(x=state.n.x + 1)}

    assert alike(Processes(State(n=Pair(0, 0)), moves), always=[lambda state: state.n.x < 2])[
        1
    ] == (
        "move",
        "move",
    )


def test_fields_may_be_given_by_name_or_not_at_all() -> None:
    def counts(state: Any) -> list[tuple[object, dict[str, Any]]]:
        return [("count", {"n": (state.n + 1) % 4})]

    found = alike(Processes(Named(), counts), always=[lambda state: state.n + state.m < 8])
    assert found[2] == Named(n=3)


@pytest.mark.parametrize("last", [5, 9])
def test_the_class_of_a_state_may_change_and_refuse_values(last: int) -> None:
    def counts(state: Any) -> list[tuple[object, dict[str, Any]]]:
        return [("count", {"n": state.n + 1 if state.a[0] or last < 7 else 7})]

    found = alike(Processes(Narrow(), counts))
    assert found[0] == (
        "7 is no value" if last == 9 else "holds (8 states, 16 steps, depth 4, all of them)"
    )


def test_values_that_are_equal_and_of_two_types_are_refused() -> None:
    with pytest.raises(
        ValueError, match=r"^n is 0 in one state and False in another: these are equal"
    ):
        explore_model(Processes(State(), lambda state: [("turn", {"n": False})]))
    with pytest.raises(ValueError, match=r"b is \(1,\) in one state and \(True,\) in another"):
        explore_model(
            Processes(State(b=()), lambda state: [("one", {"b": (1,)}), ("true", {"b": (True,)})])
        )


@dataclass
class Loose:
    a: tuple[int, ...] = (0, 1)


class Own(NamedTuple):
    a: tuple[int, ...] = (0, 1)

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0


@pytest.mark.parametrize("first", [Loose(), Own()])
def test_states_that_can_be_changed_or_have_an_equality_of_their_own_are_refused(
    first: Any,
) -> None:
    with pytest.raises(TypeError, match="must be a NamedTuple or a frozen dataclass, and equal to"):
        explore_model(Processes(first))


def test_a_process_that_tells_a_watched_state_from_a_plain_one_is_refused() -> None:
    def turns(state: Any) -> list[tuple[object, dict[str, Any]]]:
        return [("turn", {"n": 1 - state.n})] if type(state.a) is tuple else []

    with pytest.raises(ValueError, match="a process gives 'turn', and before no step"):
        explore_model(Processes(State(), turns))


def test_a_model_may_begin_nowhere() -> None:
    model = Processes(State())
    model.initial = list  # type: ignore[method-assign]
    assert alike(model)[0].startswith("not decided: the model has no first state")
