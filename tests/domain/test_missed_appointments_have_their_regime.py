"""Missed appointments: what follows depends on why somebody was invited, and is never a measure."""

import pytest

from domain.journey import Stage
from tests.domain.story import Story


def due(story: Story, key: str) -> list[str]:
    return [str(term.due) for term in story.state.open_terms(key)]


def tasks(story: Story) -> list[tuple[str, str]]:
    return [(task.kind, task.role) for task in story.state.open_tasks()]


def invited() -> Story:
    return (
        Story()
        .act("2026-04-30T10:00", "melding")
        .act("2026-05-01T10:00", "gesprek_gepland", datum="2026-05-06")
    )


def taking_part(ground: str) -> Story:
    story = Story().act("2026-04-30T10:00", "melding").act("2026-05-04T10:00", "gesprek_gevoerd")
    story.act("2026-05-11T10:00", "plan_vastgesteld", akkoord=True)
    return story.act(
        "2026-05-18T10:00", "mna_gestart", vorm="vrijwilligerswerk", plek="buurthuis", grond=ground
    )


def test_the_first_talk_missed_once_twice_three_times() -> None:
    """Wed 6 May: again within 5 opening days, Wed 13 May. That day: a visit or a call by Thu 21 May (Hemelvaart on
    the 14th). Wed 20 May: the regisseur decides."""
    story = invited().act("2026-05-06T11:00", "niet_verschenen", kanaal="brief", bewijs="aangetekend")
    assert story.term("eerste_gesprek-1").status == "gehaald"
    assert due(story, "nieuwe_uitnodiging") == ["2026-05-13"]
    assert not due(story, "persoonlijk_contact")
    story.act("2026-05-13T11:00", "niet_verschenen", kanaal="telefoon", bewijs="ontvangst_bevestigd")
    assert (due(story, "nieuwe_uitnodiging"), due(story, "persoonlijk_contact")) == (
        ["2026-05-21"],
        ["2026-05-21"],
    )
    assert not tasks(story)
    story.act("2026-05-20T11:00", "niet_verschenen", kanaal="persoonlijk")
    assert tasks(story) == [("niet_verschenen_intake", "regisseur")]
    assert [(m.channel, m.proof) for m in story.state.no_shows] == [
        ("brief", "aangetekend"),
        ("telefoon", "ontvangst_bevestigd"),
        ("persoonlijk", "onbekend"),
    ]
    assert story.state.stage is Stage.INTAKE


def test_an_invitation_that_nobody_can_prove_does_not_count() -> None:
    story = invited().act("2026-05-06T11:00", "niet_verschenen", bewijs="geen")
    story.act("2026-05-13T11:00", "niet_verschenen", reden="niet_ontvangen")
    story.act("2026-05-20T11:00", "niet_verschenen")
    assert not due(story, "persoonlijk_contact")
    assert due(story, "nieuwe_uitnodiging") == ["2026-05-28"]


def test_a_visit_is_contact_and_a_message_is_not() -> None:
    story = invited().act("2026-05-06T11:00", "niet_verschenen").act("2026-05-13T11:00", "niet_verschenen")
    story.act("2026-05-15T11:00", "contact_gezocht", hoe="bericht", bereikt=False)
    assert due(story, "persoonlijk_contact") == ["2026-05-21"]
    story.act("2026-05-18T11:00", "contact_gezocht", hoe="bezoek", bereikt=False)
    assert not due(story, "persoonlijk_contact")
    assert due(story, "nieuwe_uitnodiging")


def test_in_re_integration_a_reason_is_asked_then_a_visit_and_then_a_person_judges() -> None:
    story = taking_part("aangeboden").act("2026-06-01T11:00", "niet_verschenen")
    assert tasks(story) == [("reden_vragen", "eigenaar")]
    story.act("2026-06-08T11:00", "niet_verschenen")
    assert due(story, "persoonlijk_contact") == ["2026-06-15"]
    story.act("2026-06-11T11:00", "niet_verschenen")
    assert tasks(story)[1:] == [("niet_verschenen_re_integratie", "inkomensconsulent")]


def test_who_was_spoken_to_begins_again() -> None:
    story = taking_part("aangeboden").act("2026-06-01T11:00", "niet_verschenen")
    story.act("2026-06-08T11:00", "check_in_vastgelegd").act("2026-06-12T11:00", "niet_verschenen")
    assert not due(story, "persoonlijk_contact")


def test_from_what_is_voluntary_nothing_follows() -> None:
    story = taking_part("vrijwillig")
    for day in ("2026-06-01", "2026-06-08", "2026-06-11"):
        story.act(f"{day}T11:00", "niet_verschenen")
    assert not tasks(story)
    assert not due(story, "persoonlijk_contact")
    assert [missed.regime for missed in story.state.no_shows] == ["vrijwillig"] * 3


@pytest.mark.parametrize(("regime", "article"), [("aanvraag", "art. 17 lid 2"), ("uitkering", "art. 54")])
def test_application_and_running_benefit_are_the_income_consultants(regime: str, article: str) -> None:
    story = taking_part("aangeboden").act("2026-06-01T11:00", "niet_verschenen", regime=regime)
    (task,) = story.state.open_tasks()
    assert (task.kind, task.role) == (f"niet_verschenen_{regime}", "inkomensconsulent")
    assert article in task.text


def test_who_is_ill_did_not_stay_away() -> None:
    story = taking_part("aangeboden").act("2026-06-01T09:00", "ziek_gemeld")
    story.act("2026-06-02T11:00", "aanwezigheid_geregistreerd", aanwezig=False)
    assert not tasks(story)
