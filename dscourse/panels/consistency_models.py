"""The panels of chapter 04: a small history to edit, and stores to identify by their answers."""

from __future__ import annotations

from dscourse import checkers
from dscourse.checkers import Classification
from dscourse.core.wording import count
from dscourse.experiments.consistency_models import BOXES, HISTORIES, WORK, box_world, edited
from dscourse.panels.controls import choice, slider, switch
from dscourse.panels.panel import Frame, Panel
from dscourse.show import intervals, models
from dscourse.show.stacked import stacked

__all__ = ["box_frame", "edit_frame", "edit_history", "which_model"]


def edit_frame(
    history: str, operation: int, begin: int, end: int, value: int | str, why: str
) -> Frame:
    """Draw the edited history, the operations that refute the model ``why``, and the verdicts of all models."""
    changed = edited(history, operation, begin, end, value)
    classification = checkers.classify(changed)
    verdict = classification.verdicts[why]
    if verdict.ok is None:
        raise ValueError(f"Nothing can be said: {verdict.reason}.")
    strongest = classification.sentence() if classification.maximal else "no model holds"
    sentence = f"{_first(strongest)}. {_because(classification, why)}"
    top = intervals(changed, highlight=verdict.refuting, names=True, sentence=sentence, width=720)
    ladder = models(classification, sentence=sentence, width=720)
    return Frame.of(stacked(top, ladder, sentence=sentence))


def _because(classification: Classification, why: str) -> str:
    """Return why this model fails, or on what evidence it holds."""
    verdict = classification.verdicts[why]
    if verdict.ok is False:
        return f"{_first(verdict.brief)}."
    return f"{_first(verdict.model)} holds ({verdict.judged})."


def _first(text: str) -> str:
    """Return the text with its first letter capitalised."""
    return text[0].upper() + text[1:]


def edit_history() -> Panel:
    """Build the panel: a history, one of its operations, the changes to it, and the model to explain."""
    values = {"as it is": "as it is", "nothing": "nothing", "1": 1, "2": 2, "3": 3}
    controls = {
        "history": choice("history", list(HISTORIES), "an old value"),
        "operation": slider("operation", "number", 3, 0, 5),
        "begin": slider("begins later by", "ms", 0, -100, 100, 5),
        "end": slider("ends later by", "ms", 0, -100, 100, 5),
        "value": choice("value", values, "as it is"),
        "why": choice("explain", _TITLES, "linearizable"),
    }
    return Panel(controls, edit_frame, "A history and its models")


# Each model's key by the name that a verdict shows.
_TITLES = {"PRAM" if key == "pram" else key.replace("_", " "): key for key in checkers.BY_NAME}


def box_frame(
    box: str, clients: int, delay: int, reads: int, work: str, run: int, claim: str, reveal: bool
) -> Frame:
    """Draw the operations of a box's clients; the sentence says whether they refute the claimed model."""
    history = box_world(box, clients, delay, reads, work, run).history
    sentences = [
        f"Box {box}, run {run}: {count(len(history), 'operation')} by {count(clients, 'client')}."
    ]
    refuting: tuple[int, ...] = ()
    if claim == "none yet":
        sentences.append("Claim a model, and see whether this run refutes it.")
    else:
        verdict = checkers.BY_NAME[claim](history)
        refuting = verdict.refuting
        sentences.append(_of_claim(verdict))
    if reveal:
        sentences.append(_revealed(box))
    sentence = " ".join(sentences)
    picture = intervals(history, highlight=refuting, names=True, sentence=sentence, width=900)
    return Frame.of(picture)


def _of_claim(verdict: checkers.Verdict) -> str:
    if verdict.ok is None:
        return f"This run cannot tell: {verdict.reason}."
    if verdict.ok:
        return f"Not refuted: this run is {verdict.model} ({verdict.judged}). Try other runs, and stronger models."
    return f"Refuted: {verdict.brief}."


def _revealed(box: str) -> str:
    kind, promise = BOXES[box]
    titles = {key: title for title, key in _TITLES.items()}
    return (
        f"In the box is {kind.__name__}, which promises {titles.get(promise, 'no model at all')}."
    )


def which_model() -> Panel:
    """Build the panel: a box, its clients' workload, the run, the claimed model, and a switch that opens the box."""
    controls = {
        "box": choice("box", list(BOXES), "A"),
        "clients": slider("clients", "", 3, 2, 4),
        "delay": slider("mean delay", "ms", 10, 1, 40),
        "reads": slider("reads", "%", 60, 20, 90, 10),
        "work": choice("work", WORK, "one key"),
        "run": slider("run", "number", 1, 1, 60),
        "claim": choice("your claim", {"none yet": "none yet", **_TITLES}, "none yet"),
        "reveal": switch("open the box"),
    }
    return Panel(controls, box_frame, "Which model is this?")
