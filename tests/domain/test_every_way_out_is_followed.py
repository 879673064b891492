"""Ways out: what each counts for, what runs after it, and what happens when it does not last."""

import pytest

from domain.decide import Refused
from domain.journey import FlagKind, Stage
from domain.mna import Exit
from domain.policy import Policy
from domain.topics.exits import counts_for
from runtime.policies import load_policy
from tests.domain.story import Story

TO_WORK_OR_SCHOOL = [
    Exit.WERK_REGULIER,
    Exit.WERK_GARANTIEBAAN,
    Exit.BESCHUT_WERK,
    Exit.ONDERWIJS,
    Exit.DAGBESTEDING,
]
OTHER = [Exit.VERHUIZING, Exit.OVERLIJDEN, Exit.VRIJWILLIG, Exit.GEEN_RECHT, Exit.PENSIOEN]


def taking_part() -> Story:
    story = Story().act("2026-04-30T10:00", "melding").act("2026-05-04T10:00", "gesprek_gevoerd")
    story.act("2026-05-11T10:00", "plan_vastgesteld", akkoord=True)
    return story.act("2026-05-18T10:00", "mna_gestart", vorm="vrijwilligerswerk", plek="buurthuis")


def due(story: Story, key: str) -> list[str]:
    return [str(term.due) for term in story.state.open_terms(key)]


@pytest.mark.parametrize("way_out", TO_WORK_OR_SCHOOL)
def test_work_or_school_ends_the_activity_and_begins_the_aftercare(way_out: Exit) -> None:
    """From Mon 1 June 2026: 1 July, 1 September, 1 December."""
    story = taking_part().act("2026-06-01T10:00", "uitstroom_vastgesteld", bestemming=way_out.value)
    assert (story.state.stage, story.state.exit, str(story.state.exit_on)) == (
        Stage.NAZORG,
        way_out,
        "2026-06-01",
    )
    assert [due(story, f"nazorg_{months}") for months in (1, 3, 6)] == [
        ["2026-07-01"],
        ["2026-09-01"],
        ["2026-12-01"],
    ]
    assert not story.state.running_placements()
    assert not due(story, "check_in")


@pytest.mark.parametrize("way_out", OTHER)
def test_another_end_closes_by_a_person_with_a_reason(way_out: Exit) -> None:
    story = taking_part().act(
        "2026-06-01T10:00", "klantroute_beeindigd", exit=way_out.value, reden="zie dossier"
    )
    assert (story.state.stage, story.state.exit, str(story.state.exit_on)) == (
        Stage.GESLOTEN,
        way_out,
        "2026-06-01",
    )
    assert [str(p.until) for p in story.state.placements] == ["2026-06-01"]
    assert not story.state.open_terms()


def test_policy_says_what_counts_for_which_target() -> None:
    policy = load_policy("deventer")
    counted = {way_out: counts_for(way_out, policy) for way_out in Exit}
    assert counted[Exit.WERK_GARANTIEBAAN] == {"passende_plek", "werk", "garantiebanen"}
    assert counted[Exit.ONDERWIJS] == {"passende_plek", "onderwijs"}
    assert all(not counted[way_out] for way_out in (*OTHER, Exit.DAGBESTEDING))
    assert not counts_for("", policy)


def test_part_time_work_with_a_supplement_is_no_way_out() -> None:
    with pytest.raises(Refused, match=r"aanvullende uitkering.*nog geen uitstroom"):
        taking_part().act(
            "2026-06-01T10:00", "uitstroom_vastgesteld", bestemming="werk_regulier", uitkering_eindigt=False
        )


def test_a_job_that_begins_later_is_told_today_and_begins_then() -> None:
    story = taking_part().act("2026-06-01T10:00", "werk_gemeld", per="2026-07-01", uren=32)
    assert [task.kind for task in story.state.open_tasks()] == ["werk_gemeld"]
    story.act("2026-06-02T10:00", "uitstroom_vastgesteld", effective="2026-07-01", bestemming="werk_regulier")
    assert story.state.stage is Stage.MNA
    assert due(story, "check_in") == ["2026-06-15"]
    story.until("2026-07-01T12:00")
    assert story.state.stage is Stage.NAZORG
    assert due(story, "nazorg_1") == ["2026-08-01"]


