"""The weekly digest: messages that wait are gathered into one mail per reader, under a Message-ID of its own.

Gathering is a step of its own, before sending: which messages go under which Message-ID stands fast, so that a
process that dies in between sends the same ones again under the same id, and no other message under it.
"""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import asyncpg
import structlog

from activities.messages import Letter, Line, write_digest
from domain.base import Explained
from domain.calendars import civil_date
from domain.clock import Clock
from domain.happenings import Recipient
from domain.policy import Policy

FORGOTTEN = timedelta(days=14)
"""A message that was not gathered by then stands still: a week, and the longest time of closed days in a row."""

_log = structlog.get_logger(__name__)


async def gather(
    pool: asyncpg.Pool, policy_of: Callable[[str], Policy], clock: Clock, real_now: datetime, mail_domain: str
) -> int:
    """Give every message that waited at the last digest moment of its municipality the digest it goes in.

    A message that was put down after that moment waits for the next one, and so does one that came in late, when
    that digest was gathered before: nothing is added to a digest.

    Args:
        pool: the database.
        policy_of: the policy of a municipality; raises PolicyError.
        clock: by which journeys live.
        real_now: the instant (UTC) on the server's clock.
        mail_domain: right-hand side of the Message-ID.

    Returns:
        How many digests there are to send.
    """
    made = 0
    for record in await pool.fetch(_MUNICIPALITIES):
        gemeente = record["gemeente"]
        try:
            policy = policy_of(gemeente)
        except Explained as error:
            _log.error("het weekoverzicht wacht op beleid", gemeente=gemeente, reden=str(error))
            continue
        moment = policy.digest.last_moment(policy.calendars_open_ended, clock.now(real_now))
        before = real_now + clock.real_until(moment, real_now)
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute(_ONE_AT_A_TIME, gemeente)
            made += await _gather(connection, gemeente, civil_date(moment), before, mail_domain)
    return made


async def _gather(
    connection: asyncpg.Connection, gemeente: str, day: date, before: datetime, mail_domain: str
) -> int:
    readers: dict[Recipient, list[int]] = defaultdict(list)
    for row in await connection.fetch(_GATHERED, gemeente, before):
        readers[Recipient(role=row["role"], team=row["team"], person=row["person"])].append(row["id"])
    made = 0
    for to, rows in readers.items():
        digest = digest_id(gemeente, to, day, mail_domain)
        if await connection.fetchval(_EXISTS, digest):
            continue
        await connection.execute(_GATHER, rows, digest, to.team, to.person)
        made += 1
    return made


def digest_id(gemeente: str, to: Recipient, day: date, mail_domain: str) -> str:
    """The Message-ID of the digest of one reader and one week; it says nothing about anybody."""
    text = "\x00".join(("weekoverzicht", gemeente, to.role, to.team, to.person, day.isoformat()))
    return f"<{hashlib.sha256(text.encode()).hexdigest()[:40]}@{mail_domain}>"


class Members(NamedTuple):
    """The messages of one digest, each with what the read model says of its term by now."""

    open: tuple[Any, ...]
    resolved: tuple[int, ...]
    """Ids of those that nobody has to hear of any more."""

    def letter(self) -> Letter:
        """What the reader gets: every term once."""
        lines: dict[tuple[str, str], Line] = {}
        for row in self.open:
            params = row["params"]
            lines[row["journey_id"], str(params.get("termijn", row["key"]))] = Line(
                journey_id=row["journey_id"], text=params["tekst"], due=row["due"]
            )
        # By how long the resident waits, never by who did not do it.
        return write_digest(sorted(lines.values(), key=lambda line: (line.due or date.max, line.journey_id)))


async def members(connection: asyncpg.Connection, digest: str) -> Members:
    """Lock the messages of a digest that still wait, and see which are still to be told."""
    rows: Sequence[Any] = await connection.fetch(_MEMBERS, digest)
    return Members(
        open=tuple(row for row in rows if not row["resolved"]),
        resolved=tuple(row["id"] for row in rows if row["resolved"]),
    )


async def lapse(connection: asyncpg.Connection, rows: Sequence[int]) -> None:
    """What was resolved before its digest went is not told any more; that it was not stays noted."""
    await connection.execute(_LAPSE, list(rows))


_WAITS = "o.sent_at IS NULL AND o.failed_at IS NULL AND o.lapsed_at IS NULL"
_MUNICIPALITIES = f"""
    SELECT DISTINCT j.gemeente FROM outbox o JOIN journey j USING (journey_id)
    WHERE {_WAITS} AND o.bundled AND o.digest IS NULL
    ORDER BY j.gemeente
"""
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('weekoverzicht'), hashtext($1))"
# The journey may have changed hands since: the team that has the term by now hears of it.
_GATHERED = f"""
    SELECT o.id, o.role, coalesce(nullif(t.team, ''), o.team) AS team,
        CASE WHEN o.role = 'eigenaar' THEN coalesce(t.person, o.person) ELSE o.person END AS person
    FROM outbox o
    JOIN journey j USING (journey_id)
    LEFT JOIN term t ON t.journey_id = o.journey_id AND t.id = o.params ->> 'termijn'
    WHERE {_WAITS} AND o.bundled AND o.digest IS NULL AND j.gemeente = $1 AND o.created < $2
    ORDER BY o.id
    FOR UPDATE OF o
"""
_EXISTS = "SELECT EXISTS (SELECT FROM outbox WHERE digest = $1)"
_GATHER = """
    UPDATE outbox SET digest = $2, team = $3, person = $4, gathered_at = clock_timestamp(),
        not_before = clock_timestamp()
    WHERE id = ANY ($1::bigint[])
"""
# A term that runs again, with a later end, is still open and still told; only what ended is not.
_MEMBERS = f"""
    SELECT o.*, j.gemeente, t.legal_end AS due,
        coalesce(t.ended_on IS NOT NULL OR (t.breached_at IS NOT NULL AND NOT t.counts_as_breach), false)
            OR c.erased_at IS NOT NULL AS resolved
    FROM outbox o
    JOIN journey j USING (journey_id)
    JOIN client c USING (gemeente, client_number)
    LEFT JOIN term t ON t.journey_id = o.journey_id AND t.id = o.params ->> 'termijn'
    WHERE o.digest = $1 AND {_WAITS}
    ORDER BY o.id
    FOR UPDATE OF o
"""
_LAPSE = """
    UPDATE outbox SET lapsed_at = clock_timestamp(), not_before = 'infinity' WHERE id = ANY ($1::bigint[])
"""
