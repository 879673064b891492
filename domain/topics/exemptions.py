"""Exemptions (ontheffing) from duties: always decided by a person, always looked at again."""

from datetime import date
from typing import Literal

from pydantic import Field

from domain.acts import Reason
from domain.base import Frozen
from domain.calendars import ONE_DAY, say
from domain.declaration import OPEN_STAGES, ActSpec
from domain.draft import Draft
from domain.happenings import PROGRAM, Act, Refused
from domain.journey import Deadline, FlagKind, JourneyState
from domain.roles import DECIDES
from domain.terms import compute
from domain.topics import moments
from domain.topics.sent_decisions import went_out

PARENT = "alleenstaande_ouder"
URGENT = "dringende_redenen"
LASTING = "duurzaam_arbeidsongeschikt"
_TERMS = ("ontheffing_einde", "ontheffing_toets", "ontheffing_ouder_plan", "ontheffing_ouder_toets")
_REVIEWS = ("ontheffing_ouder_plan", "ontheffing_ouder_toets", "ontheffing_toets")
_LONGEST = {URGENT: "ontheffing_einde", PARENT: "ontheffing_ouder"}


class OntheffingVerleend(Frozen):
    grond: Literal["dringende_redenen", "alleenstaande_ouder", "duurzaam_arbeidsongeschikt"]
    tot: date | None = Field(
        default=None,
        description="Laatste dag; alleen bij duurzame arbeidsongeschiktheid mag die leeg blijven",
    )
    verplichtingen: tuple[Literal["arbeidsinschakeling", "tegenprestatie"], ...] = (
        "arbeidsinschakeling",
        "tegenprestatie",
    )
    verzonden_op: date | None = Field(
        default=None, description="Dag waarop het besluit verzonden is; leeg: de ingangsdatum"
    )


class OntheffingGetoetst(Frozen):
    onderwerp: Literal["plan", "toets"] = "toets"
    uitkomst: Literal["blijft", "past_niet_meer"] = "blijft"


class OntheffingBeeindigd(Frozen):
    reden: str = Reason
    verzonden_op: date | None = Field(
        default=None, description="Dag waarop het besluit verzonden is; leeg: de ingangsdatum"
    )


def check_verleend(state: JourneyState, act: Act, data: OntheffingVerleend) -> None:
    if data.tot is None and data.grond != LASTING:
        raise Refused(
            "Een ontheffing is tijdelijk en heeft een laatste dag nodig: vul 'tot' in (Participatiewet art. 9 lid 2 "
            "en art. 9a)."
        )
    if data.tot is not None and data.tot < act.effective:
        raise Refused(
            f"De ontheffing kan niet eindigen ({say(data.tot)}) voordat zij begint ({say(act.effective)}). "
            "Controleer de datum."
        )
    if not data.verplichtingen:
        raise Refused("Noem minstens één verplichting waarvan de inwoner is ontheven.")


def not_too_long(draft: Draft, act: Act, data: OntheffingVerleend) -> None:
    """Law and policy say how long an exemption may last; one that is planned hears it before its first day.

    Raises:
        Refused: it would last longer.
    """
    longest = _LONGEST.get(data.grond)
    if longest and data.tot:
        rule = draft.policy.on(act.effective).term(longest)
        last = compute(rule, act.effective, draft.days).raw_end
        if data.tot > last:
            raise Refused(
                f"Deze ontheffing kan uiterlijk tot en met {say(last)} duren ({rule.source}). Kies een eerdere dag."
            )


def ontheffing_verleend(draft: Draft, act: Act, data: OntheffingVerleend) -> None:
    """A new one takes the place of the one before. Its end is noticed by itself, what then is a person's."""
    not_too_long(draft, act, data)
    draft.cancel(_TERMS, "er is een nieuwe ontheffing")
    draft.flag(
        FlagKind.ONTHEFFING, act.effective, until=data.tot, detail=data.grond, covers=data.verplichtingen
    )
    if data.tot is not None:
        draft.arm("ontheffing_einde", act.effective, until=data.tot + ONE_DAY)
    if data.grond == PARENT:
        draft.arm("ontheffing_ouder_plan", act.effective)
        draft.arm("ontheffing_ouder_toets", act.effective)
    if data.tot is None:
        draft.arm("ontheffing_toets", act.effective)
    went_out(draft, act, "ontheffing", "verleend", on=data.verzonden_op)
    draft.let_wait(act.by)


