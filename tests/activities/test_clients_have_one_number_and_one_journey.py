"""A person gets one number and one journey, however often and from how many sides they are registered."""

import asyncio
from datetime import date

import asyncpg
import pytest

from activities.clients import Clients, IdentityMismatch, UnknownClient
from activities.journal import Journal
from tests.activities.told import BSN, NOW, closed, register, reported


@pytest.fixture(autouse=True)
async def ten_desks(pool: asyncpg.Pool) -> None:
    """Every connection is open, so that "at once" is at once."""
    for connection in [await pool.acquire() for _ in range(pool.get_max_size())]:
        await pool.release(connection)


async def test_fifty_registrations_of_one_person_at_once_are_one_client_and_one_journey(
    clients: Clients, pool: asyncpg.Pool
) -> None:
    await register(clients, bsn="999990019")

    registered = await asyncio.gather(*(register(clients) for _ in range(50)))

    assert {each[:3] for each in registered} == {("klantroute-deventer-2-1", 2, 1)}
    assert sorted(each.state for each in registered) == ["aangemeld"] * 49 + ["nieuw"]
    assert await pool.fetchval("SELECT count(*) FROM client") == 2
    assert await pool.fetchval("SELECT count(*) FROM journey") == 2
    assert (await register(clients, bsn="999990020")).client_number == 3


async def test_a_client_who_comes_back_at_ten_desks_at_once_gets_one_new_journey(
    clients: Clients, journal: Journal
) -> None:
    await journal.write(closed(await register(clients)).entries())

    registered = await asyncio.gather(*(register(clients) for _ in range(10)))

    assert {each.journey_id for each in registered} == {"klantroute-deventer-1-2"}
    assert sorted(each.state for each in registered) == ["aangemeld"] * 9 + ["nieuw"]


async def test_fifty_people_at_once_get_the_next_fifty_numbers(clients: Clients) -> None:
    registered = await asyncio.gather(
        *(register(clients, bsn=None, identity=f"kenmerk:{number}") for number in range(50))
    )

    assert sorted(each.client_number for each in registered) == list(range(1, 51))
    assert {each.state for each in registered} == {"nieuw"}


async def test_municipalities_number_on_their_own_and_do_not_know_each_other_s_clients(
    clients: Clients,
) -> None:
    await register(clients, bsn="999990019")

    here, there = await register(clients), await register(clients, gemeente="olst-wijhe")

    assert here[:4] == ("klantroute-deventer-2-1", 2, 1, "nieuw")
    assert there[:4] == ("klantroute-olst-wijhe-1-1", 1, 1, "nieuw")


async def test_a_journey_runs_from_its_first_journal_entry_and_a_new_one_follows_its_closing(
    clients: Clients, journal: Journal
) -> None:
    assert not await clients.is_registered("klantroute-deventer-1-1")
    first = await register(clients)
    assert await clients.is_registered(first.journey_id)
    assert (await register(clients)).state == "aangemeld"

    told = closed(first)
    await journal.write(told.entries()[:1])
    assert (await register(clients)).state == "loopt"

    await journal.write(told.entries()[1:])
    second = await register(clients)
    assert second[:4] == ("klantroute-deventer-1-2", 1, 2, "nieuw")
    assert await register(clients) == second._replace(state="aangemeld")

    await journal.write(reported(second).entries())
    assert await register(clients) == second._replace(state="loopt")


async def test_personal_data_is_read_back_and_completed_when_more_is_known(clients: Clients) -> None:
    nobody = await register(clients, bsn=None, identity="kenmerk:a")
    assert await clients.bsn("deventer", nobody.client_number) is None

    again = await clients.register(
        gemeente="deventer", identity="kenmerk:a", bsn=BSN, birth=date(1985, 1, 15), now=NOW
    )

    known = await clients.personal("deventer", again.client_number)
    assert (known.bsn, known.birth, known.erased) == (BSN, date(1985, 1, 15), False)
    await clients.register(gemeente="deventer", identity="kenmerk:a", bsn=None, now=NOW)
    assert await clients.personal("deventer", again.client_number) == known


async def test_one_reference_for_two_people_is_refused_without_repeating_either(clients: Clients) -> None:
    await register(clients, identity="kenmerk:a")

    with pytest.raises(IdentityMismatch, match="ander burgerservicenummer") as refused:
        await register(clients, bsn="999990019", identity="kenmerk:a")

    assert BSN not in str(refused.value)
    assert "999990019" not in str(refused.value)
    assert await clients.bsn("deventer", 1) == BSN


async def test_an_unknown_client_number_is_a_sentence(clients: Clients) -> None:
    with pytest.raises(UnknownClient, match="Cliënt deventer-17 bestaat niet"):
        await clients.bsn("deventer", 17)
