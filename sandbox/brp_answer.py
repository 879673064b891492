"""What the BRP delivers about residents: what was asked and what always comes along, no more.

The sandbox knows burgerservicenummer, naam, geslacht, leeftijd, geboorte.datum, gemeenteVanInschrijving,
overlijden.datum, verblijfplaats, the address lines of adressering, indicatieCurateleRegister, partners and kinderen.
Other fields that exist may be asked and are absent, as they are for a person of whom the real BRP does not have them.
"""

from collections.abc import Callable, Iterable
from datetime import date
from functools import partial

from sandbox.brp_dates import Json, full_date
from sandbox.brp_names import names, sex
from sandbox.brp_question import BY_BSN, Question
from sandbox.brp_residence import addressing, residence
from sandbox.brp_search import matches
from sandbox.residents import Partner, Register, Relative, Resident

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
    "indicatieCurateleRegister": ("110000", "113300", "113310"),
    "verblijfplaats.type": ("080000", "081000", "081100", "081200", "081300"),
    "verblijfplaats.datumVan": ("080000", "081000", "081030", "081300", "081320"),
    "verblijfplaats.functieAdres": ("080000", "081000", "081010"),
    "verblijfplaats.adresseerbaarObjectIdentificatie": ("080000", "081100", "081180"),
    "verblijfplaats.nummeraanduidingIdentificatie": ("080000", "081100", "081190"),
}
"""Per field: the investigations (rubriek 83.10) of the category, the group and the datum itself."""
_SINCE = {
    "burgerservicenummer": "datumIngangOnderzoekPersoon",
    "indicatieCurateleRegister": "datumIngangOnderzoekGezag",
    "gemeenteVanInschrijving": "datumIngangOnderzoekGemeente",
}
_CATEGORIES = {
    "01": ("Persoon", ("aNummer", "burgerservicenummer", "naam", "geboorte", "geslacht", "leeftijd")),
    "06": ("Overlijden", ("overlijden",)),
    "08": (
        "Verblijfplaats",
        (
            "gemeenteVanInschrijving",
            "verblijfplaats",
            "verblijfplaatsBinnenland",
            "immigratie",
            "adressering",
        ),
    ),
}

_IN_THE_ROOT = ("burgerservicenummer", "gemeenteVanInschrijving", "indicatieCurateleRegister")
_BONDS = {"H": "huwelijk", "P": "geregistreerd partnerschap", ".": "onbekend"}


def answer(register: Register, question: Question) -> Json:
    """The body of the answer; nobody found gives an empty list, each person is delivered once."""
    people = [_person(resident, question, register) for resident in _found(register, question)]
    return {"type": question.kind, "personen": people}


def _found(register: Register, question: Question) -> Iterable[Resident]:
    candidates = (
        register.all()
        if question.kind != BY_BSN
        else [one for bsn in dict.fromkeys(question.bsns) if (one := register.find(bsn)) is not None]
    )
    for resident in candidates:
        if resident.suspension in _NEVER_DELIVERED:
            continue
        if question.municipality_code not in (None, resident.municipality_code):
            continue
        if question.kind == BY_BSN or matches(resident, question.criteria):
            yield resident


def _person(resident: Resident, question: Question, register: Register) -> Json:
    person: Json = {}
    if question.wants("burgerservicenummer"):
        person["burgerservicenummer"] = resident.bsn
    if (found := sex(resident)) is not None and question.wants("geslacht"):
        person["geslacht"] = found
    if (age := _age(resident)) is not None and question.wants("leeftijd"):
        person["leeftijd"] = age
    if name := _asked(names(resident, whole=True), question, "naam"):
        person["naam"] = name | _doubts(
            resident, question, "naam", ("voornamen", "voorvoegsel", "geslachtsnaam")
        )
    if resident.birth is not None and question.wants("geboorte.datum"):
        doubts = _doubts(resident, question, "geboorte", ("datum",))
        person["geboorte"] = {"datum": full_date(resident.birth)} | doubts
    if (lines := addressing(resident, question)) is not None:
        person["adressering"] = lines
    if not question.limited:
        person |= _more(resident, question, register)
    return person | _always(resident, question)


