"""A refusal reaches the ketenoverleg, and who has the mandate can force progress, with a reason, inside the house."""

from typing import Any

import pytest

from domain.decide import Refused
from domain.journey import Stage, Track
from domain.policy import PolicyError
from domain.routes import ROUTES
from domain.terms import TermClass
from runtime.policies import load_policy, policy_names
from tests.domain.story import Story, other_policy
from tests.domain.test_policy_files_are_checked import with_local

MANDATE: dict[str, Any] = {"mandaat": "MB-2026-14", "reden": "niemand pakt het op"}


def reported() -> Story:
    return Story().act("2026-04-30T10:00", "melding").act("2026-05-04T10:00", "gesprek_gevoerd")


def asked(story: Story, at: str = "2026-05-06T10:00", **changed: Any) -> Story:
    said = {"aanleiding": "team_weigert", "gevraagd": "eigenaar", "reden": "niemand pakt het op"}
    return story.act(at, "doorzettingsmacht_ingeroepen", **(said | changed))


def decided(story: Story, at: str = "2026-05-07T10:00", **said: Any) -> Story:
    return story.act(at, "doorzettingsmacht_besluit", **(MANDATE | said))


def waiting(story: Story) -> list[tuple[str, str]]:
    return [(task.kind, task.role) for task in story.state.open_tasks()]


def test_a_refusal_goes_to_the_ketenoverleg_and_the_owner_stays_and_hears() -> None:
    story = reported().act("2026-05-06T10:00", "overdracht_geweigerd", door="gezinscoaches")
    assert waiting(story) == [("ketenoverleg", "ketenoverleg")]
    assert story.state.owners[Track.TRAJECT].team == "toegang"
    told = [m for m in story.messages if m.at.day == 6]
    assert [(m.to.role, m.to.team) for m in told] == [("eigenaar", "toegang"), ("ketenoverleg", "toegang")]
    # Five opening days after Wed 6 May (Hemelvaart in between): Wed 13 May.
    assert [str(term.due) for term in story.state.open_terms("taak")] == ["2026-05-13"]


def test_a_regisseur_who_declines_leaves_the_first_team_responsible_and_a_search() -> None:
    story = reported()
    story.act("2026-05-05T10:00", "regisseur_aangewezen", team="sociaal_team", persoon="n.aalberts")
    story.act(
        "2026-05-06T10:00", "regisseur_geweigerd", by="n.aalberts", role="regisseur", reden="geen ruimte"
    )
    assert not story.state.open_terms("aanvaarding")
    assert story.state.owners[Track.TRAJECT].team == "toegang"
    assert waiting(story) == [("regisseur_zoeken", "eigenaar")]
    assert [(m.to.role, m.to.team) for m in story.messages][-1] == ("eigenaar", "toegang")
    story.act("2026-05-07T10:00", "regisseur_aangewezen", team="werktalent", persoon="s.tahiri")
    assert waiting(story) == []


def test_only_the_one_who_was_named_declines() -> None:
    story = reported().act("2026-05-05T10:00", "regisseur_aangewezen", team="werktalent", persoon="s.tahiri")
    with pytest.raises(Refused, match="Alleen wie is aangewezen kan weigeren"):
        story.act("2026-05-06T10:00", "regisseur_geweigerd", by="n.aalberts", role="regisseur", reden="druk")


def test_waiting_for_another_teams_regisseur_ends_at_the_ketenoverleg() -> None:
    """Named on Tue 5 May 2026, five opening days: Tue 12 May; breached on Wed 13 May; Hemelvaart is Thu 14 May, so one
    day after is Fri 15 and three days after is Tue 19 May."""
    story = reported().act("2026-05-05T10:00", "regisseur_aangewezen", team="werktalent", persoon="s.tahiri")
    story.until("2026-05-31T10:00")
    assert [(at[5:10], role) for at, _, role in story.told("escalated", term="aanvaarding")] == [
        ("05-13", "eigenaar"),
        ("05-15", "teamleider"),
        ("05-19", "ketenoverleg"),
    ]


