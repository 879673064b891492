"""The official test persons as the specification delivers them: written apart from the sandbox, to check both.

Reads the CSV of RvIG by the numbers of the Logisch Ontwerp: a row with a name in the first cell begins a person,
the rows under it hold history and further partners and children; ``05.H`` says of which kind the next row is.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

Json = dict[str, Any]
_MONTHS = [
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
]
_REASONS = {"O", "E", "M", "R", "."}


class OfficialBrp:
    """Answers questions by number about the official test persons."""

    def __init__(self, path: Path) -> None:
        with path.open(encoding="utf-8-sig", newline="") as file:
            heading, *rows = csv.reader(file, delimiter=";")
        columns = {name: index for index, name in reversed(list(enumerate(heading)))}
        self.people: dict[str, list[dict[str, str]]] = {}
        for row in rows:
            cells = {name: row[index].strip() for name, index in columns.items() if index < len(row)}
            if row[0]:
                current: list[dict[str, str]] = []
                # A number that occurs twice belongs to the first; a person without one cannot be asked about.
                self.people.setdefault(cells["01.01.20"] or f"geen-{len(self.people)}", current)
            current.append(cells)
        self.people = {bsn: rows for bsn, rows in self.people.items() if re.fullmatch("[0-9]{9}", bsn)}

    def answer(self, question: Json) -> Json:
        """The body of the answer to a RaadpleegMetBurgerservicenummer."""
        found = (self.people.get(bsn) for bsn in question["burgerservicenummer"])
        people = [
            _person(rows, question["fields"])
            for rows in found
            if rows and rows[0]["07.67.20"] not in ("W", "F")
        ]
        return {"type": question["type"], "personen": people}


def _person(rows: Sequence[dict[str, str]], fields: Sequence[str]) -> Json:
    now = rows[0]
    asked = frozenset(field.replace("Binnenland", "") for field in fields)
    person: Json = {}
    doubts: Json = {}
    if "burgerservicenummer" in asked:
        person["burgerservicenummer"] = now["01.01.20"]
    if now["01.03.10"] and "geboorte.datum" in asked:
        person["geboorte"] = {"datum": _date(now["01.03.10"])} | _doubt(now, "01", {"datum": "0310"})
    if now["06.08.10"] and "overlijden.datum" in asked:
        person["overlijden"] = {"datum": _date(now["06.08.10"])} | _doubt(now, "06", {"datum": "0810"})
    if now["08.09.10"] and "gemeenteVanInschrijving" in asked:
        person["gemeenteVanInschrijving"] = {"code": now["08.09.10"]}
        doubts |= _doubt(now, "08", {"gemeenteVanInschrijving": "0910"}).get("inOnderzoek", {})
    if now["11.33.10"] == "1" and "indicatieCurateleRegister" in asked:
        person["indicatieCurateleRegister"] = True
    abroad_too = not any("Binnenland" in field for field in fields)
    if (place := _place(now, asked)) and (abroad_too or place["type"] in ("Adres", "Locatie")):
        person["verblijfplaats"] = place
    if "partners.burgerservicenummer" in asked and (partners := list(_partners(rows))):
        person["partners"] = partners
    if "kinderen.burgerservicenummer" in asked and (children := list(_children(rows))):
        person["kinderen"] = children
    if now["07.70.10"] in tuple("1234567"):
        person["geheimhoudingPersoonsgegevens"] = True
    if now["07.67.20"]:
        person["opschortingBijhouding"] = {
            "reden": {"code": now["07.67.20"] if now["07.67.20"] in _REASONS else "."},
            "datum": _date(now["07.67.10"]),
        }
    if doubts:
        person["inOnderzoek"] = doubts
    return person


def _place(now: dict[str, str], asked: frozenset[str]) -> Json:
    if not any(field.startswith("verblijfplaats.") for field in asked):
        return {}
    if any(now[f"08.11.{number}"] for number in ("10", "15", "20", "30", "40", "50", "60", "70", "80", "90")):
        place: Json = {"type": "Adres"}
        # One that lost its leading zero is not delivered.
        if re.fullmatch("(?!0{16})[0-9]{16}", now["08.11.80"]):
            place["adresseerbaarObjectIdentificatie"] = now["08.11.80"]
    elif now["08.12.10"]:
        place = {"type": "Locatie"}
    elif now["08.13.10"]:
        return {"type": "VerblijfplaatsOnbekend" if now["08.13.10"] == "0000" else "VerblijfplaatsBuitenland"}
    else:
        return {}
    if now["08.10.10"]:
        place["functieAdres"] = {"code": now["08.10.10"]}
    place |= _doubt(
        now,
        "08",
        {"type": "1100", "adresseerbaarObjectIdentificatie": "1180", "functieAdres": "1010"},
        also="089999",
    )
    if now["08.83.10"] == "089999" and not now["08.83.30"]:
        place["indicatieVastgesteldVerblijftNietOpAdres"] = True
    return place


def _partners(rows: Sequence[dict[str, str]]) -> Iterator[Json]:
    entries = [row for row in _current(rows, "05") if _is_somebody(row, "05") or row["05.07.10"]]
    running = [row for row in entries if not row["05.07.10"]]
    ended = sorted((row for row in entries if row["05.07.10"]), key=lambda row: row["05.07.10"])
    for row in running or ended[-1:]:
        partner: Json = {}
        if row["05.01.20"]:
            partner["burgerservicenummer"] = row["05.01.20"]
        if row["05.07.10"]:
            partner["ontbindingHuwelijkPartnerschap"] = {"datum": _date(row["05.07.10"])} | _doubt(
                row, "05", {"datum": "0710"}
            )
        yield partner | _doubt(row, "05", {"burgerservicenummer": "0120"})


def _children(rows: Sequence[dict[str, str]]) -> Iterator[Json]:
    for row in _current(rows, "09"):
        if _is_somebody(row, "09"):
            child: Json = {"burgerservicenummer": row["09.01.20"]} if row["09.01.20"] else {}
            yield child | _doubt(row, "09", {"burgerservicenummer": "0120"})


def _current(rows: Sequence[dict[str, str]], category: str) -> Iterator[dict[str, str]]:
    history = False
    for row in rows:
        if not history:
            yield row
        follows = row.get(f"{category}.H", "")
        if not follows:
            return
        history = follows.startswith("5")


def _is_somebody(row: dict[str, str], category: str) -> bool:
    return any(row[f"{category}.{number}"] for number in ("01.20", "02.10", "02.40", "03.10"))


def _doubt(row: dict[str, str], category: str, names: dict[str, str], also: str = "") -> Json:
    subject = row[f"{category}.83.10"]
    if not subject or row[f"{category}.83.30"]:
        return {}
    doubted: Json = {
        name: True
        for name, element in names.items()
        if subject in (f"{category}0000", f"{category}{element[:2]}00", f"{category}{element}", also)
    }
    return (
        {"inOnderzoek": doubted | {"datumIngangOnderzoek": _date(row[f"{category}.83.20"])}}
        if doubted
        else {}
    )


def _date(text: str) -> Json:
    # Some dates of the file stop after the year.
    whole = text.ljust(8, "0")
    year, month, day = int(whole[:4]), int(whole[4:6]), int(whole[6:])
    if not year:
        return {"type": "DatumOnbekend", "onbekend": True, "langFormaat": "onbekend"}
    if not 1 <= month <= 12:
        return {"type": "JaarDatum", "jaar": year, "langFormaat": str(year)}
    name = _MONTHS[month - 1]
    if not day:
        return {"type": "JaarMaandDatum", "jaar": year, "maand": month, "langFormaat": f"{name} {year}"}
    return {
        "type": "Datum",
        "datum": f"{year:04}-{month:02}-{day:02}",
        "langFormaat": f"{day} {name} {year}",
    }
