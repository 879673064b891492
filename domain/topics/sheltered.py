"""Sheltered work and day activities: UWV's advice, an offer, and the Wmo from melding to decision.

Sources: Participatiewet (Pw) art. 10b, Besluit advisering beschut werk art. 2, Wet maatschappelijke
ondersteuning 2015 (Wmo) art. 2.3.2, 2.3.3 and 2.3.5. What somebody suffers from stands nowhere here.
"""

from datetime import date, timedelta
from typing import Any, Literal

from pydantic import Field

from domain.acts import Nothing, Reason
from domain.base import Frozen
from domain.declaration import ALL_STAGES, OPEN_STAGES, ActSpec
from domain.draft import Draft
from domain.facts import ONBEKEND, Facts
from domain.happenings import Act, Refused
from domain.journey import Deadline, JourneyState, Stage, Track
from domain.mna import Placement
from domain.roles import ANYONE, COACH, DECIDES
from domain.sides import Care
from domain.topics.check_ins import keep_check_ins
from domain.topics.exits import reopen
from domain.topics.moments import BREACHED
from domain.topics.routing import record
from domain.topics.sent_decisions import went_out
from domain.topics.work_limits import keep_review

Place = Literal["beschut_werk", "dagbesteding"]


class Advies(Frozen):
    uitkomst: Literal["positief", "negatief"]


class Vaststelling(Frozen):
    uitkomst: Literal["beschut", "niet_beschut"]
    reden: str = Field(default="", max_length=200)


class WmoMelding(Frozen):
    spoed: bool = Field(default=False, description="Er kan niet gewacht worden (Wmo art. 2.3.3)")


class WmoBesluit(Frozen):
    uitkomst: Literal["toegekend", "afgewezen"]
    reden: str = Field(default="", max_length=200)


class PlekGestart(Frozen):
    soort: Place
    plek: str = Field(min_length=2, max_length=80, description="Bij wie: KonnecteD, Cambio, zorgboerderij")


class PlekGestopt(Frozen):
    soort: Place | None = Field(default=None, description="Welke van de twee, als er twee lopen")
    reden: str = Reason


class Stap(Frozen):
    naar: Literal["beschut_werk", "garantiebaan", "regulier_werk", "vrijwilligerswerk"]


def _known(state: JourneyState) -> Care:
    return state.care or Care()


def _keep(draft: Draft, **changes: Any) -> None:
    draft.set(care=_known(draft.state).model_copy(update=changes))


# -- sheltered work: facts -----------------------------------------------------------------------------


def beschut_advies_gevraagd(draft: Draft, act: Act, data: Nothing) -> None:
    if not draft.state.open_terms("beschut_advies"):
        draft.arm("beschut_advies", act.effective)


def beschut_advies_ontvangen(draft: Draft, act: Act, data: Advies) -> None:
    """An advice decides nothing: the college establishes, a person does (Pw 10b lid 1)."""
    draft.meet("beschut_advies", act.effective)
    record(draft, "beschut_advies", data.uitkomst, act.effective, source="uwv", act=act.id)
    if data.uitkomst == "positief":
        text = (
            "UWV adviseert positief over beschut werk. Stel vast dat de inwoner daarop is aangewezen en doe een "
            "aanbod (Participatiewet art. 10b)."
        )
    else:
        text = (
            "UWV adviseert negatief over beschut werk. Dat is geen nee tegen meedoen: bekijk met de inwoner werk "
            "met loonkostensubsidie of dagbesteding, en stel de uitkomst vast."
        )
    draft.open_task(_ADVICE, act.id, text, reasons=(data.uitkomst,))


_ADVICE = "beschut_advies_gekomen"


def beschut_aanbod_afgeslagen(draft: Draft, act: Act, data: Nothing) -> None:
    draft.cancel(("beschut_aanbod",), "de inwoner wil deze plek niet")
    draft.open_task(
        "beschut_afgeslagen",
        act.id,
        "De inwoner wil de beschutte plek niet. Vraag waarom en zoek samen iets dat wel past.",
    )


# -- Wmo: facts ----------------------------------------------------------------------------------------


def wmo_gemeld(draft: Draft, act: Act, data: WmoMelding) -> None:
    """Six weeks for the inquiry, seven days for the resident's own plan (Wmo 2.3.2 lid 1 and 2)."""
    if draft.state.open_terms("wmo_onderzoek"):
        draft.open_task(
            "tweede_wmo_melding",
            act.id,
            "Er is een tweede melding voor ondersteuning terwijl er een onderzoek loopt. Neem haar daarin mee.",
        )
    else:
        _keep(draft, applied_early=None)
        draft.arm("wmo_onderzoek", act.effective, track=Track.ZORG)
        draft.cancel(("wmo_persoonlijk_plan",), "er is een nieuwe melding")
        draft.arm("wmo_persoonlijk_plan", act.effective, track=Track.ZORG, quiet=True)
    if data.spoed:
        draft.open_task(
            "wmo_spoed",
            act.id,
            "Er kan niet gewacht worden op het onderzoek. Zorg vandaag voor een tijdelijke voorziening "
            "(Wmo art. 2.3.3).",
            role="teamleider",
        )


