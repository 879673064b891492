"""The BRP as this product needs it: one question about one person.

Source: Haal Centraal BRP Personen bevragen 2.7.0 (OpenAPI and feature files of RvIG). The question
travels in the body of a POST, so that no burgerservicenummer lands in an address or an access log;
for the same reason no error, sentence or log line of this module repeats what was sent or received.
"""

import asyncio
import re
import ssl
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from types import TracebackType
from typing import Annotated, Literal, Self

import httpx2
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from activities.registries import Answered, RegistryUnavailable
from domain.findings import BrpPerson, Finding, Outcome, PartialDate
from domain.questions import BRP_PERSON as QUESTION

FIELDS = (
    "geboorte.datum",
    "gemeenteVanInschrijving",
    "overlijden.datum",
    "partners.burgerservicenummer",
    "partners.ontbindingHuwelijkPartnerschap.datum",
    "verblijfplaats.adresseerbaarObjectIdentificatie",
)
"""All that is asked. Geheimhouding, opschorting and inOnderzoek come along by themselves and may
not be asked (the BRP answers 400)."""

MAX_ANSWER_BYTES = 1024 * 1024
MAX_RETRY_AFTER = timedelta(days=1)
MAX_HEADER = 242
"""Longest gateway header that municipal gateways pass on uncut."""

_QUERY_TYPE = "RaadpleegMetBurgerservicenummer"
_NO_MUNICIPALITY = frozenset({"0000", "1999"})
"""BRP table 33: unknown, and the register of non-residents (RNI)."""
_DECEASED = "O"
_UNKNOWN_REASON = "."


