"""The household: one family, one plan, one regisseur. Declared like a route; nobody is ever routed to it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from domain.declaration import ActSpec, Route, Rule, StageSpec
from domain.draft import Draft
from domain.facts import Facts, Verdict
from domain.happenings import Act
from domain.households import HOUSEHOLD
from domain.journey import Stage, Track
from domain.policy import Policy
from domain.topics import care, checks, family_plan, handover, mandate, members, owners, signals


def entry(facts: Facts, on: date, policy: Policy) -> Verdict:
    """A household is no route of a resident."""
    return Verdict.no("huishouden", "Een huishouden is geen route van een inwoner.")


_ACCEPTS = frozenset({"regisseur_aanvaard", "overdracht_aanvaard", "doorzettingsmacht_besluit"})


def _noted(specs: Iterable[ActSpec]) -> tuple[ActSpec, ...]:
    """The same acts; where one settles who directs, the file remembers who did and since when."""
    return tuple(
        replace(spec, rule=_then_noted(spec.rule)) if spec.name in _ACCEPTS and spec.rule else spec
        for spec in specs
    )


def _then_noted(rule: Rule) -> Rule:
    def both(draft: Draft, act: Act, data: Any) -> None:
        before = draft.state.owners.get(Track.REGIE)
        rule(draft, act, data)
        if draft.state.owners.get(Track.REGIE) != before:
            family_plan.note_director(draft, act.effective)

    return both


HUISHOUDEN = Route(
    key=HOUSEHOLD,
    label="Huishouden: één gezin, één plan, één regisseur",
    source="Begroting 2019: één gezin, één plan, één regisseur",
    entry=entry,
    stages=(
        StageSpec(
            stage=Stage.INTAKE,
            label="Nog geen plan",
            purpose="Wie horen bij elkaar, en wie is verantwoordelijk",
            awaits=(),
            next_step="Bespreek samen wat er nodig is en stel één plan voor.",
        ),
        StageSpec(
            stage=Stage.PLAN,
            label="Plan",
            purpose="Doen wat is afgesproken, en samen kijken of het helpt",
            awaits=(),
            next_step="Volg de acties en bespreek met de leden hoe het gaat.",
        ),
        StageSpec(
            stage=Stage.GESLOTEN,
            label="Gesloten",
            purpose="Er is geen klantroute meer open; wat vastligt blijft bewaard",
            awaits=(),
            next_step="Niets.",
        ),
    ),
    acts=(
        *members.ACTS,
        *family_plan.ACTS,
        *_noted(owners.ACTS),
        *_noted(handover.ACTS),
        *_noted(mandate.ACTS),
        *care.ACTS,
        *checks.ACTS,
        *signals.ACTS,
    ),
)
