"""Exit, aftercare and the end of a journey."""

from datetime import date, timedelta
from typing import Literal

from pydantic import Field

from domain.acts import Nothing, Reason
from domain.base import Frozen
from domain.calendars import start_of_day
from domain.declaration import ALL_STAGES, OPEN_STAGES, UNTIL_EXIT, ActSpec
from domain.draft import Draft
from domain.happenings import Act, Refused
from domain.journey import Deadline, JourneyState, Stage, Track
from domain.roles import ANYONE, COACH, LEAD
from domain.topics import debts, moments


class Uitstroom(Frozen):
    bestemming: Literal["werk_regulier", "werk_garantiebaan", "beschut_werk", "onderwijs", "dagbesteding"]


class Beeindiging(Frozen):
    exit: Literal["verhuizing", "overlijden", "vrijwillig", "geen_recht", "pensioen"]
    reden: str = Reason


class Afsluiting(Frozen):
    reden: str = Field(default="", max_length=200)


_PLANNABLE_FACTS = (
    "verhuizing_gemeld",
    "werk_gestopt",
    "ondersteunde_baan_gestart",
    "ondersteunde_baan_gestopt",
    "plek_gestart",
    "plek_gestopt",
)
BEFORE_EXIT = (
    "eerste_gesprek",
    "nieuwe_uitnodiging",
    "plan",
    "start_mna",
    "herplaatsing",
    "check_in",
    "aanvaarding",
    "eerste_herbeoordeling",
)
BESIDE = ("pip", "pip_aanvulling", "pip_verhuizing", "inburgering", "wmo_onderzoek", "schuld_nazorg")
"""What runs beside the stages and would be forgotten when a journey ends: only with a reason."""
_ASKED = {
    "wmo_besluit": "een aanvraag om ondersteuning (Wmo)",
    "lks_besluit": "een verzoek om loonkostensubsidie",
    "voorziening_besluit": "een verzoek om een voorziening",
}
AFTERCARE = ("nazorg_1", "nazorg_3", "nazorg_6")


def uitstroom_vastgesteld(draft: Draft, act: Act, data: Uitstroom) -> None:
    draft.cancel(BEFORE_EXIT, f"uitstroom naar {data.bestemming.replace('_', ' ')}")
    draft.set(
        exit=data.bestemming,
        placements=tuple(
            p if p.until else p.model_copy(update={"until": act.effective, "why_stopped": "uitstroom"})
            for p in draft.state.placements
        ),
    )
    for key in AFTERCARE:
        draft.arm(key, act.effective)


def check_nazorg(state: JourneyState, act: Act, data: Nothing) -> None:
    if not any(state.open_terms(key) for key in AFTERCARE):
        raise Refused("Alle nazorggesprekken zijn al gevoerd. Sluit de klantroute af.")


def nazorg_gevoerd(draft: Draft, act: Act, data: Nothing) -> None:
    waiting = [term for key in AFTERCARE for term in draft.state.open_terms(key)]
    for number, term in enumerate(waiting):
        # One talk serves the moment that waits longest, and any other that is due or nearly so.
        if number == 0 or term.due <= act.effective + timedelta(days=14):
            draft.fulfil(term, act.effective)
    if not any(draft.state.open_terms(key) for key in AFTERCARE):
        draft.arm("afsluiting", act.effective)


def werk_gestopt(draft: Draft, act: Act, data: Nothing) -> None:
    """Work lost within the aftercare: the journey opens again and nobody has to ask for it."""
    if draft.state.stage is not Stage.NAZORG:
        draft.open_task(
            "werk_gestopt", act.id, "Werk of opleiding is gestopt. Bekijk wat de inwoner nodig heeft."
        )
        return
    draft.cancel((*AFTERCARE, "afsluiting"), "werk of opleiding is gestopt")
    draft.set(exit="")
    draft.enter(Stage.MNA)
    draft.arm("herplaatsing", act.effective)


def check_close(state: JourneyState, act: Act, data: Afsluiting) -> None:
    waiting = [key for key in (*AFTERCARE, *BESIDE) if state.open_terms(key)]
    if waiting and not data.reden:
        raise Refused(
            f"De klantroute kan nog niet dicht: {', '.join(waiting)} staat nog open. Rond dat af, "
            "of geef met 'reden' aan waarom het zonder kan."
        )
    _nothing_owed(state)


