"""A running benefit: suspended, mended, withdrawn, sanctioned, ended; coming back; part-time work."""

from datetime import date

import pytest

from domain.decide import Refused
from domain.journey import FlagKind, Stage, TermStatus
from domain.topics.reentry import reentry_path
from runtime.policies import load_policy
from tests.domain.story import Story


def granted() -> Story:
    story = Story().act("2026-06-01T10:00", "melding").act("2026-06-02T10:00", "aanvraag_ingediend")
    return story.act("2026-06-22T10:00", "besluit_bekendgemaakt", uitkomst="toegekend", ingang="2026-06-01")


def suspended(**more: object) -> Story:
    """From Thu 1 October 2026, which is day 1: day 56 is Wed 25 November (Pw 54 lid 1)."""
    return granted().act(
        "2026-10-01T10:00",
        "recht_opgeschort",
        herstel_tot="2026-10-15",
        reden="gegevens ontbreken",
        **more,
    )


def test_eight_weeks_in_all_with_the_repair_inside() -> None:
    story = suspended()
    assert str(story.term("opschorting_recht-1").due) == "2026-11-25"
    flag = story.state.flag(FlagKind.OPGESCHORT)
    assert flag is not None
    assert (flag.since, flag.detail) == (date(2026, 10, 1), "recht")
    with pytest.raises(Refused, match="tot en met woensdag 25 november 2026"):
        granted().act("2026-10-01T10:00", "recht_opgeschort", herstel_tot="2026-11-26", reden="gegevens")


def test_the_eight_weeks_count_from_the_day_of_the_default() -> None:
    """Default Mon 21 September: day 56 is Sun 15 November; a duration does not roll."""
    story = suspended(verzuim_op="2026-09-21")
    assert str(story.term("opschorting_recht-1").due) == "2026-11-15"


def test_an_application_is_completed_and_not_suspended_as_a_right() -> None:
    story = Story().act("2026-06-01T10:00", "melding").act("2026-06-02T10:00", "aanvraag_ingediend")
    with pytest.raises(Refused, match="Vraag om aanvulling"):
        story.act("2026-06-10T10:00", "recht_opgeschort", herstel_tot="2026-06-24", reden="gegevens")


def test_mended_in_time_the_right_runs_again_also_when_recorded_late() -> None:
    story = suspended().until("2026-10-20T10:00")
    story.act("2026-10-20T11:00", "verzuim_hersteld", effective="2026-10-15")
    assert story.state.flag(FlagKind.OPGESCHORT) is None
    assert not story.state.open_terms("opschorting_recht")
    assert story.state.open_tasks() == []


def test_not_mended_is_a_question_and_never_an_end() -> None:
    story = suspended()
    with pytest.raises(Refused, match="hersteltermijn ongebruikt voorbij"):
        story.act("2026-10-14T10:00", "recht_ingetrokken", reden="geen gegevens")
    story.until("2026-12-31T10:00")
    assert {"verzuim_niet_hersteld", "opschorting_te_lang"} <= {
        task.kind for task in story.state.open_tasks()
    }
    assert story.state.income.benefit is not None
    assert story.state.income.benefit.ended_on is None


def test_mended_too_late_is_weighed_by_a_person() -> None:
    story = suspended().act("2026-10-20T10:00", "verzuim_hersteld")
    assert story.state.flag(FlagKind.OPGESCHORT) is not None
    story.act("2026-10-21T10:00", "opschorting_opgeheven", reden="was ziek")
    assert story.state.flag(FlagKind.OPGESCHORT) is None


def test_withdrawn_by_a_person_from_the_first_day_that_it_stood_still() -> None:
    """Pw 54 lid 4. Objection until six weeks after Tue 20 Oct: Tue 1 Dec."""
    story = suspended().act("2026-10-20T10:00", "recht_ingetrokken", reden="geen gegevens, wel contact")
    assert story.state.income.benefit is not None
    assert story.state.income.benefit.ended_on == date(2026, 10, 1)
    assert story.state.flag(FlagKind.OPGESCHORT) is None
    assert str(story.term("bezwaar_indienen-3").due) == "2026-12-01"
    assert story.state.stage is not Stage.GESLOTEN


def test_a_wrong_address_stops_payment_only() -> None:
    story = granted().act(
        "2026-10-01T10:00", "betaling_geblokkeerd", herstel_tot="2026-10-15", reden="adres wijkt af"
    )
    assert not story.state.open_terms("opschorting_recht")
    story.act("2026-10-09T10:00", "verzuim_hersteld", soort="betaling")
    assert story.state.flag(FlagKind.OPGESCHORT) is None


