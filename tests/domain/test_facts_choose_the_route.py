"""Facts choose the route; what is unknown is a question, and nothing that runs is lost."""

from datetime import date
from typing import Any

import pytest

from domain.decide import Refused
from domain.facts import Fact, Facts, read_birth
from domain.findings import BrpPerson, Finding, Outcome, PartialDate
from domain.topics.routing import choose_route
from runtime.policies import load_policy
from tests.domain.story import Story, instant, with_reading

POLICY = load_policy("deventer")
NO_VSO = {"feit": "vso_pro", "waarde": "nee"}


def known(birth: str, household: str = "alleenstaand", **facts: Any) -> Facts:
    """``vso_pro=("vso", "2022-08-01", "2025-07-18")``, or only a value: since 2020."""
    rows = []
    for name, said in facts.items():
        value, since, until = (said, "2020-01-01", None) if isinstance(said, str) else (*said, None)[:3]
        about, kind = (
            ("partner", name.removeprefix("partner_")) if name.startswith("partner_") else ("inwoner", name)
        )
        rows.append(
            Fact(
                kind=kind,
                value=value,
                about=about,
                since=date.fromisoformat(since),
                until=date.fromisoformat(until) if until else None,
                recorded_on=date(2026, 4, 30),
            )
        )
    return Facts(rows=tuple(rows), birth=read_birth(birth) if birth else None, household=household)


def chosen(facts: Facts, on: str = "2026-04-30") -> tuple[str | None, set[str]]:
    choice = choose_route(facts, date.fromisoformat(on), POLICY)
    return choice.route, {reason.code for reason in choice.unknowns}


@pytest.mark.parametrize(
    ("birth", "route"),
    [
        ("1999-04-30", "regulier"),  # 27 today
        ("1999-05-01", "jongere"),  # 27 tomorrow
        ("1999-04-29", "regulier"),
        ("1999-04", "regulier"),  # 27 at the latest today
        ("1999-05", "jongere"),  # 27 at the earliest on 1 May
        ("1998", "regulier"),
        ("2000", "jongere"),
        ("1959-05-01", "regulier"),  # 67 tomorrow
    ],
)
def test_the_27th_birthday_is_the_border_between_jongere_and_regulier(birth: str, route: str) -> None:
    assert chosen(known(birth, vso_pro="nee")) == (route, set())


@pytest.mark.parametrize(
    ("birth", "on"),
    [("1999", "2026-04-30"), ("1999-04", "2026-04-29"), ("1999-04", "2026-04-01"), ("", "2026-04-30")],
)
def test_a_birth_date_that_does_not_tell_is_a_question(birth: str, on: str) -> None:
    assert chosen(known(birth, vso_pro="nee"), on) == (None, {"leeftijd_onbekend"})


def test_past_the_aow_age_no_route_fits_and_a_person_is_asked() -> None:
    choice = choose_route(known("1959-04-30"), date(2026, 4, 30), POLICY)
    assert (choice.route, choice.unknowns) == (None, ())
    assert [reason.code for reason in choice.reasons] == ["te_oud"]


@pytest.mark.parametrize(
    ("reading", "on", "route"),
    [
        # Born on 29 February 2000: 27 in 2027, a year without that day.
        ("28-02", "2027-02-27", "jongere"),
        ("28-02", "2027-02-28", "regulier"),
        ("01-03", "2027-02-28", "jongere"),
        ("01-03", "2027-03-01", "regulier"),
    ],
)
def test_who_was_born_on_the_leap_day_is_27_on_the_day_of_the_reading(
    reading: str, on: str, route: str
) -> None:
    policy = with_reading(POLICY, verjaardag_29_februari=reading)
    choice = choose_route(known("2000-02-29", vso_pro="nee"), date.fromisoformat(on), policy)
    assert choice.route == route


