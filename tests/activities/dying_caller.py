"""A worker that dies in the middle of a call: ``python -m tests.activities.dying_caller URL KEYS BSN``."""

import asyncio
import sys
from pathlib import Path

from activities.processing_log import ProcessingLog
from runtime.database import open_pool
from runtime.keys import KeyRing
from runtime.settings import Settings


async def main(url: str, keys: str, bsn: str) -> None:
    async with open_pool(Settings(environment="test", database_url=url)) as pool:
        log = ProcessingLog(pool, KeyRing.load(Path(keys)))
        async with log.processing(
            journey_id="klantroute-deventer-1-1", gemeente="deventer", client_number=1, question_id="brp_persoon-1",
            question="brp_persoon", purpose="Participatiewet", bsn=bsn,
        ):  # fmt: skip
            print("gevraagd", flush=True)
            await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
