"""Whether journal, read model and Temporal agree to the entry, and the story is the one that should be."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

from activities.kept_policies import KeptPolicies
from activities.rebuild import Rebuilder
from domain.decide import advance, begin, decide
from domain.findings import Finding
from domain.happenings import Act, Event, TimePassed
from domain.journey import JourneyState, read_journey_id
from domain.policy import Policy
from runtime.policies import load_policy
from starter.office import Office
from workflows.messages import STATE_QUERY

SETTLES_WITHIN = 30.0
"""Seconds, on a machine that does other things too."""


async def everything_agrees(office: Office, answered: Iterable[tuple[str, str]]) -> None:
    """Compare everything with everything.

    Args:
        office: no act may be under way in it; time may go on.
        answered: journey and id of every act that a person was told is held.
    """
    policy = load_policy("deventer")
    journeys = [record["journey_id"] for record in await office.pool.fetch("SELECT journey_id FROM journey")]
    in_journals: set[tuple[str, str]] = set()
    for journey_id in journeys:
        assert await office.journal.verify(journey_id) == []
        await _journal_holds_what_temporal_says(office, journey_id)
        entries = await office.journal.entries(journey_id)
        acts = [event.act_id for entry in entries for event in entry.events if event.event == "act_accepted"]
        twice = [act for act, times in Counter(acts).items() if times > 1]
        assert not twice, f"{journey_id}: {twice} stand in the journal more than once"
        in_journals |= {(journey_id, act) for act in acts if act}
        _rungs_once(journey_id, [event for entry in entries for event in entry.events])
    missing = set(answered) - in_journals
    assert not missing, f"answered and not in any journal: {sorted(missing)[:5]} and {len(missing)} in all"
    rebuilt = await Rebuilder(office.pool, office.journal, KeptPolicies(office.pool), lambda _: policy).run()
    assert (rebuilt.differed, rebuilt.journeys) == (0, len(journeys))


async def _journal_holds_what_temporal_says(office: Office, journey_id: str) -> None:
    """Logical time goes on while this looks: what was decided just now is written a moment later."""
    route = office.client.get_workflow_handle(journey_id)
    deadline = asyncio.get_running_loop().time() + SETTLES_WITHIN
    while True:
        told: JourneyState = await route.query(STATE_QUERY, result_type=JourneyState)
        written = await office.journal.state(journey_id)
        if written == told:
            return
        if asyncio.get_running_loop().time() > deadline:
            assert written == told, journey_id
        await asyncio.sleep(0.2)


def _rungs_once(journey_id: str, events: list[Event]) -> None:
    rungs = Counter((e.term_id, e.rung, e.role) for e in events if e.event == "escalated")
    twice = [rung for rung, times in rungs.items() if times > 1]
    assert not twice, f"{journey_id}: {twice} were delivered more than once"
    order: dict[str | None, list[int]] = {}
    for event in events:
        if event.event == "escalated" and event.rung:
            order.setdefault(event.term_id, []).append(event.rung)
    for term, delivered in order.items():
        assert delivered == sorted(delivered), f"{journey_id}: rungs of {term} out of order: {delivered}"
        assert set(range(1, max(delivered) + 1)) <= set(delivered), f"{journey_id}: rung of {term} skipped"


async def told_as_if_nothing_had_happened(office: Office, journey_id: str, policy: Policy) -> None:
    """Tell the journey again with the rules alone: the same acts give the same story, moment for moment."""
    parts = read_journey_id(journey_id)
    assert parts is not None
    entries = await office.journal.entries(journey_id)
    first = entries[0].change["whole"]
    assert isinstance(first, dict)
    state = begin(*parts, resident=JourneyState.model_validate(first).resident)
    for entry in entries:
        assert entry.happening is not None
        if entry.kind == "time":
            happening: TimePassed | Act | Finding = TimePassed.model_validate(entry.happening)
            assert isinstance(happening, TimePassed)
            decision = next(advance(state, entry.at + timedelta(days=1), policy))
            assert decision.happening == happening, f"{journey_id}, entry {entry.seq}"
        else:
            model = Act if entry.kind == "act" else Finding
            happening = model.model_validate(entry.happening)
            missed = next(advance(state, entry.at, policy), None)
            assert missed is None, (
                f"{journey_id}, entry {entry.seq}: {missed and missed.happening} was missed"
            )
            decision = decide(state, happening, entry.at, policy)
        assert (decision.at, decision.events) == (entry.at, entry.events), f"{journey_id}, entry {entry.seq}"
        state = decision.state
    assert state == await office.journal.state(journey_id)


__all__ = ["everything_agrees", "told_as_if_nothing_had_happened"]
