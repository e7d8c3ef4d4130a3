"""Judge of 02.7: a process that delivers posts in causal order."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from dscourse.exercises.judges import hunt as hunting
from dscourse.exercises.tasks import Wrong, by_name
from dscourse.node import Client, Message, cluster
from dscourse.sim import At, Budget, Hold, Network, Uniform, World
from dscourse.sim.streams import stream

__all__ = ["LINES", "NAMES", "judge", "talk"]

NAMES = by_name(Client, Message, dataclass)
LINES = 20_000_000  # an answer may look through all posts at every one

_HORIZON_MS = 200
_WORDS = ("yes", "no", "why?", "", "yes")
_BUDGET = Budget(_HORIZON_MS, faults=3, menu=("duplicate", "hold", "pause"), timeout_ms=20)


@dataclass(frozen=True, slots=True)
class _Setting:
    """The group, the number of its random plans, the posts of each process, and the end of the faults."""

    names: tuple[str, ...]
    plans: int
    posts: int = 4
    recover_ms: float = _HORIZON_MS


_SETTINGS = (
    _Setting(("a", "b", "c"), 30),
    _Setting(("Zoe", "ann"), 30),
    _Setting(("n1", "n2", "n10", "oslo", "rome"), 30),
    _Setting(("n1", "N1", "n 1", "ab", "ba", "zoë", "n10", "n"), 6, posts=10),
    _Setting(("left", "right"), 6, posts=80),
)
_LATE = _Setting(("a", "b", "c"), 0, recover_ms=5_000)


def judge(process: Any) -> Wrong | None:
    for number, setting in enumerate(_SETTINGS):
        plans = hunting.random_plans(setting.names, _BUDGET, setting.plans)
        wrong = _hunt(process, setting, plans, number)
        if wrong is not None:
            return wrong
    pairs = itertools.permutations(_LATE.names, 2)
    return _hunt(process, _LATE, [[At(20, Hold(source, to))] for source, to in pairs], 0)


def _hunt(process: Any, setting: _Setting, plans: list[list[At]], seed: int) -> Wrong | None:
    run = partial(talk, process, setting, seed=seed)
    end_ms = setting.recover_ms + 200
    return hunting.hunt(run, _complaint, plans, setting.recover_ms, end_ms)


def talk(process: type[Client], setting: _Setting, plan: list[At], seed: int = 0) -> World:
    """Run processes that post at random times; posts take 2 to 40 ms, and several have the same words."""
    names = setting.names
    world = World(cluster(process, names), seed, Network(Uniform(2, 40)), plan)
    draws = stream(seed, "posts")
    for number in range(setting.posts * len(names)):
        name = names[int(draws.random() * len(names))]
        text = _WORDS[number % len(_WORDS)]
        world.submit(name, [("post", None, text)], start_ms=round(5 + 150 * draws.random(), 1))
    return world.run(until_ms=setting.recover_ms + 800, max_events=50_000)


# --- the complaint ---------------------------------------------------------------------------------

_Post = tuple[str, int]  # an author, and the number of the post among the author's own, from 0


class _Run:
    """The posts of a run, the messages that carried them, and the deliveries at each process."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.names = tuple(world.nodes)
        self.texts: dict[str, list[Any]] = defaultdict(list)
        self.sent: dict[tuple[str, str], int] = defaultdict(int)
        self.arrived: dict[tuple[str, _Post], float] = {}
        self.records: dict[str, list[tuple[float, Any]]] = {name: [] for name in self.names}
        numbers: dict[tuple[str, int], _Post] = {}
        for event in world.trace.kinds("invoke", "send", "deliver", "write"):
            node, peer = str(event.node), str(event.peer)
            if event.kind == "invoke":
                self.texts[node].append(event.what.value)
                self.arrived[node, (node, len(self.texts[node]) - 1)] = event.time_ms
            elif event.kind == "send":
                numbers[peer, event.id] = (node, self.sent[node, peer])
                self.sent[node, peer] += 1
            elif event.kind == "deliver" and (node, event.id) in numbers:
                self.arrived.setdefault((node, numbers[node, event.id]), event.time_ms)
            elif event.kind == "write":
                self.records[node].append((event.time_ms, event.what))

    def named(self, post: _Post) -> str:
        """Return a post in words, as in `post 2 of ann ("yes")`."""
        return f'post {post[1] + 1} of {post[0]} ("{self.texts[post[0]][post[1]]}")'


