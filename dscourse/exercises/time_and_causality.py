"""The predictions of chapter 02, and the exercises that ask for a choice: two events, and clocks for jobs."""

from __future__ import annotations

from typing import Any

from dscourse.exercises.kit import Exercise, Prediction, Wrong
from dscourse.experiments.time_and_causality import events_of, notes_world, records_of
from dscourse.protocols.stamped_messages import VectorStamper, causal_pasts
from dscourse.show import Picture, spacetime
from dscourse.sim import World

__all__ = ["EXERCISES", "PREDICTIONS", "puzzle"]

PREDICTIONS = (
    Prediction(
        "02.1",
        "a asks b and c a question; b answers to both as soon as it has it. Each message takes about 10 ms. The clock of b is "
        "25 ms behind, the others are right. c sorts what it receives by the senders' timestamps. What does c see?",
        {
            "A": ("the question, then the answer: b answered later",
                  "b answered about 10 ms later, and its clock is 25 ms behind, so its stamp is smaller."),
            "B": ("the answer, then the question",
                  "This is so: the answer bears a time about 15 ms before that of the question."),
            "C": ("it depends on which of the two arrives first",
                  "The order of arrival plays no part: c sorts by the timestamps."),
            "D": ("nothing wrong, as long as clocks are off by less than a second",
                  "What counts is whether clocks are off by more than a message takes, and messages are fast."),
        },
        "B",
    ),
    Prediction(
        "02.2",
        "Two events at different nodes have the Lamport times 4 and 7. What follows?",
        {
            "A": ("the event with 4 happened before the event with 7, and may have caused it",
                  "It may be so, but need not: two nodes that never heard of each other have such times as well."),
            "B": ("the event with 7 is no cause of the event with 4; nothing else",
                  "This is so. A cause always has the smaller time, so the larger one is none. The converse does not hold."),
            "C": ("the two events are concurrent", "Then no event could ever cause one at another node."),
            "D": ("at least three messages lie between them",
                  "Lamport clocks count events along a chain, and the two need not be on one."),
        },
        "B",
    ),
)  # fmt: skip


# --- 02.3: two concurrent events -----------------------------------------------------------------

_APART_MS = 50


def puzzle() -> World:
    """The run of exercise 02.3: eight notes between three nodes, stamped with vector clocks."""
    return notes_world(VectorStamper, 3, 8, seed=2)


def _judge_pair(pair: Any) -> Wrong | None:
    world = puzzle()
    events, records = events_of(world), records_of(world)
    if not (isinstance(pair, tuple) and len(pair) == 2 and all(type(one) is int for one in pair)):
        return Wrong(f"`pair` must be two numbers of events, such as (1, 2), not {pair!r}.")
    if not all(1 <= one <= len(events) for one in pair):
        return Wrong(f"The events are numbered from 1 to {len(events)}.")
    first, second = sorted(one - 1 for one in pair)
    if first == second:
        return Wrong("An event is not concurrent with itself: name two.")
    if causal_pasts(records)[second] >> first & 1:
        clocks = [str(records[place][1].stamp) for place in (first, second)]
        return Wrong(
            f"Event {first + 1} is in the causal past of event {second + 1}: no entry of {clocks[0]} "
            f"is larger than in {clocks[1]}. The picture shows all causes of event {second + 1}.",
            _causes(world, second),
        )
    gap = events[second].time_ms - events[first].time_ms
    if gap < _APART_MS:
        return Wrong(f"They are concurrent, but only {gap:.1f} ms apart.")
    return None


def _causes(world: World, place: int) -> Picture:
    return spacetime(
        world.trace.kinds("start", "send", "deliver"), past_of=events_of(world)[place], labels=False, clocks="vector"
    )  # fmt: skip


# --- 02.6: which clock for which job -------------------------------------------------------------

