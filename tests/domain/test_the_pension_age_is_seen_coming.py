"""Nobody reaches the AOW-leeftijd on a benefit of the municipality unseen; a person ends the right.

Born on 20 August 1960: 67 on Friday 20 August 2027, before the higher age of 2028 (AOW art. 7a). Born on
1 January 1961: 67 would be on 1 January 2028, so 67 and three months: 1 April 2028. Policy prepares three
months before.
"""

from datetime import date

import pytest

from domain.calculation import Facts, work_out
from domain.findings import PartialDate
from domain.journey import Stage
from runtime.policies import load_policy
from tests.domain.story import Story, due, open_tasks

BORN = date(1960, 8, 20)
OURS = ("aow_bijna", "aow_leeftijd")


def running(story: Story) -> list[tuple[str, str]]:
    return [(term.term, str(term.due)) for term in story.state.open_terms() if term.term in OURS]


def test_people_hear_of_it_three_months_before_and_on_the_day_and_nothing_ends_by_itself() -> None:
    story = Story(birth=BORN).act("2026-05-01T10:00", "melding")
    assert running(story) == [("aow_leeftijd", "2027-08-20"), ("aow_bijna", "2027-05-20")]

    story.until("2027-05-19T23:59")
    assert "aow_bijna" not in open_tasks(story)
    story.until("2027-05-20T00:00")
    (task,) = story.state.open_tasks("aow_bijna")
    assert task.text.startswith("De inwoner: AOW-leeftijd op vrijdag 20 augustus 2027.")

    story.until("2027-08-20T00:00")
    (task,) = story.state.open_tasks("aow_leeftijd")
    assert "Participatiewet art. 47a" in task.text
    assert running(story) == []
    assert story.state.stage is not Stage.GESLOTEN
    assert not [event for event in story.events if event.term in OURS and event.event == "term_breached"]

    story.act("2027-08-23T10:00", "klantroute_beeindigd", exit="pensioen", reden="AOW bereikt")
    assert "aow_leeftijd" not in open_tasks(story)


def test_who_reports_in_the_last_months_is_a_question_at_once() -> None:
    story = Story(birth=date(1959, 6, 10)).act("2026-05-01T10:00", "melding").until("2026-05-01T10:01")
    assert "aow_bijna" in open_tasks(story)
    assert running(story) == [("aow_leeftijd", "2026-06-10")]


def test_another_birth_date_moves_both() -> None:
    story = Story(birth=BORN).act("2026-05-01T10:00", "melding")
    story.act("2026-05-04T10:00", "feit_vastgelegd", feit="geboortedatum", waarde="1961-01-01")
    assert running(story) == [("aow_leeftijd", "2028-04-01"), ("aow_bijna", "2028-01-01")]


def test_an_incomplete_birth_date_counts_by_its_last_day() -> None:
    story = Story(birth=PartialDate(year=1960)).act("2026-05-01T10:00", "melding")
    assert running(story) == [("aow_leeftijd", "2027-12-31"), ("aow_bijna", "2027-09-30")]


def test_the_partner_of_a_couple_is_told_apart() -> None:
    story = Story(birth=date(1965, 3, 1), household="paar").act("2026-05-01T10:00", "melding")
    story.act(
        "2026-05-04T10:00", "feit_vastgelegd", feit="geboortedatum", waarde="1960-08-20", over="partner"
    )
    story.until("2027-08-20T00:00")
    (task,) = story.state.open_tasks("aow_leeftijd")
    assert task.text.startswith(
        "De partner van de inwoner: AOW-leeftijd bereikt op vrijdag 20 augustus 2027."
    )
    assert "Participatiewet art. 22" in task.text


@pytest.mark.parametrize("born", [date(1963, 10, 1), date(1985, 1, 15)])
def test_no_term_rests_on_an_age_that_was_not_announced(born: date) -> None:
    """67 and three months after 1 October 1963 is 1 January 2031; the ages are announced through 2030."""
    story = Story(birth=born).act("2026-05-01T10:00", "melding")
    assert running(story) == []


def test_the_last_announced_day_counts() -> None:
    story = Story(birth=date(1963, 9, 30)).act("2026-05-01T10:00", "melding")
    assert due(story, "aow_leeftijd-1") == "2030-12-30"


