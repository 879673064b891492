"""Questions to the BRP: about one person, about children, and searches for somebody without a number."""

import re
import ssl
from collections.abc import Mapping, Sequence
from datetime import date
from types import TracebackType
from typing import Self

from pydantic import ValidationError

from activities.brp.connection import Connection, Login
from activities.brp.outcome import NoUse, not_understood, nothing_asked
from activities.brp.persons import Hit, children_of, facts_of, home_of, is_child_at, partners_of, the_one
from activities.brp.searching import filled_in
from activities.brp.wire import FIELD_NAMES, Answer, Person
from activities.registries import Answered, Call, NotUnderstood
from domain.calendars import civil_date
from domain.findings import BrpPerson, Finding, Outcome, PartialDate

MAX_NUMBERS = 20
"""Burgerservicenummers in one question."""

_PLACE = "verblijfplaats"
_DOMESTIC = "verblijfplaatsBinnenland"
_OF_A_PERSON = (
    "geboorte.datum",
    "gemeenteVanInschrijving",
    "indicatieCurateleRegister",
    "kinderen.burgerservicenummer",
    "overlijden.datum",
    "partners.burgerservicenummer",
    "partners.ontbindingHuwelijkPartnerschap.datum",
    "verblijfplaats.adresseerbaarObjectIdentificatie",
    "verblijfplaats.functieAdres",
)
_OF_A_CHILD = (
    "burgerservicenummer",
    "geboorte.datum",
    "overlijden.datum",
    "verblijfplaats.adresseerbaarObjectIdentificatie",
    "verblijfplaats.functieAdres",
)
_OF_A_HIT = ("burgerservicenummer", "geboorte.datum")
"""All that is asked. Geheimhouding, opschorting, inOnderzoek, rni and vastgesteld verblijft niet op adres come
along by themselves and may not be asked (the BRP answers 400)."""


