"""Every question type of the BRP finds whom it should, and every answer fits the official specification."""

import json
from typing import Any

import httpx2
import pytest

from sandbox.brp_answer import answer
from sandbox.brp_question import Question, read_question
from sandbox.residents import Partner, Register, Relative, Residence, Resident
from sandbox.server import Sandbox
from tests.specifications import brp_folder, brp_specification

PATH = "/haalcentraal/api/brp/personen"
FAMILY = {"999900377", "999900389", "999900390", "999900407"}
BY_NAME_AND_DATE = {
    "type": "ZoekMetGeslachtsnaamEnGeboortedatum",
    "geslachtsnaam": "Hulshof",
    "geboortedatum": "1991-10-10",
}
BY_NAME_AND_PLACE = {
    "type": "ZoekMetNaamEnGemeenteVanInschrijving",
    "geslachtsnaam": "graaf",
    "voornamen": "tim",
    "gemeenteVanInschrijving": "0150",
}
BY_POSTCODE = {"type": "ZoekMetPostcodeEnHuisnummer", "postcode": "7413 zz", "huisnummer": 31}
BY_STREET = {
    "type": "ZoekMetStraatHuisnummerEnGemeenteVanInschrijving",
    "straat": "droomweg",
    "huisnummer": 31,
    "gemeenteVanInschrijving": "0150",
}
BY_ADDRESS_ID = {
    "type": "ZoekMetNummeraanduidingIdentificatie",
    "nummeraanduidingIdentificatie": "0150200000000377",
}
BY_OBJECT_ID = {
    "type": "ZoekMetAdresseerbaarObjectIdentificatie",
    "adresseerbaarObjectIdentificatie": "0150010000000377",
}
SEARCHES = (BY_NAME_AND_DATE, BY_NAME_AND_PLACE, BY_POSTCODE, BY_STREET, BY_ADDRESS_ID, BY_OBJECT_ID)


async def found(http: httpx2.AsyncClient, search: dict[str, Any]) -> set[str]:
    response = await http.post(PATH, json={"fields": ["burgerservicenummer"], **search})
    assert response.status_code == 200, response.text
    assert response.json()["type"] == search["type"]
    return {person["burgerservicenummer"] for person in response.json()["personen"]}


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        (BY_NAME_AND_DATE, {"999900377"}),
        (BY_NAME_AND_DATE | {"geslachtsnaam": "HULS*"}, {"999900377"}),
        (BY_NAME_AND_DATE | {"geslacht": "v", "voornamen": "San*"}, {"999900377"}),
        (BY_NAME_AND_DATE | {"geslacht": "M"}, set()),
        (BY_NAME_AND_DATE | {"geboortedatum": "1991-10-11"}, set()),
        (BY_NAME_AND_DATE | {"gemeenteVanInschrijving": "0301"}, set()),
        (BY_NAME_AND_PLACE, {"999900389"}),
        (BY_NAME_AND_PLACE | {"voorvoegsel": "de"}, {"999900389"}),
        (BY_NAME_AND_PLACE | {"voorvoegsel": "van"}, set()),
        (BY_POSTCODE, FAMILY),
        (BY_POSTCODE | {"huisnummer": 3}, set()),
        (BY_POSTCODE | {"geslachtsnaam": "Graaf"}, FAMILY - {"999900377"}),
        (BY_POSTCODE | {"geboortedatum": "2017-01-30"}, {"999900390"}),
        (BY_POSTCODE | {"postcode": "7412ZZ", "huisnummer": 8, "huisletter": "B"}, {"999900365"}),
        (BY_POSTCODE | {"huisletter": "b"}, set()),
        (BY_STREET, FAMILY),
        (BY_STREET | {"straat": "Verzonnen*", "huisnummer": 12}, {"999900328"}),
        (BY_STREET | {"straat": "*kasteelplein", "huisnummer": 2}, {"999900419"}),
        (BY_ADDRESS_ID, FAMILY),
        (BY_OBJECT_ID, FAMILY),
        (
            BY_OBJECT_ID | {"adresseerbaarObjectIdentificatie": "0150010000000055"},
            {"999900055", "999900080"},
        ),
    ],
)
async def test_a_search_finds_who_fits(
    http: httpx2.AsyncClient, search: dict[str, Any], expected: set[str]
) -> None:
    assert await found(http, search) == expected


async def test_who_died_is_found_only_when_asked_for(http: httpx2.AsyncClient) -> None:
    search = BY_NAME_AND_DATE | {"geslachtsnaam": "Meutstege", "geboortedatum": "1963-08-19"}

    assert await found(http, search) == set()
    assert await found(http, search | {"inclusiefOverledenPersonen": True}) == {"999900213"}


@pytest.mark.parametrize("reason", ["W", "F"])
def test_lists_that_were_cleared_away_are_not_found(reason: str) -> None:
    resident = Resident(bsn="999900006", suspension=reason, residence=Residence(object_id="0" * 15 + "1"))
    question = Question(
        (), ("burgerservicenummer",), None, "Zoek", {"adresseerbaarObjectIdentificatie": "0" * 15 + "1"}
    )

    assert answer(Register([resident], {}), question)["personen"] == []


