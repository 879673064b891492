"""Route beschut: UWV's advice, the offer, and the Wmo from melding to decision."""

import pytest

from domain.decide import Refused
from domain.journey import Stage, Track
from tests.domain.story import Story, due, open_tasks


def reported(on: str = "2026-02-16") -> Story:
    return Story().act(f"{on}T10:00", "melding")


def placed() -> Story:
    story = reported().act(
        "2026-02-18T10:00", "feit_vastgelegd", feit="arbeidsvermogen", waarde="nee", bron="uwv"
    )
    story.act("2026-02-20T10:00", "gesprek_gevoerd").act("2026-03-02T10:00", "plan_vastgesteld", akkoord=True)
    return story.act("2026-03-09T10:00", "plek_gestart", soort="dagbesteding", plek="zorgboerderij")


def test_uwv_has_eight_weeks_for_its_advice() -> None:
    story = reported().act("2026-03-02T10:00", "beschut_advies_gevraagd")
    # 56 days after Mon 2 March is Koningsdag: Tue 28 April (Besluit advisering beschut werk 2, ATW 5).
    assert due(story, "beschut_advies-1") == "2026-04-28"
    story.until("2026-04-30T10:00")
    assert "uwv_herinneren" in open_tasks(story)


def test_a_positive_advice_decides_nothing_but_chooses_the_route() -> None:
    story = reported().act("2026-03-02T10:00", "beschut_advies_gevraagd")
    story.act("2026-04-13T10:00", "beschut_advies_ontvangen", uitkomst="positief")
    assert story.state.route == "beschut"
    assert story.term("beschut_advies-1").status == "gehaald"
    assert open_tasks(story) == ["beschut_advies_gekomen"]
    story.act("2026-04-20T10:00", "beschut_vastgesteld", uitkomst="beschut")
    # Eight weeks after Mon 20 April (policy): Mon 15 June.
    assert (open_tasks(story), due(story, "beschut_aanbod-1")) == ([], "2026-06-15")
    story.act("2026-05-11T10:00", "beschut_aangeboden")
    assert story.term("beschut_aanbod-1").status == "gehaald"


def test_a_negative_advice_is_no_no_to_taking_part() -> None:
    story = reported().act("2026-04-13T10:00", "beschut_advies_ontvangen", uitkomst="negatief")
    assert story.state.route == "regulier"
    assert "geen nee tegen meedoen" in story.state.open_tasks()[0].text
    with pytest.raises(Refused, match="UWV adviseerde negatief"):
        story.act("2026-04-20T10:00", "beschut_vastgesteld", uitkomst="beschut")


def test_nothing_is_established_without_advice() -> None:
    with pytest.raises(Refused, match="UWV heeft nog niet geadviseerd"):
        reported().act("2026-04-20T10:00", "beschut_vastgesteld", uitkomst="beschut")


def test_an_offer_that_is_refused_asks_a_person_to_look_further() -> None:
    story = reported().act("2026-04-13T10:00", "beschut_advies_ontvangen", uitkomst="positief")
    story.act("2026-04-20T10:00", "beschut_vastgesteld", uitkomst="beschut")
    story.act("2026-04-22T10:00", "beschut_aanbod_afgeslagen")
    assert open_tasks(story) == ["beschut_afgeslagen"]
    assert not story.state.open_terms("beschut_aanbod")


# -- Wmo -----------------------------------------------------------------------------------------------


def test_six_weeks_for_the_inquiry_and_seven_days_for_an_own_plan() -> None:
    story = reported().act("2026-04-03T10:00", "wmo_gemeld")
    # 42 days after Fri 3 April is Fri 15 May, equated: Mon 18 May; 7 days: Fri 10 April (Wmo 2.3.2).
    assert (due(story, "wmo_onderzoek-1"), due(story, "wmo_persoonlijk_plan-1")) == (
        "2026-05-18",
        "2026-04-10",
    )
    assert story.term("wmo_onderzoek-1").track is Track.ZORG


def test_the_days_for_an_own_plan_pass_without_anybody_having_missed_them() -> None:
    story = reported().act("2026-04-03T10:00", "wmo_gemeld").until("2026-04-14T10:00")
    assert story.told("term_breached", term="wmo_persoonlijk_plan") == []
    story.act("2026-04-15T10:00", "persoonlijk_plan_ontvangen")


