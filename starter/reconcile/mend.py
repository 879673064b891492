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
from domain.journey import JourneyState, read_journey_id
from domain.projection import JournalEntry, lost_entry, snapshot
from starter.reconcile.differences import Difference, Kind, Report
from starter.reconcile.postgresql_side import PostgresqlSide
from starter.reconcile.temporal_side import CALL, NO_ANSWER, TemporalSide
from workflows.acting import going_on
from workflows.messages import RESTORE_UPDATE, RestoredJourney, RestoreJourney

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

    async def mend(self, difference: Difference, report: Report) -> str:
        """What was done, as a sentence; empty: nothing can be done from here."""
        journey_id = difference.journey_id
        match difference.kind:
            case Kind.UNKNOWN:
                return await self._register_again(journey_id, report)
            case Kind.JOURNAL_BEHIND:
                return await self._fill_journal(journey_id, report)
            case Kind.TEMPORAL_BEHIND | Kind.APART | Kind.NOT_RUNNING:
                return await self._go_on_from_journal(journey_id, difference.kind, report)
            case _:
                return ""

    async def _register_again(self, journey_id: str, report: Report) -> str:
        parts = read_journey_id(journey_id)
        assert parts is not None
        gemeente, client_number, journey_number = parts
        new_client = await self._clients.register_again(
            gemeente, client_number, journey_number, now=datetime.now(UTC)
        )
        if new_client:
            report.lost.append(
                f"{journey_id}: wie dit is, staat nergens meer. Zoek het op in de aanmeldingen van die tijd en "
                f"leg het vast met 'meedoen identify {gemeente}-{client_number}'."
            )
        return f"{journey_id}: opnieuw geregistreerd in PostgreSQL."

    async def _fill_journal(self, journey_id: str, report: Report) -> str:
        registered = await self._postgresql.registered(journey_id)
        assert registered is not None
        # The last one that both hold shows whether they tell the same story up to there.
        held = await self._temporal.entries(journey_id, after=registered.seq - 1)
        if registered.seq in held and not await self._journal.agrees(held[registered.seq]):
            return await self._go_on_from_journal(journey_id, Kind.APART, report)
        state = await self._last_state(journey_id)
        last = self._last_to_fill(registered.seq, held, state, await self._temporal.is_writing(journey_id))
        gap = [seq for seq in range(registered.seq + 1, last + 1) if seq not in held]
        lines = {seq: entry for seq, entry in held.items() if seq <= last}
        if gap:
            now = datetime.now(UTC)
            lines |= {entry.seq: entry for entry in await self._lost(journey_id, gap, held, state, now)}
        if not lines:
            return ""
        try:
            await self._journal.write([lines[seq] for seq in sorted(lines)])
        except JournalConflict:
            return await self._go_on_from_journal(journey_id, Kind.APART, report)
        if gap:
            report.lost.append(
                f"{journey_id}: {_lines(gap)} van het journaal {'staat' if len(gap) == 1 else 'staan'} nergens "
                "meer. De klantroute zelf is heel; wie daar wat vastlegde, is niet meer te zeggen."
            )
        fresh = [seq for seq in lines if seq > registered.seq and seq not in gap]
        await self._missing_notes(journey_id, [lines[seq] for seq in sorted(fresh)], report)
        await self._temporal.try_at_once(journey_id)
        if not fresh and not gap:
            return ""
        return (
            f"{journey_id}: {len(fresh)} {'regel' if len(fresh) == 1 else 'regels'} van het journaal opnieuw "
            "geschreven uit Temporal."
        )

    def _last_to_fill(
        self, written: int, held: Mapping[int, JournalEntry], state: JourneyState | None, writing: bool
    ) -> int:
        """Up to which entry the journal can be filled from outside."""
        scheduled = max(held, default=written)
        if state is None:
            return scheduled
        # What a journey is still writing it writes itself, as soon as the entries before it are there.
        return min(scheduled, state.seq) if writing else state.seq

    async def _lost(
        self,
        journey_id: str,
        gap: Sequence[int],
        held: Mapping[int, JournalEntry],
        state: JourneyState | None,
        now: datetime,
    ) -> list[JournalEntry]:
        """Entries for what nobody holds any more; they say so, and what is known of the state."""
        if state is None:
            # Not one that answers: what stands beside the gap shows at least what it looked like.
            near = held[min((seq for seq in held if seq > gap[-1]), default=max(held))]
            return [
                lost_entry(near.snapshot, seq=seq, at=now, by=_BY, policy_hash=near.policy_hash)
                for seq in gap
            ]
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

    async def _last_state(self, journey_id: str) -> JourneyState | None:
        """The state in Temporal, of a run that has ended too; None: it does not answer."""
        try:
            return await self._temporal.state(journey_id)
        except NO_ANSWER:
            return None

    async def _missing_notes(self, journey_id: str, entries: Sequence[JournalEntry], report: Report) -> None:
        references = [note for entry in entries if (note := entry.happening.get("note"))]
        for note in references:
            if not await self._notes.exists(note):
                report.lost.append(
                    f"{journey_id}: de vrije tekst met kenmerk {note} staat nergens meer. Vraag wie haar "
                    "schreef om haar opnieuw vast te leggen."
                )

    async def _go_on_from_journal(self, journey_id: str, kind: Kind, report: Report) -> str:
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
        for act in done.not_repeated:
            report.lost.append(
                f"{journey_id}: '{act.name}' van {act.by.code} per {act.effective:%d-%m-%Y} (kenmerk "
                f"{act.act_id}) past niet meer na het terugzetten: {act.why} Leg haar zo nodig zelf vast."
            )
        again = (
            f" {len(done.repeated)} {'handeling is' if len(done.repeated) == 1 else 'handelingen zijn'} "
            "opnieuw vastgelegd."
            if done.repeated
            else ""
        )
        return f"{journey_id}: gaat verder vanaf regel {state.seq} van het journaal.{again}"


def _lines(numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return f"regel {numbers[0]}"
    return f"{len(numbers)} regels ({numbers[0]} tot en met {numbers[-1]})"


_WHY = {
    Kind.TEMPORAL_BEHIND: "Temporal miste wat hier gebeurd is; de klantroute gaat verder vanaf het journaal.",
    Kind.APART: "Temporal en het journaal spraken elkaar tegen; de klantroute gaat verder vanaf het journaal.",
    Kind.NOT_RUNNING: "De klantroute was weg uit Temporal en is opnieuw gestart vanaf het journaal.",
}
