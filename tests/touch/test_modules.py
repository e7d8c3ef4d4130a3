"""The browser's modules joined into one, which must be valid: a widget takes a single module."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from dscourse.touch.modules import joined
from tests.touch.javascript import SCRIPTS

_NAME = re.compile(
    r"^(?:export )?(?:default )?(?:async )?(?:const|let|class|function) (\w+)", re.MULTILINE
)
WIDGETS = sorted(
    path.name for path in SCRIPTS.glob("*.js") if "export default" in path.read_text("utf-8")
)


@pytest.mark.parametrize("widget", WIDGETS)
def test_the_top_level_names_of_all_modules_of_a_widget_differ(widget: str) -> None:
    names = Counter(_NAME.findall(joined(SCRIPTS / widget)))
    assert len(names) > 10
    assert [name for name, count in names.items() if count > 1] == []
