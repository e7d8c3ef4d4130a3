"""Links: the loss, delay, duplication and order of messages."""

from __future__ import annotations

import pytest

from dscourse.sim.network import Constant, Exponential, Link, Network, Uniform
from tests.run.mail import Mail


def test_a_plain_link_delivers_at_once_and_in_order() -> None:
    mail = Mail(Network(Constant(0)))
    for number in range(3):
        mail.post("a", "b", number=number)
    assert mail.arrived == [(0, "a", "b", ("Put", number)) for number in range(3)]
    assert mail.due == []


def test_a_latency_is_a_delay_and_may_reorder() -> None:
    mail = Mail(Network(Constant(2.5)))
    mail.post("a", "b")
    mail.run()
    assert mail.arrived == [(2500, "a", "b", ("Put", 0))]
    mail = Mail(Network(Uniform(0, 10)))
    for number in range(20):
        mail.post("a", "b", number=number)
    mail.run()
    numbers = [parcel[1] for _, _, _, parcel in mail.arrived]
    assert sorted(numbers) == [*range(20)] != numbers


def test_a_fifo_link_keeps_the_order_except_of_messages_that_are_reordered() -> None:
    mail = Mail(Network(Uniform(0, 10), fifo=True))
    for number in range(20):
        mail.post("a", "b", number=number)
        mail.run(mail.us + 500)
    mail.run()
    assert [parcel[1] for _, _, _, parcel in mail.arrived] == [*range(20)]
    times = [us for us, *_ in mail.arrived]
    assert len(set(times)) > 5
    assert all(500 * n <= us <= 10_000 + 500 * n for n, us in enumerate(times))


def test_losses_and_copies_come_at_their_rates_and_are_recorded() -> None:
    mail = Mail(Network(Constant(1), loss=0.3, duplicate=0.2))
    for number in range(400):
        mail.post("a", "b", number=number)
    mail.run()
    lost = [parcel for _, kind, parcel, why in mail.observed if (kind, why) == ("drop", "lost")]
    doubled = [parcel for _, kind, parcel, _ in mail.observed if kind == "duplicate"]
    assert 80 < len(lost) < 160
    assert 50 < len(doubled) < 110
    assert len(mail.arrived) == 400 - len(lost) + len(doubled)
    assert {us for us, *_ in mail.arrived} == {1000}


def test_what_befalls_the_nth_message_does_not_depend_on_earlier_settings() -> None:
    def lost(first: float) -> list[int]:
        mail = Mail(Network(loss=first), seed=4)
        for number in range(40):
            if number == 20:
                mail.configure(mail.wire("a", "b"), {"loss": 0.5})
            mail.post("a", "b", number=number)
        return [parcel[1] for _, kind, parcel, _ in mail.observed if parcel[1] >= 20]

    assert lost(0.0) == lost(0.9) != []


def test_a_cut_drops_what_is_sent_and_what_is_in_flight() -> None:
    mail = Mail(Network(Constant(5), duplicate=1.0))
    mail.post("a", "b", number=1)
    mail.wire("a", "b").set_cut(True)
    mail.post("a", "b", number=2)
    mail.run(4_000)
    mail.wire("a", "b").set_cut(False)
    mail.wire("b", "a").set_cut(True)
    mail.run()
    assert [parcel for *_, parcel in mail.arrived] == [("Put", 1)] * 2
    assert [(kind, parcel[1], why) for _, kind, parcel, why in mail.observed] == [
        ("duplicate", 1, None), ("drop", 2, "cut"),
    ]  # fmt: skip
    mail.wire("a", "b").set_cut(True)
    mail.post("a", "b", number=3)
    mail = Mail(Network(Constant(5)))
    mail.post("a", "b", number=4)
    mail.wire("a", "b").set_cut(True)
    mail.run()
    assert mail.arrived == []
    assert mail.observed == [(5000, "drop", ("Put", 4), "cut")]


def test_a_held_link_keeps_messages_until_it_is_released() -> None:
    mail = Mail(Network(Constant(1)))
    mail.wire("a", "b").set_held(True)
    mail.post("a", "b", number=1)
    mail.post("b", "a", number=2)
    mail.run(7_000)
    assert [parcel[1] for *_, parcel in mail.arrived] == [2]
    mail.release(mail.wire("a", "b"))
    assert mail.arrived[1:] == [(7000, "a", "b", ("Put", 1))]
    mail.post("a", "b", number=3)
    mail.run()
    assert [parcel[1] for *_, parcel in mail.arrived] == [2, 1, 3]


def test_single_messages_have_fates_by_type_and_number_of_all_that_were_ever_sent() -> None:
    mail = Mail(Network(Constant(1)))
    mail.post("a", "b", number=1)
    mail.post("b", "a", number=0)
    fates = mail.fates("a", "b")
    assert fates is mail.fates("a", "b")
    fates.lose("Put", 2)
    fates.delay("Put", 3, 9_000)
    fates.repeat("Put", 4, 2_000)
    for number in (2, 3, 4):
        mail.post("a", "b", "Get", 10 * number)
        mail.post("a", "b", number=number)
    mail.run()
    arrived = [(us, parcel[1]) for us, source, _, parcel in mail.arrived if source == "a"]
    assert arrived == [
        (1000, 1),
        (1000, 20),
        (1000, 30),
        (1000, 40),
        (1000, 4),
        (2000, 4),
        (9000, 3),
    ]
    assert [(kind, parcel[1], why) for _, kind, parcel, why in mail.observed] == [
        ("drop", 2, "dropped"), ("duplicate", 4, None),
    ]  # fmt: skip


def test_the_links_of_clients_are_told_from_those_between_nodes() -> None:
    mail = Mail(Network(Constant(3), links={("a", "b"): Link(Constant(8))}))
    ends = [(wire.source, wire.host.name) for wire in mail.all()]
    assert sorted(ends) == [("a", "b"), ("a", "c"), ("b", "a"), ("b", "c"), ("c", "a"), ("c", "b")]
    assert [(w.source, w.host.name) for w in mail.between_nodes()] == [("a", "b"), ("b", "a")]
    mail.post("a", "a")
    assert len(mail.all()) == 7
    wire = mail.wire("a", "b")
    mail.configure(wire, {"latency": Exponential(1)})
    assert wire.settings.latency == Exponential(1)
    mail.configure(wire, {})
    assert wire.settings.latency == Constant(8)


@pytest.mark.parametrize("setting", ["loss", "duplicate"])
def test_a_setting_of_nothing_does_nothing(setting: str) -> None:
    mail = Mail(Network(Constant(1), **{setting: 0.0}))  # type: ignore[arg-type]
    for number in range(50):
        mail.post("a", "b", number=number)
    mail.run()
    assert mail.observed == []
    assert len(mail.arrived) == 50