def test_work_lost_within_half_a_year_opens_the_journey_again() -> None:
    """Work from 1 June, lost on Mon 21 September: a new place by Mon 19 October. Pw 43a: what was asked before is
    of use for twelve months, through 1 June 2027."""
    story = taking_part().act("2026-05-20T10:00", "trede_gemeten", trede=4)
    story.act("2026-06-01T10:00", "uitstroom_vastgesteld", bestemming="werk_regulier")
    story.act("2026-09-21T10:00", "werk_gestopt")
    assert (story.state.stage, story.state.exit, story.state.exit_on) == (Stage.MNA, "", None)
    assert due(story, "herplaatsing") == ["2026-10-19"]
    assert due(story, "trede_meting") == ["2026-11-20"]
    assert not due(story, "nazorg_6")
    task = next(task for task in story.state.open_tasks() if task.kind == "opnieuw_begonnen")
    assert "binnen 6 maanden" in task.text
    assert "1 juni 2027" in task.text


def test_work_lost_after_closing_tells_what_can_be_used_again() -> None:
    story = taking_part().act("2026-06-01T10:00", "uitstroom_vastgesteld", bestemming="werk_regulier")
    story.act("2026-06-15T10:00", "klantroute_afgesloten", reden="eerder klaar")
    story.act("2026-07-20T10:00", "werk_gestopt")
    task = next(task for task in story.state.open_tasks() if task.kind == "werk_gestopt")
    assert "1 juni 2027" in task.text


def test_school_begins_before_study_finance_and_the_journey_waits_for_it() -> None:
    """School from 24 August, study finance from 1 September: on that day somebody looks."""
    story = taking_part().act("2026-08-24T10:00", "onderwijs_gestart", studiefinanciering_vanaf="2026-09-01")
    flag = story.state.flag(FlagKind.PAUZE)
    assert flag is not None
    assert (flag.detail, str(flag.until)) == ("studiefinanciering", "2026-08-31")
    assert due(story, "pauze_einde") == ["2026-09-01"]
    story.act("2026-09-01T10:00", "uitstroom_vastgesteld", bestemming="onderwijs")
    assert story.state.flag(FlagKind.PAUZE) is None
    assert not due(story, "pauze_einde")


def test_who_leaves_school_before_study_finance_began_goes_on_where_they_were() -> None:
    """Check-in due Mon 15 June; at school from 1 through 9 June, nine days: Wed 24 June."""
    story = taking_part().act("2026-06-01T10:00", "onderwijs_gestart", studiefinanciering_vanaf="2026-09-01")
    story.act("2026-06-10T10:00", "werk_gestopt")
    assert story.state.flag(FlagKind.PAUZE) is None
    assert due(story, "check_in") == ["2026-06-24"]


def test_residents_are_asked_how_content_they_are_at_fixed_moments() -> None:
    """After the first talk of Mon 4 May by Mon 18 May; half a year after the question of 11 May; at the way out."""
    story = taking_part()
    assert due(story, "klanttevredenheid") == ["2026-05-18"]
    story.act("2026-05-18T11:00", "tevredenheid_gevraagd", effective="2026-05-11")
    assert due(story, "tevredenheid_halfjaar") == ["2026-11-11"]
    with pytest.raises(Refused, match="cijfer"):
        story.act("2026-05-19T10:00", "tevredenheid_gevraagd", cijfer=8)
    story.act("2026-06-01T10:00", "uitstroom_vastgesteld", bestemming="werk_regulier")
    assert not due(story, "tevredenheid_halfjaar")
    assert due(story, "klanttevredenheid") == ["2026-06-15"]
    story.act("2026-06-02T10:00", "tevredenheid_gevraagd")
    assert not due(story, "klanttevredenheid")


def test_a_municipality_that_asks_nothing_asks_nothing() -> None:
    silent = Policy.model_validate(load_policy("deventer").model_dump() | {"targets": {}})
    story = Story(policy=silent).act("2026-04-30T10:00", "melding").act("2026-05-04T10:00", "gesprek_gevoerd")
    assert not due(story, "klanttevredenheid")


# -- the place that somebody goes on to ----------------------------------------------------------------


def at_a_sheltered_place(kind: str = "beschut_werk") -> Story:
    return taking_part().act("2026-05-25T10:00", "plek_gestart", soort=kind, plek="KonnecteD")


