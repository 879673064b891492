"""The command that a mail server hands its bounces to."""

import sys

import typer

from starter.commands.output import say

TRY_LATER = 75
"""EX_TEMPFAIL of sysexits.h: the mail server keeps the mail and offers it again."""


def _bounce() -> None:
    """Lees één teruggekomen mail van standaardinvoer en leg vast welk bericht niet aankwam.

    Bedoeld voor een mailserver die mail aan de afzender van Meedoen doorgeeft aan een programma. Ook voor mail
    die geen teruggekomen bericht is, eindigt dit goed: een fout zou de mailserver weer laten terugsturen.
    """
    import asyncio

    from activities.bounce_mail import LARGEST_BYTES

    content = sys.stdin.buffer.read(LARGEST_BYTES)
    while sys.stdin.buffer.read(65536):
        pass  # a mail server whose pipe breaks takes that for a failure
    raise typer.Exit(asyncio.run(_take(content)))


async def _take(content: bytes) -> int:
    import asyncpg

    from activities.bounces import Bounces
    from runtime.database import DatabaseUnreachable, open_pool
    from runtime.settings import load_settings

    settings = load_settings()
    try:
        async with open_pool(settings, largest=1) as pool:
            taken = await Bounces(pool, settings.mail_domain).take(content)
    except (
        DatabaseUnreachable,
        OSError,
        TimeoutError,
        asyncpg.PostgresError,
        asyncpg.InterfaceError,
    ) as error:
        why = str(error) if isinstance(error, DatabaseUnreachable) else f"({type(error).__name__})"
        say(f"Deze mail kan nu niet worden vastgelegd; bied hem later opnieuw aan. {why}")
        return TRY_LATER
    print(taken.sentence)
    return 0


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("bounce")(_bounce)