@pytest.mark.parametrize(
    ("household", "partner", "expected"),
    [
        ("alleenstaande_ouder", {}, ("jongere", set())),
        ("paar", {"partner_geboortedatum": "1999-05-01"}, ("jongere", set())),
        ("paar", {"partner_geboortedatum": "1999-04-30"}, ("regulier", set())),
        ("paar", {"partner_geboortedatum": "1999"}, (None, {"partner_onbekend"})),
        ("paar", {}, (None, {"partner_onbekend"})),
        ("paar_partner_onder_27", {}, ("jongere", set())),
        ("paar_partner_27_plus", {}, ("regulier", set())),
        ("onbekend", {}, (None, {"huishouden_onbekend"})),
    ],
)
def test_a_couple_is_young_only_when_both_are(
    household: str, partner: dict[str, str], expected: tuple[str | None, set[str]]
) -> None:
    """Pw art. 41 lid 4."""
    facts = known("2003-06-01", household, vso_pro="nee", **partner)
    route, unknowns = chosen(facts)
    assert (route, unknowns - {"te_jong"}) == expected


@pytest.mark.parametrize(
    ("said", "route"),
    [
        (("vso", "2020-08-01"), "vso_pro"),  # still there
        (("pro", "2020-08-01", "2025-07-18"), "vso_pro"),
        (("vso", "2020-08-01", "2025-04-30"), "vso_pro"),  # a year ago today
        (("vso", "2020-08-01", "2025-04-29"), "jongere"),  # a year and a day
        ("nee", "jongere"),
        ("onbekend", None),
    ],
)
def test_vso_or_pro_counts_until_a_year_before_applying(said: Any, route: str | None) -> None:
    """Pw art. 41 lid 4 onder a."""
    assert chosen(known("2005-06-01", vso_pro=said))[0] == route


def test_another_school_all_year_answers_the_question_about_vso_and_pro() -> None:
    assert chosen(known("2005-06-01", school=("mbo", "2024-08-01"))) == ("jongere", set())
    assert chosen(known("2005-06-01", school=("mbo", "2025-08-01"))) == (None, {"vso_pro_onbekend"})
    assert chosen(known("2005-06-01", school=("vso", "2024-08-01"))) == ("vso_pro", set())


def test_vso_of_long_ago_does_not_make_somebody_of_27_a_school_leaver() -> None:
    assert chosen(known("1999-04-30", vso_pro=("vso", "2020-08-01"))) == ("regulier", set())


# -- in a journey --------------------------------------------------------------------------------------


def test_a_young_resident_of_whom_enough_is_known_is_on_route_jongere_at_once_with_the_reason() -> None:
    story = Story(birth=date(2005, 6, 1), household="alleenstaand").act("2026-04-30T10:00", "melding")
    # Whether it was vso or pro is a question; until the answer the journey stays where it is.
    assert story.state.route == "regulier"
    assert [task.reasons for task in story.state.open_tasks()] == [("vso_pro_onbekend",)]
    story.act("2026-05-01T10:00", "feit_vastgelegd", **NO_VSO)
    assert story.state.route == "jongere"
    assert story.state.open_tasks() == []
    event = next(event for event in story.events if event.event == "route_chosen")
    assert (event.route, event.text) == ("jongere", "Route Jongere, tot 27 jaar: Jonger dan 27 jaar.")
    assert story.state.routes_chosen[-1].reasons == ("jonger_dan_27",)
    assert str(story.term("eerste_gesprek-1").due) == "2026-05-07"


def test_a_fact_counts_from_its_own_day_also_when_it_comes_late_or_out_of_order() -> None:
    story = Story(birth=date(2003, 6, 1)).act("2026-04-30T10:00", "melding")
    story.act("2026-05-01T10:00", "feit_vastgelegd", **NO_VSO)
    story.act("2026-05-04T10:00", "feit_vastgelegd", feit="huishouden", waarde="alleenstaand")
    assert story.state.route == "jongere"
    # An older situation that becomes known later does not change what holds now.
    story.act(
        "2026-05-05T10:00",
        "feit_vastgelegd",
        feit="huishouden",
        waarde="paar_partner_27_plus",
        effective="2025-01-01",
    )
    assert story.state.route == "jongere"
    story.act(
        "2026-05-06T10:00",
        "feit_vastgelegd",
        feit="huishouden",
        waarde="paar_partner_27_plus",
        effective="2026-05-05",
    )
    assert story.state.route == "regulier"


