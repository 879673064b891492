"""Stock (zittend bestand): residents who were on benefit before Meedoen came, taken over without a melding.

What happened before is history: no term is armed with it and nothing is late on the first day. What guards the
journey instead is a first review, spread over a period that the municipality chooses, and the check-ins of a
place that goes on. Whatever is not known is one question for a person.
"""

from datetime import date, timedelta
from typing import Literal, Self

from pydantic import Field, model_validator

from domain.acts import Nothing
from domain.base import Frozen
from domain.calendars import ONE_DAY, Calendars
from domain.declaration import ALL_STAGES, OPEN_STAGES, UNTIL_EXIT, ActSpec
from domain.draft import Draft
from domain.happenings import Act, Refused
from domain.journey import JourneyState, Owner, Stage, Track
from domain.mna import Measurement, Placement
from domain.roles import ANYONE, COACH, FRONT, INCOME
from domain.terms import compute
from domain.topics.check_ins import keep_check_ins
from domain.topics.exits import AFTERCARE
from domain.topics.ladder import measure_again, measuring
from domain.topics.melding import ask_brp
from domain.topics.proposals import MnaVorm
from domain.topics.routing import awaits_brp

FIRST_ALLOWANCE = date(1965, 1, 1)
"""The Algemene Bijstandswet came into force; no benefit can have begun before."""
REVIEW = "eerste_herbeoordeling"
QUESTION = "overname_aanvullen"

Fase = Literal["intake", "plan", "mna", "uitstroom", "nazorg"]

IN_WORDS = {
    "route": "welke route past",
    "fase": "in welke fase de inwoner is",
    "uitkering_sinds": "sinds wanneer de uitkering loopt",
    "activiteit": "of er een activiteit loopt, en welke",
    "plek": "bij wie de activiteit is",
    "activiteit_sinds": "sinds wanneer de activiteit loopt",
    "team": "wie de eigenaar is",
    "trede": "de trede op de participatieladder",
    "trede_gemeten": "wanneer de trede gemeten is",
}
"""What can be unknown, by the name of its field, as a person reads it."""


class _Known(Frozen):
    """What a municipality may know of a resident on benefit. None or empty: unknown."""

    fase: Fase | None = None
    uitkering_sinds: date | None = Field(default=None, ge=FIRST_ALLOWANCE)
    activiteit: MnaVorm | Literal["geen"] | None = Field(
        default=None, description="'geen': er loopt geen activiteit; leeg: niemand weet het"
    )
    plek: str = Field(default="", max_length=80, description="Bij wie: KonnecteD, Cambio, buurthuis")
    activiteit_sinds: date | None = Field(default=None, ge=FIRST_ALLOWANCE)
    team: str = Field(default="", max_length=60)
    persoon: str = Field(default="", max_length=60, description="Code van de medewerker")
    trede: int | None = Field(default=None, ge=1, le=6, description="Trede op de participatieladder")
    trede_gemeten: date | None = Field(default=None, ge=FIRST_ALLOWANCE)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.activiteit == "geen" and (self.plek or self.activiteit_sinds):
            raise ValueError("bij activiteit 'geen' hoort geen plek en geen begindatum")
        if self.persoon and not self.team:
            raise ValueError("bij een persoon hoort een team")
        return self

    @property
    def takes_part(self) -> bool:
        return self.activiteit != "geen" and bool(self.activiteit or self.plek or self.activiteit_sinds)


class Overname(_Known):
    """What is taken over. The period is where the first review comes to lie."""

    route_bekend: bool = True
    herbeoordeling_van: date | None = None
    herbeoordeling_tot: date | None = Field(default=None, description="Laatste dag van de periode")

    @model_validator(mode="after")
    def _period(self) -> Self:
        if (self.herbeoordeling_van is None) != (self.herbeoordeling_tot is None):
            raise ValueError("een periode heeft een eerste en een laatste dag")
        if (
            self.herbeoordeling_van
            and self.herbeoordeling_tot
            and (self.herbeoordeling_van > self.herbeoordeling_tot)
        ):
            raise ValueError("de eerste dag van de periode ligt na de laatste")
        return self

    def unknown(self) -> tuple[str, ...]:
        """What nobody could say, by the names of the fields."""
        missing = {
            "route": not self.route_bekend,
            "fase": self.fase is None,
            "uitkering_sinds": self.uitkering_sinds is None,
            "activiteit": self.activiteit is None,
            "plek": self.takes_part and not self.plek,
            "activiteit_sinds": self.takes_part and self.activiteit_sinds is None,
            "team": not self.team,
            "trede": self.trede is None,
            "trede_gemeten": self.trede is not None and self.trede_gemeten is None,
        }
        return tuple(name for name, is_missing in missing.items() if is_missing)


class OvernameAangevuld(_Known):
    """Only what was unknown and is known now."""

    route_bekend: bool = Field(default=False, description="Een mens heeft bekeken of de route past")

    def known(self) -> tuple[str, ...]:
        """What is said, by the names of the fields."""
        said = {name for name in IN_WORDS if name != "route" and getattr(self, name)}
        if self.activiteit == "geen":
            said |= {"plek", "activiteit_sinds"}
        return tuple(name for name in IN_WORDS if name in said | ({"route"} if self.route_bekend else set()))


