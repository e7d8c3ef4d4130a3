"""Build the website: ``python -m website [--out FOLDER]``.

The edition for the browser becomes part of the site if ``python -m website.lite`` has built it.
Launch buttons and links to the code need the name of the repository: `dscourse.course.publish` fills it in.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from website.build import build

BUILD = Path(__file__).resolve().parents[1] / "build"


def main() -> int:
    """Build the site and print where it begins; return Sphinx's exit code."""
    parser = argparse.ArgumentParser(prog="python -m website", description="Build the website.")
    parser.add_argument(
        "--out", type=Path, default=BUILD / "site", help="the folder to write; its old content goes"
    )
    out: Path = parser.parse_args().out.resolve()
    edition = BUILD / "lite"
    code = build(out, BUILD / "site-source", edition if edition.exists() else None)
    print(out / "index.html")
    return code


if __name__ == "__main__":
    sys.exit(main())
