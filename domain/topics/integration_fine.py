"""A fine about the brede intake (Wet inburgering 2021 art. 22): by a person, after a hearing, with a new term."""

from datetime import date

from pydantic import Field

from domain.acts import Reason
from domain.base import Frozen
from domain.calendars import say
from domain.declaration import OPEN_STAGES, ActSpec
from domain.draft import ONLY_WHILE_OPEN, Draft
from domain.happenings import Act, Refused
from domain.journey import JourneyState, Track
from domain.roles import DECIDES
from domain.terms import compute
from domain.topics.dispatch import check_signed, send_decision
from domain.topics.integration import FINED
from domain.topics.sanctions import check_heard, use_hearing

_KIND = "boete_inburgering"


class BoeteInburgering(Frozen):
    nieuwe_termijn: date = Field(
        description="Laatste dag om alsnog mee te werken, ten hoogste twee maanden later"
    )
    reden: str = Reason


def check_fine(state: JourneyState, act: Act, data: BoeteInburgering) -> None:
    known = state.integration
    if known is None or not known.missed or known.intake_on is not None:
        raise Refused(
            "Een boete om de brede intake kan alleen als de inwoner niet kwam op een oproep en de brede intake nog "
            "niet is afgerond (Wet inburgering art. 22). Leg eerst vast wat er is gebeurd."
        )
    if data.nieuwe_termijn <= act.effective:
        raise Refused(
            f"De nieuwe termijn ({say(data.nieuwe_termijn)}) moet na het besluit liggen ({say(act.effective)}). "
            "Kies een latere dag."
        )
    check_heard(state, _KIND)
    check_signed(state, _KIND, "opgelegd")


def boete_inburgering(draft: Draft, act: Act, data: BoeteInburgering) -> None:
    """The resident gets a new term to cooperate; when it passes, a person hears of it."""
    rule = draft.policy.term(FINED)
    last = compute(rule, act.effective, draft.days).legal_end
    if data.nieuwe_termijn > last:
        raise Refused(
            f"De nieuwe termijn kan uiterlijk tot en met {say(last)} duren ({rule.source}). Kies een eerdere dag."
        )
    use_hearing(draft, _KIND, act)
    draft.cancel((FINED,), "er is een nieuwe termijn")
    draft.arm(FINED, act.effective, track=Track.INBURGERING, until=data.nieuwe_termijn)
    send_decision(draft, act, _KIND, "opgelegd")


ONLY_WHILE_OPEN |= {FINED}


ACTS = (
    ActSpec(
        name="boete_inburgering",
        label="Boete om de brede intake opgelegd",
        origin="eigen",
        roles=DECIDES,
        stages=OPEN_STAGES,
        data=BoeteInburgering,
        check=check_fine,
        rule=boete_inburgering,
        negative=True,
        may_arm=("bezwaar_indienen", FINED),
        why="Wet inburgering art. 22: alleen door een mens, na zienswijze, met een nieuwe termijn",
    ),
)
