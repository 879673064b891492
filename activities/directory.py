"""The directory of staff: who is in which team, who may do what, who stands in for whom."""

import json
import tomllib
from datetime import date
from typing import Annotated, Literal, NamedTuple

import asyncpg
from pydantic import Field, StringConstraints, ValidationError, model_validator

from domain.base import Explained, Frozen
from domain.happenings import Recipient
from domain.problems import WHOLE, problems_in

Role = Literal[
    "toegang",
    "consulent",
    "inkomensconsulent",
    "werkconsulent",
    "regisseur",
    "teamleider",
    "afdelingshoofd",
    "kwaliteitstoetser",
    "uitkeringsadministratie",
    "bezwaarjurist",
    "doorzettingsmacht",
    "ketenoverleg",
    "beheer",
    "beleid",
]
LAST_RESORT = "beheer"
"""The team whose mailbox gets what nobody else can get."""

_Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.-]{0,59}$")]
_Address = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$")]
_Name = Annotated[str, StringConstraints(min_length=1, max_length=80)]


class DirectoryError(Explained):
    """A directory file is refused and nothing changed; the message is a Dutch sentence."""


class DirectoryEmpty(Explained):
    """A municipality has no directory, so nobody can be told anything; the message is a Dutch sentence."""


class Person(Frozen):
    """Somebody who works for the municipality."""

    gemeente: str
    code: str
    name: str
    email: str
    deputy: str | None
    absent_from: date | None
    absent_until: date | None
    roles: tuple[str, ...]
    teams: tuple[str, ...]

    def is_absent(self, on: date) -> bool:
        """Whether the person is away on a day; an absence without an end lasts."""
        if self.absent_from is None or on < self.absent_from:
            return False
        return self.absent_until is None or on <= self.absent_until


class DirectorySummary(NamedTuple):
    """What was loaded."""

    gemeente: str
    teams: int
    staff: int


class Directory:
    """Reads and replaces the directory in PostgreSQL.

    Args:
        database: a pool, or one connection to work within its transaction.
    """

    def __init__(self, database: asyncpg.Pool | asyncpg.Connection) -> None:
        self._database = database

    async def load(self, text: str, file: str) -> DirectorySummary:
        """Replace the whole directory of one municipality by what a file says.

        Args:
            text: the file's content, TOML.
            file: its name, for messages.

        Raises:
            DirectoryError: names the file, the key and the reason; the old directory stays.
        """
        content = _read(text, file)
        if isinstance(self._database, asyncpg.Pool):
            async with self._database.acquire() as connection:
                await _replace(connection, content)
        else:
            await _replace(self._database, content)
        return DirectorySummary(content.gemeente, len(content.teams), len(content.staff))

    async def person(self, gemeente: str, code: str) -> Person | None:
        """Somebody by code; None: not known."""
        record = await self._database.fetchrow(f"{_PEOPLE} AND s.code = $2 {_GROUPED}", gemeente, code)
        return None if record is None else _person(record)

    async def people(self, gemeente: str) -> list[Person]:
        """Everybody of a municipality, by code."""
        records = await self._database.fetch(f"{_PEOPLE} {_GROUPED} ORDER BY s.code", gemeente)
        return [_person(record) for record in records]

    async def teams(self, gemeente: str) -> set[str]:
        """The codes of all teams of a municipality."""
        records = await self._database.fetch("SELECT code FROM team WHERE gemeente = $1", gemeente)
        return {record["code"] for record in records}

    async def roles(self, gemeente: str, code: str) -> tuple[str, ...]:
        """What somebody may do; empty for who is not known."""
        found = await self.person(gemeente, code)
        return found.roles if found else ()

    async def addresses(self, gemeente: str, to: Recipient, on: date) -> list[str]:
        """Where a message goes: never to nobody.

        In this order: the person or who stands in; those with the role in the team; the mailbox of the team,
        for the owner of a journey; anybody with the role; the mailbox of the team; that of `beheer`.

        Args:
            gemeente: whose directory.
            to: who is meant.
            on: the day, for absences.

        Raises:
            DirectoryEmpty: the municipality has no directory at all.
        """
        staff = {person.code: person for person in await self.people(gemeente)}
        if to.person and (found := _present(staff, to.person, on)):
            return [found.email]
        holders = [person for person in staff.values() if to.role in person.roles]
        for group in ([p for p in holders if to.team in p.teams], holders):
            present = {
                found.code: found.email for p in group if (found := _present(staff, p.code, on)) is not None
            }
            if present:
                return sorted(present.values())
        mailbox = await self._database.fetchval(_MAILBOX, gemeente, to.team, LAST_RESORT)
        if mailbox is None:
            raise DirectoryEmpty(
                f"Gemeente {gemeente} heeft geen medewerkerslijst, dus dit bericht kan naar niemand. Laad de "
                "medewerkerslijst; het bericht wacht zolang."
            )
        return [str(mailbox)]


class _Team(Frozen):
    name: _Name
    mailbox: _Address


