"""The services, the wire and the topologies, without any process."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from dscourse.checkers import CasRegister, linearizable, sequential
from dscourse.history import History, Op
from dscourse.run.external.services import LinKv, LwwKv, SeqKv, Service, services
from dscourse.run.external.topology import TOPOLOGIES, neighbours
from dscourse.run.external.wire import DEFINITE, ERRORS, RpcError, Spoken, encode, parse
from tests.effort import samples

STORES = {
    "lin-kv": lambda seed: LinKv(),
    "seq-kv": lambda seed: SeqKv(Random(seed)),
    "lww-kv": lambda seed: LwwKv(Random(seed)),
}


def asked(store: Service, caller: str, f: str, value: Any = None) -> Any:
    """The result of an operation on key x: a value, None if there is none, True or False."""
    body = {"type": f, "key": "x"}
    if f == "write":
        body["value"] = value
    elif f == "cas":
        body["from"], body["to"] = value
    try:
        answer = store.answer(caller, body)
    except RpcError as error:
        if error.code not in (20, 22):
            raise
        return None if f == "read" else False
    assert answer["type"] == f + "_ok"
    return answer["value"] if f == "read" else True if f == "cas" else None


def history(store: Service, rng: Random, size: int = 9) -> History:
    """Operations of three callers on one key, one after the other."""
    ops = []
    for n in range(size):
        f = rng.choice(["read", "read", "write", "cas"])
        value = {
            "read": None,
            "write": rng.randrange(3),
            "cas": (rng.randrange(3), rng.randrange(3)),
        }[f]
        caller = rng.choice("abc")
        ops.append(
            Op(n, caller, f, "x", value, "ok", asked(store, caller, f, value), 2 * n, 2 * n + 1)
        )
    return History(ops)


def histories(name: str, number: int = samples(400)) -> list[History]:
    return [history(STORES[name](seed), Random(seed)) for seed in range(number)]


def test_seeds_of_lin_kv_are_linearizable() -> None:
    assert all(linearizable(one, CasRegister()) for one in histories("lin-kv"))


def test_seeds_of_seq_kv_are_sequential_and_some_are_stale() -> None:
    found = histories("seq-kv")
    assert all(sequential(one, CasRegister()).ok is not False for one in found)
    stale = sum(linearizable(one, CasRegister()).ok is False for one in found)
    assert stale > len(found) // 10


def test_seeds_of_lww_kv_are_often_not_even_sequential() -> None:
    found = histories("lww-kv")
    assert sum(sequential(one, CasRegister()).ok is False for one in found) > len(found) // 10


@pytest.mark.parametrize("name", STORES)
def test_the_same_seed_gives_the_same_answers(name: str) -> None:
    assert histories(name, 5) == histories(name, 5)


def test_seq_kv_forgets_states_beyond_the_last_32() -> None:
    store = SeqKv(Random(1))
    for n in range(100):
        asked(store, "a", "write", n)
    assert {asked(store, f"fresh {n}", "read") for n in range(1000)} == set(range(68, 100))
    assert {asked(store, "a", "read") for _ in range(50)} == {99}  # a caller sees its own write


def test_a_write_of_something_new_is_followed_by_a_fresh_read() -> None:
    store = SeqKv(Random(1))
    for n in range(10):
        asked(store, "a", "write", n)
        store.answer("b", {"type": "write", "key": "mine", "value": n})
        assert asked(store, "b", "read") == n


def test_lww_kv_converges_without_writes() -> None:
    store = LwwKv(Random(1))
    for n in range(9):
        asked(store, "a", "write", n)
    for _ in range(200):
        asked(store, "a", "read")
    assert len({asked(store, "a", "read") for _ in range(50)}) == 1


@pytest.mark.parametrize("name", STORES)
def test_errors_of_the_stores_and_lazy_creation(name: str) -> None:
    store = STORES[name](1)
    for body, code in [
        ({"type": "read", "key": "x"}, 20), ({"type": "cas", "key": "x", "from": 1, "to": 2}, 20),
        ({"type": "delete", "key": "x"}, 10), ({"type": "write", "key": "x"}, 12), ({}, 10),
    ]:  # fmt: skip
        with pytest.raises(RpcError) as error:
            store.answer("a", body)
        assert error.value.code == code
    lazy = {
        "type": "cas",
        "key": [1, {"a": None}],
        "from": 0,
        "to": None,
        "create_if_not_exists": True,
    }
    assert store.answer("a", lazy) == {"type": "cas_ok"}


def test_keys_and_values_are_compared_by_their_types() -> None:
    store = LinKv()
    store.answer("a", {"type": "write", "key": 1, "value": 1})
    with pytest.raises(RpcError, match="error 20"):
        store.answer("a", {"type": "read", "key": "1"})
    with pytest.raises(RpcError, match="error 22"):
        store.answer("a", {"type": "cas", "key": 1, "from": True, "to": 2})
    assert store.answer("a", {"type": "cas", "key": 1, "from": 1.0, "to": 2}) == {"type": "cas_ok"}


def test_timestamps_rise() -> None:
    oracle = services(1)["lin-tso"]
    assert [oracle.answer("a", {"type": "ts"}) for _ in range(2)] == [
        {"type": "ts_ok", "ts": n} for n in range(2)
    ]
    with pytest.raises(RpcError, match="error 10"):
        oracle.answer("a", {"type": "read"})


def test_errors_are_definite_by_their_number() -> None:
    assert set(ERRORS) - DEFINITE == {0, 13}
    assert RpcError(20, "no").body() == {"type": "error", "code": 20, "text": "no"}


def test_a_line_comes_back_as_it_was() -> None:
    body = {"type": "x", "msg_id": 3, "text": 'é\n"', "deep": [[{"a": None}], 1.5, 2**70]}
    line = encode("n0", "n1", body)
    assert line.count(b"\n") == 1
    assert parse(line) == ("n0", "n1", body)
    assert Spoken.of(body).body == body
    assert str(Spoken.of({"msg_id": 1, "in_reply_to": 2})) == "message"


@pytest.mark.parametrize("topology", TOPOLOGIES)
@pytest.mark.parametrize("number", [1, 2, 3, 5, 9, 25])
def test_topologies_are_symmetric_and_connected(topology: str, number: int) -> None:
    names = [f"n{n}" for n in range(number)]
    found = neighbours(topology, names)
    assert all(one in found[other] and one != other for one in names for other in found[one])
    assert all(len(set(some)) == len(some) for some in found.values())
    reached, todo = {names[0]}, [names[0]]
    while todo:
        for other in found[todo.pop()]:
            if other not in reached:
                reached.add(other)
                todo.append(other)
    assert len(reached) == number


def test_a_grid_has_rows_and_columns() -> None:
    assert neighbours("grid", [f"n{n}" for n in range(5)]) == {
        "n0": ["n1", "n3"], "n1": ["n0", "n2", "n4"], "n2": ["n1"], "n3": ["n0", "n4"], "n4": ["n1", "n3"],
    }  # fmt: skip
    assert neighbours({"a": ["b"]}, ["a", "b"]) == {"a": ["b"], "b": []}
