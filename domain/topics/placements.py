"""Places where somebody takes part: begun, paused, stopped; any number side by side."""

from collections.abc import Iterable
from datetime import date
from typing import Literal

from pydantic import Field

from domain.acts import Reason
from domain.base import Frozen
from domain.calendars import ONE_DAY, say
from domain.declaration import ActSpec
from domain.draft import Draft
from domain.happenings import Act, Refused
from domain.journey import FlagKind, JourneyState, Stage
from domain.mna import IMPOSED, UNKNOWN, MnaDays, Pause, Period, Placement, count_days, legal_face
from domain.policy import Policy
from domain.roles import ANYONE, COACH
from domain.topics.check_ins import keep_check_ins
from domain.topics.proposals import Kenmerken, MnaVorm, begin_proposed, refuse_imposing
from domain.topics.trial_places import begin_terms, end_terms

_PLACES = frozenset({Stage.MNA, Stage.UITSTROOM})


class MnaGestart(Kenmerken):
    vorm: MnaVorm
    plek: str = Field(min_length=2, max_length=80, description="Bij wie: KonnecteD, Cambio, buurthuis")
    grond: Literal["aangeboden", "opgedragen", "vrijwillig", "onbekend"] = "onbekend"
    voorstel: str = Field(default="", description="Kenmerk van het voorstel waar de plek uit komt")


class MnaGepauzeerd(Frozen):
    plaatsing: str = Field(default="", description="Kenmerk van de plaatsing; leeg: de laatste die loopt")
    reden: Literal["partner_gesloten", "vakantie", "thuis_nodig", "overig"]
    verwacht_tot: date | None = Field(default=None, description="Verwachte laatste dag van de pauze")


class MnaHervat(Frozen):
    plaatsing: str = ""


class MnaGestopt(Frozen):
    reden: str = Reason
    plaatsing: str = Field(default="", description="Kenmerk van de plaatsing; leeg: de laatste die loopt")
    door: Literal["onbekend", "inwoner", "partner", "gemeente", "samen"] = "onbekend"
    oorzaak: Literal[
        "onbekend",
        "afgerond",
        "past_niet",
        "voorziening_eindigt",
        "ander_doel",
        "te_zwaar",
        "verhuizing",
        "overig",
    ] = "onbekend"
    zonder_opvolging: bool = Field(
        default=False, description="Stopt hoewel er nog geen nieuwe plek is begonnen; de reden zegt waarom"
    )


class VoorzieningEindigt(Frozen):
    plaatsing: str = Field(default="", description="Kenmerk van de plaatsing; leeg: de laatste die loopt")
    per: date = Field(description="Laatste dag waarop de plek er nog is")
    reden: Literal["contract_eindigt", "partner_stopt", "plek_vervalt", "overig"] = "overig"


def face_of(placement: Placement, on: date, policy: Policy) -> tuple[str, str]:
    """What a placement is by law on a day, and by which article (`domain.mna.legal_face`)."""
    return legal_face(placement.ground, policy.on(on).readings["wettelijke_grondslag_mna"])


def days_of(state: JourneyState, over: Period, capable: Iterable[Period] | None) -> MnaDays:
    """The days of one resident with and without an activity (`domain.mna.count_days`), exemptions known.

    Args:
        state: the journey.
        over: the days to look at.
        capable: when the resident had work capacity and a benefit; None: nobody knows.
    """
    exempt = [
        Period(flag.since, flag.ended - ONE_DAY if flag.ended else None)
        for flag in state.flags_of(FlagKind.ONTHEFFING)
    ]
    return count_days(state.placements, over=over, capable=capable, exempt=exempt)


def _find(state: JourneyState, wanted: str) -> Placement | None:
    """The running placement that is meant: by its id, else the last one."""
    running = state.running_placements()
    if wanted:
        return next((placement for placement in running if placement.id == wanted), None)
    return running[-1] if running else None


def _meant(state: JourneyState, wanted: str, to_do: str) -> Placement:
    found = _find(state, wanted)
    if found is None:
        known = ", ".join(p.id for p in state.running_placements() if p.id) or "geen"
        raise Refused(
            f"Er loopt geen activiteit{f' {wanted!r}' if wanted else ''} die kan {to_do}. Leg eerst de start van "
            f"een activiteit vast. Lopende plaatsingen: {known}."
        )
    return found


def _replace(draft: Draft, old: Placement, **changes: object) -> None:
    new = old.model_copy(update=changes)
    draft.set(placements=tuple(new if p is old else p for p in draft.state.placements))