def test_nobody_is_sanctioned_unheard() -> None:
    story = granted()
    measure = {"tot": "2026-12-31", "reden": "na gesprek"}
    with pytest.raises(Refused, match="pas na een zienswijze"):
        story.act("2026-10-01T10:00", "maatregel_opgelegd", **measure)
    story.act("2026-10-02T10:00", "zienswijze_gehoord", over="boete")
    with pytest.raises(Refused, match="pas na een zienswijze"):
        story.act("2026-10-02T11:00", "maatregel_opgelegd", **measure)
    story.act("2026-10-02T12:00", "zienswijze_gehoord", over="maatregel")
    story.act("2026-10-05T10:00", "maatregel_opgelegd", **measure)
    # Three months after Mon 5 October: Tue 5 January 2027 (Pw 18 lid 3).
    assert str(story.term("heroverweging_maatregel-1").due) == "2027-01-05"
    story.act("2026-11-02T10:00", "maatregel_heroverwogen", uitkomst="voortgezet", reden="loopt af")
    with pytest.raises(Refused, match="pas na een zienswijze"):
        story.act("2026-11-03T10:00", "maatregel_opgelegd", **measure)


def test_silence_is_no_hearing() -> None:
    """Invited Thu 1 Oct, two weeks: nothing by Thu 15 Oct."""
    story = granted().act("2026-10-01T10:00", "zienswijze_gevraagd").until("2026-10-16T10:00")
    assert "zienswijze_uitgebleven" in [task.kind for task in story.state.open_tasks()]
    with pytest.raises(Refused, match="pas na een zienswijze"):
        story.act("2026-10-16T11:00", "maatregel_opgelegd", tot="2026-11-16", reden="zweeg")


def test_review_of_three_months_rolls_and_boete_of_thirteen_weeks_does_not() -> None:
    """25 Feb + 3 months = 25 May 2026, Pinksteren, so 26 May. 5 Jan + 13 weeks = paasmaandag 6 April, stays."""
    story = Story().act("2026-01-05T10:00", "melding").act("2026-01-05T11:00", "boete_rapport")
    assert str(story.term("boete_besluit-1").due) == "2026-04-06"
    with pytest.raises(Refused, match="pas na een zienswijze"):
        story.act("2026-02-01T10:00", "boete_besloten", uitkomst="opgelegd", reden="inlichtingen")
    story.act("2026-02-20T10:00", "zienswijze_gehoord")
    story.act("2026-02-25T10:00", "maatregel_opgelegd", tot="2026-03-31", reden="na gesprek")
    assert str(story.term("heroverweging_maatregel-1").due) == "2026-05-26"


@pytest.mark.parametrize(
    ("reported", "path"),
    [
        ("2026-04-30", "herleving"),
        ("2026-05-01", "hergebruik_gegevens"),
        ("2027-03-31", "hergebruik_gegevens"),
        ("2027-04-01", "nieuw"),
    ],
)
def test_three_paths_back(reported: str, path: str) -> None:
    """Ended 31 March 2026: 30 days is 30 April (Pw 45 lid 3), 12 months is 31 March 2027 (Pw 43a)."""
    policy = load_policy("deventer")
    assert reentry_path(date(2026, 3, 31), date.fromisoformat(reported), policy) == path
    story = Story().act(f"{reported}T10:00", "melding", uitkering_beeindigd_op="2026-03-31")
    assert story.state.income.reentry is not None
    assert story.state.income.reentry.path == path
    assert ("terugkeer" in [task.kind for task in story.state.open_tasks()]) == (path != "nieuw")


def test_an_earlier_benefit_that_is_found_later_counts_from_the_melding() -> None:
    story = Story().act("2026-04-30T10:00", "melding")
    story.act("2026-05-18T10:00", "eerdere_uitkering_bekend", beeindigd_op="2026-03-31")
    assert story.state.income.reentry is not None
    assert story.state.income.reentry.path == "herleving"


def test_part_time_work_is_a_state_with_hours_and_a_clock() -> None:
    """From 1 September 2026 for twelve months: through 31 August 2027 (Pw 34a), and then a question."""
    story = granted().act("2026-09-01T10:00", "deeltijdwerk_gestart", uren=12)
    assert story.state.stage is Stage.INTAKE
    assert str(story.term("vrijlating_inkomen-1").due) == "2027-08-31"
    story.act("2027-01-11T10:00", "deeltijdwerk_gewijzigd", uren=20)
    work = story.state.income.works_part_time
    assert work is not None
    assert (work.hours, work.since) == (20, date(2027, 1, 11))
    story.until("2027-09-01T10:00")
    assert "vrijlating_voorbij" in [task.kind for task in story.state.open_tasks()]
    assert story.told("term_breached", term="vrijlating_inkomen") == []


