"""Mends what differs, and says what nobody holds any more."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import uuid4

from temporalio.client import Client, WorkflowUpdateFailedError

from activities.clients import Clients
from activities.journal import Journal, JournalConflict
from activities.notes import Notes
from domain.clock import Clock
from domain.happenings import Actor
from domain.projection import JournalEntry, snapshot
from domain.restoring import lost_entry
from starter.reconcile.differences import Difference, Kind
from starter.reconcile.postgresql_side import PostgresqlSide
from starter.reconcile.temporal_side import CALL, NO_ANSWER, TemporalSide
from workflows.acting import going_on
from workflows.messages import RESTORE_UPDATE, RestoredJourney, RestoreJourney, Standing

_BY = Actor(code="beheer", role="beheer")


class Mender:
    """Mends one journey at a time. Doing it twice changes nothing more.

    Args:
        client: the connection to Temporal.
        temporal: what runs.
        postgresql: what is registered.
        journal: what happened.
        clients: who is registered.
        notes: free texts, to see which were lost.
        task_queue: where workers listen.
        clock: what journeys that are started again read time by.
    """

    def __init__(
        self,
        client: Client,
        temporal: TemporalSide,
        postgresql: PostgresqlSide,
        *,
        journal: Journal,
        clients: Clients,
        notes: Notes,
        task_queue: str,
        clock: Clock,
    ) -> None:
        self._client = client
        self._temporal = temporal
        self._postgresql = postgresql
        self._journal = journal
        self._clients = clients
        self._notes = notes
        self._task_queue = task_queue
        self._clock = clock

    async def mend(self, difference: Difference) -> str:
        """What was done, as a sentence; empty: nothing can be done from here."""
        journey_id = difference.journey_id
        match difference.kind:
            case Kind.UNKNOWN:
                return await self._register_again(journey_id)
            case Kind.NUMBER_OF_ANOTHER:
                return await self._give_back_number(journey_id)
            case Kind.JOURNAL_BEHIND:
                return await self._fill_journal(journey_id)
            case Kind.TEMPORAL_BEHIND | Kind.APART | Kind.NOT_RUNNING:
                return await self._go_on_from_journal(journey_id, difference.kind)
            case Kind.MEMBERSHIPS:
                return await self._mend_register(journey_id)
            case _:
                return ""

    async def _mend_register(self, household: str) -> str:
        state = await self._journal.state(household)
        if state is None:
            return ""
        before = await self._postgresql.memberships(state)
        await self._postgresql.mend_memberships(state)
        left = set(await self._postgresql.memberships(state))
        done = [sentence for sentence in before if sentence not in left]
        return f"{household}: register van huishoudens rechtgezet ({'; '.join(done)})." if done else ""

    async def _register_again(self, journey_id: str) -> str:
        run = await self._temporal.run(journey_id)
        at = datetime.fromisoformat(run.registered) if run and run.registered else datetime.now(UTC)
        await self._clients.register_again(journey_id, now=at)
        return f"{journey_id}: opnieuw geregistreerd in PostgreSQL."

    async def _give_back_number(self, journey_id: str) -> str:
        """The newcomer is not registered any more; the same start again gives another number."""
        await self._clients.take_back_number(journey_id)
        await self._register_again(journey_id)
        return (
            f"{journey_id}: het nummer is terug bij wie het had. Wie het daarna kreeg, is niet gestart: doe die "
            "start of import nog een keer."
        )

    async def _fill_journal(self, journey_id: str) -> str:
        registered = await self._postgresql.registered(journey_id)
        assert registered is not None
        # In this order: what a journey does not have to write any more stands in a history that is read later.
        standing = await self._temporal.standing(journey_id)
        # A journey that was put back offers numbers again that the journal has long had.
        both = min((registered.seq, *(standing.unwritten if standing else ())))
        held = await self._temporal.entries(journey_id, after=both - 1)
        # Every one that both hold shows whether they tell the same story up to there.
        for seq in sorted(held):
            if seq <= registered.seq and not await self._journal.agrees(held[seq]):
                return await self._go_on_from_journal(journey_id, Kind.APART)
        gap = self._gap(registered.seq, held, standing)
        lines = {seq: entry for seq, entry in held.items() if standing is None or seq <= standing.state.seq}
        if gap:
            now = datetime.now(UTC)
            lines |= {entry.seq: entry for entry in await self._lost(gap, held, standing, now)}
        # What comes after a number that the journey still has to write has to wait for it.
        told = [lines[seq] for seq in _unbroken(registered.seq, lines)]
        if not told:
            return ""
        for entry in told:
            if note := entry.happening.get("note"):
                await self._notes.was_lost(journey_id, str(note))
        try:
            await self._journal.write(told)
        except JournalConflict:
            return await self._go_on_from_journal(journey_id, Kind.APART)
        await self._temporal.try_at_once(journey_id)
        fresh = [entry.seq for entry in told if entry.seq > registered.seq and entry.seq not in gap]
        if not fresh and not gap:
            return ""
        return (
            f"{journey_id}: {len(fresh)} {'regel' if len(fresh) == 1 else 'regels'} van het journaal opnieuw "
            "geschreven uit Temporal."
        )

    def _gap(self, written: int, held: Mapping[int, JournalEntry], standing: Standing | None) -> list[int]:
        """Numbers that nobody holds any more: neither a history nor the journey itself."""
        if standing is None:
            last = max(held, default=written)
        else:
            last = min(standing.unwritten, default=standing.state.seq + 1) - 1
        return [seq for seq in range(written + 1, last + 1) if seq not in held]

    async def _lost(
        self,
        gap: Sequence[int],
        held: Mapping[int, JournalEntry],
        standing: Standing | None,
        now: datetime,
    ) -> list[JournalEntry]:
        """Entries for what nobody holds any more; they say so, and what is known of the state."""
        if standing is None:
            # Not one that answers: what stands beside the gap shows at least what it looked like.
            near = held[min((seq for seq in held if seq > gap[-1]), default=max(held))]
            return [
                lost_entry(near.snapshot, seq=seq, at=now, by=_BY, policy_hash=near.policy_hash)
                for seq in gap
            ]
        state = standing.state
        shown = snapshot(state, await self._postgresql.policy(state))
        return [
            lost_entry(
                shown,
                seq=seq,
                at=now,
                by=_BY,
                policy_hash=state.policy_hash,
                # Entries after the gap only say what became of things, so they lead to the same state.
                state=state if seq == gap[-1] else None,
            )
            for seq in gap
        ]

    async def _go_on_from_journal(self, journey_id: str, kind: Kind) -> str:
        state = await self._journal.state(journey_id)
        if state is None:
            return ""
        order = RestoreJourney(state=state, by=_BY, why=_WHY[kind])
        start = going_on(state, self._clock, self._task_queue, why="teruggezet")
        try:
            done: RestoredJourney = await self._client.execute_update_with_start_workflow(
                RESTORE_UPDATE,
                order,
                id=f"herstel-{state.seq}-{uuid4().hex}",
                start_workflow_operation=start,
                result_type=RestoredJourney,
                rpc_timeout=CALL,
            )
        except (WorkflowUpdateFailedError, *NO_ANSWER):
            return ""
        again = ""
        if done.repeated:
            many = "handeling is" if done.repeated == 1 else "handelingen zijn"
            again = f" {done.repeated} {many} opnieuw vastgelegd."
        if done.not_repeated:
            many = "handeling past" if done.not_repeated == 1 else "handelingen passen"
            again += f" {done.not_repeated} {many} niet meer; daarvoor staat een taak klaar voor een mens."
        return f"{journey_id}: gaat verder vanaf regel {state.seq} van het journaal.{again}"


def _unbroken(written: int, lines: Mapping[int, JournalEntry]) -> list[int]:
    """The numbers from the last written one on, as far as they follow each other."""
    seq = written if written in lines else written + 1
    found = []
    while seq in lines:
        found.append(seq)
        seq += 1
    return found


_WHY = {
    Kind.TEMPORAL_BEHIND: "Temporal miste wat hier gebeurd is; de klantroute gaat verder vanaf het journaal.",
    Kind.APART: "Temporal en het journaal spraken elkaar tegen; de klantroute gaat verder vanaf het journaal.",
    Kind.NOT_RUNNING: "De klantroute was weg uit Temporal en is opnieuw gestart vanaf het journaal.",
}
