"""A real server that answers as a test tells it to, with certificates of its own making, and what Suwinet sends."""

import asyncio
import contextlib
import ipaddress
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID
from lxml import etree

from activities.registries import Answered, Call
from activities.suwinet.client import SuwinetClient
from activities.suwinet.contract import Contracts, own_contract
from activities.suwinet.identity import Identity
from activities.suwinet.names import FWI, SOAP, WSA
from activities.suwinet.services import SERVICES

BSN = "999990019"
MOMENT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
PURPOSE = "Uitvoering Participatiewet"

# --- certificates ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Made:
    """A certificate that a test made, with its key."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    @property
    def identity(self) -> Identity:
        return Identity(self.certificate, self.key)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    def key_pem(self, password: str = "") -> bytes:
        lock = BestAvailableEncryption(password.encode()) if password else NoEncryption()
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock)

    def write(self, folder: Path, name: str) -> tuple[str, str]:
        """Put both in files; where they are."""
        certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
        certificate.write_bytes(self.pem)
        key.write_bytes(self.key_pem())
        return str(certificate), str(key)


def make(
    name: str,
    issuer: Made | None = None,
    *,
    ca: bool = False,
    begins: timedelta = timedelta(days=-30),
    ends: timedelta = timedelta(days=365),
) -> Made:
    """A certificate for this machine; without an issuer it is its own."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + begins)
        .not_valid_after(now + ends)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(
                (key if issuer is None else issuer.key).public_key()
            ),
            critical=False,
        )
    )
    if ca:
        builder = builder.add_extension(
            x509.KeyUsage(
                digital_signature=True, content_commitment=False, key_encipherment=False,
                data_encipherment=False, key_agreement=False, key_cert_sign=True, crl_sign=True,
                encipher_only=False, decipher_only=False,
            ),
            critical=True,
        )  # fmt: skip
    return Made(builder.sign((key if issuer is None else issuer.key), hashes.SHA256()), key)


@cache
def authority() -> Made:
    return make("Uitgever", ca=True)


@cache
def stranger() -> Made:
    return make("Andere uitgever", ca=True)


@cache
def ours() -> Made:
    """The municipality's certificate."""
    return make("Gemeente", authority())


@cache
def theirs() -> Made:
    """The broker's certificate."""
    return make("Broker", authority())


# --- messages -------------------------------------------------------------------------------------

