"""Younger than 27: the zoektermijn, papers about school, school first, and birthdays."""

from datetime import date
from typing import Any

import pytest

from domain.decide import Refused
from domain.facts import HOUSEHOLDS
from runtime.policies import load_policy
from tests.domain.story import Story, instant, with_reading

NO_VSO = {"feit": "vso_pro", "waarde": "nee"}


def young(
    melding: str = "2026-04-30", *, birth: str = "2003-06-01", household: str = "alleenstaand", **more: Any
) -> Story:
    """A young resident of whom everything is known on the day of the melding."""
    story = Story(birth=date.fromisoformat(birth), household=household, **more)
    story.act(f"{melding}T10:00", "melding", act_id="m")
    return story.act(f"{melding}T11:00", "feit_vastgelegd", act_id="vso", **NO_VSO)


def open_keys(story: Story) -> set[str]:
    return {term.term for term in story.state.open_terms()}


@pytest.mark.parametrize(
    ("melding", "opens", "utc"),
    [
        # Pw art. 41 lid 4: not earlier than four weeks after the melding; a waiting time does not roll.
        ("2026-04-30", "2026-05-28", "2026-05-27T22:00"),  # Thu to Thu, summer time
        ("2026-03-05", "2026-04-02", "2026-04-01T22:00"),  # across 29 March 2026, one hour less
        ("2026-10-01", "2026-10-29", "2026-10-28T23:00"),  # across 25 October 2026, one hour more
        ("2026-04-27", "2026-05-25", "2026-05-24T22:00"),  # opens on tweede pinksterdag, and stays there
        ("2026-11-27", "2026-12-25", "2026-12-24T23:00"),  # opens on eerste kerstdag
        ("2028-02-01", "2028-02-29", "2028-02-28T23:00"),  # opens on the leap day
    ],
)
def test_the_zoektermijn_opens_at_midnight_four_weeks_after_the_melding(
    melding: str, opens: str, utc: str
) -> None:
    story = young(melding, birth="2007-06-01")
    term = story.term("zoektermijn-1")
    assert str(term.due) == opens
    assert f"{term.dates.opens_at:%Y-%m-%dT%H:%M}" == utc
    assert term.dates.breach_at is None
    story.until(f"{opens}T00:00")
    assert story.term("zoektermijn-1").status == "gehaald"
    assert "wachttijd_voorbij" in {task.kind for task in story.state.open_tasks()}
    assert story.told("term_breached", term="zoektermijn") == []


def test_the_day_before_it_opens_nothing_has_opened() -> None:
    story = young().until("2026-05-27T23:59")
    assert story.term("zoektermijn-1").status == "loopt"


def test_an_early_application_is_kept_with_its_date_and_counts_from_the_day_that_it_may() -> None:
    """Thu 14 May is early; from Thu 28 May: advance Thu 25 June, decision Thu 23 July 2026."""
    story = young().act("2026-05-14T10:00", "aanvraag_ingediend")
    assert str(story.state.application_on) == "2026-05-14"
    assert str(story.term("voorschot-1").due) == "2026-06-25"
    assert str(story.term("besluit_aanvraag-1").due) == "2026-07-23"
    assert [task.kind for task in story.state.open_tasks()] == ["vroege_aanvraag"]
    # The papers belong with the application, which counts from 28 May (art. 41 lid 7 onder a).
    assert str(story.term("stukken_school-1").due) == "2026-05-28"


def test_under_the_other_reading_an_early_application_counts_from_its_own_date() -> None:
    """From Thu 14 May: advance Thu 11 June, decision Thu 9 July 2026."""
    policy = with_reading(load_policy("deventer"), vroege_aanvraag="ontvangst")
    story = young(policy=policy).act("2026-05-14T10:00", "aanvraag_ingediend")
    assert str(story.term("voorschot-1").due) == "2026-06-11"
    assert str(story.term("besluit_aanvraag-1").due) == "2026-07-09"
    assert [task.kind for task in story.state.open_tasks()] == ["vroege_aanvraag"]


def test_on_the_day_that_it_opens_an_application_is_not_early() -> None:
    story = young().act("2026-05-28T00:00", "aanvraag_ingediend")
    assert "vroege_aanvraag" not in {task.kind for task in story.state.tasks}
    assert str(story.term("besluit_aanvraag-1").due) == "2026-07-23"


