"""Ingebrekestelling and dwangsom in a journey (Awb 4:17 and 4:18)."""

from datetime import date

import pytest

from domain.decide import Refused
from domain.journey import TermStatus
from domain.topics.default_notice import penalty_days, penalty_euro
from tests.domain.story import Story


def noticed() -> Story:
    """Applied 4 May, decision due Mon 29 June, notice Mon 6 July: two weeks until Mon 20 July, day 1 is 21."""
    story = Story().act("2026-04-30T10:00", "melding").act("2026-05-04T11:00", "aanvraag_ingediend")
    story.act("2026-05-05T11:00", "gesprek_gevoerd")
    return story.act("2026-07-06T15:00", "ingebrekestelling_ontvangen", act_id="n")


def owed(story: Story, day: str) -> tuple[int, int]:
    [notice] = story.state.income.notices
    on = date.fromisoformat(day)
    return penalty_days(notice, on, story.policy), penalty_euro(notice, on, story.policy)


@pytest.mark.parametrize(
    ("day", "days", "euro"),
    [
        ("2026-07-20", 0, 0),
        ("2026-07-21", 1, 23),
        ("2026-08-03", 14, 322),
        ("2026-08-04", 15, 357),
        ("2026-08-17", 28, 812),
        ("2026-08-31", 42, 1442),
        ("2026-09-30", 42, 1442),
    ],
)
def test_what_is_owed_on_a_day(day: str, days: int, euro: int) -> None:
    """14 x 23, then 14 x 35, then 14 x 45."""
    story = noticed().until("2026-09-05T10:00")
    assert owed(story, day) == (days, euro)


def test_the_maximum_is_fixed_within_two_weeks_of_the_last_day() -> None:
    """Day 42 is Mon 31 August: decided upon by Mon 14 September; paid six weeks after that decision."""
    story = noticed().until("2026-09-01T10:00")
    assert str(story.term("dwangsom_besluit-1").due) == "2026-09-14"
    assert "1442" in next(t.text for t in story.state.open_tasks() if t.kind == "dwangsom_besluit")
    story.act("2026-09-08T10:00", "dwangsom_vastgesteld", uitkomst="verschuldigd")
    assert story.term("dwangsom_besluit-1").status is TermStatus.MET
    assert str(story.term("dwangsom_betalen-1").due) == "2026-10-20"
    # The application is still not decided on, and that stays open.
    assert story.state.application_term() is not None


def test_a_decision_on_day_ten_ends_it() -> None:
    """Sent Thu 30 July, day 10: 230 euro; fixed by Thu 13 August."""
    story = noticed().act("2026-07-30T10:00", "besluit_bekendgemaakt", uitkomst="toegekend")
    assert owed(story, "2026-12-31") == (10, 230)
    assert str(story.term("dwangsom_besluit-1").due) == "2026-08-13"
    assert not story.state.open_terms("dwangsom")
    assert not story.state.open_terms("ingebrekestelling")


def test_a_decision_within_the_two_weeks_costs_nothing() -> None:
    story = noticed().act("2026-07-20T10:00", "besluit_bekendgemaakt", uitkomst="toegekend")
    assert story.term("ingebrekestelling-1").status is TermStatus.MET
    assert owed(story, "2026-12-31") == (0, 0)
    assert not story.state.open_terms("dwangsom_besluit")


def test_a_decision_in_time_that_is_recorded_late_costs_nothing() -> None:
    story = noticed().act(
        "2026-07-24T10:00", "besluit_bekendgemaakt", effective="2026-07-17", uitkomst="toegekend"
    )
    assert owed(story, "2026-12-31") == (0, 0)
    assert not story.state.open_terms("dwangsom")


def test_the_head_of_department_hears_the_day_it_starts_to_cost() -> None:
    story = noticed().until("2026-07-21T09:00")
    told = [
        e
        for e in story.events
        if e.event == "escalated" and e.term == "ingebrekestelling" and "per dag" in e.text
    ]
    assert [(e.role, "€ 23 per dag tot en met maandag 3 augustus 2026" in e.text) for e in told] == [
        ("afdelingshoofd", True)
    ]


def test_several_applicants_share_one_dwangsom() -> None:
    """Awb 4:17 lid 6."""
    story = noticed().act("2026-07-08T10:00", "ingebrekestelling_ontvangen")
    assert len(story.state.income.notices) == 1
    assert len(story.state.open_terms("ingebrekestelling")) == 1
    assert "ingebrekestelling" in [task.kind for task in story.state.open_tasks()]


def test_a_premature_notice_is_answered_by_a_person() -> None:
    story = Story().act("2026-04-30T10:00", "melding").act("2026-05-04T11:00", "aanvraag_ingediend")
    story.act("2026-06-29T10:00", "ingebrekestelling_ontvangen")
    assert story.state.income.notices == ()
    assert "niet verstreken" in next(
        t.text for t in story.state.open_tasks() if t.kind == "ingebrekestelling"
    )


