"""Pauses with an expected end: detention, abroad, an institution, waiting for study finance."""

from datetime import date
from typing import Literal

from pydantic import Field

from domain.acts import Nothing
from domain.base import Frozen
from domain.calendars import ONE_DAY, say
from domain.declaration import OPEN_STAGES, ActSpec
from domain.draft import Draft
from domain.happenings import Act
from domain.journey import FlagKind, JourneyState, Stage
from domain.roles import ANYONE

STUDY_FINANCE = "studiefinanciering"
"""The code of a pause between school and study finance."""
_RIGHT = {
    "detentie": "Bij detentie is er geen recht op algemene bijstand (Participatiewet art. 13 lid 1 onder a).",
    "buitenland": "Langer dan vier weken per jaar in het buitenland raakt het recht (Participatiewet art. 13 lid 1 "
    "onder e).",
    "inrichting": "In een inrichting geldt een andere norm.",
}
"""What a person looks at. Nothing changes by itself: a signal is not yet a fact."""


class PauzeGemeld(Frozen):
    reden: Literal["detentie", "buitenland", "inrichting", "overig"]
    tot: date | None = Field(default=None, description="Verwachte laatste dag; leeg: onbekend")


def begin_pause(draft: Draft, act: Act, why: str, since: date, until: date | None) -> None:
    """The journey waits, and somebody asks when it should have ended."""
    draft.cancel(("pauze_einde",), "er is een nieuwe verwachting")
    held = draft.state.flag(FlagKind.PAUZE)
    if held is not None and held.detail == why:
        amended = held.model_copy(update={"since": min(held.since, since), "until": until or held.until})
        draft.set(flags=tuple(amended if flag is held else flag for flag in draft.state.flags))
    else:
        draft.flag(FlagKind.PAUZE, since, until=until, detail=why)
    # A signal often comes weeks late: an unknown end is asked for from the day that it came.
    start = since if until else max(since, draft.today)
    draft.arm("pauze_einde", start, until=max(until + ONE_DAY, start) if until else None)
    draft.let_wait(act.by)


def end_pause(draft: Draft, act: Act, on: date) -> None:
    held = draft.state.flag(FlagKind.PAUZE)
    if held is None:
        return
    draft.unflag(FlagKind.PAUZE, max(on, held.since))
    for term in draft.state.open_terms("pauze_einde"):
        draft.fulfil(term, act.effective)
    draft.let_wait(act.by)


def pauze_gemeld(draft: Draft, act: Act, data: PauzeGemeld) -> None:
    if draft.state.stage is Stage.GESLOTEN:
        return
    over = heard_before(draft.state, FlagKind.PAUZE, "pauze_voorbij", act.effective)
    begin_pause(draft, act, data.reden, act.effective, data.tot)
    if over is not None:
        end_pause(draft, act, over)
    if data.reden in _RIGHT:
        draft.open_task(
            "recht_bij_pauze",
            act.id,
            f"Gemeld per {say(act.effective)}: {data.reden}. {_RIGHT[data.reden]} Ga na wat er is en bekijk het recht.",
            role="inkomensconsulent",
        )


def heard_before(state: JourneyState, kind: FlagKind, end: str, since: date) -> date | None:
    """An end that was heard of before the beginning that it belongs to; None: there is none.

    Args:
        state: the journey.
        kind: what began.
        end: the name of the act that ends it.
        since: the day on which it began.
    """
    if state.flag(kind) is not None:
        return None
    taken = {flag.ended for flag in state.flags_of(kind)}
    ends = [act.effective for act in state.acts(end)]
    return next((day for day in ends if day > since and day not in taken), None)


def pauze_voorbij(draft: Draft, act: Act, data: Nothing) -> None:
    """``effective`` is the first day on which the resident is back."""
    if draft.state.stage is Stage.GESLOTEN:
        return
    if draft.state.flag(FlagKind.PAUZE) is None:
        draft.open_task(
            "pauze_onbekend",
            act.id,
            f"Een pauze zou voorbij zijn per {say(act.effective)}, maar er is hier geen pauze bekend. Vraag wanneer zij "
            "begon en leg dat alsnog vast.",
        )
        return
    end_pause(draft, act, act.effective)


ACTS = (
    ActSpec(
        name="pauze_gemeld",
        label="Pauze gemeld",
        origin="van_buiten",
        roles=ANYONE,
        stages=OPEN_STAGES,
        data=PauzeGemeld,
        rule=pauze_gemeld,
        plannable=True,
        may_arm=("pauze_einde",),
        why="Detentie, buitenland of inrichting; berichten komen weken later",
    ),
    ActSpec(
        name="pauze_voorbij",
        label="Pauze voorbij",
        origin="van_buiten",
        roles=ANYONE,
        stages=OPEN_STAGES,
        rule=pauze_voorbij,
        plannable=True,
        why="De inwoner is terug; wat stilstond gaat verder",
    ),
)
