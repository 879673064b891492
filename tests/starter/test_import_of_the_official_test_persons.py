"""The official test persons go through one import; each ends running, as a question, or refused."""

import asyncio
import csv
from collections import Counter
from pathlib import Path

import pytest

from tests.starter.stand import Stand, stand

pytestmark = pytest.mark.testset

# registries.md: who stands for which situation.
EXPECTED = {
    "999993653": {"woont_elders"},
    "999992740": {"woont_elders"},
    "999993008": {"overleden"},
    "999990147": {"overleden"},
    "999992326": {"geemigreerd"},
    "999994426": {"geemigreerd"},
    "999993586": {"niet_ingezetene"},
    "999990457": {"niet_ingezetene"},
    "999993410": {"niet_ingezetene"},
    "999991632": {"woont_elders", "in_onderzoek"},
    "999992806": {"woont_elders"},
}
SECRET = ("999990925", "999991747", "999994931")


async def all_answered(place: Stand) -> None:
    """Until every journey has taken in what the BRP said of its client."""
    async with place.office() as office, asyncio.timeout(120):
        while await office.pool.fetchval(
            "SELECT count(*) FROM journey j WHERE NOT EXISTS "
            "(SELECT FROM journal e WHERE e.journey_id = j.journey_id AND e.kind = 'finding')"
        ):
            await asyncio.sleep(0.2)


@pytest.mark.long
@pytest.mark.timeout(280)
async def test_everybody_is_placed_and_nobody_twice(database: str, tmp_path: Path, testset: Path) -> None:
    with testset.open(encoding="utf-8-sig", newline="") as file:
        # The first cell marks a person; lines of history leave it empty. The third is rubriek 01.01.20.
        bsn_of_row = {n: row[2] for n, row in enumerate(csv.reader(file, delimiter=";"), start=1) if row[0]}
    async with stand(database, tmp_path, testset=testset) as place:
        first = await place.meedoen("import", str(testset), "--json")
        assert first.code == 0, first.err
        assert first.json["counts"] == {"rijen": 687, "gestart": 680, "loopt_al": 5, "geweigerd": 2}
        refused = [row["reason"] for row in first.json["rows"] if row["outcome"] == "geweigerd"]
        assert all("geen burgerservicenummer en geen kenmerk" in reason for reason in refused)

        await all_answered(place)
        again = await place.meedoen("import", str(testset), "--json")
        assert again.json["counts"] == {"rijen": 687, "gestart": 0, "loopt_al": 685, "geweigerd": 2}

        journey_of = {bsn_of_row[row["row"]]: row["journey"] for row in first.json["rows"] if row["journey"]}
        async with place.office() as office:
            tasks = await office.worklist.tasks("deventer", limit=10000)
            reasons = {task.journey_id: set(task.reasons) for task in tasks if task.kind == "beoordeel_route"}
            secrets = {
                record["journey_id"]
                for record in await office.pool.fetch("SELECT journey_id FROM overview WHERE secret")
            }
            open_terms = await office.pool.fetchval(
                "SELECT count(DISTINCT journey_id) FROM term WHERE term = 'eerste_gesprek' AND ended_on IS NULL"
            )
        assert len(journey_of) == 680
        # Nobody of them lives in Deventer, so each has a question; and each has its promise running.
        assert set(reasons) == set(journey_of.values())
        assert open_terms == 680
        for bsn, expected in EXPECTED.items():
            assert expected <= reasons[journey_of[bsn]], bsn
        counted = Counter(reason for found in reasons.values() for reason in found)
        assert counted["te_jong"] > 100
        assert counted["te_oud"] > 130
        assert counted["overleden"] >= 15

        for bsn in SECRET:
            assert journey_of[bsn] in secrets
        shown = await place.meedoen("show", journey_of[SECRET[0]], "--json", "--alles")
        listed = await place.meedoen("list", "--json", "--limit", "1000")
        for said in (shown, listed):
            assert said.code == 0
            assert "geheim" not in said.out.lower()
            assert "secret" not in said.out.lower()
            assert SECRET[0] not in said.out
        log = (tmp_path / "worker.log").read_text(encoding="utf-8")
        assert not [bsn for bsn in journey_of if bsn in log]
