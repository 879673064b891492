"""Every registry is away for three days while two hundred journeys want to know things of all of them.

No term moves and no journey stops; a person is asked to look once per question, and hears that the answer came after
all. The registries hear almost nothing of the two hundred: some tries in a row, and then one now and then.

Melding and application on Monday 1 June 2026: the talk is due on Monday 8 June, the advance on Monday 29 June (four
weeks, Participatiewet art. 52) and the decision on Monday 27 July (eight weeks, Awb 4:13).
"""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from importlib.resources import files
from pathlib import Path

import pytest
from stdnum.nl import bsn as elfproef

from domain.calendars import AMSTERDAM
from domain.findings import PartialDate
from domain.happenings import Actor
from domain.questions import QUESTIONS
from sandbox.faults import Fault, FaultKind
from sandbox.residents import Residence, Resident
from starter.office import Office
from tests.faults.machine import machine
from tests.starter.held import act, until_held

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

JOURNEYS = 200
ME = Actor(code="consulent", role="consulent")
FIRST = datetime(2026, 6, 1, 9, 0, tzinfo=AMSTERDAM)
DAYS_PER_SECOND = 0.1
"""Three days are half a minute: as long as an honest attempt takes at the least."""
DUE = {"besluit_aanvraag": "2026-07-27", "eerste_gesprek": "2026-06-08", "voorschot": "2026-06-29"}
FROM_THE_START = (
    "brp_persoon",
    "uwv_doelgroepregister",
    "gsd_reintegratie",
    "uwv_inkomen",
    "bijstandsregelingen",
)
"""What is asked about everybody; about school only when the BRP has told who is young."""
PER_MINUTE = 1200


def people() -> list[Resident]:
    """Two hundred fictional residents of Deventer, every other one of them 22 years old."""
    found: list[Resident] = []
    for number in range(999_950_000, 999_960_000):
        if not elfproef.is_valid(str(number)):
            continue
        young = len(found) % 2
        found.append(
            Resident(
                bsn=str(number),
                given_names="Iemand",
                surname="Verzonnen",
                birth=PartialDate(year=2004 if young else 1985, month=3, day=2),
                municipality_code="0150",
                residence=Residence(kind="onbekend"),
            )
        )
        if len(found) == JOURNEYS:
            break
    return found


def quick_policies(folder: Path) -> Path:
    """The policies of the program, with registries that are tried again after seconds and asked much at once."""
    there = folder / "beleid"
    there.mkdir()
    for source in files("policies").iterdir():
        if source.name.endswith(".toml"):
            shutil.copy(str(source), there / source.name)
    file = there / "deventer.toml"
    text = file.read_text(encoding="utf-8").replace("per_minute = 120\n", f"per_minute = {PER_MINUTE}\n")
    for registry in ("brp", "uwv", "duo", "inlichtingenbureau"):
        text = text.replace(
            f"[patience.{registry}]\n",
            f"[patience.{registry}]\npause_seconds = 2\nlongest_pause_minutes = 1\n",
        )
    file.write_text(text, encoding="utf-8")
    return there


