"""Route arbeidsbeperkt: loonwaarde, loonkostensubsidie (LKS), guaranteed job, job coach (Pw 10, 10c, 10d)."""

import pytest

from domain.decide import Refused
from tests.domain.story import Story, due, open_tasks


def reported(on: str = "2026-02-16") -> Story:
    return Story().act(f"{on}T10:00", "melding")


@pytest.mark.parametrize("fact", ["lks_doelgroep", "doelgroepregister", "wajong", "wsw"])
def test_each_ground_chooses_the_route(fact: str) -> None:
    story = reported().act("2026-02-17T10:00", "feit_vastgelegd", feit=fact, waarde="ja", bron="uwv")
    assert story.state.route == "arbeidsbeperkt"
    assert story.state.open_terms("doelgroep_jaarlijkse_toets")


def test_what_was_asked_in_vain_is_a_question_and_no_no() -> None:
    story = reported().act(
        "2026-02-17T10:00", "feit_vastgelegd", feit="wajong", waarde="onbekend", bron="uwv"
    )
    assert [task.reasons for task in story.state.open_tasks()] == [("doelgroep_onbekend",)]


def test_the_group_is_established_by_a_person_and_the_route_follows() -> None:
    story = reported().act("2026-02-17T10:00", "lks_groep_verzocht")
    assert open_tasks(story) == ["lks_groep"]
    story.act("2026-03-02T10:00", "lks_groep_vastgesteld", hoort_erbij=True)
    assert (story.state.route, open_tasks(story)) == ("arbeidsbeperkt", [])


def test_a_second_request_within_twelve_months_is_judged_by_a_person() -> None:
    story = reported().act("2026-02-17T10:00", "lks_groep_verzocht")
    story.act("2026-11-02T10:00", "lks_groep_verzocht")
    assert "een nieuw verzoek kan vanaf woensdag 17 februari 2027" in story.state.open_tasks()[-1].text


@pytest.mark.parametrize(
    ("set_on", "decided_by"),
    [
        ("2026-03-02", "2026-04-07"),  # Mon 6 April is tweede paasdag
        ("2026-04-10", "2026-05-18"),  # Fri 15 May is equated, then a weekend
        ("2026-03-04", "2026-04-08"),
    ],
)
def test_five_weeks_after_the_loonwaarde(set_on: str, decided_by: str) -> None:
    story = reported().act(f"{set_on}T10:00", "loonwaarde_vastgesteld")
    # 35 days, then ATW 1 (Pw 10d lid 12).
    assert due(story, "lks_besluit-1") == decided_by


def test_set_aside_counts_like_set() -> None:
    story = reported().act("2026-03-04T10:00", "loonwaarde_vastgesteld", afgezien=True)
    assert due(story, "lks_besluit-1") == "2026-04-08"


def test_the_flat_rate_lasts_six_months_from_the_start_of_the_job() -> None:
    story = reported().act("2026-08-03T10:00", "lks_besloten", uitkomst="toegekend", vorm="forfaitair")
    story.act("2026-09-01T10:00", "ondersteunde_baan_gestart")
    # 1 September is day 1 (Pw 10d lid 5): through Sunday 28 February 2027, which does not roll.
    assert due(story, "lks_forfaitair-1") == "2027-02-28"
    story.until("2027-03-02T10:00")
    assert story.told("term_breached", term="lks_forfaitair") == []
    assert "loonwaarde_na_vast" in open_tasks(story)
    story.act("2027-03-03T10:00", "loonwaarde_vastgesteld")
    assert "loonwaarde_na_vast" not in open_tasks(story)


def test_the_flat_rate_decided_after_the_start_still_counts_from_the_start() -> None:
    story = reported().act("2026-09-01T10:00", "ondersteunde_baan_gestart")
    story.act("2026-10-05T10:00", "lks_besloten", uitkomst="toegekend", vorm="forfaitair")
    assert due(story, "lks_forfaitair-1") == "2027-02-28"
    assert story.term("lks_achteraf-1").status == "vervallen"


