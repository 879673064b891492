"""How commands speak: sentences and tables for people, one JSON value for programs."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any

import typer

from domain.base import Explained

Json = Annotated[bool, typer.Option("--json", help="Machine-leesbare uitvoer: één JSON-waarde.")]

EVENTS = {
    "journey_started": "klantroute gestart",
    "stage_entered": "fase",
    "route_chosen": "route gekozen",
    "term_started": "termijn loopt",
    "term_met": "termijn gehaald",
    "term_breached": "termijn verstreken",
    "term_cancelled": "termijn vervallen",
    "escalated": "escalatie",
    "act_accepted": "vastgelegd",
    "finding": "bevinding",
    "task_opened": "taak",
    "message_sent": "bericht",
    "journey_closed": "gesloten",
    "restored": "teruggezet",
    "act_refused": "geweigerd",
}
"""What happened, as people read it."""


class UnknownStage(Explained):
    """There is no such stage."""


def check_stage(typed: str) -> None:
    """Whether what was typed for ``--fase`` is a stage; empty: none was asked for.

    Raises:
        UnknownStage: with the stages that there are.
    """
    from domain.journey import Stage

    stages = [stage.value for stage in Stage]
    if typed and typed not in stages:
        raise UnknownStage(f"Fase {typed!r} bestaat niet. Kies uit: {', '.join(stages)}.")


def print_json(value: Any) -> None:
    """One JSON value on standard output."""
    print(json.dumps(value, default=_plain, ensure_ascii=False, indent=2 if sys.stdout.isatty() else None))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    return str(value)


def print_table(heading: Sequence[str], rows: Iterable[Sequence[Any]], *, empty: str) -> None:
    """A plain table that fits a screen and survives a pipe; or the sentence for nothing."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(*heading, box=box.SIMPLE_HEAD, pad_edge=False)
    count = 0
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
        count += 1
    if not count:
        print(empty)
        return
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=200)
    console.print(table, markup=False)


@contextmanager
def counting(what: str, total: int | None) -> Iterator[Callable[..., None]]:
    """A progress bar on standard error, for ``with counting("Import", 680) as advance``.

    Args:
        what: what is counted, in Dutch.
        total: how many there are; None: not known yet.

    Yields:
        Call it without arguments for one more, or with how many are done and how many there are.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=total)

        def advance(done: int | None = None, of: int | None = None) -> None:
            if done is None:
                progress.advance(task)
            else:
                progress.update(task, completed=done, total=of)

        yield advance


def say(sentence: str = "") -> None:
    """A sentence for a person, on standard error so that ``--json`` stays clean."""
    print(sentence, file=sys.stderr)
