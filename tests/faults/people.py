"""Staff who work on many journeys at once, and remember what they were answered."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from temporalio.service import RPCError

from domain.happenings import Actor, Refused
from starter.journeys import NotHeld
from starter.office import Office

ME = Actor(code="consulent", role="consulent")
_ACTS: tuple[tuple[str, str, Callable[[random.Random], dict[str, object]]], ...] = (
    ("trede_gemeten", "consulent", lambda luck: {"trede": luck.randint(1, 6)}),
    ("gesprek_gevoerd", "consulent", lambda luck: {}),
    ("aanvraag_ingediend", "toegang", lambda luck: {}),
    ("plan_vastgesteld", "consulent", lambda luck: {"akkoord": True, "doelen": ["werk"]}),
    ("mna_gestart", "werkconsulent", lambda luck: {"vorm": "vrijwilligerswerk", "plek": "buurthuis"}),
    ("check_in_vastgelegd", "werkconsulent", lambda luck: {}),
    ("voorschot_betaald", "uitkeringsadministratie", lambda luck: {}),
)


HOME_SECONDS = 120.0
"""Within which everybody has an answer once the servers run again."""


@dataclass
class Staff:
    """People at work.

    Args:
        office: what they work with.
        luck: decides who does what.
    """

    office: Office
    luck: random.Random
    journeys: list[str] = field(default_factory=list)
    answered: list[tuple[str, str]] = field(default_factory=list)
    """Journey and id of every act of which Temporal said that it holds it."""
    refused: int = 0
    unheard: dict[str, str] = field(default_factory=dict)
    """Act without an answer yet, and what came instead the last time."""
    _count: int = 0

    async def start(self, how_many: int, *, first: int = 0, melding: date | None = None) -> list[str]:
        """Let residents report, twenty at a time, again and again until it is held."""
        gate = asyncio.Semaphore(20)

        async def one(number: int) -> str:
            async with gate:
                while True:
                    with suppress(NotHeld):
                        started = await self.office.journeys.start(
                            gemeente="deventer", by=ME, reference=f"kenmerk-{number}", melding=melding
                        )
                        return started.journey_id

        started = await asyncio.gather(*(one(first + number) for number in range(how_many)))
        self.journeys += started
        return list(started)

    async def act_once(self, luck: random.Random) -> None:
        """One act on one journey, sent again until it is answered or refused."""
        journey_id = luck.choice(self.journeys)
        name, role, data = luck.choice(_ACTS)
        await self.act(journey_id, name, role, data(luck))

    async def act(self, journey_id: str, name: str, role: str, data: dict[str, object]) -> None:
        self._count += 1
        act_id = f"{name}-{self._count}"
        here = f"{act_id} of {journey_id}"
        while True:
            self.unheard.setdefault(here, "nothing")
            try:
                await self.office.journeys.act(
                    journey_id, name, by=Actor(code=role, role=role), act_id=act_id, data=dict(data)
                )
            except Refused:
                self.refused += 1
                del self.unheard[here]
                return
            except (NotHeld, RPCError, OSError) as error:
                self.unheard[here] = f"{datetime.now(UTC):%H:%M:%S} {type(error).__name__}: {error}"
                # What a person does too: the same act again, with the same id.
                await asyncio.sleep(0.1)
            else:
                self.answered.append((journey_id, act_id))
                del self.unheard[here]
                return

    async def act_everywhere(self, but: Collection[str] = ()) -> None:
        """On every journey one act that always fits."""
        await asyncio.gather(
            *(
                self.act(journey_id, "trede_gemeten", "consulent", {"trede": self.luck.randint(1, 6)})
                for journey_id in self.journeys
                if journey_id not in but
            )
        )

    @asynccontextmanager
    async def at_work(self, people: int, pause: float = 0.05) -> AsyncIterator[None]:
        """People who act all the time while this lasts."""
        home = asyncio.Event()

        async def work(luck: random.Random) -> None:
            while not home.is_set():
                await self.act_once(luck)
                with suppress(TimeoutError):
                    await asyncio.wait_for(home.wait(), pause)

        working = [asyncio.create_task(work(random.Random(self.luck.random()))) for _ in range(people)]
        try:
            yield
        finally:
            home.set()
            _, stuck = await asyncio.wait(working, timeout=HOME_SECONDS)
            for task in stuck:
                task.cancel()
            await asyncio.gather(*working, return_exceptions=bool(stuck))
            assert not stuck, f"people still wait for an answer: {self.unheard}"


__all__ = ["ME", "Staff"]
