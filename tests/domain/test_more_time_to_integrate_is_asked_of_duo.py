"""Extension of the inburgering term: when it can be asked, DUO's answer, and the end that follows."""

from tests.domain.story import Story


def integrating() -> Story:
    story = Story(route="statushouder").act("2026-04-30T10:00", "melding")
    return story.act(
        "2026-05-04T10:00",
        "inburgering_overgenomen",
        leerroute="b1",
        pip_op="2024-01-15",
        einddatum="2027-01-15",
    )


def questions(story: Story) -> list[str]:
    return [task.text for task in story.state.open_tasks() if task.kind == "inburgering_verlenging"]


def test_asked_in_time_duo_answers_within_eight_weeks_and_the_end_moves() -> None:
    story = integrating().act("2026-08-03T10:00", "verlenging_inburgering_gevraagd")
    # Eight weeks after Mon 3 August: Mon 28 September (Besluit inburgering 4.5).
    assert str(story.term("inburgering_verlenging_besluit-1").due) == "2026-09-28"
    assert questions(story) == []
    story.act("2026-09-14T10:00", "verlenging_inburgering_besloten", uitkomst="toegekend")
    assert story.state.open_terms("inburgering_verlenging_besluit") == []
    # Six months after 15 January 2027 (4.4).
    assert [str(term.due) for term in story.state.open_terms("inburgering")] == ["2027-07-15"]
    assert str(story.state.integration.ends_on) == "2027-07-15"  # type: ignore[union-attr]


def test_the_end_that_duo_names_wins() -> None:
    story = integrating().act("2026-08-03T10:00", "verlenging_inburgering_gevraagd")
    story.act(
        "2026-09-14T10:00", "verlenging_inburgering_besloten", uitkomst="toegekend", einddatum="2027-04-30"
    )
    assert [str(term.due) for term in story.state.open_terms("inburgering")] == ["2027-04-30"]


def test_asked_too_early_somebody_asks_duo_and_hears_when_it_can_be_asked() -> None:
    story = integrating().act("2026-06-01T10:00", "verlenging_inburgering_gevraagd")
    # Six months back from 15 January 2027: 15 July 2026.
    assert "dat kan vanaf woensdag 15 juli 2026" in questions(story)[0]
    story.until("2026-07-15T12:00")
    assert "Vanaf nu kan verlenging" in questions(story)[-1]


def test_a_refusal_of_duo_moves_nothing_and_is_talked_over() -> None:
    story = integrating().act("2026-08-03T10:00", "verlenging_inburgering_gevraagd")
    story.act("2026-09-14T10:00", "verlenging_inburgering_besloten", uitkomst="afgewezen")
    assert [str(term.due) for term in story.state.open_terms("inburgering")] == ["2027-01-15"]
    assert "wees de verlenging" in questions(story)[0]


def test_where_no_term_runs_it_is_a_question() -> None:
    story = Story().act("2026-04-30T10:00", "melding")
    story.act("2026-05-04T10:00", "verlenging_inburgering_gevraagd")
    assert len(questions(story)) == 1
    assert story.state.open_terms("inburgering_verlenging_besluit") == []
