"""Wrong questions get the refusals that RvIG's feature files of version 2.7.0 prescribe."""

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from sandbox.brp_question import Question, read_question
from sandbox.server import run_sandbox

PATH = "/haalcentraal/api/brp/personen"
MANY = ["999900006"] * 21
ABSENT = object()


@pytest.mark.parametrize(
    ("change", "code", "name", "reason", "kind"),
    [
        ({"type": ABSENT}, "required", "type", "Parameter is verplicht.", "paramsValidation"),
        ({"type": "Onbekend"}, "value", "type", "Waarde is geen geldig zoek type.", "paramsValidation"),
        ({"type": 7}, "value", "type", "Waarde is geen geldig zoek type.", "paramsValidation"),
        ({"fields": ABSENT}, "required", "fields", "Parameter is verplicht.", "paramsCombination"),
        ({"fields": None}, "required", "fields", "Parameter is verplicht.", "paramsCombination"),
        ({"fields": []}, "minItems", "fields", "Array bevat minder dan 1 items.", "paramsValidation"),
        ({"fields": "naam"}, "array", "fields", "Parameter is geen array.", "paramsValidation"),
        (
            {"fields": ["naam"] * 131},
            "maxItems",
            "fields",
            "Array bevat meer dan 130 items.",
            "paramsValidation",
        ),
        (
            {"fields": ["naam", "a*nummer"]},
            "pattern",
            "fields[1]",
            r"Waarde voldoet niet aan patroon ^[a-zA-Z0-9\._]{1,200}$.",
            "paramsValidation",
        ),
        (
            {"fields": ["anummer"]},
            "fields",
            "fields[0]",
            "Parameter bevat een niet bestaande veldnaam.",
            "paramsValidation",
        ),
        (
            {"burgerservicenummer": ABSENT},
            "required",
            "burgerservicenummer",
            "Parameter is verplicht.",
            "paramsCombination",
        ),
        (
            {"burgerservicenummer": []},
            "minItems",
            "burgerservicenummer",
            "Array bevat minder dan 1 items.",
            "paramsValidation",
        ),
        (
            {"burgerservicenummer": MANY},
            "maxItems",
            "burgerservicenummer",
            "Array bevat meer dan 20 items.",
            "paramsValidation",
        ),
        (
            {"burgerservicenummer": "999900006"},
            "array",
            "burgerservicenummer",
            "Parameter is geen array.",
            "paramsValidation",
        ),
        (
            {"burgerservicenummer": ["12345678"]},
            "pattern",
            "burgerservicenummer[0]",
            "Waarde voldoet niet aan patroon ^[0-9]{9}$.",
            "paramsValidation",
        ),
        (
            {"burgerservicenummer": ["999900006\n"]},
            "pattern",
            "burgerservicenummer[0]",
            "Waarde voldoet niet aan patroon ^[0-9]{9}$.",
            "paramsValidation",
        ),
        (
            {"gemeenteVanInschrijving": "150"},
            "pattern",
            "gemeenteVanInschrijving",
            "Waarde voldoet niet aan patroon ^[0-9]{4}$.",
            "paramsValidation",
        ),
        (
            {"bestaatNiet": "een waarde"},
            "unknownParam",
            "bestaatNiet",
            "Parameter is niet verwacht.",
            "paramsValidation",
        ),
    ],
)
async def test_a_wrong_parameter_is_named(
    http: httpx2.AsyncClient,
    question: dict[str, Any],
    change: dict[str, Any],
    code: str,
    name: str,
    reason: str,
    kind: str,
) -> None:
    changed = {key: value for key, value in (question | change).items() if value is not ABSENT}

    response = await http.post(PATH, json=changed)

    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["invalidParams"] == [{"name": name, "code": code, "reason": reason}]
    assert body["code"] == kind
    assert body["detail"] == f"De foutieve parameter(s) zijn: {name}."
    assert body["instance"] == PATH
    assert body["title"] == (
        "Minimale combinatie van parameters moet worden opgegeven."
        if kind == "paramsCombination"
        else "Een of meerdere parameters zijn niet correct."
    )