DATA = {
    "duo_onderwijs": """
        <IndStartkwalificatieDuo>2</IndStartkwalificatieDuo>
        <Onderwijsovereenkomst>
          <Brin><BrinNr>20KD</BrinNr></Brin>
          <DatInschrijvingOpleiding>20190801</DatInschrijvingOpleiding>
          <DatUitschrijvingOpleiding>20210731</DatUitschrijvingOpleiding>
          <DeelnameOpleidingGeregistrDuo>
            <DatBDeelnameOpleiding>20190801</DatBDeelnameOpleiding>
            <DatEDeelnameOpleiding>20200731</DatEDeelnameOpleiding>
            <AanduidingLeerjaar>3</AanduidingLeerjaar>
            <CdInschrijvingsvorm>L</CdInschrijvingsvorm>
            <InhoudDeelnameOpleidingDuo>
              <NaamOpleidingKortDuo>Praktijkonderwijs</NaamOpleidingKortDuo>
              <CdNiveauOpleidingDuo>VO-PRO</CdNiveauOpleidingDuo>
            </InhoudDeelnameOpleidingDuo>
            <InhoudVak><OmsVak>Koken</OmsVak></InhoudVak>
          </DeelnameOpleidingGeregistrDuo>
        </Onderwijsovereenkomst>
        <Onderwijsovereenkomst>
          <Brin><BrinNr>25LH</BrinNr></Brin>
          <DatInschrijvingOpleiding>20210800</DatInschrijvingOpleiding>
          <DeelnameOpleidingGeregistrDuo>
            <DatBDeelnameOpleiding>20210801</DatBDeelnameOpleiding>
            <CdOnderwijsvorm>V</CdOnderwijsvorm>
            <InhoudDeelnameOpleidingDuo>
              <CdNiveauOpleidingDuo>MBO-2</CdNiveauOpleidingDuo>
            </InhoudDeelnameOpleidingDuo>
          </DeelnameOpleidingGeregistrDuo>
        </Onderwijsovereenkomst>
        <ResultaatOpleidingGeregistrDuo>
          <InhoudResultaatOpleidingDuo/>
          <ResultaatExamen>
            <CdResultaatExamen>2</CdResultaatExamen><JaarAfgelegdExamen>2021</JaarAfgelegdExamen>
          </ResultaatExamen>
        </ResultaatOpleidingGeregistrDuo>""",
    "uwv_doelgroepregister": """
        <LdrRegistratieWbQa><DatELdrRegistratieWbQa>20281231</DatELdrRegistratieWbQa></LdrRegistratieWbQa>
        <GrondslagArbeidsbeperktheid>
          <CdGrondslagArbeidsbeperktheid>04</CdGrondslagArbeidsbeperktheid>
          <DatBGrondslagArbeidsbeperktheid>20200115</DatBGrondslagArbeidsbeperktheid>
        </GrondslagArbeidsbeperktheid>
        <GrondslagArbeidsbeperktheid>
          <DatBGrondslagArbeidsbeperktheid>20180000</DatBGrondslagArbeidsbeperktheid>
          <DatEGrondslagArbeidsbeperktheid>00000000</DatEGrondslagArbeidsbeperktheid>
        </GrondslagArbeidsbeperktheid>""",
    "uwv_inkomen": """
        <Inkomstenverhouding>
          <VolgnrIkv>1</VolgnrIkv>
          <DatBIkv>20250301</DatBIkv>
          <DatEIkv>20260331</DatEIkv>
          <AdministratieveEenheid>
            <NaamAdministratieveEenheid>Bakkerij Ouahabi</NaamAdministratieveEenheid>
            <Loonheffingennr>001002041L02</Loonheffingennr>
            <RechtspersoonAdministratieveEenh><FiNr>001002041</FiNr></RechtspersoonAdministratieveEenh>
          </AdministratieveEenheid>
          <Inkomstenperiode>
            <DatBIkp>20250301</DatBIkp><DatEIkp>20250630</DatEIkp><CdSrtIkv>15</CdSrtIkv>
          </Inkomstenperiode>
          <Inkomstenperiode><DatBIkp>20250701</DatBIkp><CdSrtIkv>11</CdSrtIkv></Inkomstenperiode>
          <SectorRisicogroepIkv><CdSectorRisicogroep>01</CdSectorRisicogroep></SectorRisicogroepIkv>
          <Inkomstenopgave>
            <DatBIko>20260201</DatBIko>
            <DatEIko>20260228</DatEIko>
            <AantSvDagenIko>20</AantSvDagenIko>
            <BedrBrutoloonSv>
              <CdMunteenheid>EUR</CdMunteenheid><CdPositiefNegatief>+</CdPositiefNegatief>
              <WaardeBedr>142800</WaardeBedr>
            </BedrBrutoloonSv>
            <BedrVakantietoeslag><WaardeBedr>11424</WaardeBedr></BedrVakantietoeslag>
          </Inkomstenopgave>
          <Inkomstenopgave>
            <DatBIko>20260301</DatBIko>
            <DatEIko>20260331</DatEIko>
            <BedrBrutoloonSv>
              <CdPositiefNegatief>-</CdPositiefNegatief><WaardeBedr>5000</WaardeBedr>
            </BedrBrutoloonSv>
          </Inkomstenopgave>
        </Inkomstenverhouding>
        <Inkomstenverhouding>
          <DatBIkv>20260401</DatBIkv>
          <DatEIkv>99991230</DatEIkv>
          <Inkomstenperiode><DatBIkp>20260401</DatBIkp></Inkomstenperiode>
          <Inkomstenopgave><DatBIko>20260401</DatBIko></Inkomstenopgave>
        </Inkomstenverhouding>""",
    "bijstandsregelingen": """
        <Voornamen>Fatima</Voornamen>
        <SignificantDeelVanDeAchternaam>Ouahabi</SignificantDeelVanDeAchternaam>
        <Geboortedat>19900621</Geboortedat>
        <DomicilieAdres><Straatnaam>Kerkstraat</Straatnaam><Huisnr>12</Huisnr></DomicilieAdres>
        <AanvraagUitkering>
          <DatAanvraagUitkering>20260914</DatAanvraagUitkering>
          <SzWet><CdSzWet>PW</CdSzWet></SzWet>
          <PartnerAanvraagUitkering><Burgerservicenr>999993653</Burgerservicenr></PartnerAanvraagUitkering>
          <Bron><CdKolomSuwi>1</CdKolomSuwi><CdPartijSuwi>0150</CdPartijSuwi></Bron>
        </AanvraagUitkering>
        <AanvraagUitkering>
          <SzWet><CdSzWet>IOAW</CdSzWet></SzWet>
          <Bron><CdKolomSuwi>1</CdKolomSuwi><CdPartijSuwi>0150</CdPartijSuwi></Bron>
        </AanvraagUitkering>
        <Vordering>
          <SzWet><CdSzWet>PW</CdSzWet></SzWet>
          <Bron><CdKolomSuwi>1</CdKolomSuwi><CdPartijSuwi>0150</CdPartijSuwi></Bron>
        </Vordering>
        <Uitkeringsverhouding>
          <DatBUitkeringsverhouding>20210401</DatBUitkeringsverhouding>
          <DatEUitkeringsverhouding>20230630</DatEUitkeringsverhouding>
          <SzWet><CdSzWet>PW</CdSzWet></SzWet>
          <Uitkeringsperiode><DatBUitkeringsperiode>20210401</DatBUitkeringsperiode></Uitkeringsperiode>
          <Bron><CdKolomSuwi>1</CdKolomSuwi><CdPartijSuwi>0150</CdPartijSuwi></Bron>
        </Uitkeringsverhouding>""",
    "gsd_reintegratie": """
        <SignificantDeelVanDeAchternaam>Ouahabi</SignificantDeelVanDeAchternaam>
        <AtlRelatie>
          <Arbeidsvermogen><CdArbeidsvermogen>02</CdArbeidsvermogen></Arbeidsvermogen>
          <DoelReintegratievoorziening><CdDoelRv>1</CdDoelRv></DoelReintegratievoorziening>
          <ReIntegratievoorziening>
            <RegistratienrRvGsd>RV1</RegistratienrRvGsd>
            <DatBRv>20240501</DatBRv>
            <DatERv>20250430</DatERv>
            <CdTypeRvGsd>21</CdTypeRvGsd>
            <OmsRv>Loonkostensubsidie bakkerij</OmsRv>
            <Loonkostensubsidie>
              <PercLoonwaardeTovWml><Percentage>06250</Percentage></PercLoonwaardeTovWml>
            </Loonkostensubsidie>
          </ReIntegratievoorziening>
          <ReIntegratievoorziening><DatBRv>20250601</DatBRv></ReIntegratievoorziening>
          <Bron><CdKolomSuwi>1</CdKolomSuwi><CdPartijSuwi>0150</CdPartijSuwi></Bron>
        </AtlRelatie>""",
}
"""What each service may say of one person, also what nobody here reads. Made up."""


