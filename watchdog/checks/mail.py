"""Whether the mail server takes anything: without it nobody is told anything."""

from collections.abc import Sequence

from activities.mail_server import MailServer
from watchdog.sources import Check, Sources
from watchdog.trouble import Trouble

CAUSE = "mailserver"


async def _look(sources: Sources) -> Sequence[Trouble]:
    async with MailServer(sources.settings) as server:
        said = await server.trouble()
    if said is None:
        return ()
    return (
        Trouble(
            cause=CAUSE,
            sentence=said,
            remedy=(
                "Beheer: herstel de mailserver of de instellingen. Berichten blijven bewaard en gaan daarna "
                "vanzelf weg; dit bericht ook."
            ),
        ),
    )


MAIL = Check("mailserver", _look, causes=(CAUSE,))
