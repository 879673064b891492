"""What the BRP delivers about residents: what was asked and what always comes along, no more.

The sandbox knows burgerservicenummer, naam (voornamen, voorvoegsel, geslachtsnaam), geboorte.datum,
gemeenteVanInschrijving, overlijden.datum, partners (burgerservicenummer,
ontbinding) and verblijfplaats.adresseerbaarObjectIdentificatie. Other fields that exist may be asked and are absent, as
they are for a person of whom the real BRP does not have them.
"""

from domain.findings import PartialDate
from sandbox.brp_question import Question
from sandbox.residents import Register, Resident

_MONTHS = (
    "januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober",
    "november", "december",
)  # fmt: skip
_REASONS = {
    "O": "overlijden",
    "E": "emigratie",
    "M": "ministerieel besluit",
    "R": "pl is aangelegd in de rni",
    ".": "onbekend",
}
_NEVER_DELIVERED = frozenset({"W", "F"})
"""Wissen and fout: the person list was cleared away."""
_FOREIGN_SOURCES = {
    "0101": "Belastingdienst (inzake heffingen en toeslagen)",
    "0201": "Sociale Verzekeringsbank (inzake AOW, Anw en AKW)",
    "0301": "Uitvoeringsinstituut werknemersverzekeringen (inzake uitkeringen)",
    "0401": "CAK (inzake zorgverzekeringen)",
    "0501": "Immigratie- en naturalisatiedienst (inzake nationaliteitsgegevens)",
    "0601": "Ministerie van Buitenlandse Zaken (inzake geprivilegieerden)",
}
_INVESTIGATED = {
    "burgerservicenummer": ("010000", "010100", "010120"),
    "naam.voornamen": ("010000", "010200", "010210"),
    "naam.voorvoegsel": ("010000", "010200", "010230"),
    "naam.geslachtsnaam": ("010000", "010200", "010240"),
    "geboorte.datum": ("010000", "010300", "010310"),
    "overlijden.datum": ("060000", "060800", "060810"),
    "gemeenteVanInschrijving": ("080000", "080900", "080910"),
}
"""Per field: the investigations (rubriek 83.10) of the category, the group and the datum itself."""
_SINCE = {
    "burgerservicenummer": "datumIngangOnderzoekPersoon",
    "gemeenteVanInschrijving": "datumIngangOnderzoekGemeente",
}
_CATEGORIES = {
    "01": ("Persoon", ("aNummer", "burgerservicenummer", "naam", "geboorte", "geslacht", "leeftijd")),
    "06": ("Overlijden", ("overlijden",)),
    "08": ("Verblijfplaats", ("gemeenteVanInschrijving", "verblijfplaats", "immigratie", "adressering")),
}

Json = dict[str, object]


def answer(register: Register, question: Question) -> Json:
    """The body of the answer; nobody found gives an empty list, each person is delivered once."""
    people = []
    for bsn in dict.fromkeys(question.bsns):
        resident = register.find(bsn)
        if resident is None or resident.suspension in _NEVER_DELIVERED:
            continue
        if question.municipality_code not in (None, resident.municipality_code):
            continue
        people.append(_person(resident, question, register))
    return {"type": "RaadpleegMetBurgerservicenummer", "personen": people}


def full_date(value: PartialDate) -> Json:
    """A date in the four shapes of the BRP."""
    if value.year is None:
        return {"type": "DatumOnbekend", "onbekend": True, "langFormaat": "onbekend"}
    if value.month is None:
        return {"type": "JaarDatum", "jaar": value.year, "langFormaat": str(value.year)}
    month = _MONTHS[value.month - 1]
    if value.day is None:
        return {
            "type": "JaarMaandDatum",
            "jaar": value.year,
            "maand": value.month,
            "langFormaat": f"{month} {value.year}",
        }
    return {
        "type": "Datum",
        "datum": f"{value.year:04}-{value.month:02}-{value.day:02}",
        "langFormaat": f"{value.day} {month} {value.year}",
    }


def _person(resident: Resident, question: Question, register: Register) -> Json:
    person: Json = {}
    if question.wants("burgerservicenummer"):
        person["burgerservicenummer"] = resident.bsn
    names = {
        "voornamen": resident.given_names,
        "voorvoegsel": resident.prefix,
        "geslachtsnaam": resident.surname,
    }
    if question.wants("naam") and any(names.values()):
        asked = {name: text for name, text in names.items() if text and question.wants(f"naam.{name}")}
        person["naam"] = asked | _doubts(resident, question, "naam", tuple(names))
    for group, moment in (("geboorte", resident.birth), ("overlijden", resident.died_on)):
        if moment is not None and question.wants(f"{group}.datum"):
            person[group] = {"datum": full_date(moment)} | _doubts(resident, question, group, ("datum",))
    if resident.municipality_code is not None and question.wants("gemeenteVanInschrijving"):
        name = register.municipality_name(resident.municipality_code)
        person["gemeenteVanInschrijving"] = {"code": resident.municipality_code} | (
            {} if name is None else {"omschrijving": name}
        )
    if resident.address is not None and question.wants("verblijfplaats.adresseerbaarObjectIdentificatie"):
        person["verblijfplaats"] = {"type": "Adres", "adresseerbaarObjectIdentificatie": resident.address}
    if resident.partner is not None:
        partner: Json = {}
        if question.wants("partners.burgerservicenummer"):
            partner["burgerservicenummer"] = resident.partner
        ended = "partners.ontbindingHuwelijkPartnerschap.datum"
        if resident.partner_until is not None and question.wants(ended):
            partner["ontbindingHuwelijkPartnerschap"] = {"datum": full_date(resident.partner_until)}
        if partner:
            person["partners"] = [partner]
    return person | _always(resident, question)


def _always(resident: Resident, question: Question) -> Json:
    """What the BRP delivers without being asked."""
    extra: Json = _doubts(resident, question, "", ("burgerservicenummer", "gemeenteVanInschrijving"))
    if resident.secret:
        extra["geheimhoudingPersoonsgegevens"] = True
    if resident.suspension is not None:
        suspension: Json = {
            "reden": {
                "code": resident.suspension,
                "omschrijving": _REASONS.get(resident.suspension, "onbekend"),
            }
        }
        if resident.suspended_on is not None:
            suspension["datum"] = full_date(resident.suspended_on)
        extra["opschortingBijhouding"] = suspension
    sources = []
    for source in resident.foreign_sources:
        category, groups = _CATEGORIES[source.category]
        if any(question.wants(group) for group in groups):
            name = _FOREIGN_SOURCES.get(source.code)
            code = {"code": source.code} | ({} if name is None else {"omschrijving": name})
            sources.append({"deelnemer": code, "categorie": category})
    if sources:
        extra["rni"] = sources
    if resident.verified_on is not None or resident.verification:
        extra["verificatie"] = (
            {} if resident.verified_on is None else {"datum": full_date(resident.verified_on)}
        ) | ({"omschrijving": resident.verification} if resident.verification else {})
    return extra


def _doubts(resident: Resident, question: Question, group: str, names: tuple[str, ...]) -> Json:
    """``inOnderzoek`` of one group: only for data that were asked."""
    doubts: Json = {}
    for name in names:
        path = f"{group}.{name}" if group else name
        if not question.wants(path):
            continue
        for investigation in resident.investigations:
            if investigation.subject in _INVESTIGATED[path]:
                doubts[name] = True
                doubts[_SINCE.get(path, "datumIngangOnderzoek")] = full_date(investigation.since)
    return {"inOnderzoek": doubts} if doubts else {}
