"""Properties: claims about a system, in the one form that the explorer, worlds, sweeps and exercises share.

>>> @dataclass(frozen=True)
... class Server:
...     leads: bool
>>> def leaders(view):
...     return [name for name, node in view.nodes.items() if node.leads]
>>> one_leader = Property(
...     "one leader", lambda view: len(leaders(view)) < 2,
...     lambda view: f"{' and '.join(leaders(view))} both lead",
... )
>>> print(one_leader.judge(View({"a": Server(True), "b": Server(True)})))
violated: one leader; a and b both lead
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import Any

from dscourse.core.verdict import Verdict
from dscourse.history import History
from dscourse.node import Message

__all__ = [
    "Property",
    "PropertyError",
    "Ruling",
    "View",
    "distinct",
    "of_history",
    "properties",
    "unless",
]

Ruling = bool | None | Verdict
Bare = Callable[[Any], Ruling]


@dataclass(frozen=True, slots=True)
class View:
    """One state of a system, as properties see it; for reading only.

    ``nodes`` has the nodes that are up, by name, and ``logs`` every node's durable log. ``results`` has each client's
    operations that have ended, as (number, status, result); ``messages`` are those in flight, as (sender, receiver,
    message); ``errors`` says which handlers have raised.
    """

    nodes: Mapping[str, Any] = field(default_factory=dict)
    logs: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    results: Mapping[str, tuple[tuple[int, str, Any], ...]] = field(default_factory=dict)
    messages: Sequence[tuple[str, str, Message]] = ()
    errors: Sequence[str] = ()
    past: History | None = None

    @property
    def history(self) -> History:
        """The clients' history. Raise RuntimeError if no property has asked for it."""
        if self.past is None:
            raise RuntimeError(
                "the history is not part of this state: write Property(name, holds, history=True)"
            )
        return self.past


class PropertyError(Exception):
    """A property raised an error. ``property`` is its name, ``schedule`` the steps to the state that it judged."""

    def __init__(
        self, property: str, error: BaseException, schedule: Iterable[object] = ()
    ) -> None:
        self.property, self.schedule = property, tuple(schedule)
        super().__init__(property, error, self.schedule)

    def __str__(self) -> str:
        _, error, _ = self.args
        text = f"the property {self.property!r} raised {type(error).__name__}: {error}"
        if self.schedule:
            text += f"; it was asked after the steps {', '.join(map(repr, self.schedule))}"
        return text


@dataclass(frozen=True, slots=True)
class Property:
    """A claim with a name: ``holds`` judges its argument, most often a `View`.

    ``holds`` returns True or False, None if it cannot tell, or a `Verdict`. ``message`` says why the property does
    not hold and names the nodes concerned: a text, or a function of the same argument. With ``history`` the explorer
    keeps the clients' history as part of each state, so that ``holds`` may read ``view.history``.

    Raises TypeError for a name that is not a string or a judge that cannot be called; ValueError for an empty name.
    """

    name: str
    holds: Bare
    message: str | Callable[[Any], str] = ""
    history: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.name, str):
            raise TypeError(
                f"Property({self.name!r}, …): the name comes first; write Property('one leader', holds)"
            )
        if not self.name.strip():
            raise ValueError("a property needs a name: write Property('one leader', holds)")
        if not callable(self.holds):
            raise TypeError(
                f"Property({self.name!r}, {self.holds!r}): holds must be a function of what is judged"
            )
        if not isinstance(self.message, str) and not callable(self.message):
            raise TypeError(
                f"Property({self.name!r}): message={self.message!r} must be a text or a function"
            )
        if not isinstance(self.history, bool):
            raise TypeError(f"Property({self.name!r}): history={self.history!r} must be a bool")

    def judge(self, subject: Any) -> Verdict:
        """Judge ``subject``: a verdict on the model named by the property, with the reason in words.

        PropertyError if ``holds`` or ``message`` raises; TypeError if ``holds`` returns anything but a bool, None or
        a Verdict.
        """
        try:
            ruling = self.holds(subject)
        except Exception as error:
            raise PropertyError(self.name, error) from error
        if ruling is True:
            return _holds(self.name)
        if ruling is False:
            return Verdict(self.name, False, self._reason(subject))
        if ruling is None:
            return Verdict(self.name, None, "it could not be judged")
        if isinstance(ruling, Verdict):
            own = ruling.ok is False and self.message
            return replace(ruling, reason=self._reason(subject)) if own else ruling
        raise TypeError(
            f"the property {self.name!r} returned {_short(ruling)}: it must return True, False, "
            f"None if it cannot tell, or a Verdict{_hint(ruling)}"
        )

    def _reason(self, subject: Any) -> str:
        if isinstance(self.message, str):
            return self.message
        try:
            reason = self.message(subject)
        except Exception as error:
            raise PropertyError(self.name, error) from error
        if not isinstance(reason, str):
            raise TypeError(
                f"the message of the property {self.name!r} is {_short(reason)}: it must be a text"
            )
        return reason


