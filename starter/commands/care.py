"""Commands that check and mend what is kept: verify, rebuild, reconcile, identify."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from starter.commands.output import Json, counting, print_json, say

if TYPE_CHECKING:
    from starter.reconcile import Reconciler

WRONG = 1
"""Exit code when something is not as it should be."""


def _verify(
    journey: Annotated[
        str, typer.Argument(help="Eén klantroute of cliëntnummer; standaard het journaal van allemaal.")
    ] = "",
    anchors: Annotated[
        Path | None,
        typer.Option(
            help="Bestand met ankers, buiten de database bewaard: eerst wordt ermee vergeleken, daarna "
            "wordt het bijgewerkt."
        ),
    ] = None,
    renew: Annotated[
        bool,
        typer.Option(
            "--renew-anchors",
            help="Na een terugzetten: de verschillen met de oude ankers tonen, die ernaast bewaren en nieuwe nemen.",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Controleren of het journaal nog is zoals het geschreven werd."""
    import asyncio

    faults = asyncio.run(_verified(journey, anchors, renew, as_json))
    if faults:
        raise typer.Exit(WRONG)


async def _verified(journey: str, anchor_file: Path | None, renew: bool, as_json: bool) -> list[str]:
    from datetime import UTC, datetime

    from starter.anchors import keep_beside, read_anchors, write_anchors
    from starter.office import open_records

    earlier = read_anchors(anchor_file) if anchor_file else None
    async with open_records() as records:
        heads = await records.journal.heads()
        journeys = [await records.worklist.find(journey)] if journey else sorted(heads)
        faults = []
        with counting("Controle", len(journeys)) as advance:
            for journey_id in journeys:
                faults += await records.journal.verify(journey_id)
                advance()
        whole = not faults
        if earlier is not None:
            faults += await _against(records, earlier)
        if anchor_file is not None and renew and faults and whole:
            say(f"De oude ankers zijn bewaard in {keep_beside(anchor_file)}; er zijn nieuwe genomen.")
        if anchor_file is not None and whole and (renew or not faults):
            write_anchors(anchor_file, datetime.now(UTC), heads)
    entries = sum(heads[journey_id].seq for journey_id in journeys if journey_id in heads)
    if as_json:
        print_json({"journeys": len(journeys), "entries": entries, "faults": faults})
        return faults
    for fault in faults:
        print(fault)
    if faults:
        say(
            f"{len(faults)} {'fout' if len(faults) == 1 else 'fouten'} gevonden. Verander niets en laat beheer "
            "uitzoeken wie of wat buiten het programma om in de database schreef. Is er sinds de ankers een "
            "reservekopie teruggezet, dan horen regels van die tijd anders te zijn: neem nieuwe met --renew-anchors."
        )
    else:
        print(f"Het journaal is heel: {entries} regels van {len(journeys)} klantroutes.")
        if anchor_file is not None:
            print(f"De ankers staan in {anchor_file}. Bewaar dat bestand buiten deze machine.")
    return faults


async def _against(records: Any, earlier: Any) -> list[str]:
    from activities.journal import Head

    faults = []
    for journey_id, (seq, digest) in earlier.journals.items():
        if not await records.journal.stands(journey_id, Head(seq, bytes.fromhex(digest))):
            faults.append(
                f"{journey_id}, regel {seq}: stond er op {earlier.at:%d-%m-%Y %H:%M} UTC nog, en is nu weg of "
                "anders."
            )
    return faults


def _rebuild(as_json: Json = False) -> None:
    """De lijsten (werkvoorraad, termijnen, taken) opnieuw maken uit het journaal; het werk gaat door."""
    import asyncio

    asyncio.run(_rebuilt(as_json))


async def _rebuilt(as_json: bool) -> None:
    from activities.kept_policies import KeptPolicies
    from activities.rebuild import Rebuilder
    from runtime.policies import load_policy
    from starter.office import open_records

    async with open_records() as records:
        folder = records.settings.policies_dir
        rebuilder = Rebuilder(
            records.pool,
            records.journal,
            KeptPolicies(records.pool),
            lambda name: load_policy(name, folder),
        )
        with counting("Lijsten", None) as advance:
            done = await rebuilder.run(lambda at, of: advance(at, of))
    if as_json:
        print_json(done)
        return
    print(
        f"De lijsten zijn opnieuw gemaakt: {done.journeys} klantroutes uit {done.entries} regels van het "
        f"journaal, in {done.seconds:.1f} seconden. Het werk wachtte daarvoor {done.swap_seconds:.2f} seconden."
    )
    if done.differed:
        print(
            f"{done.differed} klantroutes stonden anders in de lijsten dan in het journaal; dat is hersteld."
        )
    if done.taken_over:
        print(
            f"{done.taken_over} klantroutes zijn overgenomen zoals ze stonden: hun gegevens zijn gewist, of hun "
            "journaal is van vóór versie 0.2.0."
        )
    if done.other_policy:
        print(
            f"Van {done.other_policy} klantroutes is het beleid van toen niet bewaard; de uitleg bij hun "
            "termijnen volgt het beleid van nu."
        )


