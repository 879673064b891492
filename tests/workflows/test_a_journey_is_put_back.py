"""A journey goes on from what its journal tells; acts that only it held are kept, at their own instant."""

import asyncio

from domain.decide import advance, decide
from domain.happenings import Act, Actor
from domain.journey import JourneyState, TermStatus
from tests.workflows.journeys import Journey, Journeys, instant
from workflows.messages import RESTORE_UPDATE, STANDING_QUERY, RestoredJourney, RestoreJourney, Standing

ADMIN = Actor(code="beheer", role="beheer")


async def put_back(journey: Journey, state: JourneyState) -> RestoredJourney:
    return await journey.handle.execute_update(
        RESTORE_UPDATE,
        RestoreJourney(state=state, by=ADMIN, why="Temporal was teruggezet."),
        result_type=RestoredJourney,
    )


async def test_an_act_that_was_done_in_time_stays_in_time_however_late_it_is_put_back(
    journeys: Journeys,
) -> None:
    # Melding on Thursday 30 April 2026, so the talk is due on Thursday 7 May (one calendar week).
    journey = await journeys.start()
    before = await journey.state()
    await journey.act("2026-05-04T11:00", "gesprek_gevoerd")
    await journey.until("2026-05-20T12:00")

    done = await put_back(journey, before)

    assert (done.repeated, done.not_repeated) == (1, 0)
    state = await journey.state()
    talk = next(term for term in state.terms if term.term == "eerste_gesprek")
    assert (talk.status, talk.breached_at) == (TermStatus.MET, None)
    assert state.seq == done.seq
    last = journeys.world.batches[-1].entries
    assert [(entry.kind, entry.name) for entry in last][-1] == ("herstel", "herstel")
    assert last[-1].happening["opnieuw"][0]["name"] == "gesprek_gevoerd"
    assert journeys.told(journey, "restored") == ["26-05-20 plan beheer"]
    assert "term_breached" not in {event.event for entry in last for event in entry.events}


async def test_an_act_that_does_not_fit_any_more_is_a_task_for_a_person(journeys: Journeys) -> None:
    journey = await journeys.start()
    state = await journey.state()
    # The journal tells that the journey was ended; Temporal did not know, and took a talk.
    now = instant("2026-05-01T10:00")
    for decision in advance(state, now, journeys.policy):
        state = decision.state
    end = Act(
        id="einde", name="klantroute_beeindigd", by=Actor(code="consulent", role="consulent"),
        effective=now.date(), data={"exit": "vrijwillig", "reden": "op eigen verzoek"},
    )  # fmt: skip
    ended = decide(state, end, now, journeys.policy).state
    await journey.act("2026-05-04T11:00", "gesprek_gevoerd", act_id="gesprek")

    done = await put_back(journey, ended)

    assert (done.repeated, done.not_repeated) == (0, 1)
    (task,) = (await journey.state()).open_tasks()
    assert task.kind == "herstel_handeling"
    assert "consulent" in task.text
    assert "leg het zo nodig opnieuw vast" in task.text
    assert journeys.world.batches[-1].entries[-1].happening["niet_opnieuw"][0]["id"] == "gesprek"


async def test_a_planned_act_stays_planned(journeys: Journeys) -> None:
    journey = await journeys.start()
    before = await journey.state()
    await journey.act("2026-05-01T11:00", "aanvraag_ingediend")
    await journey.act("2026-05-04T11:00", "gesprek_gevoerd")
    await journey.act("2026-05-05T11:00", "plan_vastgesteld", akkoord=True)
    await journey.act("2026-05-06T11:00", "mna_gestart", vorm="vrijwilligerswerk", plek="buurthuis")
    await journey.act(
        "2026-05-07T11:00", "uitstroom_vastgesteld", effective="2026-06-01", bestemming="onderwijs"
    )

    done = await put_back(journey, before)

    assert (done.repeated, done.not_repeated) == (5, 0)
    assert [act.name for act in (await journey.state()).planned] == ["uitstroom_vastgesteld"]
    await journey.until("2026-06-01T12:00")
    assert (await journey.state()).stage == "nazorg"


async def test_it_says_where_it_stands_and_what_it_still_writes(journeys: Journeys) -> None:
    journey = await journeys.start()

    async with asyncio.timeout(20):
        while True:
            found = await journey.handle.query(STANDING_QUERY, result_type=Standing)
            assert found.state == await journey.state()
            # The melding was answered before it was written; after a moment nothing is left to write.
            assert found.unwritten in ((1,), ())
            if not found.unwritten:
                break
