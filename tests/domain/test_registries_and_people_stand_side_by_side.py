"""What a registry says becomes a fact with its source; where somebody said otherwise a person sees both.

Nothing that a registry says decides: facts that people gave stay until a person changes them.
"""

import pytest

from domain.findings import (
    Benefits,
    BenefitSpell,
    BrpPerson,
    Child,
    Earnings,
    Enrolment,
    Finding,
    Ground,
    Outcome,
    Paid,
    PartialDate,
    Provision,
    Reintegration,
    SchoolRecord,
    TargetGroup,
)
from domain.topics.routing import facts_of
from tests.domain.story import Story, open_tasks

ALL = ("brp", "uwv", "duo", "inlichtingenbureau")
YOUNG = BrpPerson(birth=PartialDate(year=2004, month=5, day=6), municipality_code="0150")
OLD = BrpPerson(birth=PartialDate(year=1985, month=1, day=15), municipality_code="0150")


def day(text: str) -> PartialDate:
    parts = [int(part) for part in text.split("-")]
    return PartialDate(**dict(zip(("year", "month", "day"), parts, strict=False)))


def started(person: BrpPerson = YOUNG, household: str = "onbekend") -> Story:
    story = Story(bsn=True, connected=ALL, household=household).act("2026-05-04T10:00", "melding")
    return story.answer("2026-05-04T10:01", "brp_persoon", person=person)


def asking(story: Story, question: str) -> Story:
    if question in ("uwv_inkomen", "bijstandsregelingen"):
        story.act("2026-05-05T08:00", "aanvraag_ingediend")
    if question not in [one.question for one in story.state.look_ups]:
        story.act("2026-05-05T09:00", "registratie_bevraagd", vraag=question)
    return story


def fact(story: Story, kind: str) -> tuple[str, str, str]:
    row = next(row for row in reversed(story.state.resident.facts) if row.kind == kind)
    return row.value, str(row.since), row.source


def question_about(story: Story, kind: str) -> str:
    (text,) = [task.text for task in story.state.open_tasks(kind)]
    return text


def test_what_duo_registers_is_a_fact_with_its_source() -> None:
    record = SchoolRecord(
        basic_qualification=False,
        enrolments=(
            Enrolment(since=day("2018-08-01"), until=day("2022-07-31"), school="vso"),
            Enrolment(since=day("2025-08-01"), school="mbo", level="2"),
        ),
    )
    story = started().answer("2026-05-04T10:02", "duo_onderwijs", school=record)
    assert fact(story, "startkwalificatie") == ("nee", "2026-05-04", "duo")
    assert fact(story, "school") == ("mbo", "2025-08-01", "duo")
    assert fact(story, "vso_pro") == ("vso", "2018-08-01", "duo")


def test_somebody_who_left_school_has_none_from_the_day_after() -> None:
    record = SchoolRecord(
        enrolments=(Enrolment(since=day("2023-08-01"), until=day("2025-07-31"), school="mbo"),)
    )
    story = started().answer("2026-05-04T10:02", "duo_onderwijs", school=record)
    assert fact(story, "school") == ("geen", "2025-08-01", "duo")


def test_a_resident_and_duo_who_say_different_things_are_both_shown() -> None:
    story = Story(bsn=True, connected=ALL).act("2026-05-04T10:00", "melding")
    story.act("2026-05-04T10:05", "feit_vastgelegd", feit="startkwalificatie", waarde="ja", bron="opgave")
    story.answer("2026-05-04T10:06", "brp_persoon", person=YOUNG)
    story.answer("2026-05-04T10:07", "duo_onderwijs", school=SchoolRecord(basic_qualification=False))
    text = question_about(story, "tegenspraak")
    assert "DUO zegt over startkwalificatie: nee. In het dossier staat: ja (volgens de inwoner)" in text
    assert facts_of(story.state).value("startkwalificatie", story.state.last_at.date()) == "ja"  # type: ignore[union-attr]
    # Asked again, it says the same; the person was asked already.
    story.act("2026-07-01T10:00", "registratie_bevraagd", vraag="duo_onderwijs")
    story.answer("2026-07-01T10:01", "duo_onderwijs", school=SchoolRecord(basic_qualification=False))
    assert open_tasks(story).count("tegenspraak") == 1


