"""After closing every fact is still heard, and nothing starts that nobody can finish."""

from typing import Any

import pytest

from domain.journey import Stage, Track
from domain.routes import ROUTES
from tests.domain.story import Story
from tests.domain.test_facts_from_outside_are_never_refused import NEEDED

FACTS = list(
    {spec.name: spec for route in ROUTES.values() for spec in route.acts if spec.origin == "van_buiten"}
)
DEBTS: list[tuple[str, dict[str, Any]]] = [
    ("schuld_gesprek_gevoerd", {}),
    ("schuld_besluit_genomen", {"uitkomst": "geweigerd", "reden": "geen schulden meer"}),
]
ANSWERS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "aanvraag_blijft_uit": [("contact_over_aanvraag", {})],
    "besluit_aanvraag": [("besluit_bekendgemaakt", {"uitkomst": "afgewezen", "reden": "inkomen te hoog"})],
    "bezwaar_besluit": [("bezwaar_besloten", {"uitkomst": "ongegrond", "reden": "het besluit was goed"})],
    "klacht": [("klacht_afgehandeld", {"oordeel": "ongegrond", "reden": "de afspraak was goed"})],
    "schuld_bedreigend": DEBTS,
    "schuld_eerste_gesprek": DEBTS,
    "voorziening_besluit": [("voorziening_besloten", {"uitkomst": "toegekend"})],
    "wmo_besluit": [("wmo_besloten", {"uitkomst": "toegekend"})],
    "wmo_onderzoek": [("wmo_onderzoek_afgerond", {})],
}
"""What a person records about what is still open two years later, by the term."""
WITH_THE_ANSWER = {"besluit_concept", "besluit_toets", "voorschot"}
"""Steps towards a decision: they are done with it."""


def closed(begins: str) -> Story:
    story = Story().act("2026-04-30T10:00", begins)
    if begins == "melding":
        story.act("2026-05-04T10:00", "aanvraag_ingediend")
        story.act("2026-05-11T10:00", "besluit_bekendgemaakt", uitkomst="toegekend")
    return story.act("2026-05-18T10:00", "klantroute_beeindigd", exit="vrijwillig", reden="wil niet verder")


@pytest.mark.parametrize("begins", ["melding", "overname"])
@pytest.mark.parametrize("fact", FACTS)
def test_what_starts_after_closing_ends_by_itself_or_can_be_answered(fact: str, begins: str) -> None:
    story = closed(begins).act("2026-05-19T10:00", fact, **NEEDED.get(fact, {}))
    assert story.state.stage is Stage.GESLOTEN
    story.until("2028-05-19T10:00")
    left = {term.term for term in story.state.open_terms() if term.task is None}
    for number, key in enumerate(sorted(left - WITH_THE_ANSWER)):
        if story.state.open_terms(key):
            for name, data in ANSWERS[key]:
                story.act(f"2028-05-{22 + number}T10:00", name, **data)
    for task in story.state.open_tasks():
        story.act("2028-06-01T10:00", "taak_afgerond", taak=task.id, uitkomst="bekeken")
    # What is left is the resident's own time: to object, to appeal.
    assert {term.term for term in story.state.open_terms() if not term.quiet} == set()


def test_a_notice_of_duo_after_closing_is_a_task_and_no_term() -> None:
    story = closed("melding").act("2026-05-19T10:00", "kennisgeving_duo")
    assert not story.state.open_terms("pip")
    assert {term.term for term in story.state.open_terms() if not term.quiet} == {"taak"}
    assert [task.kind for task in story.state.open_tasks() if task.kind == "past_niet"]


def test_a_place_after_closing_is_not_reviewed_for_ever() -> None:
    story = closed("melding").act("2026-05-19T10:00", "plek_gestart", soort="dagbesteding", plek="boerderij")
    assert [placement.place for placement in story.state.running_placements()] == ["boerderij"]
    assert not story.state.open_terms("doelgroep_jaarlijkse_toets")


def test_an_application_after_closing_gets_its_term_and_its_decision() -> None:
    """Eight weeks after Tue 19 May 2026 (Awb 4:13): Tue 14 July."""
    story = closed("overname").act("2026-05-19T10:00", "aanvraag_ingediend")
    assert [str(term.due) for term in story.state.open_terms("besluit_aanvraag")] == ["2026-07-14"]
    story.act("2026-06-02T10:00", "besluit_bekendgemaakt", uitkomst="toegekend")
    assert not story.state.open_terms("besluit_aanvraag")


def test_somebody_else_can_become_responsible_for_what_is_left_after_closing() -> None:
    story = closed("melding").act("2026-05-19T10:00", "bezwaar_ontvangen")
    story.act("2026-05-20T10:00", "eigenaar_toegewezen", spoor="bezwaar", team="juridisch", persoon="j.bos")
    assert story.state.owners[Track.BEZWAAR].person == "j.bos"
