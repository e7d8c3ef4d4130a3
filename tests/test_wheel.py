"""The wheel: built, installed alone into a clean environment, and complete."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import sysconfig
import time
import urllib.error
import urllib.request
import venv
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dscourse.course.chapters import CHAPTERS
from dscourse.exercises import catalogue

ROOT = Path(__file__).resolve().parents[1]
SETTINGS = ROOT / "share/jupyter/lab/settings/overrides.d/dscourse.json"
needs_posix = pytest.mark.skipif(os.name == "nt", reason="needs links and SIGINT")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, made without any download."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    subprocess.run([*build, str(ROOT)], check=True, capture_output=True, text=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that holds the wheel and nothing else."""
    return _installed(wheel, tmp_path_factory.mktemp("environment"))


def _installed(wheel: Path, folder: Path) -> Path:
    """Make an environment with the wheel alone, and return its Python."""
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    found = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    install = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(found),
        "install",
        "--no-deps",
        "--no-index",
    ]
    subprocess.run([*install, "--quiet", str(wheel)], check=True, capture_output=True, text=True)
    return found


def _run(python: Path, script: str) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    run = subprocess.run(
        [str(python), "-c", script], capture_output=True, text=True, cwd=python.parent, env=clean
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.strip()


def test_it_holds_package_data_and_licences(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for wanted in (
        "dscourse/course/glossary.toml",
        "dscourse/_data/README.md",
        "dscourse/sim/world.py",
        "dscourse/_notebooks/00_start_here.ipynb",
        "dscourse/_notebooks/your_copy.md",
        "dscourse/_notebooks/pictures/cover.svg",
    ):
        assert wanted in names
    assert {Path(name).name for name in names} >= {"LICENSE", "LICENSE-TEXT"}
    assert not any("/my_nodes/" in name for name in names), "programs that a run has written"
    assert not any(name.startswith(("tests/", "notebooks/", "benchmarks/")) for name in names)


def test_the_core_requires_no_jupyterlab(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (one for one in archive.namelist() if one.endswith(".dist-info/METADATA"))
        lines = archive.read(name).decode().splitlines()
    needs = {re.split(r"[><=!~ ;]", line.removeprefix("Requires-Dist: "))[0]: line for line in lines
             if line.startswith("Requires-Dist: ")}  # fmt: skip
    assert needs["jupyterlab"].endswith(("; extra == 'lab'", "; extra == 'lite'"))
    assert all(";" not in needs[name] for name in ("ipywidgets", "anywidget"))
    assert needs["ipywidgets"].split(">=")[1].startswith("8.")


def test_the_core_runs_where_nothing_else_is_installed(python: Path) -> None:
    script = "import dscourse, dscourse.sim; print(dscourse.__file__); print(dscourse.__version__)"
    location, version = _run(python, script).splitlines()
    assert ROOT not in Path(location).parents
    assert version == "0.1.0"


def test_a_world_runs_there(python: Path) -> None:
    script = "from dscourse.node import Node; from dscourse.sim import World; print(World([Node('a')]).run().now_ms)"
    assert float(_run(python, script)) == 0


def test_the_glossary_is_found_there(python: Path) -> None:
    script = "from dscourse.course.generate import terms; print(len(terms()))"
    assert int(_run(python, script)) > 0


def test_it_holds_the_text_and_the_judge_of_every_task(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    texts = [*catalogue.exercises().values(), *catalogue.predictions().values()]
    files = [*texts, *(text.with_suffix(".py") for text in catalogue.exercises().values())]
    assert sorted({file.relative_to(ROOT).as_posix() for file in files} - names) == []


def test_it_installs_the_extension_of_jupyters_server(wheel: Path) -> None:
    folder = "data/etc/jupyter/jupyter_server_config.d"
    assert any(
        name.endswith(f"{folder}/dscourse.json") for name in zipfile.ZipFile(wheel).namelist()
    )


@pytest.fixture(scope="module")
def complete(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment with the wheel, and with the dependencies of this one.

    Nothing is downloaded: the packages are found in this environment, and Jupyter's files by links to them.
    """
    folder = tmp_path_factory.mktemp("complete")
    python = _installed(wheel, folder)
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    for part in ("etc/jupyter", "share/jupyter"):
        _link(Path(sys.prefix) / part, folder / part)
    return python.parent


def _link(source: Path, target: Path) -> None:
    """Make the files and folders of ``source`` appear in ``target``; existing ones stay."""
    target.mkdir(parents=True, exist_ok=True)
    for path in source.iterdir():
        own = target / path.name
        if own.is_dir() and not own.is_symlink():
            _link(path, own)
        elif not own.exists():
            own.symlink_to(path)


@dataclass(frozen=True, slots=True)
class Lab:
    """A running ``dscourse lab``: its process, its first lines, the address in them, and its home folder."""

    process: subprocess.Popen[str]
    lines: list[str]
    address: str
    home: Path

    def get(self, path: str) -> Any:
        """Return the JSON at a path of the server."""
        base, token = self.address.split("/lab/")[0], self.address.split("token=")[1]
        with urllib.request.urlopen(f"{base}/{path}?token={token}", timeout=30) as answer:
            return json.load(answer)


@pytest.fixture(scope="module")
def lab(complete: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """``dscourse lab`` of the installed wheel, in an empty home outside of the repository."""
    home = tmp_path_factory.mktemp("home")
    environment = {
        name: value for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "JUPYTER", "DSCOURSE"))
    } | {"HOME": str(home)}  # fmt: skip
    process = subprocess.Popen(
        [complete / "dscourse", "lab", "--no-browser"], cwd=home, env=environment, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8",
        preexec_fn=_heed_ctrl_c if os.name == "posix" else None,
    )  # fmt: skip
    try:
        lines = []
        assert process.stdout
        for line in process.stdout:
            lines.append(line.rstrip())
            if line.startswith("Ctrl-C"):
                break
        found = re.search(r"http://\S+", "\n".join(lines))
        assert found, lines
        yield Lab(process, lines, found[0], home)
    finally:
        process.kill()
        process.wait()


def _heed_ctrl_c() -> None:
    """Undo what a shell does for its background jobs: there, Ctrl-C is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@needs_posix
def test_the_installed_command_serves_a_copy_without_outputs(lab: Lab) -> None:
    assert lab.lines[0] == f"Your copy of the course: {lab.home / 'dscourse-notebooks'} (new)"
    assert f"/lab/tree/{CHAPTERS[0].file}?token=" in lab.address
    assert re.match(r"http://(localhost|127\.0\.0\.1):\d+/", lab.address)
    served = {item["name"] for item in _patiently(lab, "api/contents")["content"]}
    assert {chapter.file for chapter in CHAPTERS} | {"glossary.ipynb", "your_copy.md"} <= served
    chapter = lab.get(f"api/contents/{CHAPTERS[0].file}")["content"]
    assert not any(cell.get("outputs") for cell in chapter["cells"])


@needs_posix
def test_the_settings_of_the_course_are_in_force_there(lab: Lab) -> None:
    for name, wanted in json.loads(SETTINGS.read_text("utf-8")).items():
        found = _patiently(lab, f"lab/api/settings/{name}")
        given = {
            key: value["default"]
            for key, value in found["schema"]["properties"].items()
            if key in wanted
        }
        assert given == wanted


@needs_posix
def test_ctrl_c_ends_it(lab: Lab) -> None:
    _patiently(lab, "api")
    lab.process.send_signal(signal.SIGINT)
    rest, _ = lab.process.communicate(timeout=60)
    assert lab.process.returncode == 0
    assert (
        rest.strip() == f"JupyterLab has ended. Your work is in {lab.home / 'dscourse-notebooks'}."
    )


def _patiently(lab: Lab, path: str) -> Any:
    """Return the JSON at a path of a server that may still be starting."""
    for _ in range(100):
        try:
            return lab.get(path)
        except (ConnectionError, urllib.error.URLError):
            time.sleep(0.1)
    return lab.get(path)