def test_asking_for_it_puts_a_task_with_a_term_to_its_holder_once() -> None:
    story = asked(asked(reported()), "2026-05-06T11:00")
    assert waiting(story) == [("doorzettingsmacht", "doorzettingsmacht")]
    # Two opening days after Wed 6 May: Fri 8 May.
    assert [str(term.due) for term in story.state.open_terms("doorzettingsmacht")] == ["2026-05-08"]
    assert all("niemand pakt het op" not in message.params["tekst"] for message in story.messages)
    asked(story, "2026-05-06T12:00", aanleiding="veiligheid")
    assert len(waiting(story)) == 2


def test_a_municipality_without_a_term_of_its_own_for_it_uses_that_of_any_task() -> None:
    terms = {k: rule for k, rule in load_policy("deventer").terms.items() if k != "doorzettingsmacht"}
    story = Story(policy=other_policy(terms=terms)).act("2026-04-30T10:00", "melding")
    assert [term.term for term in asked(story).state.open_terms()] == ["eerste_gesprek", "taak"]


def test_its_holder_assigns_an_owner_at_once() -> None:
    story = reported()
    story.act("2026-05-05T10:00", "regisseur_aangewezen", team="sociaal_team", persoon="n.aalberts")
    story.act("2026-05-06T09:00", "overdracht_geweigerd", door="sociaal_team")
    decided(asked(story), besluit="eigenaar", team="werktalent", persoon="s.tahiri")
    owner = story.state.owners[Track.TRAJECT]
    assert (owner.team, owner.person) == ("werktalent", "s.tahiri")
    assert not story.state.open_terms("aanvaarding")
    assert waiting(story) == [("doorzetting", "eigenaar")]
    assert story.messages[-1].to.person == "s.tahiri"
    answered = next(task for task in story.state.tasks if task.kind == "doorzettingsmacht")
    assert answered.outcome == "besloten: eigenaar (MB-2026-14)"


def test_who_is_made_regisseur_owns_the_whole() -> None:
    story = decided(reported(), besluit="eigenaar", spoor="regie", team="werktalent", persoon="s.tahiri")
    assert {story.state.owners[track].person for track in (Track.REGIE, Track.TRAJECT)} == {"s.tahiri"}


@pytest.mark.parametrize("what", ["afspraak", "voorrang"])
def test_an_appointment_or_priority_is_a_task_until_its_day(what: str) -> None:
    story = decided(asked(reported(), gevraagd=what), besluit=what, uiterlijk="2026-05-11")
    assert waiting(story) == [("doorzetting", "eigenaar")]
    assert [str(term.due) for term in story.state.open_terms("taak")] == ["2026-05-11"]
    assert story.state.owners[Track.TRAJECT].team == "toegang"


def test_another_organisation_is_asked_and_nothing_changes_hands() -> None:
    story = decided(
        asked(reported(), aanleiding="partner_weigert"),
        besluit="eigenaar",
        team="cambio",
        buiten_gemeente=True,
    )
    assert story.state.owners[Track.TRAJECT].team == "toegang"
    assert waiting(story) == [("doorzettingsverzoek", "eigenaar")]
    assert "bindt een andere organisatie niet" in story.state.open_tasks()[0].text


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ({"besluit": "eigenaar"}, "vul 'team' in"),
        ({"besluit": "geschil"}, "vul 'team' in"),
        ({"besluit": "afspraak"}, "vul 'uiterlijk' in"),
        ({"besluit": "voorrang", "uiterlijk": "2026-05-01"}, "Kies een latere dag"),
        ({"besluit": "eigenaar", "team": "werktalent", "reden": ""}, "reden heeft minstens 3 tekens"),
        ({"besluit": "eigenaar", "team": "werktalent", "mandaat": ""}, "mandaat heeft niet de juiste vorm"),
        (
            {"besluit": "eigenaar", "team": "werktalent", "taak": "geen"},
            "geen open vraag om doorzettingsmacht",
        ),
        ({"besluit": "uitkering_stoppen"}, "besluit moet een van deze zijn"),
    ],
)
def test_a_decision_that_is_not_whole_is_refused(said: dict[str, Any], answer: str) -> None:
    with pytest.raises(Refused, match=answer):
        decided(asked(reported()), **said)


