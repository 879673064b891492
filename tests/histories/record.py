"""``python -m tests.histories.record``: record a journey's histories, to be replayed by every later code,
and the fingerprint of the commands that it issues.

Record anew only when a release changes what journeys do; keep the old files as long as journeys of that
release may run.
"""

import asyncio
import json
from hashlib import sha256
from pathlib import Path

from runtime.exit import end_process
from runtime.keys import KeyRing
from starter.dry_run.runner import InMemory, time_skipping_server
from tests.histories.life import commands, live
from tests.releases.version import PRESENT

FOLDER = Path(__file__).parent
LIMIT = 160
KEYS = KeyRing(
    active="histories",
    # Not a secret: these journeys are fictional and their histories are in the repository.
    secrets={"histories": sha256(b"recorded histories").digest()},
    hash_secret=sha256(b"recorded hashes").digest(),
)


def fingerprint_file(release: str) -> Path:
    return FOLDER / f"fingerprint-{release}.json"


async def record() -> None:
    async with time_skipping_server(KEYS) as environment:
        world = InMemory()
        async with world.worker(environment, "record"):
            histories = await live(environment, world, "record", limit=LIMIT)
    for old in FOLDER.glob(f"regulier-{PRESENT}-*.json"):
        old.unlink()
    for number, history in enumerate(histories):
        (FOLDER / f"regulier-{PRESENT}-{number}.json").write_text(history.to_json(), encoding="utf-8")
    fingerprint = {"release": PRESENT, "commands": commands(histories)}
    fingerprint_file(PRESENT).write_text(json.dumps(fingerprint, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(record())
    end_process(0)
