"""What registries answer, and whether the route still fits."""

from domain.draft import Draft
from domain.facts import Reason
from domain.findings import TOLD, Finding, Outcome
from domain.journey import Resident, Stage
from domain.policy import Policy
from domain.topics import tellings
from domain.topics.routing import reconsider

BRP_QUESTION = "brp_persoon"


def take_in(draft: Draft, finding: Finding) -> None:
    """Place what a registry answered. No outcome decides against a resident; doubt is a person's."""
    if finding.question == TOLD:
        tellings.taken_in(draft, finding)
        return
    draft.set(look_ups=tuple(question for question in draft.state.look_ups if question.id != finding.id))
    match finding.outcome:
        case Outcome.FOUND:
            text = "De BRP kent deze persoon."
        case Outcome.NOT_FOUND:
            text = "De BRP kent deze persoon niet."
        case Outcome.NO_ANSWER:
            text = "De BRP gaf geen antwoord."
        case Outcome.INCOMPREHENSIBLE:
            text = "Het antwoord van de BRP was niet te begrijpen."
        case Outcome.REFUSED_US:
            text = "De BRP weigerde de vraag."
    draft.tell_story("finding", stage=draft.state.stage.value, text=text)
    if draft.state.stage is Stage.GESLOTEN:
        return
    match finding.outcome:
        case Outcome.FOUND if finding.person is not None:
            person = finding.person
            resident = draft.state.resident.model_copy(
                update={
                    "has_bsn": True,
                    "birth": person.birth,
                    "municipality_code": person.municipality_code,
                    "secret": person.secret,
                    "deceased": person.deceased,
                }
            )
            draft.set(resident=resident)
            reconsider(draft, finding.id, doubts=residence_doubts(resident, draft.policy, finding))
        case Outcome.NOT_FOUND:
            draft.open_task(
                "beoordeel_route",
                finding.id,
                "De BRP kent deze persoon niet. Controleer het burgerservicenummer bij de inwoner.",
                reasons=("onbekend_in_brp",),
            )
        case Outcome.REFUSED_US:
            draft.open_task(
                "koppeling_brp",
                finding.id,
                "De BRP weigert onze vraag. Controleer sleutel, autorisatie en doelbinding.",
                role="beheer",
            )
            _check_by_hand(draft, finding)
        case _:
            _check_by_hand(draft, finding)


def _check_by_hand(draft: Draft, finding: Finding) -> None:
    draft.open_task(
        "controleer_handmatig",
        finding.id,
        "Controleer handmatig in de BRP: leeftijd, gemeente en of bijhouding is opgeschort. "
        "Termijnen lopen gewoon door.",
    )


def residence_doubts(resident: Resident, policy: Policy, finding: Finding) -> list[Reason]:
    """Why a person has to look, whatever the route: death, residence, data under investigation."""
    doubts: list[Reason] = []
    person = finding.person
    suspension = person.suspension if person else None
    if resident.deceased or suspension == "O":
        doubts.append(Reason("overleden", "Volgens de BRP is deze persoon overleden."))
    if suspension == "E":
        doubts.append(Reason("geemigreerd", "Volgens de BRP is deze persoon geëmigreerd."))
    elif suspension in ("R", "M"):
        doubts.append(Reason("niet_ingezetene", "Volgens de BRP is deze persoon geen ingezetene."))
    elif suspension in (".", "F"):
        doubts.append(
            Reason("bijhouding_opgeschort", "De bijhouding in de BRP is opgeschort; reden onbekend.")
        )
    if person and not doubts and resident.municipality_code != policy.municipality_code:
        doubts.append(
            Reason("woont_elders", f"Volgens de BRP woont deze persoon niet in {policy.municipality}.")
        )
    if person and person.under_investigation:
        doubts.append(Reason("in_onderzoek", "Gegevens in de BRP zijn in onderzoek."))
    return doubts