class BrpClient:
    """Asks the BRP about one person at a time; safe for use by many tasks of one event loop.

    Use it as an async context manager, or call `aclose` at the end.
    """

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str,
        timeout_seconds: float,
        purpose: str,
        oin: str | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Prepare the connection; nothing is sent yet.

        Args:
            base_url: address without ``/personen``, such as ``https://.../haalcentraal/api/brp``.
            api_key: ``X-API-KEY``; left out when empty (a gateway with mutual TLS needs none).
            timeout_seconds: for the whole call, from connecting to the last byte.
            purpose: doelbinding, at most 242 characters, as registered with the gateway.
            oin: organisation number of the municipality (``X-ORIGIN-OIN``), where the gateway wants it.
            tls: own certificates for mutual TLS; None: the certificates of the system.

        Raises:
            ValueError: a value cannot be used; the sentence says which, without repeating it.
        """
        if timeout_seconds <= 0:
            raise ValueError("De tijdslimiet voor de BRP moet groter zijn dan nul seconden.")
        headers = {
            "Accept": "application/json",
            # Unpacking could turn a small answer into one without limit.
            "Accept-Encoding": "identity",
            "Content-Type": "application/json; charset=utf-8",
            "X-DOELBINDING": _header("De doelbinding", purpose),
            "X-VERWERKING": f"klantroute@{QUESTION}",
            "X-GEBRUIKER": "Systeem",
        }
        if api_key:
            headers["X-API-KEY"] = _header("De sleutel (MEEDOEN_BRP_API_KEY)", api_key, longest=4096)
        if oin is not None:
            headers["X-ORIGIN-OIN"] = _header("Het OIN", oin)
        self._url = _people_url(base_url)
        self._timeout_seconds = timeout_seconds
        self._client = httpx2.AsyncClient(
            headers=headers,
            timeout=None,
            follow_redirects=False,
            # A proxy from the environment must never decide where a BSN travels.
            trust_env=False,
            verify=tls if tls is not None else True,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def person(self, bsn: str, *, question_id: str, now: Callable[[], datetime]) -> Finding:
        """The finding alone; see `ask`."""
        return (await self.ask(bsn, question_id=question_id, now=now)).finding

    async def ask(self, bsn: str, *, question_id: str, now: Callable[[], datetime]) -> Answered:
        """Ask birth date, municipality, death and partner of one person.

        Args:
            bsn: nine digits.
            question_id: becomes the id of the finding; the same for every attempt at one question.
            now: the clock that stamps the finding, read when the answer is complete.

        Returns:
            What the BRP said, or why what it said is of no use.

        Raises:
            RegistryUnavailable: no connection, no answer in time, or 429 or 5xx: try again later.
        """

        def finding(
            outcome: Outcome,
            reason: str = "",
            person: BrpPerson | None = None,
            partners: tuple[str, ...] | None = None,
            address: str | None = None,
        ) -> Answered:
            return Answered(
                Finding(
                    id=question_id,
                    question=QUESTION,
                    outcome=outcome,
                    answered_at=now(),
                    person=person,
                    reason=reason,
                ),
                partners,
                address,
            )

        if re.fullmatch("[0-9]{9}", bsn) is None:
            return finding(
                Outcome.REFUSED_US,
                "Er is niets aan de BRP gevraagd: het burgerservicenummer bestaat niet uit negen cijfers. "
                "Controleer het nummer in het dossier.",
            )
        response, body = await self._post(bsn)
        status = response.status_code
        if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise RegistryUnavailable(_unavailable_sentence(status), _retry_after(response))
        if status >= HTTPStatus.MULTIPLE_CHOICES:
            return finding(Outcome.REFUSED_US, _refusal_sentence(status, body))
        try:
            if status != HTTPStatus.OK:
                raise _NotUnderstood(f"het antwoord heeft statuscode {status}")
            people = _people_in(response, body)
            if not people:
                return finding(Outcome.NOT_FOUND, "De BRP kent niemand met dit burgerservicenummer.")
            person = _the_one(people, bsn)
            partners, address = _partners(people[0]), _address(people[0])
        except _NotUnderstood as problem:
            return finding(
                Outcome.INCOMPREHENSIBLE,
                f"De BRP gaf een antwoord dat wij niet kunnen lezen: {problem}. "
                "Controleer de gegevens met de hand en meld dit aan de beheerder.",
            )
        return finding(Outcome.FOUND, person=person, partners=partners, address=address)

    async def _post(self, bsn: str) -> tuple[httpx2.Response, bytes]:
        """Send the question; the answer is read no further than one byte past the limit."""
        question = {"type": _QUERY_TYPE, "burgerservicenummer": [bsn], "fields": list(FIELDS)}
        body = bytearray()
        try:
            # Time-outs per read would let an answer that drips in byte by byte go on for ever.
            async with asyncio.timeout(self._timeout_seconds):
                async with self._client.stream("POST", self._url, json=question) as response:
                    async for chunk in response.aiter_raw():
                        body += chunk
                        if len(body) > MAX_ANSWER_BYTES:
                            break
                return response, bytes(body)
        except TimeoutError:
            sentence = f"De BRP antwoordde niet binnen {self._timeout_seconds:g} seconden."
        except httpx2.ConnectError:
            sentence = "De BRP is niet bereikbaar: er komt geen verbinding tot stand."
        except httpx2.HTTPError:
            sentence = "De verbinding met de BRP brak af voordat het antwoord compleet was."
        # Raised here and not in the handlers: the library's error holds the request, and so the BSN.
        raise RegistryUnavailable(sentence)


class _NotUnderstood(Exception):
    """Says in a few Dutch words what is wrong with an answer, without any of its data."""


# --- what travels over the line -------------------------------------------------------------------


class _Wire(BaseModel):
    """Part of an answer. Unknown fields are fine: the BRP adds fields within a version."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", hide_input_in_errors=True)


# The last year leaves room to name the day after an incomplete date.
_Year = Annotated[int, Field(ge=1, le=9998)]
_Month = Annotated[int, Field(ge=1, le=12)]


class _WholeDate(_Wire):
    type: Literal["Datum"]
    datum: date

    def partial(self) -> PartialDate:
        return PartialDate.of(self.datum)


class _YearMonth(_Wire):
    type: Literal["JaarMaandDatum"]
    jaar: _Year
    maand: _Month

    def partial(self) -> PartialDate:
        return PartialDate(year=self.jaar, month=self.maand)


class _YearOnly(_Wire):
    type: Literal["JaarDatum"]
    jaar: _Year

    def partial(self) -> PartialDate:
        return PartialDate(year=self.jaar)


class _UnknownDate(_Wire):
    type: Literal["DatumOnbekend"]

    def partial(self) -> PartialDate:
        return PartialDate()


