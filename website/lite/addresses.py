"""The addresses of what the course fetches from Pyodide's CDN: ``python -m website.lite.addresses FOLDER``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from website.lite.distribution import FETCHED

__all__ = ["addresses"]


def addresses(edition: Path) -> list[str]:
    """Return the addresses, sorted, for the edition in this folder; empty if all packages are in it."""
    lock = json.loads((edition / "static" / "pyodide" / "pyodide-lock.json").read_text("utf-8"))
    return sorted({one for name in FETCHED for one in _fetched(lock["packages"], name)})


def _fetched(packages: dict[str, dict[str, list[str] | str]], name: str) -> Iterator[str]:
    entry = packages[name]
    if str(entry["file_name"]).startswith("https://"):
        yield str(entry["file_name"])
    for need in entry["depends"]:
        yield from _fetched(packages, need)


if __name__ == "__main__":
    print("\n".join(addresses(Path(sys.argv[1]))))