class BrpClient:
    """Asks the BRP; safe for use by many tasks of one event loop.

    Use it as an async context manager, or call `aclose` at the end.
    """

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str,
        timeout_seconds: float,
        oin: str | None = None,
        oin_header: str = "X-ORIGIN-OIN",
        tls: ssl.SSLContext | None = None,
        login: Login | None = None,
        domestic_only: bool = False,
    ) -> None:
        """Prepare the connection; nothing is sent yet.

        Args:
            base_url: address without ``/personen``, such as ``https://.../haalcentraal/api/brp``.
            api_key: ``X-API-KEY``; left out when empty (a gateway with mutual TLS needs none).
            timeout_seconds: for the whole call, from connecting to the last byte, fetching a token included.
            oin: organisation number of the municipality, where the gateway wants it.
            oin_header: in which header; one of `activities.brp.connection.OIN_HEADERS`.
            tls: own certificates for mutual TLS; None: the certificates of the system.
            login: for a gateway that wants an access token (OAuth2); None: it wants none.
            domestic_only: the municipality has no authorisation for addresses abroad; then somebody abroad is
                delivered without a residence.

        Raises:
            SettingsError: a value cannot be used; the sentence says which, without repeating it.
        """
        self._line = Connection(
            base_url=base_url,
            api_key=api_key,
            timeout_seconds=timeout_seconds,
            oin=oin,
            oin_header=oin_header,
            tls=tls,
            login=login,
        )
        self._place = _DOMESTIC if domestic_only else _PLACE

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._line.aclose()

    async def ask(self, bsn: str, call: Call) -> Answered:
        """Ask what the rules need of one person.

        Args:
            bsn: nine digits.
            call: how it is asked; see `Call`.

        Returns:
            What the BRP said, or why what it said is of no use.

        Raises:
            RegistryUnavailable: no connection, no answer in time, or 429 or 5xx: try again later.
        """
        try:
            people = await self._look_up([bsn], _OF_A_PERSON, call)
            if not people:
                reason = "De BRP kent niemand met dit burgerservicenummer."
                return Answered(_finding(call, Outcome.NOT_FOUND, reason))
            try:
                person = the_one(people, bsn)
            except NotUnderstood as problem:
                raise not_understood(problem) from None
        except NoUse as ended:
            return Answered(_finding(call, ended.outcome, ended.sentence))
        return Answered(
            _finding(call, Outcome.FOUND, person=facts_of(person)),
            partners_of(person),
            home_of(person),
            children_of(person),
        )

    async def children_at(
        self, address: str, bsns: Sequence[str], call: Call
    ) -> list[tuple[str, PartialDate | None]]:
        """Which of these children live at this address, are alive and not certainly of age.

        A child who asked for geheimhouding is found by nobody's address and so is not among them.

        Args:
            address: identification of the object in the BAG.
            bsns: of children; asked twenty at a time.
            call: how it is asked; its clock says who is under eighteen.

        Returns:
            Number and date of birth; None: the BRP has no date of birth.

        Raises:
            RegistryUnavailable: try again later.
            NoUse: the BRP refuses, or answers what we cannot read.
        """
        asked = list(dict.fromkeys(bsns))
        people: list[Person] = []
        for start in range(0, len(asked), MAX_NUMBERS):
            people += await self._look_up(asked[start : start + MAX_NUMBERS], _OF_A_CHILD, call)
        today = civil_date(call.now())
        found: dict[str, PartialDate | None] = {}
        for person in people:
            number = person.burgerservicenummer
            if number not in asked:
                raise not_understood(NotUnderstood("er komt een andere persoon terug dan gevraagd"))
            if is_child_at(person, address, today):
                found[number] = None if person.geboorte is None else person.geboorte.partial()
        return list(found.items())

    async def search_by_name(
        self,
        surname: str,
        birth: date,
        call: Call,
        *,
        prefix: str = "",
        given_names: str = "",
        municipality_code: str = "",
    ) -> list[Hit]:
        """Search the living by geslachtsnaam and geboortedatum.

        Args:
            surname: without voorvoegsel; three letters or more may end in ``*``.
            birth: the whole date.
            call: how it is asked.
            prefix: voorvoegsel, such as ``van der``.
            given_names: with spaces between; may end in ``*``.
            municipality_code: only who is registered there (four digits); empty: anywhere.

        Raises:
            RegistryUnavailable: try again later.
            NoUse: the BRP refuses (also a search that finds too many), or answers what we cannot read.
        """
        return await self._search(
            "ZoekMetGeslachtsnaamEnGeboortedatum",
            {"geslachtsnaam": surname, "geboortedatum": birth.isoformat()},
            {"voorvoegsel": prefix, "voornamen": given_names},
            municipality_code,
            call,
        )

    async def search_by_postcode(
        self,
        postcode: str,
        number: int,
        call: Call,
        *,
        letter: str = "",
        addition: str = "",
        municipality_code: str = "",
    ) -> list[Hit]:
        """Search the living by postcode and huisnummer, with huisletter and huisnummertoevoeging if there are.

        Raises:
            RegistryUnavailable: try again later.
            NoUse: the BRP refuses (also a search that finds too many), or answers what we cannot read.
        """
        return await self._search(
            "ZoekMetPostcodeEnHuisnummer",
            {"postcode": postcode.replace(" ", "").upper(), "huisnummer": number},
            {"huisletter": letter, "huisnummertoevoeging": addition},
            municipality_code,
            call,
        )

    async def search_by_object(self, address: str, call: Call, *, municipality_code: str = "") -> list[Hit]:
        """Search the living who are registered in an object of the BAG (adresseerbaarObjectIdentificatie).

        Raises:
            RegistryUnavailable: try again later.
            NoUse: the BRP refuses (also a search that finds too many), or answers what we cannot read.
        """
        return await self._search(
            "ZoekMetAdresseerbaarObjectIdentificatie",
            {"adresseerbaarObjectIdentificatie": address},
            {},
            municipality_code,
            call,
        )

    async def _search(
        self,
        kind: str,
        needed: Mapping[str, object],
        extra: Mapping[str, object],
        municipality_code: str,
        call: Call,
    ) -> list[Hit]:
        given = filled_in(needed, {**extra, "gemeenteVanInschrijving": municipality_code})
        people = await self._people({"type": kind, **given, "fields": list(_OF_A_HIT)}, call)
        # Without a number there is nobody to go on with.
        return [
            Hit(
                person.burgerservicenummer,
                None if person.geboorte is None else person.geboorte.partial(),
                municipality_code or None,
            )
            for person in people
            if person.burgerservicenummer is not None
        ]

    async def _look_up(self, bsns: Sequence[str], fields: Sequence[str], call: Call) -> list[Person]:
        if any(re.fullmatch("[0-9]{9}", bsn) is None for bsn in bsns):
            raise nothing_asked(
                "het burgerservicenummer bestaat niet uit negen cijfers. Controleer het nummer in het dossier."
            )
        asked = [
            self._place + field.removeprefix(_PLACE) if field.startswith(_PLACE) else field
            for field in fields
        ]
        question = {
            "type": "RaadpleegMetBurgerservicenummer",
            "burgerservicenummer": list(bsns),
            "fields": asked,
        }
        return await self._people(question, call)

    async def _people(self, question: Mapping[str, object], call: Call) -> list[Person]:
        try:
            return _read(await self._line.ask(question, call), str(question["type"]))
        except NotUnderstood as problem:
            raise not_understood(problem) from None


def _read(body: bytes, kind: str) -> list[Person]:
    try:
        answer = Answer.model_validate_json(body)
    except ValidationError as error:
        problem = _place_of(
            error.errors(include_input=False, include_url=False, include_context=False)[0]["loc"]
        )
    else:
        if answer.type == kind:
            return answer.personen
        problem = _missing("type")
    # Raised outside the handler: the error of the library knows the answer.
    raise NotUnderstood(problem)


def _place_of(location: tuple[int | str, ...]) -> str:
    """Name the field that is wrong, by names of our own models only."""
    names = dict.fromkeys(part for part in location if isinstance(part, str) and part in FIELD_NAMES)
    return _missing(".".join(names)) if names else "het is geen geldige JSON"


def _missing(name: str) -> str:
    return f"het veld {name} ontbreekt of klopt niet"


def _finding(call: Call, outcome: Outcome, reason: str = "", person: BrpPerson | None = None) -> Finding:
    return Finding(
        id=call.question_id,
        question=call.question,
        outcome=outcome,
        answered_at=call.now(),
        person=person,
        purpose=call.purpose,
        reason=reason,
    )