def test_an_adjourned_decision_on_objection_makes_the_notice_premature() -> None:
    """Due Mon 8 Feb 2027, adjourned to 22 March: a notice of 15 Feb is premature, one of 29 March is not."""
    story = Story().act("2026-09-28T10:00", "melding").act("2026-10-05T10:00", "aanvraag_ingediend")
    story.act("2026-11-13T10:00", "besluit_bekendgemaakt", uitkomst="afgewezen", reden="inkomen")
    story.act("2026-12-21T10:00", "bezwaar_ontvangen")
    story.act("2027-02-01T10:00", "bezwaar_verdaagd", reden="advies nodig")
    story.act("2027-02-15T10:00", "ingebrekestelling_ontvangen", termijn="bezwaar_besluit")
    assert story.state.income.notices == ()
    story.act("2027-03-30T10:00", "ingebrekestelling_ontvangen", termijn="bezwaar_besluit")
    # Tue 30 March + 2 weeks = Tue 13 April; day 1 is Wed 14 April, decided on day 3.
    assert str(story.term("ingebrekestelling-1").due) == "2027-04-13"
    story.act("2027-04-16T10:00", "bezwaar_besloten", uitkomst="ongegrond", reden="geen nieuwe feiten")
    assert owed(story, "2027-12-31") == (3, 69)


def test_a_late_talk_costs_no_dwangsom() -> None:
    story = Story().act("2026-04-30T10:00", "melding").until("2026-05-12T10:00")
    story.act("2026-05-12T11:00", "ingebrekestelling_ontvangen", termijn="eerste_gesprek")
    assert story.state.income.notices == ()


def test_a_dwangsom_outlives_the_journey() -> None:
    story = noticed().act("2026-07-30T10:00", "besluit_bekendgemaakt", uitkomst="toegekend")
    story.act("2026-08-03T10:00", "klantroute_beeindigd", exit="vrijwillig", reden="op eigen verzoek")
    assert story.state.open_terms("dwangsom_besluit")


def test_nothing_owed_needs_a_reason() -> None:
    story = noticed().act("2026-07-30T10:00", "besluit_bekendgemaakt", uitkomst="toegekend")
    with pytest.raises(Refused, match="4:17 lid 6"):
        story.act("2026-08-03T10:00", "dwangsom_vastgesteld", uitkomst="niet_verschuldigd")


@pytest.mark.parametrize("known", ["2026-03-04T15:00", "2026-03-26T10:00"])
def test_a_notice_that_is_typed_after_the_late_decision_costs_the_same(known: str) -> None:
    """Applied Tue 6 January, due Tue 3 March; notice Wed 4 March, two weeks until Wed 18; day 1 is Thu 19 March.

    Decided Wed 25 March, day 7: 7 x 23 = 161 euro, fixed within two weeks, by Wed 8 April (Awb 4:17 and 4:18).
    """
    steps = [
        ("2026-03-25T10:00", "besluit_bekendgemaakt", {"uitkomst": "toegekend"}),
        (known, "ingebrekestelling_ontvangen", {"effective": "2026-03-04", "act_id": "n"}),
    ]
    story = Story().act("2026-01-05T10:00", "melding").act("2026-01-06T10:00", "aanvraag_ingediend")
    for at, name, data in sorted(steps, key=lambda step: step[0]):
        story.act(at, name, **data)  # type: ignore[arg-type]
    story.until("2026-03-27T10:00")
    assert owed(story, "2026-12-31") == (7, 161)
    assert str(story.term("dwangsom_besluit-1").due) == "2026-04-08"


def test_a_late_notice_never_stands_before_the_application_that_it_is_about() -> None:
    """The same dates, but the application itself was typed on Tue 10 March only."""
    story = Story().act("2026-01-05T10:00", "melding")
    story.act("2026-03-10T10:00", "aanvraag_ingediend", effective="2026-01-06")
    story.act("2026-03-12T10:00", "ingebrekestelling_ontvangen", effective="2026-03-04", act_id="n")
    assert owed(story.until("2026-03-31T10:00"), "2026-03-25") == (7, 161)


def test_a_withdrawal_that_is_known_after_the_maximum_ends_the_dwangsom_on_its_own_day() -> None:
    """Withdrawn Thu 30 July, day 10: 230 euro; typed on Tue 8 September, when day 42 (31 August) was over."""
    story = noticed().until("2026-09-08T09:00")
    assert owed(story, "2026-12-31") == (42, 1442)
    story.act("2026-09-08T10:00", "aanvraag_ingetrokken", effective="2026-07-30")
    assert owed(story, "2026-12-31") == (10, 230)
    [term] = story.state.open_terms("dwangsom_besluit")
    assert str(term.due) == "2026-08-13"
    [task] = [task for task in story.state.open_tasks() if task.kind == "dwangsom_besluit"]
    assert "10 dagen: € 230" in task.text
    story.act("2026-09-09T10:00", "dwangsom_vastgesteld", uitkomst="verschuldigd")
    assert not [task for task in story.state.open_tasks() if task.kind == "dwangsom_besluit"]
