"""``python -m tests.browser.screenshot NOTEBOOK FOLDER``: run a notebook in JupyterLab and photograph all of it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.browser.chromium import chromium
from tests.browser.lab import DARK, LIGHT, errors, notebook, panels, photograph, run_all
from tests.browser.server import jupyterlab


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pictures, print their paths; exit status 1 if a cell shows an error."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.screenshot", description=__doc__)
    parser.add_argument("notebook", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--dark", action="store_true", help="the dark theme")
    parser.add_argument("--stored", action="store_true", help="do not run: show what is stored")
    parser.add_argument("--width", type=int, default=1280, help="of the window, in px")
    parser.add_argument("--height", type=int, default=1000, help="of the window, in px")
    chosen = parser.parse_args(arguments)
    found = photograph_file(chosen)
    for message in found:
        print(message, file=sys.stderr)
    return 1 if found else 0


def photograph_file(chosen: argparse.Namespace) -> list[str]:
    """Photograph the notebook and each of its panels; the errors that it shows."""
    stem = chosen.notebook.stem + ("-dark" if chosen.dark else "")
    with (
        jupyterlab([chosen.notebook], DARK if chosen.dark else LIGHT) as server,
        chromium() as browser,
        notebook(browser, server, chosen.notebook.name, chosen.width, chosen.height) as page,
    ):
        if not chosen.stored:
            run_all(page)
        for path in photograph(page, chosen.folder, stem):
            print(path)
        for number, panel in enumerate(panels(page), start=1):
            path = chosen.folder / f"{stem}-panel-{number}.png"
            panel.screenshot(path=path)
            print(path)
        return errors(page)


if __name__ == "__main__":
    sys.exit(main())