@pytest.mark.parametrize(
    "exception",
    [
        {"feit": "medische_urenbeperking", "waarde": "ja"},
        {"feit": "lks_doelgroep", "waarde": "ja"},
        {"feit": "vso_pro", "waarde": "pro"},
        {"feit": "huishouden", "waarde": "paar_partner_27_plus"},
    ],
    ids=lambda exception: exception["feit"],
)
def test_an_exception_ends_the_waiting_at_once_and_an_early_application_counts_from_its_own_date(
    exception: dict[str, str],
) -> None:
    """Pw art. 41 lid 4 onder a and b, and lid 12. From Thu 14 May: decision Thu 9 July 2026."""
    story = young().act("2026-05-14T10:00", "aanvraag_ingediend")
    story.act("2026-05-18T10:00", "feit_vastgelegd", **exception)
    assert story.term("zoektermijn-1").status == "vervallen"
    assert "aanvragen kan meteen" in next(
        event.text
        for event in story.events
        if event.event == "term_cancelled" and event.term == "zoektermijn"
    )
    assert str(story.term("besluit_aanvraag-1").due) == "2026-07-09"
    assert str(story.term("voorschot-1").due) == "2026-06-11"


def test_an_exception_of_the_partner_counts_as_well() -> None:
    story = young(household="paar_partner_onder_27")
    assert "zoektermijn" in open_keys(story)
    story.act("2026-05-04T10:00", "feit_vastgelegd", feit="vso_pro", waarde="vso", over="partner")
    assert "zoektermijn" not in open_keys(story)
    assert story.state.route == "jongere"


def test_an_exception_that_was_asked_in_vain_is_a_question_and_no_no() -> None:
    story = Story(birth=date(2003, 6, 1), household="alleenstaand").act("2026-04-30T10:00", "melding")
    story.act("2026-04-30T10:30", "feit_vastgelegd", feit="medische_urenbeperking", waarde="onbekend")
    story.act("2026-04-30T11:00", "feit_vastgelegd", **NO_VSO)
    assert story.state.route == "jongere"
    assert "zoektermijn" not in open_keys(story)
    assert "medische_urenbeperking_onbekend" in {
        reason for task in story.state.open_tasks() for reason in task.reasons
    }
    story.act("2026-05-04T10:00", "feit_vastgelegd", feit="medische_urenbeperking", waarde="nee")
    # Armed late, and from the melding all the same.
    assert str(story.term("zoektermijn-1").due) == "2026-05-28"
    assert [task for task in story.state.open_tasks() if task.kind == "beoordeel_route"] == []


def test_the_college_may_begin_earlier_by_an_act_of_a_person() -> None:
    story = young().act("2026-05-04T10:00", "zoektermijn_ingekort", reden="dreigende dakloosheid")
    assert story.term("zoektermijn-1").status == "vervallen"
    story.act("2026-05-05T10:00", "aanvraag_ingediend")
    assert "vroege_aanvraag" not in {task.kind for task in story.state.tasks}
    story.act("2026-05-06T10:00", "feit_vastgelegd", feit="huishouden", waarde="alleenstaande_ouder")
    assert "zoektermijn" not in open_keys(story)
    with pytest.raises(Refused, match="Er loopt geen wachttijd"):
        story.act("2026-05-07T10:00", "zoektermijn_ingekort", reden="nog een keer")


def test_the_melding_at_uwv_is_a_date_of_its_own_and_the_waiting_counts_from_it() -> None:
    """At UWV on Mon 20 April: opens Mon 18 May 2026. The talk still counts from the melding here."""
    story = young().act("2026-05-04T10:00", "melding_bijstand", effective="2026-04-20")
    assert str(story.state.benefit_reported_on) == "2026-04-20"
    assert str(story.term("zoektermijn-1").due) == "2026-05-18"
    assert str(story.term("eerste_gesprek-1").due) == "2026-05-07"


def test_who_does_not_ask_for_bijstand_has_nothing_to_wait_for() -> None:
    story = Story(birth=date(2003, 6, 1), household="alleenstaand")
    story.act("2026-04-30T10:00", "melding", voor_bijstand=False)
    story.act("2026-04-30T11:00", "feit_vastgelegd", **NO_VSO)
    assert story.state.route == "jongere"
    assert open_keys(story) == {"eerste_gesprek", "schooltoets", "verjaardag_27"}
    story.act("2026-05-04T10:00", "melding_bijstand")
    assert str(story.term("zoektermijn-1").due) == "2026-06-01"


