"""The servers of the stack: how each is started, asked whether it answers, and stopped."""

from collections.abc import Mapping

from starter.stack import temporal_server
from starter.stack.folder import StackFolder
from starter.stack.options import StackOptions
from starter.stack.ports import Ports
from starter.stack.postgres import STOP_SIGNALS, Cluster
from starter.stack.probes import http_answers, smtp_answers
from starter.stack.processes import Child

POSTGRESQL, TEMPORAL, SANDBOX, CODEC, WORKER = "postgresql", "temporal", "sandbox", "codec", "worker"
WATCHDOG = "watchdog"


def postgresql(cluster: Cluster, port: int) -> Child:
    """The database server."""
    return Child(
        name=POSTGRESQL,
        label="PostgreSQL",
        command=cluster.command(port),
        probe=lambda: cluster.answers(port),
        folder=cluster.folder,
        account=cluster.account,
        stop_signals=STOP_SIGNALS,
    )


def temporal(folder: StackFolder, ports: Ports) -> Child:
    """Temporal with its web pages."""
    return Child(
        name=TEMPORAL,
        label="Temporal",
        command=temporal_server.command(folder.temporal_database, ports),
        probe=lambda: temporal_server.answers(ports.temporal),
        folder=folder.root,
    )


def sandbox(
    options: StackOptions, folder: StackFolder, ports: Ports, environment: Mapping[str, str]
) -> Child:
    """The fictional registries and the mailbox."""

    async def answers() -> bool:
        return await http_answers(ports.sandbox) and await smtp_answers(ports.smtp)

    arguments = [
        "--brp-port",
        str(ports.sandbox),
        "--smtp-port",
        str(ports.smtp),
        "--mail-dir",
        str(folder.mail),
        "--bounce-port",
        str(ports.bounce),
        "--suwinet-trust",
        str(folder.suwinet.issuer),
        "--suwinet-sign",
        str(folder.suwinet.broker_certificate),
        str(folder.suwinet.broker_key),
    ]
    if options.testset is not None:
        arguments += ["--testset", str(options.testset.absolute())]
    return Child(
        name=SANDBOX,
        label="de sandbox met registraties en postbus",
        command=(*options.programs.sandbox, *arguments),
        probe=answers,
        environment=environment,
        folder=folder.root.parent,
    )


def codec(options: StackOptions, folder: StackFolder, ports: Ports, environment: Mapping[str, str]) -> Child:
    """The server that makes encrypted data readable in Temporal's web pages."""
    return Child(
        name=CODEC,
        label="de codecserver",
        command=options.programs.codec,
        probe=lambda: http_answers(ports.codec),
        environment=environment,
        folder=folder.root.parent,
    )


def worker(options: StackOptions, folder: StackFolder, ports: Ports, environment: Mapping[str, str]) -> Child:
    """The worker that runs the journeys."""
    return Child(
        name=WORKER,
        label="de worker",
        command=options.programs.worker,
        probe=lambda: http_answers(ports.worker, "/gezond", only=200),
        environment=environment,
        folder=folder.root.parent,
    )


def watchdog(
    options: StackOptions, folder: StackFolder, ports: Ports, environment: Mapping[str, str]
) -> Child:
    """The process that tells people when journeys stand still."""
    return Child(
        name=WATCHDOG,
        label="de bewaking",
        command=options.programs.watchdog,
        probe=lambda: http_answers(ports.watchdog, "/gezond", only=200),
        environment=environment,
        folder=folder.root.parent,
    )
