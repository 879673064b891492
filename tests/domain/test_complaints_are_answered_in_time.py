"""Complaints have their own term, extension and answer, also after closing (Awb 9:11)."""

import pytest

from domain.happenings import Refused
from domain.journey import Stage
from tests.domain.story import Story


def complained() -> Story:
    story = Story().act("2026-04-30T10:00", "melding").act("2026-05-04T10:00", "gesprek_gevoerd")
    return story.act("2026-05-06T10:00", "klacht_ontvangen")


def ended(story: Story, local: str) -> Story:
    return story.act(local, "klantroute_beeindigd", exit="vrijwillig", reden="op eigen verzoek")


def test_six_weeks_and_a_person_who_was_not_part_of_it() -> None:
    story = complained()
    # Wed 6 May 2026 and six weeks: Wed 17 June.
    assert str(story.term("klacht-1").due) == "2026-06-17"
    assert [task.role for task in story.state.open_tasks()] == ["teamleider"]


def test_it_is_adjourned_once_by_at_most_four_weeks() -> None:
    story = complained()
    with pytest.raises(Refused, match="15 juli 2026"):
        story.act("2026-06-10T10:00", "klacht_verdaagd", tot="2026-07-16", reden="hoorzitting later")
    story.act("2026-06-10T11:00", "klacht_verdaagd", reden="hoorzitting later")
    # Wed 17 June and four weeks: Wed 15 July.
    assert str(story.term("klacht-1").due) == "2026-07-15"
    with pytest.raises(Refused, match="al verdaagd"):
        story.act("2026-06-11T10:00", "klacht_verdaagd", reden="nog een keer")


def test_the_general_extension_points_to_its_own_act() -> None:
    with pytest.raises(Refused, match="Klacht verdaagd"):
        complained().act(
            "2026-06-10T10:00", "termijn_verlengd", termijn="klacht", tot="2026-07-01", reden="later"
        )


def test_the_answer_meets_the_term_and_closes_the_task() -> None:
    story = complained().act(
        "2026-06-03T10:00", "klacht_afgehandeld", oordeel="gegrond", reden="te lang gewacht"
    )
    assert story.term("klacht-1").status == "gehaald"
    assert story.state.open_tasks() == []
    with pytest.raises(Refused, match="Lopende klachten: geen"):
        story.act("2026-06-04T10:00", "klacht_afgehandeld", oordeel="gegrond", reden="te lang gewacht")


def test_of_two_complaints_each_has_its_own_answer() -> None:
    story = complained().act("2026-05-20T10:00", "klacht_ontvangen")
    story.act(
        "2026-05-27T10:00",
        "klacht_afgehandeld",
        klacht="klacht_ontvangen@2026-05-20T10:00",
        oordeel="naar_tevredenheid",
        reden="uitgepraat",
    )
    assert [term.id for term in story.state.open_terms("klacht")] == ["klacht-1"]


def test_closing_does_not_silence_it_and_after_closing_it_can_still_come() -> None:
    story = ended(complained(), "2026-05-18T10:00")
    assert story.state.stage is Stage.GESLOTEN
    assert [term.id for term in story.state.open_terms("klacht")] == ["klacht-1"]
    story.act("2026-05-20T10:00", "klacht_ontvangen")
    assert [term.id for term in story.state.open_terms("klacht")] == ["klacht-1", "klacht-2"]
    story.until("2026-06-18T09:30")
    # Nobody answered by Wed 17 June.
    assert story.told("term_breached", term="klacht") == [("2026-06-18 00:00", "term_breached", "klacht-1")]