@pytest.mark.parametrize("kind", ["beschut_werk", "dagbesteding"])
def test_the_place_that_is_the_way_out_goes_on(kind: str) -> None:
    """Also after closing; it stops when the provider says so, or with a life."""
    story = at_a_sheltered_place(kind).act("2026-06-01T10:00", "uitstroom_vastgesteld", bestemming=kind)
    assert [placement.kind for placement in story.state.running_placements()] == [kind]
    story.act("2026-06-15T10:00", "klantroute_afgesloten", reden="eerder klaar")
    assert [placement.kind for placement in story.state.running_placements()] == [kind]
    story.act("2026-06-22T10:00", "plek_gestopt", reden="aanbieder sluit")
    assert not story.state.running_placements()


def test_a_place_that_is_not_the_way_out_stops_with_it() -> None:
    story = at_a_sheltered_place().act(
        "2026-06-01T10:00", "uitstroom_vastgesteld", bestemming="werk_regulier"
    )
    assert not story.state.running_placements()


def test_no_place_goes_on_after_a_death() -> None:
    story = at_a_sheltered_place().act("2026-06-01T10:00", "uitstroom_vastgesteld", bestemming="beschut_werk")
    story.act("2026-06-08T10:00", "overlijden_gemeld")
    assert not story.state.running_placements()


def test_a_place_lost_in_the_aftercare_opens_the_journey_again() -> None:
    """Stopped on Mon 14 September 2026: a new place within four weeks, by Mon 12 October."""
    story = at_a_sheltered_place().act("2026-06-01T10:00", "uitstroom_vastgesteld", bestemming="beschut_werk")
    story.act("2026-09-14T10:00", "plek_gestopt", reden="aanbieder sluit")
    assert (story.state.stage, story.state.exit) == (Stage.MNA, "")
    assert due(story, "herplaatsing") == ["2026-10-12"]
    assert not due(story, "nazorg_6")
    assert "opnieuw_begonnen" in {task.kind for task in story.state.open_tasks()}


def test_a_job_with_support_lost_in_the_aftercare_opens_the_journey_again() -> None:
    story = taking_part().act("2026-06-01T10:00", "ondersteunde_baan_gestart")
    story.act("2026-06-01T11:00", "uitstroom_vastgesteld", bestemming="werk_garantiebaan")
    story.act("2026-09-14T10:00", "ondersteunde_baan_gestopt")
    assert story.state.stage is Stage.MNA
    assert due(story, "herplaatsing") == ["2026-10-12"]


def test_what_is_lost_beside_the_way_out_opens_nothing() -> None:
    story = taking_part().act("2026-06-01T10:00", "ondersteunde_baan_gestart")
    story.act("2026-06-01T11:00", "uitstroom_vastgesteld", bestemming="onderwijs")
    story.act("2026-09-14T10:00", "ondersteunde_baan_gestopt")
    assert (story.state.stage, story.state.exit) == (Stage.NAZORG, "onderwijs")


# -- the benefit ---------------------------------------------------------------------------------------


def test_a_way_out_to_work_asks_to_decide_on_the_end_of_the_benefit() -> None:
    story = taking_part().act("2026-05-19T10:00", "aanvraag_ingediend")
    story.act("2026-05-20T10:00", "besluit_bekendgemaakt", uitkomst="toegekend")
    story.act("2026-06-01T10:00", "uitstroom_vastgesteld", bestemming="werk_regulier")
    task = next(task for task in story.state.open_tasks() if task.kind == "uitkering_eindigt")
    assert task.role == "inkomensconsulent"
    story.act("2026-06-02T10:00", "uitkering_beeindigd", grond="werk", reden="werk met genoeg loon")
    assert "uitkering_eindigt" not in {task.kind for task in story.state.open_tasks()}


def test_day_activities_end_no_benefit_and_who_has_none_is_not_asked() -> None:
    story = taking_part().act("2026-06-01T10:00", "uitstroom_vastgesteld", bestemming="werk_regulier")
    assert not story.state.open_tasks()
    story = taking_part().act("2026-05-19T10:00", "aanvraag_ingediend")
    story.act("2026-05-20T10:00", "besluit_bekendgemaakt", uitkomst="toegekend")
    story.act("2026-06-01T10:00", "uitstroom_vastgesteld", bestemming="dagbesteding")
    assert "uitkering_eindigt" not in {task.kind for task in story.state.open_tasks()}


