"""Values that no message can have brought are found in a trace, and others are not."""

from __future__ import annotations

import pytest

from dscourse.exercises.judges.causes import unexplained
from dscourse.node import Invocation
from dscourse.run.external import Result
from dscourse.run.external.book import Book


def run(heard: bool, op: tuple[str, object], shows: tuple[str, object, object]) -> Result:
    """Return a run in which c1 gives something to n1, and c2 is shown something by n2, which may hear of it."""
    book = Book()
    book.open()

    def message(source: str, to: str) -> None:
        sent = book.send(source, to, {"type": "opaque"}, client="c" in (source[0], to[0]))
        book.arrival("deliver", to, source, sent)

    def call(client: str, node: str, invocation: Invocation, result: object) -> None:
        message(client, node)
        message(node, client)
        book.complete(client, invocation, "ok", result)

    call("c1", "n1", book.invoke("c1", op[0], None, op[1]), op[1])
    if heard:
        message("n1", "lin-kv")
        message("lin-kv", "n2")
    final_ms = book.now_ms()
    call("c2", "n2", book.invoke("c2", shows[0], None, shows[1]), shows[2])
    verdict = None
    return Result(
        "any", ("n1", "n2"), verdict, (), book.trace.history(), book.trace, 2, 0, final_ms, (), 0,  # type: ignore[arg-type]
    )  # fmt: skip


KINDS = [
    (("broadcast", 7), ("read", None, (7,))),
    (("send", 7), ("poll", (("", 0),), ((None, ((0, 7),)),))),
    (("txn", (("append", "x", 7),)), ("txn", (("r", "x", None),), (("r", "x", (7,)),))),
    (("add", 9), ("read", None, 9)),
    (("add", -9), ("read", None, 27 - 9 + 1)),
]


@pytest.mark.parametrize(("op", "shows"), KINDS)
def test_a_value_needs_a_chain_of_messages(
    op: tuple[str, object], shows: tuple[str, object, object]
) -> None:
    powers_of_3 = op[0] == "add"
    assert unexplained(run(True, op, shows), powers_of_3) == ""
    complaint = unexplained(run(False, op, shows), powers_of_3)
    assert str(op[1] if powers_of_3 else 7) in complaint
    assert "no message can have brought that from n1" in complaint


def test_what_a_node_was_given_itself_or_nobody_gave_needs_none() -> None:
    assert unexplained(run(False, ("broadcast", 7), ("read", None, ()))) == ""
    assert unexplained(run(False, ("broadcast", 7), ("read", None, (8,)))) == ""
    for total in (0, -9, 1, 2 * 9, 27 - 9):
        assert unexplained(run(False, ("add", 9), ("read", None, total)), powers_of_3=True) == ""
    assert unexplained(run(False, ("add", 9), ("read", None, 9))) == ""
    assert unexplained(run(False, ("add", 7), ("echo", 7, 7))) == ""
