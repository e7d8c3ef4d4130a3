"""Tests of the second attempt to start a kernel."""

from __future__ import annotations

from itertools import count

import pytest


@pytest.mark.parametrize(("failures", "works"), [(0, True), (1, True), (2, False)])
def test_a_kernel_that_dies_is_started_once_more(failures: int, works: bool) -> None:
    from tests.notebooks.kernels import once_more  # slow to import, and not in every worker needed

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


def test_the_plugin_replaces_what_nbval_starts_a_kernel_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from nbval import kernel

    from tests.notebooks import kernels

    names: list[str] = []

    def start(*args: object, kernel_name: str, **settings: object) -> tuple[str, str]:
        names.append(kernel_name)
        if len(names) == 1:
            raise RuntimeError("Kernel died before replying to kernel_info")
        return "manager", "client"

    monkeypatch.setattr(kernel, "start_new_kernel", start)
    monkeypatch.setattr(kernel.RunningKernel, "_ensure_iopub_up", lambda self: None)
    kernels.pytest_configure()
    running = kernel.RunningKernel("python3", None)
    assert (running.km, running.kc, names) == ("manager", "client", ["python3", "python3"])