def test_two_weeks_for_the_decision() -> None:
    story = reported().act("2026-04-03T10:00", "wmo_gemeld").act("2026-05-11T10:00", "wmo_onderzoek_afgerond")
    story.act("2026-05-11T11:00", "wmo_aangevraagd")
    # 14 days after Mon 11 May is tweede pinksterdag: Tue 26 May (Wmo 2.3.5 lid 2).
    assert due(story, "wmo_besluit-1") == "2026-05-26"
    with pytest.raises(Refused, match="reden nodig"):
        story.act("2026-05-18T10:00", "wmo_besloten", uitkomst="afgewezen")
    story.act("2026-05-18T11:00", "wmo_besloten", uitkomst="toegekend")
    assert story.term("wmo_besluit-1").status == "gehaald"


def test_an_early_application_counts_when_the_inquiry_is_done() -> None:
    story = reported().act("2026-04-03T10:00", "wmo_gemeld").act("2026-04-20T10:00", "wmo_aangevraagd")
    assert (story.state.open_terms("wmo_besluit"), open_tasks(story)) == ([], ["wmo_aanvraag_vroeg"])
    story.act("2026-05-11T10:00", "wmo_onderzoek_afgerond")
    assert due(story, "wmo_besluit-1") == "2026-05-26"


def test_an_early_application_counts_when_the_inquiry_is_late() -> None:
    story = reported().act("2026-04-03T10:00", "wmo_gemeld").act("2026-04-20T10:00", "wmo_aangevraagd")
    story.until("2026-05-19T10:00")
    # Possible from Tue 19 May on (Wmo 2.3.2 lid 9): two weeks later is Tue 2 June.
    assert due(story, "wmo_besluit-1") == "2026-06-02"


def test_who_applies_because_the_inquiry_is_late_waits_for_nothing() -> None:
    story = reported().act("2026-04-03T10:00", "wmo_gemeld").act("2026-05-20T10:00", "wmo_aangevraagd")
    assert due(story, "wmo_besluit-1") == "2026-06-03"


def test_what_cannot_wait_goes_to_the_teamleider_the_same_day() -> None:
    story = reported().act("2026-04-03T10:00", "wmo_gemeld", spoed=True)
    assert [(task.kind, task.role) for task in story.state.open_tasks()] == [("wmo_spoed", "teamleider")]


def test_a_withdrawn_wmo_request_stops_its_terms() -> None:
    story = reported().act("2026-04-03T10:00", "wmo_gemeld").act("2026-04-07T10:00", "wmo_aangevraagd")
    story.act("2026-04-08T10:00", "wmo_ingetrokken")
    assert not [term for term in story.state.open_terms() if term.track is Track.ZORG]
    assert story.state.care is not None
    assert story.state.care.applied_early is None


# -- a place -------------------------------------------------------------------------------------------


def test_a_place_is_reviewed_every_year_and_kept_in_touch_with() -> None:
    story = placed()
    assert (story.state.route, story.state.stage) == ("beschut", Stage.MNA)
    assert story.term("start_mna-1").status == "gehaald"
    assert story.state.open_terms("check_in")
    # A year after route beschut was chosen, Thu 18 February 2026.
    assert due(story, "doelgroep_jaarlijkse_toets-1") == "2027-02-18"


def test_the_old_place_stays_until_the_new_one_has_begun() -> None:
    story = placed().act("2026-06-01T10:00", "stap_omhoog", naar="beschut_werk")
    assert open_tasks(story) == ["kies_route"]
    assert story.state.care is not None
    assert story.state.care.place == "dagbesteding"
    story.act("2026-07-01T10:00", "plek_gestart", soort="beschut_werk", plek="KonnecteD")
    assert story.state.care is not None
    assert [placement.until for placement in story.state.placements] == [None, None]
    assert "oude_plek" in open_tasks(story)
    story.act("2026-07-15T10:00", "plek_gestopt", soort="dagbesteding", reden="naar beschut werk")
    assert story.state.care.place == "beschut_werk"
    assert [str(placement.until) for placement in story.state.placements] == ["2026-07-15", "None"]
    assert not story.state.open_terms("herplaatsing")


def test_a_place_that_ends_is_never_the_end() -> None:
    story = placed().act("2026-06-01T10:00", "plek_gestopt", reden="aanbieder sluit")
    assert open_tasks(story) == ["plek_gestopt"]
    # Four weeks after Mon 1 June (policy).
    assert due(story, "herplaatsing-1") == "2026-06-29"
