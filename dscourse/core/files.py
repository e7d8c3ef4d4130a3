"""Files that are replaced as a whole, and in turn: a crash or a full disk leaves the old content or the new one."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import time
from collections.abc import Iterator
from pathlib import Path

__all__ = ["in_turn", "replace_bytes", "replace_text"]

_PATIENCE_S = 5.0  # to wait for another process, which is usually done within milliseconds
_ABANDONED_S = 60.0  # the age of a lock that nobody has taken away
_OWNER = stat.S_IRUSR | stat.S_IWUSR


def replace_text(path: Path, text: str) -> None:
    """Write a text file in UTF-8 as `replace_bytes` does."""
    replace_bytes(path, text.encode("utf-8"))


def replace_bytes(path: Path, data: bytes) -> None:
    """Write a file beside its destination and move it there. OSError leaves the old file; a symbolic link stays one.

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


@contextlib.contextmanager
def in_turn(lock: Path) -> Iterator[None]:
    """Hold a lock file, which also works on network file systems. After a while, go on without it."""
    end = time.monotonic() + _PATIENCE_S
    mine = False
    while not mine and time.monotonic() < end:
        try:
            os.close(os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
            mine = True
        except FileExistsError:
            with contextlib.suppress(OSError):
                if abs(time.time() - lock.stat().st_mtime) > _ABANDONED_S:
                    os.unlink(lock)
            time.sleep(0.002)
    try:
        yield
    finally:
        if mine:
            with contextlib.suppress(OSError):
                os.unlink(lock)
