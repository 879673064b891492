"""The sandbox as a process of its own: it says where it listens, stops cleanly and refuses in sentences."""

import asyncio
import json
import os
import signal
import socket
import sys
from pathlib import Path

import httpx2
import pytest

from sandbox.production import beside_production

ROOT = Path(__file__).parents[2]


async def start(*options: str, **environment: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "sandbox",
        *options,
        cwd=ROOT,
        env={**os.environ, "MEEDOEN_ENVIRONMENT": "test", **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def refusal(*options: str, **environment: str) -> tuple[int | None, str]:
    process = await start(*options, **environment)
    output, errors = await process.communicate()
    assert output == b""
    return process.returncode, errors.decode().strip()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_says_where_it_listens_and_stops_cleanly(number: signal.Signals) -> None:
    process = await start("--brp-port", "0", "--smtp-port", "0", "--api-key", "geheim")
    assert process.stdout is not None
    line = (await process.stdout.readline()).decode()
    ready = json.loads(await process.stdout.readline())

    async with httpx2.AsyncClient(trust_env=False, timeout=20) as http:
        health = await http.get(ready["url"] + "/gezond")
        refused = await http.post(ready["brp_base_url"] + "/personen", json={})
        # A call that is still waiting must not keep the process alive.
        fault = {"kind": "langzaam", "seconds": 300, "times": 1}
        await http.put(ready["url"] + "/sandbox/storing", json=fault)
        headers = {"X-API-KEY": "geheim"}
        waiting = asyncio.create_task(
            http.post(ready["brp_base_url"] + "/personen", json={}, headers=headers)
        )
        while "geen storing" not in (await http.get(ready["url"])).text:
            """Until the call has taken the fault."""
        _, writer = await asyncio.open_connection("127.0.0.1", ready["smtp_port"])
        process.send_signal(number)
        _, errors = await process.communicate()
        await asyncio.gather(waiting, return_exceptions=True)
        writer.close()

    assert line.startswith(f"sandbox luistert op {ready['url']} ")
    assert f":{ready['smtp_port']} " in line
    assert (health.status_code, refused.status_code) == (200, 401)
    assert process.returncode == 0
    assert errors == b""


async def test_it_refuses_to_run_in_production() -> None:
    code, sentence = await refusal("--brp-port", "0", "--smtp-port", "0", MEEDOEN_ENVIRONMENT="productie")

    assert code == 2
    assert sentence.startswith("De sandbox start niet: MEEDOEN_ENVIRONMENT staat op productie")
    assert "valse antwoorden" in sentence
    assert "\n" not in sentence


SETTINGS = "MEEDOEN_BRP_BASE_URL=https://brp.example\n"


@pytest.mark.parametrize(
    ("said", "name", "content", "expected"),
    [
        ({}, ".env", f"{SETTINGS}MEEDOEN_ENVIRONMENT=productie", ".env"),
        ({}, ".env", f'{SETTINGS}export MEEDOEN_ENVIRONMENT="Productie"', ".env"),
        ({}, ".env", SETTINGS, ".env"),
        ({}, ".meedoen/stack.env", "MEEDOEN_ENVIRONMENT=productie", ".meedoen/stack.env"),
        ({}, ".meedoen/stack.env", "MEEDOEN_ENVIRONMENT=demo", None),
        ({}, ".env", f"{SETTINGS}MEEDOEN_ENVIRONMENT=test", None),
        ({}, ".env", "ANDERS=1", None),
        ({}, "anders.env", SETTINGS, None),
        ({"MEEDOEN_ENVIRONMENT": "demo"}, ".env", SETTINGS, None),
        ({"MEEDOEN_ENVIRONMENT": " "}, ".env", SETTINGS, ".env"),
        ({"MEEDOEN_ENVIRONMENT": " PRODUCTIE"}, "anders.env", "", "MEEDOEN_ENVIRONMENT"),
        ({"MEEDOEN_DATABASE_URL": "postgresql://echt"}, "anders.env", "", "MEEDOEN_DATABASE_URL"),
    ],
)
def test_production_is_seen_in_the_process_and_then_in_the_folder(
    tmp_path: Path, said: dict[str, str], name: str, content: str, expected: str | None
) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(content, encoding="utf-8")

    assert beside_production(said, tmp_path) == expected


@pytest.mark.parametrize("taken", ["--brp-port", "--smtp-port"])
async def test_a_taken_port_is_one_sentence(taken: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as occupied:
        port = str(occupied.getsockname()[1])
        ports = {"--brp-port": "0", "--smtp-port": "0", taken: port}
        code, sentence = await refusal(*(part for pair in ports.items() for part in pair))

    assert code == 2
    assert sentence.startswith("De sandbox start niet: luisteren op 127.0.0.1, poort " + port)
    assert "al in gebruik" in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--testset", "bestaat-niet.csv"], "--testset"),
        (["--mail-dir", "pyproject.toml/map"], "--mail-dir"),
        (["--host", "192.0.2.1"], "--host"),
        (["--brp-port", "70000"], "--brp-port"),
        (["--onzin"], "--onzin"),
        (["--brp-token"], "--oauth-client"),
        (["--tls-client-ca", "ca.pem"], "--tls"),
        (["--tls", "weg.pem", "weg.key"], "--tls"),
        (["--suwinet-trust", "weg.pem"], "weg.pem"),
        (["--oauth-expires-in", "0"], "--oauth-expires-in"),
    ],
)
async def test_a_wrong_option_is_one_sentence(options: list[str], word: str) -> None:
    code, sentence = await refusal("--brp-port", "0", "--smtp-port", "0", *options)

    assert code == 2
    assert sentence.startswith("De sandbox start niet: ")
    assert word in sentence
    assert "\n" not in sentence
