"""Which kind of school a level of DUO belongs to.

Only what DUO's own abbreviations say beyond doubt (VO-PRO, MBO-4, HBO-BA and the like, as they stand in
CdNiveauOpleidingDuo). CdOnderwijsvorm is no help: no list of its values is public. A level that is not in this
table stays "onbekend", and a person reads it.
"""

import re

UNKNOWN = "onbekend"

_KINDS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile("VO-PRO|PRO"), "pro"),
    (re.compile("VSO(-.*)?"), "vso"),
    (re.compile("VO-(VMBO|HAVO|VWO)([- ].*)?|VMBO([- ].*)?|HAVO|VWO"), "vo"),
    (re.compile("MBO([- ]?[1-4])?"), "mbo"),
    (re.compile("(HBO|WO)(-(AD|BA|MA|PM))?"), "hbo_wo"),
)


def school_of(level: str) -> str:
    """A value of the fact ``school``: vo, vso, pro, mbo, hbo_wo or onbekend."""
    written = level.strip().upper()
    return next((kind for pattern, kind in _KINDS if pattern.fullmatch(written)), UNKNOWN)
