"""Messages in judged runs are copies, and nothing else in these runs is another than without."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest

from dscourse.core.dispatch import handle_message
from dscourse.exercises.judges.wire import over_a_wire
from dscourse.node import Node, Reply, cluster
from dscourse.protocols.causal_store import CausalStore
from dscourse.protocols.stores import StoreClient
from dscourse.sim import World

NAME, MESSAGE = "n10", Reply(1_000, "done")


class Reader(Node):
    """A node that keeps what it was given last."""

    given: tuple[Any, Any]

    def on_reply(self, sender: str, reply: Reply) -> None:
        self.given = sender, reply


class Derived(Reader):
    pass


def _gets_copies(kind: type[Reader]) -> bool:
    reader = kind("n1", [NAME])
    handle_message(reader, NAME, MESSAGE)
    assert reader.given == (NAME, MESSAGE)
    same = [given is sent for given, sent in zip(reader.given, (NAME, MESSAGE), strict=True)]
    assert len(set(same)) == 1
    return not same[0]


def test_within_and_only_within_a_node_gets_copies_and_one_of_a_derived_class_too() -> None:
    assert not _gets_copies(Reader)
    assert not _gets_copies(Derived)
    with over_a_wire(Reader, 7, print):
        assert _gets_copies(Reader)
        assert _gets_copies(Derived)
        assert _gets_copies(type("Later", (Reader,), {}))
    assert not _gets_copies(Reader)
    assert not _gets_copies(Derived)


def test_after_an_error_it_gets_the_objects_themselves_again() -> None:
    with pytest.raises(ZeroDivisionError), over_a_wire(Reader):
        1 / 0  # noqa: B018
    assert not _gets_copies(Reader)


@pytest.mark.parametrize("seed", range(3))
def test_the_trace_of_a_run_is_the_same(seed: int) -> None:
    def run(context: Any) -> list[str]:
        with context:
            clients = [StoreClient(f"c{n}", f"n{n}") for n in (1, 2)]
            world = World([*clients, *cluster(CausalStore, ["n1", "n2", "n3"])], seed)
            for client in clients:
                world.submit(client.id, [("write", "key", client.id), ("read", "key")] * 3)
            return [str(event) for event in world.run(until_ms=500).trace]

    plain, copied = run(nullcontext()), run(over_a_wire(CausalStore))
    assert len(plain) > 20
    assert plain == copied


def test_a_node_may_have_a_method_of_any_name() -> None:
    class Carrier(Node):
        def on_reply(self, sender: str, reply: Reply) -> None:
            self._carry(sender)

        def _carry(self, sender: str) -> None:
            self.seen = sender

    node = Carrier("n1", ["n2"])
    handle_message(node, "n2", Reply(1))
    with over_a_wire(Carrier):
        handle_message(node, "n2", Reply(2))
    assert node.seen == "n2"
    assert "_carry" in vars(Carrier)
