"""The minimacheck comes back every year, and what can be asked for gets a person."""

from tests.domain.story import Story


def test_a_check_starts_the_yearly_series_and_the_next_one_meets_it() -> None:
    story = Story().act("2026-04-30T10:00", "melding").act("2026-05-04T10:00", "minimacheck_gedaan")
    # A year after Mon 4 May 2026: Tue 4 May 2027.
    assert [str(term.due) for term in story.state.open_terms("minimacheck")] == ["2027-05-04"]
    story.act("2027-04-20T10:00", "minimacheck_gedaan")
    assert [str(term.due) for term in story.state.open_terms("minimacheck")] == ["2028-04-20"]


def test_what_can_still_be_asked_for_gets_a_person() -> None:
    story = Story().act("2026-04-30T10:00", "melding")
    story.act("2026-05-04T10:00", "minimacheck_gedaan", regelingen="niets", kindpakket="aanvragen")
    assert [task.reasons for task in story.state.open_tasks()] == [("kindpakket",)]
