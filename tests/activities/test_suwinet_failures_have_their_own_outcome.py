"""No answer, a refusal and nonsense of Suwinet are three different things, and each says what to do."""

import asyncio
import contextlib
import ssl
from datetime import timedelta
from pathlib import Path

import pytest

from activities.registries import RegistryUnavailable
from activities.suwinet.client import MAX_ANSWER_BYTES
from activities.suwinet.contract import Contract, ContractFolder, own_contract
from activities.suwinet.names import FWI
from activities.suwinet.services import Service
from domain.findings import Finding, Outcome
from tests.activities import broker as suwinet
from tests.activities.broker import (
    BSN,
    DATA,
    NOTHING,
    Broker,
    answer,
    authority,
    call,
    client_suwi,
    envelope,
    fault,
    found,
    notice,
    ours,
    stranger,
    theirs,
)
from tests.certificates import Made, make
from tests.tls_gate import tls_gate

QUESTION = "duo_onderwijs"


async def ask(broker: Broker, timeout_seconds: float = 20, question: str = QUESTION) -> Finding:
    async with suwinet.client(broker.url, timeout_seconds=timeout_seconds) as client:
        return (await client.ask(BSN, call(question))).finding


async def unavailable(broker: Broker, timeout_seconds: float = 20) -> RegistryUnavailable:
    with pytest.raises(RegistryUnavailable) as refused:
        await ask(broker, timeout_seconds)
    assert refused.value.__cause__ is None
    assert BSN not in refused.value.sentence
    return refused.value


# --- HTTP -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (429, "Suwinet vraagt ons te wachten: er komen te veel vragen tegelijk (429)."),
        (500, "Suwinet heeft een storing (500)."),
        (502, "Suwinet heeft een storing (502)."),
        (503, "Suwinet is tijdelijk niet beschikbaar (503)."),
        (504, "Suwinet heeft een storing (504)."),
    ],
)
async def test_trouble_over_there_is_for_later(broker: Broker, status: int, sentence: str) -> None:
    broker.says(b"<html>stuk</html>", status, "text/html", Retry_After="90")

    error = await unavailable(broker)

    assert (error.sentence, error.retry_after) == (sentence, timedelta(seconds=90))


@pytest.mark.parametrize(
    ("status", "setting"),
    [
        (302, "MEEDOEN_SUWINET_URL"),
        (400, "MEEDOEN_SUWINET_URL"),
        (401, "MEEDOEN_SUWINET_CERTIFICATE"),
        (403, "MEEDOEN_SUWINET_CERTIFICATE"),
        (404, "MEEDOEN_SUWINET_URL"),
    ],
)
async def test_a_refusal_names_what_to_look_at(broker: Broker, status: int, setting: str) -> None:
    broker.says(b"", status, Location="http://127.0.0.1:1/elders")

    finding = await ask(broker)

    assert finding.outcome is Outcome.REFUSED_US
    assert setting in finding.reason
    assert str(status) in finding.reason
    assert len(broker.received) == 1


