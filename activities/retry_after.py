"""How long a registry asks us to wait (``Retry-After``, RFC 9110)."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

MAX_RETRY_AFTER = timedelta(days=1)


def retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """Read ``Retry-After``: seconds or a date. At most a day; None when absent or unreadable.

    Args:
        headers: of the answer; names in small letters are found.
    """
    value = headers.get("retry-after", "").strip()
    if re.fullmatch("[0-9]{1,9}", value):
        wait = timedelta(seconds=int(value))
    else:
        moment = _http_date(value)
        if moment is None:
            return None
        # Against the clock of the sender, so that a clock that differs from ours makes no odds; never
        # against the clock of a journey, which may run faster than real time.
        sent = _http_date(headers.get("date", ""))
        wait = moment - (sent or datetime.now(UTC))
    return min(max(wait, timedelta()), MAX_RETRY_AFTER)


def _http_date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