def review_days(first: date, last: date, days: Calendars) -> list[date]:
    """The opening days of a period, both ends included."""
    count = (last - first).days + 1
    return [day for n in range(count) if days.is_open(day := first + timedelta(days=n))]


def review_day(client_number: int, days: list[date]) -> date:
    """On which of these days a resident's first review falls.

    Client numbers are handed out one after the other, so the days are filled in turn: evenly, also within a
    part of the file, and the same for a resident whoever else is taken over.
    """
    return days[client_number % len(days)]


def overname(draft: Draft, act: Act, data: Overname) -> None:
    state = draft.state
    if state.log:
        draft.open_task(
            "overname_dubbel",
            act.id,
            "Deze inwoner staat in een lijst van over te nemen inwoners, terwijl er al een klantroute is. "
            "Bekijk of de lijst iets zegt dat hier ontbreekt.",
        )
        return
    owner = Owner(team=data.team or draft.policy.first_team, person=data.persoon)
    draft.set(
        owners={**state.owners, Track.TRAJECT: owner},
        taken_over_on=act.effective,
        unknown_facts=data.unknown(),
    )
    # Who takes part is somewhere in the middle; of anybody else nothing is presumed.
    draft.enter(Stage(data.fase or (Stage.MNA if data.takes_part else Stage.INTAKE)))
    _take_in(draft, data)
    review = draft.arm(REVIEW, draft.today, until=_review(draft, data))
    if missing := data.unknown():
        draft.open_task(
            QUESTION,
            "",
            _question(missing),
            reasons=missing,
            # A thousand questions at once would drown everybody: each waits for its own review.
            until=review.dates.raw_end,
            tell=False,
        )
    if state.resident.has_bsn and not awaits_brp(state):
        ask_brp(draft)


def _review(draft: Draft, data: Overname) -> date | None:
    if data.herbeoordeling_van is None or data.herbeoordeling_tot is None:
        return None
    first = max(data.herbeoordeling_van, draft.today + ONE_DAY)
    days = review_days(first, data.herbeoordeling_tot, draft.days)
    return review_day(draft.state.client_number, days) if days else None


def _question(missing: tuple[str, ...]) -> str:
    words = "; ".join(IN_WORDS[name] for name in missing)
    return (
        f"Overgenomen uit de bestaande administratie. Nog onbekend: {words}. Zoek het uit, uiterlijk bij de "
        "eerste herbeoordeling, en leg het vast met 'Overname aangevuld'."
    )


def _take_in(draft: Draft, data: _Known) -> None:
    if data.uitkering_sinds:
        draft.set(benefit_since=data.uitkering_sinds)
    if data.trede:
        draft.set(ladder_step=data.trede)
    if data.trede_gemeten and draft.state.ladder_step:
        # What is measured later is compared with this.
        first = Measurement(on=data.trede_gemeten, step=draft.state.ladder_step)
        row = (*draft.state.measurements, first)
        draft.set(measurements=tuple(sorted(row, key=lambda measured: measured.on)))
    if data.takes_part and not any(placement.until is None for placement in draft.state.placements):
        placement = Placement(
            id=draft.state.next_placement_id(),
            kind=data.activiteit or "onbekend",
            place=data.plek or "onbekend",
            since=data.activiteit_sinds or draft.today,
        )
        draft.set(placements=(*draft.state.placements, placement))
    _keep_contact(draft, data.activiteit_sinds)


def _keep_contact(draft: Draft, since: date | None = None) -> None:
    """Check-ins of a place that goes on, on the dates that its own series has ahead."""
    running = any(placement.until is None for placement in draft.state.placements)
    if running and draft.state.stage in (Stage.MNA, Stage.UITSTROOM):
        keep_check_ins(draft, _series_start(draft, "check_in", since))


def _series_start(draft: Draft, key: str, since: date | None) -> date:
    """From where a series counts so that its next date, and every warning of it, lies ahead."""
    rule = draft.policy.term(key)
    if since is None:
        # Nobody knows when it began: spread over one turn of the series, like the reviews.
        turn = (compute(rule, draft.today, draft.days).raw_end - draft.today).days
        since = draft.today - timedelta(days=draft.state.client_number % turn)
    warned = max((rung.days for rung in draft.policy.ladders[rule.term_class].before), default=0)
    ahead = draft.days.plus_open(draft.today, warned)
    start = since
    while (end := compute(rule, start, draft.days).raw_end) <= ahead:
        start = end
    return start