def _complaint(world: World) -> str | None:
    run = _Run(world)
    return next(
        (text for check in (_strange, _own, _costs, _disordered, _missing) for text in check(run)),
        None,
    )


def _strange(run: _Run) -> Iterator[str]:
    """Yield records other than deliveries, operations that did not end, and posts delivered too often."""
    for op in run.world.history:
        if op.status != "ok":
            yield f"A post of {op.process} ended as {op.status}: complete it, by self.complete(op.id)."
    for name in run.names:
        counts: dict[str, int] = defaultdict(int)
        for _, record in run.records[name]:
            pair = record if isinstance(record, tuple) and len(record) == 2 else (None, None)
            author, text = pair
            if author not in run.names:
                yield f"{name} has written the record {record!r:.60}: a delivery is the pair (author, text)."
                return
            known = run.texts[author]
            if counts[author] >= len(known):
                yield f"{name} has delivered {author}'s {text!r} more often than {author} has posted."
                return
            counts[author] += 1


def _own(run: _Run) -> Iterator[str]:
    """Yield a post that its author has not delivered."""
    for name in run.names:
        delivered = sum(author == name for _, (author, _text) in run.records[name])
        if delivered < len(run.texts[name]):
            yield f"{name} never delivers its own {run.named((name, delivered))}: an author reads its posts too."


def _costs(run: _Run) -> Iterator[str]:
    """Yield a pair of processes between which there are more or fewer messages than posts."""
    for author in run.names:
        for name in run.names:
            wanted = len(run.texts[author]) if name != author else 0
            sent = run.sent[author, name]
            if sent > wanted:
                yield (
                    f"{author} has sent {sent} messages to {name} for {wanted} posts: one message per post and "
                    "reader is allowed."
                )
            elif sent < wanted:
                yield f"{author} has sent {sent} messages to {name} for {wanted} posts: {name} cannot know them all."


def _disordered(run: _Run) -> Iterator[str]:
    """Yield deliveries before one of their causes, in another order than posted, or later than needed.

    A delivery before the post's own message has arrived is right: another message may have carried it.
    """
    pasts, logs = _pasts(run)
    for name in run.names:
        done: dict[_Post, float] = {}
        for (time, (author, text)), post in zip(run.records[name], logs[name], strict=True):
            late = next((cause for cause in pasts[post] if cause not in done), None)
            if late is not None:
                yield (
                    f"{name} delivers {run.named(post)} before {run.named(late)}, which {author} had "
                    f"{'posted' if late[0] == author else 'delivered'} before writing it."
                )
                return
            if text != run.texts[author][post[1]]:
                yield f"{name} delivers {author}'s {text!r} where {run.named(post)} is next: in the order of posting."
                return
            done[post] = time
            arrived = run.arrived.get((name, post), math.inf)
            ready = max([arrived, *(done[cause] for cause in pasts[post])])
            if time > ready + 1e-6:
                yield (
                    f"{name} delivers {run.named(post)} only at {time:.1f} ms, though it and all its causes were "
                    f"there at {ready:.1f} ms: wait for causes, and for nothing else."
                )
                return


def _pasts(run: _Run) -> tuple[dict[_Post, list[_Post]], dict[str, list[_Post]]]:
    """Return the posts that its author had delivered before each post, and the deliveries of each process."""
    logs: dict[str, list[_Post]] = {}
    for name in run.names:
        counts: dict[str, int] = defaultdict(int)
        logs[name] = []
        for _, (author, _text) in run.records[name]:
            logs[name].append((author, counts[author]))
            counts[author] += 1
    pasts = {}
    for name in run.names:
        for number in range(len(run.texts[name])):
            post, log = (name, number), logs[name]
            pasts[post] = log[: log.index(post)] if post in log else list(log)
    return pasts, logs


def _missing(run: _Run) -> Iterator[str]:
    """Yield posts that a process never delivers."""
    _, logs = _pasts(run)
    for name in run.names:
        known = set(logs[name])
        for author in run.names:
            for number in range(len(run.texts[author])):
                if (author, number) not in known:
                    post = run.named((author, number))
                    yield f"{name} never delivers {post}, long after every message has arrived."