async def test_an_answer_that_drips_in_is_given_up(broker: Broker) -> None:
    async def talk(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 10000\r\n\r\n")
        for _ in range(1000):
            writer.write(b"<")
            await writer.drain()
            await asyncio.sleep(0.02)

    broker.talks(talk)
    assert (await unavailable(broker, 0.3)).sentence == "Suwinet antwoordde niet binnen 0.3 seconden."


async def test_half_an_answer_is_no_answer(broker: Broker) -> None:
    async def talk(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 10000\r\n\r\n<soap:Env")
        await writer.drain()

    broker.talks(talk)
    assert "brak af voordat" in (await unavailable(broker)).sentence


async def test_nobody_at_the_address_is_for_later() -> None:
    with pytest.raises(RegistryUnavailable, match="niet bereikbaar"):
        await ask(Broker(url="http://127.0.0.1:1/soap"))


@pytest.mark.parametrize(
    ("body", "kind", "complaint"),
    [
        (found(QUESTION), "application/json", "geen XML volgens zijn content-type"),
        (found(QUESTION), "multipart/related; boundary=x", "geen XML volgens zijn content-type"),
        (found(QUESTION), "text/xml; charset=utf-16", "andere tekenset"),
        (b"", "text/xml", "geen geldige XML"),
        (b"<soap", "text/xml", "geen geldige XML"),
        (b"\xff\xfe", "text/xml", "geen geldige XML"),
        (b"<a>" * 100_000, "text/xml", "geen geldige XML"),
        (b"<html/>", "text/xml", "geen SOAP-bericht"),
        (found(QUESTION) + b" " * MAX_ANSWER_BYTES, "text/xml", "groter dan 4096 kB"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]>' + found(QUESTION), "text/xml", "DTD"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd">' + found(QUESTION), "text/xml", "DTD"),
        (envelope(""), "text/xml", "geen inhoud"),
        (envelope(NOTHING + NOTHING), "text/xml", "geen inhoud of meer dan één"),
        (envelope(NOTHING), "text/xml", "geen antwoord op deze vraag"),
        (found("gsd_reintegratie"), "text/xml", "geen antwoord op deze vraag"),
        (envelope(answer(QUESTION, "")), "text/xml", "bevat geen gegevens"),
        (envelope(answer(QUESTION, client_suwi("") * 2)), "text/xml", "meer dan één ding"),
        (envelope(answer(QUESTION, client_suwi("") + NOTHING)), "text/xml", "meer dan één ding"),
        (envelope(answer(QUESTION, "<ClientSuwi/>")), "text/xml", "Burgerservicenr"),
        (envelope(answer(QUESTION, client_suwi("").replace(BSN, "x"))), "text/xml", "Burgerservicenr"),
    ],
)
async def test_nonsense_is_told_and_not_used(broker: Broker, body: bytes, kind: str, complaint: str) -> None:
    broker.says(body, kind=kind)

    finding = await ask(broker)

    assert finding.outcome is Outcome.INCOMPREHENSIBLE
    assert complaint in finding.reason
    assert "met de hand" in finding.reason
    assert BSN not in finding.reason


async def test_entities_are_never_unfolded(broker: Broker) -> None:
    layers = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 20))
    broker.says(f'<!DOCTYPE a [<!ENTITY l0 "lol">{layers}]><a>&l19;</a>'.encode())

    assert (await ask(broker)).outcome is Outcome.INCOMPREHENSIBLE


async def test_an_answer_to_another_question_is_not_used(broker: Broker) -> None:
    def says(relates_to: str) -> bytes:
        header = (
            f'<wsa:RelatesTo xmlns:wsa="http://www.w3.org/2005/08/addressing">{relates_to}</wsa:RelatesTo>'
        )
        return envelope(answer(QUESTION, client_suwi(DATA[QUESTION])), header)

    broker.says(lambda asked: says(suwinet.message_id(asked)))
    assert (await ask(broker)).outcome is Outcome.FOUND

    broker.says(lambda _: says("urn:uuid:iets-anders"))
    finding = await ask(broker)
    assert (finding.outcome, finding.school) == (Outcome.INCOMPREHENSIBLE, None)


# --- faults and messages --------------------------------------------------------------------------


def a_fault(code: str, text: str) -> str:
    """What the contract of a service says that stands in the detail of a fault."""
    return f'<f:Fout xmlns:f="{FWI}"><Code>{code}</Code><Tekst>{text}</Tekst><Bron><DN>x</DN></Bron></f:Fout>'


LATER = [
    fault("soap:Server", "Internal error"),
    fault("soap:Server.Timeout", "Backend"),
    fault("soap:Client", "Bron is tijdelijk niet beschikbaar"),
    fault("soap:Client", "x", a_fault("F1", "Time-out bij de bron")),
]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        *((body, status) for body in LATER for status in (200, 500)),
        (envelope(answer(QUESTION, notice("Fout", "FWI0001", "Er is een technische fout opgetreden"))), 200),
        (envelope(answer(QUESTION, notice("Fout", "B12", "DUO is NIET BESCHIKBAAR"))), 200),
    ],
)
async def test_a_message_that_says_later_is_for_later(broker: Broker, body: bytes, status: int) -> None:
    broker.says(body, status, Retry_After="60")

    error = await unavailable(broker)

    assert error.sentence.startswith("DUO kan nu niet antwoorden via Suwinet (code ")
    assert error.retry_after == timedelta(seconds=60)


