"""Partner and children come and go, and somebody dies: people are asked, nothing is decided by itself."""

from datetime import date

import pytest

from domain.decide import Refused
from domain.journey import Stage, Track
from domain.topics.routing import facts_of
from tests.domain.story import Story
from tests.domain.test_facts_from_outside_are_never_refused import at_stage


def living(form: str) -> Story:
    story = Story().act("2026-04-30T10:00", "melding")
    return story.act("2026-04-30T10:05", "huishouden_vastgesteld", vorm=form)


def household(story: Story, on: str) -> str:
    return facts_of(story.state).household_on(date.fromisoformat(on))


def kinds(story: Story) -> list[str]:
    return [task.kind for task in story.state.open_tasks() if task.kind != "beoordeel_route"]


def test_a_partner_makes_a_couple_and_asks_for_norm_route_and_one_plan() -> None:
    story = living("alleenstaand")
    story.act("2026-06-02T10:00", "huishouden_gewijzigd", effective="2026-06-01", wat="partner_erbij")
    assert household(story, "2026-05-31") == "alleenstaand"
    assert household(story, "2026-06-01") == "paar"
    asked = {task.kind: task for task in story.state.open_tasks()}
    assert asked["huishouden"].role == "inkomensconsulent"
    assert {"norm", "kostendeler", "route", "een_plan"} <= set(asked["huishouden"].reasons)
    assert asked["een_plan"].role == "eigenaar"


def test_whether_there_are_children_when_a_partner_leaves_is_a_question_and_no_no() -> None:
    story = living("paar")
    story.act("2026-06-01T10:00", "huishouden_gewijzigd", wat="partner_weg")
    assert household(story, "2026-06-01") == "onbekend"
    story.act("2026-06-02T10:00", "huishouden_vastgesteld", vorm="alleenstaande_ouder")
    assert household(story, "2026-06-02") == "alleenstaande_ouder"


def test_a_child_that_is_known_makes_a_single_parent() -> None:
    story = living("paar").act("2026-05-20T10:00", "huishouden_gewijzigd", wat="kind_geboren")
    assert "ontheffing_9a" not in kinds(story)
    story.act("2026-06-01T10:00", "huishouden_gewijzigd", wat="partner_weg")
    assert household(story, "2026-06-01") == "alleenstaande_ouder"


@pytest.mark.parametrize(("form", "asks"), [("alleenstaand", True), ("onbekend", True), ("paar", False)])
def test_a_birth_with_a_single_parent_asks_about_the_exemption(form: str, asks: bool) -> None:
    story = Story().act("2026-04-30T10:00", "melding") if form == "onbekend" else living(form)
    story.act("2026-05-20T10:00", "huishouden_gewijzigd", wat="kind_geboren")
    assert ("ontheffing_9a" in kinds(story)) is asks


def test_birthdays_of_a_child_open_questions_for_people_with_a_warning_before() -> None:
    """Born 12 Oct 2008: 18 on 12 Oct 2026; half a year before, 12 Apr, lies before the news."""
    story = living("alleenstaande_ouder")
    story.act("2026-05-04T10:00", "huishouden_gewijzigd", wat="kind_erbij", geboren="2008-10-12")
    assert str(story.term("kind_18-1").due) == "2026-10-12"
    assert str(story.term("kind_27-1").due) == "2035-10-12"
    # Three months before it is 27.
    assert str(story.term("kind_bijna_27-1").due) == "2035-07-12"
    story.until("2026-05-05T10:00")
    assert "bijna_18" in kinds(story)
    story.until("2026-10-11T23:59")
    assert "kind_18" not in kinds(story)
    story.until("2026-10-12T09:00")
    assert "kind_18" in kinds(story)
    # No other child is known: whether this is still a single parent is for a person to say.
    assert household(story, "2026-10-12") == "onbekend"


def test_a_child_that_leaves_takes_its_birthdays_along() -> None:
    story = living("paar")
    story.act("2026-05-04T10:00", "huishouden_gewijzigd", wat="kind_erbij", geboren="2001-03-01")
    story.act("2026-05-05T10:00", "huishouden_gewijzigd", wat="kind_erbij", geboren="2010-03-01")
    story.act("2026-06-01T10:00", "huishouden_gewijzigd", wat="kind_uit_huis", kind=1)
    assert [str(child.left) for child in story.state.children] == ["2026-06-01", "None"]
    assert [term.id for term in story.state.open_terms("kind_27")] == ["kind_27-2"]


