"""What people see of journeys: worklists, one journey with its time line, tasks.

Geheimhouding is kept in the tables and deliberately never read here.
"""

import asyncio
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, Literal

import asyncpg

from activities.directory import Directory
from activities.journal import WRITTEN, Journal, Written
from domain.base import Explained, Frozen
from domain.calendars import civil_date
from domain.households import read_household_id
from domain.projection import TaskRow, TermRow
from runtime.database import listening
from runtime.keys import KeyRing

Status = Literal["aangemeld", "open", "gesloten"]


class JourneyNotFound(Explained):
    """No journey fits, or more than one does; the message is a Dutch sentence."""


class JourneyRow(Frozen):
    """A journey as a line of a worklist."""

    journey_id: str
    gemeente: str
    client_number: int
    journey_number: int
    status: Status
    route: str
    stage: str
    next_step: str
    team: str
    person: str
    regisseur: str
    next_term: str
    next_due: date | None
    next_wake: datetime | None
    escalation: int
    open_tasks: int
    version: int
    seq: int
    updated_at: datetime
    acting: str = ""
    """Who stands in for the person who owns it and is away today; empty: the owner acts, or nobody stands in."""


class TaskView(TaskRow):
    """A task with the journey that it belongs to."""

    journey_id: str
    person: str
    """Who owns the journey."""


class TimelineLine(Frozen):
    """One thing that happened. ``by`` is a code of the directory; empty: nobody, or erased."""

    seq: int
    at: datetime
    event: str
    text: str
    by: str
    name: str
    """Which act, question or kind of moment."""
    act_id: str | None
    stage: str | None
    route: str | None
    term: str | None
    term_id: str | None
    due: date | None
    rung: int | None
    role: str | None
    task: str | None
    late_seconds: int
    """How late the journey got to it."""
    note: str | None = None
    """Reference to a note, on the line of the act."""


class MessageState(Frozen):
    """A message to staff, and whether it went."""

    message_id: str
    template: str
    role: str
    team: str
    person: str
    text: str
    created: datetime
    state: Literal["wacht", "weekoverzicht", "verzonden", "teruggekomen", "mislukt", "vervallen"]
    """``weekoverzicht``: waits for the next digest; ``vervallen``: resolved before its digest went."""
    attempts: int
    sent_at: datetime | None
    failed_at: datetime | None
    last_error: str


class JourneyView(Frozen):
    """One journey whole."""

    journey: JourneyRow
    terms: tuple[TermRow, ...]
    tasks: tuple[TaskRow, ...]
    timeline: tuple[TimelineLine, ...]
    messages: tuple[MessageState, ...]


def short_name(file: str) -> str:
    """How people name a journey or a household at the command line: ``deventer-17``."""
    return file.removeprefix("klantroute-").rpartition("-")[0] if read_household_id(file) is None else file


