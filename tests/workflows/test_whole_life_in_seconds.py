"""A regular journey of two years: check-ins, an extension, a breach, continue-as-new, a closed aftercare."""

from datetime import date, timedelta

from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from domain.calendars import AMSTERDAM
from domain.journey import TermStatus
from runtime.keys import KeyRing
from runtime.plugin import meedoen_plugin
from tests.workflows.journeys import Journeys
from workflows.files import ClientRoute
from workflows.messages import JourneyResult


async def test_two_years_end_in_a_job_and_a_closed_aftercare_and_replay(
    journeys: Journeys, keys: KeyRing
) -> None:
    journey = await journeys.start("2026-03-02T10:00", limit=150)
    act = journey.act
    await act("2026-03-04T11:00", "aanvraag_ingediend")
    await act("2026-03-06T10:00", "gesprek_gevoerd")
    await act("2026-03-16T10:00", "tevredenheid_gevraagd")
    await act("2026-03-30T10:00", "voorschot_betaald")
    # Ten and four opening days before Wed 29 April 2026: Tue 14 and Wed 22 April (Koningsdag is Mon 27).
    await act("2026-04-10T10:00", "besluit_opgesteld", by="inkomensconsulent", uitkomst="toegekend")
    await act("2026-04-16T10:00", "besluit_getoetst", by="kwaliteitstoetser")
    await act("2026-04-24T10:00", "voorschot_betaald")
    # Decision due 29 April 2026 (8 weeks after 4 March), extended in time to 20 May.
    await act(
        "2026-04-28T10:00",
        "termijn_verlengd",
        termijn="besluit_aanvraag",
        tot="2026-05-20",
        reden="onderzoek",
    )
    await act("2026-05-18T10:00", "besluit_bekendgemaakt", uitkomst="toegekend")
    # Plan due 17 April 2026 (6 weeks after 6 March): made on 1 June, 45 days late.
    await act("2026-06-01T10:00", "plan_vastgesteld", akkoord=True, doelen=["werk"])
    await act("2026-06-15T10:00", "mna_gestart", vorm="werkervaringsplaats", plek="KonnecteD")
    await act("2026-06-15T11:00", "trede_gemeten", trede=2)
    # Every half year, at a check-in.
    beside = {
        "2026-09-07": ("tevredenheid_gevraagd", {}),
        "2026-11-30": ("trede_gemeten", {"trede": 3}),
        "2027-02-22": ("tevredenheid_gevraagd", {}),
        "2027-05-17": ("trede_gemeten", {"trede": 4}),
        "2027-08-09": ("tevredenheid_gevraagd", {}),
    }
    day = date(2026, 7, 13)
    while day <= date(2027, 10, 4):
        await act(f"{day}T10:00", "check_in_vastgelegd")
        if str(day) in beside:
            name, data = beside[str(day)]
            await act(f"{day}T11:00", name, **data)
        day += timedelta(days=28)
    await act("2027-10-04T11:00", "bemiddeling_gestart")
    await act("2027-10-11T10:00", "uitstroom_vastgesteld", effective="2027-11-01", bestemming="werk_regulier")
    ended = {"soort": "beeindiging"}
    await act("2027-11-01T10:00", "besluit_opgesteld", by="inkomensconsulent", uitkomst="beeindigd", **ended)
    await act("2027-11-01T11:00", "besluit_getoetst", by="kwaliteitstoetser", **ended)
    await act("2027-11-02T10:00", "uitkering_beeindigd", grond="werk", reden="volledige baan")
    await act("2027-11-15T10:00", "trede_gemeten", trede=6)
    await act("2027-11-15T11:00", "tevredenheid_gevraagd")
    await act("2027-11-30T10:00", "nazorg_gesprek_gevoerd")
    await act("2028-01-31T10:00", "nazorg_gesprek_gevoerd")
    await act("2028-04-28T10:00", "nazorg_gesprek_gevoerd")
    answer = await act("2028-05-01T10:00", "klantroute_afgesloten")
    assert answer.stage == "gesloten"

    state = await journey.state()
    assert state.exit == "werk_regulier"
    late = next(term for term in state.terms if term.term == "plan")
    assert (late.status, str(late.due), str(late.ended_on)) == (
        TermStatus.MET_LATE,
        "2026-04-17",
        "2026-06-01",
    )
    decision = next(term for term in state.terms if term.term == "besluit_aanvraag")
    assert decision.status is TermStatus.MET
    assert decision.extensions[0].why == "onderzoek"
    assert journeys.told(journey, "term_breached") == ["26-04-18 plan-1"]
    # Sat 18 April: owner on Mon 20, teamleider Tue 21, afdelingshoofd Thu 23 April.
    assert journeys.told(journey, "escalated") == [
        "26-04-20 plan-1 eigenaar",
        "26-04-21 plan-1 teamleider",
        "26-04-23 plan-1 afdelingshoofd",
    ]
    assert journeys.told(journey, "stage_entered") == [
        "26-03-02 intake",
        "26-03-06 plan",
        "26-06-01 mna",
        "27-10-04 uitstroom",
        "27-11-01 nazorg",
        "28-05-01 gesloten",
    ]

    # Eight weeks after closing the journey stops listening and ends.
    await journey.until("2028-06-27T12:00")
    result = await journey.handle.result()
    assert isinstance(result, JourneyResult)
    assert (result.stage, result.exit) == ("gesloten", "werk_regulier")
    assert result.closed_at is not None
    assert result.closed_at.astimezone(AMSTERDAM).date() == date(2028, 5, 1)

    runs = await every_run(journeys, journey.handle.id)
    assert len(runs) > 2, "the journey has to continue as new on the way"
    replayer = Replayer(workflows=[ClientRoute], plugins=[meedoen_plugin(keys)])
    for history in runs:
        await replayer.replay_workflow(history)


async def every_run(journeys: Journeys, workflow_id: str) -> list[WorkflowHistory]:
    """The histories of all runs, the last one first."""
    client = journeys.environment.client
    found = []
    run_id: str | None = None
    while run_id != "":
        history = await client.get_workflow_handle(workflow_id, run_id=run_id).fetch_history()
        found.append(history)
        started = history.events[0].workflow_execution_started_event_attributes
        run_id = started.continued_execution_run_id
    return found