def test_a_household_that_changes_next_month_changes_the_route_then() -> None:
    story = Story(birth=date(2003, 6, 1), household="alleenstaand").act("2026-04-30T10:00", "melding")
    story.act("2026-04-30T11:00", "feit_vastgelegd", **NO_VSO)
    story.act(
        "2026-05-04T10:00",
        "feit_vastgelegd",
        feit="huishouden",
        waarde="paar_partner_27_plus",
        effective="2026-06-01",
    )
    assert story.until("2026-05-31T23:59").state.route == "jongere"
    assert story.until("2026-06-01T00:00").state.route == "regulier"


def test_a_changed_route_keeps_every_running_term() -> None:
    story = Story(birth=date(2003, 6, 1), household="alleenstaand").act("2026-04-30T10:00", "melding")
    story.act("2026-04-30T11:00", "feit_vastgelegd", **NO_VSO)
    story.act("2026-05-04T10:00", "gesprek_gevoerd").act("2026-06-02T10:00", "aanvraag_ingediend")
    before = {term.id: term.due for term in story.state.open_terms()}
    story.act("2026-06-03T10:00", "feit_vastgelegd", feit="huishouden", waarde="paar_partner_27_plus")
    after = {term.id: term.due for term in story.state.open_terms()}
    assert story.state.route == "regulier"
    for key in ("plan-1", "voorschot-1", "besluit_aanvraag-1"):
        assert after[key] == before[key]


def test_a_correction_gives_the_route_as_if_the_right_fact_had_come() -> None:
    wrong = Story(birth=date(2003, 6, 1), household="alleenstaand").act("2026-04-30T10:00", "melding")
    wrong.act("2026-04-30T11:00", "feit_vastgelegd", act_id="school", feit="vso_pro", waarde="vso")
    assert wrong.state.route == "vso_pro"
    wrong.act("2026-05-04T10:00", "gesprek_gevoerd")
    wrong.act(
        "2026-05-05T10:00", "handeling_gecorrigeerd", handeling="school", gegevens=NO_VSO, reden="typefout"
    )
    right = Story(birth=date(2003, 6, 1), household="alleenstaand").act("2026-04-30T10:00", "melding")
    right.act("2026-04-30T11:00", "feit_vastgelegd", act_id="school", **NO_VSO)
    right.act("2026-05-04T10:00", "gesprek_gevoerd").until("2026-05-05T10:00")
    assert wrong.state.route == "jongere"
    for name in ("route", "routes_chosen", "terms", "tasks", "youth", "resident", "stage"):
        assert getattr(wrong.state, name) == getattr(right.state, name), name


def test_a_withdrawn_fact_is_unknown_again_and_asked_again() -> None:
    story = Story(birth=date(2003, 6, 1), household="alleenstaand").act("2026-04-30T10:00", "melding")
    story.act("2026-04-30T11:00", "feit_vastgelegd", act_id="school", **NO_VSO)
    story.act("2026-05-05T10:00", "handeling_ingetrokken", handeling="school", reden="andere persoon")
    assert story.state.route == "regulier"
    assert [task.reasons for task in story.state.open_tasks()] == [("vso_pro_onbekend",)]


def test_a_person_chooses_with_a_reason_and_facts_only_ask_from_then_on() -> None:
    story = Story(birth=date(2003, 6, 1), household="alleenstaand").act("2026-04-30T10:00", "melding")
    story.act("2026-05-04T10:00", "route_gekozen", by="c.smit", route="jongere", reden="geen vso gehad")
    assert story.state.route == "jongere"
    assert story.state.routes_chosen[-1].by is not None
    assert story.state.open_tasks() == []
    story.act("2026-05-05T10:00", "feit_vastgelegd", feit="vso_pro", waarde="pro")
    assert story.state.route == "jongere"
    assert [task.reasons for task in story.state.open_tasks()] == [("past_vso_pro",)]


