"""The panel of chapter 03: the same operations at two stores in a cluster that is cut."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from dscourse.experiments.cap import Score, cut_world, score
from dscourse.experiments.cuts import CUTS, Directions, cut_cluster, directions, sides
from dscourse.node import Node
from dscourse.panels.controls import choice, slider
from dscourse.panels.panel import Frame, Panel
from dscourse.protocols.any_node_store import AnyNodeStore
from dscourse.protocols.quorum_store import QuorumStore
from dscourse.show import Picture, cluster_map
from dscourse.show.stacked import stacked
from dscourse.show.table import Cell, table
from dscourse.touch.boards.links import LinkMap, in_words

__all__ = ["consistency_or_availability", "cut_frame"]

LATENCY = "latency p50, p99"


def cut_frame(
    preset: str,
    nodes: int,
    read_quorum: int,
    write_quorum: int,
    reads: int,
    seed: int,
    links: Iterable[tuple[str, str]] = (),
) -> Frame:
    """Draw both stores under the same cut and operations: answers per side, stale reads, latency and verdict."""
    names = [f"n{n}" for n in range(1, nodes + 1)]
    by_hand = _chosen(links, names)
    cut = directions(preset, names) | by_hand
    groups = sides(names, cut)
    quorums = {"read_quorum": read_quorum, "write_quorum": write_quorum}
    scores = {
        f"quorum store, R = {read_quorum}, W = {write_quorum}": _scored(
            QuorumStore, cut, nodes, reads, seed, **quorums
        ),
        "any-node store": _scored(AnyNodeStore, cut, nodes, reads, seed),
    }
    sentence = " ".join(
        [_describe_cut(groups, cut, by_hand)] + [_sentence(n, s, groups) for n, s in scores.items()]
    )
    above = cluster_map(cut_cluster(names, cut), sentence=sentence, width=760)
    below = table(list(scores), _rows(groups, scores, _share), sentence=sentence, width=760)
    return Frame(
        _narrow_table(groups, scores, sentence), sentence, stacked(above, below, sentence=sentence)
    )


@lru_cache(maxsize=8)  # R and W leave the any-node store as it is
def _scored(
    kind: type[Node], cut: Directions, nodes: int, reads: int, seed: int, **quorums: int
) -> Score:
    groups = sides([f"n{n}" for n in range(1, nodes + 1)], cut)
    return score(cut_world(kind, cut, nodes, reads / 100, seed, **quorums), groups)


def _chosen(links: Iterable[tuple[str, str]], names: Sequence[str]) -> Directions:
    """Return the directions that are cut by hand. ValueError for a node that does not exist."""
    cut = frozenset(links)
    gone = in_words(frozenset(way for way in cut if not {*way} <= {*names}))
    if gone:
        raise ValueError(
            f"{gone.split(',')[0]} is cut, but there are only {len(names)} nodes. Use more nodes, or another link."
        )
    return cut


def _describe_cut(groups: Sequence[Sequence[str]], cut: Directions, by_hand: Directions) -> str:
    if not cut:
        return "No link is cut."
    shown = " | ".join(", ".join(group) for group in groups)
    ways = f"{len(cut)} of {sum(map(len, groups)) * (sum(map(len, groups)) - 1)} directions cut"
    hand = f"; by hand {in_words(by_hand)}" if by_hand else ""
    return f"Cut from 100 to 700 ms: {shown} ({ways}{hand})."


def _sentence(name: str, card: Score, groups: Sequence[Sequence[str]]) -> str:
    parts = [
        f"{_share(*one)[0]} on {', '.join(group)}"
        for one, group in zip(card.answered, groups, strict=True)
    ]
    return (
        f"{name[0].upper()}{name[1:]}: answered {'; '.join(parts)}. {card.stale} of {card.reads} reads stale, "
        f"p50 {card.p50_ms:.1f} ms, p99 {card.p99_ms:.1f} ms, {_verdict(card)}."
    )


def _share(answered: int, begun: int) -> tuple[str, float]:
    """Return the answered share as text, as in ``100 % (69 of 69)``, and as a number from 0 to 1."""
    share = answered / begun if begun else 0.0
    return f"{100 * share:.0f} % ({answered} of {begun})", share


def _verdict(card: Score) -> str:
    word = {True: "linearizable", False: "not linearizable", None: "nothing to judge"}
    return word[card.verdict.ok]


def _rows(
    groups: Sequence[Sequence[str]], scores: dict[str, Score], words: Callable[[int, int], Cell]
) -> dict[str, list[Cell]]:
    """Return the rows of the table of scores; ``words`` says how many of the operations begun were answered."""
    cards = list(scores.values())
    rows: dict[str, list[Cell]] = {
        f"answered on {', '.join(group)}": [words(*card.answered[index]) for card in cards]
        for index, group in enumerate(groups)
    }
    return rows | {
        "stale reads": [f"{card.stale} of {card.reads}" for card in cards],
        LATENCY: [f"{card.p50_ms:.1f} ms, {card.p99_ms:.1f} ms" for card in cards],
        "the checker": [_verdict(card) for card in cards],
    }


def _narrow_table(
    groups: Sequence[Sequence[str]], scores: dict[str, Score], sentence: str
) -> Picture:
    """Draw the table that stands below the sliders; they say the quorums, and its bars the percentages."""
    names = [name.partition(",")[0] for name in scores]
    rows = _rows(groups, scores, lambda *counts: ("{} of {}".format(*counts), _share(*counts)[1]))
    rows[LATENCY] = [f"{card.p50_ms:.1f}, {card.p99_ms:.1f} ms" for card in scores.values()]
    return table(names, rows, sentence=sentence, width=400, bar=40)


def consistency_or_availability() -> Panel:
    """Build the panel: the cut, the number of nodes, the quorum sizes and the share of reads."""
    controls = {
        "preset": choice("cut (100 to 700 ms)", CUTS, "majority and minority"),
        "nodes": slider("nodes N", "", 5, 3, 5),
        "read_quorum": slider("read quorum R", "", 3, 1, 5),
        "write_quorum": slider("write quorum W", "", 3, 1, 5),
        "reads": slider("reads", "%", 50, 0, 100, 5),
        "seed": slider("seed", "", 1, 1, 20),
    }
    board = LinkMap([f"n{n}" for n in range(1, 6)], "links")

    def mark(change: object = None) -> None:
        names = [f"n{n}" for n in range(1, controls["nodes"].value + 1)]
        board.mark(names, directions(controls["preset"].value, names))

    for name in ("preset", "nodes"):
        controls[name].observe(mark, names="value")
    mark()
    board.layout = {"flex": "1 1 380px"}
    return Panel({**controls, "links": board}, cut_frame, "Consistency or availability", "links")
