"""Debt help (schuldhulp, the BAD) beside any route: request, first talk, decision, plan, aftercare.

Sources: Wet gemeentelijke schuldhulpverlening (Wgs) art. 3, 4 and 4a. The journey knows where the track
stands and the next date, never a debt, a creditor or an amount: the law gives these data for debt help
alone (Wgs 8a to 8d).
"""

from typing import Literal

from pydantic import Field

from domain.acts import Nothing, Reason
from domain.base import Frozen
from domain.declaration import ALL_STAGES, OPEN_STAGES, ActSpec
from domain.draft import Draft
from domain.happenings import Act, Refused
from domain.journey import JourneyState, Track
from domain.roles import ANYONE, COACH, DECIDES, FRONT
from domain.topics.sent_decisions import went_out

DebtStage = Literal["aanmelding", "gesprek", "besluit", "plan", "nazorg", "klaar"]
"""aanmelding: an offer is out or due; gesprek: the first talk is due; besluit: the decision is due."""

DEBT_HELP = FRONT | COACH
TERMS = (
    "schuld_eerste_gesprek",
    "schuld_bedreigend",
    "schuld_besluit",
    "schuld_plan",
    "schuld_voortgang",
    "schuld_nazorg",
)
_OFFER = "schuldhulp_aanbieden"


class Verzoek(Frozen):
    bedreigend: bool = Field(
        default=False,
        description="Dreiging van ontruiming, afsluiting van energie of water, of einde van de zorgverzekering",
    )


class Besluit(Frozen):
    uitkomst: Literal["toegelaten", "geweigerd"]
    reden: str = Field(default="", max_length=200)


class Gestopt(Frozen):
    reden: str = Reason


def stage_of(state: JourneyState) -> str:
    """Where debt help stands (a `DebtStage`); empty when nothing was ever asked or signalled."""
    return state.side_tracks.get(Track.SCHULDEN, "")


def _go(draft: Draft, stage: DebtStage) -> None:
    draft.set(side_tracks={**draft.state.side_tracks, Track.SCHULDEN: stage})


def _close_offers(draft: Draft, act: Act, outcome: str) -> None:
    draft.close_tasks(_OFFER, by=act.by, on=act.effective, outcome=outcome)


def achterstand_gemeld(draft: Draft, act: Act, data: Nothing) -> None:
    """A signal (Wgs 3 lid 1 b): a person offers a talk. Many signals of one month are one offer."""
    if draft.state.open_tasks(_OFFER):
        return
    stage = stage_of(draft.state)
    if stage in ("", "klaar"):
        _go(draft, "aanmelding")
        text = (
            "Er is een signaal van betalingsachterstand. Bied een eerste gesprek aan; een signaal is nog geen "
            "feit en de inwoner mag weigeren (Wgs art. 3)."
        )
    else:
        text = "Er is opnieuw een signaal van betalingsachterstand terwijl schuldhulp loopt. Bespreek het."
    draft.open_task(_OFFER, act.id, text)


def schuldhulp_gevraagd(draft: Draft, act: Act, data: Verzoek) -> None:
    """A request, or an offer that was accepted: four weeks, or three working days under threat (Wgs 4)."""
    _close_offers(draft, act, "de inwoner wil schuldhulp")
    running = stage_of(draft.state) in ("gesprek", "besluit", "plan")
    if running and not data.bedreigend:
        draft.open_task(
            "tweede_verzoek_schuldhulp",
            act.id,
            "De inwoner vraagt opnieuw om schuldhulp terwijl er al een traject loopt. Bekijk wat nodig is.",
        )
        return
    if not running:
        _go(draft, "gesprek")
        draft.cancel(("schuld_nazorg",), "de inwoner vraagt opnieuw om schuldhulp")
        draft.arm("schuld_eerste_gesprek", act.effective, track=Track.SCHULDEN)
    if data.bedreigend:
        _under_threat(draft, act)


def schuld_bedreiging_gemeld(draft: Draft, act: Act, data: Nothing) -> None:
    """A threat heard of without a request gets the same three days: waiting for a form costs a home."""
    if stage_of(draft.state) in ("", "klaar"):
        _go(draft, "aanmelding")
    _under_threat(draft, act)