_Date = Annotated[_WholeDate | _YearMonth | _YearOnly | _UnknownDate, Field(discriminator="type")]
_Doubts = dict[str, object]
"""``inOnderzoek``: which fields are being investigated, and since when."""


class _Code(_Wire):
    code: Annotated[str, Field(min_length=1, max_length=40)]


class _MunicipalityCode(_Wire):
    code: Annotated[str, Field(pattern="^[0-9]{4}$")]


class _Dated(_Wire):
    """``geboorte`` and ``overlijden``."""

    datum: _Date | None = None
    inOnderzoek: _Doubts | None = None

    def partial(self) -> PartialDate | None:
        return None if self.datum is None else self.datum.partial()


class _Suspension(_Wire):
    reden: _Code | None = None


class _Partner(_Wire):
    burgerservicenummer: Annotated[str, Field(pattern="^[0-9]{9}$")] | None = None
    ontbindingHuwelijkPartnerschap: dict[str, object] | None = None
    """Without a partner the BRP delivers the last one, with this group."""


class _Place(_Wire):
    adresseerbaarObjectIdentificatie: Annotated[str, Field(pattern="^[0-9]{16}$")] | None = None


class _Person(_Wire):
    burgerservicenummer: str | None = None
    verblijfplaats: _Place | None = None
    partners: list[_Partner] = []
    geboorte: _Dated | None = None
    gemeenteVanInschrijving: _MunicipalityCode | None = None
    overlijden: _Dated | None = None
    opschortingBijhouding: _Suspension | None = None
    geheimhoudingPersoonsgegevens: bool | None = None
    inOnderzoek: _Doubts | None = None


class _Answer(_Wire):
    type: Literal["RaadpleegMetBurgerservicenummer"]
    personen: list[_Person]


class _Problem(_Wire):
    """Of a problem report only the code: letters only, so it cannot carry a number."""

    code: Annotated[str, Field(pattern="^[A-Za-z]{1,25}$")]


def _people_in(response: httpx2.Response, body: bytes) -> list[_Person]:
    if len(body) > MAX_ANSWER_BYTES:
        raise _NotUnderstood(f"het antwoord is groter dan {MAX_ANSWER_BYTES // 1024} kB")
    if response.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise _NotUnderstood("het antwoord is ingepakt, terwijl daar niet om gevraagd is")
    kind, _, parameters = response.headers.get("content-type", "").lower().partition(";")
    if kind.strip() != "application/json":
        raise _NotUnderstood("het antwoord is geen JSON volgens zijn content-type")
    charset = re.search(r"charset\s*=\s*\"?([^\s\";]+)", parameters)
    if charset is not None and charset.group(1) not in ("utf-8", "utf8"):
        raise _NotUnderstood("het antwoord heeft een andere tekenset dan UTF-8")
    try:
        return _Answer.model_validate_json(body).personen
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        problem = _problem_place(first["loc"])
    # Raised outside the handler: the error of the library knows the answer.
    raise _NotUnderstood(problem)


def _problem_place(location: tuple[int | str, ...]) -> str:
    """Name the field that is wrong, by names of our own models only."""
    known = _Answer.model_fields.keys() | _Person.model_fields.keys() | _Dated.model_fields.keys()
    names = dict.fromkeys(part for part in location if isinstance(part, str) and part in known)
    return f"het veld {'.'.join(names)} ontbreekt of klopt niet" if names else "het is geen geldige JSON"


def _address(person: _Person) -> str | None:
    place = person.verblijfplaats
    if place is None or person.geheimhoudingPersoonsgegevens:
        return None
    return place.adresseerbaarObjectIdentificatie


def _partners(person: _Person) -> tuple[str, ...]:
    return tuple(
        partner.burgerservicenummer
        for partner in person.partners
        if partner.burgerservicenummer is not None and partner.ontbindingHuwelijkPartnerschap is None
    )