def test_work_that_is_lost_and_found_keeps_its_clock() -> None:
    story = granted().act("2026-09-01T10:00", "deeltijdwerk_gestart", uren=12)
    story.act("2026-11-02T10:00", "deeltijdwerk_gestopt")
    assert story.state.income.works_part_time is None
    story.act("2026-12-01T10:00", "deeltijdwerk_gestart", uren=8)
    assert [str(term.due) for term in story.state.open_terms("vrijlating_inkomen")] == ["2027-08-31"]


def test_an_end_is_sent_on_one_day_and_counts_from_another() -> None:
    """Sent Tue 20 Oct, no benefit from 1 November; objection until Tue 1 December."""
    story = granted().act(
        "2026-10-20T10:00", "uitkering_beeindigd", grond="werk", per="2026-11-01", reden="volledige baan"
    )
    assert story.state.income.benefit is not None
    assert story.state.income.benefit.ended_on == date(2026, 11, 1)
    assert str(story.term("bezwaar_indienen-2").due) == "2026-12-01"
    assert story.term("bezwaar_indienen-1").status is TermStatus.CANCELLED


def test_withdrawn_from_the_day_of_the_default_and_not_of_the_letter() -> None:
    """Suspended by a letter of Thu 1 October from the default of Mon 21 September (Pw 54 lid 1 and 4)."""
    story = suspended(verzuim_op="2026-09-21")
    story.act("2026-10-20T10:00", "recht_ingetrokken", reden="geen gegevens, wel contact")
    assert story.state.income.benefit is not None
    assert story.state.income.benefit.ended_on == date(2026, 9, 21)


def test_a_maatregel_that_has_ended_needs_no_review_and_makes_room_for_another() -> None:
    """From Mon 5 October through Sat 31 October; the review would be due on Tue 5 January 2027."""
    story = granted().act("2026-10-02T10:00", "zienswijze_gehoord", over="maatregel")
    story.act("2026-10-05T10:00", "maatregel_opgelegd", tot="2026-10-31", reden="na gesprek")
    story.until("2026-10-31T23:30")
    assert story.state.open_terms("heroverweging_maatregel")
    story.until("2026-11-01T00:30")
    review = story.term("heroverweging_maatregel-1")
    assert (review.status, str(review.ended_on)) == ("vervallen", "2026-10-31")
    with pytest.raises(Refused, match="geen maatregel om te heroverwegen"):
        story.act("2026-11-02T09:00", "maatregel_heroverwogen", uitkomst="voortgezet", reden="loopt")
    story.act("2026-11-02T10:00", "zienswijze_gehoord", over="maatregel")
    story.act("2026-11-03T10:00", "maatregel_opgelegd", tot="2026-11-30", reden="na gesprek")
    story.until("2027-03-01T10:00")
    assert not story.told("term_breached", term="heroverweging_maatregel")


def test_a_maatregel_that_a_person_ended_does_not_end_the_next_one() -> None:
    """Ended on Mon 12 October; the next runs from the 19th through 31 December, past the first one's 31 October."""
    story = granted().act("2026-10-02T10:00", "zienswijze_gehoord", over="maatregel")
    story.act("2026-10-05T10:00", "maatregel_opgelegd", tot="2026-10-31", reden="na gesprek")
    story.act("2026-10-12T10:00", "maatregel_heroverwogen", uitkomst="beeindigd", reden="houding beter")
    story.act("2026-10-16T10:00", "zienswijze_gehoord", over="maatregel")
    story.act("2026-10-19T10:00", "maatregel_opgelegd", tot="2026-12-31", reden="na gesprek")
    story.until("2026-11-02T10:00")
    assert [str(term.due) for term in story.state.open_terms("heroverweging_maatregel")] == ["2027-01-19"]
    story.until("2027-01-01T10:00")
    assert not story.state.open_terms("heroverweging_maatregel")


# -- every decision can be gone against ----------------------------------------------------------------


def remedies(story: Story) -> list[tuple[str, str, str]]:
    """Kind, outcome and last day to object of every decision after the grant."""
    return [
        (sent.kind, sent.outcome, str(story.term(sent.remedy).due)) for sent in story.state.income.sent[1:]
    ]