def check_mna_gestart(state: JourneyState, act: Act, data: MnaGestart) -> None:
    proposal = None
    if data.voorstel:
        proposal = next((p for p in state.proposals if p.id == data.voorstel), None)
        if proposal is None:
            known = ", ".join(p.id for p in state.proposals) or "geen"
            raise Refused(f"Voorstel {data.voorstel!r} staat niet in deze klantroute. Voorstellen: {known}.")
    imposed = proposal is not None and proposal.ground == IMPOSED
    if data.grond == IMPOSED and not imposed:
        raise Refused(
            "Een opgedragen activiteit begint met een besluit van een mens. Leg eerst vast dat de tegenprestatie is "
            "opgedragen, en noem dat voorstel bij de start."
        )
    if imposed and data.grond in (IMPOSED, UNKNOWN):
        refuse_imposing(state)


def mna_gestart(draft: Draft, act: Act, data: MnaGestart) -> None:
    proposal = begin_proposed(draft, data.voorstel, act.effective)
    details = data.details()
    ground: str = data.grond
    if proposal is not None:
        # What was agreed with the partner holds, unless something else is said at the start.
        details = {
            name: getattr(proposal, name) if said in (UNKNOWN, None) else said
            for name, said in details.items()
        }
        ground = proposal.ground if ground == UNKNOWN else ground
    placement = Placement(
        id=draft.state.next_placement_id(),
        kind=data.vorm,
        place=data.plek,
        since=act.effective,
        ground=ground,
        proposal=data.voorstel,
        terms=begin_terms(draft, data.vorm, act.effective),
        **details,
    )
    draft.set(placements=(*draft.state.placements, placement))
    for term in draft.state.open_terms("nieuwe_plek"):
        draft.fulfil(term, act.effective)
    keep_check_ins(draft, act.effective)


def check_mna_gepauzeerd(state: JourneyState, act: Act, data: MnaGepauzeerd) -> None:
    placement = _meant(state, data.plaatsing, "pauzeren")
    if placement.pause is not None:
        raise Refused("Deze activiteit is al gepauzeerd. Leg eerst vast dat zij weer is begonnen.")
    if data.verwacht_tot is not None and data.verwacht_tot < act.effective:
        raise Refused(
            f"De pauze kan niet eindigen ({say(data.verwacht_tot)}) voordat zij begint ({say(act.effective)}). "
            "Controleer de datum."
        )


def mna_gepauzeerd(draft: Draft, act: Act, data: MnaGepauzeerd) -> None:
    """The place stays; its partner is closed, or there is a holiday. Somebody looks when it should go on."""
    placement = _meant(draft.state, data.plaatsing, "pauzeren")
    pause = Pause(since=act.effective, reason=data.reden, expected_until=data.verwacht_tot)
    until = data.verwacht_tot and data.verwacht_tot + ONE_DAY
    term = draft.arm("mna_hervatting", act.effective, until=until)
    _replace(draft, placement, pauses=(*placement.pauses, pause), terms=(*placement.terms, term.id))


def check_mna_hervat(state: JourneyState, act: Act, data: MnaHervat) -> None:
    if not any(p.pause for p in state.running_placements() if data.plaatsing in ("", p.id)):
        raise Refused(
            "Er is geen gepauzeerde activiteit die weer kan beginnen. Kijk in de lijst van plaatsingen."
        )


def mna_hervat(draft: Draft, act: Act, data: MnaHervat) -> None:
    paused = [p for p in draft.state.running_placements() if p.pause and data.plaatsing in ("", p.id)]
    placement = paused[-1]
    pause = placement.pause
    assert pause is not None
    ended = pause.model_copy(update={"ended": max(act.effective, pause.since)})
    for term in draft.state.open_terms("mna_hervatting"):
        if term.id in placement.terms:
            draft.fulfil(term, act.effective)
    _replace(draft, placement, pauses=tuple(ended if p is pause else p for p in placement.pauses))


def check_mna_gestopt(state: JourneyState, act: Act, data: MnaGestopt) -> None:
    placement = _meant(state, data.plaatsing, "stoppen")
    if act.effective < placement.since:
        raise Refused(
            f"Deze activiteit begon op {say(placement.since)} en kan niet op {say(act.effective)} gestopt zijn. "
            "Controleer de datum."
        )
    ends = placement.ends_on is not None or data.oorzaak == "voorziening_eindigt"
    others = [p for p in state.running_placements() if p is not placement and not p.ends_on]
    if ends and data.door in ("gemeente", "onbekend") and not others and not data.zonder_opvolging:
        raise Refused(
            "De oude voorziening eindigt pas als de nieuwe is begonnen (continueringsplicht). Leg eerst de start van "
            "de nieuwe plek vast, of geef met 'zonder_opvolging' en een reden aan waarom het zonder kan."
        )