@pytest.mark.parametrize(
    ("body", "mend"),
    [
        (fault("wsse:FailedCheck", "The signature was invalid"), "MEEDOEN_SUWINET_PRIVATE_KEY"),
        (fault("wsse:InvalidSecurityToken"), "MEEDOEN_SUWINET_CERTIFICATE"),
        (fault("soap:Client", "Malformed"), "koppeling"),
        (fault("soap:MustUnderstand", "Security"), "koppeling"),
        (fault("soap:Server", "Afnemer is niet geautoriseerd"), "autorisatie"),
        (
            envelope(answer(QUESTION, notice("Fout", "A1", "Geen autorisatie voor deze dienst"))),
            "autorisatie",
        ),
    ],
)
async def test_a_message_that_refuses_us_says_what_to_look_at(broker: Broker, body: bytes, mend: str) -> None:
    broker.says(body, 500 if b"Fault" in body else 200)

    finding = await ask(broker)

    assert finding.outcome is Outcome.REFUSED_US
    assert mend in finding.reason


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (envelope(answer(QUESTION, notice("Fout", "X42", f"Iets met {BSN}"))), "X42"),
        (envelope(answer(QUESTION, notice("Fout", BSN, "Iets"))), "onbekend"),
        (envelope(answer(QUESTION, notice("Fout", f"BSN {BSN}", "Iets"))), "onbekend"),
        (envelope(answer(QUESTION, notice("Informatie", "I7", "Iets"))), "I7"),
        (fault("x:Vreemd", f"Iets met {BSN}"), "Vreemd"),
        # An error of the service itself says more than the kind of fault around it.
        (fault("soap:Server", "Fout", a_fault("Z9", "Iets")), "Z9"),
    ],
)
async def test_an_unknown_message_is_told_by_its_code_only(broker: Broker, body: bytes, code: str) -> None:
    broker.says(body)

    finding = await ask(broker)

    assert finding.outcome is Outcome.INCOMPREHENSIBLE
    assert f"(code {code})" in finding.reason
    assert BSN not in finding.reason


@pytest.mark.parametrize("kind", ["Waarschuwing", "Fout"])
async def test_data_with_a_warning_is_used_and_says_so(broker: Broker, kind: str) -> None:
    broker.says(envelope(answer(QUESTION, client_suwi(DATA[QUESTION]) + notice(kind, "W3"))))

    finding = await ask(broker)

    assert finding.outcome is Outcome.FOUND
    assert finding.school is not None
    assert "(code W3)" in finding.reason
    assert "onvolledig" in finding.reason


async def test_data_with_information_needs_no_word(broker: Broker) -> None:
    broker.says(envelope(answer(QUESTION, client_suwi(DATA[QUESTION]) + notice("Informatie", "I1"))))

    finding = await ask(broker)

    assert (finding.outcome, finding.reason) == (Outcome.FOUND, "")


# --- certificates ---------------------------------------------------------------------------------


def server_tls(folder: Path, own: Made, asks: Made) -> ssl.SSLContext:
    return own.write(folder, "broker").server(asks=asks.write(folder, "toegelaten").certificate)


def our_tls(folder: Path) -> ssl.SSLContext:
    return ours().write(folder, "gemeente").client(trusts=authority().write(folder, "uitgever").certificate)


async def connected(server: ssl.SSLContext, own: ssl.SSLContext) -> Finding:
    async with suwinet.broker(server) as running:
        running.says(found(QUESTION))
        async with suwinet.client(running.url, tls=own) as client:
            return (await client.ask(BSN, call(QUESTION))).finding


async def test_both_sides_show_a_certificate(tmp_path: Path) -> None:
    finding = await connected(server_tls(tmp_path, theirs(), authority()), our_tls(tmp_path))
    assert finding.outcome is Outcome.FOUND


@pytest.mark.parametrize(
    ("trouble", "words"),
    [("expired", "is verlopen"), ("stranger", "is niet van een uitgever die wij vertrouwen")],
)
async def test_their_certificate_is_not_trusted_blindly(tmp_path: Path, trouble: str, words: str) -> None:
    wrong = (
        make("Broker", authority(), ends=timedelta(days=-1))
        if trouble == "expired"
        else make("Broker", stranger())
    )
    with pytest.raises(RegistryUnavailable) as refused:
        await connected(server_tls(tmp_path, wrong, authority()), our_tls(tmp_path))

    assert f"het certificaat van de andere kant {words}" in refused.value.sentence
    assert "MEEDOEN_SUWINET_CA" in refused.value.sentence
    assert "meedoen doctor --only suwinet" in refused.value.sentence


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_certificate_that_they_refuse_is_ours_to_mend(
    tmp_path: Path, version: ssl.TLSVersion
) -> None:
    own = our_tls(tmp_path)
    own.maximum_version = version
    with tls_gate(server_tls(tmp_path, theirs(), stranger())) as url:
        async with suwinet.client(f"{url}/soap", tls=own) as client:
            with pytest.raises(RegistryUnavailable) as refused:
                await client.ask(BSN, call(QUESTION))

    assert "de andere kant neemt ons certificaat niet aan" in refused.value.sentence
    assert "MEEDOEN_SUWINET_CERTIFICATE" in refused.value.sentence