def check_end(state: JourneyState, act: Act, data: Beeindiging) -> None:
    if data.exit != "overlijden":
        _nothing_owed(state)


def _nothing_owed(state: JourneyState) -> None:
    """Who asked for something gets an answer before the journey ends."""
    debts.check_nothing_owed(state)
    for key, what in _ASKED.items():
        if state.open_terms(key):
            raise Refused(
                f"De klantroute kan niet dicht: er loopt nog {what}. Maak het besluit bekend, of leg vast dat het "
                "verzoek is ingetrokken."
            )
    if state.application_term():
        raise Refused(
            "De klantroute kan niet dicht: er loopt nog een aanvraag. Maak het besluit bekend, of leg vast "
            "dat de inwoner de aanvraag heeft ingetrokken."
        )


def close(draft: Draft, act: Act, data: Afsluiting | Beeindiging) -> None:
    if isinstance(data, Beeindiging):
        draft.set(exit=data.exit)
    close_journey(draft, act.effective, data.reden or "nazorg afgerond")


def close_journey(draft: Draft, on: date, why: str) -> None:
    """Nothing runs on after the end. The closed journey still listens for facts for some weeks."""
    waiting = {task.id for task in draft.state.open_tasks()}
    for term in draft.state.terms:
        # A question that waits for a person (an objection, say) is not silenced by closing.
        if term.is_open and term.task not in waiting and not _runs_on(term):
            draft.cancel_term(term, "de klantroute is gesloten")
    facts = tuple(planned for planned in draft.state.planned if planned.name in _PLANNABLE_FACTS)
    forget = start_of_day(draft.today + timedelta(weeks=draft.policy.closed_weeks))
    draft.set(
        closed_at=draft.now,
        forget_at=forget,
        planned=facts,
        look_ups=(),
        side_tracks=dict.fromkeys(draft.state.side_tracks, "klaar"),
    )
    draft.enter(Stage.GESLOTEN)
    draft.tell_story(
        "journey_closed", stage=Stage.GESLOTEN.value, text=f"{draft.state.exit or 'einde'}: {why}"
    )


def _runs_on(term: Deadline) -> bool:
    """An objection and a dwangsom do not end with the journey: six weeks of objection come after it."""
    return term.track is Track.BEZWAAR or term.term in moments.RUNS_ON


ACTS = (
    ActSpec(
        name="uitstroom_vastgesteld",
        label="Uitstroom vastgesteld",
        origin="eigen",
        roles=COACH,
        stages=UNTIL_EXIT,
        data=Uitstroom,
        moves_to=Stage.NAZORG,
        rule=uitstroom_vastgesteld,
        plannable=True,
        why="Een eigen plek in werk of onderwijs; een lopende aanvraag loopt door tot het besluit",
    ),
    ActSpec(
        name="nazorg_gesprek_gevoerd",
        label="Nazorggesprek gevoerd",
        origin="eigen",
        roles=COACH,
        stages=frozenset({Stage.NAZORG}),
        check=check_nazorg,
        rule=nazorg_gevoerd,
        why="Na 1, 3 en 6 maanden",
    ),
    ActSpec(
        name="werk_gestopt",
        label="Werk of opleiding gestopt",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        rule=werk_gestopt,
        plannable=True,
        moves_from=frozenset({Stage.NAZORG}),
        may_lead_to=frozenset({Stage.MNA}),
        why="Werk verloren in de nazorg: de klantroute gaat weer open",
    ),
    ActSpec(
        name="klantroute_afgesloten",
        label="Klantroute afgesloten",
        origin="eigen",
        roles=COACH,
        stages=frozenset({Stage.NAZORG}),
        data=Afsluiting,
        check=check_close,
        rule=close,
        closes=True,
        why="Een mens sluit af, na de laatste nazorg",
    ),
    ActSpec(
        name="klantroute_beeindigd",
        label="Klantroute beëindigd",
        origin="eigen",
        roles=COACH | LEAD,
        stages=OPEN_STAGES,
        data=Beeindiging,
        check=check_end,
        rule=close,
        closes=True,
        negative=True,
        plannable=True,
        why="Verhuizing, pensioen, geen recht of op eigen verzoek: een mens besluit, met een reden",
    ),
)
