"""Python for the browser: Pyodide's core from npm, and a lock that says where each package is.

Pyodide loads a package of its lock when a cell imports it. The packages that every chapter needs are in the site;
those of Pyodide's distribution that are not on PyPI for this platform (numpy, scipy, matplotlib and what they need)
are fetched from its CDN, or lie in the site if a folder with them is given.
"""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from collections.abc import Iterable
from email.message import Message
from email.parser import Parser
from hashlib import sha256
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

from website.lite.wheels import PYTHON

__all__ = ["CDN", "FETCHED", "write"]

CDN = "https://cdn.jsdelivr.net/pyodide/v{version}/full/"
FETCHED = ("cloudpickle", "matplotlib", "msgspec", "numpy", "scipy")
_CORE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "package.json")
_MARKERS = {
    "sys_platform": "emscripten", "platform_system": "Emscripten", "os_name": "posix", "extra": "",
    "python_version": PYTHON, "python_full_version": f"{PYTHON}.0", "implementation_name": "cpython",
    "platform_python_implementation": "CPython", "platform_machine": "wasm32",
}  # fmt: skip

Packages = dict[str, dict[str, Any]]


def write(folder: Path, npm: Path, wheels: Iterable[Path], given: Path | None = None) -> None:
    """Write the distribution into ``folder``: the core of the npm package, these wheels, and the lock.

    ``given`` is a folder with the wheels of Pyodide's distribution. FileNotFoundError if one that the course needs is
    missing in it, ValueError if its content is not what the lock says.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in _CORE:
        shutil.copy(npm / name, folder)
    lock = json.loads((npm / "pyodide-lock.json").read_text("utf-8"))
    version = json.loads((npm / "package.json").read_text("utf-8"))["version"]
    packages: Packages = {canonicalize_name(name): one for name, one in lock["packages"].items()}
    carried = {_name(wheel): wheel for wheel in wheels}
    for name, wheel in carried.items():
        shutil.copy(wheel, folder)
        packages[name] = _entry(wheel, packages.get(name), carried)
    here = set(carried)
    if given is not None:
        here |= _bring(given, folder, packages, here)
    for name in packages.keys() - here:
        packages[name]["file_name"] = CDN.format(version=version) + packages[name]["file_name"]
    lock["packages"] = packages
    (folder / "pyodide-lock.json").write_text(json.dumps(lock), "utf-8")


def _name(wheel: Path) -> str:
    return parse_wheel_filename(wheel.name)[0]


def _entry(wheel: Path, known: dict[str, Any] | None, carried: dict[str, Path]) -> dict[str, Any]:
    """Return the lock's entry of a wheel, which depends on carried packages alone."""
    name, version, *_ = parse_wheel_filename(wheel.name)
    with zipfile.ZipFile(wheel) as archive:
        needs = (
            _needs(archive)
            if known is None or known["version"] != str(version)
            else known["depends"]
        )
        imports = known["imports"] if known else sorted(_imports(archive))
    return {
        "name": name, "version": str(version), "file_name": wheel.name, "install_dir": "site",
        "sha256": sha256(wheel.read_bytes()).hexdigest(), "package_type": "package",
        "imports": imports, "unvendored_tests": False,
        "depends": sorted({canonicalize_name(need) for need in needs} & carried.keys()),
    }  # fmt: skip


def _needs(archive: zipfile.ZipFile) -> list[str]:
    """Return the names of a wheel's requirements on this platform, without extras."""
    (file,) = (
        name for name in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", name)
    )
    metadata: Message = Parser().parsestr(archive.read(file).decode("utf-8"))
    needs = [Requirement(text) for text in metadata.get_all("Requires-Dist", [])]
    return [need.name for need in needs if need.marker is None or need.marker.evaluate(_MARKERS)]


def _imports(archive: zipfile.ZipFile) -> set[str]:
    """Return the top-level packages and modules of a wheel."""
    tops = {name.split("/")[0] for name in archive.namelist() if name.endswith(".py")}
    return {top.removesuffix(".py") for top in tops if "." not in top.removesuffix(".py")}


def _bring(given: Path, folder: Path, packages: Packages, here: set[str]) -> set[str]:
    """Copy the packages to be fetched, and what they need, from the given folder; return their names."""
    wanted, brought = list(FETCHED), set[str]()
    while wanted:
        name = canonicalize_name(wanted.pop())
        if name in here or name in brought:
            continue
        entry = packages[name]
        data = (given / entry["file_name"]).read_bytes()
        if sha256(data).hexdigest() != entry["sha256"]:
            raise ValueError(f"{given / entry['file_name']}: it is not the file of Pyodide's lock")
        (folder / entry["file_name"]).write_bytes(data)
        brought.add(name)
        wanted += entry["depends"]
    return brought