# -- couples -------------------------------------------------------------------------------------------


def test_a_couple_of_29_and_22_applies_at_once_and_the_papers_of_the_younger_stay() -> None:
    """Pw art. 41 lid 5 and 7 onder b: four weeks after Thu 30 April is Thu 28 May 2026."""
    story = Story(birth=date(1997, 1, 15), household="paar").act("2026-04-30T10:00", "melding")
    story.act(
        "2026-04-30T11:00", "feit_vastgelegd", feit="geboortedatum", waarde="2004-02-01", over="partner"
    )
    assert story.state.route == "regulier"
    assert "zoektermijn" not in {term.term for term in story.state.terms}
    assert str(story.term("stukken_school-1").due) == "2026-05-28"
    story.act("2026-05-04T10:00", "aanvraag_ingediend")
    assert "vroege_aanvraag" not in {task.kind for task in story.state.tasks}
    story.act("2026-05-20T10:00", "stukken_school_ontvangen")
    assert story.term("stukken_school-1").status == "gehaald"
    story.act("2026-06-10T10:00", "besluit_bekendgemaakt", uitkomst="toegekend")
    # The plan van aanpak of the younger partner is an annex to the grant (art. 44 lid 4).
    assert "plan_van_aanpak" in {task.kind for task in story.state.open_tasks()}
    story.act("2026-06-11T10:00", "plan_van_aanpak_vastgesteld")
    assert "plan_van_aanpak" not in {task.kind for task in story.state.open_tasks()}


def test_a_partner_of_27_who_moves_in_ends_the_waiting_and_who_moves_out_brings_it_back() -> None:
    story = young()
    story.act("2026-05-04T10:00", "feit_vastgelegd", feit="huishouden", waarde="paar_partner_27_plus")
    assert (story.state.route, "zoektermijn" in open_keys(story)) == ("regulier", False)
    assert str(story.term("stukken_school-1").due) == "2026-05-28"
    story.act("2026-05-11T10:00", "feit_vastgelegd", feit="huishouden", waarde="alleenstaand")
    assert story.state.route == "jongere"
    assert str(story.term("zoektermijn-2").due) == "2026-05-28"


def test_of_a_couple_the_27th_birthday_of_the_partner_ends_the_waiting() -> None:
    story = Story(birth=date(2003, 6, 1), household="paar").act("2026-04-30T10:00", "melding")
    story.act(
        "2026-04-30T11:00", "feit_vastgelegd", feit="geboortedatum", waarde="1999-05-12", over="partner"
    )
    story.act("2026-04-30T12:00", "feit_vastgelegd", **NO_VSO)
    assert story.state.route == "jongere"
    assert story.until("2026-05-11T23:59").state.route == "jongere"
    assert story.until("2026-05-12T00:00").state.route == "regulier"
    assert "zoektermijn" not in open_keys(story)


# -- birthdays -----------------------------------------------------------------------------------------


def test_who_becomes_27_while_waiting_may_apply_at_once_and_goes_on_as_regulier() -> None:
    story = young(birth="1999-05-12")
    assert (story.state.route, str(story.term("zoektermijn-1").due)) == ("jongere", "2026-05-28")
    assert story.until("2026-05-11T23:59").state.route == "jongere"
    story.until("2026-05-12T00:00")
    assert story.state.route == "regulier"
    assert story.term("zoektermijn-1").status == "vervallen"
    assert story.term("verjaardag_27-1").status == "gehaald"
    assert "eerste_gesprek" in open_keys(story)
    assert not {"stukken_school", "houding_jongere", "schooltoets"} & open_keys(story)


def test_an_incomplete_birth_date_has_two_days_to_look_again() -> None:
    """Born in May 1999: unsure from 1 May 2026, sure on 31 May 2026."""
    story = Story(birth=None, household="alleenstaand").act("2026-04-20T10:00", "melding")
    story.act("2026-04-20T11:00", "feit_vastgelegd", feit="geboortedatum", waarde="1999-05")
    story.act("2026-04-20T12:00", "feit_vastgelegd", **NO_VSO)
    assert story.until("2026-04-30T23:59").state.route == "jongere"
    story.until("2026-05-01T00:00")
    assert story.state.route == "jongere"
    assert "leeftijd_onbekend" in {reason for task in story.state.open_tasks() for reason in task.reasons}
    story.until("2026-05-31T00:00")
    assert story.state.route == "regulier"
    assert [task for task in story.state.open_tasks() if task.kind == "beoordeel_route"] == []


