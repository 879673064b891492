"""Four weeks of absence: somebody looks for contact (WEB 9.2.1 and 9.2.2)."""

from datetime import date

from tests.domain.story import Story


def absent(since: str) -> Story:
    story = Story(birth=date(2007, 3, 1), route="jongere").act("2026-04-30T10:00", "melding")
    return story.act("2026-05-06T10:00", "verzuim_gemeld", sinds=since)


def asked(story: Story) -> int:
    return sum(task.kind == "verzuim" for task in story.state.open_tasks())


def test_after_four_weeks_somebody_is_asked() -> None:
    story = absent("2026-05-04")
    # Four weeks after Mon 4 May: Mon 1 June.
    assert str(story.term("verzuim_melding-1").due) == "2026-06-01"
    story.until("2026-06-01T18:00")
    assert asked(story) == 0
    story.until("2026-06-02T09:00")
    assert asked(story) == 1


def test_four_weeks_that_are_over_already_are_asked_at_once() -> None:
    assert asked(absent("2026-03-02")) == 1


def test_back_at_school_nobody_is_asked() -> None:
    story = absent("2026-05-04").act("2026-05-20T10:00", "verzuim_voorbij")
    assert asked(story.until("2026-06-10T09:00")) == 0