@pytest.mark.parametrize(
    "field",
    [
        "geheimhoudingPersoonsgegevens",
        "inOnderzoek",
        "opschortingBijhouding",
        "rni",
        "verificatie",
        "indicatieVastgesteldVerblijftNietOpAdres",
    ],
)
async def test_what_always_comes_along_may_not_be_asked(
    http: httpx2.AsyncClient, question: dict[str, Any], field: str
) -> None:
    response = await http.post(PATH, json=question | {"fields": ["geboorte.datum", field]})

    assert response.json()["invalidParams"] == [
        {"name": "fields[1]", "code": "fields", "reason": "Parameter bevat een niet bestaande veldnaam."}
    ]


async def test_every_wrong_parameter_is_named_at_once(
    http: httpx2.AsyncClient, question: dict[str, Any]
) -> None:
    wrong = question | {"burgerservicenummer": ["1", "999900006", "x"], "fields": ["nee"]}

    response = await http.post(PATH, json=wrong)

    assert response.json()["detail"] == (
        "De foutieve parameter(s) zijn: burgerservicenummer[0], burgerservicenummer[2], fields[0]."
    )


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"[" * 60_000, b"1" * 5000, b'{"a":' + b" " * 70_000],
)
async def test_a_body_that_is_no_question_is_refused(http: httpx2.AsyncClient, body: bytes) -> None:
    response = await http.post(PATH, content=body, headers={"Content-Type": "application/json"})

    assert response.status_code == 400
    assert response.json()["invalidParams"][0]["name"] == "body"


async def test_text_that_cannot_be_sent_back_is_refused_all_the_same(http: httpx2.AsyncClient) -> None:
    body = (
        b'{"type":"RaadpleegMetBurgerservicenummer","fields":["\\ud800"],'
        b'"burgerservicenummer":["\\ud800"],"\\ud800":1}'
    )

    response = await http.post(PATH, content=body, headers={"Content-Type": "application/json"})

    assert response.status_code == 400
    assert [param["code"] for param in response.json()["invalidParams"]] == [
        "pattern",
        "pattern",
        "unknownParam",
    ]


@pytest.mark.parametrize(
    ("header", "value", "status", "code"),
    [
        ("Accept", "application/xml", 406, "notAcceptable"),
        ("Content-Type", "application/xml", 415, "unsupportedMediaType"),
        ("Content-Type", "application/json; charset=cp1252", 415, "unsupportedMediaType"),
        ("Content-Type", "*/*", 415, "unsupportedMediaType"),
    ],
)
async def test_only_json_is_spoken(
    http: httpx2.AsyncClient, question: dict[str, Any], header: str, value: str, status: int, code: str
) -> None:
    headers = {"Content-Type": "application/json", header: value}

    response = await http.post(PATH, content=json.dumps(question), headers=headers)

    assert (response.status_code, response.json()["code"]) == (status, code)


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_a_question_is_only_taken_by_post(http: httpx2.AsyncClient, method: str) -> None:
    response = await http.request(method, PATH)

    assert (response.status_code, response.json()["code"]) == (405, "methodNotAllowed")


@pytest.mark.parametrize("given", [{}, {"X-API-KEY": "anders"}])
async def test_a_wrong_key_is_refused_when_there_is_one(
    question: dict[str, Any], given: dict[str, str]
) -> None:
    async with run_sandbox(api_key="geheim") as sandbox:
        async with httpx2.AsyncClient(base_url=sandbox.url, trust_env=False) as http:
            refused = await http.post(PATH, json=question, headers=given)
            taken = await http.post(PATH, json=question, headers={"X-API-KEY": "geheim"})

    assert (refused.status_code, refused.json()["code"]) == (401, "authentication")
    assert taken.status_code == 200


@pytest.mark.testset
def test_exactly_the_official_fields_may_be_asked(official_folder: Path) -> None:
    listed = (official_folder / "fields-filtered-Persoon.csv").read_text(encoding="utf-8").split()
    official = set(listed) - {"pad"}

    def takes(field: str) -> bool:
        question = {
            "type": "RaadpleegMetBurgerservicenummer",
            "burgerservicenummer": ["999900006"],
            "fields": [field],
        }
        return isinstance(read_question(json.dumps(question).encode()), Question)

    assert {field for field in official if not takes(field)} == set()
    assert takes("geboorte.datum.jaar")
    assert takes("gemeenteVanInschrijving.omschrijving")
    assert not takes("geboorte.datum.code")
    assert not takes("geboorte.bestaatNiet")
