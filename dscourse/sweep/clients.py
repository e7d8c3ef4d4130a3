"""The Dask cluster of a sweep: that of the current client, which Dask itself keeps."""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["current_client", "the_client"]


def current_client() -> Any:
    """Return the current Dask client of this process; None if there is none, or in a task of a worker.

    It is that of the innermost ``with Client(…):`` or ``with client.as_current():``, or else the latest one that is
    not closed.
    """
    distributed = sys.modules.get("distributed")  # without it, nobody has made a client
    if distributed is None:
        return None
    try:
        distributed.get_worker()  # a sweep within a sweep: its worker does it
        return None
    except ValueError:
        pass
    try:
        return distributed.Client.current()
    except ValueError:
        return None


def the_client() -> Any:
    """Return the current Dask client. ImportError without Dask, RuntimeError without a client."""
    try:
        import distributed  # noqa: F401
    except ImportError as error:
        raise ImportError(
            "jobs='cluster' needs Dask, which is not installed: pip install \"dscourse[cluster]\""
        ) from error
    client = current_client()
    if client is None:
        raise RuntimeError(
            "jobs='cluster': there is no Dask client here, or it is closed. Make one before the sweep: from "
            "distributed import Client; client = Client() starts workers here, Client('tcp://host:8786') joins others"
        )
    return client