def wmo_aangevraagd(draft: Draft, act: Act, data: Nothing) -> None:
    """Possible once the inquiry is done or late (Wmo 2.3.2 lid 9); what comes earlier is kept until then."""
    if draft.state.open_terms("wmo_besluit") or _known(draft.state).applied_early is not None:
        draft.open_task(
            "tweede_wmo_aanvraag",
            act.id,
            "Er is een tweede aanvraag om ondersteuning terwijl er al een loopt. Bekijk of het dezelfde is.",
        )
        return
    running = draft.state.open_terms("wmo_onderzoek")
    if running and act.effective <= running[0].due:
        _keep(draft, applied_early=act.effective)
        draft.open_task(
            "wmo_aanvraag_vroeg",
            act.id,
            "De aanvraag om ondersteuning kwam terwijl het onderzoek nog loopt. Zij telt vanzelf mee zodra het "
            "onderzoek klaar of te laat is (Wmo art. 2.3.2 lid 9). Vertel dat de inwoner.",
        )
        return
    draft.arm("wmo_besluit", act.effective, track=Track.ZORG)


def _application_counts(draft: Draft, on: date) -> None:
    """An application that came too early counts from the first day on which it could be made."""
    early = _known(draft.state).applied_early
    if early is not None:
        _keep(draft, applied_early=None)
        draft.arm("wmo_besluit", max(early, on), track=Track.ZORG)


def wmo_ingetrokken(draft: Draft, act: Act, data: Nothing) -> None:
    if not any(draft.state.open_terms(key) for key in ("wmo_onderzoek", "wmo_besluit")):
        draft.open_task(
            "wmo_ingetrokken", act.id, "Een Wmo-melding of -aanvraag is ingetrokken, maar er liep er geen."
        )
    _keep(draft, applied_early=None)
    draft.cancel(
        ("wmo_onderzoek", "wmo_persoonlijk_plan", "wmo_besluit"),
        "de inwoner ziet af van ondersteuning",
        on=act.effective,
    )


def plek_gestart(draft: Draft, act: Act, data: PlekGestart) -> None:
    """A place in sheltered work or day activities: check-ins go on and the place is reviewed every year."""
    was = _known(draft.state).place
    _keep(draft, place=data.soort)
    draft.cancel(("beschut_aanbod",) if data.soort == "beschut_werk" else (), "de beschutte plek is gestart")
    started = Placement(
        id=draft.state.next_placement_id(), kind=data.soort, place=data.plek, since=act.effective
    )
    draft.set(placements=(*draft.state.placements, started))
    keep_review(draft, act.effective)
    if draft.state.stage in (Stage.MNA, Stage.UITSTROOM):
        keep_check_ins(draft, act.effective)
        for key in ("start_mna", "herplaatsing"):
            draft.meet(key, act.effective)
    if was and was != data.soort:
        # Care is never cut off: the old place ends by an act of its own, after the new one has started.
        draft.open_task(
            "oude_plek",
            act.id,
            "Er is een nieuwe plek gestart terwijl de oude nog loopt. Rond de oude af als de nieuwe bevalt.",
        )


def plek_gestopt(draft: Draft, act: Act, data: PlekGestopt) -> None:
    running = [
        p for p in draft.state.placements if p.until is None and p.kind in ("beschut_werk", "dagbesteding")
    ]
    ended = next((p for p in running if data.soort in (None, p.kind)), None)
    if ended is None or running == [ended]:
        kind = ended.kind if ended else data.soort
        lost = (kind,) if kind else ("beschut_werk", "dagbesteding")
        reopen(draft, act, "De beschutte plek of dagbesteding is gestopt", lost=lost)
    if ended is None:
        draft.open_task(
            "plek_gestopt", act.id, "Er stopt een beschutte plek of dagbesteding die hier niet bekend is."
        )
        return
    stopped = ended.model_copy(update={"until": act.effective, "why_stopped": data.reden})
    draft.set(placements=tuple(stopped if p is ended else p for p in draft.state.placements))
    left = [p for p in running if p is not ended]
    _keep(draft, place=left[-1].kind if left else "")
    if left:
        return
    draft.open_task(
        "plek_gestopt",
        act.id,
        "De beschutte plek of dagbesteding is gestopt. Zoek een nieuwe plek; ondersteuning loopt door tot die er "
        "is.",
    )
    looking = draft.state.stage in (Stage.MNA, Stage.UITSTROOM)
    if (
        looking
        and all(p.until for p in draft.state.placements)
        and not draft.state.open_terms("herplaatsing")
    ):
        draft.arm("herplaatsing", act.effective)


