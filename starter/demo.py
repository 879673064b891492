"""The demo: fictional residents report and fictional staff work on them, one day per second.

They use what people use: the import, the acts, the worklist. Nobody is perfect, so terms are missed.
"""

import asyncio
import contextlib
import random
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import httpx2

from activities.worklist import JourneyRow
from domain.base import Explained
from domain.calendars import AMSTERDAM
from domain.happenings import Actor
from domain.households import HOUSEHOLD
from domain.journey import Stage
from runtime.demo_clock import ClockAnchor, clock_of
from runtime.keys import KeyRing
from runtime.settings import Settings
from runtime.temporal import connect
from starter.importing import Row, run_import
from starter.journeys import Journeys
from starter.office import Office, open_office
from starter.stack.options import ONE_DAY_PER_SECOND, StackOptions
from workflows.messages import CLOCK_SIGNAL, IS_FILE

FIRST_DAY = datetime(2026, 1, 5, 8, 0, tzinfo=AMSTERDAM)
"""A Monday at the start of what the table of equated days covers."""
AT_THE_START = 10
DAYS_BETWEEN_ARRIVALS = 6
_TICK = 1.0
_TRIES = 20


def demo_options(
    *, days_per_second: float, residents: bool, port_offset: int | None, testset: Path | None
) -> StackOptions:
    """The stack as ``meedoen dev`` runs it.

    Args:
        days_per_second: how fast journeys live; 0: as fast as real life.
        residents: whether fictional residents and staff take part.
        port_offset: see ``StackOptions``.
        testset: file with official test persons.
    """
    return StackOptions(
        speed=days_per_second * ONE_DAY_PER_SECOND if days_per_second else 1.0,
        first_instant=FIRST_DAY.astimezone(UTC) if days_per_second else None,
        port_offset=port_offset,
        testset=testset,
        on_clock_resumed=tell_journeys_the_time,
        after_ready=live if residents else furnish,
    )


async def tell_journeys_the_time(anchor: ClockAnchor) -> None:
    """Set the clock of every running journey: while the stack stood still, so did their time."""
    from runtime.settings import Settings

    settings = Settings()
    with contextlib.suppress(FileNotFoundError):
        client = await connect(settings, KeyRing.load(settings.key_file))
        clock = clock_of(settings)
        async for found in client.list_workflows(f"{IS_FILE} AND ExecutionStatus = 'Running'"):
            handle = client.get_workflow_handle(found.id)
            await handle.signal(CLOCK_SIGNAL, clock)


async def furnish(settings: Settings) -> None:
    """Put the fictional staff in their places, once."""
    async with open_office(settings) as office:
        if not await office.directory.people("deventer"):
            staff = files("sandbox") / "medewerkers.toml"
            await office.directory.load(staff.read_text(encoding="utf-8"), "sandbox/medewerkers.toml")


async def live(settings: Settings) -> None:
    """Residents arrive and staff work, until the stack stops."""
    await furnish(settings)
    async with open_office(settings) as office:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_arrive(settings, office))
            tasks.create_task(_work(settings, office))


async def _arrive(settings: Settings, office: Office) -> None:
    """A few residents at once, then one every few days."""
    address = settings.brp_base_url.split("/haalcentraal", 1)[0]
    async with httpx2.AsyncClient(trust_env=False) as http:
        answer = await http.get(f"{address}/sandbox/inwoners")
        residents = [person for person in answer.json() if person.get("eigen", True)]
    rows = [
        Row(number, bsn=person["burgerservicenummer"]) for number, person in enumerate(residents, start=1)
    ]
    by = Actor(code="toegang", role="toegang", team="toegang")
    known = {row.client_number for row in await office.worklist.journeys("deventer", status=None, limit=1000)}
    first, later = rows[:AT_THE_START], rows[AT_THE_START:40]
    await _reported(office, first, by)
    for row in later:
        if len(known) < AT_THE_START:
            await asyncio.sleep(DAYS_BETWEEN_ARRIVALS * _TICK)
        await _reported(office, [row], by)


async def _reported(office: Office, rows: list[Row], by: Actor) -> None:
    """Let residents report; whose start was cut off, because a server was down, reports again."""
    for _ in range(_TRIES):
        reports = await run_import(office.journeys, rows, gemeente="deventer", by=by)
        refused = {report.row for report in reports if report.outcome == "geweigerd"}
        rows = [row for row in rows if row.number in refused]
        if not rows:
            return
        await asyncio.sleep(5 * _TICK)


async def _work(settings: Settings, office: Office) -> None:
    """Once a day (a second) look at the worklist and do some of what it asks for."""
    while True:
        await asyncio.sleep(_TICK)
        clock = clock_of(settings)
        today = clock.now(datetime.now(UTC))
        try:
            rows = await office.worklist.journeys("deventer", limit=1000)
            for row in rows:
                await _look_at(office, row, today)
        except Explained:
            # The stack says what is down; the staff simply come back tomorrow.
            continue


