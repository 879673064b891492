"""Objections: in time or not, six or twelve weeks, adjourned, standing still, decided, withdrawn, appealed."""

import pytest

from domain.decide import Refused
from domain.journey import FlagKind, Stage, TermStatus
from tests.domain.story import Story


def decided(sent: str = "2026-11-13", channel: str = "post") -> Story:
    """Refused on Fri 13 November 2026. Six weeks = Fri 25 December: Kerst and a weekend, so Mon 28 December."""
    story = Story().act("2026-09-28T10:00", "melding").act("2026-09-30T10:00", "gesprek_gevoerd")
    story.act("2026-10-05T10:00", "aanvraag_ingediend")
    return story.act(
        f"{sent}T10:00", "besluit_bekendgemaakt", uitkomst="afgewezen", reden="inkomen", wijze=channel
    )


def objected(on: str = "2026-12-21", **more: object) -> Story:
    return decided().act(f"{on}T10:00", "bezwaar_ontvangen", act_id="b", **more)


def test_the_objection_term_rolls_over_christmas() -> None:
    story = decided()
    term = story.term("bezwaar_indienen-1")
    assert (str(term.dates.raw_end), str(term.due)) == ("2026-12-25", "2026-12-28")


def test_no_objection_is_nobodys_breach() -> None:
    story = decided().until("2027-01-31T10:00")
    assert story.told("term_breached", term="bezwaar_indienen") == []
    assert not [m for m in story.messages if m.params.get("termijn") == "bezwaar_indienen-1"]
    assert story.term("bezwaar_indienen-1").status is TermStatus.CANCELLED


@pytest.mark.parametrize(
    ("received", "posted", "judged"),
    [
        ("2026-12-28", None, "op_tijd"),
        ("2026-12-29", None, "te_laat"),
        ("2027-01-04", "2026-12-28", "per_post_op_tijd"),
        ("2027-01-05", "2026-12-28", "te_laat"),
        ("2027-01-04", "2026-12-29", "te_laat"),
    ],
)
def test_in_time_by_post_or_late(received: str, posted: str | None, judged: str) -> None:
    """Awb 6:9: received on the last day, or posted by then and received within a week: Mon 4 January."""
    story = objected(received, gepost_op=posted)
    assert story.state.objections[0].timely == judged
    assert story.state.objections[0].outcome == ""


def test_late_is_for_a_person_and_says_when_it_may_not_be_held_against_the_resident() -> None:
    """Awb 6:11 and 2:22."""
    story = decided(channel="digitaal").act("2027-01-20T10:00", "bezwaar_ontvangen", act_id="b")
    [task] = [task for task in story.state.open_tasks() if task.kind == "bezwaar"]
    assert "6:11" in task.text
    assert "2:22" in task.text
    story.act("2027-01-21T10:00", "bezwaar_beoordeeld", oordeel="verschoonbaar", reden="geen kennisgeving")
    assert story.state.objections[0].judged == "verschoonbaar"


def test_six_weeks_count_from_the_end_of_the_objection_term() -> None:
    """Objected 21 Dec; the term ended Mon 28 Dec; six weeks = Mon 8 February 2027 (Awb 7:10 lid 1)."""
    story = objected()
    assert str(story.term("bezwaar_besluit-1").due) == "2027-02-08"
    assert story.state.flag(FlagKind.BEZWAAR) is not None
    assert story.state.stage is Stage.PLAN


def test_twelve_weeks_with_a_committee_roll() -> None:
    """Sent Mon 23 Nov: objection until Mon 4 Jan 2027; 12 weeks = Mon 29 March, tweede paasdag: Tue 30."""
    story = decided("2026-11-23").act("2026-12-21T10:00", "bezwaar_ontvangen")
    story.act("2027-01-11T10:00", "bezwaar_commissie_ingesteld")
    term = story.term("bezwaar_besluit_commissie-1")
    assert (str(term.dates.raw_end), str(term.due)) == ("2027-03-29", "2027-03-30")
    assert not story.state.open_terms("bezwaar_besluit")


