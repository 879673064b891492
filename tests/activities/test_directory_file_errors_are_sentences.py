"""A wrong directory file changes nothing and says where and what."""

import asyncpg
import pytest

from activities.directory import Directory, DirectoryError

GOOD = """
gemeente = "deventer"

[teams.beheer]
name = "Beheer"
mailbox = "beheer@deventer.example"

[staff."p.grol"]
name = "Petra Grol"
email = "p.grol@deventer.example"
roles = ["beheer"]
teams = ["beheer"]
"""


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


WRONG = [
    ("gemeente = ", "mijn.toml is geen geldig TOML"),
    (changed('gemeente = "deventer"', ""), "gemeente ontbreekt"),
    (changed('gemeente = "deventer"', 'gemeente = "Deventer"'), "gemeente heeft niet de juiste vorm"),
    (changed('name = "Petra Grol"', ""), "staff.p.grol.name ontbreekt"),
    (changed('name = "Petra Grol"', 'naam = "Petra Grol"'), "staff.p.grol.naam bestaat niet"),
    (changed('["beheer"]\nteams', '["directeur"]\nteams'), "staff.p.grol.roles.0 moet een van deze zijn"),
    (changed('roles = ["beheer"]', "roles = []"), "staff.p.grol.roles heeft minstens 1 onderdelen nodig"),
    (changed('roles = ["beheer"]', 'roles = "beheer"'), "staff.p.grol.roles moet een lijst zijn"),
    (changed("p.grol@deventer.example", "p.grol"), "staff.p.grol.email heeft niet de juiste vorm"),
    (
        changed("p.grol@deventer.example", "p.grol@deventer.example\\nBcc: x@y.example"),
        "staff.p.grol.email heeft niet de juiste vorm",
    ),
    (changed('teams = ["beheer"]', 'teams = ["zorg"]'), "bij staff.p.grol.teams het team 'zorg'"),
    (changed("[teams.beheer]", "[teams.leiding]"), "mist team 'beheer'"),
    (GOOD + 'deputy = "x.weg"', "bij staff.p.grol.deputy 'x.weg', en die staat niet onder staff"),
    (GOOD + 'deputy = "p.grol"', "bij staff.p.grol.deputy de medewerker zelf"),
    (GOOD + "absent_until = 2026-05-01", "absent_until zonder absent_from"),
    (
        GOOD + "absent_from = 2026-05-02\nabsent_until = 2026-05-01",
        "absent_until vóór absent_from",
    ),
    (GOOD + 'absent_from = "morgen"', "staff.p.grol.absent_from is geen datum"),
    (
        changed('["beheer"]\nteams', '["beheer", "beheer"]\nteams'),
        "bij staff.p.grol een rol of team twee",
    ),
    (changed('staff."p.grol"', 'staff."P Grol"'), "staff.P Grol heeft niet de juiste vorm"),
]


async def test_a_wrong_file_is_refused_with_file_key_and_reason(
    pool: asyncpg.Pool, subtests: pytest.Subtests
) -> None:
    directory = Directory(pool)
    await directory.load(GOOD, "goed.toml")

    for text, says in WRONG:
        with subtests.test(says):
            with pytest.raises(DirectoryError) as refused:
                await directory.load(text, "mijn.toml")

            assert says in str(refused.value)
            assert str(refused.value).startswith("mijn.toml is ge")
            assert [person.name for person in await directory.people("deventer")] == ["Petra Grol"]
