"""The panel of chapter 16: transactions on hot keys, by the store's way of isolating them."""

from __future__ import annotations

from statistics import mean
from typing import Any

from dscourse.checkers.transactions import Anomaly, anomalies, isolation
from dscourse.core.wording import count
from dscourse.experiments.contention import Price, ends_of, price_of
from dscourse.experiments.transactions import STORES, Load, hot_world
from dscourse.history import History
from dscourse.panels.controls import choice, slider
from dscourse.panels.panel import Frame, Panel
from dscourse.show import Picture, anomaly
from dscourse.show.lanes import Bar, lanes
from dscourse.sim import World

__all__ = ["contention", "contention_frame"]

_RUN_MS = 500.0


def contention_frame(
    store: str, keys: int, steps: int, reads: int, clients: int, seed: int
) -> Frame:
    """Draw the first anomaly of a run, or else its transactions over time; the sentence gives the price."""
    load = Load(keys, steps, reads / 100, clients, _RUN_MS)
    world = hot_world(STORES[store], load, seed)
    price, found = price_of(world), anomalies(world.history)
    sentence = " ".join([
        f"{store.capitalize()}, {count(clients, 'client')} on {count(keys, 'key')}: {_ends(price)}",
        _waits(price),
        _judgement(world.history, found),
    ])  # fmt: skip
    if found:
        rows = 6 if len(found[0].path) < 3 else 4  # per transaction, for the height of a screen
        picture = anomaly(found[0], world.history, sentence=sentence, most_steps=rows)
        return Frame(picture, sentence)
    return Frame(_lanes(world, sentence), sentence)


def _ends(price: Price) -> str:
    total = count(price.commits + price.aborts, "transaction")
    per_second = price.commits / _RUN_MS * 1_000
    deadlocks, conflicts = count(price.deadlocks, "deadlock"), count(price.conflicts, "conflict")
    return (
        f"{price.commits} of {total} commit, {per_second:,.0f} per second; {price.aborts} abort "
        f"({deadlocks}, {conflicts}, {price.unanswered} without an answer)."
    )


def _waits(price: Price) -> str:
    if not price.waits_ms:
        return "No step waits."
    number = len(price.waits_ms)
    verb = "waits" if number == 1 else "wait"
    return f"{count(number, 'step')} {verb}, {mean(price.waits_ms):.0f} ms on average."


def _judgement(history: History, found: tuple[Anomaly, ...]) -> str:
    if len(found) == 1:
        return f"The checker finds {found[0]}."
    if found:
        *most, last = (one.title for one in found)
        return f"The checker finds {', '.join(most)} and {last}. The first: {found[0].reason}."
    return f"The checker finds no anomaly; {isolation(history).sentence()}."


def _lanes(world: World, sentence: str) -> Picture:
    """Draw the transactions of each client."""
    ends = ends_of(world)
    rows: dict[str, list[Bar]] = {name: [] for name in world.nodes if name != "n1"}
    for op in world.history:
        until_ms = world.now_ms if op.returned_ms is None else op.returned_ms
        reason = f", {op.result}" if op.status == "fail" else ""
        rows[op.process].append(
            Bar(op.invoked_ms, until_ms, ends[op.id], f"T{op.id}: {ends[op.id]}{reason}")
        )
    return lanes(rows, until_ms=_RUN_MS, sentence=sentence)


def contention() -> Panel:
    """Build the controls: the store, the number of hot keys, steps, share of reads, clients and seed."""
    controls: dict[str, Any] = {
        "store": choice("store", list(STORES), "snapshots"),
        "keys": slider("hot keys", "", 4, 1, 20),
        "steps": slider("transaction steps", "", 4, 1, 8),
        "reads": slider("reads", "%", 50, 0, 100, 10),
        "clients": slider("clients", "", 8, 1, 16),
        "seed": slider("seed", "", 1, 1, 20),
    }
    return Panel(controls, contention_frame, "Transactions on hot keys")
