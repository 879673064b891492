"""Tells a journey step by step with ``decide`` alone, for tests of the rules."""

from datetime import UTC, date, datetime
from typing import Any

from domain.calendars import AMSTERDAM
from domain.decide import Decision, advance, begin, decide, route_of
from domain.findings import Finding, Outcome, PartialDate
from domain.happenings import Act, Actor, Event, Message
from domain.journey import JourneyState, Resident
from domain.policy import Policy
from domain.routes import act_of_any_route
from runtime.policies import load_policy


def instant(local: str) -> datetime:
    """``2026-05-08T08:30`` in Amsterdam, as UTC."""
    return datetime.fromisoformat(local).replace(tzinfo=AMSTERDAM).astimezone(UTC)


def other_policy(**changes: Any) -> Policy:
    """The policy of Deventer with some fields replaced."""
    return load_policy("deventer").model_copy(update=changes)


def with_reading(policy: Policy, **readings: str) -> Policy:
    """The same policy with another reading of the law."""
    return policy.model_copy(update={"readings": {**policy.readings, **readings}})


def recorded(
    state: JourneyState,
    local: str,
    name: str,
    *,
    by: str = "",
    role: str = "",
    effective: str = "",
    act_id: str = "",
    data: dict[str, Any],
) -> Act:
    """An act that somebody records in a file at a moment; by whoever usually may."""
    spec = route_of(state).find(name) or act_of_any_route(name, households=True)
    roles = spec.roles if spec else frozenset({"consulent"})
    role = role or ("consulent" if "consulent" in roles else min(roles))
    return Act(
        id=act_id or f"{name}@{local}",
        name=name,
        by=Actor(code=by or role, role=role),
        effective=date.fromisoformat(effective or local[:10]),
        data=data,
    )


class Story:
    """A journey and everything that it told."""

    def __init__(
        self,
        *,
        birth: date | PartialDate | None = date(1985, 1, 15),
        policy: Policy | None = None,
        bsn: bool = False,
        household: str = "onbekend",
        route: str = "regulier",
        connected: tuple[str, ...] = ("brp",),
    ) -> None:
        self.policy = policy or load_policy("deventer")
        known = PartialDate.of(birth) if isinstance(birth, date) else birth
        resident = Resident(birth=None if bsn else known, has_bsn=bsn, household=household)
        self.state: JourneyState = begin(
            "deventer", 1, 1, route=route, resident=resident, connected=connected
        )
        self.decisions: list[Decision] = []

    @property
    def events(self) -> list[Event]:
        return [event for decision in self.decisions for event in decision.events]

    @property
    def messages(self) -> list[Message]:
        return [message for decision in self.decisions for message in decision.messages]

    def until(self, local: str) -> "Story":
        """Let time pass."""
        for decision in advance(self.state, instant(local), self.policy):
            self._took(decision)
        return self

    def act(
        self,
        local: str,
        name: str,
        *,
        by: str = "",
        role: str = "",
        effective: str = "",
        act_id: str = "",
        **data: Any,
    ) -> "Story":
        """Somebody records something at a moment; by whoever usually may."""
        self.until(local)
        act = recorded(
            self.state, local, name, by=by, role=role, effective=effective, act_id=act_id, data=data
        )
        self._took(decide(self.state, act, instant(local), self.policy))
        return self

    def found(self, local: str, finding: Finding) -> "Story":
        """A registry answers."""
        self.until(local)
        self._took(decide(self.state, finding, instant(local), self.policy))
        return self

    def answer(self, local: str, question: str, outcome: Outcome = Outcome.FOUND, **said: Any) -> "Story":
        """A registry answers the question that waits for it."""
        asked = next(one for one in self.state.look_ups if one.question == question)
        finding = Finding(id=asked.id, question=question, outcome=outcome, answered_at=instant(local), **said)
        return self.found(local, finding)

    def _took(self, decision: Decision) -> None:
        self.decisions.append(decision)
        self.state = decision.state

    def told(self, *kinds: str, term: str = "") -> list[tuple[str, str, str]]:
        """(local time, kind, what) of the events of some kinds."""
        lines = []
        for event in self.events:
            if event.event in kinds and (not term or event.term == term):
                what = (
                    event.role if event.event == "escalated" else (event.term_id or event.task or event.stage)
                )
                lines.append((f"{event.at.astimezone(AMSTERDAM):%Y-%m-%d %H:%M}", event.event, what or ""))
        return lines

    def term(self, term_id: str) -> Any:
        return next(term for term in self.state.terms if term.id == term_id)


def due(story: Story, term_id: str) -> str:
    """The last day of a term, as ``2026-05-07``."""
    return str(story.term(term_id).due)


def open_tasks(story: Story) -> list[str]:
    """The kinds of the questions that wait."""
    return [task.kind for task in story.state.open_tasks()]
