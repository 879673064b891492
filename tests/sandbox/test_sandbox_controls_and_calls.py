"""Faults are switched on and off over HTTP, and the log of calls names purposes but no people."""

from datetime import datetime
from typing import Any

import httpx2
import pytest

from sandbox.faults import Fault, FaultKind
from sandbox.server import Sandbox

PATH = "/haalcentraal/api/brp/personen"
CONTROL = "/sandbox/storing"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b"{}",
        b'{"kind": "kapot"}',
        b'{"kind": 503}',
        b'{"kind": "langzaam", "seconds": "2"}',
        b'{"kind": "langzaam", "seconds": -1}',
        b'{"kind": "langzaam", "seconds": NaN}',
        b'{"kind": "langzaam", "seconds": 1e400}',
        b'{"kind": "503", "times": 0}',
        b'{"kind": "503", "times": 2.5}',
        b'{"kind": "503", "retry_after": -3}',
        b'{"kind": "503", "bsns": []}',
        b'{"kind": "503", "bsns": ["12"]}',
        b'{"kind": "503", "keer": 2}',
        b'{"kind": null, "times": "x"}',
    ],
)
async def test_a_wrong_control_call_gets_a_sentence_and_changes_nothing(
    sandbox: Sandbox, http: httpx2.AsyncClient, body: bytes
) -> None:
    before = Fault(kind=FaultKind.BROKEN, times=7)
    sandbox.faults.set(before)

    response = await http.put(CONTROL, content=body)

    assert response.status_code == 400
    assert response.json()["fout"].startswith("Deze storing is geweigerd, want ")
    assert "er is niets veranderd" in response.json()["fout"]
    assert (sandbox.faults.on("brp"), sandbox.faults.left("brp")) == (before, 7)


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("500", 500, "serverError"),
        ("503", 503, "notAvailable"),
        ("429", 429, "tooManyRequests"),
        ("401", 401, "authentication"),
    ],
)
async def test_a_fault_with_a_status_answers_as_the_brp_does(
    http: httpx2.AsyncClient, question: dict[str, Any], kind: str, status: int, code: str
) -> None:
    ordered = await http.put(CONTROL, json={"kind": kind, "retry_after": 3})

    response = await http.post(PATH, json=question)

    assert ordered.status_code == 204
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.headers.get("retry-after") == ("3" if kind in ("503", "429") else None)


async def test_a_fault_ends_after_its_number_of_calls(
    http: httpx2.AsyncClient, question: dict[str, Any]
) -> None:
    await http.put(CONTROL, json={"kind": "503", "times": 2})

    statuses = [(await http.post(PATH, json=question)).status_code for _ in range(4)]

    assert statuses == [503, 503, 200, 200]


async def test_a_fault_for_some_people_leaves_others_alone(
    http: httpx2.AsyncClient, question: dict[str, Any]
) -> None:
    await http.put(CONTROL, json={"kind": "500", "times": 1, "bsns": ["999900018"]})

    other = await http.post(PATH, json=question)
    hit = await http.post(PATH, json=question | {"burgerservicenummer": ["999900018"]})
    over = await http.post(PATH, json=question | {"burgerservicenummer": ["999900018"]})

    assert [other.status_code, hit.status_code, over.status_code] == [200, 500, 200]


@pytest.mark.parametrize("off", ["null", "delete"])
async def test_a_fault_can_be_switched_off(
    http: httpx2.AsyncClient, question: dict[str, Any], off: str
) -> None:
    await http.put(CONTROL, json={"kind": "503"})
    if off == "null":
        await http.put(CONTROL, json={"kind": None})
    else:
        await http.delete(CONTROL)

    assert (await http.post(PATH, json=question)).status_code == 200


async def test_a_slow_answer_is_whole(http: httpx2.AsyncClient, question: dict[str, Any]) -> None:
    await http.put(CONTROL, json={"kind": "langzaam", "seconds": 0.05})

    response = await http.post(PATH, json=question)

    assert len(response.json()["personen"]) == 1
    assert response.elapsed.total_seconds() >= 0.05


async def test_a_dripping_answer_is_whole_in_the_end(
    http: httpx2.AsyncClient, question: dict[str, Any]
) -> None:
    await http.put(CONTROL, json={"kind": "druppel", "seconds": 0})

    response = await http.post(PATH, json=question)

    assert len(response.json()["personen"]) == 1


async def test_half_an_answer_breaks_off(http: httpx2.AsyncClient, question: dict[str, Any]) -> None:
    await http.put(CONTROL, json={"kind": "half", "times": 1})

    with pytest.raises(httpx2.RemoteProtocolError):
        await http.post(PATH, json=question)
    assert (await http.post(PATH, json=question)).status_code == 200


async def test_calls_are_counted_with_their_purpose_and_without_a_number(
    http: httpx2.AsyncClient, question: dict[str, Any]
) -> None:
    before = (await http.get("/sandbox/aanroepen")).json()["aantal"]
    headers = {"X-DOELBINDING": "Participatie", "X-VERWERKING": "klantroute@brp_persoon"}
    await http.post(PATH, json=question, headers=headers)
    await http.put(CONTROL, json={"kind": "503", "times": 1})
    await http.post(PATH, json=question | {"burgerservicenummer": ["999900006", "999900018"]})

    response = await http.get("/sandbox/aanroepen")

    assert "9999000" not in response.text
    log = response.json()
    assert log["aantal"] == before + 2
    newest, older = log["aanroepen"][:2]
    assert (older["doelbinding"], older["verwerking"], older["status"]) == (
        "Participatie",
        "klantroute@brp_persoon",
        200,
    )
    assert older["velden"] == question["fields"]
    assert (newest["doelbinding"], newest["status"], newest["storing"]) == (None, 503, "503")
    assert set(older["personen"]) < set(newest["personen"])
    assert datetime.fromisoformat(older["moment"]) <= datetime.fromisoformat(newest["moment"])


async def test_the_home_page_says_what_this_is(
    sandbox: Sandbox, http: httpx2.AsyncClient, question: dict[str, Any]
) -> None:
    await http.post(PATH, json=question, headers={"X-DOELBINDING": "<script>alert(1)</script>"})
    await http.put(CONTROL, json={"kind": "429", "times": 5})

    response = await http.get("/")

    assert response.headers["content-type"].startswith("text/html")
    assert "niemand die erin staat bestaat echt" in response.text
    assert f"Er staan {len(sandbox.register)} verzonnen inwoners in." in response.text
    assert "Er staat een storing aan bij de BRP: 429, nog 5 keer." in response.text
    assert "&lt;script&gt;" in response.text
    assert "<script>" not in response.text
    assert "9999000" not in response.text


async def test_health_and_the_list_of_residents(sandbox: Sandbox, http: httpx2.AsyncClient) -> None:
    health = await http.get("/gezond")
    residents = (await http.get("/sandbox/inwoners")).json()

    assert health.status_code == 200
    assert len(residents) == len(sandbox.register)
    assert {
        "burgerservicenummer": "999900171",
        "naam": "Lisa Maria Bruggink",
        "gemeente": "0150",
        "bijzonderheid": "jonger dan 27",
        "bekend_bij": ["brp", "uwv", "duo"],
    } in residents
