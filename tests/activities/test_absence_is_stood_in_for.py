"""Who is away is stood in for: by the deputy, else by the team's teamleider, and it can be taken back."""

from datetime import date
from importlib.resources import files

import asyncpg
import pytest

from activities.clients import Clients
from activities.directory import Absence, AbsenceError, Directory, DirectoryError
from activities.journal import Journal
from activities.worklist import Worklist
from domain.happenings import Recipient
from tests.activities.told import register, reported

MON, FRI, NEXT = date(2027, 6, 7), date(2027, 6, 11), date(2027, 6, 14)


def owner(person: str, team: str = "toegang") -> Recipient:
    return Recipient(role="eigenaar", team=team, person=person)


async def hears(directory: Directory, to: Recipient, on: date) -> list[str]:
    return [
        address.removesuffix("@deventer.example") for address in await directory.addresses("deventer", to, on)
    ]


async def away(directory: Directory, code: str, deputy: str | None = None, until: date | None = FRI) -> int:
    return await directory.record_absence(
        "deventer", code, Absence(since=MON, until=until, deputy=deputy), by=code
    )


async def test_the_usual_deputy_hears_on_the_days_of_the_absence(directory: Directory) -> None:
    await away(directory, "m.dekker")

    assert await hears(directory, owner("m.dekker"), date(2027, 6, 6)) == ["m.dekker"]
    assert await hears(directory, owner("m.dekker"), MON) == ["y.bakkali"]
    assert await hears(directory, owner("m.dekker"), FRI) == ["y.bakkali"]
    assert await hears(directory, owner("m.dekker"), NEXT) == ["m.dekker"]


async def test_another_deputy_for_these_days_goes_before_the_usual_one(directory: Directory) -> None:
    await away(directory, "m.dekker", "s.tahiri")

    assert await hears(directory, owner("m.dekker"), MON) == ["s.tahiri"]
    assert await directory.acting(MON, "deventer") == {("deventer", "m.dekker"): "s.tahiri"}


async def test_when_the_deputy_is_away_too_the_teamleider_of_the_team_hears(directory: Directory) -> None:
    await away(directory, "g.veenkamp")
    assert await hears(directory, owner("g.veenkamp", "inkomen"), MON) == ["f.oosterling"]

    await away(directory, "f.oosterling")
    assert await hears(directory, owner("g.veenkamp", "inkomen"), MON) == ["t.woudstra"]


async def test_all_who_would_stand_in_for_each_other_cannot_be_away_at_once(directory: Directory) -> None:
    await away(directory, "m.dekker")

    with pytest.raises(AbsenceError, match=r"7 juni 2027 zijn y\.bakkali en m\.dekker allemaal afwezig"):
        await away(directory, "y.bakkali")
    await away(directory, "y.bakkali", "t.woudstra")

    assert await hears(directory, owner("m.dekker"), MON) == ["t.woudstra"]


async def test_a_circle_that_closes_half_way_an_absence_is_seen(directory: Directory) -> None:
    later = Absence(since=date(2027, 6, 9), until=date(2027, 6, 9))
    await directory.record_absence("deventer", "m.dekker", later, by="m.dekker")

    with pytest.raises(AbsenceError, match="woensdag 9 juni 2027"):
        await away(directory, "y.bakkali")


async def test_who_stand_in_for_each_other_may_be_away_in_turn(directory: Directory) -> None:
    await away(directory, "m.dekker")
    after = Absence(since=NEXT, until=None)

    await directory.record_absence("deventer", "y.bakkali", after, by="y.bakkali")

    assert await hears(directory, owner("y.bakkali"), NEXT) == ["m.dekker"]


async def test_it_can_be_taken_back_and_that_it_was_there_is_kept(
    directory: Directory, pool: asyncpg.Pool
) -> None:
    number = await away(directory, "m.dekker")

    await directory.withdraw_absence("deventer", "m.dekker", number, by="t.woudstra")

    assert await hears(directory, owner("m.dekker"), MON) == ["m.dekker"]
    assert await pool.fetchval("SELECT withdrawn_by FROM absence") == "t.woudstra"
    with pytest.raises(AbsenceError, match=f"Afwezigheid {number} van m.dekker is er niet"):
        await directory.withdraw_absence("deventer", "m.dekker", number, by="t.woudstra")
    assert await away(directory, "m.dekker") != number


async def test_the_same_once_more_changes_nothing(directory: Directory) -> None:
    assert await away(directory, "m.dekker") == await away(directory, "m.dekker")


async def test_a_new_list_of_staff_leaves_recorded_absences_alone(directory: Directory) -> None:
    await away(directory, "m.dekker")
    file = files("sandbox") / "medewerkers.toml"

    await directory.load(file.read_text(encoding="utf-8"), file.name)

    assert await hears(directory, owner("m.dekker"), MON) == ["y.bakkali"]


@pytest.mark.parametrize(
    ("code", "absence", "said"),
    [
        ("x.weg", Absence(since=MON, until=FRI), "'x.weg' staat niet in de medewerkerslijst"),
        ("m.dekker", Absence(since=FRI, until=MON), "ligt vóór de eerste"),
        ("m.dekker", Absence(since=MON, until=FRI, deputy="x.weg"), "kan m.dekker niet vervangen"),
        ("m.dekker", Absence(since=MON, until=FRI, deputy="m.dekker"), "kan m.dekker niet vervangen"),
    ],
)
async def test_a_wrong_absence_is_refused(
    directory: Directory, code: str, absence: Absence, said: str
) -> None:
    with pytest.raises(AbsenceError, match=said):
        await directory.record_absence("deventer", code, absence, by="m.dekker")

    assert await directory.acting(MON, "deventer") == {}


async def test_a_file_in_which_nobody_would_be_there_is_refused(directory: Directory) -> None:
    file = files("sandbox") / "medewerkers.toml"
    text = file.read_text(encoding="utf-8")
    wrong = text.replace(
        'teams = ["sociaal_team"]\ndeputy = "k.mensink"',
        'teams = ["sociaal_team"]\ndeputy = "k.mensink"\nabsent_from = 2026-07-01',
    )
    assert wrong != text

    with pytest.raises(
        DirectoryError, match=r"laat n\.aalberts en k\.mensink elkaar vervangen.*1 juli 2026 allemaal"
    ):
        await directory.load(wrong, "mijn.toml")


async def test_the_worklist_names_who_acts_and_shows_it_to_that_person_too(
    clients: Clients, journal: Journal, worklist: Worklist, directory: Directory
) -> None:
    told = reported(await register(clients))
    told.act("2026-05-01T10:00", "eigenaar_toegewezen", team="toegang", persoon="m.dekker")
    await journal.write(told.entries())
    await away(directory, "m.dekker", "s.tahiri")

    [row] = await worklist.journeys("deventer", on=MON)
    assert (row.person, row.acting) == ("m.dekker", "s.tahiri")
    view = await worklist.journey(row.journey_id, MON)
    assert view is not None
    assert view.journey.acting == "s.tahiri"
    assert [found.journey_id for found in await worklist.journeys(person="s.tahiri", on=MON)] == [
        row.journey_id
    ]
    assert await worklist.journeys(person="s.tahiri", on=NEXT) == []
    [owned] = await worklist.journeys(person="m.dekker", on=NEXT)
    assert owned.acting == ""