def check_aangevuld(state: JourneyState, act: Act, data: OvernameAangevuld) -> None:
    if not state.unknown_facts:
        raise Refused(
            "Er valt niets aan te vullen: van een overname staat niets meer open. Leg vast wat er gebeurde "
            "met de handeling die daarbij hoort."
        )
    said = data.known()
    if not said:
        raise Refused(
            "Vul in wat nu bekend is. Nog onbekend: "
            f"{'; '.join(f'{name} ({IN_WORDS[name]})' for name in state.unknown_facts)}."
        )
    # Who tells what the activity is tells everything of it at once.
    allowed = {
        *state.unknown_facts,
        *(("plek", "activiteit_sinds") if "activiteit" in state.unknown_facts else ()),
    }
    allowed |= {"trede_gemeten"} if "trede" in state.unknown_facts else set()
    if wrong := [name for name in said if name not in allowed]:
        raise Refused(
            f"Al bekend: {'; '.join(f'{name} ({IN_WORDS[name]})' for name in wrong)}. Corrigeer de overname als "
            "het fout staat, of leg vast wat er sindsdien gebeurde met de handeling die daarbij hoort."
        )


def aangevuld(draft: Draft, act: Act, data: OvernameAangevuld) -> None:
    state = draft.state
    said = set(data.known())
    if data.team:
        owner = Owner(team=data.team, person=data.persoon)
        draft.set(owners={**state.owners, Track.TRAJECT: owner})
    if data.takes_part:
        # What was taken over of the activity, with what is known of it now.
        draft.set(
            placements=tuple(
                placement
                if placement.until
                else placement.model_copy(
                    update={
                        "kind": data.activiteit or placement.kind,
                        "place": data.plek or placement.place,
                        "since": data.activiteit_sinds or placement.since,
                    }
                )
                for placement in state.placements
            )
        )
    if data.fase:
        draft.enter(Stage(data.fase))
    _take_in(draft, data)
    left = tuple(name for name in state.unknown_facts if name not in said)
    if data.takes_part and "activiteit" in state.unknown_facts:
        left = tuple(
            dict.fromkeys((*left, *(n for n in ("plek", "activiteit_sinds") if not getattr(data, n))))
        )
    if data.trede and not data.trede_gemeten:
        left = tuple(dict.fromkeys((*left, "trede_gemeten")))
    draft.set(unknown_facts=left)
    for task in draft.state.open_tasks():
        if task.kind != QUESTION:
            continue
        if left:
            draft.set_task(task.model_copy(update={"text": _question(left), "reasons": left}))
        else:
            draft.close_task(task, by=act.by, on=act.effective, outcome="alles is bekend")


def check_review(state: JourneyState, act: Act, data: Nothing) -> None:
    if not state.open_terms(REVIEW):
        raise Refused("Er staat geen eerste herbeoordeling open. Leg het gesprek vast als 'Gesprek gevoerd'.")


def herbeoordeling_gevoerd(draft: Draft, act: Act, data: Nothing) -> None:
    """From here on the journey runs as any other: what its stage asks for is armed now."""
    state = draft.state
    match state.stage:
        case Stage.INTAKE | Stage.PLAN:
            # The review was a talk with the resident.
            draft.cancel(("eerste_gesprek", "nieuwe_uitnodiging"), "er is een herbeoordeling gevoerd")
            draft.enter(Stage.PLAN)
            if not state.open_terms("plan"):
                draft.arm("plan", act.effective)
        case Stage.MNA | Stage.UITSTROOM:
            _keep_contact(draft, act.effective)
            if not any(draft.state.open_terms(key) for key in ("start_mna", "herplaatsing", "check_in")):
                draft.arm("herplaatsing", act.effective)
            if not measuring(draft.state):
                measure_again(draft, act.effective)
        case Stage.NAZORG:
            if not any(state.open_terms(key) for key in (*AFTERCARE, "afsluiting")):
                draft.arm("afsluiting", act.effective)


ACTS = (
    ActSpec(
        name="overname",
        label="Overname",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        data=Overname,
        begins=True,
        past=frozenset({"uitkering_sinds", "activiteit_sinds", "trede_gemeten"}),
        rule=overname,
        may_lead_to=OPEN_STAGES,
        may_arm=("check_in", "eerste_herbeoordeling"),
        why="Wie al een uitkering had toen Meedoen kwam, begint zonder melding en zonder termijnen van vroeger",
    ),
    ActSpec(
        name="overname_aangevuld",
        label="Overname aangevuld",
        origin="eigen",
        roles=FRONT | COACH | INCOME,
        stages=UNTIL_EXIT,
        data=OvernameAangevuld,
        past=frozenset({"uitkering_sinds", "activiteit_sinds", "trede_gemeten"}),
        check=check_aangevuld,
        rule=aangevuld,
        may_lead_to=OPEN_STAGES,
        why="Wat bij de overname onbekend was, is een vraag aan een mens",
    ),
    ActSpec(
        name="herbeoordeling_gevoerd",
        label="Herbeoordeling gevoerd",
        origin="eigen",
        roles=COACH,
        stages=OPEN_STAGES,
        meets=(REVIEW,),
        check=check_review,
        rule=herbeoordeling_gevoerd,
        moves_from=frozenset({Stage.INTAKE}),
        may_lead_to=frozenset({Stage.PLAN}),
        may_arm=(
            "plan",
            "trede_meting",
            "trede_nulmeting",
            "afsluiting",
        ),
        why="Na de overname kijkt een mens met de inwoner waar die staat; daarna loopt de klantroute als elke andere",
    ),
)
