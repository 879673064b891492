"""Illness: what somebody can do, until when. Never what somebody has."""

from datetime import date
from typing import Literal

from pydantic import Field

from domain.acts import Nothing
from domain.base import Frozen
from domain.calendars import say
from domain.declaration import OPEN_STAGES, ActSpec
from domain.draft import Draft
from domain.happenings import Act, Refused
from domain.journey import FlagKind, JourneyState, Stage
from domain.roles import ANYONE, COACH
from domain.terms import compute
from domain.topics.interruptions import heard_before


class ZiekGemeld(Frozen):
    """Never a diagnosis."""

    belastbaar_uren: int | None = Field(
        default=None, ge=0, le=40, description="Uren per week die wel kunnen; leeg: onbekend"
    )
    tot: date | None = Field(default=None, description="Verwachte laatste dag; leeg: onbekend")


class ZiekteBeoordeeld(ZiekGemeld):
    vervolg: Literal["afwachten", "aangepast_meedoen", "medisch_advies", "ontheffing_bekijken"]


def _work(hours: int | None) -> str:
    return "onbekend" if hours is None else ("niet_belastbaar" if hours == 0 else "deels_belastbaar")


def ziek_gemeld(draft: Draft, act: Act, data: ZiekGemeld) -> None:
    """The municipality's promises wait and terms of law run on; after some weeks somebody looks."""
    state = draft.state
    if state.stage is Stage.GESLOTEN:
        return
    held = state.flag(FlagKind.ZIEK)
    recovered = heard_before(state, FlagKind.ZIEK, "hersteld_gemeld", act.effective)
    since = min(act.effective, held.since) if held else act.effective
    if held is not None:
        _amend(draft, since, data)
    else:
        draft.flag(
            FlagKind.ZIEK,
            since,
            until=data.tot,
            detail=_work(data.belastbaar_uren),
            hours=data.belastbaar_uren,
        )
        # An illness that is heard of late is looked at from now on, not at once for every time gone by.
        first = compute(draft.policy.term("ziekte_toets"), since, draft.days).legal_end
        draft.arm("ziekte_toets", since if first >= draft.today else draft.today)
    if recovered is not None:
        _recover(draft, act, recovered)
    else:
        draft.let_wait(act.by)


def _amend(draft: Draft, since: date, data: ZiekGemeld) -> None:
    held = draft.state.flag(FlagKind.ZIEK)
    assert held is not None
    known = data.belastbaar_uren if data.belastbaar_uren is not None else held.hours
    amended = held.model_copy(
        update={"since": since, "until": data.tot or held.until, "detail": _work(known), "hours": known}
    )
    draft.set(flags=tuple(amended if flag is held else flag for flag in draft.state.flags))


def hersteld_gemeld(draft: Draft, act: Act, data: Nothing) -> None:
    """``effective`` is the first day on which somebody can take part again."""
    if draft.state.stage is Stage.GESLOTEN:
        return
    if draft.state.flag(FlagKind.ZIEK) is None:
        draft.open_task(
            "hersteld_zonder_ziekmelding",
            act.id,
            f"Hersteld gemeld per {say(act.effective)}, maar een ziekmelding is hier niet bekend. Vraag wanneer de "
            "ziekte begon en leg dat alsnog vast.",
        )
        return
    _recover(draft, act, act.effective)


def _recover(draft: Draft, act: Act, on: date) -> None:
    held = draft.state.flag(FlagKind.ZIEK)
    assert held is not None
    draft.unflag(FlagKind.ZIEK, max(on, held.since))
    draft.cancel(("ziekte_toets",), "hersteld")
    draft.let_wait(act.by)


def check_ziek(state: JourneyState, act: Act, data: ZiekteBeoordeeld) -> None:
    if state.flag(FlagKind.ZIEK) is None:
        raise Refused("Deze inwoner staat niet als ziek bekend. Leg eerst de ziekmelding vast.")


def ziekte_beoordeeld(draft: Draft, act: Act, data: ZiekteBeoordeeld) -> None:
    """Somebody looked; the next look is as far off again, so that illness never means silence."""
    held = draft.state.flag(FlagKind.ZIEK)
    assert held is not None
    _amend(draft, held.since, data)
    for term in draft.state.open_terms("ziekte_toets"):
        draft.fulfil(term, act.effective)
    draft.arm("ziekte_toets", act.effective)
    if data.vervolg == "medisch_advies":
        draft.open_task(
            "medisch_advies", act.id, "Vraag medisch advies aan over wat de inwoner kan, en tot wanneer."
        )
    elif data.vervolg == "ontheffing_bekijken":
        draft.open_task(
            "ontheffing_bekijken",
            act.id,
            "De ziekte duurt lang. Bekijk of een tijdelijke ontheffing past (Participatiewet art. 9 lid 2).",
            role="inkomensconsulent",
        )


ACTS = (
    ActSpec(
        name="ziek_gemeld",
        label="Ziek gemeld",
        origin="van_buiten",
        roles=ANYONE,
        stages=OPEN_STAGES,
        data=ZiekGemeld,
        rule=ziek_gemeld,
        plannable=True,
        may_arm=("ziekte_toets",),
        why="Alleen wat iemand kan en tot wanneer; wettelijke termijnen lopen door",
    ),
    ActSpec(
        name="hersteld_gemeld",
        label="Hersteld gemeld",
        origin="van_buiten",
        roles=ANYONE,
        stages=OPEN_STAGES,
        rule=hersteld_gemeld,
        plannable=True,
        why="Wat stilstond gaat verder, zoveel dagen later als de ziekte duurde",
    ),
    ActSpec(
        name="ziekte_beoordeeld",
        label="Ziekte beoordeeld",
        origin="eigen",
        roles=COACH,
        stages=OPEN_STAGES,
        data=ZiekteBeoordeeld,
        check=check_ziek,
        rule=ziekte_beoordeeld,
        why="Na zes weken kijkt iemand wat kan; ziekte is nooit stilte",
    ),
)
