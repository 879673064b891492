"""How the BRP writes dates."""

from domain.findings import PartialDate

Json = dict[str, object]

_MONTHS = (
    "januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober",
    "november", "december",
)  # fmt: skip


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