def _reconcile(
    repair: Annotated[bool, typer.Option("--repair", help="Herstel wat hersteld kan worden.")] = False,
    patience: Annotated[
        float, typer.Option(help="Zoveel seconden mag een verschil een kwestie van achterlopen zijn.")
    ] = 5.0,
    as_json: Json = False,
) -> None:
    """Temporal en het journaal naast elkaar leggen, klantroute voor klantroute."""
    import asyncio

    if asyncio.run(_reconciled(repair, patience, as_json)):
        raise typer.Exit(WRONG)


async def _reconciled(repair: bool, patience: float, as_json: bool) -> bool:
    from datetime import timedelta

    from starter.office import open_office

    async with open_office() as office:
        reconciler: Reconciler = office.reconciler(timedelta(seconds=patience))
        with counting("Klantroutes", None) as advance:
            report = await reconciler.run(repair=repair, progress=lambda at, of: advance(at, of))
    if as_json:
        print_json(
            {
                "journeys": report.journeys,
                "found": [vars(difference) for difference in report.found],
                "mended": report.mended,
                "lost": report.lost,
                "left": [vars(difference) for difference in report.left],
            }
        )
        return bool(report.left)
    if not report.found:
        print(f"Temporal en het journaal zijn het eens over {report.journeys} klantroutes.")
        _print_lost(report.lost)
        return False
    if not repair:
        for difference in report.found:
            print(difference.sentence)
        say(
            f"{len(report.found)} van {report.journeys} klantroutes verschillen. Herstel met: meedoen reconcile "
            "--repair"
        )
        return True
    for sentence in report.mended:
        print(sentence)
    _print_lost(report.lost)
    if report.left:
        print("\nNiet hersteld:")
        for difference in report.left:
            print(f"  {difference.sentence}")
    print(
        f"\n{report.journeys} klantroutes bekeken: {len(report.found)} verschilden, "
        f"{len(report.found) - len(report.left)} hersteld, {len(report.left)} niet."
    )
    return bool(report.left)


def _print_lost(sentences: list[str]) -> None:
    if sentences:
        print("\nVoorgoed verloren, nu of bij een eerdere storing:")
        for sentence in sentences:
            print(f"  {sentence}")


def _identify(
    client: Annotated[str, typer.Argument(help="De cliënt, zoals deventer-17.")],
    bsn: Annotated[
        str, typer.Option(help="Burgerservicenummer. Laat het weg om het onzichtbaar in te typen.")
    ] = "",
    kenmerk: Annotated[
        str, typer.Option(help="Eigen kenmerk, voor wie geen burgerservicenummer heeft.")
    ] = "",
) -> None:
    """Vastleggen wie een cliënt is van wie dat bij een storing verloren ging."""
    import asyncio

    from domain.identity import checked_bsn, checked_reference

    if not bsn and not kenmerk:
        bsn = typer.prompt("Burgerservicenummer", hide_input=True, err=True)
    number = checked_bsn(bsn) if bsn else None
    identity = f"bsn:{number}" if number else f"kenmerk:{checked_reference(kenmerk)}"
    asyncio.run(_identified(client, identity, number))


async def _identified(client: str, identity: str, bsn: str | None) -> None:
    from domain.journey import read_journey_id
    from starter.office import open_records

    async with open_records() as records:
        found = read_journey_id(await records.worklist.find(client))
        assert found is not None
        gemeente, number, _ = found
        await records.clients.identify(gemeente, number, identity=identity, bsn=bsn)
    print(f"Cliënt {gemeente}-{number} is weer bekend.")


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("verify")(_verify)
    app.command("rebuild")(_rebuild)
    app.command("reconcile")(_reconcile)
    app.command("identify")(_identify)
