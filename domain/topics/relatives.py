"""Who belongs to a resident according to the BRP: partner, children, a curator; and that somebody moved.

What people said before stays what it is. Where the BRP says otherwise a person is asked, and sees both.
"""

from domain.base import put_back
from domain.draft import OWNER, Draft
from domain.facts import birthday
from domain.findings import BrpPerson, Child, Finding
from domain.happenings import PROGRAM
from domain.journey import Child as KnownChild
from domain.topics.answers import contradicts
from domain.topics.household import child_comes, household_on
from domain.topics.routing import facts_of, record


def take_in(draft: Draft, finding: Finding, person: BrpPerson) -> None:
    """Place what the BRP says of others, without anything that names them."""
    if person.guardianship:
        draft.open_task(
            "curatele",
            "",
            "Volgens de BRP staat deze inwoner onder curatele. Ga na wie de curator is en betrek die bij elk besluit "
            "en elke afspraak; de inwoner blijft aan tafel.",
            role=OWNER,
        )
    if person.moved:
        draft.open_task(
            "verhuisd",
            finding.id,
            "Volgens de BRP woont deze inwoner op een ander adres dan de vorige keer. Vraag het de inwoner en leg het "
            "vast met 'Adres gewijzigd' of 'Verhuizing gemeld'; kijk of huishouden, norm en toeslagen nog kloppen.",
        )
    _partner(draft, person)
    _children(draft, person)


def _partner(draft: Draft, person: BrpPerson) -> None:
    if person.has_partner is None:
        return
    couple = facts_of(draft.state).couple(draft.today)
    if couple is None and person.has_partner:
        record(draft, "huishouden", "paar", draft.today, source="brp")
    # Without a marriage somebody may still live together: that nobody is registered says nothing.
    if couple is None or couple == person.has_partner:
        return
    said, held = ("een", "geen") if person.has_partner else ("geen", "een")
    contradicts(
        draft,
        "partner",
        said,
        f"De BRP kent {said} huwelijk of geregistreerd partnerschap, en in het dossier staat {held} partner "
        f"({household_on(draft, draft.today)}). Beide kunnen waar zijn: wie duurzaam gescheiden leeft is alleen, en wie "
        "samenwoont is een paar. Vraag het de inwoner.",
    )


def _children(draft: Draft, person: BrpPerson) -> None:
    """Children who live at the same address. Whoever people told of already may be one of them."""
    if person.children is None:
        return
    home = [child for child in draft.state.children if child.left is None]
    known = {child.ref for child in draft.state.children if child.ref}
    told = [child for child in home if not child.ref]
    unmatched: list[Child] = []
    for child in person.children:
        if child.ref in known:
            continue
        same = next((one for one in told if _same(draft, one, child)), None)
        if same is not None:
            told.remove(same)
            recognised = same.model_copy(update={"ref": child.ref})
            draft.set(children=put_back(draft.state.children, recognised))
        else:
            unmatched.append(child)
    if unmatched and told:
        contradicts(
            draft,
            "kinderen",
            str(len(unmatched)),
            f"De BRP noemt {len(unmatched)} kind(eren) op dit adres die hier niet te herkennen zijn, en de inwoner noemde "
            f"{len(told)} kind(eren) die de BRP hier niet noemt. Vraag de inwoner wie er thuis wonen en leg het vast met "
            "'Huishouden gewijzigd'.",
        )
        return
    for child in unmatched:
        child_comes(draft, draft.today, child.birth.whole() if child.birth else None, ref=child.ref)
    here = {child.ref for child in person.children}
    for one in home:
        if one.ref in here:
            draft.close_tasks(
                f"kind_weg:{one.number}", by=PROGRAM, on=draft.today, outcome="staat weer op dit adres"
            )
        elif one.ref and not one.adult:
            draft.open_task(
                "kind_weg",
                f"{one.number}",
                f"De BRP noemt kind {one.number} niet meer op dit adres: verhuisd, of afgeschermd. Vraag het de inwoner; is het "
                "uit huis, leg dan 'Huishouden gewijzigd' vast met kind_uit_huis.",
            )


def _same(draft: Draft, known: KnownChild, child: Child) -> bool:
    """Whether a child that people told of was born on the same day: its 18th birthday is waited for."""
    born = child.birth.whole() if child.birth else None
    if born is None:
        return False
    reached = birthday(born, draft.policy.term("kind_18").length, draft.policy)
    return any(term.id in known.terms and term.due == reached for term in draft.state.open_terms("kind_18"))
