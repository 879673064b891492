"""While somebody is ill, away or exempt the municipality's promises wait; terms of law run on."""

import pytest

from domain.decide import Refused
from domain.journey import FlagKind
from domain.terms import explain
from tests.domain.story import Story


def with_plan() -> Story:
    """Plan on Mon 11 May 2026: the activity starts within four weeks, so by Mon 8 June."""
    story = Story().act("2026-04-30T10:00", "melding").act("2026-05-04T10:00", "gesprek_gevoerd")
    return story.act("2026-05-11T10:00", "plan_vastgesteld", akkoord=True)


def due(story: Story, key: str) -> str:
    return str(story.state.open_terms(key)[0].due)


def test_ten_days_of_illness_move_the_start_by_ten_days() -> None:
    """Ill from 18 through 27 May: 8 June + 10 days."""
    story = with_plan().act("2026-05-18T09:00", "ziek_gemeld", belastbaar_uren=4)
    term = story.term("start_mna-1")
    assert term.status == "opgeschort"
    flag = story.state.flag(FlagKind.ZIEK)
    assert flag is not None
    assert (flag.hours, flag.detail) == (4, "deels_belastbaar")
    story.act("2026-05-28T09:00", "hersteld_gemeld")
    term = story.term("start_mna-1")
    assert (term.status, str(term.due)) == ("loopt", "2026-06-18")
    assert [(line.why, line.days) for line in term.suspensions] == [("ziek", 10)]
    why = explain(story.policy.term("start_mna"), term.dates, story.policy.calendars)
    assert "De termijn stond 10 dagen stil: maandag 8 juni 2026 wordt donderdag 18 juni 2026." in why


def test_illness_and_recovery_heard_of_after_the_term_had_passed() -> None:
    """The same ten days, told on 15 June: the term had passed on 9 June, and now runs until 18 June."""
    story = with_plan().until("2026-06-15T08:00")
    assert story.term("start_mna-1").status == "verstreken"
    story.act("2026-06-15T09:00", "ziek_gemeld", effective="2026-05-18")
    story.act("2026-06-15T09:05", "hersteld_gemeld", effective="2026-05-28")
    assert (story.term("start_mna-1").status, due(story, "start_mna")) == ("loopt", "2026-06-18")
    story.act("2026-06-16T09:00", "mna_gestart", vorm="vrijwilligerswerk", plek="buurthuis")
    assert story.term("start_mna-1").status == "tijdig_laat_geregistreerd"


def test_it_does_not_matter_in_which_order_people_hear_of_it() -> None:
    story = with_plan().act("2026-05-28T09:00", "hersteld_gemeld")
    assert [task.kind for task in story.state.open_tasks()] == ["hersteld_zonder_ziekmelding"]
    story.act("2026-05-29T09:00", "ziek_gemeld", effective="2026-05-18")
    assert story.state.flag(FlagKind.ZIEK) is None
    assert due(story, "start_mna") == "2026-06-18"


def test_a_term_of_law_runs_on() -> None:
    """Awb 4:13: eight weeks after Mon 4 May is Mon 29 June, ill or not."""
    story = Story().act("2026-04-30T10:00", "melding").act("2026-05-04T10:00", "aanvraag_ingediend")
    story.act("2026-05-11T10:00", "ziek_gemeld").act("2026-06-01T10:00", "hersteld_gemeld")
    assert due(story, "besluit_aanvraag") == "2026-06-29"


def test_what_is_armed_during_illness_waits_too() -> None:
    """Ill from 18 through 27 May; the plan of Wed 20 May promises a start by 17 June. Seven days of illness lie
    after it (21 through 27 May): 24 June."""
    story = Story().act("2026-04-30T10:00", "melding").act("2026-05-04T10:00", "gesprek_gevoerd")
    story.act("2026-05-18T09:00", "ziek_gemeld").act("2026-05-20T10:00", "plan_vastgesteld", akkoord=True)
    assert story.term("start_mna-1").status == "opgeschort"
    story.act("2026-05-28T09:00", "hersteld_gemeld")
    assert due(story, "start_mna") == "2026-06-24"


def test_check_ins_that_nobody_could_hold_are_not_missed() -> None:
    """Due Tue 9 June; ill from 1 June, told on 10 July when two had passed; recovered on 13 July after 42 days:
    one check-in waits, on 9 June + 42 days = Tue 21 July."""
    story = with_plan().act("2026-05-12T10:00", "mna_gestart", vorm="vrijwilligerswerk", plek="buurthuis")
    story.act("2026-07-10T09:00", "ziek_gemeld", effective="2026-06-01")
    assert [term.status for term in story.state.open_terms("check_in")] == ["opgeschort"]
    story.act("2026-07-13T09:00", "hersteld_gemeld")
    assert [str(term.due) for term in story.state.open_terms("check_in")] == ["2026-07-21"]


def test_illness_never_means_silence() -> None:
    """Looked at six weeks after Mon 18 May: Mon 29 June; and after that look six weeks on: Mon 10 August."""
    story = with_plan().act("2026-05-18T09:00", "ziek_gemeld")
    assert due(story, "ziekte_toets") == "2026-06-29"
    story.act("2026-06-29T09:00", "ziekte_beoordeeld", vervolg="medisch_advies", tot="2026-09-01")
    assert due(story, "ziekte_toets") == "2026-08-10"
    assert [task.kind for task in story.state.open_tasks()] == ["medisch_advies"]
    assert str(story.state.flag(FlagKind.ZIEK).until) == "2026-09-01"  # type: ignore[union-attr]


def test_a_diagnosis_has_no_place() -> None:
    with pytest.raises(Refused, match="diagnose"):
        with_plan().act("2026-05-18T09:00", "ziek_gemeld", diagnose="griep")


