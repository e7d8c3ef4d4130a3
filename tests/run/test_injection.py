"""Each fault does to the nodes and links what it says, and no more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dscourse.run.injection import Injector
from dscourse.sim.network import Constant, Link, Network
from tests.run.mail import Mail

Ends = list[tuple[str, str]]


class Machine:
    """A node that notes what is done to it."""

    def __init__(self, name: str, done: list[Any]) -> None:
        self._name, self._done = name, done

    def crash(self, lose: int = 0) -> None:
        self._done.append(("crash", self._name, lose))

    def restart(self) -> None:
        self._done.append(("restart", self._name))

    def pause(self) -> None:
        self._done.append(("pause", self._name))

    def resume(self) -> None:
        self._done.append(("resume", self._name))

    def recover(self) -> None:
        self._done.append(("recover", self._name))


def faulty() -> tuple[Injector, Mail, list[Any]]:
    """An injector into three nodes and their links, with all that was done to the nodes."""
    bad = Link(Constant(1), loss=0.5, duplicate=0.5, reorder=0.5)
    network = Network(bad.latency, loss=0.5, duplicate=0.5, reorder=0.5, client=bad)
    mail, done = Mail(network), list[Any]()
    return Injector({name: Machine(name, done) for name in "abc"}, mail), mail, done


def ends(mail: Mail, state: str) -> Ends:
    return sorted((wire.source, wire.host.name) for wire in mail.all() if getattr(wire, state))


@pytest.mark.parametrize(
    ("fault", "done"),
    [
        (lambda on: on.crash("a", 3), ("crash", "a", 3)),
        (lambda on: on.crash("b"), ("crash", "b", 0)),
        (lambda on: on.restart("a"), ("restart", "a")),
        (lambda on: on.pause("b"), ("pause", "b")),
        (lambda on: on.resume("c"), ("resume", "c")),
    ],
)
def test_a_fault_of_a_node(fault: Callable[[Injector], None], done: tuple[Any, ...]) -> None:
    on, mail, found = faulty()
    fault(on)
    assert found == [done]
    assert not any(wire.blocked for wire in mail.all())


def test_cuts_and_holds_are_of_one_direction_until_they_end() -> None:
    on, mail, done = faulty()
    on.cut("a", "b")
    on.cut("b", "c")
    on.hold("c", "a")
    assert ends(mail, "cut") == [("a", "b"), ("b", "c")]
    assert ends(mail, "held") == [("c", "a")]
    on.heal("a", "b")
    assert ends(mail, "cut") == [("b", "c")]
    on.heal_all()
    assert ends(mail, "cut") == []
    assert ends(mail, "held") == [("c", "a")]
    on.release("c", "a")
    assert ends(mail, "held") == []
    assert done == []


def test_settings_of_one_link_and_of_all_between_nodes() -> None:
    on, mail, _ = faulty()
    on.set_link("a", "c", {"loss": 0.1})
    assert mail.wire("a", "c").settings.loss == 0.1
    assert mail.wire("c", "a").settings.loss == 0.5
    on.set_server_links({"duplicate": 0.25})
    assert {name: mail.wire(*name).settings.duplicate for name in ("ab", "ba", "ac", "cb")} == {
        "ab": 0.25, "ba": 0.25, "ac": 0.5, "cb": 0.5,
    }  # fmt: skip
    on.set_link("a", "c", {})
    assert mail.wire("a", "c").settings.loss == 0.5


def test_fates_of_single_messages_are_in_ms() -> None:
    on, mail, _ = faulty()
    on.set_link("a", "b", {"loss": 0.0, "duplicate": 0.0, "reorder": 0.0})
    on.lose("a", "b", "Put", 1)
    on.delay("a", "b", "Put", 2, 1.5)
    on.repeat("a", "b", "Put", 3, 0.25)
    for number in (1, 2, 3):
        mail.post("a", "b", number=number)
    mail.run()
    assert [(us, parcel[1]) for us, *_, parcel in mail.arrived] == [(250, 3), (1000, 3), (1500, 2)]


@pytest.mark.parametrize(
    ("chosen", "whole"), [(("a", "b"), ["ab", "ba"]), ((), ["ab", "ac", "ba", "bc", "ca", "cb"])]
)
def test_recovery_ends_all_that_is_wrong_with_some_nodes_or_all(
    chosen: tuple[str, ...], whole: list[str]
) -> None:
    on, mail, done = faulty()
    mail.wire("c", "b").set_held(True)
    for source, to in ("ab", "bc", "ca"):
        on.cut(source, to)
        on.hold(source, to)
    on.recover(chosen)
    assert done == [("recover", name) for name in chosen or "abc"]
    for wire in mail.all():
        ended = wire.source + wire.host.name in whole
        settings = wire.settings
        assert (settings.loss, settings.duplicate, settings.reorder) == (
            (0, 0, 0) if ended else (0.5, 0.5, 0.5)
        )
        assert settings.latency == Constant(1)
        assert not (ended and wire.blocked)
    assert bool(ends(mail, "cut")) is bool(chosen)
