"""Fixtures of the tests of classes: a real JupyterHub, and those that they share with the tests of the browser."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.browser.conftest import artifacts, browser
from tests.classroom.members import linked_name
from tests.classroom.real_hub import Hub, ProxyMissingError, jupyterhub
from tests.classroom.served_course import clone
from tests.classroom.usage import HAS_PROC, processes_of

__all__ = ["artifacts", "browser"]

# All users are one account of this machine here, so nbgrader has to be told who hands in.
_NBGRADER = """
import os
c = get_config()
c.CourseDirectory.course_id = "dscourse"
c.Exchange.root = {exchange!r}
if os.environ["JUPYTERHUB_USER"] != "teacher":
    c.CourseDirectory.student_id = os.environ["JUPYTERHUB_USER"]
"""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """The hub of a class. Without a proxy the tests are skipped, or fail where continuous integration runs."""
    if not HAS_PROC:
        pytest.skip("needs /proc")
    folder = tmp_path_factory.mktemp("hub")
    exchange, etc = folder / "exchange", folder / "etc"
    exchange.mkdir()
    exchange.chmod(0o777)
    etc.mkdir()
    (etc / "nbgrader_config.py").write_text(_NBGRADER.format(exchange=str(exchange)), "utf-8")
    course = clone(folder / "srv" / linked_name())
    try:
        with jupyterhub(folder / "hub", course, JUPYTER_CONFIG_PATH=str(etc)) as running:
            yield running
    except ProxyMissingError as error:
        if os.environ.get("CI"):
            pytest.fail(str(error))
        pytest.skip(str(error))
    assert processes_of(folder) == []