async def _look_at(office: Office, row: JourneyRow, today: datetime) -> None:
    # Each journey gets its own luck for the day, the same one after a restart.
    luck = random.Random(f"{row.journey_id}/{today:%Y-%m-%d}")
    soon = row.next_due is not None and row.next_due - today.date() <= timedelta(days=3)

    def lucky(chance: float) -> bool:
        return luck.random() < chance

    async def did(name: str, role: str, **data: object) -> None:
        with contextlib.suppress(Explained):
            await office.journeys.act(row.journey_id, name, by=Actor(code=role, role=role), data=dict(data))

    match None if row.route == HOUSEHOLD else row.stage:
        case Stage.INTAKE:
            if lucky(0.15) and not await _applied(office, row):
                await did("aanvraag_ingediend", "toegang")
            # With every third resident nobody gets round to the talk before the teamleider hears of it.
            if lucky(0.16) and (row.client_number % 3 or row.escalation >= 2):
                await did("gesprek_gevoerd", "consulent")
        case Stage.PLAN:
            if lucky(0.04):
                await did("plan_vastgesteld", "consulent", akkoord=True, doelen=["werk"])
        case Stage.MNA | Stage.UITSTROOM:
            if row.stage == Stage.MNA and lucky(0.004):
                await did("bemiddeling_gestart", "werkconsulent")
            elif row.stage == Stage.UITSTROOM and lucky(0.02):
                goal = luck.choice(("werk_regulier", "werk_garantiebaan", "onderwijs"))
                await did("uitstroom_vastgesteld", "werkconsulent", bestemming=goal)
    if (lucky(0.08) or (soon and lucky(0.6))) and (view := await office.worklist.journey(row.journey_id)):
        done = set()
        for term in view.terms:
            if term.ended_on is not None or term.legal_end - today.date() > timedelta(days=7):
                continue
            name, role, chance = _ANSWERS.get(term.term, ("", "", 0.0))
            if name and name not in done and lucky(chance):
                done.add(name)
                await did(name, role, **_said(name, luck))
        for task in view.tasks:
            if task.done_on is None and lucky(0.5):
                await did("taak_afgerond", "consulent", taak=task.id, uitkomst="bekeken en geregeld")


_ANSWERS = {
    "voorschot": ("voorschot_betaald", "uitkeringsadministratie", 0.7),
    "besluit_aanvraag": ("besluit_bekendgemaakt", "kwaliteitstoetser", 0.4),
    "klanttevredenheid": ("tevredenheid_gevraagd", "toegang", 0.7),
    "tevredenheid_halfjaar": ("tevredenheid_gevraagd", "toegang", 0.7),
    "trede_nulmeting": ("trede_gemeten", "consulent", 0.7),
    "trede_meting": ("trede_gemeten", "consulent", 0.7),
    "trede_eindmeting": ("trede_gemeten", "consulent", 0.7),
    "start_mna": ("mna_gestart", "werkconsulent", 0.3),
    "herplaatsing": ("mna_gestart", "werkconsulent", 0.3),
    "nieuwe_plek": ("mna_gestart", "werkconsulent", 0.3),
    "check_in": ("check_in_vastgelegd", "werkconsulent", 0.5),
    "nazorg_1": ("nazorg_gesprek_gevoerd", "werkconsulent", 0.5),
    "nazorg_3": ("nazorg_gesprek_gevoerd", "werkconsulent", 0.5),
    "nazorg_6": ("nazorg_gesprek_gevoerd", "werkconsulent", 0.5),
    "regisseur_voorstellen": ("regisseur_aangewezen", "consulent", 0.3),
    "aanvaarding": ("regisseur_aanvaard", "regisseur", 0.5),
    "afsluiting": ("klantroute_afgesloten", "werkconsulent", 0.3),
}
"""What the staff do about a term that is due soon: which act, in which role, and how likely on a day."""


def _said(name: str, luck: random.Random) -> dict[str, object]:
    match name:
        case "besluit_bekendgemaakt":
            return {"uitkomst": "toegekend"}
        case "trede_gemeten":
            return {"trede": luck.randint(1, 4)}
        case "regisseur_aangewezen":
            return {"team": "gezinscoaches", "persoon": "regisseur"}
        case "mna_gestart":
            places = ("KonnecteD", "Cambio", "Stadswerkplaats", "buurthuis")
            return {"vorm": "vrijwilligerswerk", "plek": luck.choice(places)}
        case _:
            return {}


async def _applied(office: Office, row: JourneyRow) -> bool:
    view = await office.worklist.journey(row.journey_id)
    return view is not None and any(term.term == "besluit_aanvraag" for term in view.terms)


__all__ = ["Journeys", "demo_options", "furnish", "live", "tell_journeys_the_time"]
