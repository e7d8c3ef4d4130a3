"""The browser's modules joined into one, which must be valid: a widget takes a single module."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from dscourse.touch.modules import joined
from tests.touch.javascript import SCRIPTS
from website.live import SCRIPT

_NAME = re.compile(
    r"^(?:export )?(?:default )?(?:async )?(?:const|let|class|function) (\w+)", re.MULTILINE
)
WIDGETS = sorted(
    path for path in SCRIPTS.glob("*.js") if "export default" in path.read_text("utf-8")
)


@pytest.mark.parametrize("path", [*WIDGETS, SCRIPT], ids=lambda path: path.name)
def test_the_top_level_names_of_all_modules_that_become_one_differ(path: Path) -> None:
    names = Counter(_NAME.findall(joined(path)))
    assert len(names) > 10
    assert [name for name, count in names.items() if count > 1] == []
