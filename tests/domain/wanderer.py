"""Somebody who does anything, at any time: random acts, findings and days on one journey.

What an act says is made from its own model, so that an act that is added takes part by itself.
"""

import json
import random
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from domain.calendars import AMSTERDAM, civil_date, start_of_day
from domain.change import change_between, state_from
from domain.decide import Refused, begin, decide, next_moment
from domain.facts import HOUSEHOLDS, KINDS
from domain.findings import (
    Benefits,
    BenefitSpell,
    BrpPerson,
    Child,
    Earnings,
    Enrolment,
    Finding,
    Ground,
    Job,
    Outcome,
    Paid,
    PartialDate,
    Provision,
    Reintegration,
    SchoolRecord,
    TargetGroup,
)
from domain.happenings import SYSTEM, Act, Actor, Happening, TimePassed
from domain.journey import FlagKind, JourneyState, Resident, Stage, Track
from domain.policy import Policy
from domain.projection import details, snapshot
from domain.questions import BRP_PERSON
from domain.routes import ROUTES, ActSpec
from tests.domain.story import Story

FIRST = date(2026, 4, 30)
_TAKEN_OVER: tuple[dict[str, Any], ...] = (
    {},
    {
        "fase": "nazorg",
        "activiteit": "geen",
        "herbeoordeling_van": "2026-06-01",
        "herbeoordeling_tot": "2026-09-30",
    },
    {"fase": "mna", "activiteit": "vrijwilligerswerk", "plek": "buurthuis", "activiteit_sinds": "2024-09-02"},
)
_WORDS = ("buurthuis", "werktalent", "gezinscoaches", "r.smit", "bankafschrift")


