"""Commands about journeys: start, import, list, show, act."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from domain.base import Explained
from domain.problems import meant
from starter.commands.households import print_around
from starter.commands.output import EVENTS, Json, check_stage, counting, print_json, print_table, say

if TYPE_CHECKING:
    from activities.worklist import TimelineLine, Worklist

By = Annotated[
    str,
    typer.Option(
        "--by", envvar="MEEDOEN_BY", help="Wie dit vastlegt: uw code uit de medewerkerslijst, of een rol."
    ),
]
Municipality = Annotated[str, typer.Option(help="Welke gemeente.")]
_AS_USUAL = "toegang"


class WrongInput(Explained):
    """What was typed cannot be used."""


def _start(
    bsn: Annotated[
        str, typer.Option(help="Burgerservicenummer. Laat het weg om het onzichtbaar in te typen.")
    ] = "",
    kenmerk: Annotated[
        str, typer.Option(help="Eigen kenmerk, voor wie geen burgerservicenummer heeft.")
    ] = "",
    gemeente: Municipality = "deventer",
    melding: Annotated[str, typer.Option(help="Dag van de melding; standaard vandaag.")] = "",
    kanaal: Annotated[str, typer.Option(help="Hoe de inwoner zich meldde.")] = "balie",
    huishouden: Annotated[
        str,
        typer.Option(
            help="Alleenstaand, alleenstaande_ouder, paar, paar_partner_onder_27, paar_partner_27_plus of onbekend."
        ),
    ] = "onbekend",
    toegang: Annotated[
        str,
        typer.Option(
            help="Code van het team waar de inwoner zich meldt; standaard de toegang van de gemeente."
        ),
    ] = "",
    partner_bsn: Annotated[
        str, typer.Option(help="Burgerservicenummer van de partner, als de inwoner zegt samen te leven.")
    ] = "",
    partner_kenmerk: Annotated[
        str, typer.Option(help="Kenmerk van een partner zonder burgerservicenummer.")
    ] = "",
    by: By = "",
    as_json: Json = False,
) -> None:
    """De klantroute van één inwoner starten, met de melding."""
    import asyncio

    from domain.identity import checked_bsn, checked_reference
    from starter.commands.policy import read_date

    if not bsn and not kenmerk:
        bsn = typer.prompt("Burgerservicenummer", hide_input=True, err=True)
    # Refused before anything is opened: what is wrong with the input does not depend on a server.
    if bsn:
        checked_bsn(bsn)
    else:
        checked_reference(kenmerk)
    if partner_bsn:
        checked_bsn(partner_bsn)
    elif partner_kenmerk:
        checked_reference(partner_kenmerk)
    day = read_date(melding, "--melding") if melding else None
    partner = (partner_bsn, partner_kenmerk)
    asyncio.run(_started(bsn, kenmerk, gemeente, day, kanaal, huishouden, by, as_json, toegang, partner))


async def _started(
    bsn: str,
    kenmerk: str,
    gemeente: str,
    melding: Any,
    kanaal: str,
    huishouden: str,
    by: str,
    as_json: bool,
    toegang: str,
    partner: tuple[str, str],
) -> None:
    from domain.facts import HOUSEHOLDS
    from runtime.policies import load_policy
    from runtime.settings import load_settings
    from starter.office import open_office
    from starter.people import actor

    settings = load_settings()
    load_policy(gemeente, settings.policies_dir)
    if huishouden not in HOUSEHOLDS:
        raise WrongInput(f"--huishouden is geweigerd. Kies uit: {', '.join(HOUSEHOLDS)}.")
    async with open_office(settings) as office:
        started = await office.journeys.start(
            gemeente=gemeente,
            by=await actor(office.directory, gemeente, by, default=_AS_USUAL),
            bsn=bsn,
            reference=kenmerk,
            melding=melding,
            channel=kanaal,
            household=huishouden,
            front=toegang,
            partner_bsn=partner[0],
            partner_reference=partner[1],
        )
        shown = not started.seq or await office.worklist.wait_for(started.journey_id, seq=started.seq)
    if as_json:
        print_json({"journey": started.journey_id, "outcome": started.outcome})
    elif started.outcome == "gestart":
        print(f"{started.journey_id} is gestart. Bekijk haar met: meedoen show {_short(started.journey_id)}")
        if not shown:
            say("De lijsten lopen even achter; de melding is wel vastgelegd.")
    else:
        print(f"Voor deze inwoner loopt al {started.journey_id}; er is niets nieuws gestart.")


def _short(journey_id: str) -> str:
    from activities.worklist import short_name

    return short_name(journey_id)


def _import(
    file: Annotated[
        Path | None,
        typer.Argument(help="CSV met per rij een inwoner; minstens de kolom bsn of kenmerk."),
    ] = None,
    gemeente: Municipality = "deventer",
    melding: Annotated[str, typer.Option(help="Dag van de melding voor rijen zonder eigen datum.")] = "",
    stock: Annotated[
        bool, typer.Option("--stock", help="Zittend bestand: inwoners die al een uitkering hebben.")
    ] = False,
    spread_from: Annotated[
        str, typer.Option(help="Bij --stock: eerste dag van de periode voor de eerste herbeoordelingen.")
    ] = "",
    spread_until: Annotated[str, typer.Option(help="Bij --stock: laatste dag van die periode.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Bij --stock: alleen laten zien wat er zou gebeuren.")
    ] = False,
    template: Annotated[
        bool, typer.Option("--template", help="Bij --stock: een leeg bestand met voorbeelden tonen.")
    ] = False,
    report: Annotated[Path | None, typer.Option(help="Verslag per rij ook als CSV hier bewaren.")] = None,
    strict: Annotated[bool, typer.Option(help="Eindig met code 1 als er een rij geweigerd is.")] = False,
    by: By = "",
    as_json: Json = False,
) -> None:
    """Veel inwoners tegelijk starten: meldingen, of met --stock het zittend bestand. Start niets dubbel."""
    import asyncio

    from starter.commands.policy import read_date
    from starter.commands.stock import import_stock, print_template
    from starter.importing import read_rows

    if not stock and (spread_from or spread_until or dry_run or template):
        raise WrongInput("--spread-from, --spread-until, --dry-run en --template horen bij --stock.")
    if stock and melding:
        raise WrongInput("--melding hoort niet bij --stock: wie al een uitkering heeft, meldt zich niet.")
    if template:
        print_template()
        return
    if file is None:
        raise WrongInput("Welk bestand? Geef het pad van een CSV, zoals 'meedoen import meldingen.csv'.")
    if stock:
        import_stock(
            file,
            gemeente=gemeente,
            spread_from=spread_from,
            spread_until=spread_until,
            report=report,
            strict=strict,
            dry_run=dry_run,
            by=by,
            as_json=as_json,
        )
        return
    day = read_date(melding, "--melding") if melding else None
    rows, unused = read_rows(file)
    refused = asyncio.run(_imported(rows, unused, gemeente, day, report, by, as_json))
    if refused and strict:
        raise typer.Exit(1)


async def _imported(
    rows: list[Any],
    unused: list[str],
    gemeente: str,
    melding: Any,
    report_file: Path | None,
    by: str,
    as_json: bool,
) -> int:
    from runtime.policies import load_policy
    from runtime.settings import load_settings
    from starter.importing import Report, run_import
    from starter.office import open_office
    from starter.people import actor

    settings = load_settings()
    load_policy(gemeente, settings.policies_dir)
    async with open_office(settings) as office:
        who = await actor(office.directory, gemeente, by, default=_AS_USUAL)
        with counting("Import", len(rows)) as advance:
            reports = await run_import(
                office.journeys,
                rows,
                gemeente=gemeente,
                by=who,
                melding=melding,
                done=lambda _: advance(),
            )
        started = [row for row in reports if row.outcome == "gestart"]
        for row in started:
            await office.worklist.wait_for(row.journey, seq=1, timeout=10)
    whole = Report(reports, unused)
    if report_file is not None:
        write_report(report_file, whole)
    counts = whole.counts()
    if as_json:
        print_json(
            {
                "counts": counts,
                "unused_columns": unused,
                "rows": [
                    {"row": r.row, "outcome": r.outcome, "journey": r.journey or None, "reason": r.reason}
                    for r in reports
                ],
            }
        )
        return counts["geweigerd"]
    if unused:
        say(f"{len(unused)} {'kolom wordt' if len(unused) == 1 else 'kolommen worden'} niet gebruikt.")
    print(
        f"{counts['rijen']} rijen: {counts['gestart']} gestart, {counts['loopt_al']} liepen al, "
        f"{counts['geweigerd']} geweigerd."
    )
    for row in reports:
        if row.outcome == "geweigerd":
            print(f"  rij {row.row}: {row.reason}")
    if report_file is not None:
        print(f"Het verslag per rij staat in {report_file}.")
    return counts["geweigerd"]


def write_report(file: Path, report: Any) -> None:
    """Keep the report of an import as CSV; when that fails the import itself is done all the same."""
    import csv

    try:
        with file.open("w", encoding="utf-8", newline="") as target:
            writer = csv.writer(target)
            writer.writerow(["rij", "uitkomst", "klantroute", "reden"])
            writer.writerows([row.row, row.outcome, row.journey, row.reason] for row in report.rows)
    except OSError as error:
        say(f"Het verslag is niet bewaard in {file} ({error.strerror}). De import zelf is klaar.")


def _list(
    gemeente: Annotated[str, typer.Option(help="Alleen deze gemeente.")] = "",
    fase: Annotated[str, typer.Option(help="Alleen deze fase.")] = "",
    team: Annotated[str, typer.Option(help="Alleen van dit team.")] = "",
    person: Annotated[str, typer.Option(help="Alleen van deze medewerker (code).")] = "",
    escalatie: Annotated[int, typer.Option(help="Alleen vanaf deze trede.", min=0)] = 0,
    taken: Annotated[
        bool, typer.Option("--taken", help="Open taken tonen in plaats van klantroutes.")
    ] = False,
    gesloten: Annotated[bool, typer.Option("--gesloten", help="Gesloten klantroutes tonen.")] = False,
    limit: Annotated[int, typer.Option(help="Hoeveel hoogstens.", min=1, max=10000)] = 100,
    as_json: Json = False,
) -> None:
    """De werklijst: wat het meest dringt staat bovenaan."""
    import asyncio

    asyncio.run(_listed(gemeente, fase, team, person, escalatie, taken, gesloten, limit, as_json))


async def _listed(
    gemeente: str,
    fase: str,
    team: str,
    person: str,
    escalatie: int,
    taken: bool,
    gesloten: bool,
    limit: int,
    as_json: bool,
) -> None:
    from activities.worklist import Worklist
    from domain.calendars import civil_date
    from runtime.database import open_pool
    from runtime.demo_clock import clock_of
    from runtime.keys import KeyRing
    from runtime.settings import load_settings

    check_stage(fase)
    settings = load_settings()
    async with open_pool(settings) as pool:
        worklist = Worklist(pool, KeyRing.load(settings.key_file))
        on = civil_date(clock_of(settings).now(datetime.now(UTC)))
        if taken:
            tasks = await worklist.tasks(
                gemeente or None, team or None, person=person or None, limit=limit, on=on
            )
            if not tasks:
                await _is_somebody(worklist, team, person)
            if as_json:
                print_json([task.model_dump(mode="json") for task in tasks])
                return
            print_table(
                ["klantroute", "taak", "uiterlijk", "rol", "vraag"],
                [(_short(t.journey_id), t.id, t.due, t.role, t.text) for t in tasks],
                empty="Er staan geen taken open.",
            )
            return
        rows = await worklist.journeys(
            gemeente or None,
            fase or None,
            team or None,
            person or None,
            min_escalation=escalatie,
            status="gesloten" if gesloten else "open",
            limit=limit,
            on=on,
        )
        if not rows:
            await _is_somebody(worklist, team, person)
    if as_json:
        print_json([row.model_dump(mode="json") for row in rows])
        return
    print_table(
        ["klantroute", "fase", "eigenaar", "volgende termijn", "uiterlijk", "trede", "taken", "nu"],
        [
            (
                _short(row.journey_id),
                row.stage,
                _owner(row),
                row.next_term,
                row.next_due,
                row.escalation or "",
                row.open_tasks or "",
                row.next_step,
            )
            for row in rows
        ],
        empty="Geen klantroute past hierbij. Laat een keuze weg, of start er een met 'meedoen start'.",
    )
    if len(rows) == limit:
        say(f"Dit zijn de eerste {limit}; met --limit ziet u er meer.")


async def _is_somebody(worklist: "Worklist", team: str, person: str) -> None:
    """An empty list says nothing when the name was mistyped.

    Raises:
        WrongInput: nothing was ever of this team or person.
    """
    teams, people = await worklist.owners()
    for said, what, known in ((team, "team", teams), (person, "medewerker", people)):
        if said and said not in known:
            raise WrongInput(
                f"Van {what} {said!r} is hier niets, ook niet gesloten. {meant(said, known)} Laat de keuze weg om "
                "alles te zien."
            )


def _owner(row: Any) -> str:
    """Who acts: the owner, and who stands in when the owner is away."""
    owner = str(row.person or row.team)
    return f"{owner} (waargenomen door {row.acting})" if row.acting else owner


def _show(
    journey: Annotated[str, typer.Argument(help="Cliëntnummer (17), deventer-17 of de hele klantroute.")],
    all_lines: Annotated[
        bool, typer.Option("--alles", help="De hele tijdlijn, en van elke termijn waarom die datum.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Eén klantroute: waar zij staat, wat er loopt, wat er op iemand wacht en wat er gebeurd is."""
    import asyncio

    asyncio.run(_shown(journey, all_lines, as_json))


