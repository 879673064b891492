"""Route D, statushouder: who has an asylum permit and has to integrate.

registration in the BRP -> guidance from that day, ontzorgen -> brede intake (up to three calls) -> personal
plan (PIP) within ten weeks -> three years of learning and taking part side by side -> work or education ->
aftercare. The zoektermijn of who is younger than 27 holds here too (Pw art. 41 lid 8): it follows facts.
"""

from datetime import date

from domain.declaration import Route, StageSpec
from domain.facts import Facts, Reason, Verdict
from domain.journey import Stage
from domain.policy import Policy
from domain.routes.common import COMMON_ACTS
from domain.routes.stages import stages
from domain.topics.integration import keep_asking

_PLAN_TERMS = ("pip", "pip_aanvulling", "pip_verhuizing", "informatie_derde")


def entry(facts: Facts, on: date, policy: Policy) -> Verdict:
    """An asylum permit and the duty to integrate (Wi art. 3 and 13). Nobody who gave no sign is asked."""
    permit, duty = facts.says("asielvergunning", on), facts.says("inburgeringsplichtig", on)
    if permit and duty:
        return Verdict.yes("statushouder", "Heeft een asielvergunning en is inburgeringsplichtig.")
    if permit is False or duty is False:
        return Verdict.no("niet_inburgeringsplichtig", "Geen asielvergunning, of niet inburgeringsplichtig.")
    if permit or facts.asked_in_vain("inburgeringsplichtig", on):
        return Verdict.unknown(
            Reason("inburgering_onbekend", "Of deze persoon inburgeringsplichtig is, is onbekend.")
        )
    if duty or facts.asked_in_vain("asielvergunning", on):
        return Verdict.unknown(
            Reason("vergunning_onbekend", "Of deze persoon een asielvergunning heeft, is onbekend.")
        )
    return Verdict.no("geen_statushouder", "Niets wijst op een asielvergunning.")


STATUSHOUDER = Route(
    key="statushouder",
    label="Statushouder, inburgering",
    source="Wet inburgering 2021; Participatiewet art. 56a; begroting 2019: 70% doet mee tijdens de inburgering",
    entry=entry,
    stages=stages(
        StageSpec(
            stage=Stage.INTAKE,
            label="Welkom en brede intake",
            purpose="Begeleiding vanaf de eerste dag, rust in de vaste lasten, en leren kennen wat iemand kan",
            awaits=("eerste_gesprek", "nieuwe_uitnodiging", "brede_intake", *_PLAN_TERMS),
            next_step="Start de begeleiding, voer het eerste gesprek en nodig uit voor de brede intake.",
        ),
        StageSpec(
            stage=Stage.PLAN,
            label="Persoonlijk plan",
            purpose="Eén plan voor inburgeren en meedoen",
            awaits=("plan", "brede_intake", *_PLAN_TERMS),
            next_step="Rond de brede intake af en stel samen het persoonlijk plan vast.",
        ),
        StageSpec(
            stage=Stage.MNA,
            label="Leren en meedoen",
            purpose="De taal leren en meedoen, tegelijk",
            awaits=("start_mna", "check_in", "herplaatsing"),
            next_step="Zorg voor een activiteit naast de taallessen en houd contact.",
        ),
        StageSpec(
            stage=Stage.NAZORG,
            label="Nazorg",
            purpose="Zorgen dat werk of opleiding en de inburgering allebei goed blijven gaan",
            awaits=("nazorg_1", "nazorg_3", "nazorg_6", "afsluiting"),
            next_step="Vraag hoe het gaat, ook met de inburgering.",
        ),
    ),
    acts=COMMON_ACTS,
    settle=keep_asking,
)
