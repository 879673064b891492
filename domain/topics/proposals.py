"""Places that are proposed to a partner, or imposed by a person, and have not begun by that."""

from datetime import date
from typing import Literal

from pydantic import Field

from domain.acts import Reason
from domain.base import Frozen
from domain.declaration import OPEN_STAGES, ActSpec
from domain.draft import Draft
from domain.happenings import Act, Refused
from domain.journey import FlagKind, JourneyState, Stage
from domain.mna import IMPOSED, Proposal
from domain.roles import ANYONE, COACH, DECIDES
from domain.topics.sent_decisions import went_out

MnaVorm = Literal[
    "vrijwilligerswerk",
    "werkervaringsplaats",
    "participatieplaats",
    "proefplaats",
    "additioneel_werk",
    "stadswerkplaats",
    "maatschappelijke_activiteit",
]
Sector = Literal[
    "onbekend",
    "zorg",
    "groen",
    "techniek",
    "bouw",
    "horeca",
    "detailhandel",
    "logistiek",
    "schoonmaak",
    "administratie",
    "onderwijs",
    "cultuur_en_sport",
    "overig",
]
Categorie = Literal["onbekend", "werken", "zichzelf_versterken", "iets_voor_een_ander", "voor_de_stad"]
Bijdrage = Literal[
    "onbekend",
    "buurt",
    "ouderen",
    "jeugd",
    "natuur_en_milieu",
    "voedsel",
    "hergebruik",
    "cultuur_en_sport",
    "werkgever",
    "overig",
]
EigenWinst = Literal[
    "onbekend",
    "dagritme",
    "contacten",
    "taal",
    "vaardigheden",
    "werkervaring",
    "zelfvertrouwen",
    "weg_naar_werk",
    "overig",
]
_PROPOSES = frozenset({Stage.PLAN, Stage.MNA, Stage.UITSTROOM})
_DETAILS = ("sector", "category", "contribution", "own_gain", "hours")


class Kenmerken(Frozen):
    """What is known of a place. Society's gain and the resident's own stand side by side."""

    sector: Sector = "onbekend"
    categorie: Categorie = "onbekend"
    bijdrage: Bijdrage = Field(default="onbekend", description="Wat de stad eraan heeft")
    eigen_winst: EigenWinst = Field(default="onbekend", description="Wat de inwoner eraan heeft")
    uren: int | None = Field(default=None, ge=1, le=40, description="Uren per week")

    def details(self) -> dict[str, str | int | None]:
        """By the names that state has for them."""
        said = (self.sector, self.categorie, self.bijdrage, self.eigen_winst, self.uren)
        return dict(zip(_DETAILS, said, strict=True))


class PlekVoorgesteld(Kenmerken):
    vorm: MnaVorm | Literal["werk", "opleiding"]
    plek: str = Field(min_length=2, max_length=80, description="Aan wie: KonnecteD, Cambio, werkgever")
    grond: Literal["aangeboden", "vrijwillig", "onbekend"] = "onbekend"


class TegenprestatieOpgedragen(Kenmerken):
    vorm: MnaVorm
    plek: str = Field(min_length=2, max_length=80)
    reden: str = Reason


class ReactiePartner(Frozen):
    voorstel: str = Field(default="", description="Kenmerk van het voorstel; leeg: het laatste dat openstaat")
    antwoord: Literal["aangenomen", "afgewezen", "wachtlijst"]
    reden: Literal["onbekend", "vol", "past_niet", "gesloten", "al_vervuld"] = "onbekend"


def _propose(draft: Draft, act: Act, data: PlekVoorgesteld | TegenprestatieOpgedragen, ground: str) -> None:
    term = draft.arm("plaatsing_reactie", act.effective)
    proposal = Proposal(
        id=f"voorstel-{len(draft.state.proposals) + 1}",
        kind=data.vorm,
        place=data.plek,
        on=act.effective,
        ground=ground,
        term=term.id,
        **data.details(),
    )
    draft.set(proposals=(*draft.state.proposals, proposal))


def plek_voorgesteld(draft: Draft, act: Act, data: PlekVoorgesteld) -> None:
    _propose(draft, act, data, data.grond)


def check_tegenprestatie(state: JourneyState, act: Act, data: TegenprestatieOpgedragen) -> None:
    refuse_imposing(state)


