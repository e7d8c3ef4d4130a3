"""Two editors of one replicated text, side by side, with a network between them that can be cut."""

from __future__ import annotations

from difflib import SequenceMatcher

import ipywidgets as widgets

from dscourse.conflicts import Letter, SharedText
from dscourse.core.wording import count
from dscourse.panels.controls import switch
from dscourse.panels.panel import Frame, PictureView
from dscourse.show import Picture, palette
from dscourse.show.svg import Canvas, text_width

__all__ = ["Editors", "edited"]

_MOST = 400  # letters, deleted ones included; above this the panel asks for a fresh start
_PER_LINE = 46
_BOX, _LINE, _NAME = 16.0, 26.0, 64.0
_INKS = (palette.BLUE, palette.ORANGE, palette.GREY)


def edited(text: SharedText, replica: str, new: str) -> SharedText:
    """Return the delta by which ``replica`` turns ``text`` into ``new``; letters that stay keep their names.

    >>> text = SharedText() | SharedText().insert("a", 0, "cat")
    >>> delta = edited(text, "b", "chat")
    >>> len(delta.letters), len(delta.deleted), str(text | delta)
    (1, 0, 'chat')
    """
    delta = SharedText()
    changes = SequenceMatcher(None, str(text), new, autojunk=False).get_opcodes()
    for kind, start, end, from_, to in reversed(changes):
        if kind in ("replace", "delete"):
            delta |= text.delete(start, end - start)
        if kind in ("replace", "insert"):
            delta |= (text | delta).insert(replica, start, new[from_:to])
    return delta


class Editors(PictureView):
    """A text area for each of two people, and a switch for the network between their replicas.

    Each edit becomes a delta, the difference between the text before and after it. While the network is up, the delta
    reaches the other replica at once; otherwise it waits until the network is back. An edit that brings the letters,
    deleted ones included, to more than 400 is refused.
    """

    def __init__(self, names: tuple[str, str], text: str = "", title: str = "Two editors") -> None:
        base = SharedText() | SharedText().insert("start", 0, text)
        self.names = names
        self.replicas = dict.fromkeys(names, base)
        self.waiting = dict.fromkeys(names, SharedText())
        self.areas = {name: _area(name, text) for name in names}
        self.network = switch("network", True)
        self._quiet = False
        head = widgets.VBox([self.network, widgets.HBox(list(self.areas.values()))])
        super().__init__(head, title)
        for name, area in self.areas.items():
            area.observe(lambda change, name=name: self._typed(name), names="value")
        self.network.observe(self._switched, names="value")
        self._update()

    # The reader's actions.

    def type(self, name: str, text: str) -> None:
        """Replace this person's text by ``text``. LookupError for an unknown name."""
        if name not in self.areas:
            raise LookupError(f"nobody is called {name!r}: there are {' and '.join(self.names)}")
        self.areas[name].value = text

    def cut(self) -> None:
        """Cut the network between the two replicas."""
        self.network.value = False

    def connect(self) -> None:
        """Restore the network, which delivers the waiting deltas."""
        self.network.value = True

    # Their effects.

    def _typed(self, name: str) -> None:
        if self._quiet:
            return
        delta = edited(self.replicas[name], name, self.areas[name].value)
        if len((self.replicas[name] | delta).letters) > _MOST:
            self._write()
            self.refuse(f"More than {_MOST} letters have been written: run the cell again.")
            return
        self.replicas[name] |= delta
        self.waiting[name] |= delta
        self._pass_on()

    def _switched(self, change: object) -> None:
        self._pass_on()

    def _pass_on(self) -> None:
        """Deliver the waiting deltas if the network is up, and redraw."""
        if self.network.value:
            one, other = self.names
            self.replicas[one] |= self.waiting[other]
            self.replicas[other] |= self.waiting[one]
            self.waiting = dict.fromkeys(self.names, SharedText())
        self._write()
        self._update()

    def _write(self) -> None:
        """Write each replica's text into its text area."""
        self._quiet = True
        for name, area in self.areas.items():
            if area.value != str(self.replicas[name]):
                area.value = str(self.replicas[name])
        self._quiet = False

    def _update(self) -> None:
        sentence = self._say()
        self.show(Frame(_picture(self.replicas, sentence), sentence))

    def _say(self) -> str:
        if self.network.value:
            text = self.replicas[self.names[0]]
            letters, hidden = len(text.letters), len(text.letters) - len(text.shown)
            return (
                f"Connected: both replicas read “{_plain(str(text))}”. Each keeps {count(letters, 'letter')}, "
                f"of which {hidden} {'is' if hidden == 1 else 'are'} deleted."
            )
        clauses = [
            f"{name} reads “{_plain(str(self.replicas[name]))}”, and {_in_words(self.waiting[name])}"
            for name in self.names
        ]
        return f"No network: {'; '.join(clauses)}."


