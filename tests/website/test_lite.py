"""The edition for the browser: its packages, its notebooks, and the addresses of the rest."""

from __future__ import annotations

import json
import re
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from dscourse.course.chapters import CHAPTERS
from dscourse.course.form import load
from website.lite import contents, distribution
from website.lite.addresses import addresses

ROOT = Path(__file__).resolve().parents[2]
LITE = ROOT / "website" / "lite"
DIGEST = sha256(b"numpy").hexdigest()


def pins(path: Path) -> dict[str, str]:
    """Return the versions of a lock by name."""
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", path.read_text("utf-8"), re.MULTILINE))


def wheel(folder: Path, name: str, needs: list[str]) -> Path:
    """Return a wheel of one package with these requirements."""
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}/__init__.py", "")
        lines = [f"Requires-Dist: {need}\n" for need in needs]
        archive.writestr(f"{name}-1.0.dist-info/METADATA", "Name: x\n" + "".join(lines))
    return path


@pytest.fixture
def npm(tmp_path: Path) -> Path:
    """A small npm package of Pyodide, whose lock has numpy, scipy, matplotlib, msgspec and cloudpickle."""
    folder = tmp_path / "npm"
    folder.mkdir()
    for name in ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip"):
        (folder / name).write_text("")
    (folder / "package.json").write_text('{"version": "1.2.3"}')
    packages = {
        name: {"name": name, "version": "1.0", "file_name": f"{name}.whl", "sha256": DIGEST,
               "depends": needs, "imports": [name]}
        for name, needs in (
            ("numpy", []), ("scipy", ["numpy"]), ("matplotlib", ["numpy", "b"]), ("msgspec", []), ("cloudpickle", []),
        )
    }  # fmt: skip
    (folder / "pyodide-lock.json").write_text(json.dumps({"packages": packages}))
    return folder


def written(target: Path) -> dict[str, dict[str, Any]]:
    packages: dict[str, dict[str, Any]] = json.loads(
        (target / "pyodide-lock.json").read_text("utf-8")
    )["packages"]
    return packages


def test_what_is_carried_has_its_digest_and_what_is_not_leads_to_the_cdn(
    tmp_path: Path, npm: Path
) -> None:
    a = wheel(tmp_path, "a", ["b>=1", "numpy", "c; sys_platform == 'win32'", "b[x]; extra == 'x'"])
    b = wheel(tmp_path, "b", [])
    target = tmp_path / "edition" / "static" / "pyodide"
    distribution.write(target, npm, [a, b])
    packages = written(target)
    assert packages["a"]["depends"] == ["b"]
    assert packages["a"]["imports"] == ["a"]
    assert packages["a"]["sha256"] == sha256(a.read_bytes()).hexdigest()
    assert (target / packages["a"]["file_name"]).read_bytes() == a.read_bytes()
    cdn = "https://cdn.jsdelivr.net/pyodide/v1.2.3/full/"
    assert packages["numpy"]["file_name"] == f"{cdn}numpy.whl"
    assert packages["numpy"]["sha256"] == DIGEST
    assert addresses(tmp_path / "edition") == [
        f"{cdn}{name}.whl" for name in ("cloudpickle", "matplotlib", "msgspec", "numpy", "scipy")
    ]


def test_a_given_distribution_becomes_part_of_the_site_and_is_checked(
    tmp_path: Path, npm: Path
) -> None:
    given = tmp_path / "given"
    given.mkdir()
    for name in distribution.FETCHED:
        (given / f"{name}.whl").write_bytes(b"numpy")
    b, target = wheel(tmp_path, "b", []), tmp_path / "edition" / "static" / "pyodide"
    distribution.write(target, npm, [b], given)
    assert addresses(tmp_path / "edition") == []
    assert (target / "scipy.whl").read_bytes() == b"numpy"
    (given / "numpy.whl").write_bytes(b"another")
    with pytest.raises(ValueError, match="not the file of Pyodide's lock"):
        distribution.write(target, npm, [b], given)


def test_the_widgets_are_those_whose_other_half_is_in_the_site() -> None:
    ours, everywhere = pins(LITE / "requirements.txt"), pins(ROOT / "constraints.txt")
    for name in ("anywidget", "ipywidgets", "jupyterlab-widgets"):
        assert ours[name] == everywhere[name]


def test_python_is_the_one_that_the_kernel_asks_for() -> None:
    constants = pytest.importorskip("jupyterlite_pyodide_kernel.constants")
    package = json.loads((LITE / "package.json").read_text("utf-8"))
    assert package["dependencies"] == {"pyodide": constants.PYODIDE_VERSION}


def test_the_lock_of_npm_names_no_address() -> None:
    assert '"resolved"' not in (LITE / "package-lock.json").read_text("utf-8")


def test_chapters_have_no_outputs_and_say_what_they_fetch(tmp_path: Path) -> None:
    contents.write(tmp_path)
    for chapter in CHAPTERS:
        cells = load(tmp_path / chapter.file)["cells"]
        assert not any(cell.get("outputs") for cell in cells)
        first = "".join(cells[0]["source"])
        assert ("import" in first) == (chapter.number not in contents.PURE)
        assert ("numpy" in first) == (chapter.number not in contents.PURE | contents.CURVES)
        assert ("msgspec" in first) == (chapter.number == 17)
        compile(first, chapter.file, "exec") if "import" in first else None
    assert not (tmp_path / ".dscourse-copies.json").exists()
