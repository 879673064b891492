"""Missed appointments. What follows depends on why somebody was invited; a measure is never one of them.

Four regimes of law and the intake before them: an application (Awb 4:5, Pw 17 lid 2), a running benefit
(Pw 54), re-integration (Pw 18), and what is voluntary, from which nothing follows.
"""

from typing import Literal

from pydantic import Field

from domain.base import Frozen
from domain.declaration import OPEN_STAGES, ActSpec
from domain.draft import Draft
from domain.happenings import Act
from domain.journey import FlagKind, JourneyState, Stage
from domain.mna import VOLUNTARY, NoShow
from domain.roles import COACH, FRONT, INCOME

Regime = Literal["intake", "aanvraag", "uitkering", "re_integratie", "vrijwillig"]
_EXCUSED = frozenset({FlagKind.ZIEK, FlagKind.PAUZE})


class NietVerschenen(Frozen):
    bericht: bool = Field(default=False, description="De inwoner liet vooraf iets weten")
    regime: Regime | None = Field(
        default=None, description="Waarvoor de uitnodiging was; leeg: volgt uit de fase"
    )
    kanaal: Literal["onbekend", "brief", "telefoon", "email", "sms", "berichtenbox", "persoonlijk"] = (
        "onbekend"
    )
    bewijs: Literal["onbekend", "geen", "verzonden", "aangetekend", "ontvangst_bevestigd"] = Field(
        default="onbekend", description="Waaruit blijkt dat de uitnodiging aankwam"
    )
    reden: Literal[
        "onbekend", "niet_ontvangen", "vergeten", "ziek", "zorg_voor_ander", "werk", "vervoer", "wil_niet"
    ] = "onbekend"


class ContactGezocht(Frozen):
    hoe: Literal["bezoek", "telefoon", "bericht"]
    bereikt: bool


def in_a_row(state: JourneyState, regime: str) -> int:
    """How many appointments of a regime were missed since the resident was last spoken to.

    One whose invitation has no proof does not count.
    """
    talks = state.acts("gesprek_gevoerd")
    check_ins = [act for act in state.acts("check_in_vastgelegd") if act.data.get("aanwezig", True)]
    last = max((act.effective for act in (*talks, *check_ins)), default=None)
    return sum(
        1
        for missed in state.no_shows
        if missed.regime == regime
        and missed.proof != "geen"
        and missed.reason != "niet_ontvangen"
        and (last is None or missed.on > last)
    )


def regime_of(state: JourneyState) -> Regime:
    """Why somebody was invited, when nobody said so."""
    if state.stage is Stage.INTAKE or state.open_terms("eerste_gesprek"):
        return "intake"
    running = state.running_placements()
    # What has no known ground is not called voluntary: a person looks at it.
    return "vrijwillig" if running and all(p.ground == VOLUNTARY for p in running) else "re_integratie"


def niet_verschenen(draft: Draft, act: Act, data: NietVerschenen) -> None:
    """A talk that was offered in time is no breach of ours."""
    regime = data.regime or regime_of(draft.state)
    offered = draft.state.talk_offered or act.effective
    for term in draft.state.open_terms("eerste_gesprek"):
        if offered <= term.due:
            draft.meet("eerste_gesprek", offered)
    missed = NoShow(
        on=act.effective, regime=regime, channel=data.kanaal, proof=data.bewijs, reason=data.reden
    )
    draft.set(no_shows=(*draft.state.no_shows, missed))
    _follow_up(draft, act, regime)


def missed_at_activity(draft: Draft, act: Act) -> None:
    """Somebody was expected at a check-in or at a partner and was not there."""
    regime = regime_of(draft.state)
    draft.set(no_shows=(*draft.state.no_shows, NoShow(on=act.effective, regime=regime)))
    _follow_up(draft, act, regime)


