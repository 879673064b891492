"""The commands that a journey issues are those of its release: a change of order needs a new one."""

import json
from uuid import uuid4

from starter.dry_run.runner import InMemory, time_skipping_server
from tests.histories.life import commands, live
from tests.histories.record import KEYS, LIMIT, fingerprint_file
from tests.releases.version import PRESENT

TRIES = 3
"""A busy machine may cut one task in two and so move the moment of continue-as-new. Changed code differs
every time."""
ADVICE = f"""
The commands that journeys issue are not those of release {PRESENT} any more. A journey of that release that
is under way would not replay on this code: its task would fail until the old code is back.

If this change is meant, raise the version in pyproject.toml and record with
'python -m tests.histories.record' (and 'python -m tests.releases.record'). Journeys under way stay on the
version that they run on and move with 'meedoen upgrade'. Keep the files of earlier releases.

If release {PRESENT} was never shipped, recording anew is enough. If the change is not meant, undo it.
"""


async def test_the_life_of_a_journey_issues_the_commands_of_its_release() -> None:
    file = fingerprint_file(PRESENT)
    assert file.exists(), f"Release {PRESENT} has no fingerprint yet: 'python -m tests.histories.record'."
    recorded = json.loads(file.read_text(encoding="utf-8"))
    assert recorded["release"] == PRESENT
    played: list[str] = []
    async with time_skipping_server(KEYS, strict=True) as environment:
        for _ in range(TRIES):
            world, queue = InMemory(), f"levensloop-{uuid4().hex}"
            async with world.worker(environment, queue):
                played = commands(await live(environment, world, queue, limit=LIMIT))
            if played == recorded["commands"]:
                return
    first = next(
        (
            f"Command {number} was '{before}' and is '{now}'."
            for number, (before, now) in enumerate(zip(recorded["commands"], played, strict=False), start=1)
            if before != now
        ),
        f"There were {len(recorded['commands'])} commands and now {len(played)}.",
    )
    raise AssertionError(first + ADVICE)
