"""A message that did not arrive is told by a person: one task at a time, and never a task about itself."""

import pytest

from domain.decide import Refused
from domain.happenings import SYSTEM
from tests.domain.story import Story

FACT = "bericht_niet_aangekomen"


def late_talk() -> Story:
    return Story().act("2026-04-30T10:00", "melding").until("2026-05-08T23:00")


def failed(story: Story, at: str, act_id: str, **said: str) -> Story:
    said = {"bericht": "eerste_gesprek-1/1/eigenaar", "rol": "eigenaar", "team": "toegang"} | said
    return story.act(at, FACT, act_id=act_id, **({"reden": "geweigerd"} | said))


def test_the_task_says_who_missed_what_and_what_to_do_and_has_a_term() -> None:
    story = failed(late_talk(), "2026-05-11T10:00", "bericht-1", termijn="eerste_gesprek-1")
    [task] = story.state.open_tasks()
    assert (task.id, task.role, task.reasons) == ("bericht_mislukt:bericht-1", "teamleider", ("geweigerd",))
    assert task.text == (
        "Een bericht voor de rol eigenaar (team toegang), over de termijn 'Eerste gesprek met de toegang' "
        "(eerste_gesprek-1), is niet aangekomen: de mailserver weigert het. Vertel het zelf aan wie het had "
        "moeten krijgen, en laat beheer het adres in de medewerkerslijst herstellen."
    )
    [term] = story.state.open_terms("taak")
    # Five opening days after Mon 11 May, Ascension on the 14th: Tue 19 May.
    assert (term.task, str(term.due)) == (task.id, "2026-05-19")
    assert story.messages[-1].key == "taak/bericht_mislukt:bericht-1/2026-05-11"


def test_a_task_about_the_team_leaders_own_mail_is_for_somebody_else() -> None:
    story = failed(late_talk(), "2026-05-11T10:00", "bericht-1", rol="teamleider")
    assert [task.role for task in story.state.open_tasks()] == ["beheer"]


def test_a_flood_of_failures_is_one_task_until_somebody_has_done_it() -> None:
    story = late_talk()
    for number in range(20):
        failed(story, f"2026-05-11T10:{number:02d}", f"bericht-{number}", bericht=f"b/{number}")
    [task] = story.state.open_tasks()
    assert sum(1 for item in story.state.log if item.act and item.act.name == FACT) == 20
    assert len(story.told("task_opened")) == 1

    story.act("2026-05-12T10:00", "taak_afgerond", taak=task.id, uitkomst="adres hersteld")
    failed(story, "2026-05-13T10:00", "bericht-99")
    assert [task.id for task in story.state.open_tasks()] == ["bericht_mislukt:bericht-99"]


@pytest.mark.parametrize("about", ["the task", "its term"])
def test_a_message_about_such_a_task_that_fails_itself_opens_no_other(about: str) -> None:
    story = failed(late_talk(), "2026-05-11T10:00", "bericht-1")
    [term] = story.state.open_terms("taak")
    story.act("2026-05-12T10:00", "taak_afgerond", taak=term.task, uitkomst="adres hersteld")
    said = {"taak": str(term.task)} if about == "the task" else {"termijn": term.id}
    failed(story, "2026-05-13T10:00", "bericht-2", **said)
    assert story.state.open_tasks() == []


def test_it_holds_nobody_up_and_only_the_program_says_it() -> None:
    story = late_talk()
    version = story.state.version
    failed(story, "2026-05-11T10:00", "bericht-1")
    assert story.state.version == version
    with pytest.raises(Refused, match=f"Dat kan een: {SYSTEM}"):
        story.act("2026-05-11T10:30", FACT, role="consulent", bericht="b", rol="eigenaar", reden="geweigerd")
    with pytest.raises(Refused, match="reden"):
        failed(story, "2026-05-11T11:00", "bericht-2", reden="j.jansen@deventer.example")
