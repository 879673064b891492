"""Runs checks side by side, each within its time, and lets none stop another."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from domain.base import Explained
from starter.doctor.result import APPLICATION, NETWORK, SUPPLIER, Result, Told, Verdict, Who, skipped, wrong

SECONDS = 15.0
_USABLE = (Verdict.RIGHT, Verdict.NOTE)


class Check(NamedTuple):
    """One thing to look at."""

    name: str
    """``group.part``; unique."""
    label: str
    """In Dutch, for people."""
    look: Callable[[], Awaitable[Told]]
    """May raise: a sentence (`Explained`) counts as wrong, and so does any other error."""
    needs: tuple[str, ...] = ()
    """Checks that must end well first."""
    who: Who = APPLICATION
    """Who mends what is raised as a sentence."""
    seconds: float = SECONDS

    @property
    def group(self) -> str:
        return self.name.partition(".")[0]


def selected(checks: Sequence[Check], groups: Iterable[str]) -> list[Check]:
    """The checks of these groups with those that they need; no groups: all of them."""
    by_name = {check.name: check for check in checks}
    wanted = [check.name for check in checks if check.group in groups] or list(by_name)
    found: set[str] = set()
    while wanted:
        name = wanted.pop()
        if name not in found:
            found.add(name)
            wanted += by_name[name].needs
    return [check for check in checks if check.name in found]


async def examine(checks: Sequence[Check], told: Callable[[Result], None]) -> list[Result]:
    """Run all checks at once, those that need others after them.

    Args:
        checks: with everything that they need among them.
        told: hears of each result as it comes.

    Returns:
        The results in the order of the checks.
    """
    running: dict[str, asyncio.Task[Result]] = {}

    async def run(check: Check) -> Result:
        found = await _after(check, running)
        result = Result(check=check.name, label=check.label, **found._asdict())
        told(result)
        return result

    # Nobody runs before all are known: a task starts only when this function waits.
    running.update({check.name: asyncio.ensure_future(run(check)) for check in checks})
    return list(await asyncio.gather(*running.values()))


async def _after(check: Check, running: Mapping[str, asyncio.Task[Result]]) -> Told:
    for name in check.needs:
        before = await running[name]
        if before.verdict not in _USABLE:
            return skipped(f"Dit is niet bekeken: eerst moet '{before.label}' goed zijn.")
    try:
        async with asyncio.timeout(check.seconds):
            return await check.look()
    except TimeoutError:
        return wrong(f"Er kwam binnen {check.seconds:g} seconden geen antwoord.", NETWORK)
    except Explained as error:
        return wrong(str(error), check.who)
    except Exception as error:
        # The text of a foreign error may hold anything.
        return wrong(
            f"De controle zelf liep vast ({type(error).__name__}). Meld dit aan de leverancier van Meedoen.",
            SUPPLIER,
        )
