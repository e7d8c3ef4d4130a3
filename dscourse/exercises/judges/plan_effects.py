"""Effects of a learner's fault plan in a run: entries without any, and entries that act too late.

A fault of a message stands at 0 ms in a plan of touches, whenever its message is sent. So the run says when it acts.
"""

from __future__ import annotations

from collections.abc import Iterable

from dscourse.exercises.tasks import Wrong
from dscourse.show import Picture
from dscourse.sim import (
    At,
    CrashDuring,
    Delay,
    Event,
    Heal,
    Recover,
    Release,
    Repeat,
    Restart,
    Resume,
    World,
)
from dscourse.sim.message_faults import MessageFault

__all__ = ["acts_after", "refused", "without_effect"]

_ENDS = (Heal, Recover, Release, Restart, Resume)  # the faults that end others


def refused(
    message: str, plan: Iterable[At], world: World, picture: Picture | None = None
) -> Wrong:
    """Return the reason why a plan is wrong, and then, of its entries, the first that had no effect."""
    return Wrong(" ".join(filter(None, (message, without_effect(plan, world)))), picture)


def without_effect(plan: Iterable[At], world: World) -> str:
    """Return a sentence about the first entry that had no effect in the run; "" if all had one.

    >>> from dscourse.experiments.two_carts import two_carts
    >>> from dscourse.sim import Lose
    >>> plan = [At(0, Lose("n1", "n3", "Update", 2))]
    >>> without_effect(plan, two_carts(plan))
    "At(0, Lose('n1', 'n3', 'Update', 2)) has no effect: n1 sends n3 1 message of type Update."
    """
    reasons = ((entry, _why_not(entry, world)) for entry in plan)
    return next((f"{entry!r} has no effect: {why}." for entry, why in reasons if why), "")


def _why_not(entry: At, world: World) -> str:
    """Return in words why an entry had no effect; "" if it had one, or ended others."""
    fault = entry.fault
    if isinstance(fault, _ENDS):
        return ""
    if entry.ms > world.now_ms:
        return f"the run ends at {world.now_ms:g} ms"
    if isinstance(fault, CrashDuring):
        crashes = [one for one in world.trace.kinds("crash") if one.time_ms >= entry.ms]
        down = any(one.node == fault.node for one in crashes)
        return (
            ""
            if down
            else f"{fault.node} handles nothing with more than {fault.after} effects from then on"
        )
    return _why_not_to_message(entry.ms, fault, world) if isinstance(fault, MessageFault) else ""


def _why_not_to_message(ms: float, fault: MessageFault, world: World) -> str:
    sendings = _sendings(fault, world)
    if len(sendings) < fault.nth:
        count = f"{len(sendings) or 'no'} message{'s' if len(sendings) != 1 else ''}"
        return f"{fault.source} sends {fault.to} {count} of type {fault.message}"
    sent = sendings[fault.nth - 1]
    if sent.time_ms < ms:
        return f"the message is sent at {sent.time_ms:g} ms, before that; plan it at 0 ms"
    arrives = _arrives_ms(fault, sent)
    late = isinstance(fault, Repeat) and arrives > world.now_ms
    return (
        f"the copy arrives at {arrives:g} ms, and the run ends at {world.now_ms:g} ms"
        if late
        else ""
    )


def _sendings(fault: MessageFault, world: World) -> list[Event]:
    """Return the sendings of all messages of this type on this link."""
    named = (fault.source, fault.to, fault.message)
    sends = world.trace.kinds("send")
    return [one for one in sends if (one.node, one.peer, type(one.what).__name__) == named]


def _arrives_ms(fault: MessageFault, sent: Event) -> float:
    """Return when the message, or its copy, arrives by this fault; for a lost one, when it was sent."""
    return sent.time_ms + (fault.latency_ms if isinstance(fault, Delay | Repeat) else 0.0)


def acts_after(limit_ms: float, plan: Iterable[At], world: World) -> Wrong | None:
    """Return the mistake of the first entry that acts from ``limit_ms`` on, when everything must work, or None.

    What ends a fault then does no harm: it has ended already.
    """
    for entry in plan:
        if isinstance(entry.fault, _ENDS):
            continue
        when = _of_message(entry, limit_ms, world)
        if entry.ms >= limit_ms or when:
            return Wrong(
                f"{entry!r} comes too late{when}: from {limit_ms:g} ms on everything works."
            )
    return None


def _of_message(entry: At, limit_ms: float, world: World) -> str:
    """Return in words that a fault of a message acts too late; "" if it does not, or is no such fault."""
    fault = entry.fault
    if not isinstance(fault, MessageFault):
        return ""
    sendings = _sendings(fault, world)
    if len(sendings) < fault.nth:
        return ""
    sent = sendings[fault.nth - 1]
    if sent.time_ms >= limit_ms:
        return f" (the message is sent at {sent.time_ms:g} ms)"
    arrives = _arrives_ms(fault, sent)
    return f" (it arrives at {arrives:g} ms)" if arrives > limit_ms else ""
