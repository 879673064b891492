"""``make bench``: figures of the product beside a bare Temporal workflow, in one run.

Nothing is asserted: machines differ and are shared. Read medians and ratios.
"""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from temporalio.client import Client, WorkflowHandle
from temporalio.testing import WorkflowEnvironment

from domain.decide import advance, begin, decide
from domain.findings import PartialDate
from domain.happenings import Act, Actor
from domain.journey import JourneyState, Resident
from migrations.run import upgrade
from runtime.exit import end_process
from runtime.policies import load_policy
from starter.importing import Row, run_import
from starter.stack import temporal_server
from tests import servers
from tests.bench.bare import Bare
from tests.bench.rebuild import rebuild
from tests.starter.stand import Stand, stand
from workflows.messages import STATE_QUERY

IMPORTED = int(os.environ.get("BENCH_IMPORT", "300"))
ACTS = max(51, int(os.environ.get("BENCH_ACTS", "200")))
COUNTED = 50
"""Of so many acts the history is measured: a journey goes on in a new run after a thousand events."""
MEMBERS = 12
ACT_MEDIAN: list[float] = []
LIVES = int(os.environ.get("BENCH_LIVES", "400"))
ME = Actor(code="consulent", role="consulent")


def say(name: str, value: str) -> None:
    print(f"  {name:<58} {value}", flush=True)


def spread(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    return (
        f"median {statistics.median(ordered) * 1000:.1f} ms, "
        f"p95 {ordered[int(len(ordered) * 0.95)] * 1000:.1f} ms, n {len(ordered)}"
    )


async def timed(count: int, call: Callable[[int], Awaitable[object]]) -> list[float]:
    found = []
    for number in range(count):
        began = time.perf_counter()
        await call(number)
        found.append(time.perf_counter() - began)
    return found


async def size(handle: WorkflowHandle[object, object]) -> tuple[int, int]:
    history = await handle.fetch_history()
    return len(history.events), sum(event.ByteSize() for event in history.events)


def decisions() -> None:
    """The rules alone: one journey with a breach, again and again."""
    policy = load_policy("deventer")
    resident = Resident(birth=PartialDate(year=1985, month=1, day=15))
    lives = []
    for _ in range(LIVES):
        began = time.perf_counter()
        state = begin("deventer", 1, 1, resident=resident)
        for number, (day, name) in enumerate(
            (
                ((2026, 4, 30), "melding"),
                ((2026, 5, 4), "aanvraag_ingediend"),
                ((2026, 5, 20), "gesprek_gevoerd"),
            )
        ):
            now = datetime(*day, 10, tzinfo=UTC)
            for decision in advance(state, now, policy):
                state = decision.state
            act = Act(id=str(number), name=name, by=ME, effective=now.date())
            state = decide(state, act, now, policy).state
        for decision in advance(state, datetime(2026, 6, 30, tzinfo=UTC), policy):
            state = decision.state
        lives.append((time.perf_counter() - began) / state.seq)
    # The median life: what else the machine does meanwhile slows a few of them.
    say("decide, decisions per second on one core", f"{1 / statistics.median(lives):,.0f}")


async def imports(place: Stand) -> None:
    async with place.office() as office:
        # References, so that the BRP does not take part in the figure.
        rows = [Row(number, reference=f"bank-{number}") for number in range(IMPORTED)]
        began = time.perf_counter()
        await run_import(office.journeys, rows, gemeente="deventer", by=ME)
        say(
            f"import, journeys started per second (n {IMPORTED})",
            f"{IMPORTED / (time.perf_counter() - began):.1f}",
        )


async def acts(place: Stand) -> None:
    client = await Client.connect(place.settings.temporal_address)
    queue = "bench-bare"
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.bare", place.settings.temporal_address, queue,
        stdout=asyncio.subprocess.PIPE, env=place.environment,
    )  # fmt: skip
    assert worker.stdout is not None
    await worker.stdout.readline()
    try:
        bare = await client.start_workflow(Bare.run, id="bare", task_queue=queue)
        async with place.office() as office:
            journey = (
                await office.journeys.start(gemeente="deventer", by=ME, reference="bank-acts")
            ).journey_id

            async def ours(number: int) -> None:
                await office.journeys.act(
                    journey, "trede_gemeten", by=ME, act_id=f"t{number}", data={"trede": 3}
                )

            async def yardstick(number: int) -> None:
                await bare.execute_update(Bare.count, "x")

            await timed(10, lambda n: ours(1_000_000 + n))
            await timed(10, yardstick)
            before, before_bare = await size(client.get_workflow_handle(journey)), await size(bare)
            # In turn, so that a machine that slows down slows both.
            found: list[float] = []
            found_bare: list[float] = []
            for number in range(ACTS):
                if number == COUNTED:
                    await asyncio.sleep(0.5)
                    after, after_bare = await size(client.get_workflow_handle(journey)), await size(bare)
                found += await timed(1, lambda _, number=number: ours(number))  # type: ignore[misc]
                found_bare += await timed(1, yardstick)
    finally:
        worker.terminate()
        await worker.wait()
    ACT_MEDIAN.append(statistics.median(found))
    say("act, latency at the caller", spread(found))
    say("bare update with an empty activity behind it", spread(found_bare))
    say(
        "act / bare update, ratio of medians",
        f"{statistics.median(found) / statistics.median(found_bare):.2f}",
    )
    for index, name in ((0, "history events"), (1, "history bytes")):
        mine, other = (
            (after[index] - before[index]) / COUNTED,
            (after_bare[index] - before_bare[index]) / COUNTED,
        )
        say(f"{name} per act / per bare update", f"{mine:.1f} / {other:.1f} = {mine / other:.2f}")


