"""Tells several journeys and their households together, with `decide` alone."""

from datetime import date, datetime
from typing import Any

from domain.calendars import civil_date
from domain.decide import Decision, advance, begin, begin_household, decide, next_moment
from domain.findings import TOLD, Finding, Outcome, PartialDate
from domain.happenings import Act, AtHousehold, Refused, Telling
from domain.households import HouseholdFile, household_id, read_household_id
from domain.journey import JourneyState, Resident, Stage, Track
from domain.policy import Policy
from runtime.policies import load_policy
from starter.dry_run.register import MemoryRegister
from tests.domain.story import instant, recorded


class World:
    """Residents, their journeys, and the households that these find.

    Args:
        policy: the numbers; None: those of Deventer.
        gemeente: as it stands in ids.
    """

    def __init__(self, policy: Policy | None = None, gemeente: str = "deventer") -> None:
        self.gemeente = gemeente
        self.policy = policy or load_policy("deventer")
        self.register = MemoryRegister(first=101)
        self.files: dict[str, JourneyState] = {}
        self.decisions: list[tuple[str, Decision]] = []
        self.told: list[Telling] = []
        self.refused: list[str] = []

    def resident(
        self,
        client: int,
        *,
        born: str | None = "1985-01-15",
        household: str = "onbekend",
        route: str = "regulier",
    ) -> str:
        """Somebody who may report. Returns the id of the journey."""
        birth = PartialDate.of(date.fromisoformat(born)) if born else None
        state = begin(
            self.gemeente,
            client,
            1,
            route=route,
            resident=Resident(birth=birth, household=household),
            households=True,
        )
        self.files[state.id] = state
        return state.id

    def household_of(self, journey: str) -> JourneyState:
        return self.files[self.files[journey].household_id]

    def file_of(self, journey: str) -> HouseholdFile:
        file = self.household_of(journey).household_file
        assert file is not None
        return file

    def until(self, local: str) -> "World":
        """Let time pass for all of them, in the order in which things come."""
        now = instant(local)
        while True:
            ahead = [
                (moment.at, name)
                for name, state in self.files.items()
                if (moment := next_moment(state)) is not None and moment.at <= now and moment.kind != "slot"
            ]
            if not ahead:
                return self
            at, name = min(ahead)
            for decision in advance(self.files[name], at, self.policy):
                self._took(name, decision)
            self._deliver(at)

    def act(
        self,
        file: str,
        local: str,
        name: str,
        *,
        by: str = "",
        role: str = "",
        effective: str = "",
        act_id: str = "",
        **data: Any,
    ) -> "World":
        """Somebody records something; what belongs to the household is recorded there."""
        self.until(local)
        act = recorded(
            self.files[file], local, name, by=by, role=role, effective=effective, act_id=act_id, data=data
        )
        try:
            self._decide(file, act, instant(local))
        except AtHousehold as elsewhere:
            more = {"klant": self.files[file].client_number} if name == "plan_vastgesteld" else {}
            self._decide(
                elsewhere.household, act.model_copy(update={"data": {**data, **more}}), instant(local)
            )
        self._deliver(instant(local))
        return self

    def _decide(self, file: str, happening: Act | Finding, now: datetime) -> None:
        if file not in self.files:
            raise Refused(f"{file} loopt niet.")
        state = self.files[file]
        now = max(now, state.last_at or now)
        if isinstance(happening, Act) and state.logged(happening.id) is not None:
            return
        self._took(file, decide(state, happening, now, self.policy))

    def _took(self, file: str, decision: Decision) -> None:
        self.decisions.append((file, decision))
        self.files[file] = decision.state

    def _deliver(self, now: datetime) -> None:
        """Tell what waits to be told, until nobody has anything to tell."""
        while waiting := [(name, one) for name, state in self.files.items() for one in state.tellings]:
            sender, telling = waiting[0]
            self.told.append(telling)
            self._change_register(sender, telling)
            to = telling.to or self._household_for(sender, telling)
            finding = Finding(id=telling.id, question=TOLD, outcome=Outcome.FOUND, answered_at=now, file=to)
            if telling.act:
                act = Act(
                    id=telling.id,
                    name=telling.act,
                    by=telling.by,
                    effective=telling.effective,
                    data=telling.data,
                )
                try:
                    self._decide(to, act, now)
                except Refused as refusal:
                    self.refused.append(str(refusal))
                    finding = finding.model_copy(
                        update={"outcome": Outcome.REFUSED_US, "reason": str(refusal), "file": ""}
                    )
            self._decide(sender, finding, now)

    def _change_register(self, sender: str, telling: Telling) -> None:
        own = read_household_id(sender)
        if telling.leaves and own:
            self.register.leave(own[1], telling.leaves)
        if telling.joins and own:
            self.register.join(own[1], telling.joins)
        if telling.into and own:
            into = read_household_id(telling.into)
            assert into is not None
            self.register.move(own[1], into[1])

    def _household_for(self, sender: str, telling: Telling) -> str:
        if not telling.act:
            return ""
        number = self.register.find(self.files[sender].client_number)
        found = household_id(self.gemeente, number)
        if found not in self.files:
            self.files[found] = begin_household(self.gemeente, number)
        return found

    # -- what tests ask --------------------------------------------------------------------------------------

    def events(self, file: str, *kinds: str) -> list[str]:
        return [
            f"{civil_date(event.at)} {event.event} {event.term_id or event.task or event.act or event.stage}"
            for name, decision in self.decisions
            if name == file
            for event in decision.events
            if event.event in kinds
        ]

    def agree(self) -> None:
        """What must hold at any time: journeys and households say the same, and nothing waits to be told."""
        assert not self.refused, self.refused
        for name, state in self.files.items():
            assert not state.tellings
            if state.household_file is not None:
                for member, journey in state.household_file.open_journeys:
                    if state.household_file.merged_into is None:
                        assert self.files[journey.id].household_id == name
                        assert member.client is not None
                        assert household_id(self.gemeente, self.register.find(member.client)) == name
            elif state.household is not None and state.stage is not Stage.GESLOTEN:
                file = self.files[state.household_id].household_file
                assert file is not None
                assert file.merged_into is None
                member = file.member_of(state.client_number)
                assert member is not None
                director = file.director
                said = (state.household.team, state.household.person)
                if any(one.id == name for one in member.open_journeys):
                    assert said == ((director.team, director.person) if director else ("", ""))
                    owner = state.owners.get(Track.REGIE)
                    assert owner is None or said == (owner.team, owner.person), f"{name} follows another"
                    assert (owner is None) is (director is None), f"{name} follows nobody"


__all__ = ["World"]
