"""Part-time work with a supplement: no exit but a state, with hours and the clock of Pw 34a."""

from datetime import date

from pydantic import Field

from domain.acts import Nothing
from domain.base import Frozen
from domain.calendars import say
from domain.declaration import ALL_STAGES, ActSpec
from domain.draft import Draft
from domain.happenings import Act
from domain.income import PartTimeWork
from domain.journey import Deadline, Track
from domain.roles import ANYONE
from domain.topics import moments

CLOCK = "vrijlating_inkomen"


class Deeltijdwerk(Frozen):
    uren: int | None = Field(default=None, ge=1, le=60, description="Uren per week; leeg: onbekend")


def _keep(draft: Draft, lines: tuple[PartTimeWork, ...]) -> None:
    draft.set(income=draft.state.income.model_copy(update={"part_time": lines}))


def _stopped(draft: Draft, on: date) -> tuple[PartTimeWork, ...]:
    return tuple(
        line if line.until else line.model_copy(update={"until": on}) for line in draft.state.income.part_time
    )


def _ask_hours(draft: Draft, act: Act) -> None:
    draft.open_task(
        "uren_onbekend", act.id, "De inwoner werkt in deeltijd, maar hoeveel uur is onbekend. Vraag het na."
    )


def deeltijdwerk_gestart(draft: Draft, act: Act, data: Deeltijdwerk) -> None:
    """Work beside the benefit. The clock of the exemption runs from the first day and runs once."""
    _keep(draft, (*_stopped(draft, act.effective), PartTimeWork(since=act.effective, hours=data.uren or 0)))
    if data.uren is None:
        _ask_hours(draft, act)
    before = [term for term in draft.state.terms if term.term == CLOCK]
    if any(term.is_open for term in before):
        return
    if before and before[-1].due >= act.effective:
        draft.arm(CLOCK, act.effective, track=Track.INKOMEN, quiet=True, until=before[-1].due)
    elif before:
        draft.open_task(
            "vrijlating",
            act.id,
            f"De vrijlating van inkomsten liep eerder tot en met {say(before[-1].due)}. Beoordeel of er nu opnieuw "
            "recht op is (Participatiewet art. 34a).",
            role="inkomensconsulent",
        )
    else:
        draft.arm(CLOCK, act.effective, track=Track.INKOMEN, quiet=True)


def deeltijdwerk_gewijzigd(draft: Draft, act: Act, data: Deeltijdwerk) -> None:
    if draft.state.income.works_part_time is None:
        draft.open_task(
            "deeltijdwerk",
            act.id,
            "Uren zijn gewijzigd van werk dat hier niet bekend is. Zoek uit wat er is.",
        )
        return
    if data.uren is None:
        _ask_hours(draft, act)
        return
    _keep(draft, (*_stopped(draft, act.effective), PartTimeWork(since=act.effective, hours=data.uren)))


def deeltijdwerk_gestopt(draft: Draft, act: Act, data: Nothing) -> None:
    if draft.state.income.works_part_time is None:
        draft.open_task(
            "deeltijdwerk", act.id, "Er is werk gestopt dat hier niet bekend is. Zoek uit wat er is."
        )
        return
    _keep(draft, _stopped(draft, act.effective))


def exemption_over(draft: Draft, term: Deadline) -> None:
    if draft.state.income.works_part_time is None:
        return
    draft.open_task(
        "vrijlating_voorbij",
        term.id,
        f"De vrijlating van inkomsten liep tot en met {say(term.due)} (Participatiewet art. 34a). Reken de uitkering "
        "opnieuw en vertel de inwoner wat verandert, voor het geld minder wordt.",
        role="inkomensconsulent",
    )


moments.LAPSED[CLOCK] = exemption_over


ACTS = (
    ActSpec(
        name="deeltijdwerk_gestart",
        label="Deeltijdwerk gestart",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        data=Deeltijdwerk,
        rule=deeltijdwerk_gestart,
        plannable=True,
        may_arm=("vrijlating_inkomen",),
        why="Werk met aanvulling is geen uitstroom; de klok van art. 34a begint",
    ),
    ActSpec(
        name="deeltijdwerk_gewijzigd",
        label="Uren deeltijdwerk gewijzigd",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        data=Deeltijdwerk,
        rule=deeltijdwerk_gewijzigd,
        plannable=True,
        why="De uren bepalen hoeveel ruimte er is voor een activiteit",
    ),
    ActSpec(
        name="deeltijdwerk_gestopt",
        label="Deeltijdwerk gestopt",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        rule=deeltijdwerk_gestopt,
        plannable=True,
        why="De aanvulling wordt weer een hele uitkering",
    ),
)
