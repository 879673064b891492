"""Participatiewet 18b: a test, a notice and a month to begin; what is not met is asked of a person."""

import pytest

from domain.happenings import Refused
from tests.domain.story import Story


def applied() -> Story:
    return Story().act("2026-04-30T10:00", "melding").act("2026-05-04T10:00", "aanvraag_ingediend")


def noticed() -> Story:
    story = applied().act("2026-05-11T10:00", "taaltoets_nodig")
    story.act("2026-06-08T10:00", "taaltoets_gedaan", uitslag="onvoldoende")
    return story.act("2026-06-15T10:00", "kennisgeving_taaltoets_verzonden")


def test_each_step_has_its_term() -> None:
    story = applied().act("2026-05-11T10:00", "taaltoets_nodig")
    # Eight weeks after the application of Mon 4 May: Mon 29 June, whenever the doubt rose (18b lid 2).
    assert str(story.term("taaltoets-1").due) == "2026-06-29"
    story.act("2026-06-08T10:00", "taaltoets_gedaan", uitslag="onvoldoende")
    # Eight weeks after Mon 8 June: Mon 3 August (lid 4).
    assert str(story.term("taaltoets_kennisgeving-1").due) == "2026-08-03"
    story.act("2026-06-15T10:00", "kennisgeving_taaltoets_verzonden")
    # A month after Mon 15 June: Wed 15 July (lid 6).
    assert str(story.term("taal_leren-1").due) == "2026-07-15"
    story.act("2026-07-01T10:00", "taal_leren_gestart")
    assert story.term("taal_leren-1").status == "gehaald"


def test_who_speaks_well_enough_is_left_alone() -> None:
    story = applied().act("2026-05-11T10:00", "taaltoets_nodig")
    story.act("2026-06-08T10:00", "taaltoets_gedaan", uitslag="voldoende")
    assert story.state.open_terms("taaltoets_kennisgeving") == []


def test_not_begun_is_a_question_for_a_person_and_changes_no_benefit() -> None:
    story = noticed()
    decision, flags = story.state.decision, story.state.flags
    story.until("2026-07-16T12:00")
    assert [t.role for t in story.state.open_tasks() if t.kind == "taal_niet_begonnen"] == [
        "inkomensconsulent"
    ]
    assert (story.state.decision, story.state.flags) == (decision, flags)


def test_who_had_begun_in_time_is_asked_nothing_when_that_becomes_known_late() -> None:
    story = noticed().act("2026-07-17T10:00", "taal_leren_gestart", effective="2026-07-10")
    assert [t for t in story.state.open_tasks() if t.kind == "taal_niet_begonnen"] == []


def test_without_an_application_there_is_no_day_to_count_from() -> None:
    with pytest.raises(Refused, match="nog geen aanvraag"):
        Story().act("2026-04-30T10:00", "melding").act("2026-05-11T10:00", "taaltoets_nodig")