def test_under_18_the_kwalificatieplicht_runs_until_the_birthday_or_a_startkwalificatie() -> None:
    story = young(birth="2008-09-01")
    assert str(story.term("kwalificatieplicht-1").due) == "2026-09-01"
    # Attitude is judged of adults only (Pw art. 43 lid 4).
    assert "houding_jongere" not in open_keys(story)
    story.act("2026-06-01T10:00", "feit_vastgelegd", feit="startkwalificatie", waarde="ja")
    assert "kwalificatieplicht" not in open_keys(story)
    story.until("2026-09-01T00:00")
    assert "wordt_18" in {task.kind for task in story.state.open_tasks()}


# -- school first --------------------------------------------------------------------------------------


def test_school_comes_first_and_a_person_says_whether_it_is_possible() -> None:
    story = young()
    assert str(story.term("schooltoets-1").due) == "2026-05-28"
    story.act("2026-05-04T10:00", "school_gevraagd", aan="doorstroompunt")
    # WEB art. 9.2.3: four weeks after Mon 4 May is Mon 1 June 2026.
    assert str(story.term("school_informatie-1").due) == "2026-06-01"
    story.act("2026-05-18T10:00", "school_informatie_ontvangen")
    assert story.term("school_informatie-1").status == "gehaald"
    with pytest.raises(Refused, match="heeft een reden nodig"):
        story.act("2026-05-19T10:00", "school_onderzocht", kan_naar_school="ja")
    story.act("2026-05-19T10:00", "school_onderzocht", kan_naar_school="ja", reden="plek op mbo")
    assert story.term("schooltoets-1").status == "gehaald"
    assert "begeleid_naar_school" in {task.kind for task in story.state.open_tasks()}
    # Nothing was refused or ended by it.
    assert (story.state.decision, story.state.exit) == ("", "")


def test_whether_school_is_possible_can_be_unknown_and_is_then_asked() -> None:
    story = young().act("2026-05-04T10:00", "school_onderzocht", kan_naar_school="onbekend")
    assert "school_onbekend" in {task.kind for task in story.state.open_tasks()}


def test_support_needs_that_school_does_not_fit_and_in_the_first_weeks_a_reason() -> None:
    """Pw art. 7a and 7 lid 3 onder b."""
    story = young().act("2026-05-04T10:00", "gesprek_gevoerd")
    with pytest.raises(Refused, match="Leg eerst vast of school kan"):
        story.act("2026-05-05T10:00", "ondersteuning_jongere_gestart")
    story.act("2026-05-06T10:00", "school_onderzocht", kan_naar_school="nee")
    with pytest.raises(
        Refused, match=r"tot donderdag 28 mei 2026, is er alleen ondersteuning als die nodig is"
    ):
        story.act("2026-05-07T10:00", "ondersteuning_jongere_gestart")
    story.act("2026-05-07T10:00", "ondersteuning_jongere_gestart", nodig="dreigt uit te vallen")
    assert "ondersteuning_jongere" not in open_keys(story)


def test_attitude_is_judged_against_somebody_only_after_the_weeks_are_over() -> None:
    story = young()
    with pytest.raises(Refused, match="reden nodig"):
        story.act("2026-05-20T10:00", "houding_beoordeeld", oordeel="onvoldoende")
    with pytest.raises(Refused, match="duren tot en met donderdag 28 mei 2026"):
        story.act("2026-05-20T10:00", "houding_beoordeeld", oordeel="onvoldoende", reden="niet gezocht")
    story.act("2026-05-20T10:00", "houding_beoordeeld", oordeel="voldoende")
    assert story.term("houding_jongere-1").status == "gehaald"
    assert story.state.youth.attitude == "voldoende"


# -- vso and pro ---------------------------------------------------------------------------------------