def test_which_child_left_is_a_question_when_it_could_be_either() -> None:
    story = living("paar")
    for born in ("2001-03-01", "2010-03-01"):
        story.act(f"2026-05-04T10:{born[2:4]}", "huishouden_gewijzigd", wat="kind_erbij", geboren=born)
    story.act("2026-06-01T10:00", "huishouden_gewijzigd", wat="kind_uit_huis")
    assert all(child.left is None for child in story.state.children)
    assert kinds(story).count("huishouden") == 3


def test_no_more_is_kept_of_a_partner_than_that_there_is_one() -> None:
    story = living("alleenstaand")
    with pytest.raises(Refused, match="geboren"):
        story.act("2026-05-04T10:00", "huishouden_gewijzigd", wat="partner_erbij", geboren="1990-01-01")
    with pytest.raises(Refused, match="naam"):
        story.act("2026-05-04T10:00", "huishouden_gewijzigd", wat="partner_erbij", naam="Jansen")


def test_a_closed_journey_waits_for_no_birthday() -> None:
    story = at_stage(Stage.GESLOTEN)
    story.act("2026-06-01T10:00", "huishouden_gewijzigd", wat="kind_geboren")
    assert {term.term for term in story.state.open_terms()} == {"taak"}


def test_the_norm_stays_for_a_month_after_the_partners_death_and_a_person_revises_it() -> None:
    """Death on 31 January 2027: the old norm holds through 28 February (Participatiewet art. 45 lid 5)."""
    story = living("paar").act("2026-05-04T10:00", "aanvraag_ingediend")
    story.act("2026-05-20T10:00", "besluit_bekendgemaakt", uitkomst="toegekend")
    story.act("2027-02-10T10:00", "overlijden_partner_gemeld", effective="2027-01-31")
    term = story.term("overlijden_partner-1")
    assert (str(term.due), term.track) == ("2027-02-28", Track.INKOMEN)
    asked = {task.kind: task.role for task in story.state.open_tasks()}
    assert (asked["norm_partner"], asked["overlijden_partner"]) == ("inkomensconsulent", "eigenaar")
    assert story.state.stage is Stage.INTAKE
    assert household(story, "2027-02-01") == "onbekend"
    story.act("2027-02-25T10:00", "norm_herzien", role="inkomensconsulent", reden="alleenstaande per maart")
    assert story.term("overlijden_partner-1").status == "gehaald"
    assert "norm_partner" not in kinds(story)


def test_a_resident_who_dies_leaves_work_for_those_who_pay_and_for_the_partners_norm() -> None:
    story = living("paar").act("2026-05-04T10:00", "aanvraag_ingediend")
    story.act("2026-06-10T10:00", "overlijden_gemeld", effective="2026-06-08")
    assert {task.kind: task.role for task in story.state.open_tasks() if task.kind != "beoordeel_route"} == {
        "overlijden": "eigenaar",
        "overlijden_betalingen": "uitkeringsadministratie",
        "norm_partner": "inkomensconsulent",
    }
    assert str(story.term("overlijden_partner-1").due) == "2026-07-08"
    assert story.term("besluit_aanvraag-1").status == "vervallen"
    story.act("2026-07-01T10:00", "norm_herzien", role="inkomensconsulent", reden="norm alleenstaande")
    assert not story.state.open_terms("overlijden_partner")


def test_wanting_to_stop_ends_nothing_until_a_person_has_asked_why() -> None:
    story = at_stage(Stage.MNA).act("2026-05-20T10:00", "inwoner_trekt_zich_terug")
    assert story.state.stage is Stage.MNA
    assert kinds(story) == ["terugtrekking"]
    story.act("2026-05-26T10:00", "klantroute_beeindigd", exit="vrijwillig", reden="eigen verzoek")
    assert kinds(story) == []
    assert (story.state.stage, story.state.exit) == (Stage.GESLOTEN, "vrijwillig")
