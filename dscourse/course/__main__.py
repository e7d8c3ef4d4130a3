"""``python -m dscourse.course``: for authors; writes and checks what is generated, and keeps notebooks in their form.

generate            write the picture and the index in README, the links between chapters and the glossary
normalise [FILE …]  bring notebooks into their committed form
execute [FILE …]    run notebooks in fresh kernels and store their outputs
check               report generated parts that are out of date, notebooks that are not normalised, and hard
                    English (english.toml); exit status 1 if anything
publish OWNER/REPO  fill in the name of the repository on GitHub wherever links, badges and addresses need it
colab FOLDER [REF]  write the edition for Google Colab, which installs the course from REF, a branch or tag (main)

Commands for readers and teachers are those of ``dscourse``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from dscourse.course.colab import write_edition
from dscourse.course.english import hits_in_tree, unused_exceptions
from dscourse.course.form import (
    dump,
    execute,
    is_normal,
    load,
    normalise,
    pictures_in_html,
    repeated_cell,
)
from dscourse.course.generate import generated
from dscourse.course.map import has_old_map
from dscourse.course.publish import named, publish, stale

ROOT = Path(__file__).resolve().parents[2]
_COMMANDS = ("generate", "normalise", "execute", "check", "publish", "colab")


def main(arguments: Sequence[str] | None = None) -> int:
    """Execute one command; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m dscourse.course", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("command", choices=_COMMANDS)
    parser.add_argument("files", nargs="*", type=Path, metavar="ARGUMENT")
    chosen = parser.parse_args(arguments)
    if chosen.command in ("publish", "colab"):
        return _for_github(parser, chosen.command, [path.as_posix() for path in chosen.files])
    paths = chosen.files or sorted((ROOT / "notebooks").glob("*.ipynb"))
    if chosen.command == "check":
        return _check(paths)
    if chosen.command == "generate":
        for path, text in generated(ROOT).items():
            _write(path, text)
        return 0
    for path in paths:
        notebook = execute(path) if chosen.command == "execute" else normalise(load(path))
        _write(path, dump(notebook))
    return 0


def _for_github(parser: argparse.ArgumentParser, command: str, given: Sequence[str]) -> int:
    """Name the repository, or write the edition for Colab; return the exit status."""
    if not 1 <= len(given) <= (1 if command == "publish" else 2):
        parser.error(f"{command}: see --help for its arguments")
    try:
        if command == "publish":
            written = publish(ROOT, given[0])
        else:
            written = write_edition(Path(given[0]), ROOT / "notebooks", named(ROOT), *given[1:])
    except (OSError, ValueError) as error:
        print(f"{command}: {error}", file=sys.stderr)
        return 1
    for path in written:
        print(f"written: {path}")
    return 0


def _write(path: Path, text: str) -> None:
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(f"written: {path.relative_to(ROOT) if path.is_relative_to(ROOT) else path}")


def _check(paths: Sequence[Path]) -> int:
    complaints = [
        f"{path.name}: what is generated is out of date: make generate"
        for path, text in generated(ROOT).items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    complaints += [fault for path in paths if (fault := _form_fault(path))]
    complaints += [f"{line}: no repository is named: publish" for line in stale(ROOT)]
    complaints += [*map(str, hits_in_tree(ROOT)), *unused_exceptions(ROOT)]
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    return 1 if complaints else 0


def _form_fault(path: Path) -> str:
    """Return the notebook's departure from its committed form, with a command that mends it; else an empty text."""
    notebook = load(path)
    count = pictures_in_html(notebook)
    if has_old_map(notebook, path.parent):
        return f"{path.name}: its map is not that of the chapters: python -m dscourse.course execute {path}"
    if count:
        mended = f"python -m dscourse.course normalise {path}"
        return f"{path.name}: GitHub shows none of its {count} pictures that are HTML: {mended}"
    if line := repeated_cell(notebook):
        return f"{path.name}: two cells in a row are the same, {line!r}: delete one, which a merge may have added"
    return "" if is_normal(path) else f"{path.name}: not in its committed form: make notebooks"


if __name__ == "__main__":
    sys.exit(main())
