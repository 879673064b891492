"""Who was on benefit already when Meedoen came is looked after as anybody, and late with nothing of the past."""

from datetime import date

import pytest

from domain.journey import Stage, TermStatus
from tests.domain.story import Story

# Taken over on Mon 2 March 2026; the reviews lie from Mon 1 June through Thu 31 December 2026.
TAKEN = "2026-03-02T10:00"
PERIOD = {"herbeoordeling_van": "2026-06-01", "herbeoordeling_tot": "2026-12-31"}


def taken_over(story: Story | None = None, **known: object) -> Story:
    return (story or Story()).act(TAKEN, "overname", **(PERIOD | known))


def tasks(story: Story) -> set[str]:
    return {task.kind for task in story.state.open_tasks()}


def due(story: Story, key: str) -> list[str]:
    return [str(term.due) for term in story.state.open_terms(key)]


def review(story: Story) -> str:
    return str(story.term("eerste_herbeoordeling-1").due)


# -- who may have a benefit ----------------------------------------------------------------------------


def test_the_death_of_somebody_taken_over_asks_to_stop_the_payments() -> None:
    """One of a couple dies on 20 May: the norm of a couple holds through 20 June (Participatiewet 45 lid 5)."""
    story = taken_over(Story(household="paar"), uitkering_sinds="2019-04-01")
    story.act("2026-05-21T10:00", "overlijden_gemeld", effective="2026-05-20")
    assert {"overlijden", "overlijden_betalingen", "norm_partner"} <= tasks(story)
    assert due(story, "overlijden_partner") == ["2026-06-20"]


@pytest.mark.parametrize("known", [{"uitkering_sinds": "2019-04-01"}, {}])
@pytest.mark.parametrize("fact", ["verhuizing_gemeld", "emigratie_gemeld"])
def test_a_move_of_somebody_taken_over_asks_to_decide_on_the_right(fact: str, known: dict[str, str]) -> None:
    assert "recht_eindigt" in tasks(taken_over(**known).act("2026-05-21T10:00", fact))


def test_who_never_applied_has_no_right_that_ends() -> None:
    story = Story().act("2026-04-30T10:00", "melding").act("2026-05-21T10:00", "verhuizing_gemeld")
    assert "recht_eindigt" not in tasks(story)


# -- measuring -----------------------------------------------------------------------------------------


def test_measuring_begins_with_the_review_and_not_before() -> None:
    """Measured in 2024: too long ago to count from. By Mon 13 July + the length of a first measurement."""
    story = taken_over(fase="mna", activiteit="geen", trede=3, trede_gemeten="2024-05-01")
    assert not due(story, "trede_nulmeting")
    assert not due(story, "trede_meting")
    story.act("2026-06-08T10:00", "herbeoordeling_gevoerd")
    assert len(due(story, "trede_nulmeting")) == 1
    # From Mon 15 June, half a year: Tue 15 December.
    story.act("2026-06-15T10:00", "trede_gemeten", trede=3)
    assert due(story, "trede_meting") == ["2026-12-15"]


def test_a_measurement_that_still_counts_is_repeated_half_a_year_after_it() -> None:
    story = taken_over(fase="mna", activiteit="geen", trede=3, trede_gemeten="2026-02-10")
    story.act("2026-06-08T10:00", "herbeoordeling_gevoerd")
    assert due(story, "trede_meting") == ["2026-08-10"]
    assert not due(story, "trede_nulmeting")


def test_a_personal_plan_asks_for_the_first_measurement_like_any_plan() -> None:
    story = Story().act("2026-02-20T10:00", "melding").act("2026-03-02T10:00", "kennisgeving_duo")
    story.act("2026-03-09T10:00", "gesprek_gevoerd").act("2026-03-30T10:00", "brede_intake_afgerond")
    story.act("2026-04-20T10:00", "pip_vastgesteld", leerroute="b1", akkoord=True)
    assert story.state.stage is Stage.MNA
    assert len(due(story, "trede_nulmeting")) == 1
    story.act("2026-04-21T10:00", "trede_gemeten", trede=2)
    assert due(story, "trede_meting") == ["2026-10-21"]


# -- nothing of the past -------------------------------------------------------------------------------


def test_what_is_unknown_of_somebody_young_waits_for_the_review() -> None:
    story = taken_over(Story(birth=date(2006, 5, 4), household="alleenstaand"))
    story.act("2026-03-03T10:00", "feit_vastgelegd", feit="vso_pro", waarde="nee")
    assert story.state.route == "jongere"
    assert due(story, "schooltoets") == [review(story)]


def test_the_question_about_the_route_waits_for_the_review() -> None:
    story = taken_over(Story(birth=None))
    assert "beoordeel_route" in tasks(story)
    assert {str(term.due) for term in story.state.open_terms("taak")} == {review(story)}
    assert not story.messages


def test_a_notice_that_is_missing_is_looked_for_with_the_review() -> None:
    story = taken_over()
    story.act("2026-03-03T10:00", "statushouder_ingeschreven", effective="2024-04-01")
    assert due(story, "kennisgeving_duo") == [review(story)]
    assert not due(story, "maatschappelijke_begeleiding")
    assert not story.told("term_breached")


def test_a_notice_of_the_past_arms_no_term_of_the_past_and_asks_for_the_plan() -> None:
    story = taken_over().act("2026-03-03T10:00", "kennisgeving_duo", effective="2024-04-02")
    story.until("2026-03-20T10:00")
    assert not due(story, "pip")
    assert "pip_onbekend" in tasks(story)
    assert not story.told("term_breached")


def test_a_plan_of_before_is_kept_with_its_own_date_and_end() -> None:
    """Plan of Wed 12 June 2024: three years, through 12 June 2027 (Wet inburgering 11)."""
    story = taken_over().act("2026-03-03T10:00", "kennisgeving_duo", effective="2024-04-02")
    story.act(
        "2026-03-04T10:00",
        "inburgering_overgenomen",
        effective="2024-04-01",
        leerroute="b1",
        pip_op="2024-06-12",
    )
    known = story.state.integration
    assert known is not None
    assert (str(known.pip_on), known.leerroute) == ("2024-06-12", "b1")
    assert not due(story, "pip_verhuizing")
    assert due(story, "inburgering") == ["2027-06-12"]
    assert "pip_onbekend" not in tasks(story)
    story.until("2026-05-20T10:00")
    assert not story.told("term_breached")
    assert all(term.status is not TermStatus.BREACHED for term in story.state.terms)


def test_who_moved_here_after_being_taken_over_gets_a_plan_of_ours() -> None:
    """Registered on Mon 4 May 2026: 70 days, through Mon 13 July (Besluit inburgering 5.3 lid 3)."""
    story = taken_over()
    story.act("2026-05-04T10:00", "inburgering_overgenomen", leerroute="b1", pip_op="2024-06-12")
    assert due(story, "pip_verhuizing") == ["2026-07-13"]