# -- our own acts --------------------------------------------------------------------------------------


def check_beschut(state: JourneyState, act: Act, data: Vaststelling) -> None:
    advice = Facts(rows=state.resident.facts).value("beschut_advies", act.effective)
    if advice in ("", ONBEKEND):
        raise Refused(
            "UWV heeft nog niet geadviseerd over beschut werk (Participatiewet art. 10b lid 2). Vraag het advies "
            "aan of leg het vast."
        )
    differs = (data.uitkomst == "beschut") != (advice == "positief")
    if not data.reden and (differs or data.uitkomst == "niet_beschut"):
        raise Refused(
            f"UWV adviseerde {advice}. Vul 'reden' in: dit besluit neemt een mens en moet te begrijpen zijn."
        )


def beschut_vastgesteld(draft: Draft, act: Act, data: Vaststelling) -> None:
    went_out(draft, act, "beschut", data.uitkomst)
    draft.close_tasks(_ADVICE, by=act.by, on=act.effective, outcome=data.uitkomst.replace("_", " "))
    if data.uitkomst == "beschut" and not draft.state.open_terms("beschut_aanbod"):
        draft.arm("beschut_aanbod", act.effective)


def check_aanbod(state: JourneyState, act: Act, data: Nothing) -> None:
    if not state.open_terms("beschut_aanbod"):
        raise Refused(
            "Er staat geen aanbod van beschut werk open. Stel eerst vast dat de inwoner erop is aangewezen."
        )


def check_onderzoek(state: JourneyState, act: Act, data: Nothing) -> None:
    if not state.open_terms("wmo_onderzoek"):
        raise Refused("Er loopt geen Wmo-onderzoek. Leg eerst de melding voor ondersteuning vast.")


def wmo_onderzoek_afgerond(draft: Draft, act: Act, data: Nothing) -> None:
    _keep(draft, inquired_on=act.effective)
    draft.cancel(("wmo_persoonlijk_plan",), "het onderzoek is afgerond")
    _application_counts(draft, act.effective)


def check_wmo_besluit(state: JourneyState, act: Act, data: WmoBesluit) -> None:
    if not state.open_terms("wmo_besluit"):
        raise Refused(
            "Er staat geen aanvraag om ondersteuning open. Leg eerst de aanvraag vast (Wmo art. 2.3.5)."
        )
    if data.uitkomst == "afgewezen" and not data.reden:
        raise Refused(
            "Een afwijzing heeft een reden nodig: vul 'reden' in. Dit besluit neemt een mens en moet te "
            "begrijpen zijn."
        )


def wmo_besloten(draft: Draft, act: Act, data: WmoBesluit) -> None:
    went_out(draft, act, "wmo", data.uitkomst)


def stap_omhoog(draft: Draft, act: Act, data: Stap) -> None:
    """Upward is a person's choice of another route; nothing that runs stops for it."""
    draft.open_task(
        "kies_route",
        act.id,
        f"De inwoner kan een stap zetten naar {data.naar.replace('_', ' ')}. Kies de route die daarbij past; "
        "de plek van nu blijft tot de nieuwe is begonnen.",
        reasons=(data.naar,),
    )


# -- moments -------------------------------------------------------------------------------------------


def _uwv_is_late(draft: Draft, term: Deadline) -> None:
    draft.open_task(
        "uwv_herinneren",
        term.id,
        "UWV heeft nog niet geadviseerd over beschut werk. Herinner UWV en bel de inwoner.",
    )


def _inquiry_is_late(draft: Draft, term: Deadline) -> None:
    """The resident may apply now (Wmo 2.3.2 lid 9); what was applied for earlier counts from today."""
    _application_counts(draft, term.due + timedelta(days=1))


BREACHED["beschut_advies"] = _uwv_is_late
BREACHED["wmo_onderzoek"] = _inquiry_is_late

