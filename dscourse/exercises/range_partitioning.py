"""The predictions of chapter 13, and its exercises: a lookup, a split, a number of salts, an index."""

from __future__ import annotations

from itertools import combinations, product
from typing import Any

from dscourse.exercises.kit import Exercise, Prediction, Wrong
from dscourse.experiments.range_partitioning import filled
from dscourse.placement import Range, gapless

__all__ = ["EXERCISES", "PREDICTIONS"]

PREDICTIONS = (
    Prediction(
        "13.1",
        "Orders are numbered one after the other, and written into ranges by their number. A range splits when it has more than "
        "200 keys, and ranges move from busy nodes to idle ones. There are four nodes. Which share of the writes does the busiest "
        "node take, once there are twenty ranges?",
        {
            "A": ("about 25 %: ranges are spread over the nodes",
                  "Ranges may be; writes are not. All new numbers belong to one range, the last."),
            "B": ("about 50 %: a split halves the load of a range",
                  "A split halves the keys. All keys that are still to come belong to the upper half."),
            "C": ("100 %",
                  "This is so. Only the last range grows, and one node holds it."),
            "D": ("100 % at first, then less with each split",
                  "That holds for keys at random. Here each split leaves a cold range behind, and the hot one goes on."),
        },
        "C",
    ),
    Prediction(
        "13.2",
        "Now ranges also split when they get more than 30 writes in a period, and after each period one of the halves may move to an "
        "idle node. What is the busiest node's share of the writes within a period?",
        {
            "A": ("a quarter: the load goes round",
                  "At best on the average of many periods. In each period one node has all of it."),
            "B": ("100 % still",
                  "This is so. The split comes too late each time, and a move at most decides which node is next."),
            "C": ("a half: the hot range is split in two",
                  "In two, of which one will never be written again."),
            "D": ("it cannot be said",
                  "It can: the next keys are known, and they all lie at the end."),
        },
        "B",
    ),
)  # fmt: skip


# --- 13.3: the lookup ----------------------------------------------------------------------------


def _judge_lookup(node_at: Any) -> Wrong | None:
    for size in range(4):
        for starts in combinations("dhmt", size):
            nodes = [f"n{n}" for n in range(1, size + 2)]
            for key in "azefkpsdhmt":
                right = nodes[sum(start <= key for start in starts)]
                got = node_at(list(starts), list(nodes), key)
                if got != right:
                    return Wrong(_why(list(starts), nodes, key, got, right))
    return None


def _why(starts: list[str], nodes: list[str], key: str, got: Any, right: str) -> str:
    call = f"node_at({starts}, {nodes}, {key!r}) gives {got!r}, and {right!r} holds this key"
    if key in starts:
        return f"{call}: a range holds the key at which it begins."
    if not starts or key < starts[0]:
        return f"{call}: the first range has no lower end."
    if key > starts[-1]:
        return f"{call}: the last range has no upper end."
    return f"{call}."


# --- 13.4: the split -----------------------------------------------------------------------------

_TABLES: tuple[list[tuple[str | None, str | None, str]], ...] = (
    [(None, None, "n1")],
    [(None, "m", "n1"), ("m", None, "n2")],
    [(None, "f", "n1"), ("f", "p", "n2"), ("p", None, "n3")],
)


def _judge_split(split: Any) -> Wrong | None:
    for table, key in product(_TABLES, "afgmpqz"):
        given = list(table)
        got = split(given, key, "new")
        wrong = _split_wrong(table, key, got)
        if wrong is not None:
            return Wrong(f"split({table}, {key!r}, 'new') gives {got!r}: {wrong}")
        if given != table:
            return Wrong(
                f"split({table}, {key!r}, 'new') changes the list that it was given: make a new one."
            )
    return None


def _split_wrong(table: list[tuple[str | None, str | None, str]], key: str, got: Any) -> str | None:
    if not isinstance(got, list) or not all(
        isinstance(one, tuple) and len(one) == 3 for one in got
    ):
        return "it must be a list of (start, end, node)."
    begins = any(start == key for start, _, _ in table)
    if begins:
        return None if got == table else "a range begins there already, so nothing may change."
    if not gapless(Range(*one) for one in got):
        return "there is a gap, an overlap, or an end that should be open."
    if len(got) != len(table) + 1:
        return f"{len(table) + 1} ranges are needed, not {len(got)}."
    if (key, "new") not in [(start, node) for start, _, node in got]:
        return f"the part from {key!r} on belongs to 'new'."
    old = [one for one in table if one not in got]
    kept = [node for _, end, node in got if end == key]
    return (
        None
        if kept == [old[0][2]]
        else f"the part before {key!r} stays where it was, on {old[0][2]!r}."
    )


# --- 13.5: how many salts ------------------------------------------------------------------------


