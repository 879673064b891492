"""Nothing that a round meets ends the watchdog, and when rounds stop coming somebody outside can see it."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import httpx2
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from domain.base import Explained
from runtime.metrics import OpsServer
from runtime.settings import Settings
from watchdog.checks.moments import CAUSE
from watchdog.heartbeat import Heartbeat
from watchdog.rounds import KNOWN_CAUSES, Watcher
from watchdog.sources import POSTGRESQL, TEMPORAL, Check, Sources
from watchdog.trouble import Looked, Trouble


class Broken(Explained):
    """A sentence of ours."""


async def _breaks(_: Sources) -> Sequence[Trouble]:
    raise LookupError("Zeemeermin")


async def _explains(_: Sources) -> Sequence[Trouble]:
    raise Broken("De stand van de demoklok is onleesbaar.")


async def _works(_: Sources) -> Sequence[Trouble]:
    return (Trouble(cause="iets", sentence="Er is iets.", remedy="Kijk."),)


async def test_a_check_that_breaks_is_a_trouble_and_stops_no_other(settings: Settings) -> None:
    watcher = Watcher(settings, [Check("stuk", _breaks), Check("klok", _explains), Check("goed", _works)])
    looked = await watcher.look()
    assert {name: trouble.cause for name, trouble in looked.troubles} == {
        "controle-mislukt:stuk": "controle-mislukt:stuk",
        "controle-mislukt:klok": "controle-mislukt:klok",
        "goed": "iets",
    }
    sentences = " ".join(trouble.sentence for _, trouble in looked.troubles)
    assert "LookupError" in sentences
    assert "demoklok is onleesbaar" in sentences
    assert "Zeemeermin" not in sentences
    # Of a check that broke nothing can be said to be over.
    assert looked.judged == {POSTGRESQL, TEMPORAL, "goed", "controle-mislukt:goed"}


async def test_what_does_not_answer_is_one_trouble_and_the_checks_that_need_it_are_silent(
    settings: Settings,
) -> None:
    away = settings.model_copy(
        update={"database_url": settings.database_url.__class__("postgresql://x@127.0.0.1:1/x")}
    )
    looked = await Watcher(away).look()
    causes = [trouble.cause for _, trouble in looked.troubles]
    assert POSTGRESQL in causes
    assert not {"berichten", "journaal en leesmodel", "voorbije ogenblikken", "klokken"} & looked.judged
    assert {"workers en versies", "mailserver"} <= looked.judged

    looked = await Watcher(settings.model_copy(update={"temporal_address": "127.0.0.1:1"})).look()
    assert [trouble.cause for _, trouble in looked.troubles if "schijf" not in trouble.cause] == [TEMPORAL]
    assert {"berichten", "schrijven in PostgreSQL"} <= looked.judged


async def _hangs_up(sources: Sources) -> Sequence[Trouble]:
    await sources.database.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    return ()


async def test_a_database_that_goes_away_during_a_round_is_one_trouble(settings: Settings) -> None:
    needs = frozenset({POSTGRESQL})
    checks = [Check("een", _hangs_up, needs), Check("twee", _hangs_up, needs), Check("goed", _works)]
    looked = await Watcher(settings, checks).look()
    assert [trouble.cause for _, trouble in looked.troubles] == [POSTGRESQL, "iets"]
    assert not {"een", "twee"} & looked.judged


async def test_no_round_for_three_intervals_makes_the_page_say_so(settings: Settings) -> None:
    quick = settings.model_copy(update={"watchdog_seconds": 0.2})
    registry = CollectorRegistry()
    heartbeat = Heartbeat(quick, KNOWN_CAUSES, registry)
    trouble = Trouble(cause=CAUSE, sentence="Stil.", remedy="Kijk.")
    async with (
        OpsServer(port=0, checks={"bewaking": heartbeat.stale}, registry=registry) as server,
        httpx2.AsyncClient(trust_env=False, base_url=f"http://127.0.0.1:{server.port}") as http,
    ):
        heartbeat.beat(Looked(at=datetime.now(UTC), troubles=(("x", trouble),), judged=frozenset({"x"})))
        assert (await http.get("/gezond")).status_code == 200
        page = (await http.get("/metrics")).text
        async with asyncio.timeout(10):
            while (answer := await http.get("/gezond")).status_code == 200:
                await asyncio.sleep(0.05)
        assert answer.status_code == 503
        assert "geen hele ronde" in answer.json()["problemen"]["bewaking"]
        heartbeat.beat(Looked(at=datetime.now(UTC), troubles=(), judged=frozenset({"x"})))
        assert (await http.get("/gezond")).status_code == 200
        later = (await http.get("/metrics")).text

    assert gauges(page)["meedoen_trouble", CAUSE] == 1
    assert gauges(page)["meedoen_trouble", TEMPORAL] == 0
    assert gauges(later)["meedoen_trouble", CAUSE] == 0
    ended = gauges(later)["meedoen_watchdog_last_round_timestamp_seconds", ""]
    folder = settings.watchdog_folder
    assert folder is not None
    written = datetime.fromisoformat((folder / "hartslag").read_text().strip())
    assert abs(written.timestamp() - ended) <= 1
    assert datetime.now(UTC) - written < timedelta(minutes=1)


def gauges(page: str) -> dict[tuple[str, str], float]:
    return {
        (sample.name, sample.labels.get("cause", "")): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }
