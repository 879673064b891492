"""A disk that fills, and a database that takes nothing any more."""

import asyncio
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import asyncpg

from runtime.settings import Settings
from watchdog.sources import POSTGRESQL, Check, Sources
from watchdog.trouble import Trouble

GIBIBYTE = 1024**3
LEAST_BYTES = GIBIBYTE
LEAST_SHARE = 0.10

FULL = "schijf-vol"
NO_WRITES = "postgresql-schrijft-niet"


async def full_disks(
    sources: Sources, *, least_bytes: int = LEAST_BYTES, least_share: float = LEAST_SHARE
) -> Sequence[Trouble]:
    """One trouble per folder whose disk has less room than both of these ask.

    Args:
        sources: names the folders.
        least_bytes: what must be free.
        least_share: what part must be free.
    """
    troubles = []
    for folder in disks_of(sources.settings):
        # A network disk that hangs may not hold up the rest.
        try:
            disk = await asyncio.to_thread(shutil.disk_usage, folder)
        except OSError as error:
            troubles.append(
                Trouble(
                    cause=f"{FULL}:{folder}",
                    sentence=f"Hoeveel ruimte er is op de schijf van {folder}, is niet te zien ({error.strerror}).",
                    remedy="Beheer: kijk of die map bestaat en of MEEDOEN_WATCHDOG_DISKS klopt.",
                )
            )
            continue
        if disk.free >= least_bytes and disk.free >= least_share * disk.total:
            continue
        free = f"{disk.free / GIBIBYTE:.1f}".replace(".", ",")
        troubles.append(
            Trouble(
                cause=f"{FULL}:{folder}",
                sentence=(
                    f"De schijf van {folder} is bijna vol: {free} GiB vrij, {disk.free / disk.total:.0%} van "
                    "het geheel. Is zij vol, dan kan PostgreSQL niets meer bewaren."
                ),
                remedy=(
                    "Beheer: maak nu ruimte (oude reservekopieën, logboeken, images: docker system df) of maak "
                    "de schijf groter. Verwijder nooit iets uit de map van PostgreSQL."
                ),
            )
        )
    return troubles


def disks_of(settings: Settings) -> tuple[Path, ...]:
    """The folders whose disks are watched."""
    given = [Path(name) for name in settings.watchdog_disks.split(os.pathsep) if name.strip()]
    return tuple(given) or (settings.key_file.absolute().parent,)


async def _writes(sources: Sources) -> Sequence[Trouble]:
    try:
        async with sources.database.acquire() as connection, connection.transaction():
            # Takes room in the tables and in the log, and is gone at the end of the transaction.
            await connection.execute(_PROBE)
    except asyncpg.PostgresError as error:
        why = _WHY.get(error.sqlstate or "", _WHY.get((error.sqlstate or "")[:2]))
        if why is None:
            raise
        return (
            Trouble(
                cause=NO_WRITES,
                sentence=f"PostgreSQL antwoordt, maar bewaart niets meer ({error.sqlstate}): {why[0]}",
                remedy=why[1],
            ),
        )
    return ()


_PROBE = """
    CREATE TEMPORARY TABLE meedoen_proef ON COMMIT DROP AS SELECT repeat('x', 1000) AS tekst
"""
_WHY = {
    "53100": (
        "de schijf is vol.",
        "Beheer: maak ruimte op de schijf van PostgreSQL, of maak haar groter. Verwijder nooit iets uit de map "
        "van PostgreSQL zelf. Klantroutes gaan daarna vanzelf verder.",
    ),
    "53": (
        "het heeft te weinig geheugen of verbindingen.",
        "Beheer: kijk in het logboek van PostgreSQL, en hoeveel verbindingen er open zijn (pg_stat_activity).",
    ),
    "25006": (
        "het staat op alleen lezen.",
        "Beheer: is dit een reserveserver of een half teruggezette kopie? Wijs MEEDOEN_DATABASE_URL naar de "
        "echte, of zet schrijven weer aan.",
    ),
}

DISKS = Check("schijven", full_disks)
WRITES = Check("schrijven in PostgreSQL", _writes, frozenset({POSTGRESQL}), (NO_WRITES,))
