"""Handlers are found by name and type; components take what is theirs; errors name both sides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pytest

from dscourse.core.dispatch import check_handlers, handle_message, handle_timer, handlers_of
from dscourse.node import Component, Message, Node, Send, SetTimer, Timer, Write, take_effects


@dataclass(frozen=True, slots=True)
class VoteRequest(Message):
    term: int = 0


@dataclass(frozen=True, slots=True)
class HTTPCall(Message):
    pass


@dataclass(frozen=True, slots=True)
class Wake(Timer):
    pass


@dataclass(slots=True)
class Loose(Message):
    n: int = 0


@dataclass(frozen=True, slots=True)
class Alien:
    n: int = 0


OuterVoteRequest = VoteRequest


class Inner:
    """A name space with message types of the same names."""

    @dataclass(frozen=True, slots=True)
    class VoteRequest(Message):
        pass


InnerVoteRequest = Inner.VoteRequest


class Innermost(Component):
    def __init__(self, id: str, peers: Iterable[str]) -> None:
        super().__init__(id, peers)
        self.woken = 0

    def on_wake(self, wake: Wake) -> None:
        self.woken += 1
        self.set_timer(Wake(), 1)


class Election(Component):
    def __init__(self, id: str, peers: Iterable[str]) -> None:
        super().__init__(id, peers)
        self.asked: list[str] = []
        self.deep = self.component(Innermost(id, peers))

    def on_vote_request(self, sender: str, request: InnerVoteRequest) -> None:
        self.asked.append(sender)
        self.broadcast(InnerVoteRequest())


class Server(Node):
    def __init__(self, id: str, peers: Iterable[str] = ()) -> None:
        super().__init__(id, peers)
        self.election = self.component(Election(id, peers))
        self.terms: list[int] = []
        self.changed: list[str] = []

    def on_vote_request(self, sender: str, request: OuterVoteRequest) -> None:
        self.terms.append(request.term)
        self.write("before")
        handle_message(self.election, sender, InnerVoteRequest())
        self.write("after")

    def on_http_call(self, sender: str, call: HTTPCall) -> None:
        self.write("called")

    def component_changed(self, part: Component) -> None:
        self.changed.append(type(part).__name__)
        self.write("changed")


def test_capital_letters_of_an_abbreviation_are_one_word() -> None:
    server = Server("a")
    handle_message(server, "b", HTTPCall())
    assert take_effects(server) == [Write("called")]


def test_annotations_decide_between_two_types_of_one_name() -> None:
    server = Server("a", ["b"])
    handle_message(server, "b", InnerVoteRequest())
    assert (server.terms, server.election.asked, server.changed) == ([], ["b"], ["Election"])
    handle_message(server, "c", OuterVoteRequest(5))
    assert (server.terms, server.election.asked) == ([5], ["b", "c"])


def test_effects_of_a_component_stand_among_those_of_its_node_in_order() -> None:
    server = Server("a", ["b"])
    handle_message(server, "b", OuterVoteRequest(1))
    asked = Send("b", InnerVoteRequest())
    assert take_effects(server) == [Write("before"), asked, Write("after")]
    handle_message(server, "b", InnerVoteRequest())
    assert take_effects(server) == [asked, Write("changed")]


def test_a_component_of_a_component_is_reached_cloned_and_shown() -> None:
    server = Server("a", ["b"])
    handle_timer(server, Wake())
    assert take_effects(server)[0] == SetTimer(Wake(), 1, 1)
    other = server.clone()
    handle_timer(other, Wake())
    assert (server.election.deep.woken, other.election.deep.woken) == (1, 2)
    assert take_effects(server) == []
    assert len(take_effects(other)) == 2  # its timer, and what the server does about the change
    assert server.state()["election"] == {"asked": [], "deep": {"woken": 1}}


def test_a_fresh_node_has_fresh_components() -> None:
    server = Server("a", ["b"])
    handle_message(server, "b", InnerVoteRequest())
    fresh = server.fresh()
    assert fresh.election.asked == []
    handle_message(fresh, "b", InnerVoteRequest())
    assert take_effects(fresh)[0] == Send("b", InnerVoteRequest())


@pytest.mark.parametrize("kind", [VoteRequest, HTTPCall])
def test_a_message_without_a_handler_is_named_with_the_class(kind: type[Message]) -> None:
    wanted = f"Innermost has no handler for message {kind.__name__}: it needs a method on_"
    with pytest.raises(LookupError, match=wanted):
        handle_message(Innermost("a", []), "b", kind())


def test_a_timer_without_a_handler_is_named_with_the_class() -> None:
    with pytest.raises(
        LookupError, match="Node has no handler for timer Wake: it needs a method on_wake"
    ):
        handle_timer(Node("a"), Wake())


def test_a_message_must_be_a_frozen_dataclass_derived_from_message() -> None:
    with pytest.raises(TypeError, match=r"Loose must be @dataclass\(frozen=True, slots=True\)"):
        handle_message(Server("a"), "b", Loose())
    with pytest.raises(TypeError, match="Alien: a message or timer must derive from"):
        handle_message(Server("a"), "b", Alien())  # type: ignore[arg-type]


def test_a_misspelt_handler_is_named_with_the_message_it_would_need() -> None:
    class Typing(Node):
        def on_vote_reqest(self, sender: str, request: VoteRequest) -> None: ...

    with pytest.raises(
        LookupError,
        match=r"Typing.on_vote_reqest has no message or timer: no class VoteReqest derives",
    ):
        check_handlers(Typing)
    check_handlers(Server)


def test_handlers_are_found_once_and_inherited_ones_may_be_overridden() -> None:
    class Louder(Server):
        def on_http_call(self, sender: str, call: HTTPCall) -> None:
            self.write("CALLED")

    louder = Louder("a")
    handle_message(louder, "b", HTTPCall())
    assert take_effects(louder) == [Write("CALLED")]
    assert handlers_of(Louder) is handlers_of(Louder) is not handlers_of(Server)
