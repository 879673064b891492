"""What can differ between Temporal and the journal, and what came of it."""

from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What is wrong between Temporal and the journal of a journey."""

    JOURNAL_BEHIND = "journaal_loopt_achter"
    TEMPORAL_BEHIND = "temporal_loopt_achter"
    APART = "spreken_elkaar_tegen"
    NOT_RUNNING = "loopt_niet"
    UNKNOWN = "onbekend_in_postgresql"
    NUMBER_OF_ANOTHER = "nummer_van_een_ander"
    NEVER_STARTED = "nooit_gestart"
    SILENT = "antwoordt_niet"
    NOT_LOOKED_AT = "niet_bekeken"
    UNREADABLE = "journaal_onleesbaar"
    LISTS_BEHIND = "lijsten_lopen_achter"
    MEMBERSHIPS = "lidmaatschappen_wijken_af"


@dataclass(frozen=True)
class Difference:
    """One difference, as it was found."""

    journey_id: str
    kind: Kind
    sentence: str


@dataclass
class Report:
    """What was found and what came of it."""

    journeys: int = 0
    found: list[Difference] = field(default_factory=list)
    mended: list[str] = field(default_factory=list)
    """A sentence for each journey that was mended."""
    lost: list[str] = field(default_factory=list)
    """A sentence for everything that nobody holds any more."""
    left: list[Difference] = field(default_factory=list)
    """What still differs."""