async def _shown(asked: str, all_lines: bool, as_json: bool) -> None:
    from activities.household_views import household_views
    from activities.worklist import Worklist
    from domain.calendars import AMSTERDAM, civil_date
    from domain.calendars import say as spoken
    from domain.routes import FILES
    from runtime.database import open_pool
    from runtime.demo_clock import clock_of
    from runtime.keys import KeyRing
    from runtime.settings import load_settings

    settings = load_settings()
    async with open_pool(settings) as pool:
        keys = KeyRing.load(settings.key_file)
        worklist = Worklist(pool, keys)
        on = civil_date(clock_of(settings).now(datetime.now(UTC)))
        view = await worklist.journey(await worklist.find(asked), on)
        around = view and await household_views(pool, keys).around(view.journey.journey_id)
    if view is None:
        raise WrongInput(f"Er is geen klantroute {asked!r}. Kijk met 'meedoen list' welke er zijn.")
    if as_json:
        more = {"household": around.model_dump(mode="json")} if around else {}
        print_json(view.model_dump(mode="json") | more)
        return
    row = view.journey
    if row.status == "aangemeld":
        print(f"{row.journey_id}: aangemeld, maar nog niet gestart. Draai de start of import nog een keer.")
        return
    print(f"{row.journey_id}  -  {FILES[row.route].label}")
    print(
        f"Fase {row.stage}, eigenaar {_owner(row)}{f', regisseur {row.regisseur}' if row.regisseur else ''}"
    )
    print(f"Nu: {row.next_step}")
    if row.escalation:
        print(f"Let op: escalatie op trede {row.escalation}.")
    print()
    print("Termijnen")
    running = [term for term in view.terms if term.ended_on is None]
    # The term of a task is told with the task.
    told = [term for term in running if all_lines or term.term != "taak"]
    for term in told:
        word = "vanaf" if term.opens_at else "uiterlijk"
        status = "" if term.status == "loopt" else f" [{term.status}]"
        print(f"  {term.id}: {term.description}, {word} {spoken(term.legal_end)}{status}")
        for step in term.why if all_lines else ():
            print(f"      {step}")
    if not told:
        print("  Er loopt geen termijn." if not running else "  Alleen die van de taken hieronder.")
    waiting = [task for task in view.tasks if task.done_on is None]
    if waiting:
        print()
        print("Open taken")
        for task in waiting:
            due = f" (uiterlijk {spoken(task.due)})" if task.due else ""
            print(f"  {task.id}{due}, voor {task.role}: {task.text}")
    if around:
        print_around(around)
    print()
    print("Tijdlijn")
    lines = [line for line in view.timeline if line.event != "message_sent" or all_lines]
    shown = lines if all_lines else lines[-15:]
    if len(lines) > len(shown):
        print(f"  ... {len(lines) - len(shown)} eerdere regels; met --alles ziet u ze.")
    for line in shown:
        who = f" [{line.by}]" if line.by else ""
        key = f"  kenmerk {line.act_id}" if line.event == "act_accepted" else ""
        late = f" ({line.late_seconds // 86400} dag(en) later verwerkt)" if line.late_seconds >= 86400 else ""
        print(
            f"  {line.at.astimezone(AMSTERDAM):%d-%m-%Y %H:%M}  {EVENTS.get(line.event, line.event)}: "
            f"{_what(line)}{who}{key}{late}"
        )
    print()
    print(
        f"Vastleggen: meedoen act {_short(row.journey_id)} HANDELING --by CODE. Wat in deze fase kan: "
        f"meedoen acts {row.route} --fase {row.stage}."
    )
    if not all_lines:
        print("Waarom deze datums, en de hele tijdlijn: met --alles.")


