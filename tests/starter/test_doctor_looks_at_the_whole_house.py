"""``meedoen doctor`` on the real stack: all is right, and each thing that can be wrong has its own sentence."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from google.protobuf.duration_pb2 import Duration
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest

from runtime.codec_server import codec_server
from runtime.keys import KeyRing
from runtime.settings import Settings
from starter.doctor.checks import all_checks
from starter.doctor.examine import examine, selected
from starter.doctor.postgresql import postgresql_checks
from starter.doctor.result import Result, Verdict
from starter.doctor.tools import Tools
from starter.stack import postgres
from tests import servers
from tests.certificates import Issuer
from tests.starter.stand import Stand

NETWORK = "netwerk- of systeembeheer"
APPLICATION = "applicatiebeheer"
TOKEN = "toegang-van-het-leespunt"


async def look(settings: Settings, *groups: str) -> dict[str, Result]:
    async with Tools(settings) as tools:
        results = await examine(selected(all_checks(settings, tools), groups), lambda _: None)
    secrets = [settings.database_url.get_secret_value(), settings.smtp_password.get_secret_value(), TOKEN]
    for result in results:
        assert [secret for secret in secrets if secret and secret in result.sentence] == []
        assert result.verdict is not Verdict.WRONG or result.who
    return {result.check: result for result in results}


def changed(settings: Settings, **changes: Any) -> Settings:
    """As the environment would set them."""
    return Settings(_env_file=None, **(settings.model_dump() | changes))  # type: ignore[call-arg]


@asynccontextmanager
async def reading(settings: Settings, keys: Path | None = None) -> AsyncIterator[int]:
    """The codec end point with a token, on a free port."""
    ring = KeyRing.load(keys or settings.key_file)
    async with codec_server(changed(settings, codec_port=0, codec_token=TOKEN), ring) as server:
        yield server.port


@pytest.mark.timeout(240)
async def test_all_is_right_and_then_one_thing_after_another_is_not(
    product: Stand, bsns: dict[str, str], tmp_path: Path
) -> None:
    bsn = next(iter(bsns))
    assert (await product.meedoen("start", "--bsn", bsn)).code == 0
    async with reading(product.settings) as port:
        environment = {
            "MEEDOEN_CODEC_PORT": str(port),
            "MEEDOEN_CODEC_TOKEN": TOKEN,
            "MEEDOEN_DOCTOR_TEST_BSN": bsn,
        }
        whole = await product.meedoen("doctor", "--json", **environment)
        people = await product.meedoen("doctor", **environment)
        part = await product.meedoen("doctor", "--json", "--only", "brp, mail", **environment)

        settings = changed(product.settings, codec_port=port, codec_token=TOKEN)
        other = changed(settings, codec_token="een-andere")
        assert_wrong(await look(other, "leespunt"), "leespunt.leest", APPLICATION, "andere toegangscode")

    # All right, and told without a secret.
    assert whole.json["good"], whole.json
    verdicts = {result["check"]: result["verdict"] for result in whole.json["results"]}
    assert set(verdicts.values()) == {"goed"}, whole.json
    assert (whole.code, people.code, part.code) == (0, 0, 0)
    assert {name.partition(".")[0] for name in verdicts} == {
        "instellingen", "sleutels", "beleid", "database", "klok", "temporal", "leespunt", "mail", "brp", "registraties",
    }  # fmt: skip
    assert {result["check"].partition(".")[0] for result in part.json["results"]} == {"brp", "mail"}
    assert f"{len(verdicts)} goed." in people.out
    password = product.settings.database_url.get_secret_value().partition(":")[2].split("@")[0].split(":")[-1]
    for said in (whole, people, part):
        for secret in (TOKEN, bsn, password):
            assert secret not in said.out + said.err

    # What is typed or set wrong.
    strange = await product.meedoen("doctor", "--only", "brp,fax")
    assert (strange.code, "fax" in strange.err, "temporal" in strange.err) == (2, True, True)
    unset = await product.meedoen("doctor", "--json", MEEDOEN_SPEED="10", MEEDOEN_ENVIRONMENT="productie")
    assert (unset.code, unset.json["good"]) == (1, False)
    assert "MEEDOEN_SPEED" in unset.json["results"][0]["sentence"]

    # The codec end point.
    settings = product.settings
    away = await look(changed(settings, codec_port=servers.free_port()), "leespunt")
    assert (away["leespunt.leest"].verdict, away["leespunt.leest"].who) == (Verdict.NOTE, APPLICATION)
    sandbox = int(settings.brp_base_url.split(":")[2].split("/")[0])
    assert_wrong(
        await look(changed(settings, codec_port=sandbox), "leespunt"),
        "leespunt.leest",
        APPLICATION,
        "iets anders dan het leespunt",
    )
    strangers = tmp_path / "andere-sleutels.json"
    KeyRing.create(strangers)
    async with reading(settings, strangers) as port:
        answer = await look(changed(settings, codec_port=port, codec_token=TOKEN), "leespunt")
    assert_wrong(answer, "leespunt.leest", APPLICATION, "ander sleutelbestand")

    # Keys.
    missing = await look(changed(settings, key_file=tmp_path / "weg.json"), "sleutels", "leespunt")
    assert_wrong(missing, "sleutels.bestand", APPLICATION, "weg.json")
    assert missing["sleutels.passend"].verdict is missing["leespunt.leest"].verdict is Verdict.SKIPPED
    exchanged = await look(changed(settings, key_file=strangers), "sleutels")
    assert exchanged["sleutels.bestand"].verdict is Verdict.RIGHT
    assert_wrong(exchanged, "sleutels.passend", APPLICATION, "Zet het goede bestand terug uit de kluis")
    strangers.chmod(0o644)
    assert_wrong(
        await look(changed(settings, key_file=strangers), "sleutels"),
        "sleutels.bestand",
        APPLICATION,
        "andere",
    )

    # Temporal.
    nowhere = await look(changed(settings, temporal_address=f"127.0.0.1:{servers.free_port()}"), "temporal")
    assert_wrong(nowhere, "temporal.bereikbaar", NETWORK, "MEEDOEN_TEMPORAL_ADDRESS")
    assert nowhere["temporal.worker"].verdict is Verdict.SKIPPED
    unknown = await look(changed(settings, temporal_namespace="bestaat-niet"), "temporal")
    assert_wrong(unknown, "temporal.namespace", APPLICATION, "MEEDOEN_TEMPORAL_NAMESPACE")
    async with Tools(settings) as tools:
        client = await tools.temporal()
        kept = Duration(seconds=86400)
        await client.workflow_service.register_namespace(
            RegisterNamespaceRequest(namespace="leeg", workflow_execution_retention_period=kept)
        )
    bare = await until(
        lambda: look(changed(settings, temporal_namespace="leeg"), "temporal"), "temporal.namespace"
    )
    assert_wrong(bare, "temporal.zoekvelden", APPLICATION, "VolgendeTermijn")
    unheard = await look(changed(settings, task_queue="stil"), "temporal")
    assert_wrong(unheard, "temporal.worker", APPLICATION, "Geen enkele worker")
    await product.stop_worker()


async def until(again: Callable[[], Awaitable[dict[str, Result]]], check: str) -> dict[str, Result]:
    """Temporal knows a new namespace everywhere only after a while."""
    async with asyncio.timeout(60):
        while (results := await again())[check].verdict is not Verdict.RIGHT:
            await asyncio.sleep(0.2)
    return results


def assert_wrong(results: dict[str, Result], check: str, who: str, words: str) -> None:
    result = results[check]
    assert (result.verdict, result.who) == (Verdict.WRONG, who), result
    assert words in result.sentence, result


# --- PostgreSQL -----------------------------------------------------------------------------------


@pytest.fixture
def settings(database: str, tmp_path: Path) -> Settings:
    key_file = tmp_path / "keys.json"
    KeyRing.create(key_file)
    return Settings(environment="test", database_url=database, key_file=key_file)  # type: ignore[arg-type]


async def test_the_role_of_the_program_has_its_rights_and_no_more(
    settings: Settings, owner_database: str
) -> None:
    assert {result.verdict for result in (await look(settings, "database")).values()} == {Verdict.RIGHT}
    as_owner = await look(changed(settings, database_url=owner_database), "database")
    assert_wrong(as_owner, "database.rechten", APPLICATION, "is eigenaar van tabellen")
    superuser = owner_database.replace(f"//{postgres.OWNER}:", f"//{postgres.SUPERUSER}:")
    as_superuser = await look(changed(settings, database_url=superuser), "database")
    assert_wrong(as_superuser, "database.rechten", APPLICATION, "is beheerder van PostgreSQL")

    owner = await asyncpg.connect(owner_database)
    try:
        await owner.execute(f"GRANT UPDATE ON journal TO {postgres.ROLE}")
        too_much = await look(settings, "database")
        assert_wrong(too_much, "database.rechten", APPLICATION, "alleen mag groeien: journal")
        await owner.execute(f"REVOKE UPDATE ON journal FROM {postgres.ROLE}")
        await owner.execute(f"REVOKE INSERT ON look_up FROM {postgres.ROLE}")
        await owner.execute(f"REVOKE SELECT ON team FROM {postgres.ROLE}")
        too_little = await look(settings, "database")
        assert_wrong(too_little, "database.rechten", APPLICATION, "mist rechten op look_up, team")
    finally:
        await owner.close()


async def test_tables_of_another_release_are_told_apart(settings: Settings, owner_database: str) -> None:
    owner = await asyncpg.connect(owner_database)
    try:
        await owner.execute("UPDATE alembic_version SET version_num = '0002'")
        earlier = await look(settings, "database")
        assert_wrong(earlier, "database.bijgewerkt", APPLICATION, "eerdere release (stand 0002")
        await owner.execute("UPDATE alembic_version SET version_num = '9999'")
        later = await look(settings, "database")
        assert_wrong(later, "database.bijgewerkt", APPLICATION, "latere release")
        await owner.execute("DROP TABLE alembic_version")
        never = await look(settings, "database")
        assert_wrong(never, "database.bijgewerkt", APPLICATION, "De tabellen ontbreken")
    finally:
        await owner.close()


async def test_a_database_that_does_not_answer_is_told_once(settings: Settings) -> None:
    away = changed(settings, database_url=f"postgresql://u:geheim@127.0.0.1:{servers.free_port()}/meedoen")
    results = await look(away, "database", "klok", "sleutels")

    assert_wrong(results, "database.bereikbaar", NETWORK, "MEEDOEN_DATABASE_URL")
    assert [name for name, result in results.items() if result.verdict is Verdict.SKIPPED] == [
        "database.bijgewerkt",
        "database.rechten",
        "sleutels.passend",
        "klok.postgresql",
    ]


@pytest.mark.parametrize(
    ("ahead", "verdict"), [(60, Verdict.WRONG), (-60, Verdict.WRONG), (0, Verdict.RIGHT)]
)
async def test_a_clock_that_differs_from_that_of_the_database_is_told(
    settings: Settings, ahead: int, verdict: Verdict
) -> None:
    async with Tools(settings) as tools:
        checks = postgresql_checks(settings, tools, lambda: datetime.now(UTC) + timedelta(seconds=ahead))
        [result] = [
            result
            for result in await examine(selected(checks, ["database", "klok"]), lambda _: None)
            if result.check == "klok.postgresql"
        ]

    assert result.verdict is verdict
    assert ("60 seconden" in result.sentence) == bool(ahead)


# --- policy and mail ------------------------------------------------------------------------------


async def test_policy_that_is_missing_or_wrong_is_told(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "beleid"
    at = changed(settings, policies_dir=folder)
    assert_wrong(await look(at, "beleid"), "beleid.bestanden", APPLICATION, "is er niet")
    folder.mkdir()
    assert_wrong(await look(at, "beleid"), "beleid.bestanden", APPLICATION, "geen enkele gemeente")
    for file in (Path(__file__).parents[2] / "policies").glob("*.toml"):
        (folder / file.name).write_bytes(file.read_bytes())
    assert (await look(at, "beleid"))["beleid.bestanden"].verdict is Verdict.RIGHT


async def test_policy_that_cannot_be_read_names_its_municipality(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "beleid"
    folder.mkdir()
    for file in (Path(__file__).parents[2] / "policies").glob("*.toml"):
        (folder / file.name).write_bytes(file.read_bytes())
    with (folder / "deventer.toml").open("a", encoding="utf-8") as file:
        file.write("\n[onzin]\nja = 1\n")

    results = await look(changed(settings, policies_dir=folder), "beleid")

    assert_wrong(results, "beleid.bestanden", APPLICATION, "Het beleid van deventer is niet te gebruiken")


class Doorman:
    """Lets nobody in but one."""

    def __call__(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=data.password == b"goed-woord", handled=False)


async def test_a_mail_server_that_does_not_take_us_is_told_step_by_step(
    settings: Settings, tmp_path: Path
) -> None:
    issuer = Issuer(tmp_path)
    theirs = issuer.issue("mail")
    controller = Controller(
        object(),
        hostname="127.0.0.1",
        port=servers.free_port(),
        tls_context=theirs.server(),
        authenticator=Doorman(),
        auth_require_tls=False,
    )
    await asyncio.to_thread(controller.start)
    try:
        at = changed(settings, smtp_host="127.0.0.1", smtp_port=controller.port)
        assert (await look(at, "mail"))["mail.server"].verdict is Verdict.RIGHT
        good = changed(at, smtp_username="wij", smtp_password="goed-woord")
        assert "laat ons binnen" in (await look(good, "mail"))["mail.server"].sentence
        bad = changed(at, smtp_username="wij", smtp_password="fout-woord")
        assert_wrong(await look(bad, "mail"), "mail.server", APPLICATION, "weigert onze aanmelding")
        encrypted = changed(at, smtp_starttls=True)
        assert_wrong(
            await look(encrypted, "mail"), "mail.server", NETWORK, "niet van een uitgever die wij vertrouwen"
        )
    finally:
        await asyncio.to_thread(controller.stop)
    assert_wrong(await look(at, "mail"), "mail.server", NETWORK, "antwoordt niet als mailserver")
