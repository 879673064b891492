"""Route C, vso/pro: from special or practical education to a fitting place.

No zoektermijn. melding -> talk within a week -> overleg with the school -> registration at UWV -> plan ->
work, beschut werk or dagbesteding, with a jobcoach -> aftercare.
"""

from datetime import date

from domain.declaration import Route, StageSpec
from domain.facts import AGE_UNKNOWN, SCHOOL_UNKNOWN, Facts, Verdict
from domain.journey import Stage
from domain.policy import Policy
from domain.routes.common import COMMON_ACTS
from domain.routes.stages import stages


def entry(facts: Facts, on: date, policy: Policy) -> Verdict:
    """Registered at vso or pro at most a year before applying (Pw art. 41 lid 4 onder a), and younger than 27."""
    young = facts.young(on, policy)
    if young is False:
        return Verdict.no("27_of_ouder", "27 jaar of ouder.")
    if young is None:
        return Verdict.unknown(AGE_UNKNOWN)
    match facts.vso_pro_within_a_year(on, policy):
        case True:
            return Verdict.yes("vso_pro", "Het laatste jaar ingeschreven bij vso of pro.")
        case False:
            return Verdict.no("geen_vso_pro", "Het laatste jaar niet ingeschreven bij vso of pro.")
        case None:
            return Verdict.unknown(SCHOOL_UNKNOWN)


VSO_PRO = Route(
    key="vso_pro",
    label="Van vso of pro naar een passende plek",
    source="Participatiewet art. 7a, 10 en 41 lid 4; Wet educatie en beroepsonderwijs art. 9.2.5 lid 5",
    entry=entry,
    stages=stages(
        StageSpec(
            stage=Stage.INTAKE,
            label="Intake",
            purpose="Kennismaken, en met de school overleggen wat past",
            awaits=("eerste_gesprek", "nieuwe_uitnodiging"),
            next_step="Voer het eerste gesprek en overleg met de school.",
        ),
        StageSpec(
            stage=Stage.PLAN,
            label="Plan",
            purpose="Samen kiezen: werk met een jobcoach, beschut werk of dagbesteding",
            awaits=("plan",),
            next_step="Stel samen het plan vast en meld de jongere zo nodig aan bij UWV.",
        ),
        StageSpec(
            stage=Stage.UITSTROOM,
            label="Naar een passende plek",
            purpose="Een passende werkkring met begeleiding, of dagbesteding",
            awaits=("check_in", "herplaatsing"),
            next_step="Zoek samen een passende plek, met een jobcoach waar dat nodig is.",
        ),
    ),
    acts=COMMON_ACTS,
)