def test_adjourned_for_six_weeks_at_most_and_once() -> None:
    """8 February + 6 weeks = Mon 22 March 2027 (Awb 7:10 lid 3)."""
    story = objected()
    with pytest.raises(Refused, match="tot en met maandag 22 maart 2027"):
        story.act("2027-02-08T10:00", "bezwaar_verdaagd", tot="2027-03-23", reden="advies nodig")
    story.act("2027-02-08T10:00", "bezwaar_verdaagd", reden="advies nodig")
    assert str(story.term("bezwaar_besluit-1").due) == "2027-03-22"
    with pytest.raises(Refused, match="al verdaagd"):
        story.act("2027-03-01T10:00", "bezwaar_verdaagd", reden="nog eens")
    story.act("2027-03-01T10:00", "bezwaar_uitgesteld", tot="2027-04-19", grond="instemming_indiener")
    assert str(story.term("bezwaar_besluit-1").due) == "2027-04-19"


def test_adjourning_after_expiry_is_refused() -> None:
    story = objected().until("2027-02-09T09:00")
    with pytest.raises(Refused, match="alleen zolang de beslistermijn loopt"):
        story.act("2027-02-09T10:00", "bezwaar_verdaagd", reden="te laat bedacht")
    with pytest.raises(Refused, match="verdaagd met 'Bezwaar verdaagd'"):
        story.act(
            "2027-02-09T10:00",
            "termijn_verlengd",
            termijn="bezwaar_besluit",
            tot="2027-03-22",
            reden="drukte",
        )


def test_a_defect_stops_the_clock_until_it_is_mended() -> None:
    """Asked Mon 11 Jan, mended Wed 20 Jan: 8 days; 8 Feb + 8 = Tue 16 Feb (Awb 7:10 lid 2)."""
    story = objected().act("2027-01-11T10:00", "bezwaar_verzuim_gevraagd", uiterlijk="2027-01-25")
    story.act("2027-01-20T10:00", "bezwaar_verzuim_hersteld")
    assert str(story.term("bezwaar_besluit-1").due) == "2027-02-16"


def test_a_defect_that_is_not_mended_is_for_a_person() -> None:
    """Asked 11 Jan, last day 25 Jan: 14 days; 8 Feb + 14 = Mon 22 Feb."""
    story = objected().act("2027-01-11T10:00", "bezwaar_verzuim_gevraagd", uiterlijk="2027-01-25")
    story.until("2027-01-26T10:00")
    assert str(story.term("bezwaar_besluit-1").due) == "2027-02-22"
    assert "bezwaar_niet_hersteld" in [task.kind for task in story.state.open_tasks()]
    assert story.state.objections[0].ended_on is None


def test_it_runs_on_when_the_journey_closes_and_the_journey_keeps_listening() -> None:
    story = objected().act(
        "2026-12-22T10:00", "klantroute_beeindigd", exit="vrijwillig", reden="op eigen verzoek"
    )
    assert story.state.stage is Stage.GESLOTEN
    story.until("2027-02-10T10:00")
    assert story.told("term_breached", term="bezwaar_besluit") == [
        ("2027-02-09 00:00", "term_breached", "bezwaar_besluit-1")
    ]
    story.act("2027-02-12T10:00", "bezwaar_besloten", uitkomst="gegrond", reden="inkomen lager dan gedacht")
    assert story.state.flag(FlagKind.BEZWAAR) is None
    # Beroep until six weeks after Fri 12 Feb: Fri 26 March, Goede Vrijdag, so Tue 30 March (Awb 6:7).
    assert str(story.term("beroep_indienen-1").due) == "2027-03-30"
    story.act("2027-03-01T10:00", "beroep_ingesteld")
    assert str(story.state.objections[0].appealed_on) == "2027-03-01"


def test_an_objection_after_closing_is_against_the_decision_of_before() -> None:
    story = decided().act("2026-11-16T10:00", "klantroute_beeindigd", exit="geen_recht", reden="na besluit")
    story.act("2026-12-20T10:00", "bezwaar_ontvangen")
    assert story.state.objections[0].timely == "op_tijd"
    assert str(story.term("bezwaar_besluit-1").due) == "2027-02-08"


