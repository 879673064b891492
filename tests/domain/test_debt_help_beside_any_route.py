"""Debt help (Wgs) beside the stages: four weeks or three working days, decision, plan, aftercare."""

import pytest

from domain.decide import Refused
from domain.journey import Stage, Track
from tests.domain.story import Story, due, open_tasks


def reported(on: str = "2026-03-02") -> Story:
    return Story().act(f"{on}T10:00", "melding")


def where(story: Story) -> str:
    return story.state.side_tracks.get(Track.SCHULDEN, "")


def in_plan() -> Story:
    story = reported().act("2026-03-09T10:00", "schuldhulp_gevraagd")
    story.act("2026-03-16T10:00", "schuld_gesprek_gevoerd")
    return story.act("2026-04-01T10:00", "schuld_besluit_genomen", uitkomst="toegelaten")


def test_a_request_is_talked_about_within_four_weeks() -> None:
    story = reported().act("2026-03-09T10:00", "schuldhulp_gevraagd")
    # Four weeks after Mon 9 March is Mon 6 April, tweede paasdag: Tue 7 April (Wgs 4 lid 1, ATW 1).
    assert due(story, "schuld_eerste_gesprek-1") == "2026-04-07"
    assert where(story) == "gesprek"
    assert story.term("schuld_eerste_gesprek-1").track is Track.SCHULDEN


def test_a_threat_over_easter_has_three_working_days() -> None:
    story = reported().act("2026-04-02T10:00", "schuldhulp_gevraagd", bedreigend=True)
    # Thu 2 April: Goede Vrijdag, weekend and tweede paasdag are none; Tue 7, Wed 8, Thu 9 April (Wgs 4 lid 2).
    assert due(story, "schuld_bedreigend-1") == "2026-04-09"


def test_an_equated_day_is_a_working_day_for_who_is_threatened() -> None:
    story = reported().act("2026-05-13T10:00", "schuld_bedreiging_gemeld")
    # Wed 13 May: Hemelvaart is none, Fri 15 May (equated) is 1, Mon 18 is 2, Tue 19 is 3.
    assert due(story, "schuld_bedreigend-1") == "2026-05-19"


def test_the_teamleider_hears_of_a_threat_at_once_and_doorzettingsmacht_in_the_end() -> None:
    story = reported().act("2026-04-02T10:00", "schuld_bedreiging_gemeld").until("2026-04-02T10:30")
    assert [message.to.role for message in story.messages if "schuld" in message.key] == ["teamleider"]
    story.until("2026-04-14T10:00")
    told = [role for _, _, role in story.told("escalated", term="schuld_bedreigend")]
    assert told == ["teamleider", "afdelingshoofd", "doorzettingsmacht"]


def test_a_threat_in_the_middle_of_a_plan_counts_again() -> None:
    story = in_plan().act("2026-06-01T10:00", "schuld_bedreiging_gemeld")
    # Mon 1 June: Thu 4 June.
    assert due(story, "schuld_bedreigend-1") == "2026-06-04"
    story.act("2026-06-02T10:00", "schuld_gesprek_gevoerd")
    assert story.term("schuld_bedreigend-1").status == "gehaald"
    assert where(story) == "plan"
    assert not story.state.open_terms("schuld_besluit")


def test_the_decision_counts_from_the_first_talk() -> None:
    story = reported().act("2026-03-09T10:00", "schuldhulp_gevraagd")
    story.act("2026-03-16T10:00", "schuld_gesprek_gevoerd")
    assert where(story) == "besluit"
    # Eight weeks after Mon 16 March: Mon 11 May (Wgs 4a lid 3 with the verordening).
    assert due(story, "schuld_besluit-1") == "2026-05-11"


def test_from_decision_to_aftercare() -> None:
    story = in_plan()
    # Eight weeks after Wed 1 April: Wed 27 May (policy).
    assert (where(story), due(story, "schuld_plan-1")) == ("plan", "2026-05-27")
    story.act("2026-04-20T10:00", "schuld_plan_vastgesteld")
    # Three months after 20 April (policy).
    assert due(story, "schuld_voortgang-1") == "2026-07-20"
    story.act("2026-07-16T10:00", "schuld_voortgang_besproken")
    assert due(story, "schuld_voortgang-2") == "2026-10-20"
    story.act("2026-09-01T10:00", "schuld_traject_geslaagd")
    assert (where(story), due(story, "schuld_nazorg-1")) == ("nazorg", "2027-03-01")
    story.act("2027-02-25T10:00", "schuld_nazorg_gevoerd")
    assert (where(story), [t for t in story.state.open_terms() if t.track is Track.SCHULDEN]) == ("klaar", [])


