"""A real JupyterHub on loopback for the length of a block, with the configuration that the teacher's guide gives."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.browser.server import free_port
from tests.classroom.usage import processes_of
from tests.notebooks.discovered import FOLDER, ROOT

__all__ = ["GUIDE", "Hub", "ProxyMissingError", "configuration", "jupyterhub"]

GUIDE = FOLDER / "teaching.md"
PROXY = ROOT / "tests" / "javascript" / "node_modules" / ".bin" / "configurable-http-proxy"
BIN = Path(sys.executable).parent

# What differs from the guide: all of it is loopback, no accounts of the machine, and tokens that the tests know.
_HERE = """
c.JupyterHub.bind_url = {address!r}
c.JupyterHub.hub_port = {hub_port}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy_port}"
c.ConfigurableHTTPProxy.command = {proxy!r}
c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = {password!r}
c.SharedPasswordAuthenticator.admin_password = {admin_password!r}
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = {homes!r}
c.JupyterHub.activity_resolution = 0
c.Spawner.args = ["--allow-root", "--LabApp.expose_app_in_browser=True"]
c.Spawner.environment = {environment!r}
c.JupyterHub.services[0]["api_token"] = {culler_token!r}
c.JupyterHub.services[0]["environment"] = {{"HOME": {folder!r}}}  # it outlives a hub that is killed: found by this
c.JupyterHub.services.append({{"name": "tests", "api_token": {token!r}}})
c.JupyterHub.load_roles.append({{
    "name": "tests", "services": ["tests"], "scopes": ["admin:users", "admin:servers"],
}})
"""


class ProxyMissingError(RuntimeError):
    """configurable-http-proxy or Node.js is not installed."""


def _token() -> str:
    return secrets.token_hex(32)


@dataclass(frozen=True, slots=True)
class Hub:
    """A running JupyterHub: its address, its folder, and the secrets by which it is entered.

    Every user's home is below ``folder``; ``course`` is the course that all of them import and copy.
    """

    address: str
    folder: Path
    course: Path
    token: str = field(default_factory=_token)
    culler_token: str = field(default_factory=_token)
    password: str = field(default_factory=_token)
    admin_password: str = field(default_factory=_token)

    @property
    def api_url(self) -> str:
        """The address of the hub's API."""
        return f"{self.address}/hub/api"

    def home(self, user: str) -> Path:
        """The home folder of a user."""
        return self.folder / "homes" / user

    def password_of(self, user: str) -> str:
        """The password by which a user signs in."""
        return self.admin_password if user == "teacher" else self.password

    def api(self, path: str, method: str = "GET") -> Any:
        """The hub's answer to a request, as data; None for an empty one. HTTPError if it is refused."""
        request = urllib.request.Request(
            f"{self.api_url}/{path}",
            method=method,
            headers={"Authorization": f"token {self.token}"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def running(self) -> set[str]:
        """The users whose servers run."""
        return {user["name"] for user in self.api("users") if user["server"]}

    def start(self, user: str, seconds: float = 180) -> None:
        """Start the server of a user, if it does not run. TimeoutError if it never answers."""
        if user in self.running():
            return
        self.api(f"users/{user}/server", "POST")
        _wait_until(lambda: user in self.running(), f"the server of {user} does not start", seconds)

    def stop(self, user: str, seconds: float = 180) -> None:
        """Stop the server of a user and return once it has ended. TimeoutError if it never does."""
        self.api(f"users/{user}/server", "DELETE")
        home = self.home(user)
        _wait_until(lambda: not processes_of(home), f"the server of {user} does not end", seconds)


def _wait_until(condition: Callable[[], bool], fault: str, seconds: float) -> None:
    """Return once the condition holds. TimeoutError with this text if it does not within this time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{fault} within {seconds:.0f} s")
        time.sleep(0.5)


def configuration() -> str:
    """The configuration file of a hub in the teacher's guide."""
    blocks = re.findall(
        r"^```python\n(.*?)^```$", GUIDE.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    (found,) = [block for block in blocks if "c.Spawner.cmd" in block]
    return str(found)


@contextmanager
def jupyterhub(folder: Path, course: Path, **environment: str) -> Iterator[Hub]:
    """A JupyterHub with its files in ``folder``, whose users import the course in ``course``; it ends with the block.

    Their servers have these variables of the environment as well. ProxyMissingError without a proxy.
    """
    hub = Hub(f"http://127.0.0.1:{free_port()}", folder, course)
    (folder / "homes").mkdir(parents=True)
    file = folder / "jupyterhub_config.py"
    file.write_text(configuration() + _here(hub, environment), "utf-8")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterhub", "-f", file], cwd=folder, stdin=subprocess.DEVNULL,
            stdout=log, stderr=log, start_new_session=True, env=_environment(folder),
        )  # fmt: skip
    try:
        _wait(hub, process)
        yield hub
    finally:
        _end(process, folder)


def _here(hub: Hub, environment: dict[str, str]) -> str:
    """The lines that follow the guide's configuration."""
    return _HERE.format(
        address=hub.address, hub_port=free_port(), proxy_port=free_port(), proxy=_proxy(),
        password=hub.password, admin_password=hub.admin_password, homes=str(hub.folder / "homes" / "{username}"),
        environment={"PYTHONPATH": str(hub.course), "PYTHONDONTWRITEBYTECODE": "1",
                     "JUPYTERHUB_ACTIVITY_INTERVAL": "3", **environment},
        culler_token=hub.culler_token, token=hub.token, folder=str(hub.folder),
    )  # fmt: skip


def _proxy() -> list[str]:
    """The command that starts the proxy."""
    node = shutil.which("node", path=_path())
    if node is None or not PROXY.exists():
        raise ProxyMissingError("no configurable-http-proxy: make test-class installs it")
    return [node, str(PROXY)]


def _path() -> str:
    return os.pathsep.join([str(BIN), os.environ["PATH"]])


def _environment(folder: Path) -> dict[str, str]:
    """This process's environment, with the folder as home: by it the hub's processes are found."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")}
    return {**kept, "HOME": str(folder), "PATH": _path()}


def _wait(hub: Hub, process: subprocess.Popen[bytes], seconds: float = 90) -> None:
    """Return once the hub answers; RuntimeError with its log if it ends or never does."""
    deadline = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < deadline:
        try:
            hub.api("users")
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    log = (hub.folder / "log").read_text("utf-8", "replace")
    raise RuntimeError(f"JupyterHub did not start:\n{log[-3000:]}")


def _end(process: subprocess.Popen[bytes], folder: Path) -> None:
    """Ask the hub, and with it its proxy, services and servers, to end; then kill what is left, by process id."""
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for left in processes_of(folder):
        with contextlib.suppress(ProcessLookupError):  # it has just ended
            os.kill(left, signal.SIGKILL)
    _wait_until(lambda: not processes_of(folder), "a process of the hub does not end", 60)
