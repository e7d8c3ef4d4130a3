"""The sentence of a space-time diagram."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from dscourse.core.wording import count
from dscourse.show.scene import Band, Scene
from dscourse.show.words import endings, marked, span

if TYPE_CHECKING:
    from dscourse.sim.events import Spell

__all__ = ["describe", "note_hidden", "note_unlabelled"]

_MOST_TOLD = 3  # faults of one sort that are told one by one
_FAULTS = frozenset({"down", "paused"})  # the spells that are faults


def describe(
    scene: Scene, names: Sequence[str], known: int, window: str, chosen: Collection[int], named: bool = False,
) -> str:  # fmt: skip
    """Return the sentence of a diagram: its nodes, the faults with their times, the outcomes of operations.

    ``names`` are the nodes shown of ``known`` in all; ``window`` says in words which stretch of time is shown;
    ``chosen`` operations are told one by one, each by the name that verdicts use if they are ``named``.
    """
    subject = count(len(names), "node")
    if len(names) < known:
        subject = f"{len(names)} of {count(known, 'node')}"
    head = ", ".join([subject, *_messages(scene), *_faults(scene)])
    parts = [f"{window}: {head}" if window.startswith("From") else f"{head} {window}".strip()]
    faults = [spell for spell in scene.spells if spell.kind in _FAULTS]
    others = [spell for spell in scene.spells if spell.kind not in _FAULTS]
    for group in (others, faults, scene.bands):
        if len(group) <= _MOST_TOLD:
            parts += [_when(item) for item in group]
    if scene.operations:
        parts.append(f"{count(len(scene.operations), 'operation')}: {endings(scene.operations)}")
    parts += marked(scene.operations, chosen, named)
    return "; ".join(parts) + "."


def _messages(scene: Scene) -> list[str]:
    firsts = {arrow.sent.id for arrow in scene.arrows}
    lost = sum(arrow.lost is not None for arrow in scene.arrows)
    copies = sum(arrow.copy and arrow.lost is None for arrow in scene.arrows)
    under_way = sum(arrow.end is None for arrow in scene.arrows)
    parts = [count(len(firsts), "message")]
    parts += [f"{lost:,} lost"] if lost else []
    parts += [f"{copies:,} delivered again"] if copies else []
    return parts + ([f"{under_way:,} under way at the end"] if under_way else [])


def _faults(scene: Scene) -> list[str]:
    crashes = sum(spell.kind == "down" for spell in scene.spells)
    pauses = sum(spell.kind == "paused" for spell in scene.spells)
    errors = sum(mark.kind == "error" for mark in scene.marks)
    numbers = {
        "handler error": errors,
        "crash": crashes,
        "pause": pauses,
        "network fault": sum(band.is_fault for band in scene.bands),
    }
    return [count(number, noun) for noun, number in numbers.items() if number]


def _when(item: Spell | Band) -> str:
    return f"{item.text} {span(item.start.time_ms, item.end.time_ms if item.end else None)}"


def note_hidden(types: Collection[str]) -> list[str]:
    """Return the sentence on the types of message that a picture leaves out, or nothing if there are none.

    >>> note_hidden(["Ack", "Beat"])
    ['2 types of message are hidden: Ack, Beat.']
    """
    if not types:
        return []
    verb = "is" if len(types) == 1 else "are"
    number = f"{len(types)} type{'s' * (len(types) > 1)} of message"
    return [f"{number} {verb} hidden: {', '.join(sorted(types))}."]


def note_unlabelled(number: int) -> list[str]:
    """Return the sentence on messages that stand there without words, or nothing if there are none.

    >>> note_unlabelled(2), note_unlabelled(0)
    (['2 messages have no room for a label.'], [])
    """
    verb = "has" if number == 1 else "have"
    return [f"{count(number, 'message')} {verb} no room for a label."] if number else []