def test_from_vso_there_is_no_waiting_and_the_papers_come_within_four_weeks() -> None:
    story = Story(birth=date(2007, 6, 1), household="alleenstaand").act("2026-08-03T10:00", "melding")
    story.act(
        "2026-08-03T11:00", "feit_vastgelegd", feit="vso_pro", waarde="vso", tot="2026-07-10", bron="duo"
    )
    assert story.state.route == "vso_pro"
    assert "zoektermijn" not in open_keys(story)
    # Four weeks after Mon 3 August is Mon 31 August 2026.
    assert str(story.term("stukken_school-1").due) == "2026-08-31"
    story.act("2026-08-04T10:00", "aanvraag_ingediend")
    assert "vroege_aanvraag" not in {task.kind for task in story.state.tasks}


def test_who_left_vso_within_the_year_on_the_day_of_the_melding_keeps_that() -> None:
    """Left on 10 July 2025, reported on 9 July 2026: a household change in August takes nothing away."""
    story = Story(birth=date(2007, 6, 1), household="alleenstaand").act("2026-07-09T10:00", "melding")
    story.act("2026-07-09T11:00", "feit_vastgelegd", feit="vso_pro", waarde="vso", tot="2025-07-10")
    assert story.state.route == "vso_pro"
    story.act("2026-08-20T10:00", "feit_vastgelegd", feit="huishouden", waarde="alleenstaande_ouder")
    assert story.state.route == "vso_pro"


def test_a_late_melding_that_is_recorded_after_the_weeks_opens_at_once() -> None:
    story = Story(birth=date(2003, 6, 1), household="alleenstaand")
    story.act("2026-06-10T10:00", "melding", effective="2026-04-30")
    story.act("2026-06-10T11:00", "feit_vastgelegd", **NO_VSO).until("2026-06-10T11:01")
    assert story.term("zoektermijn-1").status == "gehaald"
    assert story.term("zoektermijn-1").dates.opens_at == instant("2026-05-28T00:00")


@pytest.mark.parametrize("household", HOUSEHOLDS)
def test_whatever_the_household_nobody_is_refused_an_application(household: str) -> None:
    story = young(household=household).act("2026-05-01T10:00", "aanvraag_ingediend")
    assert str(story.state.application_on) == "2026-05-01"
    assert story.state.open_terms("besluit_aanvraag")


# -- support goes together with the school that was left -----------------------------------------------


def left_school(kind: str, value: str, last: str) -> Story:
    story = Story(birth=date(2005, 6, 1), household="alleenstaand").act("2026-04-30T10:00", "melding")
    return story.act(
        "2026-05-01T10:00", "feit_vastgelegd", effective="2020-09-01", feit=kind, waarde=value, tot=last
    )


@pytest.mark.parametrize(
    ("kind", "value", "last", "term", "until"),
    [
        # Two years after Fri 18 July 2025: Sun 18 July 2027; one year after entree: Sat 18 July 2026.
        ("vso_pro", "pro", "2025-07-18", "ondersteuning_na_vso_pro", "2027-07-18"),
        ("school", "entree", "2025-07-18", "ondersteuning_na_entree", "2026-07-18"),
    ],
)
def test_for_some_time_after_school_support_is_talked_over_with_the_school(
    kind: str, value: str, last: str, term: str, until: str
) -> None:
    """WEB art. 9.2.5 lid 5."""
    story = left_school(kind, value, last)
    (running,) = story.state.open_terms(term)
    assert (str(running.due), running.quiet) == (until, True)
    start = {"effective": "2026-06-15", "vorm": "begeleiding"}
    story.act("2026-06-01T10:00", "school_onderzocht", kan_naar_school="nee")
    story.act("2026-06-15T10:00", "ondersteuning_jongere_gestart", **start)
    (task,) = story.state.open_tasks("school_raadplegen")
    assert "overleg" in task.text.lower()
    # When the time has passed nobody was late.
    story.until(f"{until[:4]}-07-20T10:00")
    assert story.state.open_terms(term) == []
    assert not [event for event in story.events if event.term == term and event.event == "term_breached"]


def test_who_asked_the_school_already_is_not_asked_to() -> None:
    story = left_school("vso_pro", "pro", "2025-07-18").act("2026-05-04T10:00", "school_gevraagd")
    story.act("2026-06-01T10:00", "school_onderzocht", kan_naar_school="nee")
    story.act("2026-06-15T10:00", "ondersteuning_jongere_gestart")
    assert story.state.open_tasks("school_raadplegen") == []


def test_long_after_school_nothing_runs() -> None:
    story = left_school("vso_pro", "pro", "2024-04-29")
    assert story.state.open_terms("ondersteuning_na_vso_pro") == []
