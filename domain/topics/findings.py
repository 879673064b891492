"""What registries answer, and whether the route still fits."""

from datetime import date

from dateutil.relativedelta import relativedelta

from domain.draft import Draft
from domain.findings import Finding, Outcome
from domain.journey import Resident, Stage
from domain.policy import Policy

BRP_QUESTION = "brp_persoon"


def take_in(draft: Draft, finding: Finding) -> None:
    """Place what a registry answered. No outcome decides against a resident; doubt is a person's."""
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
            draft.set(
                resident=Resident(
                    has_bsn=True,
                    birth=person.birth,
                    household=draft.state.resident.household,
                    municipality_code=person.municipality_code,
                    secret=person.secret,
                    deceased=person.deceased,
                )
            )
            judge_route(draft, finding.id, finding)
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


def pension_date(birth: date, policy: Policy) -> date:
    """The day on which somebody born on that day reaches the AOW-leeftijd (AOW art. 7a)."""
    ages = sorted(policy.pension_ages, key=lambda item: item.valid_from)
    reached = birth + relativedelta(years=ages[0].years, months=ages[0].months)
    for age in ages[1:]:
        # A higher age is for who had not reached the one before when it came into force.
        if reached >= age.valid_from:
            reached = birth + relativedelta(years=age.years, months=age.months)
    return reached


def route_doubts(
    resident: Resident, on: date, policy: Policy, finding: Finding | None = None
) -> list[tuple[str, str]]:
    """Why route regulier may not fit, as (code, sentence) pairs. An empty list: it fits.

    Regulier is for 27 and older (or a couple of which one is), below the AOW-leeftijd, living here.
    """
    doubts: list[tuple[str, str]] = []
    person = finding.person if finding else None
    suspension = person.suspension if person else None
    if resident.deceased or suspension == "O":
        doubts.append(("overleden", "Volgens de BRP is deze persoon overleden."))
    if suspension == "E":
        doubts.append(("geemigreerd", "Volgens de BRP is deze persoon geëmigreerd."))
    elif suspension in ("R", "M"):
        doubts.append(("niet_ingezetene", "Volgens de BRP is deze persoon geen ingezetene."))
    elif suspension in (".", "F"):
        doubts.append(("bijhouding_opgeschort", "De bijhouding in de BRP is opgeschort; reden onbekend."))
    if person and not doubts and resident.municipality_code != policy.municipality_code:
        doubts.append(("woont_elders", f"Volgens de BRP woont deze persoon niet in {policy.municipality}."))
    if person and person.under_investigation:
        doubts.append(("in_onderzoek", "Gegevens in de BRP zijn in onderzoek."))
    first = resident.birth.earliest() if resident.birth else None
    last = resident.birth.latest() if resident.birth else None
    if first is None or last is None:
        doubts.append(("leeftijd_onbekend", "De geboortedatum is onbekend."))
        return doubts
    # An incomplete date is a range: only when the whole range lies on one side is the answer sure.
    turns_27 = [day + relativedelta(years=27) for day in (first, last)]
    pension = [pension_date(day, policy) for day in (first, last)]
    if turns_27[0] > on:
        doubts.append(("te_jong", "Jonger dan 27 jaar: kies de route voor jongeren."))
    elif turns_27[1] > on:
        doubts.append(("leeftijd_onbekend", "Of deze persoon al 27 is, blijkt niet uit de geboortedatum."))
    if pension[1] <= on:
        doubts.append(
            ("te_oud", "De AOW-leeftijd is bereikt: er is geen recht op bijstand onder die leeftijd.")
        )
    elif pension[0] <= on:
        doubts.append(
            ("leeftijd_onbekend", "Of de AOW-leeftijd al bereikt is, blijkt niet uit de geboortedatum.")
        )
    return doubts


def judge_route(draft: Draft, ref: str, finding: Finding | None = None) -> None:
    """Ask a person when the route may not fit. The journey and its terms go on meanwhile."""
    if doubts := route_doubts(draft.state.resident, draft.today, draft.policy, finding):
        draft.open_task(
            "beoordeel_route",
            ref,
            " ".join(dict.fromkeys(sentence for _, sentence in doubts))
            + " Beoordeel of deze route past; termijnen lopen gewoon door.",
            reasons=dict.fromkeys(code for code, _ in doubts),
        )