_SET_IN_MOTION = (
    "route_chosen",
    "term_started",
    "term_met",
    "term_cancelled",
    "term_breached",
    "task_opened",
    "journey_closed",
)
"""What a person wants to hear of an act at once."""


def _what(line: "TimelineLine") -> str:
    due = f", uiterlijk {line.due:%d-%m-%Y}" if line.due and line.event == "term_started" else ""
    return (", ".join(part for part in (line.term_id, line.text) if part) or line.stage or "") + due


def _act(
    journey: Annotated[str, typer.Argument(help="Cliëntnummer (17), deventer-17 of de hele klantroute.")],
    name: Annotated[
        str, typer.Argument(help="De handeling, bijvoorbeeld gesprek_gevoerd; zie 'meedoen acts'.")
    ],
    by: By = "",
    effective: Annotated[str, typer.Option(help="Vanaf welke dag het geldt; standaard vandaag.")] = "",
    values: Annotated[
        list[str] | None, typer.Option("--set", help="Een veld van de handeling: --set akkoord=true.")
    ] = None,
    data: Annotated[str, typer.Option(help="Alle velden als JSON-object; - leest van de invoer.")] = "",
    note: Annotated[str, typer.Option(help="Vrije tekst; wordt apart en versleuteld bewaard.")] = "",
    act_id: Annotated[str, typer.Option("--id", help="Eigen kenmerk; hetzelfde kenmerk telt één keer.")] = "",
    version: Annotated[int | None, typer.Option(help="Versie van het scherm waarop u keek.")] = None,
    as_json: Json = False,
) -> None:
    """Vastleggen wat iemand deed of besloot."""
    import asyncio

    from starter.commands.policy import read_date

    day = read_date(effective, "--effective") if effective else None
    fields = _fields(values or [], data)
    asyncio.run(_acted(journey, name, by, day, fields, note, act_id, version, as_json))