def _judge_salts(salts: Any) -> Wrong | None:
    if not isinstance(salts, int) or isinstance(salts, bool) or not 1 <= salts <= 50:
        return Wrong("`salts` must be a whole number from 1 to 50.")
    run = filled("increasing", nodes=6, salts=salts)
    touched, _ = run.scan(1_000, 1_050)
    hottest = f"With {salts} salts the hottest range takes {100 * run.hottest:.1f} % of the writes"
    if run.hottest > 0.15:
        return Wrong(f"{hottest}: that is more than 15 %.")
    if touched > 8:
        return Wrong(
            f"{hottest}, which is fine; but a scan of 50 keys touches {touched} ranges, more than 8."
        )
    return None


# --- 13.6: which index ---------------------------------------------------------------------------


def _judge_index(cheaper: Any) -> Wrong | None:
    for writes, queries, nodes, fields in product(
        (0, 1, 10, 100), (0, 1, 10, 100), (2, 5, 20), (1, 3)
    ):
        local = writes + queries * nodes
        everywhere = writes * (1 + fields) + queries
        got = cheaper(writes, queries, nodes, fields)
        if got not in ("local", "global"):
            return Wrong(
                f"cheaper({writes}, {queries}, {nodes}, {fields}) gives {got!r}: it must be 'local' or 'global'."
            )
        if (got == "local" and local > everywhere) or (got == "global" and everywhere > local):
            return Wrong(
                f"cheaper({writes}, {queries}, {nodes}, {fields}) gives {got!r}: {writes} writes and {queries} queries touch "
                f"{local:,} nodes with a local index, and at most {everywhere:,} with a global one."
            )
    return None


EXERCISES = (
    Exercise(
        id="13.3",
        title="Fill in: who holds the key?",
        name="node_at",
        stub="def node_at(starts, nodes, key):\n    return nodes[0]\n",
        solution="from bisect import bisect_right\n\n\n"
        "def node_at(starts, nodes, key):\n    return nodes[bisect_right(starts, key)]\n",
        reasoning="The keys at which ranges begin are all that has to be kept: a range ends where the next begins, so there can be no "
        "gap and no overlap, and the first and the last one are open by themselves. bisect_right counts the starts that are not "
        "above the key, which is the place of its range.",
        hints=(
            "How many of the starts are not above the key? That many ranges lie before its own.",
            "bisect.bisect_right(starts, key) counts them in O(log n).",
        ),
        judge=_judge_lookup,
        praise="Every key has a home, the first and the last one too.",
    ),
    Exercise(
        id="13.4",
        title="Repair: a split that keeps the invariant",
        name="split",
        stub="def split(ranges, key, node):\n"
        "    start, end, old = ranges[0]\n"
        "    return [(start, key, old), (key, end, node)] + ranges[1:]\n",
        solution="def split(ranges, key, node):\n"
        "    parts = []\n"
        "    for start, end, old in ranges:\n"
        "        inside = (start is None or start < key) and (end is None or key < end)\n"
        "        if inside:\n"
        "            parts += [(start, key, old), (key, end, node)]\n"
        "        else:\n"
        "            parts.append((start, end, old))\n"
        "    return parts\n",
        reasoning="The key decides which range is cut: the one that has it strictly inside. Where a range begins already nothing is "
        "strictly inside, so nothing changes. What is before the key stays, what is from it on goes to the new node, and both "
        "keep the outer ends, open or not.",
        hints=(
            "The stub always cuts the first range. Which one has the key between its ends?",
            "None is an open end: start is None or start < key.",
        ),
        judge=_judge_split,
        praise="No gap, no overlap, and both ends open, whatever the key.",
        lines=500_000,
    ),
    Exercise(
        id="13.5",
        title="Choose: how many salts?",
        name="salts",
        stub="salts = None\n",
        solution="salts = 7\n",
        reasoning="With s salts there are s tails, each of which takes 1/s of the writes: at most 15 % needs 7. A scan has to look "
        "at each of them, so it touches s ranges at least, and one more wherever it crosses a border. Between the two bounds there "
        "is not much room: that is the price of a hot tail.",
        hints=(
            "With s salts each tail takes 1/s of the writes.",
            "Each salt costs a scan one range more, and a border may cost another.",
        ),
        judge=_judge_salts,
        praise="The tails are cool enough, and scans small enough.",
    ),
    Exercise(
        id="13.6",
        title="Design: local or global?",
        name="cheaper",
        stub='def cheaper(writes, queries, nodes, fields):\n    return "local"\n',
        solution="def cheaper(writes, queries, nodes, fields):\n"
        "    local = writes + queries * nodes\n"
        "    everywhere = writes * (1 + fields) + queries\n"
        '    return "local" if local <= everywhere else "global"\n',
        reasoning="A local index writes at one node and asks all; a global one writes a new document at its node and at one more for "
        "each indexed field (a change also takes the old entries back, at up to as many again), and asks one. So reads "
        "decide for the global index and writes for the local one. That is not all: a write to several nodes needs a transaction "
        "(chapter 06), or the index lags behind.",
        hints=(
            "Count nodes: one write and one query with each of the two.",
            "Local: 1 and nodes. Global: 1 + fields at most, and 1.",
        ),
        judge=_judge_index,
        praise="You have counted what each of them touches.",
    ),
)  # fmt: skip
