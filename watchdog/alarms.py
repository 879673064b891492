"""Who is told what, and when: once per cause, and once when it is over.

What was told stands on the disk of this machine, not in PostgreSQL: that may be what is down.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from pydantic import AwareDatetime, TypeAdapter, ValidationError

from activities.mail_server import Attempt, MailServer, compose
from domain.base import Carried
from domain.calendars import AMSTERDAM
from runtime.private_file import write_private
from runtime.settings import Settings
from watchdog.trouble import Looked, Trouble

ROUNDS = 2
"""So often in a row a cause must be seen before it is told, and be gone before it is over: a worker that is
started again is no alarm."""

_log = structlog.get_logger(__name__)


class Standing(Carried):
    """A cause that was seen."""

    check: str
    trouble: Trouble
    since: AwareDatetime
    rounds: int = 1
    """How often it was seen in a row, counted up to `ROUNDS`."""
    absent: int = 0
    """How often in a row it was not seen since."""
    until: AwareDatetime | None = None
    """From when it was not seen."""
    logged: bool = False
    told: bool = False
    """Somebody got the mail that it began."""

    @property
    def is_alarm(self) -> bool:
        return self.rounds >= ROUNDS

    @property
    def is_over(self) -> bool:
        return self.absent >= ROUNDS


def followed(standing: Mapping[str, Standing], looked: Looked) -> dict[str, Standing]:
    """What stands after one more round. A check that did not come to a judgement changes nothing.

    Args:
        standing: cause to what was known of it.
        looked: the round.
    """
    found = {trouble.cause: (check, trouble) for check, trouble in looked.troubles}
    after: dict[str, Standing] = {}
    for cause, known in standing.items():
        if cause in found:
            continue
        if known.check not in looked.judged:
            after[cause] = known
        elif known.is_alarm:
            after[cause] = known.model_copy(
                update={"absent": min(known.absent + 1, ROUNDS), "until": known.until or looked.at}
            )
    for cause, (check, trouble) in found.items():
        old = standing.get(cause)
        # One that came back before people heard that it was over never was.
        after[cause] = (
            Standing(check=check, trouble=trouble, since=looked.at)
            if old is None
            else old.model_copy(
                update={
                    "trouble": trouble,
                    "rounds": min(old.rounds + 1, ROUNDS),
                    "absent": 0,
                    "until": None,
                }
            )
        )
    return after


class Alarms:
    """Tells people by mail, and everybody else by the log.

    Args:
        settings: the receivers, the mail server, and the folder in which it remembers what was told.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._file = folder_of(settings) / "alarmen.json"
        self._standing = self._read()

    @property
    def standing(self) -> Mapping[str, Standing]:
        """Cause to what is known of it; those that are over too, until that was told."""
        return self._standing

    async def follow(self, looked: Looked) -> None:
        """Take in one round and tell what is to be told. What cannot be sent is tried again next time."""
        self._standing = followed(self._standing, looked)
        self._log()
        # Before anything is sent: the instant at which it began is part of the Message-ID.
        self._write()
        if await self._tell():
            self._write()

    def _log(self) -> None:
        for cause, known in self._standing.items():
            if known.is_alarm and not known.logged:
                _log.critical(
                    f"alarm: {known.trouble.sentence}",
                    oorzaak=cause,
                    klantroutes=[example.journey_id for example in known.trouble.examples],
                )
                self._standing[cause] = known.model_copy(update={"logged": True})

    async def _tell(self) -> bool:
        """Whether something changed."""
        changed = False
        reachable = True
        async with MailServer(self._settings) as server:
            for cause, known in list(self._standing.items()):
                if not known.is_alarm or ((known.told or known.absent) and not known.is_over):
                    continue
                if self._settings.alarm_addresses:
                    attempt = await self._send(server, cause, known) if reachable else None
                    if attempt is None or not attempt.taken:
                        reachable = reachable and attempt is not None and not attempt.of_server
                        continue
                elif not known.is_over:
                    continue
                changed = True
                if known.is_over:
                    _log.warning("alarm voorbij", oorzaak=cause, duurde=_lasted(known))
                    del self._standing[cause]
                else:
                    self._standing[cause] = known.model_copy(update={"told": True})
        return changed

    async def _send(self, server: MailServer, cause: str, known: Standing) -> Attempt:
        to = self._settings.alarm_addresses
        message = compose(
            self._settings.mail_from,
            to,
            subject=_subject(cause, known),
            body=letter(known),
            written=known.until or known.since,
            message_id=_message_id(cause, known, self._settings.mail_domain),
        )
        attempt = await server.send(message, to)
        if attempt.error:
            # The error may name an address of a person.
            _log.error("een alarmbericht is niet bij iedereen aangekomen", oorzaak=cause, code=attempt.code)
        return attempt

    def _read(self) -> dict[str, Standing]:
        try:
            return _STANDING.validate_json(self._file.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValidationError) as error:
            # Telling something twice is better than telling nothing.
            _log.error("wat al gemeld is, is niet te lezen; de bewaking begint opnieuw", exc_info=error)
            return {}

    def _write(self) -> None:
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_private(self._file, _STANDING.dump_json(self._standing, indent=1).decode())
        except OSError as error:
            # The disk may be what is full: people must hear that all the same.
            _log.error("wat al gemeld is, kan niet worden bewaard", exc_info=error)


def folder_of(settings: Settings) -> Path:
    """Where the watchdog keeps its files."""
    return (settings.watchdog_folder or settings.key_file.parent / "bewaking").absolute()


def letter(known: Standing) -> str:
    """The mail about a cause: what, since when, who can mend it."""
    trouble = known.trouble
    lines = [trouble.sentence, ""]
    if known.is_over:
        lines = [
            f"Voorbij. Het duurde {_lasted(known)}, van {_local(known.since)} tot {_local(known.until)}.",
            "",
            "Dit was er aan de hand:",
            trouble.sentence,
        ]
        if not known.told:
            lines += ["", "Het bericht dat dit begon, kon toen niet weg."]
    else:
        lines += [trouble.remedy, "", f"Gezien sinds {_local(known.since)}."]
        if trouble.examples:
            lines += ["", "Bijvoorbeeld:", *(f"- {example}" for example in trouble.examples)]
        lines += ["", "U krijgt één bericht per oorzaak, en nog één als het voorbij is."]
        lines += ["Hoe het nu staat: meedoen watch. Wat elk alarm betekent: docs/watchdog.md."]
    return "\n".join([*lines, "", "Meedoen, bewaking", ""])


def _subject(cause: str, known: Standing) -> str:
    # No numbers in it, so that the beginning and the end stand together in a mailbox.
    return f"[Meedoen] {'voorbij' if known.is_over else 'alarm'}: {cause}"


def _message_id(cause: str, known: Standing, mail_domain: str) -> str:
    which = "einde" if known.is_over else "begin"
    digest = hashlib.sha256(f"{cause}\x00{known.since.isoformat()}\x00{which}".encode()).hexdigest()
    return f"<alarm-{digest[:40]}@{mail_domain}>"


def _lasted(known: Standing) -> str:
    span = (known.until or datetime.now(UTC)) - known.since
    if span < timedelta(minutes=2):
        return f"{max(int(span.total_seconds()), 1)} seconden"
    minutes = int(span.total_seconds() // 60)
    if minutes < 120:
        return f"{minutes} minuten"
    return f"{minutes // 60} uur en {minutes % 60} minuten"


def _local(instant: datetime | None) -> str:
    return f"{instant.astimezone(AMSTERDAM):%d-%m-%Y %H:%M:%S}" if instant else ""


_STANDING = TypeAdapter(dict[str, Standing])