def test_newer_news_of_the_same_registry_takes_the_place_of_its_older() -> None:
    story = started().answer(
        "2026-05-04T10:02", "duo_onderwijs", school=SchoolRecord(basic_qualification=False)
    )
    story.act("2026-07-20T10:00", "registratie_bevraagd", vraag="duo_onderwijs")
    story.answer("2026-07-20T10:01", "duo_onderwijs", school=SchoolRecord(basic_qualification=True))
    assert fact(story, "startkwalificatie") == ("ja", "2026-07-20", "duo")
    assert "tegenspraak" not in open_tasks(story)


@pytest.mark.parametrize(
    ("said", "value"),
    [
        (TargetGroup(grounds=(Ground(code="01", since=day("2020-03-01")),)), ("ja", "2020-03-01", "uwv")),
        (
            TargetGroup(
                ends=day("2026-02-28"), grounds=(Ground(since=day("2020-03-01"), until=day("2026-02-28")),)
            ),
            ("nee", "2026-03-01", "uwv"),
        ),
    ],
)
def test_the_doelgroepregister_says_yes_or_until_when(said: TargetGroup, value: tuple[str, str, str]) -> None:
    story = asking(started(OLD), "uwv_doelgroepregister")
    story.answer("2026-05-05T10:00", "uwv_doelgroepregister", target_group=said)
    assert fact(story, "doelgroepregister") == value


def test_who_is_not_found_in_a_register_has_not_been_said_to_be_outside_of_it() -> None:
    story = asking(started(OLD), "uwv_doelgroepregister")
    story.answer("2026-05-05T10:00", "uwv_doelgroepregister", Outcome.NOT_FOUND)
    assert not [row for row in story.state.resident.facts if row.kind == "doelgroepregister"]
    assert open_tasks(story) == []


def earning(*periods: tuple[str, str]) -> Earnings:
    return Earnings(paid=tuple(Paid(since=day(since), until=day(until)) for since, until in periods))


def test_wages_that_nobody_told_of_are_a_question_without_an_amount() -> None:
    story = asking(started(OLD), "uwv_inkomen")
    story.answer("2026-05-05T10:00", "uwv_inkomen", earnings=earning(("2026-03-01", "2026-03-31")))
    text = question_about(story, "inkomen_gevonden")
    assert "31 maart 2026" in text
    assert "€" not in text
    (task,) = story.state.open_tasks("inkomen_gevonden")
    assert task.role == "inkomensconsulent"


def test_old_wages_and_work_that_is_known_ask_nothing() -> None:
    # 2026-05-05 less 92 days is 2 February: January is too long ago to say anything of today.
    story = asking(started(OLD), "uwv_inkomen")
    story.answer("2026-05-05T10:00", "uwv_inkomen", earnings=earning(("2026-01-01", "2026-01-31")))
    assert open_tasks(story) == []


def test_a_benefit_elsewhere_is_a_question_before_there_is_a_decision() -> None:
    story = asking(started(OLD), "bijstandsregelingen")
    benefits = Benefits(spells=(BenefitSpell(law="PW", since=day("2025-11-01")),))
    story.answer("2026-05-05T10:00", "bijstandsregelingen", benefits=benefits)
    text = question_about(story, "uitkering_elders")
    assert "(PW) sinds" in text
    assert "1 november 2025" in text