FACTS = (
    ActSpec(
        name="beschut_advies_gevraagd",
        label="Advies beschut werk gevraagd aan UWV",
        origin="van_buiten",
        roles=ANYONE,
        stages=OPEN_STAGES,
        rule=beschut_advies_gevraagd,
        may_arm=("beschut_advies",),
        why="Besluit advisering beschut werk art. 2: door de gemeente of de inwoner; acht weken",
    ),
    ActSpec(
        name="beschut_advies_ontvangen",
        label="Advies beschut werk van UWV ontvangen",
        origin="van_buiten",
        roles=ANYONE,
        stages=OPEN_STAGES,
        data=Advies,
        rule=beschut_advies_ontvangen,
        why="Participatiewet art. 10b lid 2; een advies is nog geen besluit",
    ),
    ActSpec(
        name="beschut_aanbod_afgeslagen",
        label="Aanbod beschut werk afgeslagen",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        rule=beschut_aanbod_afgeslagen,
        why="De inwoner wil deze plek niet; een mens zoekt verder",
    ),
    ActSpec(
        name="wmo_gemeld",
        label="Melding voor ondersteuning (Wmo)",
        origin="van_buiten",
        roles=ANYONE,
        stages=OPEN_STAGES,
        data=WmoMelding,
        rule=wmo_gemeld,
        may_arm=("wmo_onderzoek", "wmo_persoonlijk_plan"),
        why="Wmo art. 2.3.2: zes weken voor het onderzoek, zeven dagen voor een eigen plan",
    ),
    ActSpec(
        name="persoonlijk_plan_ontvangen",
        label="Persoonlijk plan van de inwoner ontvangen",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        meets=("wmo_persoonlijk_plan",),
        why="Wmo art. 2.3.2 lid 2",
    ),
    ActSpec(
        name="wmo_aangevraagd",
        label="Aanvraag om ondersteuning (Wmo)",
        origin="van_buiten",
        roles=ANYONE,
        stages=OPEN_STAGES,
        rule=wmo_aangevraagd,
        may_arm=("wmo_besluit",),
        why="Wmo art. 2.3.5: twee weken voor het besluit; na het onderzoek, of als dat te laat is",
    ),
    ActSpec(
        name="wmo_ingetrokken",
        label="Wmo-melding of -aanvraag ingetrokken",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        rule=wmo_ingetrokken,
        why="De inwoner ziet er zelf van af",
    ),
    ActSpec(
        name="plek_gestart",
        label="Beschut werk of dagbesteding gestart",
        origin="van_buiten",
        roles=ANYONE,
        stages=OPEN_STAGES,
        data=PlekGestart,
        rule=plek_gestart,
        plannable=True,
        may_arm=("check_in",),
        why="De aanbieder meldt de start; elk jaar wordt bekeken of de plek nog past",
    ),
    ActSpec(
        name="plek_gestopt",
        label="Beschut werk of dagbesteding gestopt",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        data=PlekGestopt,
        rule=plek_gestopt,
        plannable=True,
        moves_from=frozenset({Stage.NAZORG}),
        may_lead_to=frozenset({Stage.MNA}),
        may_arm=("herplaatsing", "trede_meting", "trede_nulmeting"),
        why="De aanbieder meldt het einde; iemand zoekt meteen een nieuwe plek",
    ),
)
"""What others tell us; fits in every route."""

OWN = (
    ActSpec(
        name="beschut_vastgesteld",
        label="Beschut werk vastgesteld",
        origin="eigen",
        roles=DECIDES,
        stages=OPEN_STAGES,
        data=Vaststelling,
        check=check_beschut,
        rule=beschut_vastgesteld,
        negative=True,
        may_arm=("beschut_aanbod", "bezwaar_indienen"),
        why="Participatiewet art. 10b lid 1: het college stelt vast, een mens besluit",
    ),
    ActSpec(
        name="beschut_aangeboden",
        label="Beschut werk aangeboden",
        origin="eigen",
        roles=COACH,
        stages=OPEN_STAGES,
        meets=("beschut_aanbod",),
        check=check_aanbod,
        why="Participatiewet art. 10b lid 6: een plicht zolang het aantal van het jaar niet gehaald is",
    ),
    ActSpec(
        name="wmo_onderzoek_afgerond",
        label="Wmo-onderzoek afgerond",
        origin="eigen",
        roles=COACH | DECIDES,
        stages=ALL_STAGES,
        meets=("wmo_onderzoek",),
        check=check_onderzoek,
        rule=wmo_onderzoek_afgerond,
        why="Wmo art. 2.3.2: het verslag is bij de inwoner",
    ),
    ActSpec(
        name="wmo_besloten",
        label="Besluit over ondersteuning (Wmo) bekendgemaakt",
        origin="eigen",
        roles=DECIDES,
        stages=ALL_STAGES,
        data=WmoBesluit,
        meets=("wmo_besluit",),
        check=check_wmo_besluit,
        rule=wmo_besloten,
        negative=True,
        may_arm=("bezwaar_indienen",),
        why="Wmo art. 2.3.5 lid 2; altijd door een mens",
    ),
    ActSpec(
        name="stap_omhoog",
        label="Stap omhoog mogelijk",
        origin="eigen",
        roles=COACH,
        stages=OPEN_STAGES,
        data=Stap,
        rule=stap_omhoog,
        why="Van dagbesteding of beschut naar meer: een mens kiest de route",
    ),
)
"""What our own people do for somebody who needs a sheltered place."""

ACTS = (*FACTS, *OWN)
