"""``python -m benchmarks [NAME …]``: run all benchmarks, or those named, and print their tables."""

from __future__ import annotations

import importlib
import pkgutil
import sys

import benchmarks

HELPERS = {"__main__", "flood", "paired"}


def names() -> list[str]:
    """The benchmarks: every module here with a ``run``."""
    return sorted({module.name for module in pkgutil.iter_modules(benchmarks.__path__)} - HELPERS)


def main(chosen: list[str]) -> int:
    """Print the tables; exit status 2 for a name that is none."""
    unknown = sorted(set(chosen) - set(names()))
    if unknown:
        print(f"no benchmark {unknown[0]!r}: there are {', '.join(names())}", file=sys.stderr)
        return 2
    for name in chosen or names():
        module = importlib.import_module(f"benchmarks.{name}")
        print(f"== {name}: {(module.__doc__ or '').splitlines()[0]}", module.run(), "", sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