async def household(place: Stand) -> None:
    """Twelve people and three years: does one file stay small, and is it read at once?"""
    async with place.office() as office:
        first = "bank-gezin-0"
        ids = []
        for number in range(MEMBERS):
            ids.append(
                (
                    await office.journeys.start(
                        gemeente="deventer",
                        by=ME,
                        reference=f"bank-gezin-{number}",
                        partner_reference=first if number else "",
                    )
                ).journey_id
            )
        home = ""
        while not home:
            state = await office.client.get_workflow_handle(ids[-1]).query(
                STATE_QUERY, result_type=JourneyState
            )
            home = state.household_id
        count = 0

        async def act(name: str, **data: object) -> None:
            nonlocal count
            count += 1
            await office.journeys.act(home, name, by=ME, act_id=f"b{count}", data=data)

        for month in range(36):
            if month % 6 == 0:
                await act("plan_voorgesteld", doelen=[{"domein": "werk", "doel": f"doel {month}"}])
                for journey in ids:
                    client = int(journey.split("-")[-2])
                    await act("plan_vastgesteld", akkoord=True, klant=client)
            await act(
                "actie_afgesproken", domein="werk", wat="een stap", wie="inwoner", uiterlijk="2099-01-01"
            )
            await act("actie_gedaan", actie=month + 1)
        handle = office.client.get_workflow_handle(home)
        events, _ = await size(handle)
        found = await timed(50, lambda _: handle.query(STATE_QUERY, result_type=JourneyState))
        say(f"household of {MEMBERS}, {count} acts: history events of its run", str(events))
        say("household, query of its whole state", spread(found))
        say(
            "household query / act, ratio of medians",
            f"{statistics.median(found) / (ACT_MEDIAN[0] if ACT_MEDIAN else float('nan')):.2f}",
        )


def _folder(own: str, name: str) -> Path:
    """A folder of its own for each product that is put up: keys are never written over."""
    made = Path(own) / name
    made.mkdir()
    return made


async def main() -> None:
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    decisions()
    folder = servers.begin_run()
    try:
        shared = await asyncio.to_thread(servers.shared_postgres)
        template = await asyncio.to_thread(servers.migrated_template, shared, upgrade)
        with tempfile.TemporaryDirectory() as own:
            server = WorkflowEnvironment.start_local(
                dev_server_existing_path=str(temporal_server.program()),
                dev_server_database_filename=str(Path(own) / "temporal.db"),
                dev_server_log_level="error",
                dev_server_extra_args=[
                    *("--output", "none"),
                    *(
                        part
                        for k, v in temporal_server.PRAGMAS.items()
                        for part in ("--sqlite-pragma", f"{k}={v}")
                    ),
                    *temporal_server.search_attributes(),
                    *temporal_server.dynamic_config(temporal_server.LIVELY),
                ],
            )
            async with (
                servers.fresh_database(shared, template) as database,
                stand(database, _folder(own, "klantroutes"), server=await server) as place,
            ):
                await acts(place)
                await imports(place)
            async with (
                servers.fresh_database(shared, template) as database,
                stand(database, _folder(own, "huishouden"), HOUSEHOLDS="true") as place,
            ):
                await household(place)
            async with servers.fresh_database(shared, template) as database:
                for name, value in await rebuild(database):
                    say(name, value)
    finally:
        await asyncio.to_thread(servers.end_run, folder)


if __name__ == "__main__":
    asyncio.run(main())
    end_process(0)
