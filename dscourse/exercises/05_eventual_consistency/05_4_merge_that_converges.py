"""Judge of 05.4: a merge of two carts that loses nothing, invents nothing and converges."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from dscourse.exercises.judges.values import whole
from dscourse.exercises.tasks import Wrong

__all__ = ["LINES", "judge"]

LINES = 1_000_000

Cart = dict[tuple[str, str], int]  # (customer, item) -> what this customer has put in, in total

_ANN, _BOB = ("ann", "milk"), ("bob", "milk")
_SMALL: tuple[Cart, ...] = (
    {},
    {_ANN: 1},
    {_ANN: 2},
    {_BOB: 1},
    {_ANN: 1, ("ann", "eggs"): 3},
    {_ANN: 4, _BOB: 6},
    {_ANN: 6, _BOB: 4, ("cy", "tea"): 12},
)


def judge(merge: Any) -> Wrong | None:
    for a, b in itertools.product(_SMALL, repeat=2):
        wrong = _judge_pair(merge, a, b)
        if wrong is not None:
            return wrong
    for a, b, c in itertools.product(_SMALL, repeat=3):
        left = _plain(merge(merge(dict(a), dict(b)), dict(c)))
        right = _plain(merge(dict(a), merge(dict(b), dict(c))))
        if left != right:
            return Wrong(
                f"Not associative for {_words(a)}, {_words(b)} and {_words(c)}: {_words(left)} or {_words(right)}, "
                "as replicas happen to meet."
            )
    for seed in range(30):
        wrong = _judge_shopping(merge, seed)
        if wrong is not None:
            return wrong
    return None


def _judge_pair(merge: Any, a: Cart, b: Cart) -> Wrong | None:
    """Judge the merge of two carts: nothing is lost, nothing invented, and it is commutative and idempotent."""
    given = merge(dict(a), dict(b))
    merged = _plain(given)
    if merged is None:
        return Wrong(
            f"merge({a}, {b}) must return a dictionary from (customer, item) to a whole number, not {given!r}."
        )
    wrong = _lost_or_invented(a, b, merged)
    if wrong is not None:
        return wrong
    other = _plain(merge(dict(b), dict(a)))
    if merged != other:
        return Wrong(
            f"Not commutative: {_words(a)} and {_words(b)} give {_words(merged)}, the other way round "
            f"{_words(other)}. Two replicas diverge."
        )
    return None


def _lost_or_invented(a: Cart, b: Cart, merged: Cart) -> Wrong | None:
    """Compare each customer's total with the larger of the two that are known, which is the newer."""
    for customer, item in sorted({*a, *b, *merged}):
        key = customer, item
        newest, found = max(a.get(key, 0), b.get(key, 0)), merged.get(key, 0)
        if found == newest:
            continue
        start = f"{_words(a)} and {_words(b)} give {_words(merged)}"
        if found < newest:
            return Wrong(f"{start}: {customer} has put in {newest} {item}, and some of it is lost.")
        if newest == 0:
            return Wrong(f"{start}: {customer} never put in any {item}.")
        if a == b:
            return Wrong(
                f"Not idempotent: {start}, but {customer} has put in {newest} {item}. The same cart came twice, and "
                "was counted twice."
            )
        return Wrong(
            f"{start}: {customer} has put in {newest} {item}, and nobody put in the rest. Both numbers are totals of "
            "the same customer, an older one and a newer one."
        )
    return None


def _judge_shopping(merge: Any, seed: int) -> Wrong | None:
    """Judge a day of shopping: customers at replicas of their own, which merge each other's carts now and then."""
    carts: list[Any] = [{} for _ in range(3)]
    put_in: Cart = {}
    for replica, other, key, amount in _day(seed):
        if key is not None:
            put_in[key] = put_in.get(key, 0) + amount
            carts[replica] = {**(_plain(carts[replica]) or {}), key: put_in[key]}
        else:
            carts[replica] = merge(carts[replica], dict(_plain(carts[other]) or {}))
    found = [_plain(cart) for cart in carts]
    if any(cart != put_in for cart in found):
        wrong = next(cart for cart in found if cart != put_in)
        return Wrong(
            f"After a day of shopping, and after every replica has merged the carts of the others, one holds "
            f"{_words(wrong)}; the customers put in {_words(put_in)}."
        )
    return None


def _day(seed: int) -> Iterator[tuple[int, int, tuple[str, str] | None, int]]:
    """Yield (replica, other, key, amount): an item is put in, or without a key the other's cart is merged."""
    draws = Random(seed)
    for _ in range(25):
        replica, other = draws.sample(range(3), 2)
        if draws.random() < 0.5:
            customer = ("ann", "bob", "cy")[replica]
            yield (
                replica,
                other,
                (customer, draws.choice(("milk", "eggs", "tea"))),
                draws.randint(1, 9),
            )
        else:
            yield replica, other, None, 0
    for _ in range(2):
        for replica, other in itertools.permutations(range(3), 2):
            yield replica, other, None, 0


def _plain(cart: Any) -> Cart | None:
    """Return a cart of any type of dictionary without the zeros; None if it is none."""
    if not isinstance(cart, Mapping):
        return None
    found = {}
    for key, value in cart.items():
        amount = whole(value)
        named = (
            isinstance(key, tuple) and len(key) == 2 and all(isinstance(one, str) for one in key)
        )
        if not named or amount is None:
            return None
        if amount:
            found[key] = amount
    return found


def _words(cart: Cart | None) -> str:
    """Return a cart in words, as in [ann: 1 milk, 3 eggs; bob: 1 milk]."""
    if cart is None:
        return "no cart"
    customers = sorted({customer for customer, _ in cart})
    parts = (
        f"{one}: {', '.join(f'{cart[key]} {key[1]}' for key in sorted(cart) if key[0] == one)}"
        for one in customers
    )
    return f"[{'; '.join(parts)}]"