class Wanderer:
    """One journey, and somebody who tries everything on it.

    Args:
        luck: decides all; the same luck gives the same journey.
        policy: the numbers.
        route: which route it begins in.
    """

    def __init__(self, luck: random.Random, policy: Policy, route: str) -> None:
        self.luck = luck
        self.story = Story(birth=self._birth(), policy=policy)
        # Who has a number is asked for at the BRP; of others we know what they say.
        known = luck.random() < 0.3
        resident = Resident(
            birth=None if known else self.story.state.resident.birth,
            household=luck.choice(HOUSEHOLDS),
            has_bsn=known,
        )
        self.first_resident = resident
        connected = luck.choice((("brp",), ("brp", "uwv", "duo", "inlichtingenbureau")))
        self.story.state = begin("deventer", 1, 1, route=route, resident=resident, connected=connected)
        self.first_state = self.story.state
        self.today = FIRST
        self.tried: list[str] = []
        """Every step, for whoever reads a failure."""
        self.refusals: set[str] = set()
        self._count = 0

    def _birth(self) -> date:
        return date(1956, 1, 1) + timedelta(days=self.luck.randrange(366 * 52))

    @property
    def _done(self) -> set[str]:
        return {item.act.name for item in self.state.log if item.act}

    @property
    def state(self) -> JourneyState:
        return self.story.state

    # -- steps ---------------------------------------------------------------------------------------

    def wander(self, steps: int) -> None:
        """The melding, or somebody who was on benefit already, and then anything.

        Raises:
            AssertionError: something does not hold that must always hold.
        """
        if self.luck.random() < 0.25:
            self._record("overname", self.luck.choice(_TAKEN_OVER), FIRST)
        else:
            self._record("melding", {}, FIRST)
        self.guard()
        for _ in range(steps):
            self._pass(self.luck.choice((0, 0, 1, 3, 8, 21, 45, 100)))
            if self.state.look_ups and self.luck.random() < 0.3:
                self._find()
            else:
                # Who is refused tries something else: with many acts most would fit nowhere.
                for _ in range(6):
                    if self._try(self._some_act()):
                        break
            self.guard()
        self._pass(70)
        self.guard()

    def _now(self) -> datetime:
        local = datetime.combine(self.today, time(9 + self.luck.randrange(8)), AMSTERDAM)
        return max(local.astimezone(UTC), self.state.last_at or local.astimezone(UTC))

    def _pass(self, days: int) -> None:
        self.today += timedelta(days=days)
        self.tried.append(f"+{days} days")
        self.story.until(start_of_day(self.today).astimezone(AMSTERDAM).strftime("%Y-%m-%dT%H:%M"))

    def _find(self) -> None:
        question = self.luck.choice(self.state.look_ups)
        outcome = self.luck.choice(list(Outcome))
        person = None
        answer: dict[str, Any] = {}
        if outcome is Outcome.FOUND and question.question != BRP_PERSON:
            answer = self._answer(question.question)
        elif outcome is Outcome.FOUND:
            birth = self._birth()
            day = self.luck.choice((birth.day, birth.day, None))
            person = BrpPerson(
                birth=PartialDate(year=birth.year, month=birth.month, day=day),
                municipality_code=self.luck.choice(("0150", "0150", "0301", None)),
                suspension=self.luck.choice((None, None, None, "O", "E", "R", ".")),
                under_investigation=self.luck.random() < 0.1,
                residence=self.luck.choice(("", "adres", "briefadres", "buitenland")),
                not_at_address=self.luck.random() < 0.1,
                guardianship=self.luck.random() < 0.1,
                moved=self.luck.random() < 0.1,
                has_partner=self.luck.choice((None, True, False)),
                children=self.luck.choice((None, self._children())),
            )
        finding = Finding(
            id=question.id,
            question=question.question,
            outcome=outcome,
            answered_at=self._now(),
            person=person,
            **answer,
        )
        self.tried.append(f"{self.today} {question.question} {outcome.value} {person or answer}")
        self.story._took(decide(self.state, finding, self._now(), self.story.policy))

    def _children(self) -> tuple[Child, ...]:
        count = self.luck.choice((0, 0, 1, 3))
        return tuple(Child(ref=f"kind-{n}", birth=PartialDate.of(self._birth())) for n in range(count))

    def _answer(self, question: str) -> dict[str, Any]:
        """What a registry may say; every date may be whole, incomplete, unknown or absent."""
        luck = self.luck

        def day() -> PartialDate:
            on = self.today + timedelta(days=luck.randrange(-3000, 400))
            return luck.choice(
                (
                    PartialDate.of(on),
                    PartialDate(year=on.year, month=on.month),
                    PartialDate(year=on.year),
                    PartialDate(),
                )
            )

        def spell() -> dict[str, Any]:
            return {"since": day(), "until": luck.choice((None, day()))}

        def some(make: Callable[[], Any]) -> tuple[Any, ...]:
            return tuple(make() for _ in range(luck.choice((0, 1, 3))))

        schools = ("vo", "vso", "pro", "mbo", "hbo_wo", "onbekend")
        match question:
            case "duo_onderwijs":
                return {
                    "school": SchoolRecord(
                        basic_qualification=luck.choice((None, True, False)),
                        enrolments=some(lambda: Enrolment(school=luck.choice(schools), **spell())),
                    )
                }
            case "uwv_doelgroepregister":
                ends = luck.choice((None, day()))
                return {"target_group": TargetGroup(ends=ends, grounds=some(lambda: Ground(**spell())))}
            case "uwv_inkomen":
                return {
                    "earnings": Earnings(
                        jobs=some(lambda: Job(**spell())), paid=some(lambda: Paid(**spell()))
                    )
                }
            case "bijstandsregelingen":
                laws = luck.choice(("PW", "IOAW", ""))
                benefit = partial(some, lambda: BenefitSpell(law=laws, **spell()))
                return {"benefits": Benefits(spells=benefit(), applications=benefit())}
            case _:
                return {"reintegration": Reintegration(provisions=some(lambda: Provision(**spell())))}

    def _some_act(self) -> str:
        """Anything at all, or what was not done yet and belongs to the stage: with many acts most do not."""
        acts = ROUTES[self.state.route].acts
        if self.luck.random() < 0.4:
            return self.luck.choice(acts).name
        done = self._done
        # Facts are never refused, so they get in anyhow: our own acts need the more tries.
        origins = ("eigen",) if self.luck.random() < 0.7 else ("eigen", "van_buiten")
        fitting = [
            spec
            for spec in acts
            # A journey that ends at once meets nothing; the first way ends enough of them.
            if spec.name not in done
            and self.state.stage in spec.stages
            and spec.origin in origins
            and not _ends(spec)
        ]
        # What is refused unless something came before it: its chance is now.
        following = [spec for spec in fitting if spec.check]
        if following and self.luck.random() < 0.6:
            fitting = following
        return self.luck.choice(fitting or acts).name

    def _try(self, name: str) -> bool:
        spec = ROUTES[self.state.route].act(name)
        data = {
            field: self._value(field, info.annotation, info)
            for field, info in spec.data.model_fields.items()
            if info.is_required() or self.luck.random() < 0.6
        }
        effective = self.today + timedelta(days=self.luck.choice((0, 0, 0, -1, -10, -60, 12)))
        return self._record(name, data, effective)

    def _record(self, name: str, data: dict[str, Any], effective: date) -> bool:
        spec = ROUTES[self.state.route].act(name)
        self._count += 1
        role = self.luck.choice(sorted(spec.roles))
        # A few people, so that the same one comes back and another one too.
        code = SYSTEM if role == SYSTEM else f"{role}-{self.luck.randrange(2)}"
        act = Act(
            id=f"a{self._count}", name=name, by=Actor(code=code, role=role), effective=effective, data=data
        )
        now = self._now()
        self.tried.append(f"{now:%Y-%m-%d %H:%M} {name} per {effective} by {code} {data}")
        before = self.state
        try:
            self.story._took(decide(before, act, now, self.story.policy))
        except Refused as refusal:
            said = str(refusal)
            self.refusals.add(name)
            assert said[:1].isupper() or said[:1] in "'\"0123456789", said
            assert said.endswith("."), said
            assert self.state is before
            if spec.origin == "van_buiten":
                # Only for what it says, never for when it comes.
                assert "is geweigerd" in said, said
            return False
        return True

    # -- what an act says ----------------------------------------------------------------------------

    def _value(self, field: str, kind: Any, info: FieldInfo) -> Any:
        if get_origin(kind) is Annotated:
            kind = get_args(kind)[0]
        if get_origin(kind) in (Union, UnionType):
            kinds = [one for one in get_args(kind) if one is not type(None)]
            return (
                None
                if self.luck.random() < 0.2 and type(None) in get_args(kind)
                else self._value(field, self.luck.choice(kinds), info)
            )
        if get_origin(kind) is Literal:
            return self.luck.choice(get_args(kind))
        if get_origin(kind) is tuple:
            inner = get_args(kind)[0]
            return [self._value(field, inner, info) for _ in range(self.luck.randint(1, 3))]
        if get_origin(kind) is dict:
            return {}
        if kind is bool:
            return self.luck.random() < 0.5
        if kind is date:
            # Mostly a last day that lies ahead, as forms ask for.
            ahead = (5, 14, 14, 30, 60)
            days = self.luck.choice(ahead if self.luck.random() < 0.7 else (-400, -30, -1, 0, 1, 400))
            return (self.today + timedelta(days=days)).isoformat()
        if kind is int:
            return self.luck.choice((0, 1, 2, 3, 4, 6, 24, 32))
        if kind is float:
            return self.luck.choice((0.0, 0.3, 12.5))
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return {name: self._value(name, one.annotation, one) for name, one in kind.model_fields.items()}
        if isinstance(kind, type) and hasattr(kind, "__members__"):
            return self.luck.choice([member.value for member in kind])
        return self._text(field)

    def _text(self, field: str) -> str:
        terms, tasks = self.state.terms, self.state.tasks
        acts = [item.act.id for item in self.state.log if item.act]
        known = {
            "termijn": [term.id for term in terms] + [term.term for term in terms],
            "taak": [task.id for task in tasks],
            "bezwaar": ["", *(item.id for item in self.state.objections)],
            "stuk": ["", *(item.act for item in self.state.income.sent)],
            "handeling": acts,
            "route": list(ROUTES),
            "waarde": [
                *sorted({value for values in KINDS.values() for value in values}),
                "2003-05-20",
                "1999",
            ],
            "gemeentecode": ["0301", "0262", ""],
            "naar": ["zutphen"],
            "klantroute": ["klantroute-zutphen-1-1"],
            "voorstel": ["", *(proposal.id for proposal in self.state.proposals)],
            "plaatsing": ["", *(placement.id for placement in self.state.placements)],
        }.get(field, [])
        return self.luck.choice(known or _WORDS)

    # -- what must hold ------------------------------------------------------------------------------

    def guard(self) -> None:
        """Every open journey has an owner, a next step and an armed moment; nothing is told twice."""
        state = self.state
        assert state.owners[Track.TRAJECT].team
        assert ROUTES[state.route].stage(state.stage).next_step
        if state.stage is not Stage.GESLOTEN:
            assert any(not term.quiet for term in state.open_terms()), f"nothing runs in {state.stage}"
        if state.stage is not Stage.GESLOTEN or state.open_terms():
            moment = next_moment(state)
            assert moment is not None
            assert moment.at >= start_of_day(FIRST - timedelta(days=500))

    def at_the_end(self) -> None:
        """What is shown can be shown, and the state can be kept for years."""
        state, policy = self.state, self.story.policy
        assert details(snapshot(state, policy), state, policy)
        assert JourneyState.model_validate_json(state.model_dump_json()) == state

    def journal_agrees(self) -> None:
        """The changes that the journal keeps tell the same state."""
        before, changes = None, []
        for decision in self.story.decisions:
            changes.append(json.loads(json.dumps(change_between(before, decision.state))))
            before = decision.state
        assert state_from(changes) == self.state, "the journal tells another state"

    def only_people_decided(self) -> None:
        """Nothing was refused, ended, suspended or sanctioned by a registry, by time or by the program."""
        before = None
        for decision in self.story.decisions:
            happening, after = decision.happening, decision.state
            planned = isinstance(happening, TimePassed) and happening.moment.kind == "gepland"
            if before is not None and not planned and _nobody(happening):
                assert after.decision == before.decision, decision
                assert after.exit == before.exit, decision
                assert after.closed_at == before.closed_at, decision
                assert after.stage is before.stage, decision
                assert after.flag(FlagKind.OPGESCHORT) == before.flag(FlagKind.OPGESCHORT), decision
            before = after

    def _came_late(self) -> set[str]:
        """The facts that took an earlier place in the story, as they were first recorded."""
        recorded = {item.act.id: civil_date(item.at) for item in self.state.log if item.act}
        acts = [item.act for item in self.state.log if item.act] + [old.act for old in self.state.superseded]
        return {
            act.id
            for act in acts
            if ROUTES[self.state.route].act(act.name).retells and act.effective < recorded[act.id]
        }

    def well_made(self) -> None:
        """What the rules make without checks would have passed them."""
        for decision in self.story.decisions:
            for value in (decision.happening, *decision.events, *decision.messages):
                checked = type(value).model_validate(value.model_dump(), strict=True)
                assert (checked, vars(checked).keys()) == (value, vars(value).keys())

    def told_once(self) -> None:
        """No rung came twice for one last day, and no message at all."""
        if len(self.state.superseded) + len(self._came_late()) > 1:
            # Back and forth tells the same thing again (a late fact that takes its place, and is withdrawn); the
            # outbox sends it once.
            return
        rungs = [
            (e.term_id, e.due, e.rung, e.role) for e in self.story.events if e.event == "escalated" and e.rung
        ]
        assert len(rungs) == len(set(rungs)), "a rung was delivered twice"
        keys = [message.key for message in self.story.messages]
        assert len(keys) == len(set(keys)), "a message was sent twice"


def _ends(spec: ActSpec) -> bool:
    return spec.closes or Stage.GESLOTEN in spec.may_lead_to


def _nobody(happening: Happening) -> bool:
    # What a household says was decided by people there.
    told = isinstance(happening, Act) and happening.name == "huishouden_bericht"
    return not told and (not isinstance(happening, Act) or happening.by.role == SYSTEM)


def wandered(seed: int, policy: Policy, route: str, *, steps: int = 10) -> Wanderer:
    """A journey by its seed; a failure names seed, route and every step."""
    # Routes share most acts: with the same luck each would live the same lives.
    wanderer = Wanderer(random.Random(f"{route} {seed}"), policy, route)
    try:
        wanderer.wander(steps)
        wanderer.at_the_end()
        if seed % 10 == 0:
            wanderer.journal_agrees()
        wanderer.told_once()
        wanderer.well_made()
        wanderer.only_people_decided()
    except Exception as error:
        steps_told = "\n  ".join(wanderer.tried)
        raise AssertionError(f"seed {seed} on route {route}: {error!r}\n  {steps_told}") from error
    return wanderer


__all__ = ["Wanderer", "wandered"]