def mna_gestopt(draft: Draft, act: Act, data: MnaGestopt) -> None:
    """MNA lasts as long as there is no own place: after each stop somebody looks for a new one."""
    placement = _meant(draft.state, data.plaatsing, "stoppen")
    stop_placement(draft, placement, act.effective, data.reden, by=data.door, cause=data.oorzaak)
    if not draft.state.running_placements():
        draft.cancel(("nieuwe_plek",), "de plek is gestopt; nu loopt de termijn voor een nieuwe")
        if not draft.state.open_terms("herplaatsing"):
            draft.arm("herplaatsing", act.effective)


def stop_placement(
    draft: Draft, placement: Placement, on: date, why: str, *, by: str = "", cause: str = ""
) -> None:
    """An episode is over, and with it the terms that ran because of it."""
    end_terms(draft, placement, on)
    pauses = tuple(
        pause if pause.ended else pause.model_copy(update={"ended": max(on, pause.since)})
        for pause in placement.pauses
    )
    _replace(draft, placement, until=on, why_stopped=why, stopped_by=by, cause=cause, pauses=pauses)


def voorziening_eindigt(draft: Draft, act: Act, data: VoorzieningEindigt) -> None:
    """A partner stops or a contract ends: the search for a new place begins before the old one is gone."""
    placement = _find(draft.state, data.plaatsing)
    if placement is None or draft.state.stage not in _PLACES:
        draft.open_task(
            "voorziening_eindigt",
            act.id,
            f"Een voorziening eindigt op {say(data.per)}, maar hier loopt geen plek die daarbij hoort. "
            "Bekijk of de inwoner iets nodig heeft.",
        )
        return
    _replace(draft, placement, ends_on=data.per)
    if any(not p.ends_on for p in draft.state.running_placements()):
        return
    until = max(data.per, act.effective)
    running = draft.state.open_terms("nieuwe_plek")
    if not running:
        draft.arm("nieuwe_plek", act.effective, until=until)
    elif until != running[0].due:
        draft.move(running[0], set_end=until, text=f"De plek is er tot en met {say(until)}")


ACTS = (
    ActSpec(
        name="mna_gestart",
        label="Activiteit gestart",
        origin="eigen",
        roles=COACH,
        stages=_PLACES,
        data=MnaGestart,
        meets=("start_mna", "herplaatsing"),
        check=check_mna_gestart,
        rule=mna_gestart,
        plannable=True,
        may_arm=(
            "check_in",
            "participatieplaats_maximum",
            "participatieplaats_premie",
            "participatieplaats_scholing",
            "participatieplaats_stop",
            "participatieplaats_toets",
            "proefplaats",
            "proefplaats_maximum",
        ),
        why="Iedereen met arbeidsvermogen doet mee zolang er geen eigen plek is",
    ),
    ActSpec(
        name="mna_gepauzeerd",
        label="Activiteit gepauzeerd",
        origin="eigen",
        roles=COACH,
        stages=_PLACES,
        data=MnaGepauzeerd,
        check=check_mna_gepauzeerd,
        rule=mna_gepauzeerd,
        plannable=True,
        may_arm=("mna_hervatting",),
        why="De plek blijft; op de verwachte dag kijkt iemand of het weer begint",
    ),
    ActSpec(
        name="mna_hervat",
        label="Activiteit hervat",
        origin="eigen",
        roles=COACH,
        stages=_PLACES,
        data=MnaHervat,
        check=check_mna_hervat,
        rule=mna_hervat,
        plannable=True,
        why="Na een pauze gaat dezelfde plek verder",
    ),
    ActSpec(
        name="mna_gestopt",
        label="Activiteit gestopt",
        origin="eigen",
        roles=COACH,
        stages=_PLACES,
        data=MnaGestopt,
        check=check_mna_gestopt,
        rule=mna_gestopt,
        plannable=True,
        may_arm=("herplaatsing",),
        why="Na elke stop loopt een termijn voor een nieuwe plek",
    ),
    ActSpec(
        name="voorziening_eindigt",
        label="Voorziening eindigt",
        origin="van_buiten",
        roles=ANYONE,
        stages=_PLACES,
        data=VoorzieningEindigt,
        rule=voorziening_eindigt,
        may_arm=("nieuwe_plek",),
        why="Continueringsplicht: de oude plek eindigt pas als de nieuwe is begonnen",
    ),
)
