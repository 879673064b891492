"""Coming back: within thirty days, within twelve months, or later. Three paths, judged by the end date."""

from datetime import date

from pydantic import Field

from domain.base import Frozen
from domain.calendars import say
from domain.declaration import ALL_STAGES, ActSpec
from domain.draft import Draft
from domain.happenings import Act
from domain.income import Reentry
from domain.policy import Policy
from domain.roles import ANYONE
from domain.terms import compute

REVIVAL, REUSE, NEW = "herleving", "hergebruik_gegevens", "nieuw"
_SAY = {
    REVIVAL: "binnen dertig dagen na het einde van de bijstand (Participatiewet art. 45 lid 3 onder a): bekijk of "
    "de bijstand kan herleven zonder nieuw onderzoek",
    REUSE: "binnen twaalf maanden na het einde van de bijstand (Participatiewet art. 43a): gebruik de gegevens die "
    "er al zijn en vraag alleen wat veranderd is",
    NEW: "meer dan twaalf maanden na het einde van de bijstand: het is een nieuwe aanvraag",
}


class EerdereUitkering(Frozen):
    beeindigd_op: date | None = Field(
        default=None, description="Dag waarop de eerdere uitkering eindigde; leeg: onbekend"
    )


def reentry_path(ended: date, reported: date, policy: Policy) -> str:
    """By which path somebody comes back.

    Args:
        ended: the day on which the earlier benefit ended.
        reported: day of the new melding.
        policy: terms ``herleving`` and ``hergebruik_gegevens``.

    Returns:
        ``herleving``, ``hergebruik_gegevens`` or ``nieuw``; on the last day of a path it still holds.
    """
    for path in (REVIVAL, REUSE):
        if reported <= compute(policy.term(path), ended, policy.calendars_open_ended).legal_end:
            return path
    return NEW


def note_earlier_benefit(draft: Draft, ref: str, ended: date, reported: date) -> None:
    """Keep the end date of an earlier benefit and tell by which path the resident comes back."""
    path = reentry_path(ended, reported, draft.policy)
    draft.set(income=draft.state.income.model_copy(update={"reentry": Reentry(ended_on=ended, path=path)}))
    if path != NEW:
        draft.open_task(
            "terugkeer",
            ref,
            f"De bijstand van de inwoner eindigde op {say(ended)} en de inwoner komt terug {_SAY[path]}.",
        )


def eerdere_uitkering(draft: Draft, act: Act, data: EerdereUitkering) -> None:
    """The melding is what counts the way back, also when the earlier benefit is found out later."""
    if data.beeindigd_op is None:
        draft.open_task(
            "eerdere_uitkering",
            act.id,
            "De inwoner had eerder een uitkering, maar wanneer die eindigde is onbekend. Zoek de einddatum op.",
        )
        return
    melding = next((item.act for item in draft.state.log if item.act and item.act.name == "melding"), None)
    reported = melding.effective if melding else act.effective
    note_earlier_benefit(draft, act.id, data.beeindigd_op, reported)


ACTS = (
    ActSpec(
        name="eerdere_uitkering_bekend",
        label="Eerdere uitkering bekend",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        data=EerdereUitkering,
        rule=eerdere_uitkering,
        why="Participatiewet art. 43a en 45 lid 3: wie terugkomt, hoeft niet alles opnieuw",
    ),
)
