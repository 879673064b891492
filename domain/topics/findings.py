"""What registries answer: placed as facts with their source, and put before a person where it does not fit.

No outcome decides against a resident. What a registry says and what a person said stand side by side until a
person has looked; a registry that knows nobody has not said "no".
"""

from domain.draft import Draft
from domain.facts import Reason
from domain.findings import TOLD, BrpPerson, Finding, Outcome
from domain.happenings import PROGRAM
from domain.journey import JourneyState, Resident, Stage
from domain.policy import Policy
from domain.questions import BRP_PERSON, REGISTRY_NAMES, begun, label_of, registry_of
from domain.topics import answers, relatives, tellings
from domain.topics.inquiries import first_asked
from domain.topics.routing import reconsider

BRP_QUESTION = BRP_PERSON
BY_HAND = "controleer_handmatig"
"""The task of looking with one's own eyes where a registry gave no usable answer."""


def take_in(draft: Draft, finding: Finding) -> None:
    """Place what a registry answered."""
    if finding.question == TOLD:
        tellings.taken_in(draft, finding)
        return
    draft.set(look_ups=tuple(question for question in draft.state.look_ups if question.id != finding.id))
    draft.tell_story("finding", stage=draft.state.stage.value, text=_said(finding))
    if draft.state.stage is Stage.GESLOTEN:
        return
    if finding.outcome in (Outcome.FOUND, Outcome.NOT_FOUND):
        _answered_after_all(draft, finding)
    match finding.outcome:
        case Outcome.FOUND if finding.question != BRP_QUESTION:
            answers.take_in(draft, finding)
            reconsider(draft, finding.id)
        case Outcome.NOT_FOUND if finding.question != BRP_QUESTION:
            pass  # Most people are in no register of a special group; it says nothing about them.
        case Outcome.FOUND if finding.person is not None:
            _take_in_person(draft, finding, finding.person)
        case Outcome.NOT_FOUND:
            draft.open_task(
                "beoordeel_route",
                finding.id,
                "De BRP kent deze persoon niet. Controleer het burgerservicenummer bij de inwoner.",
                reasons=("onbekend_in_brp",),
            )
        case Outcome.NOT_ASKED:
            pass  # Without a basis nobody looks by hand either.
        case _:
            _check_by_hand(draft, finding)


def _name(finding: Finding) -> str:
    """Who was asked, at the beginning of a sentence; also of a question of another release."""
    registry = registry_of(finding.question)
    return begun(REGISTRY_NAMES[registry] if registry else "de registratie")


def _said(finding: Finding) -> str:
    """What the story tells: who was asked what, what came of it, and why where somebody can do something about it."""
    if finding.outcome is Outcome.NOT_FOUND:
        return _answer(finding)
    return f"{_answer(finding)} {finding.reason}".strip()


def _answer(finding: Finding) -> str:
    name, what = _name(finding), label_of(finding.question)
    match finding.outcome:
        case Outcome.FOUND if finding.question == BRP_QUESTION:
            return f"{name} kent deze persoon."
        case Outcome.FOUND:
            return f"{name}: {answers.summary(finding)}."
        case Outcome.NOT_FOUND if finding.question == BRP_QUESTION:
            return f"{name} kent deze persoon niet."
        case Outcome.NOT_FOUND:
            return f"{what}: niets bekend."
        case Outcome.NO_ANSWER:
            return f"{what}: geen antwoord."
        case Outcome.INCOMPREHENSIBLE:
            return f"{what}: het antwoord was niet te begrijpen."
        case Outcome.REFUSED_US:
            return f"{what}: {name} weigerde de vraag."
        case Outcome.NOT_ASKED:
            return f"{what}: niet gevraagd."


# -- by hand ---------------------------------------------------------------------------------------------

_BY_HAND: dict[str, str] = {
    BRP_QUESTION: "Controleer handmatig in de BRP: leeftijd, gemeente en of bijhouding is opgeschort.",
    "duo_onderwijs": "Controleer handmatig in Suwinet-Inkijk (DUO): inschrijving en startkwalificatie.",
    "uwv_doelgroepregister": "Controleer handmatig bij UWV of deze inwoner in het doelgroepregister staat.",
    "uwv_inkomen": "Controleer handmatig in Suwinet-Inkijk (UWV) of er inkomen is.",
    "bijstandsregelingen": "Controleer handmatig in Suwinet-Inkijk of er elders bijstand loopt of gevraagd is.",
    "gsd_reintegratie": "Controleer handmatig in Suwinet-Inkijk welke voorzieningen al lopen.",
}


def _check_by_hand(draft: Draft, finding: Finding) -> None:
    """Once per question, however often it is asked again: whoever looked by hand has looked."""
    if any(task.reasons == (finding.question,) for task in draft.state.open_tasks(BY_HAND)):
        return
    what = _BY_HAND.get(finding.question, "Controleer handmatig wat hier gevraagd was.")
    draft.open_task(
        BY_HAND,
        first_asked(finding.id)[0],
        f"{_said(finding)} {what} Termijnen lopen gewoon door; komt het antwoord alsnog, dan sluit deze taak vanzelf.",
        reasons=(finding.question,),
    )


def _answered_after_all(draft: Draft, finding: Finding) -> None:
    for task in draft.state.open_tasks(BY_HAND):
        if task.reasons == (finding.question,):
            draft.close_task(task, by=PROGRAM, on=draft.today, outcome=f"{_name(finding)} antwoordde alsnog")


# -- the BRP ---------------------------------------------------------------------------------------------


def _take_in_person(draft: Draft, finding: Finding, person: BrpPerson) -> None:
    before = _last_person(draft.state)
    resident = draft.state.resident.model_copy(
        update={
            "has_bsn": True,
            "birth": person.birth or draft.state.resident.birth,
            "municipality_code": person.municipality_code,
            "secret": person.secret,
            "deceased": person.deceased,
        }
    )
    draft.set(resident=resident)
    doubts = residence_doubts(resident, draft.policy, finding)
    if before is not None:
        # What a person was asked the last time is not asked again for every time that the BRP is read.
        held = draft.state.resident.model_copy(
            update={"municipality_code": before.municipality_code, "deceased": before.deceased}
        )
        known = {
            reason.code
            for reason in residence_doubts(held, draft.policy, finding.model_copy(update={"person": before}))
        }
        doubts = [reason for reason in doubts if reason.code not in known]
    relatives.take_in(draft, finding, person)
    reconsider(draft, finding.id, doubts=doubts)


def _last_person(state: JourneyState) -> BrpPerson | None:
    """What the BRP said the last time."""
    return next(
        (one.finding.person for one in reversed(state.log) if one.finding and one.finding.person), None
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
    if person and person.not_at_address:
        doubts.append(
            Reason(
                "niet_op_adres",
                "De gemeente stelde vast dat deze persoon niet op het adres in de BRP verblijft.",
            )
        )
    if person and person.residence == "briefadres":
        doubts.append(
            Reason("briefadres", "Deze persoon heeft een briefadres: vraag waar de inwoner verblijft.")
        )
    if person and person.under_investigation:
        doubts.append(Reason("in_onderzoek", "Gegevens in de BRP zijn in onderzoek."))
    return doubts