class _Employee(Frozen):
    name: _Name
    email: _Address
    roles: tuple[Role, ...] = Field(min_length=1)
    teams: tuple[str, ...] = Field(min_length=1)
    deputy: str | None = None
    absent_from: date | None = None
    absent_until: date | None = None

    @model_validator(mode="after")
    def _absence(self) -> "_Employee":
        if self.absent_until is not None and self.absent_from is None:
            raise ValueError("heeft absent_until zonder absent_from; vul beide in")
        if self.absent_from and self.absent_until and self.absent_until < self.absent_from:
            raise ValueError("heeft absent_until vóór absent_from; draai ze om")
        return self


class _File(Frozen):
    gemeente: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$")]
    teams: dict[_Code, _Team]
    staff: dict[_Code, _Employee]

    @model_validator(mode="after")
    def _fits_together(self) -> "_File":
        if LAST_RESORT not in self.teams:
            raise ValueError(
                f"mist team {LAST_RESORT!r}; voeg het toe, want dat krijgt de berichten die niemand anders krijgt"
            )
        for code, employee in self.staff.items():
            for team in employee.teams:
                if team not in self.teams:
                    raise ValueError(
                        f"noemt bij staff.{code}.teams het team {team!r}, en dat staat niet onder teams"
                    )
            if employee.deputy is not None and employee.deputy not in self.staff:
                raise ValueError(
                    f"noemt bij staff.{code}.deputy {employee.deputy!r}, en die staat niet onder staff"
                )
            if employee.deputy == code:
                raise ValueError(f"noemt bij staff.{code}.deputy de medewerker zelf; kies een ander")
            if len(set(employee.teams)) < len(employee.teams) or len(set(employee.roles)) < len(
                employee.roles
            ):
                raise ValueError(f"noemt bij staff.{code} een rol of team twee keer")
        return self


def _read(text: str, file: str) -> _File:
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DirectoryError(f"{file} is geen geldig TOML: {error}. Verbeter die regel.") from None
    try:
        # As JSON: TOML has lists where the models have tuples.
        return _File.model_validate_json(json.dumps(raw, default=str))
    except ValidationError as error:
        refused = error
    said = []
    details = refused.errors(include_input=False, include_url=False)
    for detail, problem in zip(details, problems_in(refused), strict=False):
        # Codes of staff and teams are keys here, and the reader has to find them.
        place = ".".join(str(part) for part in detail["loc"] if part != "[key]") or WHOLE
        said.append(f"{place} {problem.problem}.")
    raise DirectoryError(f"{file} is geweigerd; er is niets veranderd. {' '.join(said)}")


async def _replace(connection: asyncpg.Connection, content: _File) -> None:
    gemeente = content.gemeente
    async with connection.transaction():
        # Two loads at once would each miss the rows of the other.
        await connection.execute(
            "SELECT pg_advisory_xact_lock(hashtext('directory'), hashtext($1))", gemeente
        )
        await connection.execute("DELETE FROM staff WHERE gemeente = $1", gemeente)
        await connection.execute("DELETE FROM team WHERE gemeente = $1", gemeente)
        await connection.executemany(
            "INSERT INTO team (gemeente, code, name, mailbox) VALUES ($1, $2, $3, $4)",
            [(gemeente, code, team.name, team.mailbox) for code, team in content.teams.items()],
        )
        await connection.executemany(
            """
            INSERT INTO staff (gemeente, code, name, email, deputy, absent_from, absent_until)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """,
            [
                (gemeente, code, one.name, one.email, one.deputy, one.absent_from, one.absent_until)
                for code, one in content.staff.items()
            ],
        )
        await connection.executemany(
            "INSERT INTO staff_role (gemeente, code, role) VALUES ($1, $2, $3)",
            [(gemeente, code, role) for code, one in content.staff.items() for role in one.roles],
        )
        await connection.executemany(
            "INSERT INTO staff_team (gemeente, code, team) VALUES ($1, $2, $3)",
            [(gemeente, code, team) for code, one in content.staff.items() for team in one.teams],
        )


def _person(record: asyncpg.Record) -> Person:
    return Person.model_validate(dict(record))


def _present(staff: dict[str, Person], code: str, on: date) -> Person | None:
    """The person, or who stands in, or who stands in for that one; None when nobody is there."""
    asked: list[str] = []
    following: str | None = code
    while following is not None and following not in asked:
        person = staff.get(following)
        if person is None:
            return None
        if not person.is_absent(on):
            return person
        asked.append(following)
        following = person.deputy
    return None


_PEOPLE = """
    SELECT s.gemeente, s.code, s.name, s.email, s.deputy, s.absent_from, s.absent_until,
        array_remove(array_agg(DISTINCT r.role ORDER BY r.role), NULL) AS roles,
        array_remove(array_agg(DISTINCT t.team ORDER BY t.team), NULL) AS teams
    FROM staff s LEFT JOIN staff_role r USING (gemeente, code) LEFT JOIN staff_team t USING (gemeente, code)
    WHERE s.gemeente = $1
"""
_GROUPED = "GROUP BY s.gemeente, s.code"
_MAILBOX = """
    SELECT mailbox FROM team WHERE gemeente = $1 AND code IN ($2, $3) ORDER BY code = $2 DESC LIMIT 1
"""
