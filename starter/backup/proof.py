"""Proves a backup: puts it back in a database that nobody uses, reads it, and removes that again."""

import asyncio
import random
import sqlite3
from contextlib import closing
from pathlib import Path

from pydantic import SecretStr

from activities.journal import Journal
from runtime.database import open_pool
from runtime.settings import Settings
from starter.backup.databases import Server, beside
from starter.backup.make import MEEDOEN_DUMP, TEMPORAL_FILE, is_whole
from starter.backup.manifest import Manifest
from starter.backup.places import Places, check_keys
from starter.backup.programs import Programs
from starter.backup.put_back import check_filled, fill, superuser


async def prove(settings: Settings, folder: Path, *, sample: int | None = None) -> tuple[Manifest, list[str]]:
    """Whether a backup can be put back and read.

    Args:
        settings: where there is room for a database, and the keys.
        folder: the backup.
        sample: read the journals of this many journeys, chosen at random; None: of all.

    Returns:
        What the backup says about itself, and a Dutch sentence for each fault; empty: it is good.

    Raises:
        BackupDamaged: files are missing or changed, or the database is not what it was.
        BackupError: it cannot be tried here, or the keys are other ones.
    """
    manifest = await asyncio.to_thread(Manifest.read, folder)
    keys = check_keys(settings, manifest.key_ids, manifest.key_mark)
    places = Places.of(settings)
    faults = []
    async with superuser(settings, places) as address:
        server = Server(address)
        programs = await Programs.find(settings, max(manifest.postgres_version, await server.major()))
        faults += await _temporal_faults(folder, manifest, programs)
        if "postgresql" in manifest.parts:
            name = beside(places.meedoen.database, "proef", await server.now())
            there = places.meedoen.at(name)
            try:
                await fill(server, programs, folder / MEEDOEN_DUMP, there, like=places.meedoen.database)
                await check_filled(there, manifest)
                scratch = settings.model_copy(update={"database_url": SecretStr(there.url)})
                async with open_pool(scratch, application="meedoen-backup", largest=2) as pool:
                    journal = Journal(pool, keys, settings.mail_domain)
                    ids = [row["journey_id"] for row in await pool.fetch("SELECT journey_id FROM journey")]
                    if sample is not None and sample < len(ids):
                        ids = random.sample(ids, sample)
                    for journey_id in sorted(ids):
                        faults += await journal.verify(journey_id)
            finally:
                await asyncio.shield(server.drop(name))
    return manifest, faults


async def _temporal_faults(folder: Path, manifest: Manifest, programs: Programs) -> list[str]:
    faults = []
    for stored in manifest.files:
        if stored.name == TEMPORAL_FILE and not await asyncio.to_thread(_whole, folder / stored.name):
            faults.append(f"{stored.name} is beschadigd.")
        if stored.name.endswith(".dump") and not await programs.readable(folder / stored.name):
            faults.append(f"{stored.name} is niet te lezen.")
    return faults


def _whole(file: Path) -> bool:
    try:
        # As it lies there: nothing may change in a backup.
        with closing(
            sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro&immutable=1", uri=True)
        ) as connection:
            return is_whole(connection)
    except sqlite3.Error:
        return False