def refuse_imposing(state: JourneyState) -> None:
    """Pw 9(2), (5) and (7): whom nothing can be imposed on. Offering stays possible."""
    flag = state.flag(FlagKind.ONTHEFFING)
    if flag is None or (flag.covers and "tegenprestatie" not in flag.covers):
        return
    why = {
        "alleenstaande_ouder": "deze inwoner heeft een ontheffing als alleenstaande ouder "
        "(Participatiewet art. 9 lid 7)",
        "duurzaam_arbeidsongeschikt": "deze inwoner is volledig en duurzaam arbeidsongeschikt "
        "(Participatiewet art. 9 lid 5)",
    }.get(flag.detail, "deze inwoner heeft een ontheffing (Participatiewet art. 9 lid 2)")
    raise Refused(
        f"Een tegenprestatie kan niet worden opgedragen: {why}. Bied een plek aan op vrijwillige basis."
    )


def tegenprestatie_opgedragen(draft: Draft, act: Act, data: TegenprestatieOpgedragen) -> None:
    _propose(draft, act, data, IMPOSED)
    went_out(draft, act, "tegenprestatie", "opgedragen")


def _find_proposal(state: JourneyState, wanted: str) -> Proposal | None:
    if wanted:
        return next((proposal for proposal in state.proposals if proposal.id == wanted), None)
    waiting = [p for p in state.proposals if p.answer in ("", "wachtlijst")]
    return waiting[-1] if waiting else None


def _fulfil_answer(draft: Draft, proposal: Proposal, on: date) -> None:
    for term in draft.state.open_terms("plaatsing_reactie"):
        if term.id == proposal.term:
            draft.fulfil(term, on)


def _replace(draft: Draft, changed: Proposal) -> None:
    draft.set(proposals=tuple(changed if p.id == changed.id else p for p in draft.state.proposals))


def reactie_partner(draft: Draft, act: Act, data: ReactiePartner) -> None:
    proposal = _find_proposal(draft.state, data.voorstel)
    if proposal is None:
        draft.open_task(
            "reactie_zonder_voorstel",
            act.id,
            "Een partner reageert op een voorstel dat hier niet openstaat. Bekijk over welke plek het gaat.",
        )
        return
    _fulfil_answer(draft, proposal, act.effective)
    changes: dict[str, object] = {"answer": data.antwoord, "answered_on": act.effective}
    if data.antwoord == "wachtlijst" and draft.state.stage in _PROPOSES:
        changes["term"] = draft.arm("plaatsing_reactie", act.effective).id
    _replace(draft, proposal.model_copy(update=changes))
    if data.antwoord == "afgewezen" and draft.state.stage in OPEN_STAGES:
        draft.open_task(
            "plek_afgewezen",
            act.id,
            f"{proposal.place} neemt het voorstel niet aan ({data.reden.replace('_', ' ')}). "
            "Zoek een andere plek, of vraag doorzettingsmacht als geen partner ruimte maakt.",
        )


def begin_proposed(draft: Draft, wanted: str, on: date) -> Proposal | None:
    """A proposed place begins: the proposal is answered by that. None: nothing was proposed by that name."""
    proposal = next((proposal for proposal in draft.state.proposals if proposal.id == wanted), None)
    if proposal is None:
        return None
    _fulfil_answer(draft, proposal, on)
    begun = proposal.model_copy(update={"answer": "begonnen", "answered_on": proposal.answered_on or on})
    _replace(draft, begun)
    return begun


ACTS = (
    ActSpec(
        name="plek_voorgesteld",
        label="Plek voorgesteld",
        origin="eigen",
        roles=COACH,
        stages=_PROPOSES,
        data=PlekVoorgesteld,
        rule=plek_voorgesteld,
        may_arm=("plaatsing_reactie",),
        why="Vraag en aanbod bij elkaar brengen; de partner antwoordt binnen een termijn",
    ),
    ActSpec(
        name="tegenprestatie_opgedragen",
        label="Tegenprestatie opgedragen",
        origin="eigen",
        roles=DECIDES,
        stages=_PROPOSES,
        data=TegenprestatieOpgedragen,
        check=check_tegenprestatie,
        rule=tegenprestatie_opgedragen,
        negative=True,
        may_arm=("bezwaar_indienen", "plaatsing_reactie"),
        why="Participatiewet art. 9 lid 1 onder c: alleen een mens draagt op, met een besluit",
    ),
    ActSpec(
        name="reactie_partner",
        label="Reactie van een partner",
        origin="van_buiten",
        roles=ANYONE,
        stages=OPEN_STAGES,
        data=ReactiePartner,
        rule=reactie_partner,
        why="Een partner neemt een voorstel aan of niet",
    ),
)
