"""The experiment of chapter 09: when the service is back."""

from __future__ import annotations

from dscourse.experiments.circuit_breakers import END_MS, back_at
from dscourse.protocols.textbook.service_tiers import Users
from dscourse.protocols.tier_messages import Ended


def test_when_the_service_is_back() -> None:
    users = Users("users", "front")
    outcomes = [(0, True), (100, False), (200, False), (300, True), (400, True)]
    users.ended = [
        Ended(n, END_MS + at, END_MS + at + 9, ok) for n, (at, ok) in enumerate(outcomes)
    ]
    assert back_at(users) == END_MS + 300
    users.ended = users.ended[1:3]
    assert back_at(users) is None