_CLOCKS = ("wall", "monotonic", "Lamport", "vector", "hybrid", "version vector")
_JOBS: dict[str, tuple[str, dict[str, str]]] = {
    "time-out": (
        "monotonic",
        {
            "wall": "it can be set back while you measure, and then a duration is negative.",
            "hybrid": "it follows the wall clock, and jumps with it.",
        },
    ),
    "lock queue": (
        "Lamport",
        {
            "wall": "a request that was made because of another can get the smaller time.",
            "monotonic": "two nodes' monotonic clocks have nothing to do with each other.",
            "vector": "concurrent requests are in no order, and a queue needs one.",
            "version vector": "concurrent requests are in no order, and a queue needs one.",
            "hybrid": "it works, but nobody asks for the time of day here: a single counter does it.",
        },
    ),
    "race detector": (
        "vector",
        {
            "Lamport": "a smaller number does not tell a cause from a coincidence.",
            "hybrid": "a smaller stamp does not tell a cause from a coincidence.",
            "version vector": "it counts updates of a piece of data, and reads and messages not at all.",
        },
    ),
    "snapshot at noon": (
        "hybrid",
        {
            "wall": "an effect can be in the snapshot without its cause.",
            "Lamport": "which count was noon? Its numbers have nothing to do with the time of day.",
            "vector": "which counts were noon? Its numbers have nothing to do with the time of day.",
        },
    ),
    "replicated key": (
        "version vector",
        {
            "wall": "the write with the smaller time is thrown away, though neither writer saw the other's.",
            "Lamport": "it orders the two writes, though neither writer saw the other's: one is lost.",
            "hybrid": "it orders the two writes, though neither writer saw the other's: one is lost.",
            "vector": "with an entry for each client it grows without bound: count at the replicas instead.",
        },
    ),
}


def _judge_choice(choice: Any) -> Wrong | None:
    if not isinstance(choice, dict):
        return Wrong(f"`choice` must be a dictionary from jobs to clocks, not {choice!r}.")
    for job, (best, reasons) in _JOBS.items():
        got = choice.get(job)
        if got not in _CLOCKS:
            return Wrong(f"{job}: {got!r} is no clock. The clocks are {', '.join(_CLOCKS)}.")
        if got != best:
            return Wrong(f"{job}: {got}? {_sentence(reasons.get(got, 'it does not do this job.'))}")
    return None


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


EXERCISES = (
    Exercise(
        id="02.3",
        title="Two concurrent events, far apart",
        name="pair",
        stub="pair = None\n",
        solution="pair = (6, 15)\n",
        reasoning="Event 15 is b's last. Its clock {a: 2, b: 5, c: 5} knows of two events of a only. Event 6 is a's third: it happened "
        "72 ms earlier, and no message has told b of it. Nor does event 6 know of b's fifth event. So the two are "
        "concurrent, however far apart they are in time.",
        hints=(
            "Two events are concurrent if each clock has an entry that is larger than the other's.",
            "Look for an event late in the list whose entry for some node is small: what has that node done meanwhile?",
        ),
        judge=_judge_pair,
        praise="Far apart in time, and yet neither can have had anything to do with the other.",
    ),
    Exercise(
        id="02.6",
        title="Which clock for which job?",
        name="choice",
        stub="choice = {}\n",
        solution="choice = {\n"
        '    "time-out": "monotonic",\n'
        '    "lock queue": "Lamport",\n'
        '    "race detector": "vector",\n'
        '    "snapshot at noon": "hybrid",\n'
        '    "replicated key": "version vector",\n'
        "}\n",
        reasoning="A duration on one node needs a clock that nobody sets. A queue needs one order of all requests that no effect "
        "contradicts, and a single number gives it. A race detector must tell concurrent events from ordered ones, which "
        "takes an entry for each process. A snapshot at a time of day needs stamps near that time which respect causes. "
        "Copies of a key must notice that two writes did not see each other, at the price of one entry for each replica.",
        hints=(
            "Ask of each job: is the time of day needed? Must concurrent events be told apart, or put in one order?",
            "Each of the five clocks other than the wall clock is the answer once.",
        ),
        judge=_judge_choice,
        praise="Each of them is the cheapest clock that does its job.",
    ),
)
