"""The key of a space-time diagram, and the clock labels that it explains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from dscourse.show import glyphs, palette
from dscourse.show.scene import Scene

if TYPE_CHECKING:
    from dscourse.sim.trace import Trace

__all__ = ["clock_stamps", "key_items"]


def clock_stamps(
    trace: Trace, clocks: str | Mapping[int, str] | None, names: Sequence[str]
) -> Mapping[int, str]:
    """Return the clock label of each event, by trace index."""
    if isinstance(clocks, Mapping):
        return clocks
    if clocks == "lamport":
        pairs = zip(trace, trace.lamport_clocks(), strict=True)
        return {event.index: str(clock) for event, clock in pairs if clock is not None}
    if clocks == "vector":
        return {
            event.index: "[" + " ".join(str(clock.get(name, 0)) for name in names) + "]"
            for event, clock in zip(trace, trace.vector_clocks(), strict=True)
            if clock is not None
        }
    if clocks is not None:
        raise ValueError(f"clocks={clocks!r}: it must be None, 'lamport' or 'vector'")
    return {}


def key_items(
    scene: Scene, crowded: bool, clocks: str | Mapping[int, str] | None, names: Sequence[str],
    refused: bool = False,
) -> list[tuple[glyphs.Glyph, str]]:  # fmt: skip
    """Return the part of the key that tells of messages and clocks."""
    items: list[tuple[glyphs.Glyph, str]] = []
    if crowded:
        items += [
            (partial(glyphs.swatch, colour=palette.BLUE), "messages that arrived"),
            (partial(glyphs.swatch, colour=palette.ORANGE), "messages that were lost"),
        ]
    else:
        items += [(glyphs.cross, "lost")] if any(arrow.lost for arrow in scene.arrows) else []
        again = any(arrow.copy and not arrow.lost for arrow in scene.arrows)
        items += [(glyphs.dashed, "delivered again")] if again else []
    items += [(glyphs.refusal, "refused by the receiver")] if refused else []
    thick = {spell.kind for spell in scene.spells} - {"down", "paused"}
    items += [(glyphs.thick, kind) for kind in sorted(thick) if kind not in glyphs.TINTS]
    if any(not op.closed for op in scene.operations):
        items.append((glyphs.open_bar, "may take effect later"))
    if clocks == "lamport":
        items.append((glyphs.numeral, "Lamport clock after the step"))
    elif isinstance(clocks, Mapping):
        items.append((glyphs.numeral, "clock after the step"))
    elif clocks == "vector":
        items.append((glyphs.numeral, f"vector clock [{' '.join(names)}] after the step"))
    return items
