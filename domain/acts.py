"""What each act says: one model per act, in the words of the work.

Every model is strict and closed: a field that does not belong is refused by name. Free text does not
belong here; it stands in PostgreSQL and an act refers to it.
"""

from datetime import date
from typing import Literal

from pydantic import Field, JsonValue

from domain.base import Frozen

Reason = Field(min_length=3, max_length=200, description="Waarom, in een korte zin zonder persoonsgegevens")


class Nothing(Frozen):
    """An act that says it all by its name."""


class Melding(Frozen):
    kanaal: Literal["balie", "telefoon", "website", "brief", "partner", "import"] = "balie"


class GesprekGepland(Frozen):
    datum: date = Field(description="Dag van het gesprek")
    op_verzoek: bool = Field(default=False, description="De inwoner vroeg zelf om een latere dag")


class NietVerschenen(Frozen):
    bericht: bool = Field(default=False, description="De inwoner liet vooraf iets weten")


class AanvullingGevraagd(Frozen):
    uiterlijk: date = Field(description="Laatste dag om aan te vullen")
    stukken: tuple[str, ...] = Field(min_length=1, description="Codes van de gevraagde stukken")


class AanvullingOntvangen(Frozen):
    compleet: bool = True


class Besluit(Frozen):
    uitkomst: Literal["toegekend", "afgewezen", "buiten_behandeling"]
    reden: str = Field(default="", max_length=200)


class Ingebrekestelling(Frozen):
    termijn: str = Field(default="besluit_aanvraag", description="Welke termijn verstreken zou zijn")


class Bezwaar(Frozen):
    tegen: str = Field(default="besluit_aanvraag", description="Waartegen het bezwaar is")


class Verhuizing(Frozen):
    gemeentecode: str = Field(default="", pattern=r"^(\d{4})?$", description="Code van de nieuwe gemeente")


class Signaal(Frozen):
    van: str = Field(min_length=2, max_length=60, description="Welke organisatie of wie het meldt")
    soort: str = Field(default="overig", max_length=60)


class BerichtNietAangekomen(Frozen):
    """Never an address or a name: the outbox knows those."""

    bericht: str = Field(min_length=1, max_length=300, description="Kenmerk van het bericht")
    sjabloon: str = Field(default="", max_length=60)
    rol: str = Field(min_length=1, max_length=60, description="Voor wie het was")
    team: str = Field(default="", max_length=60)
    termijn: str = Field(default="", max_length=120, description="Kenmerk van de termijn")
    taak: str = Field(default="", max_length=200, description="Kenmerk van de taak")
    reden: Literal["geweigerd", "opgegeven", "teruggekomen"]


class TermijnVerlengd(Frozen):
    termijn: str
    tot: date = Field(description="Nieuwe laatste dag")
    reden: str = Reason


class PlanVastgesteld(Frozen):
    akkoord: bool = Field(description="De inwoner is het eens met het plan")
    akkoord_op: date | None = None
    doelen: tuple[Literal["opgroeien", "onderwijs", "zorg", "werk"], ...] = ()
    reden: str = Field(default="", max_length=200, description="Nodig als de inwoner niet akkoord is")


MnaVorm = Literal[
    "vrijwilligerswerk",
    "werkervaringsplaats",
    "participatieplaats",
    "additioneel_werk",
    "stadswerkplaats",
    "maatschappelijke_activiteit",
]


class MnaGestart(Frozen):
    vorm: MnaVorm
    plek: str = Field(min_length=2, max_length=80, description="Bij wie: KonnecteD, Cambio, buurthuis")


class MnaGestopt(Frozen):
    reden: str = Reason


class CheckIn(Frozen):
    aanwezig: bool = True
    vervolg: str = Field(default="door", max_length=60)


class Trede(Frozen):
    trede: int = Field(ge=1, le=6, description="Trede op de participatieladder")


class Uitstroom(Frozen):
    bestemming: Literal["werk_regulier", "werk_garantiebaan", "beschut_werk", "onderwijs", "dagbesteding"]


class Beeindiging(Frozen):
    exit: Literal["verhuizing", "overlijden", "vrijwillig", "geen_recht", "pensioen"]
    reden: str = Reason


class Afsluiting(Frozen):
    reden: str = Field(default="", max_length=200)


class EigenaarToegewezen(Frozen):
    spoor: Literal["traject", "inkomen", "regie"] = "traject"
    team: str = Field(min_length=2, max_length=60)
    persoon: str = Field(default="", max_length=60, description="Code van de medewerker")


class TeamBetrokken(Frozen):
    team: str = Field(min_length=2, max_length=60)


class RegisseurAangewezen(Frozen):
    team: str = Field(min_length=2, max_length=60)
    persoon: str = Field(min_length=1, max_length=60, description="Code van de medewerker")


class TaakAfgerond(Frozen):
    taak: str
    uitkomst: str = Reason


class Gecorrigeerd(Frozen):
    handeling: str = Field(description="Kenmerk van de handeling die fout staat")
    ingang: date | None = Field(default=None, description="De juiste ingangsdatum")
    gegevens: dict[str, JsonValue] | None = Field(default=None, description="De juiste gegevens")
    reden: str = Reason


class Ingetrokken(Frozen):
    handeling: str = Field(description="Kenmerk van de handeling")
    reden: str = Reason


class Breuk(Frozen):
    termijn: str = Field(description="Kenmerk van de termijn, bijvoorbeeld eerste_gesprek-1")
    reden: str = Reason