def _area(name: str, text: str) -> widgets.Textarea:
    return widgets.Textarea(
        value=text, description=name, rows=3, layout={"width": "48%"},
        style={"description_width": "60px"},
    )  # fmt: skip


def _in_words(delta: SharedText) -> str:
    new, gone = len(delta.letters), len(delta.deleted)
    return f"{count(new, 'new letter')} and {count(gone, 'deletion')} wait"


def _plain(text: str) -> str:
    """Return the text on one line, cut to 80 characters."""
    line = text.replace("\n", " ⏎ ")
    return line if len(line) <= 80 else line[:79] + "…"


# --- the picture ---------------------------------------------------------------------------------


def _picture(replicas: dict[str, SharedText], sentence: str) -> Picture:
    """Draw each replica's letters as boxes in the colour of their author; deleted letters are struck out."""
    rows = {name: list(text.in_order()) for name, text in replicas.items()}
    heights = {name: max(1, -(-len(row) // _PER_LINE)) for name, row in rows.items()}
    canvas = Canvas(_NAME + _PER_LINE * (_BOX + 1) + 16, sum(heights.values()) * _LINE + 52)
    y = 10.0
    for name, row in rows.items():
        canvas.text(8, y + 14, name, 12, font_weight="bold")
        _letters(canvas, y, row, replicas[name], tuple(replicas))
        y += heights[name] * _LINE + 6
    _key(canvas, y + 14, tuple(replicas))
    return Picture(sentence, svg=canvas.document(sentence))


def _letters(
    canvas: Canvas, top: float, row: list[Letter], text: SharedText, names: tuple[str, ...]
) -> None:
    for index, letter in enumerate(row):
        x = _NAME + index % _PER_LINE * (_BOX + 1)
        y = top + index // _PER_LINE * _LINE
        gone = letter.name in text.deleted
        ink = _INKS[names.index(letter.name[1])] if letter.name[1] in names else _INKS[-1]
        title = f"{letter.char!r} by {letter.name[1]}, number {letter.name[0]}"
        canvas.rect((x, y, x + _BOX, y + 19), title, fill=palette.PAPER, stroke=ink,
                    stroke_width=1.4, stroke_dasharray="2 2" if gone else None)  # fmt: skip
        shown = {"\n": "⏎", " ": "␣"}.get(letter.char, letter.char)
        fill = palette.GREY if gone or letter.char in " \n" else palette.INK
        canvas.text(x + _BOX / 2, y + 14, shown, 11, fill, text_anchor="middle")
        if gone:
            canvas.line(x + 1, y + 18, x + _BOX - 1, y + 1, stroke=palette.RED, stroke_width=1.2)


def _key(canvas: Canvas, y: float, names: tuple[str, ...]) -> None:
    x = _NAME
    for name, ink in zip((*names, "the start"), _INKS, strict=True):
        text = f"written by {name}" if name in names else f"from {name}"
        canvas.rect((x, y - 9, x + 11, y + 2), fill=palette.PAPER, stroke=ink, stroke_width=1.6)
        canvas.text(x + 16, y, text, 10, palette.GREY)
        x += text_width(text, 10) + 40
    canvas.line(x, y + 1, x + 11, y - 9, stroke=palette.RED, stroke_width=1.4)
    canvas.text(x + 16, y, "deleted, but kept", 10, palette.GREY)
