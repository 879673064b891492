"""The post of a worker: messages go out, and what does not arrive is told."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from activities.bounces import Bounces, BounceServer
from activities.journal import Journal
from activities.outbox import OutboxSender
from activities.undelivered import Report, UndeliveredReporter
from runtime.keys import KeyRing
from runtime.settings import Settings


@asynccontextmanager
async def post(
    pool: asyncpg.Pool, settings: Settings, keys: KeyRing, report: Report
) -> AsyncIterator[OutboxSender]:
    """Send, listen for mail that comes back, and report, for as long as the context lasts.

    Args:
        pool: the database.
        keys: opens the journal of a journey that has left Temporal.
        settings: mail server and, when there is one, the port for bounces.
        report: how a journey is told.

    Raises:
        BounceError: the port for bounces cannot be had.
    """
    async with (
        BounceServer(Bounces(pool, settings.mail_domain), settings),
        UndeliveredReporter(pool, report, Journal(pool, keys, settings.mail_domain).state),
        OutboxSender(pool, settings) as outbox,
    ):
        yield outbox
