"""Route B, jongere: younger than 27, alone or with a partner who is younger than 27 too.

melding -> talk within a week -> school first -> application after the zoektermijn -> plan van aanpak with
the grant -> leerwerktraject or maatschappelijk nuttige activiteit -> school or work -> aftercare.
"""

from datetime import date

from domain.declaration import Route, StageSpec
from domain.facts import AGE_UNKNOWN, HOUSEHOLD_UNKNOWN, PARTNER_UNKNOWN, Facts, Verdict, all_young
from domain.journey import Stage
from domain.policy import Policy
from domain.routes.common import COMMON_ACTS
from domain.routes.stages import stages
from domain.topics.youth import school_first


def entry(facts: Facts, on: date, policy: Policy) -> Verdict:
    """Younger than 27, and the partner too when there is one (Pw art. 41 lid 4)."""
    young = facts.young(on, policy)
    if young is None:
        return Verdict.unknown(AGE_UNKNOWN)
    if not young:
        return Verdict.no("27_of_ouder", "27 jaar of ouder.")
    match all_young(facts, on, policy):
        case True:
            return Verdict.yes("jonger_dan_27", "Jonger dan 27 jaar.")
        case False:
            return Verdict.no("gemengd_paar", "Jonger dan 27 jaar, met een partner van 27 of ouder.")
        case None:
            return Verdict.unknown(PARTNER_UNKNOWN if facts.couple(on) else HOUSEHOLD_UNKNOWN)


JONGERE = Route(
    key="jongere",
    label="Jongere, tot 27 jaar",
    source="Participatiewet art. 7a, 41, 43 en 44a; begroting 2019: jongeren tot 27 jaar naar school",
    entry=entry,
    stages=stages(
        StageSpec(
            stage=Stage.INTAKE,
            label="Intake",
            purpose="Kennismaken, en eerst kijken of school kan en past",
            awaits=("eerste_gesprek", "nieuwe_uitnodiging"),
            next_step="Voer het eerste gesprek en onderzoek samen of school kan.",
        ),
        StageSpec(
            stage=Stage.PLAN,
            label="Plan van aanpak",
            purpose="Samen een plan van aanpak maken: terug naar school, of werk met leren erbij",
            awaits=("plan",),
            next_step="Stel samen het plan vast; bij een toekenning hoort een plan van aanpak.",
        ),
        StageSpec(
            stage=Stage.MNA,
            label="Leren en meedoen",
            purpose="Een leerwerktraject of een andere activiteit, zolang er nog geen eigen plek is",
            awaits=("start_mna", "check_in", "herplaatsing"),
            next_step="Zorg voor een passende plek om te leren of mee te doen en houd contact.",
        ),
        StageSpec(
            stage=Stage.UITSTROOM,
            label="Naar school of werk",
            purpose="Een eigen plek op school of in werk",
            awaits=("check_in", "herplaatsing"),
            next_step="Zoek samen een plek op school of in werk.",
        ),
    ),
    acts=COMMON_ACTS,
    settle=school_first,
)