@pytest.mark.parametrize(
    ("search", "name", "code"),
    [
        (BY_NAME_AND_DATE | {"geboortedatum": "10-10-1991"}, "geboortedatum", "date"),
        (BY_NAME_AND_DATE | {"geboortedatum": "1991-02-30"}, "geboortedatum", "date"),
        (BY_NAME_AND_DATE | {"geslachtsnaam": "H*"}, "geslachtsnaam", "pattern"),
        (BY_NAME_AND_DATE | {"geslacht": "X"}, "geslacht", "pattern"),
        (BY_NAME_AND_DATE | {"inclusiefOverledenPersonen": "ja"}, "inclusiefOverledenPersonen", "boolean"),
        (BY_NAME_AND_PLACE | {"voornamen": "t*"}, "voornamen", "pattern"),
        (BY_NAME_AND_PLACE | {"gemeenteVanInschrijving": "150"}, "gemeenteVanInschrijving", "pattern"),
        (BY_POSTCODE | {"postcode": "0123AB"}, "postcode", "pattern"),
        (BY_POSTCODE | {"huisnummer": 0}, "huisnummer", "minimum"),
        (BY_POSTCODE | {"huisnummer": 100000}, "huisnummer", "maximum"),
        (BY_POSTCODE | {"huisnummer": "een"}, "huisnummer", "integer"),
        (BY_POSTCODE | {"huisnummer": True}, "huisnummer", "integer"),
        (BY_STREET | {"straat": "Dr*"}, "straat", "pattern"),
        (
            BY_ADDRESS_ID | {"nummeraanduidingIdentificatie": "0" * 16},
            "nummeraanduidingIdentificatie",
            "pattern",
        ),
        (BY_OBJECT_ID | {"burgerservicenummer": ["999900006"]}, "burgerservicenummer", "unknownParam"),
        (BY_OBJECT_ID | {"fields": ["gemeenteVanInschrijving"]}, "fields[0]", "fields"),
        (BY_OBJECT_ID | {"fields": ["partners"]}, "fields[0]", "fields"),
    ],
)
async def test_a_wrong_search_names_what_is_wrong(
    http: httpx2.AsyncClient, search: dict[str, Any], name: str, code: str
) -> None:
    response = await http.post(PATH, json={"fields": ["burgerservicenummer"], **search})

    assert response.status_code == 400
    assert [(one["name"], one["code"]) for one in response.json()["invalidParams"]] == [(name, code)]


@pytest.mark.parametrize("search", SEARCHES)
async def test_a_search_needs_all_its_parameters(http: httpx2.AsyncClient, search: dict[str, Any]) -> None:
    response = await http.post(PATH, json={"type": search["type"], "fields": ["naam"]})

    body = response.json()
    assert (response.status_code, body["code"]) == (400, "paramsCombination")
    assert {one["name"] for one in body["invalidParams"]} == set(search) - {"type"}


@pytest.mark.contract
@pytest.mark.parametrize("search", SEARCHES)
def test_exactly_the_official_fields_of_a_search_may_be_asked(search: dict[str, Any]) -> None:
    listed = (brp_folder() / "fields-filtered-PersoonBeperkt.csv").read_text(encoding="utf-8").split()
    everything = (brp_folder() / "fields-filtered-Persoon.csv").read_text(encoding="utf-8").split()
    parental = {"gezag"} if search is BY_OBJECT_ID else set()

    def takes(field: str) -> bool:
        return isinstance(read_question(_json(search | {"fields": [field]})), Question)

    assert {field for field in {*listed, *everything} if takes(field)} == set(listed) - {"pad"} | parental


def _json(value: object) -> bytes:

    return json.dumps(value).encode()


@pytest.mark.contract
async def test_everything_about_everybody_fits_the_official_specification(
    sandbox: Sandbox, http: httpx2.AsyncClient
) -> None:
    official = brp_specification()
    fields = (brp_folder() / "fields-filtered-Persoon.csv").read_text(encoding="utf-8").split()[1:]
    for resident in sandbox.register.all():
        question = {
            "type": "RaadpleegMetBurgerservicenummer",
            "burgerservicenummer": [resident.bsn],
            "fields": fields[:130],
        }
        for chosen in (fields[:100], fields[100:]):
            body = (await http.post(PATH, json=question | {"fields": chosen})).json()
            assert official.complaints("RaadpleegMetBurgerservicenummerResponse", body) == []
            assert official.date_complaints(body) == []
            for person in body["personen"]:
                assert official.unknown_names("Persoon", person) == set()
                for group, schema in (("partners", "Partner"), ("kinderen", "Kind")):
                    for relative in person.get(group, []):
                        assert official.unknown_names(schema, relative) == set()
                if place := person.get("verblijfplaats"):
                    assert official.complaints(place["type"], place) == []
                    assert official.unknown_names(place["type"], place) == set()


