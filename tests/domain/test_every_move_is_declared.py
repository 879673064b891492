"""An act takes a journey only to stages that its declaration names: pictures and screens rely on it."""

import random

import pytest

from domain.happenings import Act
from domain.journey import Stage
from domain.routes import ROUTES
from runtime.policies import load_policy
from tests.domain.wanderer import Wanderer

FROM_FACTS = {
    "aow_bijna",
    "aow_leeftijd",
    "besluit_concept",
    "besluit_toets",
    "doelgroep_jaarlijkse_toets",
    "houding_jongere",
    "kennisgeving_duo",
    "kwalificatieplicht",
    "ondersteuning_jongere",
    "ondersteuning_na_entree",
    "ondersteuning_na_vso_pro",
    "schooltoets",
    "stukken_school",
    "taak",
    "verjaardag_18",
    "verjaardag_27",
    "zoektermijn",
}
"""Terms that start because something is so, whoever says it; no act declares them."""
PUTTING_RIGHT = ("handeling_gecorrigeerd", "handeling_ingetrokken")


@pytest.mark.parametrize("route", list(ROUTES))
def test_no_act_leads_where_its_declaration_does_not_say(route: str) -> None:
    undeclared: dict[str, set[str]] = {}
    terms: dict[str, set[str]] = {}
    for seed in range(20):
        wanderer = Wanderer(random.Random(seed), load_policy("deventer"), route)
        wanderer.wander(20)
        before, where, state_before = Stage.INTAKE, route, wanderer.first_state
        for decision in wanderer.story.decisions:
            act, after = decision.happening, decision.state.stage
            if isinstance(act, Act) and act.name not in PUTTING_RIGHT and after is not before:
                spec = ROUTES[where].act(act.name)
                moved = after in (spec.moves_to, *spec.may_lead_to) and not spec.closes
                if after not in spec.leads_to or (
                    moved and spec.moves_from and before not in spec.moves_from
                ):
                    undeclared.setdefault(act.name, set()).add(f"{before.value} -> {after.value}")
            if isinstance(act, Act) and act.name not in PUTTING_RIGHT:
                spec = ROUTES[where].act(act.name)
                said = {*(arm.term for arm in spec.arms), *spec.may_arm, *FROM_FACTS}
                started = {e.term for e in decision.events if e.event == "term_started" and e.term}
                if more := started - said - {term.term for term in state_before.terms}:
                    terms.setdefault(act.name, set()).update(more)
            before, where, state_before = after, decision.state.route, decision.state
    assert not terms, f"Declare these with may_arm: {terms}"
    assert not undeclared, f"Declare these with may_lead_to, and moves_from where it holds: {undeclared}"
