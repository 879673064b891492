"""The codec end point that Temporal UI calls: reads what history holds, for those who may."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date

import httpx2
import pytest
from google.protobuf import json_format
from pydantic import SecretStr
from temporalio.api.common.v1 import Payload, Payloads
from temporalio.client import Client
from temporalio.worker import Worker

from runtime import codec_server as module
from runtime.codec import KEY_GONE, EncryptingCodec
from runtime.codec_server import codec_server
from runtime.keys import KeyRing
from runtime.settings import Settings
from tests.runtime.histories import payloads_of, stored
from tests.runtime.rings import ring
from tests.runtime.sample_workflows import Journey, Start

UI = "http://127.0.0.1:8233"


@asynccontextmanager
async def _end_point(keys: KeyRing, **changes: object) -> AsyncIterator[httpx2.AsyncClient]:
    settings = Settings.model_validate({"codec_port": 0, **changes})
    async with (
        codec_server(settings, keys) as server,
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", trust_env=False) as http,
    ):
        yield http


def _body(*payloads: Payload) -> str:
    return json_format.MessageToJson(Payloads(payloads=payloads))


def _payloads(answer: httpx2.Response) -> list[Payload]:
    assert answer.status_code == 200, answer.text
    return list(json_format.Parse(answer.content, Payloads()).payloads)


async def test_reads_what_a_real_history_holds(client: Client, keys: KeyRing, task_queue: str) -> None:
    start = Start(client="0150-7", reported=date(2026, 5, 1))
    async with Worker(client, task_queue=task_queue, workflows=[Journey]):
        handle = await client.start_workflow(
            "Journey", start, id=task_queue, task_queue=task_queue, static_summary="Zeemeermin"
        )
        held = payloads_of(await stored(handle))
        await handle.terminate()
    async with _end_point(keys) as http:
        shown = _payloads(await http.post("/decode", content=_body(*held), headers={"origin": UI}))
    assert len(shown) == len(held)
    texts = [payload.data for payload in shown]
    assert b'"Zeemeermin"' in texts
    assert start.model_dump_json().encode() in texts


async def test_what_it_encodes_it_decodes_in_the_same_order(keys: KeyRing) -> None:
    plain = [Payload(metadata={"encoding": b"json/plain"}, data=str(n).encode()) for n in range(3)]
    async with _end_point(keys) as http:
        sealed = _payloads(await http.post("/encode", content=_body(*plain)))
        assert not {payload.data for payload in sealed} & {payload.data for payload in plain}
        assert _payloads(await http.post("/decode", content=_body(*sealed))) == plain


async def test_one_gone_key_does_not_hide_the_rest(keys: KeyRing) -> None:
    [gone] = await EncryptingCodec(ring("k0")).encode([Payload(data=b"x")])
    [held] = await EncryptingCodec(keys).encode([Payload(metadata={"encoding": b"json/plain"}, data=b'"ja"')])
    async with _end_point(keys) as http:
        shown = _payloads(await http.post("/decode", content=_body(gone, held)))
    assert [json.loads(payload.data) for payload in shown] == [KEY_GONE, "ja"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"x"', b'{"payloads": 1}', b'{"x": []}', b"\xff", b"[" * 5000]
)
async def test_body_that_is_no_payloads_gets_a_sentence(keys: KeyRing, body: bytes) -> None:
    async with _end_point(keys) as http:
        answer = await http.post("/decode", content=body)
    assert answer.status_code == 400
    assert "payloads" in answer.json()["message"]


async def test_body_without_end_is_cut_off(keys: KeyRing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BODY_BYTES", 100)
    async with _end_point(keys) as http:
        answer = await http.post("/decode", content=b" " * 101)
    assert (answer.status_code, "te groot" in answer.text) == (413, True)


async def test_page_of_the_ui_may_ask_and_any_other_page_not(keys: KeyRing) -> None:
    preflight = {
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type,x-namespace,authorization",
    }
    async with _end_point(keys, codec_ui_origins=f"{UI} http://ui.example") as http:
        for origin in (UI, "http://ui.example"):
            may = await http.options("/decode", headers={"origin": origin, **preflight})
            assert may.status_code == 200
            assert may.headers["access-control-allow-origin"] == origin
            allowed = may.headers["access-control-allow-headers"].lower()
            assert all(header in allowed for header in ("content-type", "x-namespace", "authorization"))
            answer = await http.post("/decode", content=_body(), headers={"origin": origin})
            assert answer.headers["access-control-allow-origin"] == origin
        for stranger in ("http://127.0.0.1:8299", "null", f"{UI}.example"):
            may_not = await http.options("/decode", headers={"origin": stranger, **preflight})
            assert may_not.status_code == 400
            assert "access-control-allow-origin" not in may_not.headers
            answer = await http.post("/decode", content=_body(), headers={"origin": stranger})
            assert answer.status_code == 403
            assert "MEEDOEN_CODEC_UI_ORIGINS" in answer.json()["message"]


async def test_token_is_asked_when_one_is_set(keys: KeyRing) -> None:
    async with _end_point(keys, codec_token=SecretStr("sesam")) as http:
        for given in (b"", b"sesam", b"Bearer open", "Bearer één".encode()):
            answer = await http.post("/decode", content=_body(), headers={b"authorization": given})
            assert answer.status_code == 401
            assert "sesam" not in answer.text
        answer = await http.post("/decode", content=_body(), headers={"authorization": "Bearer sesam"})
        assert answer.status_code == 200


async def test_only_posts_are_answered(keys: KeyRing) -> None:
    async with _end_point(keys) as http:
        assert (await http.get("/decode")).status_code == 405
        assert (await http.post("/sleutels")).status_code == 404