def test_a_stopped_advance_can_be_objected_to() -> None:
    """Six weeks after Wed 20 May 2026: Wed 1 July (Awb 6:7 and 6:8)."""
    story = Story().act("2026-05-04T10:00", "melding").act("2026-05-04T11:00", "aanvraag_ingediend")
    story.act("2026-05-20T10:00", "voorschot_gestopt", reden="stukken", grond="gegevens_ontbreken")
    (sent,) = story.state.income.sent
    assert (sent.kind, sent.outcome, str(story.term(sent.remedy).due)) == (
        "voorschot",
        "gestopt",
        "2026-07-01",
    )


def test_lifting_a_suspension_and_reviewing_a_maatregel_can_be_objected_to() -> None:
    """Mon 12 October 2026 plus six weeks: Mon 23 November. Mon 2 November: Mon 14 December."""
    story = suspended().act("2026-10-12T10:00", "opschorting_opgeheven", soort="recht", reden="er is alles")
    assert remedies(story)[1:] == [("opschorting_opheffing", "opgeheven", "2026-11-23")]

    story = granted().act("2026-10-02T12:00", "zienswijze_gehoord")
    story.act("2026-10-05T10:00", "maatregel_opgelegd", tot="2026-12-31", reden="na gesprek")
    story.act("2026-11-02T10:00", "maatregel_heroverwogen", uitkomst="voortgezet", reden="loopt af")
    assert remedies(story)[1:] == [("maatregel_heroverweging", "voortgezet", "2026-12-14")]


# -- a repetition --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("again", "asked"), [("2027-10-05", True), ("2027-10-06", False)])
def test_a_second_maatregel_within_a_year_asks_whether_it_is_a_repetition(again: str, asked: bool) -> None:
    """Twelve months after Mon 5 October 2026: through Tue 5 October 2027 (Pw 18 lid 6)."""
    story = granted().act("2026-10-02T12:00", "zienswijze_gehoord")
    story.act("2026-10-05T10:00", "maatregel_opgelegd", tot="2026-11-04", reden="na gesprek")
    assert "herhaling_maatregel" not in [task.kind for task in story.state.open_tasks()]
    story.act(f"{again}T09:00", "zienswijze_gehoord")
    story.act(f"{again}T10:00", "maatregel_opgelegd", tot="2027-12-31", reden="na gesprek")
    found = story.state.open_tasks("herhaling_maatregel")
    assert bool(found) is asked
    assert not found or "maandag 5 oktober 2026" in found[0].text
    # The latest counts from now on: Tue 5 or Wed 6 October 2028 less a year.
    (running,) = story.state.open_terms("herhaling_maatregel")
    assert str(running.dates.start) == again


@pytest.mark.parametrize(("since", "asked"), [("2026-01-29", True), ("2026-01-30", False)])
def test_a_grant_that_reaches_back_too_far_is_looked_at_again(since: str, asked: bool) -> None:
    """Three months before the melding of Thu 30 April 2026: 30 January (Pw 44 lid 5)."""
    story = Story().act("2026-04-30T10:00", "melding").act("2026-05-01T10:00", "aanvraag_ingediend")
    story.act("2026-05-20T10:00", "besluit_bekendgemaakt", uitkomst="toegekend", ingang=since)
    found = story.state.open_tasks("ingangsdatum")
    assert bool(found) is asked
    assert not found or "niet eerder dan vrijdag 30 januari 2026" in found[0].text


def test_an_objection_against_a_suspension_counts_from_the_suspension_and_not_from_its_lifting() -> None:
    """Suspended Thu 1 October 2026: object until Thu 12 November, so six weeks more: Thu 24 December."""
    story = suspended().act("2026-10-19T10:00", "opschorting_opgeheven", soort="recht", reden="er is alles")
    story.act("2026-10-26T10:00", "bezwaar_ontvangen", tegen="opschorting")
    (term,) = story.state.open_terms("bezwaar_besluit")
    assert str(term.due) == "2026-12-24"


def test_a_repetition_is_seen_by_the_days_of_the_maatregelen_and_not_of_recording() -> None:
    story = granted().act("2026-10-02T12:00", "zienswijze_gehoord")
    story.act("2026-10-05T10:00", "maatregel_opgelegd", tot="2026-11-04", reden="na gesprek")
    story.act("2027-10-07T09:00", "zienswijze_gehoord")
    # Of Mon 4 October 2027, typed when the year had passed.
    story.act(
        "2027-10-07T10:00",
        "maatregel_opgelegd",
        effective="2027-10-04",
        tot="2027-12-31",
        reden="na gesprek",
    )
    assert story.state.open_tasks("herhaling_maatregel")
    # One of an earlier day that is typed later does not shorten what runs.
    assert [str(term.dates.start) for term in story.state.open_terms("herhaling_maatregel")] == ["2027-10-04"]
