"""Answers made by touch: the source of a plan that comes from gestures on a run, as `diagram.plan` does."""

from __future__ import annotations

__all__ = ["by_touch"]


def by_touch(build: str, *gestures: str) -> str:
    """Return the source of ``plan``, from these gestures on the world of an experiment, ``module.function``.

    A gesture is a call such as ``crash("n3", 31.7)``; ``the("n1's 1st Ack to n3")`` is the message of this name.

    >>> print(by_touch("two_carts.two_carts", 'crash("n3", 31.7)'))
    from dscourse.experiments.two_carts import two_carts
    from dscourse.touch import TouchedRun
    <BLANKLINE>
    run = TouchedRun(two_carts)
    the = lambda name: next(number for number, one in run.messages.items() if str(one) == name)
    run.crash("n3", 31.7)
    plan = run.plan
    <BLANKLINE>
    """
    module, function = build.split(".")
    lines = [
        f"from dscourse.experiments.{module} import {function}",
        "from dscourse.touch import TouchedRun",
        "",
        f"run = TouchedRun({function})",
        "the = lambda name: next(number for number, one in run.messages.items() if str(one) == name)",
        *(f"run.{gesture}" for gesture in gestures),
        "plan = run.plan",
    ]
    return "\n".join(lines) + "\n"
