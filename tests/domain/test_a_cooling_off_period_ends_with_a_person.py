"""The afkoelingsperiode: as long as the court says, at most six months (Wgs art. 5 lid 1)."""

from tests.domain.story import Story


def started(**data: str) -> Story:
    story = Story().act("2026-04-30T10:00", "melding")
    return story.act("2026-05-04T10:00", "afkoelingsperiode_ingegaan", **data)


def questions(story: Story) -> int:
    return sum(task.kind == "afkoelingsperiode" for task in story.state.open_tasks())


def test_without_a_day_it_lasts_six_months() -> None:
    # Six months from 4 May, that day included: up to and including 3 November 2026.
    assert str(started().term("afkoelingsperiode-1").due) == "2026-11-03"


def test_the_day_of_the_court_holds_and_then_somebody_looks() -> None:
    story = started(tot="2026-08-03")
    assert str(story.term("afkoelingsperiode-1").due) == "2026-08-03"
    assert questions(story) == 0
    story.until("2026-08-04T12:00")
    assert questions(story) == 1
    assert story.told("term_breached", term="afkoelingsperiode") == []


def test_longer_than_the_law_knows_is_a_question_and_no_longer_period() -> None:
    story = started(tot="2026-12-31")
    assert str(story.term("afkoelingsperiode-1").due) == "2026-11-03"
    assert questions(story) == 1


def test_the_court_can_end_it_early() -> None:
    story = started().act("2026-06-01T10:00", "afkoelingsperiode_beeindigd")
    assert story.state.open_terms("afkoelingsperiode") == []
