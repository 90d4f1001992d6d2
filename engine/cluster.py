"""A Ray cluster: one that is there, or one of this machine alone that ends with this process."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import sys
from typing import Any

from engine.errors import InputError

LOCAL = "local"
PATIENCE_S = 5.0
"""How long an address may take to answer."""
HOMES = tuple(f"DIALATLAS_{name}" for name in ("DATA", "CACHE", "RUNS", "CHECKPOINTS", "RESULTS"))
"""Variables that say where things live; workers are told them."""


def connect(address: str, **local: Any) -> None:
    """Join a cluster, or start one.

    Args:
        address: ``local`` starts Ray here; else ``HOST:PORT`` of a cluster that sees the same folders.
        local: What ``ray.init`` is told beside, where it starts Ray here, e.g. ``num_cpus``.

    Raises:
        InputError: Nothing answers at the address.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ENABLE_AUTO_CONNECT", "0")  # else what is left of Ray Serve starts it again after its end
    os.environ.setdefault("RAY_worker_niceness", "0")  # Ray would start workers at 15, behind everything else; they are the work here
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    if address == LOCAL:
        _keep_to_this_machine()
        local = {"_node_ip_address": "127.0.0.1", **local}
    else:
        _answers(address)
    _init(address, {} if address != LOCAL else local)


def _init(address: str, local: dict[str, Any]) -> None:
    import ray

    try:
        ray.init(address=None if address == LOCAL else address, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR,
                 runtime_env={"env_vars": homes()}, **local)
    except (ConnectionError, RuntimeError, ValueError, SystemExit) as error:
        raise InputError(f"Ray does not answer ({str(error).splitlines()[0] if str(error) else type(error).__name__})", where=f"--ray {address}",
                         remedy=f"start a cluster with `ray start --head`, or give --ray {LOCAL}") from error


def homes() -> dict[str, str]:
    """Those of `HOMES` that are set."""
    return {name: os.environ[name] for name in HOMES if name in os.environ}


def _keep_to_this_machine() -> None:
    """Whoever reaches Ray's ports runs code: they open to this machine alone, and only to who has this process's token.

    The token must be there before Ray is imported; a process that has imported it by itself goes without.
    """
    if "RAY_AUTH_MODE" not in os.environ and "ray" not in sys.modules:
        os.environ["RAY_AUTH_MODE"], os.environ["RAY_AUTH_TOKEN"] = "token", secrets.token_hex(32)
    from ray._private import ray_constants

    ray_constants.ENABLE_RAY_CLUSTER = False  # what Ray does on macOS and Windows; on Linux it would turn 127.0.0.1 into the network's address


def _answers(address: str) -> None:
    """Ask the address before Ray does, which would end the process where nobody answers."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    remedy = f"start a cluster with `ray start --head` and give its HOST:PORT, or give --ray {LOCAL}"
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise InputError("this is not an address of a Ray cluster", where=f"--ray {address}", remedy=remedy)
    try:
        socket.create_connection((host, int(port)), timeout=PATIENCE_S).close()
    except OSError as error:
        raise InputError(f"nothing answers there ({error.strerror or error})", where=f"--ray {address}", remedy=remedy) from None
