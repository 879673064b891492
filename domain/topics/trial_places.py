"""Participatieplaats (Pw 10a) and proefplaats (Pw 8a): unpaid places that the law keeps short."""

from datetime import date
from typing import Literal

from domain.acts import Reason
from domain.base import Frozen
from domain.calendars import ONE_DAY, say
from domain.declaration import ActSpec
from domain.draft import Draft
from domain.happenings import Act, Refused
from domain.journey import Deadline, JourneyState, Stage
from domain.mna import Placement
from domain.roles import COACH, DECIDES
from domain.terms import compute
from domain.topics import moments

_BEGINS: dict[str, tuple[str, ...]] = {
    "participatieplaats": (
        "participatieplaats_scholing",
        "participatieplaats_premie",
        "participatieplaats_toets",
        "participatieplaats_stop",
        "participatieplaats_maximum",
    ),
    "proefplaats": ("proefplaats", "proefplaats_maximum"),
}
_ENDS_IN_TIME = frozenset(
    {"participatieplaats_stop", "participatieplaats_maximum", "proefplaats", "proefplaats_maximum"}
)
"""Stopping the place is what these terms ask for."""
_PLACES = frozenset({Stage.MNA, Stage.UITSTROOM})
ASPECTS = {
    "scholing": "participatieplaats_scholing",
    "premie": "participatieplaats_premie",
    "kans_op_werk": "participatieplaats_toets",
}


class ParticipatieplaatsBeoordeeld(Frozen):
    onderwerp: Literal["scholing", "premie", "kans_op_werk"]
    uitkomst: bool
    """Schooling was offered, the premium was granted, or the place does bring work nearer."""
    reden: str = Reason


class ParticipatieplaatsVerlengd(Frozen):
    reden: str = Reason


class ProefplaatsVerlengd(Frozen):
    tot: date
    reden: str = Reason


def begin_terms(draft: Draft, kind: str, on: date) -> tuple[str, ...]:
    """The terms that a place of this kind starts; their ids."""
    return tuple(draft.arm(key, on).id for key in _BEGINS.get(kind, ()))


def end_terms(draft: Draft, placement: Placement, on: date) -> None:
    """A place stopped: what asked for its end is met, what asked for care during it lapses."""
    for term in draft.state.open_terms():
        if term.id in placement.terms:
            if term.term in _ENDS_IN_TIME:
                draft.fulfil(term, on)
            else:
                draft.cancel_term(term, "de plek is gestopt")


def _open(state: JourneyState, key: str, what: str) -> Deadline:
    found = state.open_terms(key)
    if not found:
        raise Refused(f"Er loopt geen {what}. Leg eerst de start van de plek vast.")
    return found[0]


def check_beoordeeld(state: JourneyState, act: Act, data: ParticipatieplaatsBeoordeeld) -> None:
    key = ASPECTS[data.onderwerp]
    if not state.open_terms(key):
        raise Refused(
            f"Over {data.onderwerp.replace('_', ' ')} staat nu niets open bij een participatieplaats: zij loopt niet, "
            "of dit is al beoordeeld. Kijk in de lijst van termijnen."
        )


def beoordeeld(draft: Draft, act: Act, data: ParticipatieplaatsBeoordeeld) -> None:
    """Pw 10a(5), (6) and (8). Who finds that a place brings nothing still has to stop it: nothing ends by itself."""
    key = ASPECTS[data.onderwerp]
    met = draft.meet(key, act.effective)
    if data.onderwerp == "premie" and met and not draft.state.open_terms(key):
        _next_of_series(draft, key, met[-1])
    if data.onderwerp == "kans_op_werk" and data.uitkomst:
        draft.cancel(("participatieplaats_stop",), "de plek vergroot de kans op werk")


def _next_of_series(draft: Draft, key: str, met: Deadline) -> None:
    again = draft.arm(key, met.dates.raw_end)
    draft.set(
        placements=tuple(
            placement.model_copy(update={"terms": (*placement.terms, again.id)})
            if met.id in placement.terms
            else placement
            for placement in draft.state.placements
        )
    )


