"""One round: see what answers, look at everything, and let no error stop the rest."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import asyncpg
import structlog
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from domain.base import Explained
from runtime.database import DatabaseUnreachable, open_pool
from runtime.settings import Settings
from runtime.temporal import connect
from watchdog.checks import CHECKS
from watchdog.sources import POSTGRESQL, TEMPORAL, Check, Sources
from watchdog.temporal_view import count
from watchdog.trouble import Looked, Trouble

CHECK_SECONDS = 25.0
ANSWER = timedelta(seconds=5)
FAILED = "controle-mislukt"

KNOWN_CAUSES = (POSTGRESQL, TEMPORAL, *(cause for check in CHECKS for cause in check.causes))
"""The causes of which it is known beforehand that they can come."""

_NO_ANSWER = (RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED)
_LOST = (
    ConnectionError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
)
_log = structlog.get_logger(__name__)


class Watcher:
    """Looks at everything, round after round.

    Args:
        settings: where everything is.
        checks: what to look at.
    """

    def __init__(self, settings: Settings, checks: Sequence[Check] = CHECKS) -> None:
        self._settings = settings
        self._checks = tuple(checks)
        self._client: Client | None = None

    async def look(self) -> Looked:
        """One round. Never raises for what it looks at."""
        began = datetime.now(UTC)
        troubles: list[tuple[str, Trouble]] = []
        judged = {POSTGRESQL, TEMPORAL}
        async with AsyncExitStack() as opened:
            # A new connection each time: whether one can be made is what we want to know.
            pool = await self._database(opened, troubles)
            client = await self._temporal(troubles)
            sources = Sources(self._settings, pool, client)
            answer = {name for name, there in ((POSTGRESQL, pool), (TEMPORAL, client)) if there is not None}
            able = [check for check in self._checks if check.needs <= answer]
            for check, found in zip(
                able, await asyncio.gather(*(_run(check, sources) for check in able)), strict=True
            ):
                failing = f"{FAILED}:{check.name}"
                if not isinstance(found, Trouble):
                    troubles += [(check.name, trouble) for trouble in found]
                    judged |= {check.name, failing}
                elif found.cause in answer:
                    # It went away in the middle of the round: one cause, however many checks met it.
                    troubles.append((found.cause, found))
                    answer -= {found.cause}
                elif found.cause.startswith(FAILED):
                    troubles.append((failing, found))
        return Looked(at=began, troubles=tuple(troubles), judged=frozenset(judged))

    async def _database(
        self, opened: AsyncExitStack, troubles: list[tuple[str, Trouble]]
    ) -> asyncpg.Pool | None:
        try:
            return await opened.enter_async_context(
                open_pool(self._settings, application="meedoen-bewaking", largest=4)
            )
        except DatabaseUnreachable as error:
            troubles.append((POSTGRESQL, _without_database(str(error))))
            return None

    async def _temporal(self, troubles: list[tuple[str, Trouble]]) -> Client | None:
        try:
            if self._client is None:
                # Kept for as long as this process lives: it connects again by itself.
                self._client = await connect(self._settings, None, lazy=True)
            request = DescribeNamespaceRequest(namespace=self._settings.temporal_namespace)
            await self._client.workflow_service.describe_namespace(request, timeout=ANSWER)
            # The first may come from its memory; this one needs its database.
            await count(self._client, f'TaskQueue = "{self._settings.task_queue}"', within=ANSWER)
        except (Explained, RPCError, RuntimeError) as error:
            troubles.append((TEMPORAL, _without_temporal(self._settings, error)))
            return None
        return self._client


async def _run(check: Check, sources: Sources) -> Sequence[Trouble] | Trouble:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check.look(sources)
    except Exception as error:
        if isinstance(error, RPCError) and error.status in _NO_ANSWER:
            return _without_temporal(sources.settings, error)
        if isinstance(error, _LOST):
            return _without_database(f"De verbinding met de database brak af ({type(error).__name__}).")
        # Whatever it is: a check that cannot look is itself something that people must know.
        _log.error("controle mislukt", controle=check.name, exc_info=error)
        why = str(error) if isinstance(error, Explained) else f"({type(error).__name__})"
        return Trouble(
            cause=f"{FAILED}:{check.name}",
            sentence=f"De bewaking kan '{check.name}' niet controleren {why}".rstrip(".") + ".",
            remedy=(
                "Beheer: lees het logboek van de bewaking. Zijn de tabellen bijgewerkt (python -m migrations), "
                "en past de versie van de bewaking bij die van de workers?"
            ),
        )


def _without_database(sentence: str) -> Trouble:
    return Trouble(
        cause=POSTGRESQL,
        sentence=sentence,
        remedy=(
            "Beheer: start PostgreSQL (docker compose up --detach postgresql) en lees zijn logboek. "
            "Handelingen worden wel aangenomen; schermen en berichten wachten."
        ),
    )


def _without_temporal(settings: Settings, error: Exception) -> Trouble:
    told = isinstance(error, RPCError) and error.status not in _NO_ANSWER
    state = f" ({error.status.name})" if isinstance(error, RPCError) and told else ""
    return Trouble(
        cause=TEMPORAL,
        sentence=(
            f"Temporal antwoordt niet goed op {settings.temporal_address}{state}. Alle klantroutes staan stil "
            "en er kan geen handeling worden vastgelegd."
        ),
        remedy=(
            "Beheer: start Temporal (docker compose up --detach temporal) en lees zijn logboek. Draait zijn "
            "database, en klopt MEEDOEN_TEMPORAL_NAMESPACE? Wat intussen verliep, gebeurt daarna vanzelf."
        ),
    )
