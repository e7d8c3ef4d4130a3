"""Plugin of pytest: nbval runs every cell twice in one kernel, and both times compares it with what is stored.

A reader may run a cell again: what it shows must not depend on what an earlier run has left behind.
"""

from __future__ import annotations

from collections.abc import Generator

import pytest
from nbval.plugin import IPyNbCell, NbCellError


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    yield
    if isinstance(item, IPyNbCell):
        try:
            item.runtest()
        except NbCellError as error:
            message = f"At its second run: {error}"
            raise NbCellError(
                error.cell_num, message, error.source, error.inner_traceback
            ) from error
