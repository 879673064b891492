"""Route F, beschut: a sheltered job, or day activities for who cannot work.

advice of UWV within eight weeks -> sheltered place, or a Wmo inquiry within six weeks and a decision within
two -> a review every year -> upward where that is possible, by a person's choice.
"""

from datetime import date

from domain.declaration import Route, StageSpec
from domain.draft import Draft
from domain.facts import Facts, Reason, Verdict
from domain.journey import Stage
from domain.policy import Policy
from domain.routes.common import COMMON_ACTS
from domain.routes.stages import stages
from domain.topics.work_limits import keep_review


def entry(facts: Facts, on: date, policy: Policy) -> Verdict:
    """Advised for beschut werk (Pw art. 10b), or no capacity to work. Nobody who gave no sign is asked."""
    if facts.value("beschut_advies", on) == "positief":
        return Verdict.yes("advies_beschut", "UWV adviseert beschut werk.")
    if facts.says("arbeidsvermogen", on) is False:
        return Verdict.yes("geen_arbeidsvermogen", "Heeft nu geen arbeidsvermogen.")
    if facts.asked_in_vain("beschut_advies", on):
        return Verdict.unknown(
            Reason("advies_onbekend", "Wat UWV adviseerde over beschut werk, is onbekend.")
        )
    if facts.asked_in_vain("arbeidsvermogen", on):
        return Verdict.unknown(
            Reason("arbeidsvermogen_onbekend", "Of deze persoon arbeidsvermogen heeft, is onbekend.")
        )
    return Verdict.no("niet_beschut", "Niets wijst op beschut werk of dagbesteding.")


def _settle(draft: Draft, facts: Facts) -> None:
    keep_review(draft, draft.today)


BESCHUT = Route(
    key="beschut",
    label="Beschut werk of dagbesteding",
    source="Participatiewet art. 10b; Wet maatschappelijke ondersteuning 2015 art. 2.3.2 en 2.3.5",
    entry=entry,
    stages=stages(
        StageSpec(
            stage=Stage.INTAKE,
            label="Intake",
            purpose="Kennismaken: wat geeft iemand plezier en houvast",
            awaits=("eerste_gesprek", "nieuwe_uitnodiging"),
            next_step="Voer het eerste gesprek; vraag zo nodig advies aan UWV of help met een Wmo-melding.",
        ),
        StageSpec(
            stage=Stage.PLAN,
            label="Plan",
            purpose="Samen kiezen: beschut werk of dagbesteding",
            awaits=("plan",),
            next_step="Stel samen het plan vast, met het advies van UWV of het Wmo-onderzoek erbij.",
        ),
        StageSpec(
            stage=Stage.MNA,
            label="Beschut werk of dagbesteding",
            purpose="Een vaste plek die past, en elk jaar de vraag of er meer kan",
            awaits=("start_mna", "check_in", "herplaatsing"),
            next_step="Zorg voor een passende plek, houd contact en bekijk elk jaar of er meer kan.",
        ),
        StageSpec(
            stage=Stage.UITSTROOM,
            label="Een stap omhoog",
            purpose="Van een beschutte plek naar meer, zonder de plek van nu te verliezen",
            awaits=("check_in", "herplaatsing"),
            next_step="Zoek samen de volgende plek; de oude blijft tot de nieuwe is begonnen.",
        ),
    ),
    acts=COMMON_ACTS,
    settle=_settle,
)