def test_withdrawn_it_ends_and_the_other_one_goes_on() -> None:
    story = objected().act("2026-12-22T10:00", "bezwaar_ontvangen", act_id="c")
    story.act("2026-12-23T10:00", "bezwaar_ingetrokken", bezwaar="b")
    assert [(item.id, item.outcome) for item in story.state.objections] == [("b", "ingetrokken"), ("c", "")]
    assert story.state.flag(FlagKind.BEZWAAR) is not None
    assert [term.id for term in story.state.open_terms("bezwaar_besluit")] == ["bezwaar_besluit-2"]


def test_an_objection_that_was_withdrawn_in_time_is_no_breach_when_that_becomes_known_late() -> None:
    """Due Mon 8 February 2027; withdrawn Fri 29 January and typed Mon 15 February."""
    story = objected().until("2027-02-15T09:00")
    assert story.term("bezwaar_besluit-1").counts_as_breach
    story.act("2027-02-15T10:00", "bezwaar_ingetrokken", effective="2027-01-29")
    term = story.term("bezwaar_besluit-1")
    assert (str(term.ended_on), term.counts_as_breach) == ("2027-01-29", False)


def test_adjourned_in_time_counts_by_the_day_of_the_letter_and_not_of_recording() -> None:
    """Due Mon 8 February 2027; six weeks later is Mon 22 March. Sent on the 8th, typed on the 10th (7:10 lid 3)."""
    story = objected().until("2027-02-10T09:00")
    assert story.term("bezwaar_besluit-1").status is TermStatus.BREACHED
    with pytest.raises(Refused, match="zolang de beslistermijn loopt"):
        story.act("2027-02-10T10:00", "bezwaar_verdaagd", effective="2027-02-09", reden="meer onderzoek")
    story.act("2027-02-10T11:00", "bezwaar_verdaagd", effective="2027-02-08", reden="meer onderzoek")
    term = story.term("bezwaar_besluit-1")
    assert (str(term.due), term.status, term.counts_as_breach) == ("2027-03-22", "loopt", False)
    story.until("2027-03-23T09:00")
    assert story.term("bezwaar_besluit-1").counts_as_breach


def test_a_committee_of_the_last_day_that_is_typed_later_gives_twelve_weeks_and_no_breach() -> None:
    """Due Mon 8 February 2027. Twelve weeks from Mon 28 December 2026: Mon 22 March (Awb 7:10 lid 1, 7:13)."""
    story = objected().until("2027-02-10T09:00")
    with pytest.raises(Refused, match="zolang de beslistermijn loopt"):
        story.act("2027-02-10T10:00", "bezwaar_commissie_ingesteld", effective="2027-02-09")
    story.act("2027-02-10T10:00", "bezwaar_commissie_ingesteld", effective="2027-02-08")
    assert not story.term("bezwaar_besluit-1").counts_as_breach
    term = story.term("bezwaar_besluit_commissie-1")
    assert (str(term.due), term.status) == ("2027-03-22", "loopt")


def test_a_letter_about_a_defect_that_is_typed_later_stopped_the_clock_all_the_same() -> None:
    """Sent Mon 1 February 2027, typed after the breach; unused by Mon 15: 14 days, so Mon 22 February."""
    story = objected().until("2027-02-10T09:00")
    assert story.term("bezwaar_besluit-1").status is TermStatus.BREACHED
    story.act("2027-02-10T10:00", "bezwaar_verzuim_gevraagd", effective="2027-02-01", uiterlijk="2027-02-15")
    story.until("2027-02-16T10:00")
    term = story.term("bezwaar_besluit-1")
    assert (str(term.due), term.status, term.counts_as_breach) == ("2027-02-22", "loopt", False)
    story.until("2027-02-23T10:00")
    assert story.term("bezwaar_besluit-1").counts_as_breach


def test_a_default_notice_before_a_late_recorded_adjournment_came_too_early() -> None:
    """The letter of Mon 8 February kept the term running when the notice came on the 9th."""
    story = objected().act(
        "2027-02-09T09:00", "ingebrekestelling_ontvangen", termijn="bezwaar_besluit", act_id="n"
    )
    assert story.state.open_terms("ingebrekestelling")
    story.act("2027-02-10T11:00", "bezwaar_verdaagd", effective="2027-02-08", reden="meer onderzoek")
    assert not story.state.open_terms("ingebrekestelling")
    assert story.state.income.notices == ()
    assert "kwam te vroeg" in next(t.text for t in story.state.open_tasks() if t.kind == "ingebrekestelling")
    # After the new last day a notice counts.
    story.act("2027-03-24T09:00", "ingebrekestelling_ontvangen", termijn="bezwaar_besluit", act_id="m")
    assert [notice.act for notice in story.state.income.notices] == ["m"]