def test_an_unknown_route_or_value_is_refused_with_what_can_be() -> None:
    story = Story().act("2026-04-30T10:00", "melding")
    with pytest.raises(Refused, match=r"Route 'snelweg' bestaat niet\. Kies uit: .*regulier"):
        story.act("2026-05-04T10:00", "route_gekozen", route="snelweg", reden="past beter")
    with pytest.raises(Refused, match="waarde van huishouden is een van: alleenstaand"):
        story.act("2026-05-04T10:00", "feit_vastgelegd", feit="huishouden", waarde="samen")
    with pytest.raises(Refused, match="een geboortedatum is"):
        story.act("2026-05-04T10:00", "feit_vastgelegd", feit="geboortedatum", waarde="2003-02-30")


def test_what_the_brp_says_comes_before_what_was_said_and_the_difference_is_a_question() -> None:
    story = Story(bsn=True, household="alleenstaand").act("2026-04-30T10:00", "melding")
    question = story.state.look_ups[0]
    story.found(
        "2026-04-30T10:05",
        Finding(
            id=question.id,
            question=question.question,
            outcome=Outcome.FOUND,
            answered_at=instant("2026-04-30T10:05"),
            person=BrpPerson(birth=PartialDate(year=1985, month=1, day=15), municipality_code="0150"),
        ),
    )
    story.act("2026-05-04T10:00", "feit_vastgelegd", feit="geboortedatum", waarde="2003-06-01")
    assert story.state.route == "regulier"
    assert [task.kind for task in story.state.open_tasks()] == ["afwijkend_feit"]


def test_a_birth_date_that_becomes_known_later_is_answer_to_the_question() -> None:
    story = Story(birth=None).act("2026-04-30T10:00", "melding")
    assert [task.reasons for task in story.state.open_tasks()] == [("leeftijd_onbekend",)]
    story.act("2026-05-01T10:00", "feit_vastgelegd", feit="geboortedatum", waarde="1985")
    assert story.state.open_tasks() == []
    assert story.state.route == "regulier"


def test_a_closed_journey_keeps_facts_and_chooses_nothing() -> None:
    story = Story().act("2026-04-30T10:00", "melding")
    story.act("2026-05-05T10:00", "klantroute_beeindigd", exit="vrijwillig", reden="op eigen verzoek")
    story.act("2026-05-06T10:00", "feit_vastgelegd", feit="geboortedatum", waarde="2003-06-01")
    assert story.state.route == "regulier"
    assert len(story.state.resident.facts) == 1


def test_nobody_is_born_in_the_future() -> None:
    story = Story(birth=None).act("2026-04-30T10:00", "melding")
    for born in ("2026-05-02", "2026-06", "2027"):
        with pytest.raises(Refused, match="moet nog komen"):
            story.act("2026-05-01T10:00", "feit_vastgelegd", feit="geboortedatum", waarde=born)
    with pytest.raises(Refused, match="geboren 2026-05-02 ligt na"):
        story.act("2026-05-01T10:00", "huishouden_gewijzigd", wat="kind_erbij", geboren="2026-05-02")


def test_everybody_hears_of_the_next_choice_after_one_that_was_taken_back() -> None:
    """The outbox sends a key once: another choice may not have the key of the one before."""
    story = Story().act("2026-04-30T10:00", "melding").act("2026-05-04T10:00", "gesprek_gevoerd")
    story.act("2026-05-05T10:00", "route_gekozen", route="beschut", reden="leek zo", act_id="een")
    story.act("2026-05-06T10:00", "handeling_ingetrokken", handeling="een", reden="vergissing")
    story.act("2026-05-07T10:00", "route_gekozen", route="arbeidsbeperkt", reden="past", act_id="twee")
    told = [message for message in story.messages if message.params["tekst"].startswith("Route ")]
    assert len(told) >= 2
    assert len({message.key for message in told}) == len(told)
