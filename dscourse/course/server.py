"""An extension of Jupyter's server: a kernel's messages reach the page without delay.

A kernel answers a move of a control with several small messages. By default TCP holds the second of them back until
the browser has acknowledged the first (Nagle's algorithm, RFC 896), and a browser waits up to 40 ms in order to
acknowledge several at once (RFC 1122, 4.2.3.2): one picture in four came 40 ms late.
"""

from __future__ import annotations

from typing import Any

__all__ = ["prompt"]

_CLASS = "kernel_websocket_connection_class"


def prompt(connection: type[Any]) -> type[Any]:
    """Return a subclass of this class of connections between a page and its kernel that sends without delay."""

    class Prompt(connection):  # type: ignore[misc]
        def connect(self) -> Any:
            self.websocket_handler.set_nodelay(True)
            return super().connect()

    return Prompt


def _load_jupyter_server_extension(server: Any) -> None:
    """Let the server connect pages and kernels without delay, whichever class it uses for that."""
    settings = server.web_app.settings
    settings[_CLASS] = prompt(settings[_CLASS])


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    """Return the name of this extension's module, which the server asks for."""
    return [{"module": "dscourse.course.server"}]