def _more(resident: Resident, question: Question, register: Register) -> Json:
    """What only somebody who knows the number may ask."""
    person: Json = {}
    if resident.died_on is not None and question.wants("overlijden.datum"):
        doubts = _doubts(resident, question, "overlijden", ("datum",))
        person["overlijden"] = {"datum": full_date(resident.died_on)} | doubts
    if resident.municipality_code is not None and question.wants("gemeenteVanInschrijving"):
        name = register.municipality_name(resident.municipality_code)
        person["gemeenteVanInschrijving"] = {"code": resident.municipality_code} | (
            {} if name is None else {"omschrijving": name}
        )
    if (place := residence(resident, question, partial(_doubt, resident))) is not None:
        person["verblijfplaats"] = place
    if resident.guardianship and question.wants("indicatieCurateleRegister"):
        person["indicatieCurateleRegister"] = True
    if resident.partner is not None and (partner := _partner(resident.partner, question, register)):
        person["partners"] = [partner]
    children = [_relative(child, question, "kinderen", register) for child in resident.children]
    if any(children):
        person["kinderen"] = [child for child in children if child]
    return person


def _partner(partner: Partner, question: Question, register: Register) -> Json:
    delivered = _relative(partner, question, "partners", register)
    if question.wants("partners.soortVerbintenis"):
        delivered["soortVerbintenis"] = {"code": partner.kind, "omschrijving": _BONDS[partner.kind]}
    for name, moment in (
        ("aangaanHuwelijkPartnerschap", partner.since),
        ("ontbindingHuwelijkPartnerschap", partner.until),
    ):
        if moment is not None and question.wants(f"partners.{name}.datum"):
            delivered[name] = {"datum": full_date(moment)}
    return delivered


def _relative(relative: Relative, question: Question, group: str, register: Register) -> Json:
    """A partner or child: what their own list says of them, or else what stands with the resident."""
    own = None if relative.bsn is None else register.find(relative.bsn)
    person: Relative | Resident = relative if own is None or relative.surname else own
    delivered: Json = {}
    if relative.bsn is not None and question.wants(f"{group}.burgerservicenummer"):
        delivered["burgerservicenummer"] = relative.bsn
    if group == "partners" and (found := sex(person)) is not None and question.wants("partners.geslacht"):
        delivered["geslacht"] = found
    if name := _asked(names(person, whole=False), question, f"{group}.naam"):
        delivered["naam"] = name
    if person.birth is not None and question.wants(f"{group}.geboorte.datum"):
        delivered["geboorte"] = {"datum": full_date(person.birth)}
    return delivered


def _asked(parts: Json, question: Question, group: str) -> Json:
    return {name: value for name, value in parts.items() if question.wants(f"{group}.{name}")}


def _age(resident: Resident, today: Callable[[], date] = date.today) -> int | None:
    """Whole years today; None when somebody died or the day of birth is not known."""
    born = resident.birth
    if born is None or born.year is None or born.month is None or born.day is None or resident.died_on:
        return None
    day = today()
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _always(resident: Resident, question: Question) -> Json:
    """What the BRP delivers without being asked."""
    roots = ("burgerservicenummer",) if question.limited else _IN_THE_ROOT
    extra: Json = _doubts(resident, question, "", roots)
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


def _doubts(resident: Resident, question: Question, group: str, parts: tuple[str, ...]) -> Json:
    """``inOnderzoek`` of one group: only for data that were asked."""
    doubts: Json = {}
    for part in parts:
        path = f"{group}.{part}" if group else part
        if question.wants(path):
            doubts |= _doubt(resident, path)
    return {"inOnderzoek": doubts} if doubts else {}


def _doubt(resident: Resident, path: str) -> Json:
    for investigation in resident.investigations:
        if investigation.subject in _INVESTIGATED[path]:
            since = _SINCE.get(path, "datumIngangOnderzoek")
            return {path.rpartition(".")[2]: True, since: full_date(investigation.since)}
    return {}