def test_help_that_runs_already_is_told_to_who_makes_the_plan() -> None:
    story = asking(started(OLD), "gsd_reintegratie")
    running = Reintegration(provisions=(Provision(kind="5", since=day("2026-01-12")),))
    story.answer("2026-05-05T10:00", "gsd_reintegratie", reintegration=running)
    assert "loopt al een voorziening" in question_about(story, "voorziening_elders")


# -- the BRP -----------------------------------------------------------------------------------------------


def again(story: Story, local: str, person: BrpPerson) -> Story:
    story.act(local, "registratie_bevraagd", vraag="brp_persoon")
    return story.answer(local, "brp_persoon", person=person)


def test_a_death_and_a_move_are_noticed_when_the_brp_is_read_again() -> None:
    story = started(OLD)
    again(story, "2026-06-01T10:00", OLD.model_copy(update={"municipality_code": "0301"}))
    assert [task.reasons for task in story.state.open_tasks()] == [("woont_elders",)]
    again(story, "2026-06-02T10:00", OLD.model_copy(update={"suspension": "O", "deceased": True}))
    assert ("overleden",) in [task.reasons for task in story.state.open_tasks()]


def test_what_a_person_was_asked_about_is_not_asked_at_every_reading() -> None:
    elsewhere = OLD.model_copy(update={"municipality_code": "0301"})
    story = started(elsewhere)
    (task,) = story.state.open_tasks()
    story.act("2026-05-05T10:00", "taak_afgerond", taak=task.id, uitkomst="verhuist volgende week")
    again(story, "2026-05-06T10:00", elsewhere)
    assert open_tasks(story) == []


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        ({"guardianship": True}, "curatele", "onder curatele"),
        ({"moved": True}, "verhuisd", "op een ander adres"),
        ({"residence": "briefadres"}, "beoordeel_route", "een briefadres"),
        ({"not_at_address": True}, "beoordeel_route", "niet op het adres in de BRP verblijft"),
    ],
)
def test_what_a_person_has_to_know_is_asked_in_words(
    change: dict[str, object], kind: str, words: str
) -> None:
    story = started(OLD.model_copy(update=change))
    assert words in question_about(story, kind)


def test_a_partner_in_the_brp_makes_a_pair_where_nobody_knew() -> None:
    story = started(OLD.model_copy(update={"has_partner": True}))
    assert fact(story, "huishouden")[::2] == ("paar", "brp")


@pytest.mark.parametrize(("household", "partner"), [("alleenstaand", True), ("paar", False)])
def test_a_partner_of_whom_people_say_otherwise_is_a_question(household: str, partner: bool) -> None:
    story = started(OLD.model_copy(update={"has_partner": partner}), household)
    assert household in question_about(story, "tegenspraak")
    assert facts_of(story.state).household_on(story.state.last_at.date()) == household  # type: ignore[union-attr]


def test_that_nobody_is_registered_as_partner_says_nothing_of_living_together() -> None:
    story = started(OLD.model_copy(update={"has_partner": False}))
    assert not [row for row in story.state.resident.facts if row.kind == "huishouden"]


def child(ref: str, born: str) -> Child:
    return Child(ref=ref, birth=day(born))


def test_children_of_the_brp_are_waited_for_like_any_child() -> None:
    """Born on 2010-06-07: 18 on 2028-06-07."""
    story = started(OLD.model_copy(update={"children": (child("k1", "2010-06-07"),)}))
    (one,) = story.state.children
    assert (one.ref, one.adult) == ("k1", False)
    assert str(story.term("kind_18-1").due) == "2028-06-07"


def test_a_child_that_the_resident_told_of_is_recognised_by_its_birthday() -> None:
    story = Story(bsn=True, connected=ALL).act("2026-05-04T10:00", "melding")
    story.act("2026-05-04T10:05", "huishouden_gewijzigd", wat="kind_erbij", geboren="2010-06-07")
    story.answer(
        "2026-05-04T10:06",
        "brp_persoon",
        person=OLD.model_copy(update={"children": (child("k1", "2010-06-07"),)}),
    )
    (one,) = story.state.children
    assert one.ref == "k1"


