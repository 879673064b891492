"""``meedoen verify``, ``rebuild``, ``reconcile`` and ``identify`` as an administrator types them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from activities.clients import Clients
from runtime.keys import KeyRing
from tests.starter.stand import Stand, stand


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def place(
    _shared_postgres: object, _template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Stand]:
    from tests import servers

    async with (
        servers.fresh_database(_shared_postgres, _template) as url,  # type: ignore[arg-type]
        stand(url, tmp_path_factory.mktemp("beheer")) as it,
    ):
        for number in range(3):
            said = await it.meedoen("start", "--kenmerk", f"kenmerk-{number}", "--by", "toegang")
            assert said.code == 0, said.err
        yield it


def owner(place: Stand) -> str:
    return place.settings.database_url.get_secret_value().replace("//meedoen_app:", "//meedoen:")


async def as_owner(place: Stand, *statements: str) -> None:
    connection = await asyncpg.connect(owner(place))
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def test_all_is_well(place: Stand, tmp_path: Path) -> None:
    said = await place.meedoen("verify", "--anchors", str(tmp_path / "ankers"))
    assert (said.code, "Het journaal is heel" in said.out) == (0, True), said.err
    said = await place.meedoen("reconcile")
    assert (said.code, "zijn het eens over 3 klantroutes" in said.out) == (0, True), said.out + said.err
    said = await place.meedoen("rebuild", "--json")
    assert (said.code, said.json["journeys"], said.json["differed"]) == (0, 3, 0), said.err
    said = await place.meedoen("rebuild")
    assert "3 klantroutes uit" in said.out


async def test_last_entries_that_were_cut_off_are_found_by_the_anchors(place: Stand, tmp_path: Path) -> None:
    anchors = tmp_path / "ankers"
    said = await place.meedoen("start", "--kenmerk", "ingekort", "--by", "toegang", "--json")
    journey = said.json["journey"]
    said = await place.meedoen("act", journey, "trede_gemeten", "--by", "consulent", "--set", "trede=3")
    assert said.code == 0, said.err
    await written(place, journey, 2)
    assert (await place.meedoen("verify", "--anchors", str(anchors))).code == 0
    # Somebody who owns the tables takes the last entry away, and with it every trace that it was there.
    await as_owner(
        place,
        "ALTER TABLE journal DISABLE TRIGGER journal_append_only",
        f"DELETE FROM escalation_row WHERE journey_id = '{journey}' AND seq = 2",
        f"DELETE FROM journal WHERE journey_id = '{journey}' AND seq = 2",
        f"""
        UPDATE journey SET seq = 1, last_hash = (
            SELECT hash FROM journal WHERE journey_id = '{journey}' AND seq = 1)
        WHERE journey_id = '{journey}'
        """,
        "ALTER TABLE journal ENABLE TRIGGER journal_append_only",
    )

    assert (await place.meedoen("verify", journey)).code == 0  # the chain alone cannot tell
    kept = anchors.read_bytes()
    said = await place.meedoen("verify", "--anchors", str(anchors))

    assert said.code == 1
    assert f"{journey}, regel 2: stond er op" in said.out
    assert "buiten het programma om" in said.err
    assert anchors.read_bytes() == kept  # what proves it is not overwritten
    # And Temporal still holds it.
    said = await place.meedoen("reconcile", "--patience", "0.5")
    assert (said.code, "Temporal is bij regel 2, het journaal bij regel 1" in said.out) == (1, True), said.out
    said = await place.meedoen("reconcile", "--repair", "--patience", "0.5")
    assert (said.code, "1 regel van het journaal opnieuw geschreven" in said.out) == (0, True), said.out
    assert (await place.meedoen("verify")).code == 0


async def test_an_entry_that_was_changed_is_named(place: Stand) -> None:
    said = await place.meedoen("start", "--kenmerk", "veranderd", "--by", "toegang", "--json")
    journey = said.json["journey"]
    change = "UPDATE journal SET at = at {} interval '1 day' WHERE journey_id = '{}' AND seq = 1"
    await as_owner(
        place, "ALTER TABLE journal DISABLE TRIGGER journal_append_only", change.format("+", journey)
    )

    said = await place.meedoen("verify", "--json")

    assert said.code == 1
    assert said.json["faults"] == [f"{journey}, regel 1: is veranderd nadat zij geschreven was."]
    await as_owner(
        place, change.format("-", journey), "ALTER TABLE journal ENABLE TRIGGER journal_append_only"
    )
    assert (await place.meedoen("verify")).code == 0


async def test_anchors_that_are_none_are_refused(place: Stand, tmp_path: Path) -> None:
    file = tmp_path / "ankers"
    file.write_text("dit is geen anker")
    said = await place.meedoen("verify", "--anchors", str(file))
    assert (said.code, "geen bestand met ankers" in said.err) == (2, True), said.err
    said = await place.meedoen("verify", "--anchors", str(tmp_path / "weg" / "ankers"))
    assert (said.code, "niet bewaard" in said.err) == (2, True), said.err


async def test_who_a_client_is_can_be_said_once_and_not_otherwise(place: Stand) -> None:
    async with asyncpg.create_pool(place.settings.database_url.get_secret_value()) as pool:
        clients = Clients(pool, KeyRing.load(place.settings.key_file))
        assert await clients.register_again("klantroute-deventer-4711-1", now=datetime.now(UTC))
        assert not await clients.register_again("klantroute-deventer-4711-1", now=datetime.now(UTC))

        said = await place.meedoen("identify", "deventer-4711", "--kenmerk", "teruggevonden")
        assert (said.code, "weer bekend" in said.out) == (0, True), said.err
        said = await place.meedoen("identify", "deventer-4711", "--kenmerk", "teruggevonden")
        assert said.code == 0, said.err
        said = await place.meedoen("identify", "deventer-4711", "--kenmerk", "een-ander")
        assert (said.code, "al bekend wie het is" in said.err) == (2, True), said.err
        said = await place.meedoen("identify", "deventer-1", "--kenmerk", "teruggevonden")
        assert (said.code, "al bekend" in said.err) == (2, True), said.err
        # Whoever reports now under that reference is this client.
        again = await clients.register(
            gemeente="deventer", identity="kenmerk:teruggevonden", bsn=None, now=datetime.now(UTC)
        )
        assert again.client_number == 4711
        # The counter moved on: the number is not issued again.
        new = await clients.register(
            gemeente="deventer", identity="kenmerk:nieuw", bsn=None, now=datetime.now(UTC)
        )
        assert new.client_number == 4712


async def test_putting_back_is_no_act_that_people_record(place: Stand) -> None:
    said = await place.meedoen("act", "1", "herstel", "--by", "consulent")
    assert said.code == 2
    assert "reconcile" in said.err or "bestaat niet" in said.err or "kent" in said.err, said.err


async def written(place: Stand, journey: str, seq: int) -> None:
    async with place.office() as office:
        assert await office.worklist.wait_for(journey, seq=seq, timeout=20)
