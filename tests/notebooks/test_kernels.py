"""Tests of the second attempt to start a kernel."""

from __future__ import annotations

from itertools import count

import pytest

from tests.notebooks.kernels import once_more


@pytest.mark.parametrize(("failures", "works"), [(0, True), (1, True), (2, False)])
def test_a_kernel_that_dies_is_started_once_more(failures: int, works: bool) -> None:
    attempts = count(1)

    def start(name: str) -> str:
        if next(attempts) <= failures:
            raise RuntimeError("Kernel died before replying to kernel_info")
        return name

    if works:
        assert once_more(start)("python3") == "python3"
    else:
        with pytest.raises(RuntimeError):
            once_more(start)("python3")
