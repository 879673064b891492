"""Check-ins come every four weeks at the same local time; closed days move one and never the series."""

from datetime import UTC, datetime

from domain.calendars import AMSTERDAM
from tests.domain.story import Story


def taking_part(since: str) -> Story:
    """Somebody whose activity began on a day; melding, talk and plan lie a month before."""
    story = Story().act("2026-01-30T10:00", "melding").act("2026-02-02T10:00", "gesprek_gevoerd")
    story.act("2026-02-09T10:00", "plan_vastgesteld", akkoord=True)
    return story.act(f"{since}T10:00", "mna_gestart", vorm="vrijwilligerswerk", plek="buurthuis")


def check_in(story: Story) -> tuple[str, str]:
    """Planned day and last day of the check-in that waits."""
    (term,) = story.state.open_terms("check_in")
    return str(term.dates.raw_end), str(term.due)


def test_a_year_of_check_ins_over_koningsdag_pinksteren_and_both_clock_changes() -> None:
    """Every 28 days from Mon 2 March 2026. 27 April is Koningsdag, 25 May is tweede pinksterdag."""
    story = taking_part("2026-03-02")
    planned = []
    for _ in range(9):
        day, last = check_in(story)
        planned.append((day, last))
        story.act(f"{last}T11:00", "check_in_vastgelegd")
    assert planned == [
        ("2026-03-30", "2026-03-30"),
        ("2026-04-27", "2026-04-28"),
        ("2026-05-25", "2026-05-26"),
        ("2026-06-22", "2026-06-22"),
        ("2026-07-20", "2026-07-20"),
        ("2026-08-17", "2026-08-17"),
        ("2026-09-14", "2026-09-14"),
        ("2026-10-12", "2026-10-12"),
        ("2026-11-09", "2026-11-09"),
    ]


def test_the_clocks_change_no_local_time() -> None:
    """29 March and 25 October 2026. A warning stands at half past eight before and after; a missed day is
    over at midnight, which is 23:00 UTC in winter and 22:00 UTC in summer."""
    story = taking_part("2026-03-02").until("2026-12-31T10:00")
    warned = [
        message.at.astimezone(AMSTERDAM).strftime("%H:%M")
        for message in story.messages
        if message.params.get("termijn", "").startswith("check_in")
    ]
    assert set(warned) == {"08:30"}
    over = {str(term.due): term.dates.breach_at for term in story.state.terms if term.term == "check_in"}
    assert over["2026-03-30"] == datetime(2026, 3, 30, 22, tzinfo=UTC)
    assert over["2026-10-12"] == datetime(2026, 10, 12, 22, tzinfo=UTC)
    assert over["2026-11-09"] == datetime(2026, 11, 9, 23, tzinfo=UTC)


def test_what_a_partner_registers_counts_when_it_lies_near_the_date() -> None:
    """Due Mon 15 June. Attendance on 20 May is just a day at work; on 11 June it stands in, and the series
    goes on from its own date: Mon 13 July."""
    story = taking_part("2026-05-18")
    story.act("2026-05-20T16:00", "aanwezigheid_geregistreerd")
    assert check_in(story) == ("2026-06-15", "2026-06-15")
    story.act("2026-06-11T16:00", "aanwezigheid_geregistreerd")
    assert story.term("check_in-1").status == "gehaald"
    assert check_in(story) == ("2026-07-13", "2026-07-13")


def test_who_did_not_come_was_not_spoken_to() -> None:
    story = taking_part("2026-05-18").act("2026-06-15T10:00", "check_in_vastgelegd", aanwezig=False)
    assert check_in(story) == ("2026-06-15", "2026-06-15")
    assert [task.kind for task in story.state.open_tasks()] == ["reden_vragen"]
    story.until("2026-06-16T10:00")
    assert story.term("check_in-1").breached_at is not None


def test_a_check_in_that_worries_asks_a_person() -> None:
    story = taking_part("2026-05-18")
    story.act("2026-06-15T10:00", "check_in_vastgelegd", welbevinden="zorgelijk", vaardigheden="vooruit")
    assert [task.kind for task in story.state.open_tasks()] == ["zorg_om_inwoner"]
