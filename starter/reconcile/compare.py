"""Where Temporal and the journal of a journey differ, in a sentence."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from pydantic import ValidationError

from activities.journal import JournalError
from domain.decide import next_moment
from domain.journey import JourneyState
from runtime.keys import KeyRingError
from starter.journeys import registration
from starter.reconcile.differences import Difference, Kind
from starter.reconcile.postgresql_side import PostgresqlSide, Registered
from starter.reconcile.temporal_side import NO_ANSWER, Run, TemporalSide

CUT_OFF_START = timedelta(minutes=15)
"""A registration without a journey is a start that was cut off when it is older than this."""


class Comparison:
    """Compares one journey at a time.

    Args:
        temporal: what runs.
        postgresql: what happened.
    """

    def __init__(self, temporal: TemporalSide, postgresql: PostgresqlSide) -> None:
        self._temporal = temporal
        self._postgresql = postgresql

    async def of(self, journey_id: str) -> Difference | None:
        """The difference of this moment; None: they agree."""
        registered, run = await asyncio.gather(
            self._postgresql.registered(journey_id), self._temporal.run(journey_id)
        )

        def differs(kind: Kind, sentence: str) -> Difference:
            return Difference(journey_id, kind, f"{journey_id}: {sentence}")

        if registered is None:
            if run is None:
                return None
            if not run.running and not await self._temporal.entries(journey_id, after=0):
                return None  # a start that was refused and never was a journey
            return differs(
                Kind.UNKNOWN,
                "Temporal kent deze klantroute en PostgreSQL niet. Waarschijnlijk is de database teruggezet.",
            )
        if registered.seq == 0 and run is not None and _is_another(registered, run):
            return differs(
                Kind.NUMBER_OF_ANOTHER,
                "dit nummer is na een terugzetten opnieuw uitgegeven, en Temporal kent het van iemand anders.",
            )
        if run is None or not run.running:
            return await self._compare_ended(journey_id, registered, run, differs)
        try:
            state = await self._temporal.state(journey_id)
        except NO_ANSWER as error:
            return differs(
                Kind.SILENT,
                f"de klantroute geeft in Temporal geen antwoord ({type(error).__name__}). Draait er een worker "
                "van haar versie, en lukken haar taken? 'meedoen watch' zegt waarom.",
            )
        if state.seq > registered.seq:
            return differs(
                Kind.JOURNAL_BEHIND,
                f"Temporal is bij regel {state.seq}, het journaal bij regel {registered.seq}.",
            )
        if state.seq < registered.seq:
            return differs(
                Kind.TEMPORAL_BEHIND,
                f"het journaal is bij regel {registered.seq}, Temporal bij regel {state.seq}.",
            )
        told, problem = await self._told(journey_id, differs)
        if problem is not None:
            return problem
        if told is not None and told.seq != state.seq:
            return None  # it went on while we looked; whoever looks again sees them agree
        if told is not None and told != state:
            return differs(Kind.APART, f"bij regel {state.seq} zegt Temporal iets anders dan het journaal.")
        return self._compare_lists(registered, differs) or await self._compare_register(told, differs)

    async def _compare_ended(
        self,
        journey_id: str,
        registered: Registered,
        run: Run | None,
        differs: Callable[[Kind, str], Difference],
    ) -> Difference | None:
        """Of a journey that does not run: whether it may be so."""
        if run is not None:
            later = await self._temporal.entries(journey_id, after=registered.seq)
            if later:
                return differs(
                    Kind.JOURNAL_BEHIND,
                    f"Temporal was bij regel {max(later)}, het journaal is bij regel {registered.seq}.",
                )
        if registered.seq == 0:
            if registered.erased or datetime.now(UTC) - registered.registered_at < CUT_OFF_START:
                return None
            return differs(
                Kind.NEVER_STARTED,
                "is aangemeld en nooit gestart. Doe dezelfde start of import nog een keer; er komt niets dubbel.",
            )
        told, problem = await self._told(journey_id, differs)
        if problem is not None:
            return problem
        if told is None:
            if await self._postgresql.is_open(journey_id):
                return differs(
                    Kind.NOT_RUNNING, "loopt niet in Temporal, en haar journaal vertelt haar stand niet."
                )
            return None
        moment = next_moment(told)
        if moment is not None and moment.kind != "slot":
            return differs(Kind.NOT_RUNNING, "hoort te lopen, maar Temporal kent haar niet meer als lopend.")
        return self._compare_lists(registered, differs) or await self._compare_register(told, differs)

    async def _compare_register(
        self, told: JourneyState | None, differs: Callable[[Kind, str], Difference]
    ) -> Difference | None:
        """Of a household: whether the register of memberships says who belongs to it."""
        if told is None or told.household_file is None:
            return None
        wrong = await self._postgresql.memberships(told)
        if not wrong:
            return None
        return differs(Kind.MEMBERSHIPS, f"het register van huishoudens wijkt af: {'; '.join(wrong)}.")

    def _compare_lists(
        self, registered: Registered, differs: Callable[[Kind, str], Difference]
    ) -> Difference | None:
        if registered.shown_seq == registered.seq or registered.erased:
            return None
        return differs(
            Kind.LISTS_BEHIND,
            f"de lijsten tonen regel {registered.shown_seq}, het journaal is bij regel {registered.seq}. "
            "Maak ze opnieuw met 'meedoen rebuild'.",
        )

    async def _told(
        self, journey_id: str, differs: Callable[[Kind, str], Difference]
    ) -> tuple[JourneyState | None, Difference | None]:
        try:
            return await self._postgresql.state(journey_id), None
        except (JournalError, KeyRingError, ValidationError) as error:
            return None, differs(
                Kind.UNREADABLE,
                f"haar stand in het journaal is niet te lezen ({type(error).__name__}). Controleer met "
                "'meedoen verify'.",
            )


def _is_another(registered: Registered, run: Run) -> bool:
    """Whether Temporal runs a journey of somebody else under this number."""
    return run.registered not in ("", registration(registered.registered_at))
