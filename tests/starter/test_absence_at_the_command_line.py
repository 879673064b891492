"""Recording that somebody is away, and taking it back, as people type it; only PostgreSQL is needed."""

import asyncio
import json
import os
import sys
from importlib.resources import files
from typing import Any, NamedTuple

import pytest
import pytest_asyncio


class Said(NamedTuple):
    code: int
    out: str
    err: str


class Desk:
    """A command line beside one database."""

    def __init__(self, database: str) -> None:
        self._environment = {**os.environ, "MEEDOEN_DATABASE_URL": database, "MEEDOEN_ENVIRONMENT": "test"}

    async def meedoen(self, *words: str) -> Said:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "starter.cli",
            *words,
            env=self._environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        return Said(process.returncode or 0, out.decode(), err.decode())

    async def person(self, code: str) -> Any:
        people = json.loads((await self.meedoen("staff", "--json")).out)
        return next(person for person in people if person["code"] == code)


@pytest_asyncio.fixture(loop_scope="session")
async def desk(database: str) -> Desk:
    desk = Desk(database)
    loaded = await desk.meedoen("staff-load", str(files("sandbox") / "medewerkers.toml"))
    assert loaded.code == 0, loaded.err
    return desk


async def test_an_absence_is_recorded_shown_and_taken_back(desk: Desk) -> None:
    said = await desk.meedoen(
        "staff-absent", "m.dekker", "--from", "2020-01-01", "--until", "2099-12-31", "--deputy", "s.tahiri"
    )
    assert said == Said(0, "Afwezigheid 1 van m.dekker is vastgelegd. Berichten gaan naar s.tahiri.\n", "")
    shown = await desk.person("m.dekker")
    assert (shown["acting"], shown["deputy"]) == ("s.tahiri", "y.bakkali")
    assert "nr. 1: 1 januari 2020 t/m 31 december 2099, s.tahiri neemt waar" in " ".join(
        (await desk.meedoen("staff")).out.split()
    )

    said = await desk.meedoen("staff-absent", "m.dekker", "--undo", "1", "--by", "t.woudstra")
    assert said == Said(0, "Afwezigheid 1 van m.dekker is ingetrokken.\n", "")
    assert (await desk.person("m.dekker"))["absences"] == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("m.dekker", "--by", "s.tahiri"), "kan de afwezigheid van een ander niet vastleggen"),
        (("x.weg", "--by", "t.woudstra"), "'x.weg' staat niet in de medewerkerslijst"),
        (("m.dekker", "--from", "2027-06-11", "--until", "2027-06-07"), "ligt vóór de eerste"),
        (("m.dekker", "--from", "gisteren"), "--from"),
        (("m.dekker", "--undo", "7"), "Afwezigheid 7 van m.dekker is er niet"),
    ],
)
async def test_what_cannot_be_is_a_sentence_and_changes_nothing(
    desk: Desk, words: tuple[str, ...], says: str
) -> None:
    said = await desk.meedoen("staff-absent", *words)

    assert (said.code, said.out) == (2, "")
    assert says in said.err
    assert "Traceback" not in said.err
    assert (await desk.person("m.dekker"))["absences"] == []