@lru_cache(maxsize=1_000)
def _holds(name: str) -> Verdict:
    """Return the verdict that ``name`` holds: one for all states, as an exploration needs it for nearly each."""
    return Verdict(name, True)


def of_history(judge: Callable[[History], Ruling], name: str = "") -> Property:
    """Return the property that ``judge``, a checker for instance, allows the clients' history.

    A history in which nothing has happened yet that ``judge`` could forbid is vacuously allowed. Give a checker its
    specification, as in ``partial(linearizable, spec=Register())``: early histories are too short to find it from.

    >>> of_history(lambda history: len(history) < 2, "one operation").judge(View(past=History())).ok
    True
    """

    @lru_cache(maxsize=10_000)
    def ruling(history: History) -> Ruling:
        verdict = judge(history)
        vacuous = isinstance(verdict, Verdict) and verdict.ok is None and verdict.vacuous
        return replace(verdict, ok=True) if vacuous else verdict  # type: ignore[type-var]

    return Property(name or _name_of(judge), lambda view: ruling(view.history), history=True)


def unless(name: str, wrong: str | None) -> Verdict:
    """Return the verdict that ``name`` holds, unless ``wrong`` says in words why it does not.

    >>> print(unless("charged once", "operation 3 was charged twice"))
    violated: charged once; operation 3 was charged twice
    """
    return Verdict(name, not wrong, wrong or "")


def properties(claims: object, where: str) -> tuple[Property, ...]:
    """Return the properties of the argument ``where``, bare functions wrapped under their own names in words.

    TypeError for anything but a list of properties and functions; ValueError for two of one name.

    >>> def never_both(view): ...
    >>> [one.name for one in properties([never_both], "always")]
    ['never both']
    """
    if isinstance(claims, Property) or callable(claims):
        shown = claims.name if isinstance(claims, Property) else _code_name(claims)
        raise TypeError(f"{where}={shown}: a list is required; write {where}=[{shown}]")
    if isinstance(claims, str | Mapping | set | frozenset) or not isinstance(claims, Iterable):
        raise TypeError(
            f"{where}={_short(claims)}: a list of properties is required; "
            f"write {where}=[Property('one leader', holds)]"
        )
    return distinct([_wrapped(one, where) for one in claims], where)


def distinct(claims: Iterable[Property], where: str) -> tuple[Property, ...]:
    """Return these properties; ValueError if two of them have the same name."""
    by_name: dict[str, Property] = {}
    for one in claims:
        if one.name in by_name:
            raise ValueError(
                f"{where}: two properties are called {one.name!r}; "
                f"give each a name of its own: Property('one leader', holds)"
            )
        by_name[one.name] = one
    return tuple(by_name.values())


def _wrapped(one: object, where: str) -> Property:
    if isinstance(one, Property):
        return one
    if not callable(one):
        raise TypeError(
            f"{where}: {_short(one)} is no property: write a function of what is judged, "
            "or Property('one leader', holds)"
        )
    return Property(_name_of(one), one)


def _name_of(function: Callable[..., Any]) -> str:
    """Return the function's name in words; ValueError if it has none."""
    name = _code_name(function).strip("<>_").replace("_", " ")
    if not name:
        raise ValueError(f"{function!r} has no name: write Property('one leader', holds)")
    return name


def _code_name(function: object) -> str:
    if isinstance(function, partial):
        return _code_name(function.func)
    return str(getattr(function, "__name__", type(function).__name__))


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}…"


def _hint(ruling: object) -> str:
    if isinstance(ruling, str):
        return "; the reason is the property's message: Property(name, holds, message)"
    if hasattr(ruling, "ok"):
        return "; return its .ok"
    if hasattr(ruling, "__await__"):
        return "; it must not be an async function"
    return "; write bool(…) if its truth is meant"