async def test_nothing_moves_nothing_stops_and_all_is_caught_up(tmp_path: Path) -> None:
    residents = people()
    async with machine(
        tmp_path,
        speed=86400 * DAYS_PER_SECOND,
        first=FIRST,
        residents=residents,
        suwinet=True,
        policies_dir=str(quick_policies(tmp_path)),
    ) as place:
        place.sandbox.faults.set(Fault(kind=FaultKind.DOWN, registry="alle"))
        async with place.office() as office:
            went_down = datetime.now(UTC)
            journeys = await _begun(office, residents)
            # Patience ends within the outage: of every question a person is asked to look.
            await _until(lambda: _count(office, _ASKED_BY_HAND), JOURNEYS * len(FROM_THE_START))
            silent = datetime.now(UTC) - went_down
            assert silent >= timedelta(days=3) / DAYS_PER_SECOND / 86400
            during = await _calls(office)

            place.sandbox.faults.set(None)
            back = datetime.now(UTC)
            await _until(lambda: _count(office, _ANSWERED), JOURNEYS * len(FROM_THE_START) + JOURNEYS // 2)
            await _until(lambda: _count(office, _CLOSED), JOURNEYS * len(FROM_THE_START))
            caught_up = datetime.now(UTC) - back

            await _no_term_moved(office)
            assert await _count(office, _ASKED_BY_HAND) == JOURNEYS * len(FROM_THE_START)
            assert await _count(office, _ASKED_TWICE) == 0
            # Nobody stands still: each has a next moment, and takes the next act.
            assert await _count(office, _WAITING_FOR_NOTHING) == 0
            await asyncio.gather(*(act(office, one, "trede_gemeten", trede=3) for one in journeys[:20]))
            calls = await _calls(office)
    minutes = silent / timedelta(minutes=1)
    most = {name: _most_in_a_minute([at for at in when if at >= back]) for name, when in calls.items()}
    print(
        f"\n{JOURNEYS} journeys, {silent.total_seconds():.0f} s (over three days) without any registry; calls to each: "
        + ", ".join(
            f"{name} {len(when)} ({len(when) / minutes:.0f} a minute)" for name, when in during.items()
        )
        + f" (limit {PER_MINUTE} a minute); when they were back: "
        + ", ".join(
            f"{name} {len(calls[name]) - len(during.get(name, []))} calls, at most {most[name]} in a minute"
            for name in calls
        )
        + f"; all caught up in {caught_up.total_seconds():.0f} s"
    )
    for name, when in during.items():
        # Five in a row open the circuit, and ten more may be under way by then; after it one each two seconds.
        assert len(when) <= 15 + silent / timedelta(seconds=2), name
    assert all(number <= PER_MINUTE for number in most.values())
    # Every call that came in is in the processing log, and the log tells of no other.
    assert sum(map(len, calls.values())) == place.sandbox.calls.total


async def _begun(office: Office, residents: list[Resident]) -> list[str]:
    gate = asyncio.Semaphore(20)

    async def one(person: Resident) -> str:
        async with gate:
            started = await until_held(
                lambda: office.journeys.start(
                    gemeente="deventer", by=ME, bsn=person.bsn, melding=date(2026, 6, 1)
                )
            )
            for name in ("gesprek_gevoerd", "aanvraag_ingediend"):
                await until_held(partial(_recorded, office, started.journey_id, name))
            return started.journey_id

    return list(await asyncio.gather(*(one(person) for person in residents)))


async def _recorded(office: Office, journey: str, name: str) -> None:
    await office.journeys.act(journey, name, by=ME, act_id=name, data={}, effective=date(2026, 6, 1))


async def _until(count: Callable[[], Awaitable[int]], wanted: int) -> None:
    async with asyncio.timeout(240):
        while (found := await count()) < wanted:
            await asyncio.sleep(0.5)
    assert found == wanted


async def _count(office: Office, sql: str) -> int:
    found: int = await office.pool.fetchval(sql)
    return found


async def _calls(office: Office) -> dict[str, list[datetime]]:
    """When each registry was called, by the processing log (real time)."""
    found: dict[str, list[datetime]] = {}
    for row in await office.pool.fetch("SELECT question, at FROM look_up ORDER BY at"):
        found.setdefault(QUESTIONS[row["question"]].registry, []).append(row["at"])
    return found


def _most_in_a_minute(when: list[datetime]) -> int:
    minute = timedelta(minutes=1)
    return max((sum(first <= at < first + minute for at in when) for first in when), default=0)


async def _no_term_moved(office: Office) -> None:
    rows = await office.pool.fetch(
        "SELECT term, legal_end::text AS due, count(*) AS journeys FROM term WHERE term = ANY ($1::text[]) "
        "GROUP BY 1, 2",
        list(DUE),
    )
    assert {(row["term"], row["due"]): row["journeys"] for row in rows} == dict.fromkeys(
        DUE.items(), JOURNEYS
    )


_ASKED_BY_HAND = "SELECT count(*) FROM task WHERE kind = 'controleer_handmatig'"
_CLOSED = "SELECT count(*) FROM task WHERE kind = 'controleer_handmatig' AND done_on IS NOT NULL"
_ASKED_TWICE = """
    SELECT count(*) FROM (SELECT FROM task WHERE kind = 'controleer_handmatig'
        GROUP BY journey_id, reasons HAVING count(*) > 1) twice
"""
_ANSWERED = (
    "SELECT count(*) FROM (SELECT DISTINCT journey_id, question FROM look_up WHERE status_code = 1) one"
)
_WAITING_FOR_NOTHING = "SELECT count(*) FROM overview WHERE status <> 'open' OR next_wake IS NULL"
