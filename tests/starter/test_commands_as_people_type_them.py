"""The command line on the whole product: what works, and what is refused in a sentence."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.starter.stand import Said, Stand


def one_sentence(said: Said, *words: str) -> None:
    """Refused, in words for people and without a traceback."""
    assert said.code == 2, said
    assert "Traceback" not in said.err
    for word in words:
        assert word in said.err, said.err


async def test_start_show_act_and_list(product: Stand, bsns: dict[str, str]) -> None:
    bsn = next(iter(bsns))
    started = await product.meedoen("start", "--bsn", bsn, "--json")
    assert started.json == {"journey": "klantroute-deventer-1-1", "outcome": "gestart"}
    again = await product.meedoen("start", "--bsn", bsn, "--json")
    assert again.json["outcome"] == "loopt_al"

    act = await product.meedoen(
        "act", "1", "gesprek_gevoerd", "--by", "consulent", "--note", "Wil graag in het groen werken."
    )
    assert act.code == 0, act.err
    assert "Fase: plan" in act.out
    # What the act set in motion is told at once.
    assert "termijn gehaald: eerste_gesprek-1" in act.out
    assert "termijn loopt: plan-1" in act.out
    plan = await product.meedoen(
        "act", "deventer-1", "plan_vastgesteld", "--by", "consulent", "--set", "akkoord=true", "--json"
    )
    assert plan.json["stage"] == "mna"

    shown = await product.meedoen("show", "1")
    for words in (
        "Fase mna",
        "start_mna-1",
        "Gesprek gevoerd",
        "[consulent]",
        "meedoen acts regulier --fase mna",
    ):
        assert words in shown.out
    whole = await product.meedoen("show", "1", "--alles")
    assert "de dag erna is dag 1" in whole.out
    assert "de dag erna is dag 1" not in shown.out
    rows = (await product.meedoen("list", "--json")).json
    assert [(row["journey_id"], row["stage"]) for row in rows] == [("klantroute-deventer-1-1", "mna")]
    # The free text stands encrypted in PostgreSQL and nowhere else.
    assert "groen" not in shown.out
    for said in (started, again, act, plan, shown):
        assert bsn not in said.out + said.err


async def test_whatever_is_wrong_gets_a_sentence_and_changes_nothing(
    product: Stand, bsns: dict[str, str]
) -> None:
    bsn = next(iter(bsns))
    await product.meedoen("start", "--bsn", bsn)
    before = (await product.meedoen("show", "1", "--json")).json
    wrong = [
        (("start", "--bsn", "123456789"), ("elfproef",)),
        (("start", "--bsn", "12"), ("negen cijfers",)),
        (("start", "--kenmerk", "!"), ("kenmerk",)),
        (("start", "--bsn", bsn, "--gemeente", "amsterdam"), ("amsterdam", "deventer")),
        (("start", "--bsn", bsn, "--melding", "gisteren"), ("--melding", "jaar-maand-dag")),
        (("show", "99"), ("99",)),
        (
            ("act", "1", "besluit_bekendgemaakt", "--by", "toegang", "--set", "uitkomst=toegekend"),
            ("toegang mag",),
        ),
        (
            ("act", "1", "plan_vastgesteld", "--by", "consulent", "--set", "akkoord=true"),
            ("fase intake", "Nu eerst"),
        ),
        (("act", "1", "gesprek_gevoert", "--by", "consulent"), ("gesprek_gevoert", "gesprek_gevoerd")),
        (("act", "1", "gesprek_gevoerd", "--by", "piet.onbekend"), ("piet.onbekend", "medewerkerslijst")),
        (("act", "1", "gesprek_gevoerd"), ("Wie legt dit vast", "--by")),
        (("act", "1", "gesprek_gevoerd", "--by", "consulent", "--data", "{kapot"), ("geen geldige JSON",)),
        (("act", "1", "gesprek_gevoerd", "--by", "consulent", "--set", "los"), ("veld=waarde",)),
        (("act", "1", "gesprek_gevoerd", "--by", "consulent", "--set", "zin=1"), ("zin",)),
        (
            ("act", "1", "gesprek_gevoerd", "--by", "consulent", "--effective", "2020-01-01"),
            ("melding is van",),
        ),
        (("list", "--fase", "dromen"), ("dromen", "intake")),
        (("list", "--team", "dromers"), ("Van team 'dromers' is hier niets",)),
        (("list", "--person", "dromer", "--taken"), ("Van medewerker 'dromer' is hier niets",)),
        (("import", "bestaat-niet.csv"), ("bestaat-niet.csv",)),
        (("dry-run", "bestaat-niet.toml"), ("bestaat-niet.toml",)),
    ]
    said = await asyncio.gather(*(product.meedoen(*arguments) for arguments, _ in wrong))
    for result, (_, words) in zip(said, wrong, strict=True):
        one_sentence(result, *words)
    assert (await product.meedoen("show", "1", "--json")).json == before


async def test_a_person_acts_in_the_role_that_the_act_asks_for(product: Stand, bsns: dict[str, str]) -> None:
    await product.meedoen("start", "--bsn", next(iter(bsns)))
    people = (await product.meedoen("staff", "--json")).json
    consulent = next(person["code"] for person in people if "consulent" in person["roles"])
    said = await product.meedoen("act", "1", "gesprek_gevoerd", MEEDOEN_BY=consulent)
    assert said.code == 0, said.err


async def test_a_csv_with_good_and_bad_rows(product: Stand, bsns: dict[str, str], tmp_path: Path) -> None:
    good, second, *_ = bsns
    file = tmp_path / "meldingen.csv"
    file.write_text(
        "bsn;kenmerk;melding;huishouden;opmerking\n"
        f"{good};;2026-11-16;alleenstaand;x\n"
        "123456789;;;;\n"
        f"{second};;16-11-2026;;\n"
        ";zonder-bsn-1;;paar;\n"
        "te;weinig\n"
        f"{good};;;;\n"
        ";;;;niets\n"
        f"{second};;;kasteel;\n",
        encoding="utf-8",
    )
    said = await product.meedoen("import", str(file), "--json", "--report", str(tmp_path / "verslag.csv"))
    assert said.code == 0, said.err
    rows = {row["row"]: (row["outcome"], row["reason"]) for row in said.json["rows"]}
    assert [rows[number][0] for number in range(2, 10)] == [
        "gestart", "geweigerd", "geweigerd", "gestart", "geweigerd", "loopt_al", "geweigerd", "geweigerd",
    ]  # fmt: skip
    for number, words in (
        (3, "elfproef"), (4, "jaar-maand-dag"), (6, "2 kolommen"), (7, "rij 2"), (8, "geen kenmerk"), (9, "alleenstaand"),
    ):  # fmt: skip
        assert words in rows[number][1]
    assert said.json["unused_columns"] == ["opmerking"]
    report = (tmp_path / "verslag.csv").read_text(encoding="utf-8")
    assert good not in report
    assert "123456789" not in report
    again = await product.meedoen("import", str(file), "--json")
    assert again.json["counts"]["gestart"] == 0
    assert (await product.meedoen("import", str(file), "--strict")).code == 1


async def test_a_fact_that_comes_after_the_end_is_placed(product: Stand) -> None:
    """The journey has left Temporal; an objection still gets a person."""
    async with product.office() as office:
        from domain.happenings import Actor

        me = Actor(code="consulent", role="consulent")
        started = await office.journeys.start(gemeente="deventer", by=me, reference="weg-1")
        ended = await office.journeys.act(
            started.journey_id,
            "klantroute_beeindigd",
            by=me,
            data={"exit": "vrijwillig", "reden": "op eigen verzoek"},
        )
        assert await office.worklist.wait_for(started.journey_id, seq=ended.seq, timeout=10)
        await office.journeys._client.get_workflow_handle(started.journey_id).terminate("weg uit Temporal")
        answer = await office.journeys.act(started.journey_id, "bezwaar_ontvangen", by=me)
        assert await office.worklist.wait_for(started.journey_id, seq=answer.seq, timeout=10)
        view = await office.worklist.journey(started.journey_id)
        assert view is not None
        assert ("bezwaar", "bezwaarjurist") in {
            (task.kind, task.role) for task in view.tasks if task.done_on is None
        }
        from domain.happenings import Refused

        with pytest.raises(Refused, match="fase gesloten"):
            await office.journeys.act(started.journey_id, "gesprek_gevoerd", by=me)


async def test_a_return_after_closing_is_a_new_journey(product: Stand, bsns: dict[str, str]) -> None:
    bsn = next(iter(bsns))
    await product.meedoen("start", "--bsn", bsn)
    ended = await product.meedoen(
        "act",
        "1",
        "klantroute_beeindigd",
        "--by",
        "consulent",
        "--set",
        "exit=vrijwillig",
        "--set",
        "reden=eigen verzoek",
    )
    assert ended.code == 0, ended.err
    started = await product.meedoen("start", "--bsn", bsn, "--json")
    assert started.json == {"journey": "klantroute-deventer-1-2", "outcome": "gestart"}


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_a_hundred_short_commands_all_end_well(product: Stand, bsns: dict[str, str]) -> None:
    await product.meedoen("start", "--bsn", next(iter(bsns)))
    gate = asyncio.Semaphore(3)

    async def run(number: int) -> int:
        async with gate:
            return (await product.meedoen(*(("list",) if number % 2 else ("show", "1")), "--json")).code

    assert set(await asyncio.gather(*(run(number) for number in range(100)))) == {0}


async def test_without_a_worker_the_person_is_told_and_nothing_is_lost(
    product: Stand, bsns: dict[str, str]
) -> None:
    await product.meedoen("start", "--bsn", next(iter(bsns)))
    await product.stop_worker()
    waiting = asyncio.create_task(
        product.meedoen(
            "act", "1", "gesprek_gevoerd", "--by", "consulent", "--id", "een", MEEDOEN_PATIENCE_SECONDS="2"
        )
    )
    said = await waiting
    one_sentence(said, "Draait er een worker?", "opnieuw")
    await product.start_worker()
    again = await product.meedoen("act", "1", "gesprek_gevoerd", "--by", "consulent", "--id", "een", "--json")
    assert again.code == 0, again.err
    # What is held stands in the table a moment later; on a busy machine the moment is longer.
    async with asyncio.timeout(60):
        while (await _accepted(product)).count("een") == 0:
            await asyncio.sleep(0.2)
    assert (await _accepted(product)).count("een") == 1


async def _accepted(product: Stand) -> list[str]:
    view = json.loads((await product.meedoen("show", "1", "--json", "--alles")).out)
    return [line["act_id"] for line in view["timeline"] if line["event"] == "act_accepted"]
