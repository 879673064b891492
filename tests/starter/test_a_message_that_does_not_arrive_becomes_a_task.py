"""From the mail server to the worklist, on the whole product: refused, or taken and returned."""

import asyncio
from importlib.resources import files
from typing import Any

from temporalio.client import Client

from activities.directory import Directory
from runtime.database import open_pool
from sandbox.bouncing import bounce
from tests.starter.stand import Stand

FRONT = ("m.dekker@deventer.example", "y.bakkali@deventer.example", "toegang@deventer.example")


async def started(product: Stand, bsn: str) -> None:
    assert (await product.meedoen("start", "--bsn", bsn)).code == 0


async def signal(product: Stand, journey: str, number: int) -> None:
    """A fact that opens a task, and a task is told by mail at once."""
    said = await product.meedoen(
        "act", journey, "signaal_ontvangen", "--by", "consulent", "--set", f"van=woningcorporatie {number}"
    )
    assert said.code == 0, said.err


async def told_tasks(product: Stand, journey: str) -> list[dict[str, Any]]:
    """The tasks about messages, once there is one."""
    async with asyncio.timeout(60):
        while True:
            shown = (await product.meedoen("show", journey, "--json")).json
            if found := [task for task in shown["tasks"] if task["kind"] == "bericht_mislukt"]:
                return found
            await asyncio.sleep(0.2)


async def test_a_message_that_comes_back_is_a_task_for_the_team_leader(
    product: Stand, bsns: dict[str, str]
) -> None:
    text = (files("sandbox") / "medewerkers.toml").read_text(encoding="utf-8")
    for address in FRONT:
        text = text.replace(f'"{address}"', f'"weg.{address}"')
    async with open_pool(product.settings) as pool:
        await Directory(pool).load(text, "medewerkers.toml")
    await started(product, next(iter(bsns)))
    await signal(product, "1", 1)

    [task] = await told_tasks(product, "1")

    assert task["role"] == "teamleider"
    assert "voor de rol eigenaar (team toegang), over de taak 'signaal', is niet aangekomen" in task["text"]
    assert "het kwam terug" in task["text"]
    shown = await product.meedoen("show", "1")
    assert "Vertel het zelf" in shown.out
    assert "weg." not in shown.out


async def test_a_flood_of_failures_is_one_task_per_journey(product: Stand, bsns: dict[str, str]) -> None:
    product.sandbox.mailbox.refuse("550")
    for journey, bsn in zip(("1", "2"), bsns, strict=False):
        await started(product, bsn)
        for number in range(3):
            await signal(product, journey, number)
    # Three tasks for each, and the task about that: it is told by mail too, and that is refused as well.
    async with open_pool(product.settings) as pool, asyncio.timeout(60):
        while await pool.fetchval("SELECT count(reported_at) FROM outbox") < 8:
            await asyncio.sleep(0.1)
        assert await pool.fetchval("SELECT count(*) FROM outbox") == 8
    for journey in ("1", "2"):
        [task] = await told_tasks(product, journey)
        assert "de mailserver weigert het" in task["text"]


async def test_the_command_for_mail_servers_counts_once_and_wakes_a_journey_that_ended(
    product: Stand, bsns: dict[str, str]
) -> None:
    await started(product, next(iter(bsns)))
    await signal(product, "1", 1)
    async with open_pool(product.settings) as pool, asyncio.timeout(30):
        while (
            message := await pool.fetchval("SELECT message_id FROM outbox WHERE sent_at IS NOT NULL")
        ) is None:
            await asyncio.sleep(0.1)
    ended = await product.meedoen(
        "act", "1", "klantroute_beeindigd", "--by", "teamleider", "--set", "exit=vrijwillig",
        "--set", "reden=op eigen verzoek",
    )  # fmt: skip
    assert ended.code == 0, ended.err
    temporal = await Client.connect(product.settings.temporal_address)
    await temporal.get_workflow_handle("klantroute-deventer-1-1").terminate()
    content = bounce("x@y.example", ["j@y.example"], f"Message-ID: {message}\n\n".encode()).decode()

    first = await product.meedoen("bounce", stdin=content)
    second = await product.meedoen("bounce", stdin=content)

    assert (first.code, second.code) == (0, 0)
    assert "is teruggekomen. Een medewerker krijgt er een taak voor." in first.out
    assert "was al bekend" in second.out
    [task] = await told_tasks(product, "1")
    assert task["id"] == f"bericht_mislukt:bericht-{message[1:41]}"
    person = await product.meedoen("bounce", stdin="From: j@y.example\n\nDank u wel.\n")
    assert (person.code, "er is niets veranderd" in person.out) == (0, True)

    down = await product.meedoen(
        "bounce", stdin=content, MEEDOEN_DATABASE_URL="postgresql://meedoen_app@127.0.0.1:1/meedoen"
    )
    # A mail server keeps the mail and offers it again.
    assert down.code == 75
    assert "later opnieuw" in down.err
