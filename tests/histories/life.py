"""One journey's whole life, played to record its histories and the commands that it issues."""

import asyncio

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHistory
from temporalio.testing import WorkflowEnvironment

from starter.dry_run.runner import InMemory
from tests.workflows.journeys import Journey, Journeys

_ACTS = (
    ("2026-05-04T11:00", "aanvraag_ingediend", {"act_id": "aanvraag"}),
    ("2026-05-12T10:00", "gesprek_gevoerd", {}),
    ("2026-05-13T10:00", "aanvulling_gevraagd", {"uiterlijk": "2026-05-27", "stukken": ["bankafschrift"]}),
    ("2026-05-20T10:00", "aanvulling_ontvangen", {}),
    (
        "2026-05-21T10:00",
        "handeling_gecorrigeerd",
        {"handeling": "aanvraag", "ingang": "2026-05-01", "reden": "datum UWV"},
    ),
    ("2026-06-10T10:00", "besluit_bekendgemaakt", {"uitkomst": "toegekend"}),
    ("2026-06-11T10:00", "plan_vastgesteld", {"akkoord": True}),
    ("2026-06-12T10:00", "mna_gestart", {"vorm": "vrijwilligerswerk", "plek": "buurthuis"}),
    ("2026-08-20T10:00", "check_in_vastgelegd", {}),
    ("2026-08-24T10:00", "uitstroom_vastgesteld", {"effective": "2026-09-01", "bestemming": "onderwijs"}),
    ("2026-09-02T10:00", "besluit_opgesteld", {"soort": "beeindiging", "uitkomst": "beeindigd"}),
    ("2026-09-02T11:00", "besluit_getoetst", {"soort": "beeindiging"}),
    ("2026-09-03T10:00", "uitkering_beeindigd", {"grond": "onderwijs", "reden": "studiefinanciering"}),
    ("2026-10-01T10:00", "nazorg_gesprek_gevoerd", {}),
    ("2026-10-05T10:00", "klantroute_afgesloten", {"reden": "op eigen verzoek eerder klaar"}),
)


async def live(
    environment: WorkflowEnvironment, world: InMemory, task_queue: str, *, limit: int | None
) -> list[WorkflowHistory]:
    """Play the life to its end.

    Args:
        environment: a server that skips time, with a worker on the queue.
        world: the worker's outside world.
        task_queue: where the worker listens.
        limit: continue as new after this many events.

    Returns:
        The histories of all runs, the last one first.
    """
    journey = await Journeys(environment, world, task_queue).start("2026-04-30T10:00", limit=limit)
    for moment, name, given in _ACTS:
        await _written(journey, world)
        await journey.act(moment, name, **given)  # type: ignore[arg-type]
    await _written(journey, world)
    await journey.until("2026-12-10T12:00")
    await journey.handle.result()
    histories = []
    run_id: str | None = None
    while run_id != "":
        handle = environment.client.get_workflow_handle(journey.handle.id, run_id=run_id)
        histories.append(await handle.fetch_history())
        started = histories[-1].events[0].workflow_execution_started_event_attributes
        run_id = started.continued_execution_run_id
    return histories


async def _written(journey: Journey, world: InMemory) -> None:
    """Until the journal holds everything: what is written together must not depend on who was faster."""
    while (
        sum(len(b.entries) for b in world.batches if b.entries[0].journey_id == journey.handle.id)
        < (await journey.state()).seq
    ):
        await asyncio.sleep(0.01)


def commands(histories: list[WorkflowHistory]) -> list[str]:
    """The commands that the workflow issued, in order, without what they say.

    Args:
        histories: as ``live`` gives them.
    """
    return [
        command
        for history in reversed(histories)
        for event in history.events
        if (command := _command(event)) is not None
    ]


def _command(event: HistoryEvent) -> str | None:
    kind = event.event_type
    if kind == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
        name = event.activity_task_scheduled_event_attributes.activity_type.name
        return f"activity {name}"
    if kind == EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES:
        upserted = event.upsert_workflow_search_attributes_event_attributes
        return f"search attributes {', '.join(sorted(upserted.search_attributes.indexed_fields))}"
    return _PLAIN.get(kind)


_PLAIN: dict[int, str] = {
    EventType.EVENT_TYPE_TIMER_STARTED: "timer",
    EventType.EVENT_TYPE_TIMER_CANCELED: "cancel timer",
    EventType.EVENT_TYPE_ACTIVITY_TASK_CANCEL_REQUESTED: "cancel activity",
    EventType.EVENT_TYPE_MARKER_RECORDED: "marker",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW: "continue as new",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED: "complete",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED: "fail",
    EventType.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED: "child",
    EventType.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED: "signal",
}