def _fields(values: list[str], data: str) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if data:
        text = sys.stdin.read() if data == "-" else data
        try:
            fields = json.loads(text)
        except json.JSONDecodeError as error:
            raise WrongInput(
                f"--data is geen geldige JSON (regel {error.lineno}, teken {error.colno}). Schrijf bijvoorbeeld "
                "'{\"akkoord\": true}'."
            ) from None
        if not isinstance(fields, dict):
            raise WrongInput("--data moet een JSON-object zijn, zoals '{\"akkoord\": true}'.")
    for value in values:
        key, equals, said = value.partition("=")
        if not equals or not key:
            raise WrongInput(f"--set {value!r} is geweigerd. Schrijf veld=waarde, zoals --set akkoord=true.")
        try:
            fields[key] = json.loads(said)
        except json.JSONDecodeError:
            fields[key] = said
        if not isinstance(fields[key], bool | list | dict) and fields[key] is not None:
            # 0012 or 2026 typed for a text field is text; numbers are read from text by the model.
            fields[key] = said
    return fields


async def _acted(
    journey: str,
    name: str,
    by: str,
    effective: Any,
    fields: dict[str, Any],
    note: str,
    act_id: str,
    version: int | None,
    as_json: bool,
) -> None:
    from domain.routes import FILES, act_of_any_route
    from starter.office import open_office
    from starter.people import actor

    async with open_office() as office:
        journey_id = await office.worklist.find(journey)
        view = await office.worklist.journey(journey_id)
        assert view is not None
        route = FILES[view.journey.route]
        # What only a household records follows from a journey by itself.
        spec = route.find(name) or act_of_any_route(name, households=True) or route.act(name)
        answer = await office.journeys.act(
            journey_id,
            name,
            by=await actor(office.directory, view.journey.gemeente, by, may=spec.roles),
            effective=effective,
            data=fields,
            act_id=act_id,
            expected_version=version,
            note=note,
        )
        # What belongs to the household was recorded there.
        where = answer.journey_id
        shown = await office.worklist.wait_for(where, seq=answer.seq)
        after = await office.worklist.journey(where) if shown else None
    if as_json:
        print_json(answer)
        return
    print(f"{answer.text} Fase: {answer.stage}.")
    if where != journey_id:
        print(f"Vastgelegd in {where}: één gezin, één plan, één regisseur. Alle klantroutes daarin volgen.")
    for line in after.timeline if after else ():
        if line.seq == answer.seq and line.event in _SET_IN_MOTION:
            print(f"  {EVENTS[line.event]}: {_what(line)}")
    if not shown:
        say("De lijsten lopen even achter; uw handeling is wel vastgelegd.")