def _the_one(people: list[_Person], bsn: str) -> BrpPerson:
    if len(people) > 1:
        raise _NotUnderstood("er komt meer dan één persoon terug op één nummer")
    person = people[0]
    if person.burgerservicenummer not in (None, bsn):
        raise _NotUnderstood("er komt een andere persoon terug dan gevraagd")
    place = person.gemeenteVanInschrijving
    suspension = person.opschortingBijhouding
    reason = None
    if suspension is not None:
        reason = _UNKNOWN_REASON if suspension.reden is None else suspension.reden.code
    death = person.overlijden
    return BrpPerson(
        birth=None if person.geboorte is None else person.geboorte.partial(),
        municipality_code=None if place is None or place.code in _NO_MUNICIPALITY else place.code,
        secret=bool(person.geheimhoudingPersoonsgegevens),
        # The group is only sent when a death is on record, with or without its date.
        deceased=death is not None or reason == _DECEASED,
        deceased_on=None if death is None else death.partial(),
        suspension=reason,
        under_investigation=any(
            part is not None and part.inOnderzoek is not None and any(part.inOnderzoek.values())
            for part in (person, person.geboorte, death)
        ),
    )


# --- sentences, addresses and headers -------------------------------------------------------------


def _unavailable_sentence(status: int) -> str:
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return "De BRP vraagt ons te wachten: er komen te veel vragen tegelijk (429)."
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        return "De BRP is tijdelijk niet beschikbaar (503)."
    return f"De BRP heeft een storing ({status})."


def _refusal_sentence(status: int, body: bytes) -> str:
    try:
        number = f"{status}, {_Problem.model_validate_json(body).code}"
    except ValidationError:
        number = str(status)
    match status:
        case HTTPStatus.BAD_REQUEST:
            what = "wees onze vraag af als onjuist", "de vraag en de versie van de BRP-koppeling"
        case HTTPStatus.UNAUTHORIZED:
            what = "herkent ons niet", "de sleutel (MEEDOEN_BRP_API_KEY) en de certificaten"
        case HTTPStatus.FORBIDDEN:
            what = "staat ons deze vraag niet toe", "de autorisatie en de doelbinding"
        case HTTPStatus.NOT_FOUND:
            what = "is niet te vinden op dit adres", "het adres (MEEDOEN_BRP_BASE_URL)"
        case _ if status < HTTPStatus.BAD_REQUEST:
            what = "verwijst ons naar een ander adres", "het adres (MEEDOEN_BRP_BASE_URL)"
        case _:
            what = "wees onze vraag af", "de BRP-koppeling"
    return f"De BRP {what[0]} ({number}). Laat de beheerder {what[1]} nakijken."


def _retry_after(response: httpx2.Response) -> timedelta | None:
    """Read ``Retry-After`` (RFC 9110): seconds or a date. None when absent or unreadable."""
    value = response.headers.get("retry-after", "").strip()
    if re.fullmatch("[0-9]{1,9}", value):
        wait = timedelta(seconds=int(value))
    else:
        moment = _http_date(value)
        if moment is None:
            return None
        # Against the clock of the sender, so that a clock that differs from ours makes no odds; never
        # against the clock of a journey, which may run faster than real time.
        sent = _http_date(response.headers.get("date", ""))
        wait = moment - (sent or datetime.now(UTC))
    return min(max(wait, timedelta()), MAX_RETRY_AFTER)


def _http_date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _header(name: str, value: str, longest: int = MAX_HEADER) -> str:
    # Never cut: half a doelbinding is another doelbinding.
    if not 0 < len(value) <= longest or re.fullmatch(r"[!-~](?:[ -~]*[!-~])?", value) is None:
        raise ValueError(
            f"{name} voor de BRP is geweigerd: het mag niet leeg zijn, niet langer dan {longest} tekens, en "
            "alleen gewone letters, cijfers, leestekens en spaties ertussen bevatten. Pas de instelling aan."
        )
    return value


def _people_url(base_url: str) -> str:
    try:
        url = httpx2.URL(base_url)
    except httpx2.InvalidURL:
        url = httpx2.URL("")
    usable = (
        url.scheme in ("http", "https")
        and re.fullmatch(rb"[A-Za-z0-9.:_-]+", url.raw_host) is not None
        and (url.port is None or 1 <= url.port <= 65535)
        and not (url.query or url.fragment or url.userinfo)
    )
    if not usable:
        raise ValueError(
            "Het adres van de BRP (MEEDOEN_BRP_BASE_URL) is geweigerd: het moet beginnen met https:// of "
            "http://, met een bestaande naam en poort, en zonder vraagteken, hekje of wachtwoord. Pas de "
            "instelling aan."
        )
    return base_url.rstrip("/") + "/personen"