def _under_threat(draft: Draft, act: Act) -> None:
    if not draft.state.open_terms("schuld_bedreigend"):
        draft.arm("schuld_bedreigend", act.effective, track=Track.SCHULDEN)


def schuldhulp_afgeslagen(draft: Draft, act: Act, data: Nothing) -> None:
    """An offer that is refused has no consequence; a later request is as welcome as a first one."""
    _close_offers(draft, act, "de inwoner wil nu geen schuldhulp")
    if stage_of(draft.state) == "aanmelding" and not draft.state.open_terms("schuld_bedreigend"):
        _go(draft, "klaar")
    elif draft.state.open_terms("schuld_bedreigend"):
        draft.open_task(
            "bedreigend_afgeslagen",
            act.id,
            "De inwoner wil geen schuldhulp, maar er dreigt ontruiming, afsluiting of einde van de "
            "zorgverzekering. Zoek persoonlijk contact en overleg met de teamleider.",
            role="teamleider",
        )


def schuldhulp_ingetrokken(draft: Draft, act: Act, data: Nothing) -> None:
    """The resident withdraws: nothing runs on, and whether it was wise is asked once by a person."""
    running = stage_of(draft.state) not in ("", "klaar")
    threatened = bool(draft.state.open_terms("schuld_bedreigend"))
    _close_offers(draft, act, "de inwoner trok het verzoek in")
    draft.cancel(TERMS, "de inwoner trok het verzoek om schuldhulp in", on=act.effective)
    if running:
        _go(draft, "klaar")
    if threatened or not running:
        draft.open_task(
            "schuldhulp_ingetrokken",
            act.id,
            "De inwoner trok het verzoek om schuldhulp in "
            + (
                "terwijl er iets dreigt. Vraag waarom."
                if threatened
                else "maar er liep er geen. Zoek het uit."
            ),
        )


def check_gesprek(state: JourneyState, act: Act, data: Nothing) -> None:
    if not (
        state.open_terms("schuld_eerste_gesprek")
        or state.open_terms("schuld_bedreigend")
        or stage_of(state) == "aanmelding"
    ):
        raise Refused(
            "Er staat geen gesprek over schulden open. Leg eerst het verzoek of het signaal vast; een later "
            "gesprek hoort bij 'Voortgang schuldhulp besproken'."
        )


def schuld_gesprek_gevoerd(draft: Draft, act: Act, data: Nothing) -> None:
    """The term of the decision starts after the first talk (Wgs 4a lid 3)."""
    _close_offers(draft, act, "er is een gesprek gevoerd")
    if stage_of(draft.state) in ("aanmelding", "gesprek"):
        _go(draft, "besluit")
        draft.arm("schuld_besluit", act.effective, track=Track.SCHULDEN)


def check_niet_verschenen(state: JourneyState, act: Act, data: Nothing) -> None:
    if not (state.open_terms("schuld_eerste_gesprek") or state.open_terms("schuld_bedreigend")):
        raise Refused("Er staat geen gesprek over schulden open. Leg eerst het verzoek vast.")


def schuld_niet_verschenen(draft: Draft, act: Act, data: Nothing) -> None:
    """Debt help is voluntary: whoever does not come is looked for, never punished. The term runs on."""
    draft.open_task(
        "schuld_niet_verschenen",
        act.id,
        "De inwoner kwam niet naar het gesprek over schulden. Bel of ga langs en maak een nieuwe afspraak; er "
        "zijn geen gevolgen aan verbonden.",
    )


def check_besluit(state: JourneyState, act: Act, data: Besluit) -> None:
    if not state.open_terms("schuld_besluit"):
        raise Refused(
            "Er staat geen besluit over schuldhulp open. Voer eerst het eerste gesprek (Wgs art. 4)."
        )
    if data.uitkomst == "geweigerd" and not data.reden:
        raise Refused(
            "Een weigering heeft een reden nodig: vul 'reden' in. Dit besluit neemt een mens en moet te "
            "begrijpen zijn."
        )