def test_other_children_than_the_resident_told_of_are_a_question_and_not_more_children() -> None:
    story = Story(bsn=True, connected=ALL).act("2026-05-04T10:00", "melding")
    story.act("2026-05-04T10:05", "huishouden_gewijzigd", wat="kind_erbij", geboren="2010-06-07")
    story.answer(
        "2026-05-04T10:06",
        "brp_persoon",
        person=OLD.model_copy(update={"children": (child("k1", "2012-01-02"),)}),
    )
    assert len(story.state.children) == 1
    assert "de inwoner noemde 1 kind(eren)" in question_about(story, "tegenspraak")


def test_a_child_that_moved_out_is_a_question_and_stays_until_somebody_says_so() -> None:
    story = started(OLD.model_copy(update={"children": (child("k1", "2010-06-07"),)}))
    again(story, "2026-06-01T10:00", OLD.model_copy(update={"children": ()}))
    assert "noemt kind 1 niet meer op dit adres" in question_about(story, "kind_weg")
    assert story.state.children[0].left is None
    again(story, "2026-06-20T10:00", OLD.model_copy(update={"children": (child("k1", "2010-06-07"),)}))
    assert "kind_weg" not in open_tasks(story)


def test_children_who_could_not_be_asked_about_are_not_gone() -> None:
    story = started(OLD.model_copy(update={"children": (child("k1", "2010-06-07"),)}))
    again(story, "2026-06-01T10:00", OLD)
    assert "kind_weg" not in open_tasks(story)


def test_a_birth_date_that_the_brp_does_not_give_stays_what_the_resident_said() -> None:
    story = started(OLD)
    again(story, "2026-06-01T10:00", OLD.model_copy(update={"birth": None}))
    assert story.state.resident.birth == OLD.birth


def test_what_the_municipality_pays_itself_is_no_news() -> None:
    story = asking(started(OLD), "uwv_inkomen")
    own = Earnings(paid=(Paid(since=day("2026-03-01"), until=day("2026-03-31"), kind="43"),))
    story.answer("2026-05-05T10:00", "uwv_inkomen", earnings=own)
    assert "inkomen_gevonden" not in open_tasks(story)


def test_newer_wages_do_not_ask_again_while_a_person_was_asked() -> None:
    story = asking(started(OLD), "uwv_inkomen")
    story.answer("2026-05-05T10:00", "uwv_inkomen", earnings=earning(("2026-03-01", "2026-03-31")))
    story.act("2026-06-09T10:00", "registratie_bevraagd", vraag="uwv_inkomen")
    story.answer("2026-06-09T10:01", "uwv_inkomen", earnings=earning(("2026-04-01", "2026-04-30")))
    assert open_tasks(story).count("inkomen_gevonden") == 1


def test_a_warning_of_a_registry_is_told_to_who_reads_the_story() -> None:
    story = started()
    story.answer(
        "2026-05-04T10:02", "duo_onderwijs", school=SchoolRecord(), reason="Het antwoord kan onvolledig zijn."
    )
    assert story.events[-1].text.endswith("Het antwoord kan onvolledig zijn.")


def test_the_story_says_what_was_answered_without_amounts_or_names() -> None:
    story = started().answer(
        "2026-05-04T10:02", "duo_onderwijs", school=SchoolRecord(basic_qualification=True)
    )
    assert story.events[-1].text == "DUO: startkwalificatie ja, 0 inschrijvingen."


def test_a_finding_of_a_registry_that_is_down_keeps_its_own_words() -> None:
    story = started().answer("2026-05-04T10:02", "duo_onderwijs", Outcome.NO_ANSWER)
    (task,) = story.state.open_tasks("controleer_handmatig")
    assert "Suwinet-Inkijk (DUO)" in task.text
    assert isinstance(story.decisions[-1].happening, Finding)
