"""Building the edition: everything that JupyterLite reads is written into one folder, then it makes its site."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from website.lite import contents, distribution, wheels

__all__ = ["build"]

HERE = Path(__file__).resolve().parent
SETTINGS = HERE.parents[1] / "share/jupyter/lab/settings/overrides.d/dscourse.json"
KERNEL = "@jupyterlite/pyodide-kernel-extension:kernel"
_EXTENSIONS = (
    "@jupyter-widgets/jupyterlab-manager",
    "@jupyterlite/pyodide-kernel-extension",
    "anywidget",
)
_ENVIRONMENT = {
    "HOME": "/home/pyodide",
    "DSCOURSE_PROGRESS": "/drive/progress",
}  # the drive outlives the kernel
_PRELOADED = ["micropip", "comm", "ipython", "jedi", "dscourse"]


def build(out: Path, source: Path, given: Path | None = None) -> None:
    """Build the edition in the folder ``out``, by way of the folder ``source``; the old content of both goes.

    ``given`` is a folder with Pyodide's distribution, for a site that fetches nothing from elsewhere. Raise
    CalledProcessError if a package cannot be had, or if JupyterLite fails.
    """
    for folder in (out, source):
        shutil.rmtree(folder, ignore_errors=True)
    npm = HERE / "node_modules" / "pyodide"
    distribution.write(source / "static" / "pyodide", npm, wheels.collect(source / "wheels"), given)
    contents.write(source / "files")
    _configure(source, out)
    command = [sys.executable, "-m", "jupyterlite_core", "build", "--lite-dir", str(source)]
    subprocess.run(command, check=True, cwd=source, stdout=subprocess.DEVNULL)


def _configure(source: Path, out: Path) -> None:
    """Write the settings of the build, of the site and of JupyterLab."""
    extensions = Path(sys.prefix) / "share" / "jupyter" / "labextensions"
    config = {
        "contents": [str(source / "files")], "output_dir": str(out), "apps": ["lab"],
        "no_sourcemaps": True, "no_unused_shared_packages": True,
        "ignore_sys_prefix": ["federated_extensions"],
        "federated_extensions": [str(extensions / name) for name in _EXTENSIONS],
    }  # fmt: skip
    site = {
        "jupyter-lite-schema-version": 0,
        "jupyter-config-data": {
            "appName": "dscourse",
            "exposeAppInBrowser": True,
            "litePluginSettings": {
                KERNEL: {"loadPyodideOptions": {"packages": _PRELOADED, "env": _ENVIRONMENT}}
            },
        },
    }
    _write(source / "jupyter_lite_config.json", {"LiteBuildConfig": config})
    _write(source / "jupyter-lite.json", site)
    _write(source / "overrides.json", json.loads(SETTINGS.read_text("utf-8")))


def _write(path: Path, data: object) -> None:
    path.write_text(json.dumps(data, indent=1) + "\n", "utf-8")
