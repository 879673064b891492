"""Every open journey has an owner, a next step and an armed moment, whatever happens to it."""

from datetime import date

import pytest

from domain.calendars import start_of_day
from domain.decide import Refused, next_moment, route_of
from domain.journey import Stage, Track
from domain.projection import details, snapshot
from tests.domain.story import Story


def guarded(story: Story) -> None:
    """What must hold after every decision."""
    state = story.state
    assert state.owners[Track.TRAJECT].team
    assert route_of(state).stage(state.stage).next_step
    if state.stage is not Stage.GESLOTEN:
        assert any(not term.quiet for term in state.open_terms()), f"nothing runs in {state.stage}"
    if state.stage is not Stage.GESLOTEN or state.open_terms():
        assert next_moment(state) is not None
    assert details(snapshot(state, story.policy), state, story.policy)


def test_a_breach_declared_wrong_by_two_people_does_not_leave_the_journey_unguarded() -> None:
    story = Story().act("2026-04-30T10:00", "melding").until("2026-05-14T10:00")
    wrong = {"termijn": "eerste_gesprek-1", "reden": "was op tijd"}
    story.act("2026-05-15T10:00", "breuk_betwist", role="teamleider", by="a", **wrong)
    story.act("2026-05-15T11:00", "breuk_vervallen_verklaard", role="teamleider", by="b", **wrong)
    guarded(story)


def test_closing_silences_no_question_that_waits_for_a_person() -> None:
    story = Story().act("2026-04-30T10:00", "melding").act("2026-05-04T10:00", "bezwaar_ontvangen")
    story.act("2026-05-05T10:00", "klantroute_beeindigd", exit="vrijwillig", reden="op eigen verzoek")
    assert [(term.term, term.task) for term in story.state.open_terms()] == [
        ("bezwaar_besluit", None),
        ("taak", "bezwaar:bezwaar_ontvangen@2026-05-04T10:00"),
    ]
    story.until("2026-05-29T10:00")
    assert story.told("escalated", term="taak")


def test_a_fact_that_lies_ahead_survives_closing() -> None:
    story = Story().act("2026-04-30T10:00", "melding")
    story.act("2026-05-04T10:00", "verhuizing_gemeld", effective="2026-08-01")
    story.act("2026-05-05T10:00", "klantroute_beeindigd", exit="vrijwillig", reden="op eigen verzoek")
    story.until("2026-08-01T12:00")
    assert [task.kind for task in story.state.open_tasks()] == ["past_niet", "verhuizing"] or [
        task.kind for task in story.state.open_tasks()
    ] == ["verhuizing"]


@pytest.mark.parametrize("stage", ["mna", "nazorg"])
def test_who_reports_again_half_way_has_a_talk_within_a_week_too(stage: str) -> None:
    story = Story().act("2026-04-30T10:00", "melding").act("2026-05-04T10:00", "gesprek_gevoerd")
    story.act("2026-05-11T10:00", "plan_vastgesteld", akkoord=True)
    if stage == "nazorg":
        story.act("2026-05-12T10:00", "uitstroom_vastgesteld", bestemming="onderwijs")
    story.act("2026-05-20T10:00", "melding")
    assert str(story.term("eerste_gesprek-2").due) == "2026-05-27"
    story.act("2026-05-26T10:00", "gesprek_gevoerd")
    assert story.term("eerste_gesprek-2").status == "gehaald"
    assert story.state.stage == stage


@pytest.mark.parametrize("year", ["1899", "2206", "9999"])
def test_a_year_that_nobody_means_is_refused(year: str) -> None:
    story = Story().act("2026-04-30T10:00", "melding")
    with pytest.raises(Refused, match="geen aannemelijke datum"):
        story.act("2026-05-01T10:00", "aanvraag_ingediend", effective=f"{year}-05-01")
    with pytest.raises(Refused, match="geen aannemelijke datum"):
        story.act("2026-05-01T10:00", "gesprek_gepland", datum=f"{year}-05-04")


def test_a_term_beyond_the_calendars_table_is_provisional_and_asks_the_administrator() -> None:
    story = Story().act("2028-11-01T10:00", "melding").act("2028-11-20T10:00", "aanvraag_ingediend")
    term = story.term("besluit_aanvraag-1")
    # 8 weeks after Mon 20 Nov 2028 = Mon 15 Jan 2029, outside the table.
    assert (str(term.due), term.provisional) == ("2029-01-15", True)
    assert [task.role for task in story.state.open_tasks() if task.kind == "kalender_aanvullen"] == ["beheer"]
    assert term.dates.breach_at == start_of_day(date(2029, 1, 16))
    guarded(story)
