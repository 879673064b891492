"""The scheduled check of all files: what should not be so is put before the teamleider."""

from datetime import UTC, date, datetime

import asyncpg
import structlog

from activities.contracts import StateOf
from activities.journal import Journal
from activities.undelivered import Report
from domain.base import Explained
from domain.happenings import PROGRAM
from runtime.keys import KeyRing
from runtime.rounds import InRounds, Rounds
from runtime.settings import Settings

FACT = "controle_gemeld"
ROUND_SECONDS = 900.0
_log = structlog.get_logger(__name__)


class FileChecks(InRounds):
    """Looks at every file a few times an hour, in the tables that screens read.

    What it finds is recorded in the file itself, once a week at most, and opens a task there: so it is seen in the
    worklist of the teamleider, it has a term, and it escalates when nobody looks.

    Args:
        pool: the database.
        report: records it in a file.
        state_of: see `StateOf`.
        households: whether every journey has to belong to a household.
        today: the civil date; for tests.
    """

    def __init__(
        self,
        pool: asyncpg.Pool,
        report: Report,
        state_of: StateOf,
        *,
        households: bool,
        today: date | None = None,
    ) -> None:
        self._pool = pool
        self._report = report
        self._state_of = state_of
        self._households = households
        self._today = today
        self._rounds = Rounds(
            pool,
            "meedoen_file_checks",
            self.look,
            seconds=ROUND_SECONDS,
            trouble="de controle van alle dossiers lukt nu niet",
        )

    async def look(self) -> list[tuple[str, str]]:
        """One round.

        Returns:
            The files in which something was found, and what, whether it was reported before or not.
        """
        found = [(row["journey_id"], row["wat"]) for row in await self._pool.fetch(_WRONG, self._households)]
        year, week, _ = (self._today or datetime.now(UTC).date()).isocalendar()
        name = f"{year}-W{week:02}"
        for file, wrong in found:
            if self._rounds.stopping:
                break
            try:
                await self._report(
                    file,
                    FACT,
                    by=PROGRAM,
                    data={"wat": wrong, "week": name},
                    act_id=f"controle-{wrong}-{name}",
                    state_of=self._state_of,
                )
            except Explained as error:
                # One file that does not answer holds up no other; the next round tries again.
                _log.warning("de controle kon niet worden vastgelegd", klantroute=file, reden=str(error))
        return found


def file_checks(pool: asyncpg.Pool, settings: Settings, keys: KeyRing, report: Report) -> FileChecks:
    """The check as a worker runs it."""
    state_of = Journal(pool, keys, settings.mail_domain).state
    return FileChecks(pool, report, state_of, households=settings.households)


# A household may rest while its journeys are guarded, so only journeys need a moment of their own.
_WRONG = """
    WITH files AS (SELECT * FROM overview WHERE status = 'open' AND seq > 0)
    SELECT journey_id, 'dubbele_klantroute' AS wat FROM files f
    WHERE route <> 'huishouden' AND EXISTS (
        SELECT FROM files o WHERE o.gemeente = f.gemeente AND o.client_number = f.client_number
            AND o.journey_id <> f.journey_id)
    UNION ALL
    SELECT journey_id, 'meer_plannen' FROM evidence WHERE until IS NULL AND 'meer_plannen' = ANY (missing)
    UNION ALL
    SELECT journey_id, 'geen_eigenaar' FROM files WHERE team = '' AND person = ''
    UNION ALL
    SELECT journey_id, 'geen_volgende_stap' FROM files WHERE next_step = ''
    UNION ALL
    SELECT journey_id, 'geen_moment' FROM files WHERE route <> 'huishouden' AND next_wake IS NULL
    UNION ALL
    SELECT f.journey_id, 'geen_huishouden' FROM files f
    -- Those of before households were kept join one by one, with their next run.
    WHERE $1 AND route <> 'huishouden' AND f.registered_at < now() - interval '1 day'
        AND f.registered_at > (
            SELECT min(c.registered_at) FROM client c WHERE c.gemeente = f.gemeente AND c.kind = 'huishouden')
        AND NOT EXISTS (
        SELECT FROM household_member m WHERE m.gemeente = f.gemeente AND m.client_number = f.client_number
            AND m.until IS NULL)
    ORDER BY 1, 2
"""
