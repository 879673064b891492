"""How tests call the BRP."""

from datetime import UTC, datetime
from typing import Any

from activities.registries import Call

FIELDS = [
    "geboorte.datum",
    "gemeenteVanInschrijving",
    "indicatieCurateleRegister",
    "kinderen.burgerservicenummer",
    "overlijden.datum",
    "partners.burgerservicenummer",
    "partners.ontbindingHuwelijkPartnerschap.datum",
    "verblijfplaats.adresseerbaarObjectIdentificatie",
    "verblijfplaats.functieAdres",
]
"""All that is asked of one person."""
MOMENT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def call(**changes: Any) -> Call:
    """A call that can be made, with one or more parts changed."""
    usual: dict[str, Any] = {
        "question_id": "vraag-1",
        "question": "brp_persoon",
        "purpose": "Participatie klantroute",
        "now": lambda: MOMENT,
    }
    return Call(**(usual | changes))
