"""The settings that the stack gives to its own processes and to commands that are run beside it."""

from collections.abc import Mapping
from pathlib import Path

from runtime.private_file import write_private
from runtime.settings import Settings
from starter.stack import temporal_server
from starter.stack.folder import StackFolder
from starter.stack.ports import HOST, OFFSET_VARIABLE, Ports

ALARM_TO = "beheer@deventer.example"
"""Who hears of trouble with the demo; it comes in the mailbox of the sandbox."""


def stack_environment(
    folder: StackFolder, ports: Ports, database_url: str, owner_url: str, speed: float
) -> dict[str, str]:
    """Names and values of all ``MEEDOEN_`` settings of this stack."""
    return {
        "MEEDOEN_ENVIRONMENT": "demo",
        "MEEDOEN_SPEED": repr(speed),
        "MEEDOEN_TEMPORAL_ADDRESS": f"{HOST}:{ports.temporal}",
        "MEEDOEN_TEMPORAL_NAMESPACE": temporal_server.NAMESPACE,
        "MEEDOEN_GRACEFUL_SHUTDOWN_SECONDS": "5",
        "MEEDOEN_DATABASE_URL": database_url,
        "MEEDOEN_OWNER_DATABASE_URL": owner_url,
        "MEEDOEN_KEY_FILE": str(folder.keys),
        "MEEDOEN_BRP_BASE_URL": f"http://{HOST}:{ports.sandbox}/haalcentraal/api/brp",
        "MEEDOEN_SUWINET_URL": f"http://{HOST}:{ports.sandbox}/suwibroker/soap",
        "MEEDOEN_SUWINET_CERTIFICATE": str(folder.suwinet.certificate),
        "MEEDOEN_SUWINET_PRIVATE_KEY": str(folder.suwinet.key),
        "MEEDOEN_SUWINET_ANSWER_CA": str(folder.suwinet.issuer),
        "MEEDOEN_HOUSEHOLDS": "true",
        "MEEDOEN_SMTP_HOST": HOST,
        "MEEDOEN_SMTP_PORT": str(ports.smtp),
        "MEEDOEN_BOUNCE_PORT": str(ports.bounce),
        "MEEDOEN_WORKER_HTTP_PORT": str(ports.worker),
        "MEEDOEN_ALARM_TO": ALARM_TO,
        # Sooner than in production: a demo that stands still has lost years in an hour.
        "MEEDOEN_WATCHDOG_SECONDS": "10",
        "MEEDOEN_WATCHDOG_GRACE_SECONDS": "60",
        "MEEDOEN_WATCHDOG_FOLDER": str(folder.watchdog),
        "MEEDOEN_WATCHDOG_HTTP_PORT": str(ports.watchdog),
        "MEEDOEN_CODEC_PORT": str(ports.codec),
        "MEEDOEN_CODEC_UI_ORIGINS": f"http://{HOST}:{ports.temporal_ui} http://localhost:{ports.temporal_ui}",
        OFFSET_VARIABLE: str(ports.offset),
    }


def write_environment(path: Path, environment: Mapping[str, str]) -> None:
    """Write the settings to a file that only its owner may read."""
    lines = ["# Gemaakt door meedoen dev; wordt bij elke start opnieuw geschreven."]
    lines += [f"{name}={_quoted(value)}" for name, value in environment.items()]
    write_private(path, "\n".join(lines) + "\n")


def settings_of(environment: Mapping[str, str]) -> Settings:
    """The settings as the stack's own processes see them, whatever this process has in its environment."""
    prefix = str(Settings.model_config["env_prefix"])
    values = {name.removeprefix(prefix).lower(): value for name, value in environment.items()}
    return Settings(**values)  # type: ignore[arg-type]


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
