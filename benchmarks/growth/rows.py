"""Rows of the curves: each is measured in a process of its own, so that no row inherits the memory of another."""

from __future__ import annotations

import resource
import subprocess
import sys
from types import ModuleType

__all__ = ["apart", "peak_mb"]


def apart(module: ModuleType, *arguments: object) -> str:
    """Return the row ``module.measured(*arguments)``, measured in a fresh process."""
    name, given = module.__name__, ", ".join(map(repr, arguments))
    command = [sys.executable, "-c", f"from {name} import measured; print(measured({given}))"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.rstrip()


def peak_mb() -> float:
    """Return the most memory that this process has had so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