def exemption_over(draft: Draft, term: Deadline) -> None:
    """The last day has passed: the duties hold again, and a person looks what fits now."""
    flag = draft.state.flag(FlagKind.ONTHEFFING)
    if flag is None:
        return
    ended = flag.until + ONE_DAY if flag.until else term.due
    draft.unflag(FlagKind.ONTHEFFING, ended)
    draft.cancel(_TERMS, "de ontheffing is voorbij")
    draft.let_wait(PROGRAM)
    draft.open_task(
        "ontheffing_voorbij",
        term.id,
        f"De ontheffing liep tot en met {say(ended - ONE_DAY)}. Beoordeel opnieuw wat de inwoner kan: een nieuwe "
        "ontheffing, of verder met het plan.",
    )


def _check_holds(state: JourneyState) -> None:
    if state.flag(FlagKind.ONTHEFFING) is None:
        raise Refused("Er is nu geen ontheffing. Leg eerst vast dat zij is verleend.")


def check_getoetst(state: JourneyState, act: Act, data: OntheffingGetoetst) -> None:
    _check_holds(state)
    if not any(state.open_terms(key) for key in _REVIEWS):
        raise Refused(
            "Bij deze ontheffing staat geen plan of toets open. Wacht op de einddatum, of beëindig haar."
        )


def ontheffing_getoetst(draft: Draft, act: Act, data: OntheffingGetoetst) -> None:
    """Pw 9a(7) and (8): a plan within half a year, and a look every half year."""
    if data.onderwerp == "plan":
        draft.meet("ontheffing_ouder_plan", act.effective)
    else:
        met = draft.meet("ontheffing_ouder_toets", act.effective)
        if met and not draft.state.open_terms("ontheffing_ouder_toets"):
            draft.arm("ontheffing_ouder_toets", met[-1].dates.raw_end)
        if draft.meet("ontheffing_toets", act.effective):
            draft.arm("ontheffing_toets", act.effective)
    if data.uitkomst == "past_niet_meer":
        draft.open_task(
            "ontheffing_past_niet",
            act.id,
            "Volgens de toets past de ontheffing niet meer. Bespreek dit met de inwoner en besluit.",
            role="inkomensconsulent",
        )


def check_beeindigd(state: JourneyState, act: Act, data: OntheffingBeeindigd) -> None:
    _check_holds(state)


def ontheffing_beeindigd(draft: Draft, act: Act, data: OntheffingBeeindigd) -> None:
    flag = draft.state.flag(FlagKind.ONTHEFFING)
    assert flag is not None
    draft.unflag(FlagKind.ONTHEFFING, max(act.effective, flag.since))
    went_out(draft, act, "ontheffing", "beeindigd", on=data.verzonden_op)
    draft.cancel(_TERMS, "de ontheffing is beëindigd")
    draft.let_wait(act.by)


moments.OPENED["ontheffing_einde"] = exemption_over
# A municipality may count the end as a deadline.
moments.BREACHED["ontheffing_einde"] = exemption_over


ACTS = (
    ActSpec(
        name="ontheffing_verleend",
        announced=not_too_long,
        label="Ontheffing verleend",
        origin="eigen",
        roles=DECIDES,
        stages=OPEN_STAGES,
        data=OntheffingVerleend,
        check=check_verleend,
        rule=ontheffing_verleend,
        plannable=True,
        may_arm=(
            "bezwaar_indienen",
            "ontheffing_einde",
            "ontheffing_ouder_plan",
            "ontheffing_ouder_toets",
            "ontheffing_toets",
        ),
        why="Participatiewet art. 9 lid 2 en 5, en art. 9a: een mens besluit, met een laatste dag",
    ),
    ActSpec(
        name="ontheffing_getoetst",
        label="Ontheffing getoetst",
        origin="eigen",
        roles=DECIDES | {"werkconsulent", "regisseur"},
        stages=OPEN_STAGES,
        data=OntheffingGetoetst,
        check=check_getoetst,
        rule=ontheffing_getoetst,
        why="Participatiewet art. 9a lid 7 en 8: een plan en elk half jaar een toets",
    ),
    ActSpec(
        name="ontheffing_beeindigd",
        label="Ontheffing beëindigd",
        origin="eigen",
        roles=DECIDES,
        stages=OPEN_STAGES,
        data=OntheffingBeeindigd,
        check=check_beeindigd,
        rule=ontheffing_beeindigd,
        plannable=True,
        negative=True,
        may_arm=("bezwaar_indienen",),
        why="Eerder dan de laatste dag alleen bij besluit van een mens, met een reden",
    ),
)