def client_suwi(data: str, bsn: str = BSN) -> str:
    return f"<ClientSuwi><Burgerservicenr>{bsn}</Burgerservicenr>{data}</ClientSuwi>"


def notice(kind: str, code: str, text: str = "Een melding.") -> str:
    return (
        f'<fwi:FWI xmlns:fwi="{FWI}"><{kind}><Code>{code}</Code><Tekst>{text}</Tekst>'
        f"<Bron><DN>CN=bron</DN></Bron></{kind}></fwi:FWI>"
    )


NOTHING = f'<fwi:NietsGevonden xmlns:fwi="{FWI}"/>'


def answer(question: str, inside: str) -> str:
    """The element that answers a question."""
    service = SERVICES[question]
    return f'<s:{service.operation}Response xmlns:s="{service.namespace}">{inside}</s:{service.operation}Response>'


def envelope(body: str, header: str = "") -> bytes:
    head = f"<soap:Header>{header}</soap:Header>" if header else ""
    return f'<soap:Envelope xmlns:soap="{SOAP}">{head}<soap:Body>{body}</soap:Body></soap:Envelope>'.encode()


def fault(code: str, words: str = "", detail: str = "") -> bytes:
    return envelope(
        f"<soap:Fault><faultcode>{code}</faultcode><faultstring>{words}</faultstring>"
        f"<detail>{detail}</detail></soap:Fault>"
    )


