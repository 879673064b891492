"""``python -m tests.histories.record``: record a journey's histories, to be replayed by every later code.

Record anew only when a release changes what journeys do; keep the old files as long as journeys of that
release may run.
"""

import asyncio
from hashlib import sha256
from pathlib import Path

from runtime.exit import end_process
from runtime.keys import KeyRing
from starter.dry_run.runner import InMemory, time_skipping_server
from tests.workflows.journeys import Journeys

FOLDER = Path(__file__).parent
RELEASE = "0.1.0"
KEYS = KeyRing(
    active="histories",
    # Not a secret: these journeys are fictional and their histories are in the repository.
    secrets={"histories": sha256(b"recorded histories").digest()},
    hash_secret=sha256(b"recorded hashes").digest(),
)


async def record() -> None:
    async with time_skipping_server(KEYS) as environment:
        world = InMemory()
        async with world.worker(environment, "record"):
            journeys = Journeys(environment, world, "record")
            journey = await journeys.start("2026-04-30T10:00", limit=160)
            act = journey.act
            await act("2026-05-04T11:00", "aanvraag_ingediend", act_id="aanvraag")
            await act("2026-05-12T10:00", "gesprek_gevoerd")
            await act(
                "2026-05-13T10:00", "aanvulling_gevraagd", uiterlijk="2026-05-27", stukken=["bankafschrift"]
            )
            await act("2026-05-20T10:00", "aanvulling_ontvangen")
            await act(
                "2026-05-21T10:00",
                "handeling_gecorrigeerd",
                handeling="aanvraag",
                ingang="2026-05-01",
                reden="datum UWV",
            )
            await act("2026-06-10T10:00", "besluit_bekendgemaakt", uitkomst="toegekend")
            await act("2026-06-11T10:00", "plan_vastgesteld", akkoord=True)
            await act("2026-06-12T10:00", "mna_gestart", vorm="vrijwilligerswerk", plek="buurthuis")
            await act("2026-08-20T10:00", "check_in_vastgelegd")
            await act(
                "2026-08-24T10:00", "uitstroom_vastgesteld", effective="2026-09-01", bestemming="onderwijs"
            )
            await act("2026-10-01T10:00", "nazorg_gesprek_gevoerd")
            await act("2026-10-05T10:00", "klantroute_afgesloten", reden="op eigen verzoek eerder klaar")
            await journey.until("2026-12-10T12:00")
            await journey.handle.result()
            run_id: str | None = None
            number = 0
            while run_id != "":
                history = await environment.client.get_workflow_handle(
                    journey.handle.id, run_id=run_id
                ).fetch_history()
                (FOLDER / f"regulier-{RELEASE}-{number}.json").write_text(history.to_json(), encoding="utf-8")
                run_id = history.events[
                    0
                ].workflow_execution_started_event_attributes.continued_execution_run_id
                number += 1


if __name__ == "__main__":
    asyncio.run(record())
    end_process(0)
