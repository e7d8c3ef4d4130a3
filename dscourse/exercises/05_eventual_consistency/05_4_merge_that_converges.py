"""Judge of 05.4: a merge of two carts that loses nothing, invents nothing and converges."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from dscourse.exercises.judges.names import AWKWARD
from dscourse.exercises.judges.values import distinct, whole
from dscourse.exercises.tasks import Wrong

__all__ = ["LINES", "judge"]

LINES = 2_000_000

Cart = dict[tuple[str, str], int]  # (customer, item) -> what this customer has put in, in total

_ANN, _BOB, _EGGS = ("ann", "milk"), ("bob", "milk"), ("ann", "eggs")
_SMALL: tuple[Cart, ...] = (
    {},
    {_ANN: 1},
    {_ANN: 2},
    {_BOB: 1},
    {_ANN: 2, _EGGS: 3},
    {_ANN: 4, _EGGS: 3, _BOB: 6},
    {_ANN: 6, _EGGS: 3, _BOB: 4},
    {_ANN: 6, _EGGS: 3, _BOB: 4, ("cy", "tea"): 12},
)
_AMOUNTS = (1, 1, 3, 9, 10, 99, 255, 4_096, 2**31, 10**9, 2**53, 10**18)
_MOST_NAMED = 4  # entries of a cart that a message shows


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
    given = merge(distinct(a), distinct(b))
    merged = _plain(given)
    if merged is None:
        return Wrong(
            f"merge({a}, {b}) must return a dictionary from (customer, item) to a whole number, not {given!r:.200}."
        )
    wrong = _lost_or_invented(a, b, merged)
    if wrong is not None:
        return wrong
    other = _plain(merge(distinct(b), distinct(a)))
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
        buyer, goods = _name(customer), _name(item)
        start = f"{_words(a, key)} and {_words(b, key)} give {_words(merged, key)}"
        if found < newest:
            return Wrong(f"{start}: {buyer} has put in {newest} {goods}, and some of it is lost.")
        if newest == 0:
            return Wrong(f"{start}: {buyer} never put in any {goods}.")
        if a == b:
            return Wrong(
                f"Not idempotent: {start}, but {buyer} has put in {newest} {goods}. The same cart came twice, and "
                "was counted twice."
            )
        return Wrong(
            f"{start}: {buyer} has put in {newest} {goods}, and nobody put in the rest. Both numbers are totals of "
            "the same customer, an older one and a newer one."
        )
    return None


def _judge_shopping(merge: Any, seed: int) -> Wrong | None:
    """Judge a day of shopping: replicas with customers of their own merge each other's carts now and then."""
    draws = Random(seed)
    number = 3 if seed < 10 else draws.randint(2, 6)
    carts: list[Cart] = [{} for _ in range(number)]
    for replica, other, key, amount in _day(draws, number, seed):
        if key is not None:
            carts[replica][key] = carts[replica].get(key, 0) + amount
            continue
        wrong = _judge_pair(merge, carts[replica], carts[other])
        if wrong is not None:
            return wrong
        merged = merge(carts[replica], dict(carts[other]))
        carts[replica] = _plain(merged) or {}
    put_in = {key: max(cart.get(key, 0) for cart in carts) for cart in carts for key in cart}
    apart = next((cart for cart in carts if cart != put_in), None)
    if apart is not None:
        return Wrong(
            f"After a day of shopping, and after every replica has merged the carts of the others, one holds "
            f"{_words(apart)}; the customers put in {_words(put_in)}."
        )
    return None


def _day(
    draws: Random, number: int, seed: int
) -> Iterator[tuple[int, int, tuple[str, str] | None, int]]:
    """Yield (replica, other, key, amount): an item is put in, or without a key the other's cart is merged.

    The first ten days have few customers, items and amounts; later ones many, with names that look alike.
    """
    customers: tuple[str, ...] = ("ann", "bob", "cy")
    items: tuple[str, ...] = ("milk", "eggs", "tea")
    if seed >= 10:
        customers, items = (
            AWKWARD,
            ("milk", "Milk", "eggs", "egg", "gesg", "tea", "0", "1", "10", ""),
        )
    for _ in range(25 if seed < 10 else 60):
        replica, other = draws.sample(range(number), 2)
        if draws.random() < 0.7:
            customer = draws.choice(customers[replica::number])
            amount = draws.randint(1, 9) if seed < 10 else draws.choice(_AMOUNTS)
            yield replica, other, (customer, draws.choice(items)), amount
        else:
            yield replica, other, None, 0
    for _ in range(2):
        for replica, other in itertools.permutations(range(number), 2):
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


def _words(cart: Cart | None, about: tuple[str, str] | None = None) -> str:
    """Return a cart in words, as in [ann: 1 milk, 3 eggs; bob: 1 milk]; of a large one a part, with ``about``."""
    if cart is None:
        return "no cart"
    shown = sorted(cart, key=lambda key: (key != about, key))[:_MOST_NAMED]
    customers = sorted({customer for customer, _ in shown})
    parts = [
        f"{_name(one)}: {', '.join(f'{cart[key]} {_name(key[1])}' for key in sorted(shown) if key[0] == one)}"
        for one in customers
    ]
    if len(cart) > _MOST_NAMED:
        parts.append(f"{len(cart) - _MOST_NAMED} more")
    return f"[{'; '.join(parts)}]"


def _name(name: str) -> str:
    """Return a name as it is written in a sentence: in quotes if it is not a word."""
    return name if name.isalpha() else repr(name)