@pytest.mark.contract
@pytest.mark.parametrize("search", SEARCHES)
async def test_every_search_fits_the_official_specification(
    http: httpx2.AsyncClient, search: dict[str, Any]
) -> None:
    official = brp_specification()
    fields = (brp_folder() / "fields-filtered-PersoonBeperkt.csv").read_text(encoding="utf-8").split()[1:]
    body = (await http.post(PATH, json=search | {"fields": fields})).json()

    assert official.complaints(search["type"], search | {"fields": fields}) == []
    assert official.complaints(f"{search['type']}Response", body) == []
    assert body["personen"]
    for person in body["personen"]:
        assert official.unknown_names("PersoonBeperkt", person) == set()
        assert {"burgerservicenummer", "naam", "geboorte", "geslacht", "adressering"} <= person.keys()


def ask(resident: Resident, *fields: str, register: Register | None = None) -> Any:
    people = answer(register or Register([resident], {}), Question((resident.bsn,), fields, None))["personen"]
    assert isinstance(people, list)
    return people[0]


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (
            Residence(
                street="Droomweg", number=3, letter="a", addition="bis", postcode="7413ZZ", town="Deventer"
            ),
            {
                "type": "Adres",
                "functieAdres": {"code": "W", "omschrijving": "woonadres"},
                "verblijfadres": {
                    "officieleStraatnaam": "Droomweg",
                    "korteStraatnaam": "Droomweg",
                    "huisnummer": 3,
                    "huisletter": "a",
                    "huisnummertoevoeging": "bis",
                    "postcode": "7413ZZ",
                    "woonplaats": "Deventer",
                },
            },
        ),
        (
            Residence(kind="briefadres", object_id="0150010000000001", left=True),
            {
                "type": "Adres",
                "functieAdres": {"code": "B", "omschrijving": "briefadres"},
                "adresseerbaarObjectIdentificatie": "0150010000000001",
                "indicatieVastgesteldVerblijftNietOpAdres": True,
            },
        ),
        (
            Residence(kind="locatie", place="Woonboot"),
            {
                "type": "Locatie",
                "functieAdres": {"code": "W", "omschrijving": "woonadres"},
                "verblijfadres": {"locatiebeschrijving": "Woonboot"},
            },
        ),
        (
            Residence(kind="buitenland", lines=("Straat 1", "Stad"), country="5010"),
            {
                "type": "VerblijfplaatsBuitenland",
                "verblijfadres": {
                    "regel1": "Straat 1",
                    "regel2": "Stad",
                    "land": {"code": "5010", "omschrijving": "België"},
                },
            },
        ),
        (Residence(kind="onbekend"), {"type": "VerblijfplaatsOnbekend"}),
    ],
)
def test_four_kinds_of_residence(place: Residence, expected: dict[str, Any]) -> None:
    resident = Resident(bsn="999900006", residence=place)

    assert ask(resident, "verblijfplaats") == {"verblijfplaats": expected}
    assert ask(resident, "burgerservicenummer") == {"burgerservicenummer": "999900006"}
    domestic = ask(resident, "verblijfplaatsBinnenland")
    assert domestic == (
        {}
        if "country" in expected or place.kind in ("buitenland", "onbekend")
        else {"verblijfplaats": expected}
    )


def test_only_the_asked_part_of_a_residence_is_delivered() -> None:
    resident = Resident(bsn="999900006", residence=Residence(street="Droomweg", number=3, postcode="7413ZZ"))

    assert ask(resident, "verblijfplaats.verblijfadres.postcode")["verblijfplaats"] == {
        "type": "Adres",
        "verblijfadres": {"postcode": "7413ZZ"},
    }


def test_relatives_come_with_what_their_own_list_says() -> None:
    child = Resident(bsn="999900018", given_names="Jip", surname="Dam")
    unknown = Relative(given_names="Janneke", surname="Dam")
    parent = Resident(
        bsn="999900006",
        children=(Relative(bsn="999900018"), unknown),
        partner=Partner(bsn="999900031", kind="P"),
    )
    register = Register([parent, child], {})

    person = ask(
        parent, "kinderen.naam.voornamen", "partners", "kinderen.burgerservicenummer", register=register
    )

    assert person["kinderen"] == [
        {"burgerservicenummer": "999900018", "naam": {"voornamen": "Jip"}},
        {"naam": {"voornamen": "Janneke"}},
    ]
    assert person["partners"] == [
        {
            "burgerservicenummer": "999900031",
            "soortVerbintenis": {"code": "P", "omschrijving": "geregistreerd partnerschap"},
        }
    ]


def test_guardianship_is_told_only_when_asked() -> None:
    resident = Resident(bsn="999900006", guardianship=True)

    assert ask(resident, "indicatieCurateleRegister") == {"indicatieCurateleRegister": True}
    assert ask(resident, "geboorte.datum") == {}
    assert ask(Resident(bsn="999900006"), "indicatieCurateleRegister") == {}
