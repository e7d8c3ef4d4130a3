"""Files that are replaced as a whole: a reader, a crash or a full disk meets the old content or the new one."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path

__all__ = ["replace_bytes", "replace_text"]

_OWNER = stat.S_IRUSR | stat.S_IWUSR


def replace_text(path: Path, text: str) -> None:
    """Write a text file in UTF-8 as `replace_bytes` does."""
    replace_bytes(path, text.encode("utf-8"))


def replace_bytes(path: Path, data: bytes) -> None:
    """Write a file beside its place and move it there; a symbolic link keeps pointing to it. OSError leaves the old file.

    A new file has the permissions that the umask leaves, and always the owner's to read and write.
    """
    target = Path(os.path.realpath(path))
    beside = target.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        with open(beside, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(OSError):  # file systems without permissions
            known = target if target.exists() else beside
            os.chmod(beside, stat.S_IMODE(known.stat().st_mode) | _OWNER)
        os.replace(beside, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        raise
