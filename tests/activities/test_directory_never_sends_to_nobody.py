"""A message always finds a reader: the person, who stands in, the role, the team, or the administrators."""

import asyncio
from datetime import date

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.directory import Directory, DirectoryEmpty, Person, _present
from domain.happenings import Recipient

FILE = """
gemeente = "deventer"

[teams.toegang]
name = "Toegang"
mailbox = "toegang@deventer.example"

[teams.inkomen]
name = "Inkomen"
mailbox = "inkomen@deventer.example"

[teams.beheer]
name = "Beheer"
mailbox = "beheer@deventer.example"

[staff."a.een"]
name = "Een"
email = "a.een@deventer.example"
roles = ["toegang"]
teams = ["toegang"]
deputy = "b.twee"
absent_from = 2026-05-04
absent_until = 2026-05-08

[staff."b.twee"]
name = "Twee"
email = "b.twee@deventer.example"
roles = ["toegang"]
teams = ["toegang"]
deputy = "c.drie"
absent_from = 2026-05-07

[staff."c.drie"]
name = "Drie"
email = "c.drie@deventer.example"
roles = ["teamleider"]
teams = ["inkomen"]

[staff."d.vier"]
name = "Vier"
email = "d.vier@deventer.example"
roles = ["afdelingshoofd"]
teams = ["inkomen"]
absent_from = 2026-01-01
"""


@pytest.fixture
async def small(pool: asyncpg.Pool) -> Directory:
    directory = Directory(pool)
    await directory.load(FILE, "medewerkers.toml")
    return directory


def to(role: str, team: str = "", person: str = "") -> Recipient:
    return Recipient(role=role, team=team, person=person)


WHO_HEARS = [
    # the person, or who stands in, or who stands in for that one
    (to("eigenaar", "toegang", "a.een"), date(2026, 5, 1), ["a.een"]),
    (to("eigenaar", "toegang", "a.een"), date(2026, 5, 4), ["b.twee"]),
    (to("eigenaar", "toegang", "a.een"), date(2026, 5, 7), ["c.drie"]),
    (to("eigenaar", "toegang", "a.een"), date(2026, 5, 9), ["a.een"]),
    (to("eigenaar", "toegang", "b.twee"), date(2030, 1, 1), ["c.drie"]),
    # an owner who left: the team; who is away without anybody who stands in: the team's teamleider
    (to("eigenaar", "toegang", "x.weg"), date(2026, 5, 1), ["toegang"]),
    (to("eigenaar", "inkomen", "d.vier"), date(2026, 5, 1), ["c.drie"]),
    (to("eigenaar", "toegang", "d.vier"), date(2026, 5, 1), ["toegang"]),
    (to("afdelingshoofd", "inkomen"), date(2026, 5, 1), ["inkomen"]),
    (to("eigenaar", "toegang"), date(2026, 5, 1), ["toegang"]),
    # those with the role in the team, each replaced by who stands in
    (to("toegang", "toegang"), date(2026, 5, 1), ["a.een", "b.twee"]),
    (to("toegang", "toegang"), date(2026, 5, 4), ["b.twee"]),
    # nobody in the team has the role: anybody who has it
    (to("teamleider", "toegang"), date(2026, 5, 1), ["c.drie"]),
    # nobody has it or all are away: the team, and else the administrators
    (to("bezwaarjurist", "toegang"), date(2026, 5, 1), ["toegang"]),
    (to("afdelingshoofd", "toegang"), date(2026, 5, 1), ["toegang"]),
    (to("bezwaarjurist", "gezinscoaches"), date(2026, 5, 1), ["beheer"]),
    (to("bezwaarjurist"), date(2026, 5, 1), ["beheer"]),
]


async def test_every_message_finds_somebody(small: Directory, subtests: pytest.Subtests) -> None:
    for recipient, on, expected in WHO_HEARS:
        with subtests.test(f"{recipient} {on}"):
            found = await small.addresses("deventer", recipient, on)
            assert [address.removesuffix("@deventer.example") for address in found] == expected


async def test_a_municipality_without_a_directory_is_a_sentence(small: Directory) -> None:
    with pytest.raises(DirectoryEmpty, match="Gemeente olst-wijhe heeft geen medewerkerslijst"):
        await small.addresses("olst-wijhe", to("teamleider"), date(2026, 5, 1))


people = st.dictionaries(
    st.sampled_from("abcdef"),
    st.tuples(st.sampled_from([None, *"abcdef"]), st.booleans()),
    min_size=1,
)


@given(people=people, asked=st.sampled_from("abcdef"))
def test_standing_in_ends_also_when_people_stand_in_for_each_other(
    people: dict[str, tuple[str | None, bool]], asked: str
) -> None:
    staff = {
        code: Person(
            gemeente="deventer", code=code, name=code, email=f"{code}@deventer.example", deputy=deputy,
            absent_from=date(2026, 1, 1) if away else None, absent_until=None, roles=(), teams=(),
        )
        for code, (deputy, away) in people.items()
    }  # fmt: skip

    found = _present(staff, asked, date(2026, 5, 1))

    assert found is None or not found.is_absent(date(2026, 5, 1))
    if asked in staff and not people[asked][1]:
        assert found == staff[asked]


async def test_loading_again_replaces_everybody_of_that_municipality_only(
    small: Directory, pool: asyncpg.Pool
) -> None:
    other = FILE.replace('"deventer"', '"olst-wijhe"', 1)
    await small.load(other, "olst-wijhe.toml")
    less = FILE[: FILE.index('[staff."d.vier"]')].replace('name = "Drie"', 'name = "Derde"')

    summary = await small.load(less, "medewerkers.toml")

    assert summary == ("deventer", 3, 3)
    assert [person.code for person in await small.people("deventer")] == ["a.een", "b.twee", "c.drie"]
    third = await small.person("deventer", "c.drie")
    assert third is not None
    assert (third.name, third.roles, third.teams) == ("Derde", ("teamleider",), ("inkomen",))
    assert await small.person("deventer", "d.vier") is None
    assert await small.roles("olst-wijhe", "d.vier") == ("afdelingshoofd",)
    assert await small.roles("deventer", "d.vier") == ()


async def test_loads_at_the_same_time_leave_one_whole_directory(small: Directory) -> None:
    await asyncio.gather(*(small.load(FILE, "medewerkers.toml") for _ in range(5)))

    assert len(await small.people("deventer")) == 4


async def test_the_fictional_directory_covers_every_role_and_reaches_nobody_real(
    directory: Directory,
) -> None:
    people = await directory.people("deventer")

    roles = {role for person in people for role in person.roles}
    assert roles == {
        "toegang", "consulent", "inkomensconsulent", "werkconsulent", "regisseur", "teamleider",
        "afdelingshoofd", "kwaliteitstoetser", "uitkeringsadministratie", "bezwaarjurist",
        "doorzettingsmacht", "ketenoverleg", "beheer", "beleid",
    }  # fmt: skip
    assert {team for person in people for team in person.teams} == {
        "toegang", "inkomen", "werktalent", "sociaal_team", "gezinscoaches", "beheer",
    }  # fmt: skip
    assert all(person.email.endswith(".example") for person in people)
