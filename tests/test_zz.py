import time, asyncpg, pytest
@pytest.mark.parametrize("n", range(10))
async def test_db(database, n):
    c=await asyncpg.connect(database); 
    print(await c.fetchval("select count(*) from pg_tables where schemaname='public'")); await c.close()