def test_a_refusal_needs_a_reason_and_a_person_looks_at_a_threat_that_stays() -> None:
    story = reported().act("2026-03-09T10:00", "schuldhulp_gevraagd")
    story.act("2026-03-16T10:00", "schuld_gesprek_gevoerd").act(
        "2026-03-23T10:00", "schuld_bedreiging_gemeld"
    )
    with pytest.raises(Refused, match="Een weigering heeft een reden nodig"):
        story.act("2026-03-24T10:00", "schuld_besluit_genomen", uitkomst="geweigerd")
    story.act(
        "2026-03-24T11:00", "schuld_besluit_genomen", uitkomst="geweigerd", reden="kan het zelf oplossen"
    )
    assert where(story) == "klaar"
    assert "bedreigend_geweigerd" in open_tasks(story)
    assert story.state.open_terms("schuld_bedreigend")


def test_many_signals_are_one_offer_that_may_be_refused() -> None:
    story = (
        reported().act("2026-03-09T10:00", "achterstand_gemeld").act("2026-03-10T10:00", "achterstand_gemeld")
    )
    assert open_tasks(story) == ["schuldhulp_aanbieden"]
    assert where(story) == "aanmelding"
    assert not [term for term in story.state.open_terms() if term.track is Track.SCHULDEN]
    story.act("2026-03-12T10:00", "schuldhulp_afgeslagen")
    assert (open_tasks(story), where(story)) == ([], "klaar")


def test_an_offer_that_is_accepted_counts_from_that_day() -> None:
    story = reported().act("2026-03-09T10:00", "achterstand_gemeld")
    story.act("2026-03-12T10:00", "schuldhulp_gevraagd")
    # Four weeks after Thu 12 March: Thu 9 April.
    assert (open_tasks(story), due(story, "schuld_eerste_gesprek-1")) == ([], "2026-04-09")


def test_a_withdrawal_stops_everything_and_a_new_request_is_welcome() -> None:
    story = reported().act("2026-03-09T10:00", "schuldhulp_gevraagd", bedreigend=True)
    story.act("2026-03-10T10:00", "schuldhulp_ingetrokken")
    assert not [term for term in story.state.open_terms() if term.track is Track.SCHULDEN]
    assert (where(story), open_tasks(story)) == ("klaar", ["schuldhulp_ingetrokken"])
    story.act("2026-04-01T10:00", "schuldhulp_gevraagd")
    # Four weeks after Wed 1 April: Wed 29 April.
    assert due(story, "schuld_eerste_gesprek-2") == "2026-04-29"


def test_a_new_request_in_the_aftercare_starts_anew() -> None:
    story = in_plan().act("2026-09-01T10:00", "schuld_traject_geslaagd")
    story.act("2026-10-05T10:00", "schuldhulp_gevraagd")
    assert (where(story), story.term("schuld_nazorg-1").status) == ("gesprek", "vervallen")


def test_who_does_not_come_is_looked_for_and_the_term_runs_on() -> None:
    story = reported().act("2026-03-09T10:00", "schuldhulp_gevraagd")
    story.act("2026-03-16T10:00", "schuld_niet_verschenen")
    assert open_tasks(story) == ["schuld_niet_verschenen"]
    assert due(story, "schuld_eerste_gesprek-1") == "2026-04-07"


def test_a_journey_does_not_end_while_debt_help_owes_an_answer() -> None:
    story = reported().act("2026-03-09T10:00", "schuldhulp_gevraagd")
    with pytest.raises(Refused, match="er loopt nog schuldhulp"):
        story.act("2026-03-10T10:00", "klantroute_beeindigd", exit="vrijwillig", reden="eigen verzoek")
    story.act("2026-03-11T10:00", "overlijden_gemeld")
    assert story.state.stage is Stage.GESLOTEN
    assert not [term for term in story.state.open_terms() if term.track is Track.SCHULDEN]


def test_a_corrected_request_moves_the_talk() -> None:
    story = reported().act("2026-03-16T10:00", "schuldhulp_gevraagd")
    story.act(
        "2026-03-17T10:00",
        "handeling_gecorrigeerd",
        handeling="schuldhulp_gevraagd@2026-03-16T10:00",
        ingang="2026-03-09",
        reden="brief lag er al",
    )
    assert due(story, "schuld_eerste_gesprek-1") == "2026-04-07"


def test_no_debt_stands_in_a_journey() -> None:
    story = (
        in_plan()
        .act("2026-06-01T10:00", "achterstand_gemeld")
        .act("2026-06-02T10:00", "schuld_bedreiging_gemeld")
    )
    said = [item.act.data for item in story.state.log if item.act]
    assert said == [{}, {}, {}, {"uitkomst": "toegelaten"}, {}, {}]
