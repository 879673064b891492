"""Participatiewet 41 lid 6: reporting is open from four weeks before the WW ends."""

from tests.domain.story import Story


def tasks(story: Story) -> list[str]:
    return [task.text for task in story.state.open_tasks() if task.kind == "einde_ww"]


def test_on_the_day_that_it_opens_somebody_tells_the_resident() -> None:
    story = Story().act("2026-04-30T10:00", "melding")
    story.act("2026-05-04T10:00", "einde_ww_gemeld", per="2026-07-01")
    # Four weeks before Wed 1 July: Wed 3 June.
    assert str(story.term("melding_uit_ww-1").due) == "2026-06-03"
    story.until("2026-06-02T12:00")
    assert tasks(story) == []
    story.until("2026-06-03T12:00")
    assert "Melden voor bijstand kan vanaf woensdag 3 juni 2026" in tasks(story)[0]


def test_when_it_is_open_already_somebody_is_asked_at_once() -> None:
    story = Story().act("2026-04-30T10:00", "melding")
    story.act("2026-05-04T10:00", "einde_ww_gemeld", per="2026-05-15")
    assert len(tasks(story)) == 1
    assert story.state.open_terms("melding_uit_ww") == []


def test_a_new_day_takes_the_place_of_the_old_one() -> None:
    story = Story().act("2026-04-30T10:00", "melding")
    story.act("2026-05-04T10:00", "einde_ww_gemeld", per="2026-07-01")
    story.act("2026-05-06T10:00", "einde_ww_gemeld", per="2026-08-01")
    # Four weeks before Sat 1 August: Sat 4 July; it never rolls (ATW art. 1 lid 2).
    assert [str(term.due) for term in story.state.open_terms("melding_uit_ww")] == ["2026-07-04"]
