"""The mail server: whether it greets us and lets us in. Nothing is sent."""

from typing import NamedTuple

import aiosmtplib

from runtime.certificates import tls_problem
from runtime.settings import Settings
from starter.doctor.examine import Check
from starter.doctor.result import APPLICATION, NETWORK, Told, Who, right, wrong

_STEP_SECONDS = 10.0


def mail_checks(settings: Settings) -> list[Check]:
    """The check of the mail server."""
    return [Check("mail.server", "Mailserver", lambda: _mail(settings), seconds=4 * _STEP_SECONDS)]


class _Step(NamedTuple):
    """What it means when one step of the conversation fails."""

    fails: str
    remedy: str
    who: Who


_GREET = _Step(
    "antwoordt niet als mailserver",
    "Controleer MEEDOEN_SMTP_HOST en _PORT, en of het netwerk de verbinding doorlaat.",
    NETWORK,
)
_ENCRYPT = _Step(
    "kan of wil niet met ons versleutelen (STARTTLS)",
    "Laat de mailserver en zijn certificaat nakijken, of zet MEEDOEN_SMTP_STARTTLS op false.",
    NETWORK,
)
_LOG_IN = _Step(
    "weigert onze aanmelding",
    "Controleer MEEDOEN_SMTP_USERNAME en _PASSWORD, en of hij pas na STARTTLS laat aanmelden.",
    APPLICATION,
)


async def _mail(settings: Settings) -> Told:
    where = f"{settings.smtp_host}:{settings.smtp_port}"
    # Encryption not at once: then every failure would look like the first.
    client = aiosmtplib.SMTP(
        hostname=settings.smtp_host, port=settings.smtp_port, start_tls=False, timeout=_STEP_SECONDS
    )
    step = _GREET
    try:
        await client.connect()
        await client.ehlo()
        if settings.smtp_starttls:
            step = _ENCRYPT
            await client.starttls()
        if settings.smtp_username:
            step = _LOG_IN
            await client.login(settings.smtp_username, settings.smtp_password.get_secret_value())
        step = _GREET
        await client.quit()
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
        problem = tls_problem(error)
        why = f": {problem}" if problem else ""
        return wrong(f"Wat er op {where} luistert, {step.fails}{why}. {step.remedy}", step.who)
    finally:
        client.close()
    how = " en versleutelt" if settings.smtp_starttls else ""
    admitted = " en laat ons binnen" if settings.smtp_username else ""
    return right(f"De mailserver op {where} antwoordt{how}{admitted}. Er is niets verstuurd.")
