"""The part of the explorer that searches for a violation, in a task beside the reader's moves, and plays its path."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import asdict, replace

import traitlets

from dscourse.core.wording import count
from dscourse.touch.explorer.branches import Branches, State
from dscourse.touch.explorer.limits import Limits, Search
from dscourse.touch.explorer.moves import path_in_words
from dscourse.touch.explorer.violations import Searching, find_violation

__all__ = ["InSearch", "words_of"]

_SLICE_S, _PAUSE_S = 0.025, 0.005  # of work, and for the kernel's other tasks


class InSearch(traitlets.HasTraits):
    """The search from the present state, and the path that the last one found.

    In a kernel, the browser's search runs in slices between which the kernel does everything else; ``progress`` says
    how far it has come, and is empty when none runs. `search`, called in Python, returns when it has ended.
    """

    limits_data = traitlets.Dict().tag(sync=True)
    report = traitlets.Dict().tag(sync=True)
    progress = traitlets.Unicode().tag(sync=True)

    branches: Branches
    limits: Limits
    found: Search | None = None
    _root: State  # where the search began
    _path: tuple[str, ...] = ()
    _searching: Searching | None = None
    _task: asyncio.Task[None] | None = None

    def _try(self, act: Callable[..., object], *arguments: object) -> None:
        """Act, and show the state after it; refuse a failure in words."""
        raise NotImplementedError

    def _refuse(self, reason: str) -> None:
        raise NotImplementedError

    # --- searching -------------------------------------------------------------------------------

    def search(self, **limits: int) -> None:
        """Search on from the present state for a violation; ``limits`` replace some of those given at first."""
        self._try(self._search, limits)

    def cancel(self) -> None:
        """End the search that runs; its report is about the states looked at until then."""
        if self._searching is not None:
            self._searching.stop("it was cancelled")

    def search_beside(self, **limits: int) -> None:
        """Search in slices if the kernel has an event loop; else as `search` does."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.search(**limits)
            return
        self._try(self._begin, loop, limits)

    def _search(self, limits: dict[str, int]) -> None:
        self.forget_search()
        self.limits = replace(self.limits, **limits)
        here = self.branches.here
        self._keep(here, find_violation(here.world, self.branches.properties, self.limits))

    def _begin(self, loop: asyncio.AbstractEventLoop, limits: dict[str, int]) -> None:
        self.forget_search()
        self.limits = replace(self.limits, **limits)
        here = self.branches.here
        self._searching = Searching(here.world.clone(), self.branches.properties, self.limits)
        self.progress = "Searching."
        self._task = loop.create_task(self._run(self._searching, here))

    async def _run(self, searching: Searching, here: State) -> None:
        """Do the search in slices; show its result, or what it failed with."""
        parts = searching.parts()
        try:
            while True:
                end = time.monotonic() + _SLICE_S
                while time.monotonic() < end:
                    stored = next(parts)
                within = count(searching.depth, "move")
                self.progress = f"Searching: {count(stored, 'state')} so far, all within {within}."
                await asyncio.sleep(_PAUSE_S)
        except StopIteration as end_of_search:
            self._keep(here, end_of_search.value)
            self.show_search()
        except Exception as error:  # a learner's property may raise anything
            self._refuse(words_of(error))
        self._searching, self.progress = None, ""

    def _keep(self, root: State, found: Search) -> None:
        self._root, self.found = root, found
        self._path = tuple(path_in_words(root.world, found.path))

    def forget_search(self) -> None:
        """Forget the last search, and give up one that still runs."""
        if self._task is not None:
            self._task.cancel()
        self.found, self._task, self._searching, self.progress = None, None, None, ""

    # --- the path --------------------------------------------------------------------------------

    def play(self) -> None:
        """Make the next move of the path that the last search found, from where the search began if off the path."""
        self._try(self._play)

    def _play(self) -> None:
        if self.found is None or not self.found.path:
            raise LookupError("no path has been found: search for a violation first")
        position = self._position
        if position is None or position == len(self.found.path):
            self.branches.go(self._root.number)
            position = 0
        self.branches.move(self.found.path[position])

    @property
    def _position(self) -> int | None:
        """The number of moves of the path that lead to the present state; None if it is not on the path."""
        path = self.branches.here.path
        if self.found is None or self._root not in path:
            return None
        moves = [state.move for state in path[path.index(self._root) + 1 :]]
        return len(moves) if moves == list(self.found.path[: len(moves)]) else None

    def show_search(self) -> None:
        """Send the limits and the last search: its card, the path in words, and how much of it has been played."""
        self.limits_data = asdict(self.limits)
        if self.found is None:
            self.report = {}
            return
        self.report = {
            "card": self.found._repr_html_(),
            "from": self._root.number,
            "path": list(self._path),
            "made": self._position,
        }


def words_of(error: BaseException) -> str:
    """Return an error in one line."""
    return (str(error) or type(error).__name__).splitlines()[0]
