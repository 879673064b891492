"""On the way out: work or school that was found, or begun, and may not have been recorded yet."""

from datetime import date

from pydantic import Field

from domain.base import Frozen
from domain.calendars import ONE_DAY, say
from domain.declaration import UNTIL_EXIT, ActSpec
from domain.draft import Draft
from domain.happenings import Act
from domain.roles import ANYONE
from domain.topics.interruptions import STUDY_FINANCE, begin_pause


class WerkGemeld(Frozen):
    per: date = Field(description="Eerste werkdag")
    uren: int | None = Field(default=None, ge=1, le=60, description="Uren per week; leeg: onbekend")


class OnderwijsGestart(Frozen):
    studiefinanciering_vanaf: date | None = Field(
        default=None, description="Leeg: onbekend of niet van toepassing"
    )


def werk_gemeld(draft: Draft, act: Act, data: WerkGemeld) -> None:
    """Work found, by whoever says so. Whether the benefit ends is for a person: part-time work is no exit."""
    draft.open_task(
        "werk_gemeld",
        act.id,
        f"De inwoner heeft werk per {say(data.per)}. Bespreek het inkomen daarna. Eindigt de uitkering: plan de "
        "uitstroom op die dag. Blijft er een aanvulling: leg deeltijdwerk vast.",
    )


def onderwijs_gestart(draft: Draft, act: Act, data: OnderwijsGestart) -> None:
    """Study finance often starts after school does; until then the benefit goes on and the journey waits."""
    if draft.state.stage not in UNTIL_EXIT:
        return
    paid = data.studiefinanciering_vanaf
    if paid is not None and paid > act.effective:
        begin_pause(draft, act, STUDY_FINANCE, act.effective, paid - ONE_DAY)
        when = f"Studiefinanciering begint op {say(paid)}. Stel de uitstroom naar onderwijs vast op die dag."
    elif paid is not None:
        when = "Stel de uitstroom naar onderwijs vast."
    else:
        when = "Vraag wanneer studiefinanciering begint, en hoe het inkomen tot die dag is geregeld."
    draft.open_task(
        "onderwijs_gestart", act.id, f"De inwoner volgt onderwijs per {say(act.effective)}. {when}"
    )


ACTS = (
    ActSpec(
        name="werk_gemeld",
        label="Werk gemeld",
        origin="van_buiten",
        roles=ANYONE,
        stages=UNTIL_EXIT,
        data=WerkGemeld,
        rule=werk_gemeld,
        why="Een baan met een startdag vooruit; werk met een aanvullende uitkering is geen uitstroom",
    ),
    ActSpec(
        name="onderwijs_gestart",
        label="Onderwijs gestart",
        origin="van_buiten",
        roles=ANYONE,
        stages=UNTIL_EXIT,
        data=OnderwijsGestart,
        rule=onderwijs_gestart,
        plannable=True,
        may_arm=("pauze_einde",),
        why="Tussen school en studiefinanciering kan een gat zitten",
    ),
)