def test_a_job_without_subsidy_can_ask_for_it_for_six_months() -> None:
    story = reported().act("2026-09-01T10:00", "ondersteunde_baan_gestart")
    # "Uiterlijk zes maanden na": 1 March 2027 (Pw 10d lid 2), and no roll-over for six months.
    assert due(story, "lks_achteraf-1") == "2027-03-01"
    story.act("2027-02-25T10:00", "lks_gevraagd")
    assert story.term("lks_achteraf-1").status == "gehaald"
    assert open_tasks(story) == ["loonwaarde"]


def test_who_did_not_ask_in_time_is_told_and_nothing_is_refused() -> None:
    story = reported().act("2026-09-01T10:00", "ondersteunde_baan_gestart").until("2027-03-05T10:00")
    assert "lks_achteraf" in open_tasks(story)


def test_the_loonwaarde_is_measured_again_after_a_year() -> None:
    story = reported().act("2026-03-04T10:00", "loonwaarde_vastgesteld")
    story.act("2026-04-01T10:00", "lks_besloten", uitkomst="toegekend")
    # Twelve months after 4 March 2026 (policy).
    assert due(story, "loonwaarde_herhaling-1") == "2027-03-04"
    story.act("2027-03-01T10:00", "loonwaarde_vastgesteld")
    assert not story.state.open_terms("loonwaarde_herhaling")
    # 35 days after Mon 1 March 2027: Mon 5 April.
    assert due(story, "lks_besluit-2") == "2027-04-05"


def test_subsidy_by_loonwaarde_needs_one_and_a_refusal_a_reason() -> None:
    story = reported()
    with pytest.raises(Refused, match="pas als de loonwaarde bekend is"):
        story.act("2026-03-02T10:00", "lks_besloten", uitkomst="toegekend")
    with pytest.raises(Refused, match="reden nodig"):
        story.act("2026-03-02T11:00", "lks_besloten", uitkomst="afgewezen")


def test_a_job_that_lies_ahead_starts_on_its_day() -> None:
    story = reported().act("2026-03-02T10:00", "ondersteunde_baan_gestart", effective="2026-04-01")
    assert not story.state.open_terms("lks_achteraf")
    story.until("2026-04-02T10:00")
    assert due(story, "lks_achteraf-1") == "2026-10-01"


def test_a_job_that_stops_takes_its_terms_along_and_asks_a_person() -> None:
    story = reported().act("2026-09-01T10:00", "ondersteunde_baan_gestart")
    story.act("2026-11-02T10:00", "ondersteunde_baan_gestopt")
    assert not story.state.open_terms("lks_achteraf")
    assert open_tasks(story) == ["baan_gestopt"]
    story.act("2027-01-04T10:00", "ondersteunde_baan_gestart")
    assert due(story, "lks_achteraf-2") == "2027-07-04"


def test_an_employer_who_asks_for_a_jobcoach_hears_within_eight_weeks() -> None:
    story = reported().act("2026-03-02T10:00", "voorziening_gevraagd", soort="jobcoach", door="werkgever")
    # 56 days after Mon 2 March is Mon 27 April, Koningsdag: Tue 28 April (Pw 10 lid 5, Awb 4:13).
    assert due(story, "voorziening_besluit-1") == "2026-04-28"
    story.act("2026-04-01T10:00", "voorziening_besloten", uitkomst="toegekend")
    story.act("2026-04-13T10:00", "jobcoach_ingezet")
    assert due(story, "doelgroep_jaarlijkse_toets-1") == "2027-04-13"
    story.act("2027-04-12T10:00", "jaarlijkse_toets_gedaan")
    assert due(story, "doelgroep_jaarlijkse_toets-2") == "2028-04-13"
    story.act("2027-05-03T10:00", "jobcoach_gestopt", reden="gaat goed zonder")