# -- what is still owed --------------------------------------------------------------------------------


def test_no_journey_ends_over_an_application_that_waits_for_its_inquiry() -> None:
    story = taking_part().act("2026-05-20T10:00", "wmo_gemeld").act("2026-05-21T10:00", "wmo_aangevraagd")
    with pytest.raises(Refused, match="meetelt zodra het onderzoek klaar is"):
        story.act("2026-05-22T10:00", "klantroute_beeindigd", exit="vrijwillig", reden="wil niet verder")
    story.act("2026-05-22T11:00", "wmo_ingetrokken")
    story.act("2026-05-22T12:00", "klantroute_beeindigd", exit="vrijwillig", reden="wil niet verder")
    assert story.state.stage is Stage.GESLOTEN


def test_an_inquiry_stays_undone_only_for_a_reason() -> None:
    story = taking_part().act("2026-05-20T10:00", "wmo_gemeld")
    story.act("2026-05-21T10:00", "gemeenteoverdracht_aangeboden", naar="zutphen")
    story.act("2026-05-22T10:00", "gemeenteoverdracht_aanvaard", door="zutphen")
    with pytest.raises(Refused, match="onderzoek na een melding voor ondersteuning"):
        story.act("2026-05-25T10:00", "overgedragen", naar="zutphen", klantroute="klantroute-zutphen-7-1")
    story.act("2026-05-25T11:00", "klantroute_beeindigd", exit="verhuizing", reden="verhuisd naar Zutphen")
    assert story.state.stage is Stage.GESLOTEN


# -- death ---------------------------------------------------------------------------------------------


def test_death_takes_away_what_the_owner_was_asked_about_the_way_ahead() -> None:
    story = taking_part().act("2026-05-19T10:00", "werk_gemeld", per="2026-07-01")
    story.act("2026-05-20T10:00", "verhuizing_gemeld").act("2026-05-21T10:00", "bezwaar_ontvangen")
    story.act("2026-05-25T10:00", "overlijden_gemeld", effective="2026-05-24")
    assert str(story.state.exit_on) == "2026-05-24"
    assert sorted(task.kind for task in story.state.open_tasks()) == ["bezwaar", "overlijden"]
    # Of the tasks only those two still have a term, so nobody is reminded of the others.
    guards = {term.task for term in story.state.open_terms() if term.task}
    assert guards == {task.id for task in story.state.open_tasks()}


def test_two_months_after_a_job_began_somebody_looks_whether_it_did() -> None:
    """Work from Mon 1 June 2026: UWV hears of it within two months, so the question comes on 1 August."""
    story = Story().act("2026-04-30T10:00", "melding").act("2026-05-04T10:00", "gesprek_gevoerd")
    story.act("2026-06-01T10:00", "uitstroom_vastgesteld", bestemming="werk_regulier")
    story.until("2026-07-31T23:59")
    assert story.state.open_tasks("baan_controle") == []
    story.until("2026-08-01T00:00")
    (task,) = story.state.open_tasks("baan_controle")
    assert task.text.startswith("Het werk begon op maandag 1 juni 2026")


def test_who_spoke_with_the_resident_since_is_not_asked_whether_the_job_began() -> None:
    story = Story().act("2026-04-30T10:00", "melding").act("2026-05-04T10:00", "gesprek_gevoerd")
    story.act("2026-06-01T10:00", "uitstroom_vastgesteld", bestemming="werk_regulier")
    story.act("2026-06-29T10:00", "nazorg_gesprek_gevoerd").until("2026-08-03T10:00")
    assert story.state.open_tasks("baan_controle") == []


def test_whether_school_began_is_not_asked_of_uwv() -> None:
    story = Story().act("2026-04-30T10:00", "melding").act("2026-05-04T10:00", "gesprek_gevoerd")
    story.act("2026-06-01T10:00", "uitstroom_vastgesteld", bestemming="onderwijs")
    assert story.state.open_terms("baan_controle") == []


def test_a_job_that_was_lost_is_not_looked_for() -> None:
    story = Story().act("2026-04-30T10:00", "melding").act("2026-05-04T10:00", "gesprek_gevoerd")
    story.act("2026-06-01T10:00", "uitstroom_vastgesteld", bestemming="werk_regulier")
    story.act("2026-07-01T10:00", "werk_gestopt")
    assert story.state.open_terms("baan_controle") == []