def premium_missed(draft: Draft, term: Deadline) -> None:
    """The next half year belongs to the same place as the one that was missed."""
    following = draft.state.open_terms(term.term)[-1]
    draft.set(
        placements=tuple(
            placement.model_copy(update={"terms": (*placement.terms, following.id)})
            if term.id in placement.terms and following.id not in placement.terms
            else placement
            for placement in draft.state.placements
        )
    )


def check_verlengd(state: JourneyState, act: Act, data: ParticipatieplaatsVerlengd) -> None:
    term = _open(state, "participatieplaats_maximum", "participatieplaats")
    if act.effective > term.due:
        raise Refused(
            f"De participatieplaats liep af op {say(term.due)} en kan niet meer verlengd worden. "
            "Stop de plek, of zoek een betaalde plek."
        )


def verlengd(draft: Draft, act: Act, data: ParticipatieplaatsVerlengd) -> None:
    """Pw 10a(9) and (10): a year more, twice, each by a decision."""
    term = _open(draft.state, "participatieplaats_maximum", "participatieplaats")
    allowed = draft.policy.number("participatieplaats_verlengingen")
    if len(term.extensions) >= allowed:
        raise Refused(
            f"De participatieplaats is al {allowed} keer verlengd; langer kan niet (Participatiewet art. 10a lid 9 "
            f"en 10). Zij duurt tot en met {say(term.due)}."
        )
    rule = draft.policy.term("participatieplaats_verlenging")
    until = compute(rule, term.due + ONE_DAY, draft.days).legal_end
    draft.extend(term, until=until, by=act.by, why=data.reden)


def check_proefplaats(state: JourneyState, act: Act, data: ProefplaatsVerlengd) -> None:
    term = _open(state, "proefplaats", "proefplaats")
    longest = _open(state, "proefplaats_maximum", "proefplaats")
    if act.effective > term.due:
        raise Refused(
            f"De proefplaats liep af op {say(term.due)} en kan niet meer verlengd worden. Stop de plek."
        )
    if not term.due < data.tot <= longest.due:
        raise Refused(
            f"Een proefplaats kan verlengd worden tot een dag na {say(term.due)} en uiterlijk {say(longest.due)} "
            "(Participatiewet art. 8a lid 2 onder d). Kies zo'n dag."
        )


def proefplaats_verlengd(draft: Draft, act: Act, data: ProefplaatsVerlengd) -> None:
    term = _open(draft.state, "proefplaats", "proefplaats")
    draft.extend(term, until=data.tot, by=act.by, why=data.reden)


moments.BREACHED["participatieplaats_premie"] = premium_missed
moments.OWN_EXTENSION["participatieplaats_maximum"] = (
    "Een participatieplaats wordt verlengd met een jaar tegelijk. Leg vast: 'Participatieplaats verlengd'."
)
moments.OWN_EXTENSION["proefplaats"] = (
    "Een proefplaats wordt verlengd tot een dag die de wet toelaat. Leg vast: 'Proefplaats verlengd'."
)


ACTS = (
    ActSpec(
        name="participatieplaats_beoordeeld",
        label="Participatieplaats beoordeeld",
        origin="eigen",
        roles=COACH | DECIDES,
        stages=_PLACES,
        data=ParticipatieplaatsBeoordeeld,
        check=check_beoordeeld,
        rule=beoordeeld,
        negative=True,
        why="Participatiewet art. 10a: scholing na een half jaar, premie elk half jaar, toets na negen maanden",
    ),
    ActSpec(
        name="participatieplaats_verlengd",
        label="Participatieplaats verlengd",
        origin="eigen",
        roles=DECIDES,
        stages=_PLACES,
        data=ParticipatieplaatsVerlengd,
        check=check_verlengd,
        rule=verlengd,
        why="Participatiewet art. 10a lid 9 en 10: tweemaal een jaar, elk bij besluit",
    ),
    ActSpec(
        name="proefplaats_verlengd",
        label="Proefplaats verlengd",
        origin="eigen",
        roles=DECIDES,
        stages=_PLACES,
        data=ProefplaatsVerlengd,
        check=check_proefplaats,
        rule=proefplaats_verlengd,
        why="Participatiewet art. 8a lid 2 onder d: twee maanden, met ten hoogste vier erbij",
    ),
)