def test_who_works_has_no_benefit_to_end() -> None:
    story = Story(birth=BORN).act("2026-05-01T10:00", "melding").act("2026-05-05T10:00", "gesprek_gevoerd")
    story.act("2026-06-01T10:00", "uitstroom_vastgesteld", bestemming="werk_regulier")
    story.until("2026-06-02T10:00")
    assert (story.state.stage, running(story)) == (Stage.NAZORG, [])


@pytest.mark.parametrize(
    ("born", "reached", "said"),
    [
        (date(1960, 12, 31), "2027-12-31", "met 67 jaar (AOW art. 7a)"),
        (date(1961, 1, 1), "2028-04-01", "met 67 jaar en 3 maanden (AOW art. 7a)"),
        (date(1964, 5, 1), "2031-08-01", "kan nog later worden"),
    ],
)
def test_the_age_is_explained(born: date, reached: str, said: str) -> None:
    answer = work_out(load_policy("deventer"), "aow_leeftijd", Facts(start=born))
    assert str(answer.dates.legal_end) == reached
    assert said in " ".join(answer.steps)


def test_what_else_comes_at_that_midnight_takes_nothing_away() -> None:
    """The partner is warned on 20 August 2027, three months before her own day: the same midnight."""
    story = Story(birth=BORN, household="paar").act("2026-05-01T10:00", "melding")
    story.act(
        "2026-05-04T10:00", "feit_vastgelegd", feit="geboortedatum", waarde="1960-11-20", over="partner"
    )
    story.act("2027-08-01T10:00", "eigenaar_toegewezen", effective="2027-08-20", team="werktalent")
    story.until("2027-08-20T00:00")
    assert [task.reasons for task in story.state.open_tasks("aow_leeftijd")] == [("inwoner",)]
    assert ("partner",) in [task.reasons for task in story.state.open_tasks("aow_bijna")]


def test_a_couple_of_one_age_is_asked_about_both() -> None:
    story = Story(birth=BORN, household="paar").act("2026-05-01T10:00", "melding")
    story.act(
        "2026-05-04T10:00", "feit_vastgelegd", feit="geboortedatum", waarde="1960-08-20", over="partner"
    )
    story.until("2027-08-20T00:00")
    (task,) = story.state.open_tasks("aow_leeftijd")
    assert task.reasons == ("inwoner", "partner")
    assert "art. 47a" in task.text and "art. 22" in task.text


@pytest.mark.parametrize(
    ("act", "data"),
    [
        ("overlijden_gemeld", {}),
        ("klantroute_beeindigd", {"exit": "pensioen", "reden": "krijgt straks AOW"}),
    ],
)
def test_nobody_goes_on_asking_when_it_is_over(act: str, data: dict[str, object]) -> None:
    story = Story(birth=BORN).act("2026-05-01T10:00", "melding").until("2027-05-21T10:00")
    assert "aow_bijna" in open_tasks(story)
    story.act("2027-06-10T10:00", act, **data)
    assert "aow_bijna" not in open_tasks(story)


def test_on_dagbesteding_the_benefit_goes_on_and_so_does_the_term() -> None:
    story = Story(birth=BORN).act("2026-05-01T10:00", "melding").act("2026-05-05T10:00", "gesprek_gevoerd")
    story.act("2027-07-01T10:00", "uitstroom_vastgesteld", bestemming="dagbesteding", uitkering_eindigt=False)
    assert running(story) == [("aow_leeftijd", "2027-08-20")]


def test_a_journey_that_opens_again_after_the_day_is_a_question_at_once() -> None:
    story = Story(birth=BORN).act("2026-05-01T10:00", "melding").act("2026-05-05T10:00", "gesprek_gevoerd")
    story.act("2027-06-01T10:00", "uitstroom_vastgesteld", bestemming="werk_regulier")
    story.act("2027-08-25T10:00", "werk_gestopt")
    (task,) = story.state.open_tasks("aow_leeftijd")
    assert "vrijdag 20 augustus 2027" in task.text


def test_a_birth_date_put_right_after_the_day_takes_the_question_back() -> None:
    story = Story(birth=BORN).act("2026-05-01T10:00", "melding").until("2027-08-23T10:00")
    assert "aow_leeftijd" in open_tasks(story)
    story.act("2027-08-24T10:00", "feit_vastgelegd", feit="geboortedatum", waarde="1961-01-01")
    assert "aow_leeftijd" not in open_tasks(story)
    assert ("aow_leeftijd", "2028-04-01") in running(story)