def _follow_up(draft: Draft, act: Act, regime: Regime) -> None:
    if draft.state.stage is Stage.INTAKE:
        # Also who comes of his own will is invited again, or nobody would ever speak to him.
        _invite_again(draft, act)
    if any(draft.state.flag(kind) for kind in _EXCUSED):
        return
    number = in_a_row(draft.state, regime)
    match regime:
        case "intake":
            _missed_intake(draft, act, number)
        case "re_integratie":
            _missed_re_integration(draft, act, number)
        case "aanvraag":
            draft.open_task(
                "niet_verschenen_aanvraag",
                act.id,
                "Niet verschenen op een afspraak over de aanvraag. Nodig schriftelijk opnieuw uit, of vraag wat nog "
                "ontbreekt met een hersteltermijn (Participatiewet art. 17 lid 2, Awb art. 4:5).",
                role="inkomensconsulent",
            )
        case "uitkering":
            draft.open_task(
                "niet_verschenen_uitkering",
                act.id,
                "Niet verschenen op een afspraak over de lopende uitkering. Vraag naar de reden en beoordeel of een "
                "hersteltermijn nodig is (Participatiewet art. 54).",
                role="inkomensconsulent",
            )
        case "vrijwillig":
            pass


def _invite_again(draft: Draft, act: Act) -> None:
    for term in draft.state.open_terms("nieuwe_uitnodiging"):
        # Who missed a later appointment had been invited again.
        if act.effective > term.dates.start:
            draft.fulfil(term, act.effective)
    if not draft.state.open_terms("nieuwe_uitnodiging"):
        draft.arm("nieuwe_uitnodiging", act.effective)


def _go_and_see(draft: Draft, act: Act) -> None:
    if not draft.state.open_terms("persoonlijk_contact"):
        draft.arm("persoonlijk_contact", act.effective)


def _missed_intake(draft: Draft, act: Act, number: int) -> None:
    if draft.state.stage is not Stage.INTAKE:
        _invite_again(draft, act)
    if number == 2:
        _go_and_see(draft, act)
    elif number > 2:
        draft.open_task(
            "niet_verschenen_intake",
            act.id,
            f"De inwoner kwam {number} keer niet op een eerste gesprek. Beslis als regisseur hoe het verder gaat.",
            role="regisseur",
        )


def _missed_re_integration(draft: Draft, act: Act, number: int) -> None:
    if number == 2:
        _go_and_see(draft, act)
    elif number > 2:
        draft.open_task(
            "niet_verschenen_re_integratie",
            act.id,
            f"De inwoner kwam {number} keer achter elkaar niet op een afspraak of activiteit. Hoor de inwoner en "
            "beoordeel of er iets te verwijten valt; zonder verwijt volgt er niets (Participatiewet art. 18 lid 9).",
            role="inkomensconsulent",
        )
    else:
        draft.open_task(
            "reden_vragen",
            act.id,
            "De inwoner was er niet. Bel, vraag naar de reden en maak een nieuwe afspraak.",
        )


def contact_gezocht(draft: Draft, act: Act, data: ContactGezocht) -> None:
    """A visit or a call after the second time; a message alone is not what was promised."""
    if data.hoe != "bericht":
        draft.meet("persoonlijk_contact", act.effective)
    if draft.state.stage is Stage.INTAKE and not (
        draft.state.open_terms("nieuwe_uitnodiging") or draft.state.open_terms("eerste_gesprek")
    ):
        draft.arm("nieuwe_uitnodiging", act.effective)


ACTS = (
    ActSpec(
        name="niet_verschenen",
        label="Niet verschenen",
        origin="eigen",
        roles=FRONT | COACH | INCOME,
        stages=OPEN_STAGES,
        data=NietVerschenen,
        rule=niet_verschenen,
        may_arm=(
            "nieuwe_uitnodiging",
            "persoonlijk_contact",
        ),
        why="Op tijd aangeboden is geen breuk van ons; opnieuw uitnodigen en zelf contact zoeken",
    ),
    ActSpec(
        name="contact_gezocht",
        label="Contact gezocht",
        origin="eigen",
        roles=FRONT | COACH,
        stages=OPEN_STAGES,
        data=ContactGezocht,
        rule=contact_gezocht,
        may_arm=("nieuwe_uitnodiging",),
        why="Na de tweede keer gaat iemand langs of belt",
    ),
)
