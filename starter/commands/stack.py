"""The command that runs the local stack."""

from pathlib import Path
from typing import Annotated

import typer


def _dev(
    speed: Annotated[
        float, typer.Option(help="Hoeveel dagen er per seconde voorbijgaan; 0 is de gewone tijd.")
    ] = 1.0,
    residents: Annotated[
        bool,
        typer.Option("--residents/--no-residents", help="Fictieve inwoners en medewerkers laten meedoen."),
    ] = True,
    port_offset: Annotated[
        int | None, typer.Option(help="Alle poorten zoveel opschuiven (ook MEEDOEN_PORT_OFFSET).")
    ] = None,
    testset: Annotated[
        Path | None,
        typer.Option(help="CSV met de officiële testpersonen van de BRP, voor de proefregistratie."),
    ] = None,
) -> None:
    """De hele omgeving op deze computer: Temporal, PostgreSQL, proefregistraties en een worker."""
    import asyncio

    from starter.demo import demo_options
    from starter.stack.run import run_stack

    options = demo_options(
        days_per_second=speed, residents=residents, port_offset=port_offset, testset=testset
    )
    raise typer.Exit(asyncio.run(run_stack(options)))


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("dev")(_dev)