def schuld_besluit_genomen(draft: Draft, act: Act, data: Besluit) -> None:
    went_out(draft, act, "schuld", data.uitkomst)
    if data.uitkomst == "toegelaten":
        _go(draft, "plan")
        draft.arm("schuld_plan", act.effective, track=Track.SCHULDEN)
        return
    _go(draft, "klaar")
    if draft.state.open_terms("schuld_bedreigend"):
        draft.open_task(
            "bedreigend_geweigerd",
            act.id,
            "Schuldhulp is geweigerd terwijl er iets dreigt. Bekijk vandaag wie de inwoner wel kan helpen.",
            role="teamleider",
        )


def check_in_plan(state: JourneyState, act: Act, data: Frozen) -> None:
    if stage_of(state) != "plan":
        raise Refused(
            f"Dit hoort bij een lopend plan voor de schulden; het spoor staat nu op "
            f"{stage_of(state) or 'niet begonnen'}. Leg eerst vast wat daaraan voorafging."
        )


def schuld_plan_vastgesteld(draft: Draft, act: Act, data: Nothing) -> None:
    if not draft.state.open_terms("schuld_voortgang"):
        draft.arm("schuld_voortgang", act.effective, track=Track.SCHULDEN)


def schuld_voortgang_besproken(draft: Draft, act: Act, data: Nothing) -> None:
    met = draft.meet("schuld_voortgang", act.effective)
    if not draft.state.open_terms("schuld_voortgang") and not draft.state.open_terms("schuld_plan"):
        draft.arm("schuld_voortgang", met[-1].dates.raw_end if met else act.effective, track=Track.SCHULDEN)


def schuld_traject_geslaagd(draft: Draft, act: Act, data: Nothing) -> None:
    draft.cancel(("schuld_plan", "schuld_voortgang"), "de schuldhulp is geslaagd")
    _go(draft, "nazorg")
    draft.arm("schuld_nazorg", act.effective, track=Track.SCHULDEN)


def schuld_traject_gestopt(draft: Draft, act: Act, data: Gestopt) -> None:
    went_out(draft, act, "schuld", "gestopt")
    draft.cancel(TERMS, "de schuldhulp is gestopt")
    _go(draft, "klaar")


def check_nazorg(state: JourneyState, act: Act, data: Nothing) -> None:
    if stage_of(state) != "nazorg":
        raise Refused(
            "Er staat geen nazorg na schuldhulp open. Leg eerst vast dat de schuldhulp geslaagd is."
        )


def schuld_nazorg_gevoerd(draft: Draft, act: Act, data: Nothing) -> None:
    _go(draft, "klaar")


def check_nothing_owed(state: JourneyState) -> None:
    """Raises Refused when the journey cannot end because debt help still owes the resident something."""
    if stage_of(state) in ("gesprek", "besluit", "plan") or state.open_terms("schuld_bedreigend"):
        raise Refused(
            "De klantroute kan niet dicht: er loopt nog schuldhulp. Rond die af, of leg vast dat de inwoner het "
            "verzoek heeft ingetrokken."
        )