def found(question: str) -> bytes:
    """A whole answer with data in it."""
    return envelope(answer(question, client_suwi(DATA[question])))


# --- the server -----------------------------------------------------------------------------------


@dataclass
class Received:
    """One question as it came over the line."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def message(self) -> etree._Element:
        return etree.fromstring(self.body)

    @property
    def message_id(self) -> str:
        return self.message.findtext(f"{{{SOAP}}}Header/{{{WSA}}}MessageID") or ""


Reply = Callable[[asyncio.StreamWriter, Received], Awaitable[None]]


@dataclass
class Broker:
    """What stands in for Suwinet."""

    url: str = ""
    reply: Reply | None = None
    received: list[Received] = field(default_factory=list)

    def says(
        self,
        body: bytes | Callable[[Received], bytes],
        status: int = 200,
        kind: str = "text/xml",
        **headers: str,
    ) -> None:
        """Answer everything like this from now on."""

        async def reply(writer: asyncio.StreamWriter, received: Received) -> None:
            content = body(received) if callable(body) else body
            lines = [
                f"HTTP/1.1 {status} Antwoord",
                f"Content-Type: {kind}",
                f"Content-Length: {len(content)}",
                "Connection: close",
                *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
            ]
            writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + content)
            await writer.drain()

        self.reply = reply


@contextlib.asynccontextmanager
async def broker(tls: ssl.SSLContext | None = None) -> AsyncIterator[Broker]:
    """A server that answers as its broker says."""
    running = Broker()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
            body = await reader.readexactly(int(headers["content-length"]))
            received = Received(head[0].split(" ")[1], headers, body)
            running.received.append(received)
            assert running.reply is not None
            await running.reply(writer, received)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    async with server:
        scheme = "http" if tls is None else "https"
        running.url = f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}/suwibroker/soap"
        yield running


def call(question: str) -> Call:
    return Call(question_id="vraag-1", question=question, purpose=PURPOSE, now=lambda: MOMENT)


def client(
    url: str,
    *,
    timeout_seconds: float = 20,
    tls: ssl.SSLContext | None = None,
    identity: Identity | None = None,
    answer_issuers: tuple[x509.Certificate, ...] = (),
    contracts: Contracts = own_contract,
) -> SuwinetClient:
    """A client with a certificate that the tests made."""
    return SuwinetClient(
        url=url,
        identity=identity or ours().identity,
        timeout_seconds=timeout_seconds,
        # Reading the certificates of this machine takes longer than a call.
        tls=tls or plain_tls(),
        answer_issuers=answer_issuers,
        contracts=contracts,
    )


@cache
def plain_tls() -> ssl.SSLContext:
    return ssl.create_default_context(cadata=authority().pem.decode())


async def asked(running: Broker, question: str, bsn: str = BSN) -> Answered:
    """Ask one question over the line."""
    async with client(running.url) as asking:
        return await asking.ask(bsn, call(question))
