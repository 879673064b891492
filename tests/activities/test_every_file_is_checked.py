"""A file without owner, next step or armed moment, two journeys of one person, two plans: found and put before people."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg
import pytest

from activities.clients import Clients
from activities.file_checks import FileChecks
from activities.households import Households
from activities.journal import Journal
from domain.happenings import Actor, Refused
from tests.activities.told import NOW, Told, register, reported

WEDNESDAY = date(2026, 5, 13)


class Heard:
    """What was recorded in files."""

    def __init__(self) -> None:
        self.acts: list[tuple[str, str, dict[str, Any]]] = []
        self.refuses = False

    async def __call__(self, file: str, name: str, /, *, by: Actor, act_id: str, **more: Any) -> None:
        if self.refuses:
            raise Refused("nu even niet")
        self.acts.append((file, act_id, more["data"]))


@pytest.fixture
async def two(clients: Clients, journal: Journal) -> tuple[Told, Told]:
    told = tuple(
        [reported(await register(clients, bsn=None, identity=f"kenmerk:{number}")) for number in range(2)]
    )
    for each in told:
        await journal.write(each.entries())
    return told[0], told[1]


def checks(pool: asyncpg.Pool, heard: Heard, *, households: bool = False) -> FileChecks:
    async def nobody(file: str) -> None:
        return None

    return FileChecks(pool, heard, nobody, households=households, today=WEDNESDAY)


async def test_nothing_is_found_where_all_is_well(pool: asyncpg.Pool, two: tuple[Told, Told]) -> None:
    heard = Heard()
    assert await checks(pool, heard).look() == []
    assert heard.acts == []


@pytest.mark.parametrize(
    ("column", "value", "wrong"),
    [
        ("team", "''", "geen_eigenaar"),
        ("next_step", "''", "geen_volgende_stap"),
        ("next_wake", "NULL", "geen_moment"),
    ],
)
async def test_what_a_file_lacks_is_recorded_in_it_once_a_week(
    pool: asyncpg.Pool, two: tuple[Told, Told], column: str, value: str, wrong: str
) -> None:
    await pool.execute(f"UPDATE journey_row SET {column} = {value} WHERE journey_id = $1", two[0].state.id)
    heard = Heard()
    assert await checks(pool, heard).look() == [(two[0].state.id, wrong)]
    # 13 May 2026 lies in ISO week 20; the id is the same all week, so it counts once.
    assert heard.acts == [(two[0].state.id, f"controle-{wrong}-2026-W20", {"wat": wrong, "week": "2026-W20"})]


async def test_two_open_journeys_of_one_person_are_both_named(
    clients: Clients, journal: Journal, pool: asyncpg.Pool
) -> None:
    """It happens when a closing is withdrawn after the client came back."""
    registered = await register(clients)
    first = reported(registered)
    await journal.write(first.entries())
    await pool.execute("UPDATE journey SET current = false WHERE journey_id = $1", registered.journey_id)
    second = reported(await register(clients))
    await journal.write(second.entries())
    found = await checks(pool, Heard()).look()
    assert found == [(first.state.id, "dubbele_klantroute"), (second.state.id, "dubbele_klantroute")]


async def test_a_household_with_two_plans_is_named(clients: Clients, pool: asyncpg.Pool) -> None:
    registered = await register(clients)
    place = await Households(pool, clients).find("deventer", registered.client_number, now=NOW)
    await pool.execute(
        "INSERT INTO evidence_row VALUES (1, $1, '2026-05-01', '2026-05-01', NULL, false, false, true, $2)",
        place.household_id,
        ["meer_plannen"],
    )
    assert await checks(pool, Heard()).look() == [(place.household_id, "meer_plannen")]


async def test_a_journey_without_household_is_named_after_a_day_where_households_are_kept(
    clients: Clients, journal: Journal, pool: asyncpg.Pool, two: tuple[Told, Told]
) -> None:
    registered = await clients.register(
        gemeente="deventer", identity="kenmerk:nu", bsn=None, now=datetime.now(UTC) - timedelta(hours=1)
    )
    await journal.write(reported(registered).entries())
    # Households are kept since the day before the first of them was registered.
    await Households(pool, clients).find("deventer", two[1].state.client_number, now=NOW - timedelta(days=1))
    assert await checks(pool, Heard()).look() == []
    assert await checks(pool, Heard(), households=True).look() == [(two[0].state.id, "geen_huishouden")]


async def test_a_file_that_refuses_holds_up_no_other(pool: asyncpg.Pool, two: tuple[Told, Told]) -> None:
    await pool.execute("UPDATE journey_row SET team = '', person = ''")
    heard = Heard()
    heard.refuses = True
    assert len(await checks(pool, heard).look()) == 2


def test_a_finding_is_a_question_for_the_teamleider_one_at_a_time() -> None:
    told = Told().act("2026-05-04T10:00", "melding")
    told.act("2026-05-05T10:00", "controle_gemeld", role="systeem", wat="geen_moment", week="2026-W19")
    task = next(task for task in told.state.open_tasks() if task.kind == "controle")
    assert (task.role, task.id) == ("teamleider", "controle:geen_moment:2026-W19")
    told.act("2026-05-12T10:00", "controle_gemeld", role="systeem", wat="geen_moment", week="2026-W20")
    assert [one.id for one in told.state.open_tasks()] == [task.id]
    told.act("2026-05-13T10:00", "taak_afgerond", role="teamleider", taak=task.id, uitkomst="bekeken")
    told.act("2026-05-19T10:00", "controle_gemeld", role="systeem", wat="geen_moment", week="2026-W21")
    assert [one.id for one in told.state.open_tasks()] == ["controle:geen_moment:2026-W21"]
    # Five opening days after Tue 19 May 2026: 20, 21, 22, 26 and 27 May (25 May is 2e Pinksterdag).
    assert str(next(term for term in told.state.open_terms("taak") if term.task).due) == "2026-05-27"