def _transfer(
    journey: Annotated[str, typer.Argument(help="Cliëntnummer (17), deventer-17 of de hele klantroute.")],
    to: Annotated[str, typer.Option("--to", help="De gemeente die de klantroute overneemt.")],
    kenmerk: Annotated[
        str, typer.Option(help="Kenmerk in de nieuwe gemeente, voor wie geen burgerservicenummer heeft.")
    ] = "",
    by: By = "",
    as_json: Json = False,
) -> None:
    """Een klantroute overdragen aan een andere gemeente op dit platform. Nog een keer draaien doet niets dubbel."""
    import asyncio

    asyncio.run(_transferred(journey, to, kenmerk, by, as_json))


async def _transferred(asked: str, to: str, reference: str, by: str, as_json: bool) -> None:
    from domain.routes import ROUTES
    from runtime.policies import load_policy
    from runtime.settings import load_settings
    from starter.office import open_office
    from starter.people import actor

    settings = load_settings()
    load_policy(to, settings.policies_dir)
    async with open_office(settings) as office:
        journey_id = await office.worklist.find(asked)
        state = await office.journal.state(journey_id)
        if state is None:
            raise WrongInput(
                f"Van {journey_id} is de stand niet bekend. Kijk met 'meedoen list' welke er zijn."
            )
        bsn = "" if reference else await office.clients.bsn(state.gemeente, state.client_number) or ""
        if not bsn and not reference:
            raise WrongInput(
                "Van deze inwoner is geen burgerservicenummer bekend. Geef met --kenmerk het kenmerk waaronder "
                f"{to} de inwoner kent."
            )
        spec = ROUTES[state.route].act("overgedragen")
        who = await actor(office.directory, state.gemeente, by, may=spec.roles)
        done = await office.journeys.hand_over(state, to, by=who, bsn=bsn, reference=reference)
        shown = not done.seq or await office.worklist.wait_for(journey_id, seq=done.seq)
    if as_json:
        print_json({"journey": done.journey_id, "outcome": done.outcome})
    elif done.outcome == "overgedragen":
        print(f"{journey_id} is overgedragen en gaat verder als {done.journey_id}.")
    else:
        print(f"{journey_id} was al overgedragen en gaat verder als {done.journey_id}.")
    if not shown:
        say("De lijsten lopen even achter; de overdracht is wel vastgelegd.")


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("start")(_start)
    app.command("import")(_import)
    app.command("list")(_list)
    app.command("show")(_show)
    app.command("act")(_act)
    app.command("transfer")(_transfer)
