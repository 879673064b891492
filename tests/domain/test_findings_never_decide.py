"""What the BRP says opens a question for a person; terms run on, whatever it says."""

from datetime import UTC, date, datetime

import pytest

from domain.facts import pension_date
from domain.findings import BrpPerson, Finding, Outcome, PartialDate
from domain.journey import Stage
from runtime.policies import load_policy
from tests.domain.story import Story

DEVENTER = "0150"
PLAIN = PartialDate(year=1985, month=1, day=15)


def answered(person: BrpPerson | None, outcome: Outcome = Outcome.FOUND) -> Story:
    story = Story(bsn=True).act("2026-11-23T10:00", "melding")
    question = story.state.look_ups[0]
    finding = Finding(
        id=question.id,
        question=question.question,
        outcome=outcome,
        answered_at=datetime(2026, 11, 23, 9, 1, tzinfo=UTC),
        person=person,
    )
    return story.found("2026-11-23T10:01", finding)


@pytest.mark.parametrize(
    ("person", "reasons"),
    [
        (BrpPerson(birth=PLAIN, municipality_code=DEVENTER), []),
        (BrpPerson(birth=PartialDate(year=1968), municipality_code=DEVENTER), []),
        (BrpPerson(birth=PartialDate(year=1999), municipality_code=DEVENTER), ["leeftijd_onbekend"]),
        (BrpPerson(birth=PartialDate(), municipality_code=DEVENTER), ["leeftijd_onbekend"]),
        (BrpPerson(birth=PartialDate(year=1999, month=11, day=23), municipality_code=DEVENTER), []),
        (
            BrpPerson(birth=PartialDate(year=1999, month=11, day=24), municipality_code=DEVENTER),
            ["vso_pro_onbekend", "huishouden_onbekend", "te_jong"],
        ),
        (BrpPerson(birth=PartialDate(year=1959, month=11, day=24), municipality_code=DEVENTER), []),
        (BrpPerson(birth=PartialDate(year=1959, month=11, day=23), municipality_code=DEVENTER), ["te_oud"]),
        (BrpPerson(birth=PLAIN, municipality_code="0599"), ["woont_elders"]),
        (BrpPerson(birth=PLAIN, municipality_code="0150", suspension="O", deceased=True), ["overleden"]),
        (BrpPerson(birth=PLAIN, suspension="E"), ["geemigreerd"]),
        (BrpPerson(birth=PLAIN, suspension="R"), ["niet_ingezetene"]),
        (BrpPerson(birth=PLAIN, suspension="M"), ["niet_ingezetene"]),
        (BrpPerson(birth=PLAIN, municipality_code=DEVENTER, suspension="."), ["bijhouding_opgeschort"]),
        (BrpPerson(birth=PLAIN, municipality_code=DEVENTER, under_investigation=True), ["in_onderzoek"]),
    ],
)
def test_doubt_is_a_question_with_its_reasons(person: BrpPerson, reasons: list[str]) -> None:
    story = answered(person)
    tasks = story.state.open_tasks()
    assert [reason for task in tasks for reason in task.reasons] == reasons
    assert story.state.stage is Stage.INTAKE
    assert str(story.term("eerste_gesprek-1").due) == "2026-11-30"


@pytest.mark.parametrize(
    ("outcome", "kinds"),
    [
        (Outcome.NOT_FOUND, ["beoordeel_route"]),
        (Outcome.NO_ANSWER, ["controleer_handmatig"]),
        (Outcome.INCOMPREHENSIBLE, ["controleer_handmatig"]),
        (Outcome.REFUSED_US, ["controleer_handmatig"]),
        (Outcome.NOT_ASKED, []),
    ],
)
def test_silence_and_nonsense_open_a_task_with_a_term_of_its_own(outcome: Outcome, kinds: list[str]) -> None:
    story = answered(None, outcome)
    assert [task.kind for task in story.state.open_tasks()] == kinds
    assert len(story.state.open_terms("taak")) == len(kinds)
    assert str(story.term("eerste_gesprek-1").due) == "2026-11-30"


def test_the_same_answer_twice_counts_once() -> None:
    story = answered(BrpPerson(birth=PLAIN, municipality_code="0599"))
    again = next(item.finding for item in story.state.log if item.finding)
    state = story.state
    story.found("2026-11-23T11:00", again)
    assert story.state is state


def test_geheimhouding_is_carried() -> None:
    story = answered(BrpPerson(birth=PLAIN, municipality_code=DEVENTER, secret=True))
    assert story.state.resident.secret
    assert "geheim" not in " ".join(event.text for event in story.events).lower()


@pytest.mark.parametrize(
    ("birth", "reached"),
    [
        ("1959-11-23", "2026-11-23"),
        ("1960-12-31", "2027-12-31"),
        ("1961-01-01", "2028-04-01"),
    ],
)
def test_pension_age_is_67_and_from_2028_three_months_more(birth: str, reached: str) -> None:
    """AOW art. 7a: 67 years until 2027, 67 years and 3 months from 1 January 2028."""
    assert pension_date(date.fromisoformat(birth), load_policy("deventer")) == date.fromisoformat(reached)