class Worklist:
    """Reads what the journal has filled.

    Args:
        pool: the database.
        keys: opens what the time line says.
    """

    def __init__(self, pool: asyncpg.Pool, keys: KeyRing) -> None:
        self._pool = pool
        # The domain of a Message-ID is for writing only.
        self._journal = Journal(pool, keys, mail_domain="")

    async def journeys(
        self,
        gemeente: str | None = None,
        stage: str | None = None,
        team: str | None = None,
        person: str | None = None,
        min_escalation: int = 0,
        only_tasks: bool = False,
        status: Status | None = "open",
        limit: int = 100,
        offset: int = 0,
        on: date | None = None,
    ) -> list[JourneyRow]:
        """Journeys, what is most urgent first.

        Args:
            gemeente: of this municipality; None: of all.
            stage: in this stage.
            team: owned by this team, or with an open term that this team owns.
            person: owned or directed by this person, or by somebody for whom this person stands in, or with an
                open term that they own.
            min_escalation: with this rung or a higher one.
            only_tasks: with an open task.
            status: None: whatever it is.
            limit: at most so many.
            offset: skip so many.
            on: the day that absences are looked at; None: today.
        """
        acting = await self._acting(on, gemeente)
        records = await self._pool.fetch(
            _JOURNEYS, gemeente, stage, team, _for(person, acting), min_escalation, only_tasks, status, limit,
            offset,
        )  # fmt: skip
        return [_row(record, acting) for record in records]

    async def owners(self) -> tuple[set[str], set[str]]:
        """The teams and the people (codes) that own anything, open or closed."""
        records = await self._pool.fetch(_OWNERS)
        teams = {record["owner"] for record in records if record["kind"] == "team"}
        return teams, {record["owner"] for record in records} - teams

    async def tasks(
        self,
        gemeente: str | None = None,
        team: str | None = None,
        role: str | None = None,
        person: str | None = None,
        only_open: bool = True,
        limit: int = 100,
        offset: int = 0,
        on: date | None = None,
    ) -> list[TaskView]:
        """Tasks, the one that is due first on top.

        Args:
            gemeente: of this municipality; None: of all.
            team: for this team.
            role: for this role.
            person: in journeys that this person owns or directs, or stands in for who does.
            only_open: False: those that are done too.
            limit: at most so many.
            offset: skip so many.
            on: the day that absences are looked at; None: today.
        """
        people = _for(person, await self._acting(on, gemeente))
        records = await self._pool.fetch(_TASKS, gemeente, team, role, people, only_open, limit, offset)
        return [TaskView.model_validate(dict(record)) for record in records]

    async def _acting(
        self, on: date | None, gemeente: str | None = None, connection: asyncpg.Connection | None = None
    ) -> dict[tuple[str, str], str]:
        directory = Directory(connection or self._pool)
        return await directory.acting(on or civil_date(datetime.now(UTC)), gemeente)

    async def journey(self, journey_id: str, on: date | None = None) -> JourneyView | None:
        """Everything about one journey, the newest line last; None: not registered.

        Args:
            journey_id: which journey.
            on: the day that absences are looked at; None: today.

        Raises:
            KeyRingError: the journal was changed outside the program, or the key ring misses a key.
        """
        async with (
            self._pool.acquire() as connection,
            # One moment for all tables, or a screen could show a term without the line that started it.
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            row = await connection.fetchrow(_JOURNEY, journey_id)
            if row is None:
                return None
            terms = await connection.fetch(_TERMS_OF, journey_id)
            tasks = await connection.fetch(_TASKS_OF, journey_id)
            messages = await connection.fetch(_MESSAGES_OF, journey_id)
            entries = await self._journal.entries(journey_id, connection)
            acting = await self._acting(on, row["gemeente"], connection)
        return JourneyView(
            journey=_row(row, acting),
            terms=tuple(TermRow.model_validate(dict(record)) for record in terms),
            tasks=tuple(TaskRow.model_validate(dict(record)) for record in tasks),
            timeline=tuple(_timeline(entries)),
            messages=tuple(MessageState.model_validate(dict(record)) for record in messages),
        )

    async def find(self, journey_or_client: str, gemeente: str | None = None) -> str:
        """The id of the journey that somebody means.

        Args:
            journey_or_client: ``17``, ``deventer-17``, ``deventer-17-1`` or ``klantroute-deventer-17-1``. Of a
                client, the journey that is open, or else the last one.
            gemeente: whose client a bare number is; None: any, if only one municipality has that number.

        Raises:
            JourneyNotFound: says what was looked for, why there is no answer, and what to type.
        """
        asked = journey_or_client.strip().lower()
        short = asked.removeprefix("klantroute-")
        if await self._pool.fetchval(_EXISTS, f"klantroute-{short}"):
            return f"klantroute-{short}"
        # A household has a number of the same series: huishouden-18, huishouden-deventer-18, or just 18.
        short = short.removeprefix("huishouden-")
        parts = re.fullmatch(r"(?:([a-z][a-z0-9-]*)-)?([0-9]{1,18})", short)
        if parts is None:
            return self._found(asked, [])
        records = await self._pool.fetch(_LATEST, int(parts[2]), parts[1] or gemeente)
        return self._found(asked, [record["journey_id"] for record in records])

    async def wait_for(
        self,
        journey_id: str,
        *,
        seq: int | None = None,
        version: int | None = None,
        timeout: float = 1.0,  # noqa: ASYNC109
    ) -> bool:
        """Wait until the tables show a journey as it is by now.

        Args:
            journey_id: which journey.
            seq: the journal entry that must be there.
            version: the count of human acts that must be there.
            timeout: how many seconds at most.

        Returns:
            False when the tables still lag.
        """
        if await self._shows(journey_id, seq, version):
            return True
        try:
            async with asyncio.timeout(timeout):
                async with listening(self._pool, WRITTEN) as heard:
                    # Again: it may have been written before we listened.
                    while not await self._shows(journey_id, seq, version):
                        while (said := await heard.get()) not in (journey_id, None):
                            pass
                        if said is None:
                            return False
        except TimeoutError:
            return False
        return True

    async def _shows(self, journey_id: str, seq: int | None, version: int | None) -> bool:
        return bool(await self._pool.fetchval(_SHOWS, journey_id, seq, version))

    def _found(self, asked: str, journeys: Sequence[str]) -> str:
        if len(journeys) == 1:
            return journeys[0]
        if not journeys:
            raise JourneyNotFound(
                f"Er is geen klantroute {asked!r}. Typ een cliëntnummer (17), een cliënt met gemeente "
                "(deventer-17) of een hele klantroute (klantroute-deventer-17-1); meedoen list toont ze."
            )
        shown = ", ".join(short_name(journey) for journey in journeys)
        raise JourneyNotFound(
            f"Cliëntnummer {asked} komt in meer gemeenten voor. Noem de gemeente erbij: {shown}."
        )


def _timeline(entries: Sequence[Written]) -> list[TimelineLine]:
    lines = []
    for entry in entries:
        act: dict[str, Any] = (entry.happening or {}) if entry.kind == "act" else {}
        by = act.get("by") or {}
        for event in entry.events:
            of_act = event.event == "act_accepted" and event.act == entry.name
            lines.append(
                TimelineLine(
                    seq=entry.seq,
                    name=entry.name,
                    by=str(by.get("code", "")),
                    late_seconds=entry.late_seconds,
                    note=act.get("note") if of_act else None,
                    **event.model_dump(exclude={"act"}),
                )
            )
    return lines


def _row(record: Any, acting: dict[tuple[str, str], str]) -> JourneyRow:
    acts = acting.get((record["gemeente"], record["person"]), "")
    return JourneyRow.model_validate({**record, "acting": acts})


def _for(person: str | None, acting: dict[tuple[str, str], str]) -> list[str] | None:
    """Whose work somebody looks after: their own, and that of those for whom they stand in."""
    if person is None:
        return None
    return [person, *(code for (_, code), acts in acting.items() if acts == person)]


def _columns(model: Any, table: str) -> str:
    # Who acts today is known from the directory and stands in no table.
    return ", ".join(f"{table}.{name}" for name in model.model_fields if name != "acting")


_ROW = _columns(JourneyRow, "j")
_JOURNEYS = f"""
    SELECT {_ROW} FROM overview j
    WHERE ($1::text IS NULL OR j.gemeente = $1)
        AND ($2::text IS NULL OR j.stage = $2)
        AND ($3::text IS NULL OR j.team = $3 OR EXISTS (
            SELECT FROM term t WHERE t.journey_id = j.journey_id AND t.ended_on IS NULL AND t.team = $3))
        AND ($4::text[] IS NULL OR j.person = ANY ($4) OR j.regisseur = ANY ($4) OR EXISTS (
            SELECT FROM term t
            WHERE t.journey_id = j.journey_id AND t.ended_on IS NULL AND t.person = ANY ($4)))
        AND j.escalation >= $5
        AND (NOT $6 OR j.open_tasks > 0)
        AND ($7::text IS NULL OR j.status = $7)
        -- A household has a line of its own when it asks for something; journeys always have.
        AND (j.route <> 'huishouden' OR j.next_due IS NOT NULL OR j.open_tasks > 0)
    ORDER BY j.escalation DESC, j.next_due NULLS LAST, j.gemeente, j.client_number, j.journey_number
    LIMIT $8 OFFSET $9
"""
_TASKS = f"""
    SELECT {_columns(TaskRow, "k")}, k.journey_id, j.person
    FROM task k JOIN overview j USING (journey_id)
    WHERE ($1::text IS NULL OR j.gemeente = $1)
        AND ($2::text IS NULL OR k.team = $2)
        AND ($3::text IS NULL OR k.role = $3)
        AND ($4::text[] IS NULL OR j.person = ANY ($4) OR j.regisseur = ANY ($4))
        AND (NOT $5 OR k.done_on IS NULL)
    ORDER BY k.due NULLS LAST, k.opened_at, k.journey_id, k.id
    LIMIT $6 OFFSET $7
"""
_JOURNEY = f"SELECT {_ROW} FROM overview j WHERE j.journey_id = $1"
_TERMS_OF = f"""
    SELECT {_columns(TermRow, "t")} FROM term t WHERE t.journey_id = $1
    ORDER BY t.ended_on IS NOT NULL, t.legal_end, t.id
"""
_TASKS_OF = f"""
    SELECT {_columns(TaskRow, "k")} FROM task k WHERE k.journey_id = $1
    ORDER BY k.done_on IS NOT NULL, k.due NULLS LAST, k.opened_at, k.id
"""
_MESSAGES_OF = """
    SELECT coalesce(digest, message_id) AS message_id, template, role, team, person, coalesce(params ->> 'tekst', '') AS text, created,
        CASE WHEN failed_at IS NOT NULL THEN 'mislukt' WHEN bounced_at IS NOT NULL THEN 'teruggekomen'
            WHEN sent_at IS NOT NULL THEN 'verzonden' WHEN lapsed_at IS NOT NULL THEN 'vervallen'
            WHEN bundled AND digest IS NULL THEN 'weekoverzicht' ELSE 'wacht' END AS state,
        attempts, sent_at, failed_at, last_error
    FROM outbox WHERE journey_id = $1 ORDER BY id
"""
_OWNERS = """
    SELECT DISTINCT kind, owner FROM (
        SELECT 'team' AS kind, team AS owner FROM overview UNION ALL SELECT 'team', team FROM term
        UNION ALL SELECT 'person', person FROM overview UNION ALL SELECT 'person', regisseur FROM overview
        UNION ALL SELECT 'person', person FROM term
    ) owned WHERE owner <> ''
"""
_EXISTS = "SELECT EXISTS (SELECT FROM journey WHERE journey_id = $1)"
_LATEST = """
    SELECT DISTINCT ON (gemeente) journey_id FROM overview
    WHERE client_number = $1 AND ($2::text IS NULL OR gemeente = $2)
    ORDER BY gemeente, current DESC, status = 'open' DESC, journey_number DESC
"""
_SHOWS = """
    SELECT EXISTS (
        SELECT FROM overview
        WHERE journey_id = $1 AND ($2::integer IS NULL OR seq >= $2) AND ($3::integer IS NULL OR version >= $3)
    )
"""