def test_detention_pauses_and_asks_a_person_about_the_right() -> None:
    """Signal on 1 July of detention from 1 June until 14 August: on 15 August somebody looks. Back on Mon
    17 August: 8 June + 77 days = 24 August."""
    story = with_plan().act(
        "2026-07-01T09:00", "pauze_gemeld", effective="2026-06-01", reden="detentie", tot="2026-08-14"
    )
    assert due(story, "pauze_einde") == "2026-08-15"
    assert [(task.kind, task.role) for task in story.state.open_tasks()] == [
        ("recht_bij_pauze", "inkomensconsulent")
    ]
    story.act("2026-08-17T09:00", "pauze_voorbij")
    assert story.state.flag(FlagKind.PAUZE) is None
    assert due(story, "start_mna") == "2026-08-24"


def test_a_pause_without_a_known_end_is_asked_after() -> None:
    """Eight weeks from the day of the signal, Wed 1 July: Wed 26 August."""
    story = with_plan().act("2026-07-01T09:00", "pauze_gemeld", effective="2026-06-01", reden="buitenland")
    assert due(story, "pauze_einde") == "2026-08-26"


def test_days_of_illness_within_a_pause_count_once() -> None:
    """Away from 18 through 31 May (14 days), ill from 25 May through 3 June: 17 days in all: 25 June."""
    story = with_plan().act("2026-05-18T09:00", "pauze_gemeld", reden="overig", tot="2026-05-31")
    story.act("2026-05-25T09:00", "ziek_gemeld").act("2026-06-01T09:00", "pauze_voorbij")
    assert story.term("start_mna-1").status == "opgeschort"
    story.act("2026-06-04T09:00", "hersteld_gemeld")
    assert due(story, "start_mna") == "2026-06-25"


def test_an_exemption_ends_by_itself_and_a_person_looks_again() -> None:
    """From 1 June through 31 August 2026, 92 days: 8 June + 92 = 8 September."""
    story = with_plan()
    story.act(
        "2026-05-26T09:00",
        "ontheffing_verleend",
        effective="2026-06-01",
        grond="dringende_redenen",
        tot="2026-08-31",
    )
    assert story.state.planned
    story.until("2026-08-31T23:00")
    assert story.state.flag(FlagKind.ONTHEFFING) is not None
    story.until("2026-09-01T09:00")
    assert story.state.flag(FlagKind.ONTHEFFING) is None
    assert [task.kind for task in story.state.open_tasks()] == ["ontheffing_voorbij"]
    assert due(story, "start_mna") == "2026-09-08"
    assert not story.told("term_breached", term="ontheffing_einde")


def test_an_exemption_needs_a_last_day_that_the_rules_allow() -> None:
    """Pw 9(2) is temporary, here at most twelve months: from 1 June 2026 at the latest 1 June 2027. Pw 9a: at
    most five years, through 31 May 2031."""
    story = with_plan()
    with pytest.raises(Refused, match="heeft een laatste dag nodig"):
        story.act("2026-06-01T09:00", "ontheffing_verleend", grond="dringende_redenen")
    with pytest.raises(Refused, match="1 juni 2027"):
        story.act("2026-06-01T09:00", "ontheffing_verleend", grond="dringende_redenen", tot="2027-06-02")
    with pytest.raises(Refused, match="31 mei 2031"):
        story.act("2026-06-01T09:00", "ontheffing_verleend", grond="alleenstaande_ouder", tot="2031-06-01")
    story.act("2026-06-01T09:00", "ontheffing_verleend", grond="alleenstaande_ouder", tot="2031-05-31")


def test_a_single_parent_has_a_plan_within_half_a_year_and_a_look_every_half_year() -> None:
    """Pw 9a(7) and (8): from 1 June 2026 by 1 December, then by 1 June 2027."""
    story = with_plan()
    story.act("2026-06-01T09:00", "ontheffing_verleend", grond="alleenstaande_ouder", tot="2027-12-31")
    assert (due(story, "ontheffing_ouder_plan"), due(story, "ontheffing_ouder_toets")) == (
        "2026-12-01",
        "2026-12-01",
    )
    story.act("2026-11-02T09:00", "ontheffing_getoetst", onderwerp="plan")
    story.act("2026-11-30T09:00", "ontheffing_getoetst")
    assert not story.state.open_terms("ontheffing_ouder_plan")
    assert due(story, "ontheffing_ouder_toets") == "2027-06-01"


@pytest.mark.parametrize(
    ("ground", "until", "article"),
    [
        ("alleenstaande_ouder", "2027-05-01", "lid 7"),
        ("dringende_redenen", "2027-05-01", "lid 2"),
        ("duurzaam_arbeidsongeschikt", None, "lid 5"),
    ],
)
def test_nothing_is_imposed_on_who_is_exempt(ground: str, until: str | None, article: str) -> None:
    story = with_plan().act("2026-06-01T09:00", "ontheffing_verleend", grond=ground, tot=until)
    with pytest.raises(Refused, match=rf"{article}.*vrijwillige basis"):
        story.act(
            "2026-06-02T09:00",
            "tegenprestatie_opgedragen",
            vorm="vrijwilligerswerk",
            plek="buurthuis",
            reden="besluit",
        )


def test_an_exemption_from_work_alone_leaves_the_rest() -> None:
    story = with_plan()
    story.act(
        "2026-06-01T09:00",
        "ontheffing_verleend",
        grond="dringende_redenen",
        tot="2026-12-01",
        verplichtingen=["arbeidsinschakeling"],
    )
    story.act(
        "2026-06-02T09:00",
        "tegenprestatie_opgedragen",
        vorm="vrijwilligerswerk",
        plek="buurthuis",
        reden="besluit",
    )