def test_withdrawals_are_recorded_and_questions_asked_where_there_was_nothing() -> None:
    story = reported().act("2026-03-02T10:00", "voorziening_gevraagd").act("2026-03-03T10:00", "lks_gevraagd")
    story.act("2026-03-04T10:00", "loonwaarde_vastgesteld")
    story.act("2026-03-05T10:00", "voorziening_ingetrokken").act("2026-03-05T11:00", "lks_ingetrokken")
    assert not story.state.open_terms("voorziening_besluit")
    assert not story.state.open_terms("lks_besluit")
    assert open_tasks(story) == []
    story.act("2026-03-06T10:00", "voorziening_ingetrokken").act("2026-03-06T11:00", "lks_ingetrokken")
    assert open_tasks(story) == ["voorziening", "lks"]


def test_a_journey_does_not_end_while_an_employer_waits_for_an_answer() -> None:
    story = reported().act("2026-03-04T10:00", "loonwaarde_vastgesteld")
    with pytest.raises(Refused, match="verzoek om loonkostensubsidie"):
        story.act("2026-03-05T10:00", "klantroute_beeindigd", exit="verhuizing", reden="naar Zutphen")


def test_a_request_that_was_withdrawn_in_time_is_no_breach_when_that_becomes_known_late() -> None:
    """Asked Tue 3 March, due Tue 28 April; withdrawn Mon 20 April and typed Mon 11 May."""
    story = reported().act("2026-03-03T10:00", "voorziening_gevraagd").until("2026-05-11T09:00")
    assert story.term("voorziening_besluit-1").breached_at is not None
    story.act("2026-05-11T10:00", "voorziening_ingetrokken", effective="2026-04-20")
    term = story.term("voorziening_besluit-1")
    assert (term.status, str(term.ended_on), term.counts_as_breach) == ("vervallen", "2026-04-20", False)


def test_a_provision_and_an_application_without_benefit_have_acts_of_their_own() -> None:
    """Both have eight weeks (Pw 10 lid 5, Awb 4:13): 2 March + 8 weeks is Koningsdag, so Tue 28 April."""
    story = reported().act("2026-02-17T10:00", "aanvraag_ingediend", regeling="nug")
    with pytest.raises(Refused, match="geen verzoek om een voorziening"):
        story.act("2026-02-18T10:00", "voorziening_besloten", uitkomst="toegekend")
    story.act("2026-02-18T11:00", "voorziening_ingetrokken")
    application = story.state.application_term()
    assert application is not None
    story.act("2026-03-02T10:00", "voorziening_gevraagd")
    story.act("2026-03-10T10:00", "voorziening_besloten", uitkomst="toegekend")
    assert due(story, "voorziening_besluit-2") == "2026-04-28"
    assert story.term("voorziening_besluit-2").status == "gehaald"
    assert story.state.application_term() == application
    story.act("2026-03-11T10:00", "besluit_bekendgemaakt", uitkomst="toegekend")
    assert story.term(application.id).status == "gehaald"


def test_who_belongs_to_the_group_and_the_end_of_a_job_coach_can_be_objected_to() -> None:
    """Six weeks after Mon 2 March 2026 is Mon 13 April; after Mon 1 June it is Mon 13 July."""
    story = reported().act("2026-03-02T10:00", "lks_groep_vastgesteld", hoort_erbij=False)
    story.act("2026-04-01T10:00", "jobcoach_ingezet")
    story.act("2026-06-01T10:00", "jobcoach_gestopt", reden="niet meer nodig")
    assert [(sent.kind, sent.outcome) for sent in story.state.income.sent] == [
        ("lks_groep", "hoort_er_niet_bij"),
        ("jobcoach", "gestopt"),
    ]
    assert [due(story, sent.remedy) for sent in story.state.income.sent] == ["2026-04-13", "2026-07-13"]