async def test_who_hangs_up_without_a_word_may_not_like_our_certificate(tmp_path: Path) -> None:
    with pytest.raises(RegistryUnavailable) as refused:
        await connected(server_tls(tmp_path, theirs(), stranger()), our_tls(tmp_path))

    assert "brak af" in refused.value.sentence
    assert "MEEDOEN_SUWINET_CERTIFICATE" in refused.value.sentence


async def test_with_an_expired_certificate_nothing_is_sent(broker: Broker) -> None:
    expired = make("Gemeente", authority(), ends=timedelta(days=-1))
    async with suwinet.client(broker.url, signer=expired) as client:
        with pytest.raises(
            RegistryUnavailable, match=r"verlopen op .* beheerder .*MEEDOEN_SUWINET_CERTIFICATE"
        ):
            await client.ask(BSN, call(QUESTION))
    assert broker.received == []


# --- contracts ------------------------------------------------------------------------------------


async def test_a_missing_contract_is_for_the_administrator_and_can_be_mended(
    broker: Broker, tmp_path: Path
) -> None:
    broker.says(found(QUESTION))
    async with suwinet.client(broker.url, contracts=ContractFolder(tmp_path)) as client:
        finding = (await client.ask(BSN, call(QUESTION))).finding
        assert finding.outcome is Outcome.REFUSED_US
        assert "MEEDOEN_SUWINET_WSDL_DIR" in finding.reason
        assert broker.received == []

        place = tmp_path / "DUODossierPersoonGSD-v0300/Diensten/DUODossierPersoonGSD/v0300/Impl"
        place.mkdir(parents=True)
        own = Path(__file__).parents[2] / "activities/suwinet/contracts"
        (place / "FWI-v0205.xsd").write_bytes((own / "FWI-v0205.xsd").read_bytes())
        (place / "BKWI.wsdl").write_bytes((own / "DUODossierPersoonGSD-v0300.wsdl").read_bytes())
        assert (await client.ask(BSN, call(QUESTION))).finding.outcome is Outcome.FOUND


@pytest.mark.parametrize(
    "location", ["http://127.0.0.1:1/FWI.xsd", "file:///etc/hostname", "../../../../../../elders/FWI.xsd"]
)
async def test_a_contract_never_leads_outside_its_folder(
    broker: Broker, tmp_path: Path, location: str
) -> None:
    place = tmp_path / "wsdl/DUODossierPersoonGSD-v0300/Diensten/DUODossierPersoonGSD/v0300/Impl"
    place.mkdir(parents=True)
    own = Path(__file__).parents[2] / "activities/suwinet/contracts"
    (tmp_path / "elders").mkdir()
    (tmp_path / "elders/FWI.xsd").write_bytes((own / "FWI-v0205.xsd").read_bytes())
    text = (own / "DUODossierPersoonGSD-v0300.wsdl").read_text().replace("FWI-v0205.xsd", location)
    (place / "BKWI.wsdl").write_text(text)

    async with suwinet.client(broker.url, contracts=ContractFolder(tmp_path / "wsdl")) as client:
        finding = (await client.ask(BSN, call(QUESTION))).finding

    assert finding.outcome is Outcome.REFUSED_US
    assert broker.received == []


async def test_the_next_question_goes_well_after_each_trouble(broker: Broker) -> None:
    async with suwinet.client(broker.url) as client:
        for body, status in ((b"", 503), (b"<", 200), (fault("soap:Client"), 500), (b"", 401)):
            broker.says(body, status)
            with contextlib.suppress(RegistryUnavailable):
                await client.ask(BSN, call(QUESTION))
            broker.says(found(QUESTION))
            assert (await client.ask(BSN, call(QUESTION))).finding.outcome is Outcome.FOUND


async def test_many_questions_at_once_load_a_contract_once(broker: Broker) -> None:
    broker.says(found(QUESTION))
    loaded = []

    def contracts(service: Service) -> Contract:
        loaded.append(service)
        return own_contract(service)

    async with suwinet.client(broker.url, contracts=contracts) as client:
        answers = await asyncio.gather(*(client.ask(BSN, call(QUESTION)) for _ in range(20)))

    assert {one.finding.outcome for one in answers} == {Outcome.FOUND}
    assert len(loaded) == 1
