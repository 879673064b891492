"""The PostgreSQL of the local stack, started for as long as a restore needs it."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starter.backup.address import Address
from starter.backup.errors import BackupError
from starter.backup.places import Places
from starter.stack.folder import StackFolder

if TYPE_CHECKING:
    from starter.stack.postgres import Cluster

_READY_SECONDS = 60.0


def superuser_of(stack: StackFolder, meedoen: Address) -> Address:
    """The local stack's superuser, from its password file."""
    # Only there on a developer's machine; production never loads it.
    from starter.stack import postgres

    password = stack.postgres_password.read_text(encoding="utf-8").strip()
    place = urlsplit(meedoen.url).netloc.rpartition("@")[2]
    return Address(f"postgresql://{postgres.SUPERUSER}:{password}@{place}/postgres")


@contextlib.asynccontextmanager
async def local_postgres(places: Places) -> AsyncIterator[None]:
    """Hold the local stack's folder and run its PostgreSQL, while nobody else does.

    Raises:
        StackError: a stack runs in this folder; the message says how to stop it.
        BackupError: PostgreSQL does not start.
    """
    # Only there on a developer's machine; production never loads it.
    from starter.stack import postgres
    from starter.stack.lock import only_stack

    assert places.stack is not None
    port = urlsplit(places.meedoen.url).port or 5432
    with only_stack(places.stack.lock):
        cluster = await asyncio.to_thread(
            postgres.open_cluster, places.stack.postgres, places.stack.postgres_password
        )
        user, group = cluster.account or (None, None)
        log = places.stack.logs / "herstel-postgresql.log"
        with log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                *cluster.command(port), stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=output,
                cwd=cluster.folder, user=user, group=group, extra_groups=None if user is None else [],
                start_new_session=True,
            )  # fmt: skip
        try:
            await _until_answers(cluster, port, process, log)
            yield
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGINT)
            await process.wait()


async def _until_answers(
    cluster: "Cluster", port: int, process: asyncio.subprocess.Process, log: Path
) -> None:
    try:
        async with asyncio.timeout(_READY_SECONDS):
            while not await cluster.answers(port):
                if process.returncode is not None:
                    raise TimeoutError
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise BackupError(f"PostgreSQL van de lokale stack start niet. Kijk in {log} waarom.") from None
    await cluster.make_database(port)
