"""The Temporal development server: program, settings and readiness."""

import asyncio
import json
import sys
from collections.abc import Mapping
from pathlib import Path

from domain.attributes import SEARCH_ATTRIBUTES
from starter.stack.errors import StackError
from starter.stack.ports import HOST, Ports

NAMESPACE = "default"

LIVELY: Mapping[str, object] = {
    # The server has one shard whose queue is polled 20 times a second by default: every step of a journey
    # would wait 50 ms.
    "history.transferProcessorMaxPollRPS": 2000,
    "history.transferProcessorMaxPollHostRPS": 5000,
    "system.forceSearchAttributesCacheRefreshOnRead": True,
}

SKIPPING: Mapping[str, object] = {
    **LIVELY,
    "frontend.WorkflowTimeSkippingEnabled": True,
    "history.timerProcessorMaxTimeShift": "1ms",
    "history.timerProcessorMaxPollRPS": 2000,
    "history.timerProcessorMaxPollHostRPS": 5000,
}

PRAGMAS = {"journal_mode": "WAL", "synchronous": "NORMAL"}


def program() -> Path:
    """The ``temporal`` program that was installed beside this Python.

    Raises:
        StackError: it is not there.
    """
    path = Path(sys.executable).with_name("temporal")
    if not path.exists():
        raise StackError("De Temporal-server is niet geïnstalleerd. Maak de installatie af met make setup.")
    return path


def dynamic_config(values: Mapping[str, object]) -> list[str]:
    """Command-line options for dynamic configuration."""
    return [
        part
        for key, value in values.items()
        for part in ("--dynamic-config-value", f"{key}={json.dumps(value)}")
    ]


def search_attributes() -> list[str]:
    """Command-line options that register the search attributes of Meedoen."""
    return [
        part
        for name, kind in SEARCH_ATTRIBUTES
        for part in ("--search-attribute", f"{name}={kind.capitalize()}")
    ]


def command(database: Path, ports: Ports) -> list[str]:
    """The command line of the server with its web pages.

    Args:
        database: SQLite file; made when it is not there.
    """
    pragmas = [part for key, value in PRAGMAS.items() for part in ("--sqlite-pragma", f"{key}={value}")]
    return [
        str(program()), "server", "start-dev",
        "--ip", HOST, "--port", str(ports.temporal), "--ui-port", str(ports.temporal_ui),
        "--db-filename", str(database), *pragmas,
        *search_attributes(), *dynamic_config(LIVELY),
        "--ui-codec-endpoint", f"http://{HOST}:{ports.codec}", "--ui-disable-news-fetch",
        "--log-level", "error",
    ]  # fmt: skip


async def answers(port: int) -> bool:
    """Whether the server knows all search attributes: an unknown one makes journeys wait for ever."""
    try:
        _, writer = await asyncio.open_connection(HOST, port)
    except OSError:
        return False
    writer.close()
    process = await asyncio.create_subprocess_exec(
        str(program()), "operator", "search-attribute", "list", "--address", f"{HOST}:{port}",
        "--namespace", NAMESPACE, "--output", "json", "--disable-config-file", "--disable-config-env",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    output, _ = await process.communicate()
    if process.returncode != 0:
        return False
    return {name for name, _ in SEARCH_ATTRIBUTES} <= set(json.loads(output)["customAttributes"])
