"""The name of the course's repository, filled in everywhere by ``python -m dscourse.course publish OWNER/REPO``.

Until then links and badges hold the placeholder. The name in force is that of ``[project.urls]`` in pyproject.toml,
so that the same command renames a repository.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

__all__ = ["PLACEHOLDER", "named", "publish", "stale"]

PLACEHOLDER = "OWNER/REPO"
_PATTERNS = (
    "*.md", "*.cff", "pyproject.toml", "notebooks/*.md", "notebooks/*.ipynb", ".devcontainer/*",
    ".github/workflows/*", "website/pages/*.md",
)  # fmt: skip
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9_.-]+")
_URL = re.compile(r'^Repository = "https://github\.com/([^"/]+/[^"/]+)"$', re.MULTILINE)
_LEFT = re.compile(r"\b(OWNER|REPO)\b")


def named(root: Path) -> str:
    """Return the repository that pyproject.toml names, as "owner/repository". ValueError if it names none."""
    found = _URL.search((root / "pyproject.toml").read_text("utf-8"))
    if found is None:
        raise ValueError(
            "pyproject.toml: [project.urls] lacks Repository, an address at github.com"
        )
    return found[1]


def publish(root: Path, repository: str) -> list[Path]:
    """Write ``repository`` wherever the present name, or the placeholder, stands; return the files that changed.

    ValueError if it is not of the form "owner/repository".
    """
    if not _NAME.fullmatch(repository):
        raise ValueError(f"{repository!r} is no repository: write it as owner/repository")
    changed = []
    olds = {named(root), PLACEHOLDER}
    for path in _files(root):
        text = before = path.read_text("utf-8")
        for old in olds:
            text = _renamed(text, old, repository)
        if text != before:
            path.write_text(text, "utf-8")
            changed.append(path)
    return changed


def stale(root: Path) -> list[str]:
    """Return the lines that still hold the placeholder, each as "file:line: text", once the repository is named."""
    if named(root) == PLACEHOLDER:
        return []
    return [
        f"{path.relative_to(root).as_posix()}:{number}: {line.strip()}"
        for path in _files(root)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if _LEFT.search(line)
    ]


def _files(root: Path) -> Iterator[Path]:
    for pattern in _PATTERNS:
        yield from sorted(root.glob(pattern))


def _renamed(text: str, old: str, new: str) -> str:
    """Return the text with the new name: in addresses, quoted or not, as a page, and as the folder of a clone."""
    owner, name = old.split("/")
    to_owner, to_name = new.split("/")
    forms = {
        old: new,
        f"{owner}%2F{name}": f"{to_owner}%2F{to_name}",
        f"{owner}.github.io/{name}": f"{to_owner}.github.io/{to_name}",
        f"tree%2F{name}%2F": f"tree%2F{to_name}%2F",
    }
    plain, quoted, page, clone = map(re.escape, forms)
    pattern = rf"(?<![\w-])(?:{plain}|{page})(?![\w-])|{quoted}(?![\w-])|{clone}"
    return re.sub(pattern, lambda found: forms[found[0]], text)
