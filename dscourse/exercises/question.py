"""A prediction as the reader sees it: the question, a button for each option, and the choice made."""

from __future__ import annotations

import html
from collections.abc import Callable

import ipywidgets as widgets

from dscourse.exercises.outcome import Note
from dscourse.exercises.tasks import Prediction
from dscourse.show.stills import Still

__all__ = ["Question"]

_HINT = "press a button, or put its letter in place of None"


class Question(Still, widgets.VBox):
    """A question with a button for each option; ``choose(letter)`` is called for every press.

    Without a kernel it is the same question as text.

    >>> options = {"A": ("yes", "It does."), "B": ("no", "It does not.")}
    >>> question = Question(Prediction("99.1", "Does it hold?", options, "A"), print)
    >>> question.press("B")
    B
    >>> print(question.text)
    99.1: Does it hold?
    A  yes
    B  no
    you predict B
    """

    def __init__(
        self,
        prediction: Prediction,
        choose: Callable[[str], None],
        choice: str | None = None,
        remark: str = "",
    ) -> None:
        self.prediction, self.choice, self.remark = prediction, choice, remark
        self._choose = choose
        self._buttons = {letter: self._button(letter) for letter in prediction.options}
        self._state = widgets.HTML()
        head = widgets.HTML(f"<b>{html.escape(self._head)}</b>", layout={"max_width": "840px"})
        rows = [
            widgets.HBox([button, _option(prediction.options[letter][0])])
            for letter, button in self._buttons.items()
        ]
        super().__init__(
            [head, *rows, self._state],
            layout={"padding": "8px 12px", "border": "1px solid #c9ced8", "max_width": "960px"},
        )
        self._show()

    @property
    def text(self) -> str:
        """The question, its options and the choice, as plain text."""
        options = [f"{letter}  {text}" for letter, (text, _) in self.prediction.options.items()]
        return "\n".join([self._head, *options, self._standing])

    def press(self, letter: str) -> None:
        """Choose this option, as its button does. KeyError if there is none."""
        self._buttons[letter].click()

    @property
    def _head(self) -> str:
        return f"{self.prediction.id}: {self.prediction.question}"

    @property
    def _standing(self) -> str:
        standing = f"you predict {self.choice}" if self.choice else f"not predicted yet: {_HINT}"
        return f"{self.remark} {standing}".strip()

    def _button(self, letter: str) -> widgets.Button:
        text = self.prediction.options[letter][0]
        button = widgets.Button(description=letter, tooltip=text, layout={"width": "52px"})
        button.on_click(lambda _: self._pressed(letter))
        return button

    def _pressed(self, letter: str) -> None:
        self.choice, self.remark = letter, ""
        self._choose(letter)
        self._show()

    def _show(self) -> None:
        for letter, button in self._buttons.items():
            button.button_style = "info" if letter == self.choice else ""
            button.icon = "circle" if letter == self.choice else ""
        self._state.value = (
            f'<i class="dscourse-question" aria-live="polite">{html.escape(self._standing)}</i>'
        )

    def still(self) -> dict[str, str]:
        """Return the question, its options and the choice."""
        return Note(self.text, self._static())._repr_mimebundle_()

    def _static(self) -> str:
        items = "".join(
            f"<li style='list-style:none'><b>{letter}</b>&ensp;{self._marked(letter, text)}</li>"
            for letter, (text, _) in self.prediction.options.items()
        )
        standing = html.escape(self._standing)
        return f"<b>{html.escape(self._head)}</b><ul>{items}</ul><i>{standing}</i>"

    def _marked(self, letter: str, text: str) -> str:
        return f"<u>{html.escape(text)}</u>" if letter == self.choice else html.escape(text)


def _option(text: str) -> widgets.HTML:
    layout = {"max_width": "780px", "margin": "2px 8px"}
    return widgets.HTML(f'<span style="line-height:1.45">{html.escape(text)}</span>', layout=layout)
