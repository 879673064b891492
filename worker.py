"""The worker process: settings -> client -> Worker. Everything it does stands elsewhere."""

from functools import partial

from temporalio.worker import Worker

from activities.connections import registries
from activities.file_checks import file_checks
from activities.gate_metrics import gate_metrics
from activities.journey import journey_activities
from activities.post import post
from runtime.database import open_pool
from runtime.demo_clock import clock_of
from runtime.executions import known
from runtime.health import checks
from runtime.keys import KeyRing
from runtime.metrics import OpsServer, SdkMetrics
from runtime.presence import Presence
from runtime.process import run_process
from runtime.settings import Settings
from runtime.stopping import stop_requested
from runtime.temporal import connect, register_search_attributes, worker_options
from workflows.acting import Acts
from workflows.files import ClientRoute, Household


async def run(settings: Settings) -> None:
    """Work until SIGTERM, SIGINT or the end of this version, then finish what is under way."""
    keys, sdk, stop = KeyRing.load(settings.key_file), SdkMetrics(), stop_requested()
    client = await connect(settings, keys, runtime=sdk.runtime)
    await register_search_attributes(client)
    acts = Acts(client, settings.task_queue, clock_of(settings))
    async with (
        open_pool(settings) as pool,
        registries(settings) as asked,
        post(pool, settings, keys, acts.record) as outbox,
        journey_activities(settings, keys, pool, asked, acts.record, partial(known, client)) as activities,
    ):
        worker = Worker(
            client,
            task_queue=settings.task_queue,
            workflows=[ClientRoute, Household],
            activities=activities,
            **worker_options(settings),
        )
        ops = OpsServer(
            host=settings.worker_http_host,
            port=settings.worker_http_port,
            checks=checks(client, pool, outbox.overdue),
            sdk=sdk,
            sources=[partial(gate_metrics, pool)],
        )
        present = Presence(pool, settings.build_id, stop)
        async with ops, present, file_checks(pool, settings, keys, acts.record), worker:
            await stop.wait()


if __name__ == "__main__":
    run_process(run)
