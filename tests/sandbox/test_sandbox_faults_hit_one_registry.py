"""Behind one broker one registry can have a bad day while the others do not, each in its own form."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from lxml import etree

from sandbox.faults import Fault, FaultControl, FaultKind
from sandbox.server import Sandbox
from tests.sandbox.asking import FWI, OPERATIONS, Message, ask, content_of

PATH = "/haalcentraal/api/brp/personen"
CONTROL = "/sandbox/storing"
DUO, TARGET, INCOME, BENEFITS, HELP = OPERATIONS
OWNERS = {
    DUO: "duo",
    TARGET: "uwv",
    INCOME: "uwv",
    BENEFITS: "inlichtingenbureau",
    HELP: "inlichtingenbureau",
}


async def statuses(http: httpx2.AsyncClient, question: dict[str, Any]) -> dict[str, int]:
    found = {"brp": (await http.post(PATH, json=question)).status_code}
    for service, owner in OWNERS.items():
        found.setdefault(owner, (await ask(http, Message(service))).status_code)
    return found


@pytest.mark.parametrize("registry", ["brp", "uwv", "duo", "inlichtingenbureau"])
async def test_a_fault_leaves_other_registries_alone(
    http: httpx2.AsyncClient, question: dict[str, Any], registry: str
) -> None:
    await http.put(CONTROL, json={"kind": "503", "registry": registry})

    found = await statuses(http, question)

    assert {name for name, status in found.items() if status == 503} == {registry}
    assert set(found.values()) == {200, 503}


async def test_faults_are_switched_off_one_by_one_or_all_together(
    http: httpx2.AsyncClient, question: dict[str, Any]
) -> None:
    await http.put(CONTROL, json={"kind": "503", "registry": "alle"})
    assert set((await statuses(http, question)).values()) == {503}

    await http.delete(f"{CONTROL}?registry=duo")
    await http.put(CONTROL, json={"kind": None, "registry": "brp"})
    found = await statuses(http, question)
    assert {name for name, status in found.items() if status == 200} == {"duo", "brp"}

    wrong = await http.delete(f"{CONTROL}?registry=kvk")
    assert (wrong.status_code, "kvk" in wrong.text, "duo" in wrong.text) == (400, False, True)

    await http.delete(CONTROL)
    assert set((await statuses(http, question)).values()) == {200}


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("503", 503, "soap:Server"),
        ("429", 429, "soap:Server"),
        ("500", 500, "soap:Server"),
        ("401", 401, "wsse:FailedAuthentication"),
    ],
)
async def test_a_refusal_of_the_broker_is_a_soap_fault(
    http: httpx2.AsyncClient, kind: str, status: int, code: str
) -> None:
    await http.put(CONTROL, json={"kind": kind, "registry": "duo", "retry_after": 7})

    response = await ask(http, Message(DUO))

    assert response.status_code == status
    assert content_of(response).findtext("faultcode") == code
    assert response.headers.get("retry-after") == ("7" if kind in ("503", "429") else None)


async def test_a_broken_connection_has_no_answer(http: httpx2.AsyncClient, question: dict[str, Any]) -> None:
    await http.put(CONTROL, json={"kind": "storing", "registry": "alle", "times": 2})

    with pytest.raises(httpx2.TransportError):
        await http.post(PATH, json=question)
    with pytest.raises(httpx2.TransportError):
        await ask(http, Message(DUO))
    assert set((await statuses(http, question)).values()) == {200}


@pytest.mark.parametrize("service", OPERATIONS)
async def test_drift_that_harms_and_drift_that_does_not(http: httpx2.AsyncClient, service: str) -> None:
    whole = content_of(await ask(http, Message(service, "999900080")))
    await http.put(CONTROL, json={"kind": "extra_veld", "registry": "alle"})
    more = content_of(await ask(http, Message(service, "999900080")))
    await http.put(CONTROL, json={"kind": "ontbrekend_veld", "registry": "alle"})
    less = content_of(await ask(http, Message(service, "999900080")))

    names = [element.tag for element in whole.iter()]
    assert [element.tag for element in more.iter() if element.tag != "SandboxNieuwVeld"] == names
    assert more.find(".//SandboxNieuwVeld") is not None
    if whole.find("ClientSuwi") is not None:
        assert [tag for tag in names if tag != "Burgerservicenr"] == [element.tag for element in less.iter()]
    else:
        assert len(less) == 0


async def test_drift_of_the_brp(http: httpx2.AsyncClient, question: dict[str, Any]) -> None:
    await http.put(CONTROL, json={"kind": "extra_veld"})
    [more] = (await http.post(PATH, json=question)).json()["personen"]
    await http.put(CONTROL, json={"kind": "ontbrekend_veld"})
    less = (await http.post(PATH, json=question)).json()

    assert more.pop("sandboxNieuwVeld") == "nieuw"
    assert more["geboorte"]["datum"]["datum"] == "1979-03-14"
    assert "type" not in less
    assert less["personen"][0]["geboorte"]["datum"] == {"datum": "1979-03-14", "langFormaat": "14 maart 1979"}


async def test_a_source_that_is_away_for_a_while_says_so_in_a_good_message(http: httpx2.AsyncClient) -> None:
    await http.put(CONTROL, json={"kind": "tijdelijk", "registry": "uwv"})

    response = await ask(http, Message(INCOME))

    assert response.status_code == 200
    [fwi] = content_of(response)
    assert "tijdelijk niet beschikbaar" in (fwi.findtext("Fout/Tekst") or "")


async def test_the_brp_says_so_with_its_own_refusal(
    http: httpx2.AsyncClient, question: dict[str, Any]
) -> None:
    await http.put(CONTROL, json={"kind": "tijdelijk"})

    response = await http.post(PATH, json=question)

    assert (response.status_code, response.json()["code"]) == (503, "notAvailable")


async def test_a_warning_comes_with_the_data(http: httpx2.AsyncClient) -> None:
    await http.put(CONTROL, json={"kind": "waarschuwing", "registry": "duo"})

    content = content_of(await ask(http, Message(DUO)))
    nothing = content_of(await ask(http, Message(DUO, "999900249")))

    assert [child.tag for child in content] == ["ClientSuwi", f"{{{FWI}}}FWI"]
    assert content.find(f"{{{FWI}}}FWI/Waarschuwing") is not None
    assert [child.tag for child in nothing] == [f"{{{FWI}}}NietsGevonden"]


@pytest.mark.parametrize("kind", ["onzin", "half", "druppel", "verkeerd_type", "langzaam"])
async def test_answers_that_cannot_be_read_or_take_long(http: httpx2.AsyncClient, kind: str) -> None:
    await http.put(CONTROL, json={"kind": kind, "registry": "duo", "seconds": 0})

    if kind == "half":
        with pytest.raises(httpx2.RemoteProtocolError):
            await ask(http, Message(DUO))
        return
    response = await ask(http, Message(DUO))

    assert response.status_code == 200
    if kind in ("druppel", "langzaam"):
        assert content_of(response).find("ClientSuwi") is not None
    else:
        with pytest.raises(etree.XMLSyntaxError):
            etree.fromstring(response.content)


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"kind": "503", "registry": "kvk"}, "registry"),
        ({"kind": "waarschuwing", "registry": "brp"}, "BRP"),
        ({"kind": "503", "minutes": 0}, "minutes"),
        ({"kind": "503", "until": "2026-01-01T00:00:00"}, "until"),
        ({"kind": "503", "until": "2026-01-01T00:00:00Z", "minutes": 1}, "niet allebei"),
    ],
)
async def test_a_wrong_order_says_what_is_wrong(
    http: httpx2.AsyncClient, body: dict[str, Any], word: str
) -> None:
    response = await http.put(CONTROL, json=body)

    assert response.status_code == 400
    assert word in response.json()["fout"].split(";")[0]


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.mark.parametrize("way", ["minutes", "until"])
def test_an_outage_ends_by_itself(way: str) -> None:
    clock = Clock()
    faults = FaultControl(clock)
    end = {"minutes": 10.0} if way == "minutes" else {"until": clock.now + timedelta(minutes=10)}
    faults.set(Fault(kind=FaultKind.DOWN, registry="duo", **end))

    clock.now += timedelta(minutes=9, seconds=59)
    assert faults.take(frozenset(), "duo") is not None
    assert "tot 01-03-2026 13:10" in faults.told()[0]
    clock.now += timedelta(seconds=1)
    assert faults.take(frozenset(), "duo") is None
    assert faults.told() == ["Er staat geen storing aan."]


def test_registries_that_got_a_fault_together_count_together() -> None:
    faults = FaultControl()
    faults.set(Fault(kind=FaultKind.UNAVAILABLE, registry="alle", times=2))

    hits = [faults.take(frozenset(), registry) for registry in ("brp", "duo", "uwv", "brp")]

    assert [hit is not None for hit in hits] == [True, True, False, False]


def test_what_the_brp_does_not_know_passes_it_by() -> None:
    faults = FaultControl()
    faults.set(Fault(kind=FaultKind.WARNING, registry="alle"))

    assert faults.on("brp") is None
    assert faults.on("uwv") is not None


async def test_calls_to_suwinet_are_logged_without_a_number(
    sandbox: Sandbox, http: httpx2.AsyncClient
) -> None:
    await http.put(CONTROL, json={"kind": "500", "registry": "duo", "times": 1})
    await ask(http, Message(DUO))
    await ask(http, Message(BENEFITS))
    unreadable = await http.post(
        f"/suwibroker/soap/{INCOME}", content=b"<", headers={"Content-Type": "text/xml"}
    )

    log = await http.get("/sandbox/aanroepen")
    page = await http.get("/")

    assert unreadable.status_code == 500
    assert "9999" not in log.text
    assert "9999" not in page.text
    last, second, first = log.json()["aanroepen"][:3]
    assert (first["registratie"], first["vraag"]) == ("duo", f"{DUO} DUOPersoonsInfo")
    assert (first["status"], first["storing"], first["doelbinding"]) == (500, "500", None)
    assert (second["registratie"], second["status"], second["storing"]) == ("inlichtingenbureau", 200, None)
    assert first["personen"] == second["personen"] == [sandbox.calls.hash_of("999900171")]
    assert (last["registratie"], last["personen"]) == ("uwv", [])
    for word in ("DUOPersoonsInfo", "Inlichtingenbureau", sandbox.calls.hash_of("999900171")):
        assert word in page.text


@pytest.mark.parametrize("header", ["X-ORIGIN-OIN", "X-AFNEMER-OIN"])
async def test_the_oin_is_logged_under_either_name(
    http: httpx2.AsyncClient, question: dict[str, Any], header: str
) -> None:
    await http.post(PATH, json=question, headers={header: "00000001234567890000"})

    [call, *_] = (await http.get("/sandbox/aanroepen")).json()["aanroepen"]

    assert call["oin"] == "00000001234567890000"


async def test_headers_are_cut_as_gateways_cut_them(
    http: httpx2.AsyncClient, question: dict[str, Any]
) -> None:
    headers = {"X-DOELBINDING": "d" * 243, "X-VERWERKING": "v" * 242, "X-GEBRUIKER": "g" * 41}
    await http.post(PATH, json=question, headers=headers)

    [call, *_] = (await http.get("/sandbox/aanroepen")).json()["aanroepen"]

    assert (len(call["doelbinding"]), len(call["verwerking"]), len(call["gebruiker"])) == (242, 242, 40)
    assert call["ingekort"] == ["x-doelbinding", "x-gebruiker"]
    assert "(ingekort)" in (await http.get("/")).text