@pytest.mark.parametrize("against", ["voorziening", "voorziening_besluit"])
def test_an_objection_against_a_decision_on_a_provision_counts_from_its_dispatch(against: str) -> None:
    """Refused Mon 2 March 2026: object until Mon 13 April. Six weeks on is 25 May, tweede pinksterdag: Tue 26."""
    story = Story().act("2026-02-02T10:00", "melding").act("2026-02-03T10:00", "voorziening_gevraagd")
    story.act("2026-03-02T10:00", "voorziening_besloten", uitkomst="afgewezen", reden="niet nodig")
    assert str(story.term("bezwaar_indienen-1").due) == "2026-04-13"
    story.act("2026-03-05T10:00", "bezwaar_ontvangen", tegen=against)
    assert story.state.objections[0].timely == "op_tijd"
    term = story.term("bezwaar_besluit-1")
    assert (str(term.dates.raw_end), str(term.due)) == ("2026-05-25", "2026-05-26")


def wmo(story: Story) -> None:
    story.act("2026-02-03T10:00", "wmo_gemeld").act("2026-02-20T10:00", "wmo_onderzoek_afgerond")
    story.act("2026-02-23T10:00", "wmo_aangevraagd")
    story.act("2026-03-02T10:00", "wmo_besloten", uitkomst="toegekend")


def debts(story: Story) -> None:
    story.act("2026-02-03T10:00", "schuldhulp_gevraagd").act("2026-02-10T10:00", "schuld_gesprek_gevoerd")
    story.act("2026-03-02T10:00", "schuld_besluit_genomen", uitkomst="geweigerd", reden="recidive")


def subsidy(story: Story) -> None:
    story.act("2026-03-02T10:00", "lks_besloten", uitkomst="toegekend", vorm="forfaitair")


def suspension(story: Story) -> None:
    story.act("2026-03-02T10:00", "recht_opgeschort", herstel_tot="2026-03-16", reden="gegevens")


def blocked(story: Story) -> None:
    story.act("2026-03-02T10:00", "betaling_geblokkeerd", herstel_tot="2026-03-16", reden="adres")


def exempted(story: Story) -> None:
    story.act(
        "2026-03-04T10:00",
        "ontheffing_verleend",
        grond="dringende_redenen",
        tot="2026-04-30",
        effective="2026-03-01",
        verzonden_op="2026-03-02",
    )


def imposed(story: Story) -> None:
    story.act("2026-02-03T10:00", "gesprek_gevoerd")
    story.act(
        "2026-03-02T10:00",
        "tegenprestatie_opgedragen",
        vorm="vrijwilligerswerk",
        plek="buurthuis",
        reden="in overleg",
    )


@pytest.mark.parametrize(
    ("decide", "against"),
    [
        (wmo, "wmo_besluit"),
        (debts, "schuld_besluit"),
        (subsidy, "lks_besluit"),
        (suspension, "opschorting"),
        (blocked, "blokkade"),
        (exempted, "ontheffing"),
        (imposed, "tegenprestatie"),
    ],
)
def test_every_decision_starts_the_time_to_object_on_its_day_of_dispatch(decide, against: str) -> None:  # type: ignore[no-untyped-def]
    """Sent Mon 2 March 2026, whatever it says: object until Mon 13 April, decided by Tue 26 May (Awb 6:8, 7:10)."""
    story = Story().act("2026-02-02T10:00", "melding")
    decide(story)
    story.act("2026-03-05T10:00", "bezwaar_ontvangen", tegen=against)
    [objection] = story.state.objections
    assert (str(objection.objection_end), objection.timely) == ("2026-04-13", "op_tijd")
    assert str(story.term("bezwaar_besluit-1").due) == "2026-05-26"
