"""Acts have ids, contents and versions; every refusal is a sentence and leaves no trace in history."""

import asyncio

import pytest

from domain.happenings import Actor
from tests.workflows.journeys import Journeys
from workflows.messages import SubmittedAct

ME = Actor(code="m.dekker", role="consulent")


async def test_the_same_act_sent_again_gets_the_first_answer_and_counts_once(journeys: Journeys) -> None:
    journey = await journeys.start()
    first = await journey.act("2026-05-04T10:00", "gesprek_gevoerd", act_id="formulier-1")
    again = await journey.act(
        "2026-05-04T10:05", "gesprek_gevoerd", act_id="formulier-1", effective="2026-05-04"
    )
    assert (again.text, again.version) == (first.text, first.version)
    state = await journey.state()
    assert [item.act.id for item in state.log if item.act] == ["melding@2026-04-30T10:00", "formulier-1"]


async def test_the_same_id_with_another_content_is_refused(journeys: Journeys) -> None:
    """A bare Temporal update id does not see the content; ours does, before any check of the stage."""
    journey = await journeys.start()
    await journey.act("2026-05-04T10:00", "gesprek_gevoerd", act_id="formulier-2")
    said = await journey.refused(
        "plan_vastgesteld", SubmittedAct(id="formulier-2", by=ME, data={"akkoord": True})
    )
    assert "staat al een handeling met een andere inhoud" in said


async def test_an_act_survives_continue_as_new_as_the_same_act(journeys: Journeys) -> None:
    journey = await journeys.start(limit=20)
    first = await journey.act("2026-05-04T10:00", "gesprek_gevoerd", act_id="formulier-3")
    for number in range(3):
        await journey.act(f"2026-05-05T1{number}:00", "trede_gemeten", trede=2)
    described = await journey.handle.describe()
    assert described.run_id != journey.handle.first_execution_run_id
    again = await journey.act(
        "2026-05-06T10:00", "gesprek_gevoerd", act_id="formulier-3", effective="2026-05-04"
    )
    assert again.text == first.text
    assert (await journey.state()).version == 5


async def test_a_stale_screen_is_told_to_refresh(journeys: Journeys) -> None:
    journey = await journeys.start()
    seen = (await journey.state()).version
    await journey.act("2026-05-04T10:00", "gesprek_gevoerd")
    said = await journey.refused(
        "trede_gemeten", SubmittedAct(id="x", by=ME, data={"trede": 2}, expected_version=seen)
    )
    assert "Ververs het scherm" in said


async def test_time_passing_does_not_make_a_screen_stale(journeys: Journeys) -> None:
    journey = await journeys.start()
    seen = (await journey.state()).version
    await journey.act("2026-05-12T10:00", "gesprek_gevoerd", version=seen)
    assert journeys.told(journey, "term_breached") == ["26-05-08 eerste_gesprek-1"]


@pytest.mark.parametrize(
    ("name", "arguments", "sentence"),
    [
        (
            "gesprek_gevoert",
            [SubmittedAct(id="a", by=ME)],
            "bestaat niet in route regulier. Bedoelt u gesprek_gevoerd",
        ),
        ("gesprek_gevoerd", [], "heeft één invoer nodig"),
        ("gesprek_gevoerd", ["los woord"], "niet te lezen"),
        ("gesprek_gevoerd", [{"id": "a"}], "by ontbreekt"),
        (
            "gesprek_gevoerd",
            [{"id": "a", "by": {"code": "x", "role": "y"}, "datum": 1}],
            "datum bestaat niet",
        ),
        (
            "gesprek_gevoerd",
            [{"id": "a", "by": {"code": "x", "role": "y"}, "effective": "morgen"}],
            "is geen datum",
        ),
        ("gesprek_gevoerd", [SubmittedAct(id="a", by=Actor(code="x", role="bezoeker"))], "bezoeker mag"),
        ("besluit_bekendgemaakt", [SubmittedAct(id="a", by=ME, data={"uitkomst": "misschien"})], "toegekend"),
        (
            "plan_vastgesteld",
            [SubmittedAct(id="a", by=ME, data={"akkoord": True})],
            "Nu eerst: Voer het eerste",
        ),
    ],
)
async def test_whatever_is_sent_gets_a_sentence_and_changes_nothing(
    journeys: Journeys, name: str, arguments: list[object], sentence: str
) -> None:
    journey = await journeys.start()
    before = (await journey.state()), (await journey.counted())["WORKFLOW_EXECUTION_UPDATE_ACCEPTED"]
    assert sentence in await journey.refused(name, *arguments)
    after = (await journey.state()), (await journey.counted())["WORKFLOW_EXECUTION_UPDATE_ACCEPTED"]
    assert after == before


async def test_two_acts_in_one_task_do_not_both_see_the_old_state(journeys: Journeys) -> None:
    """Both would be allowed alone; together the second has to see the first."""
    journey = await journeys.start()
    decisions = [
        journey.send("aanvraag_ingediend", SubmittedAct(id=f"aanvraag-{n}", by=ME)) for n in range(8)
    ]
    await asyncio.gather(*decisions)
    state = await journey.state()
    assert len(state.open_terms("besluit_aanvraag")) == 1
    assert len([task for task in state.open_tasks() if task.kind == "tweede_aanvraag"]) == 7
    assert state.version == 9
    # One entry per decision, in order, without a gap.
    entries = [
        entry.seq
        for batch in journeys.world.batches
        for entry in batch.entries
        if entry.journey_id == journey.handle.id
    ]
    assert entries == list(range(1, len(entries) + 1))


async def test_a_planned_act_counts_from_midnight_also_for_who_is_up_before_the_journey(
    journeys: Journeys,
) -> None:
    """The plan counts from Mon 18 May 00:00; the journey gets up after 08:30, the coach was there at 07:45."""
    journey = await journeys.start()
    await journey.act("2026-05-04T10:00", "gesprek_gevoerd")
    await journey.act("2026-05-11T10:00", "plan_vastgesteld", effective="2026-05-18", akkoord=True)
    answer = await journey.act("2026-05-18T07:45", "mna_gestart", vorm="vrijwilligerswerk", plek="buurthuis")
    assert answer.stage == "mna"


async def test_an_act_that_meets_a_new_run_is_judged_by_the_time_that_passed(journeys: Journeys) -> None:
    """Every wake-up continues as new here, so acts often meet a run that has only just begun."""
    journey = await journeys.start(limit=12)
    await journey.act("2026-05-04T10:00", "gesprek_gevoerd")
    await journey.act("2026-05-11T10:00", "plan_vastgesteld", effective="2026-06-22", akkoord=True)
    answer = await journey.act("2026-06-22T11:00", "mna_gestart", vorm="vrijwilligerswerk", plek="buurthuis")
    assert answer.stage == "mna"
