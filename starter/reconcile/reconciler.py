"""Lays Temporal and the journal side by side, journey by journey, and mends what can be mended.

Temporal knows what runs, the journal knows what happened. They agree but for moments, until one of them is
put back from a backup or loses something. Then:

* the journal lacks entries that Temporal holds: they are taken from the histories and written again;
* Temporal lacks entries that the journal holds, or lost the journey: the journey goes on from the journal,
  and acts that only Temporal held are recorded once more;
* what neither holds any more is named as lost.

Every step looks at what is so and does what is missing: cut off and started again it goes on.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import timedelta
from typing import TypeVar

import structlog

from activities.notes import Notes
from starter.reconcile.compare import Comparison
from starter.reconcile.differences import Difference, Kind, Report
from starter.reconcile.mend import Mender
from starter.reconcile.postgresql_side import PostgresqlSide
from starter.reconcile.temporal_side import TemporalSide

_log = structlog.get_logger(__name__)
AT_ONCE = 8
ROUNDS = 4
_LOOK_AGAIN_SECONDS = 0.5

_T = TypeVar("_T")
Progress = Callable[[int, int], None]
"""Takes how many journeys were looked at and how many there are."""


class Reconciler:
    """Compares and mends.

    Args:
        temporal: what runs.
        postgresql: what happened.
        mender: mends.
        notes: free texts, to see which were lost.
        patience: how long a difference may be a matter of lagging.
    """

    def __init__(
        self,
        temporal: TemporalSide,
        postgresql: PostgresqlSide,
        mender: Mender,
        notes: Notes,
        patience: timedelta = timedelta(seconds=5),
    ) -> None:
        self._temporal = temporal
        self._postgresql = postgresql
        self._comparison = Comparison(temporal, postgresql)
        self._mender = mender
        self._notes = notes
        self._patience = patience

    async def run(self, *, repair: bool = False, progress: Progress = lambda _done, _all: None) -> Report:
        """Look at every journey that PostgreSQL or Temporal knows.

        Args:
            repair: mend what can be mended.
            progress: see `Progress`.
        """
        journeys = sorted({*await self._postgresql.journeys(), *await self._temporal.journeys()})
        report = Report(journeys=len(journeys))
        differences = await self._lasting(journeys, progress)
        report.found = list(differences.values())
        # Filling a journal can show that its journey is not running either, and so on.
        for _ in range(ROUNDS if repair else 0):
            if not differences:
                break
            said = await self._mend_all(differences, report)
            before, differences = differences, await self._lasting(list(differences))
            if differences == before and not said:
                break
        report.left = list(differences.values())
        report.mended.sort()
        if repair:
            report.lost = await self._lost()
        return report

    async def _lost(self) -> list[str]:
        """Everything that nobody holds any more, by what stands in the database: also of earlier repairs."""
        return [
            *(
                f"Cliënt {client}: wie dit is, staat nergens meer. Zoek het op in de aanmeldingen van die tijd en "
                f"leg het vast met 'meedoen identify {client}'."
                for client in await self._postgresql.unidentified()
            ),
            *(
                f"{journey_id}: {count} {'regel' if count == 1 else 'regels'} van het journaal. De klantroute zelf is "
                "heel; wie daar wat vastlegde, is niet meer te zeggen."
                for journey_id, count in (await self._postgresql.lost_entries()).items()
            ),
            *(
                f"{journey_id}: de vrije tekst met kenmerk {note}. Vraag wie haar schreef om haar opnieuw vast te "
                "leggen."
                for journey_id, note in await self._notes.lost()
            ),
        ]

    async def _lasting(
        self, journeys: Sequence[str], progress: Progress = lambda _done, _all: None
    ) -> dict[str, Difference]:
        """The differences that are still there when what was under way has had time to arrive."""
        found = await self._each(journeys, self._look, progress)
        loop = asyncio.get_running_loop()
        until = loop.time() + self._patience.total_seconds()
        while differing := {journey_id: each for journey_id, each in found.items() if each is not None}:
            # Always once more: the first look took a while, and a busy journey goes on meanwhile.
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)
            last = loop.time() >= until
            found = await self._each(list(differing), self._look)
            if last:
                return {journey_id: each for journey_id, each in found.items() if each is not None}
        return {}

    async def _look(self, journey_id: str) -> Difference | None:
        """One journey that cannot be looked at does not hide the others."""
        try:
            return await self._comparison.of(journey_id)
        except Exception as error:
            _log.warning("klantroute niet bekeken", klantroute=journey_id, exc_info=error)
            return Difference(
                journey_id,
                Kind.NOT_LOOKED_AT,
                f"{journey_id}: kon niet bekeken worden ({type(error).__name__}). Draait alles? Probeer het zo "
                "opnieuw.",
            )

    async def _mend(self, difference: Difference) -> str:
        try:
            return await self._mender.mend(difference)
        except Exception as error:
            _log.warning("klantroute niet hersteld", klantroute=difference.journey_id, exc_info=error)
            return ""

    async def _mend_all(self, differences: Mapping[str, Difference], report: Report) -> bool:
        """Whether anything was done."""
        said = await self._each(differences, lambda journey_id: self._mend(differences[journey_id]))
        report.mended += [sentence for sentence in said.values() if sentence]
        return any(said.values())

    async def _each(
        self,
        journeys: Collection[str],
        do: Callable[[str], Awaitable[_T]],
        progress: Progress = lambda _done, _all: None,
    ) -> dict[str, _T]:
        """Do something for every journey, a few at once; the answers in the order of the journeys."""
        done, gate = 0, asyncio.Semaphore(AT_ONCE)

        async def one(journey_id: str) -> tuple[str, _T]:
            nonlocal done
            async with gate:
                answer = await do(journey_id)
            done += 1
            progress(done, len(journeys))
            return journey_id, answer

        return dict(await asyncio.gather(*(one(journey_id) for journey_id in journeys)))
