"""The browser's modules as the one module that a widget takes: no build step, no server that answers imports."""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["joined"]

_IMPORT = re.compile(r'^import \{[^}]*\} from "(\.{1,2}/[\w./]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)
_DEFAULT = re.compile(r"^export default .*\n", re.MULTILINE)


def joined(path: Path) -> str:
    """Return the module at ``path`` with those that it imports, by relative names, written before it.

    Each file stands there once, after what it needs. The top-level names of all of them must differ. The default
    export is that of ``path``; those of the others, which are widgets too, are left out.
    """
    *needed, own = _parts(path.resolve(), set())
    return "\n".join([*(_DEFAULT.sub("", part) for part in needed), own])


def _parts(path: Path, seen: set[Path]) -> list[str]:
    if path in seen:
        return []
    seen.add(path)
    text = path.read_text("utf-8")
    needed = [
        part
        for name in _IMPORT.findall(text)
        for part in _parts((path.parent / name).resolve(), seen)
    ]
    return [*needed, _EXPORT.sub("", _IMPORT.sub("", text))]
