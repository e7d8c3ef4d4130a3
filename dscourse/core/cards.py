"""A verdict as a small card in HTML: a sign for yes, no or unknown, a heading, and the evidence below it."""

from __future__ import annotations

import html
from collections.abc import Iterable

from dscourse.core.paper import CLASS, STYLE

__all__ = ["GRADES", "card"]

GRADES = {
    True: ("#00593f", "#e7f4ee", "✓"),
    False: ("#8a1c14", "#fbeceb", "✗"),
    None: ("#4a5160", "#f0f2f6", "?"),
}
"""Ink, paper and sign of each answer; the contrast of ink on paper is above 7."""


def card(ok: bool | None, heading: str, evidence: Iterable[str] = ()) -> str:
    """Return the HTML of a card; empty lines of evidence are left out. No line breaks within a word that fits.

    >>> card(True, "linearizable", ["judged 2 reads", ""]).count("<div")
    3
    """
    ink, paper, sign = GRADES[ok]
    style = (
        f"max-width:760px;padding:8px 12px;border-left:4px solid {ink};color:{ink};background:{paper};"
        "line-height:1.5;white-space:normal;word-break:normal;overflow-wrap:break-word"
    )
    lines = "".join(f"<div>{html.escape(line)}</div>" for line in evidence if line)
    head = f"<div><b>{sign} {html.escape(heading)}</b></div>"
    return f'<div class="dscourse-verdict {CLASS}" style="{style}">{head}{lines}</div>{STYLE}'
