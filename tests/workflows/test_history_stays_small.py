"""What a journey writes into Temporal's history, and in which form."""

from temporalio.api.enums.v1 import EventType

from tests.workflows.journeys import Journeys


async def test_one_timer_is_kept_while_the_next_moment_stays_the_same(journeys: Journeys) -> None:
    journey = await journeys.start()
    before = (await journey.counted())["TIMER_STARTED"]
    for number in range(10):
        await journey.act(f"2026-05-01T10:{number:02}", "trede_gemeten", trede=1 + number % 6)
    assert (await journey.counted())["TIMER_STARTED"] == before


async def test_ten_acts_cost_about_eleven_events_each(journeys: Journeys) -> None:
    journey = await journeys.start()
    before = sum((await journey.counted()).values())
    for number in range(10):
        # At one moment: moving the clock of a test writes events of its own.
        await journey.act("2026-04-30T10:00", "trede_gemeten", act_id=f"trede-{number}", trede=2)
    assert sum((await journey.counted()).values()) - before <= 115


async def test_the_journal_is_written_by_a_normal_activity(journeys: Journeys) -> None:
    """A local activity writes before Temporal has stored the act and loses entries when a server dies."""
    journey = await journeys.start()
    await journey.act("2026-05-04T10:00", "gesprek_gevoerd")
    history = await journey.handle.fetch_history()
    scheduled = [
        event.activity_task_scheduled_event_attributes.activity_type.name
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
    ]
    assert scheduled.count("journaal") >= 2
    markers = {
        event.marker_recorded_event_attributes.marker_name
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_MARKER_RECORDED
    }
    assert "core_local_activity" not in markers


async def test_a_supervisor_reads_stage_owner_terms_and_reasons(journeys: Journeys) -> None:
    journey = await journeys.start()
    await journey.until("2026-05-11T12:00")
    shown = await journey.handle.query("__temporal_workflow_metadata")
    text = shown["currentDetails"] if isinstance(shown, dict) else shown.current_details
    for words in (
        "Intake",
        "Eigenaar:** toegang",
        "trede 2",
        "Eerste gesprek met de toegang: uiterlijk donderdag 7 mei 2026",
        "7 dagen na donderdag 30 april 2026 = donderdag 7 mei 2026",
        "binnen één kalenderweek",
    ):
        assert words in text
    described = await journey.handle.describe()
    found = {pair.key.name: pair.value for pair in described.typed_search_attributes.search_attributes}
    assert (found["Fase"], found["Escalatie"], found["Route"]) == ("intake", 2, "regulier")


async def test_the_time_line_reads_as_the_story(journeys: Journeys) -> None:
    journey = await journeys.start()
    await journey.act("2026-05-04T10:00", "gesprek_gevoerd")
    history = await journey.handle.fetch_history()
    names = [
        event.workflow_execution_update_accepted_event_attributes.accepted_request.input.name
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED
    ]
    assert names == ["melding", "gesprek_gevoerd"]
    timers = [e for e in history.events if e.event_type == EventType.EVENT_TYPE_TIMER_STARTED]
    assert all(event.HasField("user_metadata") for event in timers)


async def test_nothing_of_a_person_is_readable_in_history(journeys: Journeys) -> None:
    journey = await journeys.start()
    history = await journey.handle.fetch_history()
    raw = b"".join(event.SerializeToString() for event in history.events)
    for readable in (b"1985", b"birth", b"household", b"alleenstaand", b"consulent", b"kanaal"):
        assert readable not in raw