@pytest.mark.parametrize("role", ["teamleider", "afdelingshoofd", "regisseur", "beheer"])
def test_nobody_else_decides_or_puts_it_right(role: str) -> None:
    story = asked(reported())
    with pytest.raises(Refused, match="Dat kan een: doorzettingsmacht"):
        decided(story, role=role, besluit="eigenaar", team="werktalent")
    decided(story, besluit="eigenaar", team="werktalent", act_id="besluit")
    with pytest.raises(Refused, match=r"corrigeren of intrekken.*Dat kan een: doorzettingsmacht"):
        story.act(
            "2026-05-08T10:00", "handeling_ingetrokken", role=role, handeling="besluit", reden="liever niet"
        )


def test_its_holder_can_take_it_back_and_the_owner_is_who_it_was() -> None:
    story = decided(asked(reported()), besluit="eigenaar", team="werktalent", act_id="besluit")
    story.act(
        "2026-05-08T10:00",
        "handeling_ingetrokken",
        role="doorzettingsmacht",
        handeling="besluit",
        reden="verkeerde klantroute",
    )
    assert story.state.owners[Track.TRAJECT].team == "toegang"
    assert waiting(story) == [("doorzettingsmacht", "doorzettingsmacht")]


@pytest.mark.parametrize("stage", [Stage.INTAKE, Stage.PLAN, Stage.GESLOTEN])
def test_it_never_decides_about_the_resident(stage: Stage) -> None:
    story = Story().act("2026-04-30T10:00", "melding")
    if stage is not Stage.INTAKE:
        story.act("2026-05-04T10:00", "gesprek_gevoerd")
    if stage is Stage.GESLOTEN:
        story.act("2026-05-05T10:00", "klantroute_beeindigd", exit="vrijwillig", reden="op eigen verzoek")
    before = story.state
    for what in ("eigenaar", "afspraak", "voorrang", "geschil"):
        decided(story, besluit=what, team="werktalent", uiterlijk="2026-05-20", act_id=what)
    after = story.state
    for name in (
        "stage",
        "decision",
        "exit",
        "flags",
        "placements",
        "resident",
        "closed_at",
        "application_on",
    ):
        assert getattr(after, name) == getattr(before, name), name
    assert not ROUTES["regulier"].act("doorzettingsmacht_besluit").negative


@pytest.mark.parametrize("name", policy_names())
def test_no_policy_has_it_as_a_rung_for_an_ordinary_term(name: str) -> None:
    for term_class, ladder in load_policy(name).ladders.items():
        assert not ladder.names("doorzettingsmacht") or term_class is TermClass.SAFETY


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('roles = ["afdelingshoofd"], with_other_team', 'roles = ["doorzettingsmacht"], with_other_team'),
        ('with_other_team = ["ketenoverleg"]', 'with_other_team = ["doorzettingsmacht"]'),
        ('second_miss = ["teamleider"]', 'second_miss = ["doorzettingsmacht"]'),
        ('on_default_notice = ["afdelingshoofd"]', 'on_default_notice = ["doorzettingsmacht"]'),
    ],
)
def test_a_policy_that_makes_it_a_rung_is_refused(old: str, new: str) -> None:
    with pytest.raises(PolicyError, match=r"policies/deventer\.toml.*doorzettingsmacht.*ladder veiligheid"):
        with_local(old, new)
