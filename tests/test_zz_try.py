import asyncio, uuid
from datetime import timedelta
import asyncpg, pytest
from temporalio import workflow
from temporalio.worker import Worker


@workflow.defn(sandboxed=False)
class W:
    @workflow.run
    async def run(self) -> str:
        await workflow.sleep(timedelta(days=30))
        return "x"


@workflow.defn(sandboxed=False)
class Q:
    @workflow.run
    async def run(self) -> str:
        return "q"


@pytest.mark.parametrize("n", range(3))
async def test_ts(time_skipping, n):
    q = str(uuid.uuid4())
    async with Worker(time_skipping.client, task_queue=q, workflows=[W]):
        assert await time_skipping.client.execute_workflow(W.run, id=q, task_queue=q) == "x"


@pytest.mark.parametrize("n", range(3))
async def test_t(temporal, n):
    q = str(uuid.uuid4())
    async with Worker(temporal.client, task_queue=q, workflows=[Q]):
        assert await temporal.client.execute_workflow(Q.run, id=q, task_queue=q) == "q"


async def test_pg(postgres_url):
    c = await asyncpg.connect(postgres_url)
    assert await c.fetchval("select 1") == 1
    await c.close()


