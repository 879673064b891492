"""Histories of earlier releases replay on this code: no journey on its way is derailed."""

from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from runtime.plugin import meedoen_plugin
from tests.histories.record import FOLDER, KEYS
from workflows.files import ClientRoute

RECORDED = sorted(FOLDER.glob("regulier-*.json"))


@pytest.mark.parametrize("file", RECORDED, ids=lambda file: file.stem)
async def test_a_recorded_history_replays(file: Path) -> None:
    history = WorkflowHistory.from_json(file.stem, file.read_text(encoding="utf-8"))
    await Replayer(workflows=[ClientRoute], plugins=[meedoen_plugin(KEYS)]).replay_workflow(history)


def test_there_is_something_to_replay() -> None:
    assert len(RECORDED) >= 2
