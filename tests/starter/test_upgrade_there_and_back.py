"""``meedoen upgrade`` from no version, to a release that cannot read the state, and back again."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from temporalio.api.enums.v1 import EventType

from domain.happenings import Actor
from domain.journey import JourneyState
from starter.office import Office
from starter.versions import Versions
from tests import servers
from tests.runtime.histories import bytes_of, stored
from tests.starter.second_release import CHANGED_RULE, NEEDED_FIELD, NEW_FIELD, ROOT, make_release
from tests.starter.stand import Stand, stand
from workflows.messages import STATE_QUERY

pytestmark = pytest.mark.faults

ME = Actor(code="consulent", role="consulent")
ENDS_WITHIN = 60.0


@asynccontextmanager
async def worker(
    place: Stand, build_id: str, release: Path = ROOT
) -> AsyncIterator[asyncio.subprocess.Process]:
    with (place.folder / f"worker-{build_id}.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "worker", cwd=place.folder, stdout=log, stderr=log,
            env=place.environment | {
                "PYTHONPATH": str(release),
                "MEEDOEN_BUILD_ID": build_id,
                "MEEDOEN_WORKER_HTTP_PORT": str(servers.free_port()),
            },
        )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def start(office: Office, count: int) -> list[str]:
    return [
        (await office.journeys.start(gemeente="deventer", by=ME, reference=f"kenmerk-{number}")).journey_id
        for number in range(count)
    ]


async def builds(place: Stand, office: Office, journeys: list[str]) -> list[str | None]:
    versions = Versions(office.journeys._client, office.pool, place.settings.task_queue)
    found = [await versions.place(journey_id) for journey_id in journeys]
    return [item.build_id if item else None for item in found]


async def ends(process: asyncio.subprocess.Process | None) -> int:
    assert process is not None
    return await asyncio.wait_for(process.wait(), ENDS_WITHIN)


async def test_from_no_version_to_one_and_the_old_worker_ends_and_stays_away(
    database: str, tmp_path: Path
) -> None:
    async with stand(database, tmp_path) as place, place.office() as office:
        journeys = await start(office, 3)
        said = await place.meedoen("upgrade")
        assert (said.code, said.out.split(":")[0]) == (0, "Er hoeft niets"), said.err
        assert await builds(place, office, journeys) == [""] * 3

        async with worker(place, "a"):
            said = await place.meedoen("upgrade", "--json", "--no-worker", MEEDOEN_BUILD_ID="a")
            assert said.code == 0, said.err + said.out
            assert said.json["left"] == [] and said.json["retired"] == [""]
            assert said.json["moved"] == 3
            assert await builds(place, office, journeys) == ["a"] * 3
            assert await ends(place.worker) == 0
            log = (tmp_path / "worker.log").read_text()
            assert log.count("deze versie is afgelost") == 1

            said = await place.meedoen("upgrade", "--json", "--no-worker", MEEDOEN_BUILD_ID="a")
            assert said.json == {
                "version": "a", "moved": 0, "already": 3, "left": [], "retired": [], "stopping": [],
            }  # fmt: skip
            unclear = await place.meedoen("upgrade")
            assert unclear.code == 2
            assert "nu geldt versie 'a'" in unclear.err

            async with worker(place, "") as late:
                assert await ends(late) == 2
            assert "afgelost" in (tmp_path / "worker-.log").read_text().splitlines()[-1]


async def test_state_that_does_not_load_waits_unreadable_and_goes_on_with_good_code(
    database: str, tmp_path: Path
) -> None:
    broken = make_release(tmp_path / "release-b", NEEDED_FIELD)
    async with stand(database, tmp_path, build_id="a") as place, place.office() as office:
        assert (await place.meedoen("upgrade", "--no-worker")).code == 0
        journeys = await start(office, 3)
        await office.journeys.act(
            journeys[0], "trede_gemeten", by=ME, act_id="kenmerk-van-de-meting", data={"trede": 3}
        )
        async with worker(place, "b", broken) as unfit:
            arguments = ("upgrade", "--json", "--no-worker", "--patience")
            said = await place.meedoen(*arguments, "0.3", MEEDOEN_BUILD_ID="b")
            assert said.code == 1, said.err + said.out
            report = said.json
            assert [left["journey"] for left in report["left"]] == journeys
            assert all("mislukt steeds" in left["reason"] for left in report["left"])
            # The way back stays open.
            assert report["retired"] == []
            for journey_id in journeys:
                history = await stored(office.journeys._client.get_workflow_handle(journey_id))
                failed = [e for e in history if e.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED]
                assert failed
                assert b"kenmerk-van-de-meting" not in bytes_of(history)
                assert b"tried_release" not in bytes_of(failed)
            assert await builds(place, office, journeys) == [""] * 3

            said = await place.meedoen(*arguments, "1", "--to", "a", MEEDOEN_BUILD_ID="b")
            assert said.code == 0, said.err + said.out
            assert (said.json["moved"], said.json["retired"]) == (3, ["b"])
            assert await builds(place, office, journeys) == ["a"] * 3
            assert await ends(unfit) == 0
        await office.journeys.act(journeys[0], "trede_gemeten", by=ME, data={"trede": 4})
        state = await office.journeys._client.get_workflow_handle(journeys[0]).query(
            STATE_QUERY, result_type=JourneyState
        )
        assert state.ladder_step == 4
        assert state.logged("kenmerk-van-de-meting") is not None


async def test_a_version_without_a_worker_is_named_with_what_to_start_and_going_back_works(
    database: str, tmp_path: Path
) -> None:
    async with stand(database, tmp_path, build_id="a") as place, place.office() as office:
        assert (await place.meedoen("upgrade", "--no-worker")).code == 0
        journeys = await start(office, 2)
        nobody = await place.meedoen("upgrade", "--no-worker", "--patience", "0.02", "--to", "b")
        assert nobody.code == 2
        assert "start er een met MEEDOEN_BUILD_ID=b" in nobody.err

        # In order, so that Temporal and the table of workers both know that it is gone.
        assert await place.stop_worker(signal.SIGTERM) == 0
        async with worker(place, "b", make_release(tmp_path / "release-b", NEW_FIELD)):
            said = await place.meedoen(
                "upgrade", "--json", "--no-worker", "--patience", "0.1", MEEDOEN_BUILD_ID="b"
            )
            assert said.code == 1
            assert [(left["journey"], left["version"]) for left in said.json["left"]] == [
                (journey_id, "a") for journey_id in journeys
            ]
            assert all("MEEDOEN_BUILD_ID=a" in left["reason"] for left in said.json["left"])
            assert said.json["retired"] == []

            await place.start_worker()
            said = await place.meedoen("upgrade", "--json", "--no-worker", MEEDOEN_BUILD_ID="b")
            assert (said.code, said.json["left"], said.json["retired"]) == (0, [], ["a"])
            assert await builds(place, office, journeys) == ["b"] * 2
            assert await ends(place.worker) == 0

            # And back: it waits for a worker of the old version, which may work again.
            back = asyncio.create_task(place.meedoen("upgrade", "--json", "--to", "a", MEEDOEN_BUILD_ID="b"))
            async with asyncio.timeout(ENDS_WITHIN):
                while await office.pool.fetchval("SELECT count(*) FROM worker_version WHERE build_id = 'a'"):
                    await asyncio.sleep(0.05)
            await place.start_worker()
            said = await back
            assert (said.code, said.json["moved"], said.json["left"]) == (0, 2, []), said.err + said.out
            assert await builds(place, office, journeys) == ["a"] * 2
            state = await office.journeys._client.get_workflow_handle(journeys[0]).query(
                STATE_QUERY, result_type=dict
            )
            assert "tried_release" not in state


async def test_without_versions_an_edit_strands_no_journey(database: str, tmp_path: Path) -> None:
    edited = make_release(tmp_path / "bewerkt", CHANGED_RULE, NEW_FIELD)
    async with stand(database, tmp_path) as place, place.office() as office:
        [journey_id] = await start(office, 1)
        assert await place.stop_worker() == 0
        place.environment["PYTHONPATH"] = str(edited)
        await place.start_worker()
        answer = await office.journeys.act(journey_id, "trede_gemeten", by=ME, data={"trede": 3})
        assert "vanaf nu anders vastgelegd" in answer.text
        state = await office.journeys._client.get_workflow_handle(journey_id).query(
            STATE_QUERY, result_type=dict
        )
        assert state["tried_release"] == "nieuw"
