"""A real JupyterLab for the length of a block, with settings, trust and kernels of its own."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

CONFIGURATION = Path(__file__).parents[2] / "etc" / "jupyter"  # as the course is installed
SETTINGS = {
    "notebook-extension/tracker": {"windowingMode": "none", "autoStartDefaultKernel": True},
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "docmanager-extension/plugin": {"autosave": False},
}


@dataclass(frozen=True, slots=True)
class Server:
    """The address of a running JupyterLab, and the folder it shows."""

    address: str
    token: str
    folder: Path

    def url(self, notebook: str, app: str = "doc/tree") -> str:
        """The address that opens one notebook alone: in JupyterLab without side bars, or in the app "notebooks"."""
        return f"{self.address}/{app}/{notebook}?token={self.token}&reset"


@contextmanager
def jupyterlab(
    notebooks: Sequence[Path], theme: str = "JupyterLab Light", base: str = ""
) -> Iterator[Server]:
    """A JupyterLab on 127.0.0.1 that shows copies of these notebooks; it ends with the block.

    ``base`` comes before all its addresses: "/user/x", as JupyterHub starts it.
    """
    with tempfile.TemporaryDirectory(
        prefix="dscourse-lab-", ignore_cleanup_errors=True
    ) as directory:
        home = Path(directory)
        folder = home / "notebooks"
        folder.mkdir()
        for notebook in notebooks:
            shutil.copy(notebook, folder)
        write_settings(home / "settings", theme)
        shutil.copytree(CONFIGURATION, home / "config")
        port = free_port()
        server = Server(f"http://127.0.0.1:{port}{base}", secrets.token_hex(16), folder)
        options = [
            "--allow-root",
            f"--ServerApp.root_dir={folder}",
            f"--ServerApp.base_url={base}/",
        ]
        with serving(["jupyter", "lab", *options], home, server):
            yield server


@contextmanager
def serving(module: Sequence[str], home: Path, server: Server) -> Iterator[None]:
    """Run a module that starts JupyterLab, with these arguments, until the block ends; return once it answers.

    It has the address and the token of ``server``, and all folders of Jupyter below ``home``, where the file ``log``
    has what it prints.
    """
    options = [
        "--no-browser", "--ServerApp.ip=127.0.0.1", "--ServerApp.port_retries=0",
        f"--ServerApp.port={urlsplit(server.address).port}", f"--IdentityProvider.token={server.token}",
        "--LabApp.expose_app_in_browser=True", "--JupyterNotebookApp.expose_app_in_browser=True",
    ]  # fmt: skip
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *module, *options],
            env=_environment(home), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        _wait(server, process, home / "log")
        yield
    finally:
        _end(process)


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def write_settings(folder: Path, theme: str = "JupyterLab Light") -> None:
    """Write the settings of the tests into the folder of JupyterLab's settings."""
    chosen = {**SETTINGS, "apputils-extension/themes": {"theme": theme}}
    for name, values in chosen.items():
        path = folder / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values), "utf-8")


def _environment(home: Path) -> dict[str, str]:
    """This process's environment with every folder of Jupyter below ``home``."""
    own = {
        "JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data", "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings", "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython", "DSCOURSE_PROGRESS": "progress",
    }  # fmt: skip
    return {**os.environ, **{name: str(home / folder) for name, folder in own.items()}}


def _wait(server: Server, process: subprocess.Popen[bytes], log: Path, seconds: float = 90) -> None:
    """Return once the server answers; RuntimeError with its log if it ends or never does."""
    deadline = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{server.address}/api?token={server.token}", timeout=5).close()
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text('utf-8', 'replace')[-3000:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask the server, and with it its kernels, to end; insist after 15 seconds."""
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
