"""What stands in for Suwinet: a real server that answers as a test tells it to, and what Suwinet sends."""

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from lxml import etree

from activities.registries import Answered, Call
from activities.suwinet.client import SuwinetClient
from activities.suwinet.contract import Contracts, own_contract
from activities.suwinet.identity import Identity
from activities.suwinet.names import FWI, SOAP, WSA
from activities.suwinet.services import SERVICES
from tests.certificates import Made, kept
from tests.scripted import Asked, Reply, Script, Talk, scripted

BSN = "999990019"
MOMENT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
PURPOSE = "Uitvoering Participatiewet"

# --- certificates ---------------------------------------------------------------------------------


def authority() -> Made:
    return kept("Uitgever", ca=True)


def stranger() -> Made:
    return kept("Andere uitgever", ca=True)


def ours() -> Made:
    """The municipality's certificate."""
    return kept("Gemeente", authority())


def theirs() -> Made:
    """The broker's certificate."""
    return kept("Broker", authority())


def identity(made: Made) -> Identity:
    assert isinstance(made.key, RSAPrivateKey)
    return Identity(made.certificate, made.key)


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
class Broker:
    """What stands in for Suwinet."""

    url: str = ""
    script: Script | None = None
    received: list[Asked] = field(default_factory=list)

    def says(
        self,
        body: bytes | Callable[[Asked], bytes],
        status: int = 200,
        kind: str = "text/xml",
        **headers: str,
    ) -> None:
        """Answer everything like this from now on."""
        named = {"Content-Type": kind} | {name.replace("_", "-"): value for name, value in headers.items()}
        self.script = lambda asked: Reply(body(asked) if callable(body) else body, status, named)

    def talks(self, talk: Talk) -> None:
        """Do this with every line from now on."""
        self.script = lambda asked: talk

    def answer(self, asked: Asked) -> Reply | Talk:
        self.received.append(asked)
        assert self.script is not None
        reply = self.script(asked)
        assert isinstance(reply, Reply) or callable(reply)
        return reply


@asynccontextmanager
async def broker(tls: ssl.SSLContext | None = None) -> AsyncIterator[Broker]:
    """A server that answers as its broker says."""
    running = Broker()
    async with scripted(running.answer, tls=tls) as url:
        running.url = f"{url}/suwibroker/soap"
        yield running


def message(asked: Asked) -> etree._Element:
    """The question in a request."""
    return etree.fromstring(asked.body)


def message_id(asked: Asked) -> str:
    return message(asked).findtext(f"{{{SOAP}}}Header/{{{WSA}}}MessageID") or ""


def call(question: str) -> Call:
    return Call(question_id="vraag-1", question=question, purpose=PURPOSE, now=lambda: MOMENT)


def client(
    url: str,
    *,
    timeout_seconds: float = 20,
    tls: ssl.SSLContext | None = None,
    signer: Made | None = None,
    answer_issuers: tuple[x509.Certificate, ...] = (),
    contracts: Contracts = own_contract,
) -> SuwinetClient:
    """A client with a certificate that the tests made."""
    return SuwinetClient(
        url=url,
        identity=identity(signer or ours()),
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
