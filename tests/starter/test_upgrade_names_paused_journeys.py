"""A journey that somebody paused in Temporal breaks no upgrade: it is named, and moves once it goes on."""

from pathlib import Path
from typing import Any

import pytest
from temporalio.api.workflowservice.v1 import (
    PauseWorkflowExecutionRequest,
    UnpauseWorkflowExecutionRequest,
)

from starter.stack.temporal_server import LIVELY
from tests import servers
from tests.starter.stand import stand
from tests.starter.test_upgrade_there_and_back import builds, start, worker

pytestmark = pytest.mark.faults

ALLOWS_PAUSE = {**LIVELY, "frontend.WorkflowPauseEnabled": True}


async def test_a_paused_journey_is_named_and_moves_later(database: str, tmp_path: Path) -> None:
    server = servers.temporal_server_for_tests(ALLOWS_PAUSE, skip_time=False)
    async with stand(database, tmp_path, server=server, build_id="a") as place, place.office() as office:
        assert (await place.meedoen("upgrade", "--no-worker")).code == 0
        journeys = await start(office, 3)
        client = office.journeys._client
        which: dict[str, Any] = {
            "namespace": client.namespace,
            "workflow_id": journeys[0],
            "identity": "proef",
        }
        await client.workflow_service.pause_workflow_execution(
            PauseWorkflowExecutionRequest(**which, reason="proef", request_id="pauze")
        )
        async with worker(place, "b"):
            arguments = ("upgrade", "--json", "--no-worker", "--patience")
            said = await place.meedoen(*arguments, "0.1", MEEDOEN_BUILD_ID="b")
            assert said.code == 1, said.err + said.out
            assert said.json["moved"] == 2
            [left] = said.json["left"]
            assert (left["journey"], left["version"]) == (journeys[0], "a")
            assert "gepauzeerd" in left["reason"]
            assert said.json["retired"] == []
            await client.workflow_service.unpause_workflow_execution(
                UnpauseWorkflowExecutionRequest(**which, reason="proef", request_id="verder")
            )
            said = await place.meedoen(*arguments, "1", MEEDOEN_BUILD_ID="b")
            assert (said.code, said.json["moved"], said.json["already"]) == (0, 1, 2), said.err + said.out
            assert await builds(place, office, journeys) == ["b"] * 3
