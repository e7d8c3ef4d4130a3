"""Build the edition for the browser: ``python -m website.lite [--out FOLDER] [--distribution FOLDER]``."""

from __future__ import annotations

import argparse
from pathlib import Path

from website.lite.build import build

BUILD = Path(__file__).resolve().parents[2] / "build"


def main() -> None:
    """Build the edition and print where it begins."""
    parser = argparse.ArgumentParser(
        prog="python -m website.lite", description="Build the edition for the browser."
    )
    parser.add_argument(
        "--out", type=Path, default=BUILD / "lite", help="the folder to write; its old content goes"
    )
    parser.add_argument(
        "--distribution", type=Path, metavar="FOLDER",
        help="a folder with the wheels of Pyodide's distribution, which then come from the site instead of the CDN",
    )  # fmt: skip
    arguments = parser.parse_args()
    out: Path = arguments.out.resolve()
    build(out, BUILD / "lite-source", arguments.distribution)
    print(out / "lab" / "index.html")


if __name__ == "__main__":
    main()
