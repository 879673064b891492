"""Objections (bezwaar)."""

from pydantic import Field

from domain.base import Frozen
from domain.calendars import say
from domain.declaration import ALL_STAGES, ActSpec
from domain.draft import Draft
from domain.happenings import Act
from domain.roles import ANYONE


class Bezwaar(Frozen):
    tegen: str = Field(default="besluit_aanvraag", description="Waartegen het bezwaar is")


def bezwaar_ontvangen(draft: Draft, act: Act, data: Bezwaar) -> None:
    """Recorded at any time, also after closing; the objection itself is the jurist's (Awb 6:4)."""
    draft.open_task(
        "bezwaar",
        act.id,
        f"Bezwaar ontvangen op {say(act.effective)} tegen {data.tegen}. "
        "Bevestig de ontvangst en behandel het.",
        role="bezwaarjurist",
    )


ACTS = (
    ActSpec(
        name="bezwaar_ontvangen",
        label="Bezwaar ontvangen",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        data=Bezwaar,
        rule=bezwaar_ontvangen,
        why="Awb art. 6:4; ook na sluiting",
    ),
)