ACTS = (
    ActSpec(
        name="achterstand_gemeld",
        label="Signaal van betalingsachterstand",
        origin="van_buiten",
        roles=ANYONE,
        stages=OPEN_STAGES,
        rule=achterstand_gemeld,
        why="Wgs art. 3 lid 1 b: vroegsignalering; een mens biedt een gesprek aan",
    ),
    ActSpec(
        name="schuldhulp_gevraagd",
        label="Schuldhulp gevraagd",
        origin="van_buiten",
        roles=ANYONE,
        stages=OPEN_STAGES,
        data=Verzoek,
        rule=schuldhulp_gevraagd,
        may_arm=("schuld_bedreigend", "schuld_eerste_gesprek"),
        why="Wgs art. 4: verzoek of aanvaard aanbod; eerste gesprek binnen vier weken of drie werkdagen",
    ),
    ActSpec(
        name="schuld_bedreiging_gemeld",
        label="Bedreigende schuldsituatie gemeld",
        origin="van_buiten",
        roles=ANYONE,
        stages=OPEN_STAGES,
        rule=schuld_bedreiging_gemeld,
        may_arm=("schuld_bedreigend",),
        why="Wgs art. 4 lid 2: ontruiming, energie, water of zorgverzekering; drie werkdagen",
    ),
    ActSpec(
        name="schuldhulp_afgeslagen",
        label="Aanbod van schuldhulp afgeslagen",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        rule=schuldhulp_afgeslagen,
        why="Schuldhulp is vrijwillig",
    ),
    ActSpec(
        name="schuldhulp_ingetrokken",
        label="Verzoek om schuldhulp ingetrokken",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        rule=schuldhulp_ingetrokken,
        why="De inwoner ziet er zelf van af",
    ),
    ActSpec(
        name="schuld_gesprek_gevoerd",
        label="Gesprek over schulden gevoerd",
        origin="eigen",
        roles=DEBT_HELP,
        stages=ALL_STAGES,
        meets=("schuld_eerste_gesprek", "schuld_bedreigend"),
        check=check_gesprek,
        rule=schuld_gesprek_gevoerd,
        may_arm=("schuld_besluit",),
        why="Wgs art. 4; daarna loopt de termijn voor het besluit",
    ),
    ActSpec(
        name="schuld_niet_verschenen",
        label="Niet verschenen voor het gesprek over schulden",
        origin="eigen",
        roles=DEBT_HELP,
        stages=ALL_STAGES,
        check=check_niet_verschenen,
        rule=schuld_niet_verschenen,
        why="Vrijwillig: zelf contact zoeken, geen gevolgen",
    ),
    ActSpec(
        name="schuld_besluit_genomen",
        label="Besluit over schuldhulp bekendgemaakt",
        origin="eigen",
        roles=DECIDES,
        stages=ALL_STAGES,
        data=Besluit,
        meets=("schuld_besluit",),
        check=check_besluit,
        rule=schuld_besluit_genomen,
        negative=True,
        may_arm=("bezwaar_indienen", "schuld_plan"),
        why="Wgs art. 4a lid 3: binnen de termijn van de verordening, altijd door een mens",
    ),
    ActSpec(
        name="schuld_plan_vastgesteld",
        label="Plan voor de schulden vastgesteld",
        origin="eigen",
        roles=DEBT_HELP,
        stages=ALL_STAGES,
        meets=("schuld_plan",),
        check=check_in_plan,
        rule=schuld_plan_vastgesteld,
        may_arm=("schuld_voortgang",),
        why="Samen met de inwoner; daarna regelmatig contact",
    ),
    ActSpec(
        name="schuld_voortgang_besproken",
        label="Voortgang schuldhulp besproken",
        origin="eigen",
        roles=DEBT_HELP,
        stages=ALL_STAGES,
        check=check_in_plan,
        rule=schuld_voortgang_besproken,
        why="Schuldhulp duurt jaren; iemand houdt contact",
    ),
    ActSpec(
        name="schuld_traject_geslaagd",
        label="Schuldhulp geslaagd",
        origin="eigen",
        roles=DEBT_HELP,
        stages=ALL_STAGES,
        check=check_in_plan,
        rule=schuld_traject_geslaagd,
        may_arm=("schuld_nazorg",),
        why="Begroting: een hoger slagingspercentage; daarna nazorg",
    ),
    ActSpec(
        name="schuld_traject_gestopt",
        label="Schuldhulp gestopt",
        origin="eigen",
        roles=DECIDES,
        stages=ALL_STAGES,
        data=Gestopt,
        check=check_in_plan,
        rule=schuld_traject_gestopt,
        negative=True,
        may_arm=("bezwaar_indienen",),
        why="Een mens beëindigt, met een reden",
    ),
    ActSpec(
        name="schuld_nazorg_gevoerd",
        label="Nazorg na schuldhulp gevoerd",
        origin="eigen",
        roles=DEBT_HELP,
        stages=ALL_STAGES,
        meets=("schuld_nazorg",),
        check=check_nazorg,
        rule=schuld_nazorg_gevoerd,
        why="Zorgen dat schulden niet terugkomen",
    ),
)
"""Debt help runs beside every route, so every route has these acts."""
