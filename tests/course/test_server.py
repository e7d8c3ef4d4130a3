"""The extension of Jupyter's server: its connections send at once, and the installed file names it."""

from __future__ import annotations

import asyncio
import importlib
import json
import socket
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from jupyter_server.services.kernels.connection.base import BaseKernelWebsocketConnection
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application
from tornado.websocket import WebSocketHandler, websocket_connect

from dscourse.course.server import _load_jupyter_server_extension

INSTALLED = (
    Path(__file__).parents[2] / "etc" / "jupyter" / "jupyter_server_config.d" / "dscourse.json"
)
_CLASS = "kernel_websocket_connection_class"


class Connection(BaseKernelWebsocketConnection):
    """Stands for the server's own class."""

    async def connect(self) -> str:
        return "connected"


def test_the_installed_file_names_an_extension() -> None:
    (name,) = json.loads(INSTALLED.read_text("utf-8"))["ServerApp"]["jpserver_extensions"]
    module = importlib.import_module(name)
    assert module._jupyter_server_extension_points() == [{"module": name}]
    assert callable(module._load_jupyter_server_extension)


@pytest.mark.parametrize("extended", [True, False])
def test_a_page_and_its_kernel_are_connected_without_delay(extended: bool) -> None:
    settings: dict[str, Any] = {_CLASS: Connection}
    if extended:
        _load_jupyter_server_extension(SimpleNamespace(web_app=SimpleNamespace(settings=settings)))
    found: list[tuple[object, bool]] = []

    class Handler(WebSocketHandler):
        async def open(self, *args: str, **kwargs: str) -> None:  # as that of the server
            connection = settings[_CLASS](websocket_handler=self)
            answer = await connection.connect()
            found.append((answer, _is_prompt(self.ws_connection.stream.socket)))
            self.close()

    asyncio.run(_connect(Handler))
    assert found == [("connected", extended)]


def _is_prompt(one: socket.socket) -> bool:
    return bool(one.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))


async def _connect(handler: type[Any]) -> None:
    """Open one connection to a server of this handler, and close both."""
    listening, port = bind_unused_port()
    server = HTTPServer(Application([("/", handler)]))
    server.add_sockets([listening])
    client = await websocket_connect(f"ws://127.0.0.1:{port}/")
    assert await client.read_message() is None  # the handler has closed it
    server.stop()
    await server.close_all_connections()
