"""What staff read: what, by when, why, and what to do; a number and no person."""

import re
from datetime import date
from importlib.resources import files

import pytest

from activities.clients import Clients
from activities.journal import Journal
from activities.messages import Line, MessageError, write_digest, write_letter
from activities.outbox import _params
from domain.happenings import Message, Recipient
from tests.activities.told import NOW, breached, register

JOURNEY = "klantroute-deventer-17-1"
FULL = {
    "tekst": "Eerste gesprek met de toegang is verstreken.",
    "fase": "mna",
    "termijn": "eerste_gesprek-1",
    "taak": "beoordeel_route:a1",
    "uiterlijk": "2026-05-07",
    "trede": "2",
    "waarom": "Begroting: binnen een week een gesprek",
}
TEMPLATES = sorted(
    entry.name.removesuffix(".txt")
    for entry in (files("activities") / "templates").iterdir()
    if entry.name not in ("bericht.txt", "weekoverzicht.txt")
)


def test_there_is_a_template_for_every_kind_of_message() -> None:
    assert TEMPLATES == ["herinnering", "taak", "termijn", "trede"]


@pytest.mark.parametrize(
    ("file", "subject", "stage", "look"),
    [
        ("klantroute-deventer-17-1", "klantroute deventer-17-1", "intake", "de klantroute: meedoen show"),
        (
            "huishouden-deventer-18",
            "huishouden deventer-18",
            "nog geen plan",
            "het huishouden: meedoen household",
        ),
    ],
)
def test_a_message_calls_a_file_and_its_stage_by_their_own_words(
    file: str, subject: str, stage: str, look: str
) -> None:
    letter = write_letter("trede", journey_id=file, params=FULL | {"fase": "intake"})
    assert letter.subject == f"Termijn verstreken in {subject} (trede 2)"
    assert f"Fase: {stage}\n" in letter.body
    assert f"1. Bekijk {look} {file}\n" in letter.body


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_message_says_what_when_why_and_what_to_do(template: str) -> None:
    letter = write_letter(template, journey_id=JOURNEY, params=FULL)

    assert "deventer-17-1" in letter.subject
    assert "\n" not in letter.subject
    assert f"Wat: {FULL['tekst']}\n" in letter.body
    assert re.search(r"^Wanneer: .*donderdag 7 mei 2026$", letter.body, re.MULTILINE)
    assert "Waarom: Begroting: binnen een week een gesprek\n" in letter.body
    assert "Fase: maatschappelijk nuttige activiteit\n" in letter.body
    assert f"meedoen show {JOURNEY}" in letter.body
    assert "\n\n\n" not in letter.body
    assert max(map(len, letter.body.splitlines())) <= 120


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("missing", ["tekst", "fase"])
def test_a_value_that_is_missing_is_an_error_and_no_gap_in_the_text(template: str, missing: str) -> None:
    params = {key: value for key, value in FULL.items() if key != missing}

    with pytest.raises(MessageError, match=f"sjabloon '{template}'"):
        write_letter(template, journey_id=JOURNEY, params=params)


@pytest.mark.parametrize(
    ("template", "needs"), [("taak", "taak"), ("trede", "trede"), ("trede", "uiterlijk")]
)
def test_each_template_needs_its_own_values(template: str, needs: str) -> None:
    params = {key: value for key, value in FULL.items() if key != needs}

    with pytest.raises(MessageError):
        write_letter(template, journey_id=JOURNEY, params=params)


def test_a_digest_names_every_term_with_its_last_day_and_where_to_look() -> None:
    lines = [
        Line(JOURNEY, "Check-in is nog steeds verstreken (uiterlijk maandag 3 mei 2027).", date(2027, 5, 3)),
        Line("klantroute-deventer-18-1", "Nazorg is verstreken.", None),
    ]
    letter = write_digest(lines)

    assert letter.subject == "Weekoverzicht: 2 termijnen wachten nog"
    assert "- deventer-17-1: Check-in is nog steeds verstreken" in letter.body
    assert "  Laatste dag: maandag 3 mei 2027\n" in letter.body
    assert letter.body.count("meedoen show klantroute-deventer-1") == 2
    assert "\n\n\n" not in letter.body
    assert max(map(len, letter.body.splitlines())) <= 120
    assert write_digest(lines[:1]).subject == "Weekoverzicht: 1 termijn wacht nog"


def test_without_a_date_a_message_asks_for_haste() -> None:
    letter = write_letter("termijn", journey_id=JOURNEY, params={"tekst": "Let op.", "fase": "intake"})

    assert "Wanneer: zo snel als het kan\n" in letter.body
    assert "Waarom: zo weet de inwoner op tijd waar hij aan toe is\n" in letter.body


@pytest.mark.parametrize("template", ["bestaat_niet", "../../runtime/keys"])
def test_another_template_is_refused(template: str) -> None:
    with pytest.raises(MessageError):
        write_letter(template, journey_id=JOURNEY, params=FULL)


async def test_every_message_of_a_journey_can_be_written_and_knows_its_date(
    clients: Clients, journal: Journal
) -> None:
    told = breached(await register(clients))
    told.act("2026-06-01T09:00", "bezwaar_ontvangen").until("2026-06-20T12:00")
    seen = set()

    for entry in told.entries():
        for message in entry.messages:
            letter = write_letter(
                message.template, journey_id=entry.journey_id, params=_params(entry.snapshot, message)
            )
            seen.add(message.template)
            assert "zo snel als het kan" not in letter.body

    assert seen == {"taak", "herinnering", "trede"}


def test_what_the_rules_say_goes_before_what_the_snapshot_knows() -> None:
    told = breached_snapshot()
    message = Message(
        key="k", at=told[0].at, to=Recipient(role="eigenaar"), template="trede",
        params={"tekst": "t", "fase": "intake", "termijn": "eerste_gesprek-1", "uiterlijk": "2030-01-01"},
    )  # fmt: skip

    assert _params(told[-1].snapshot, message)["uiterlijk"] == "2030-01-01"


def breached_snapshot() -> list:  # type: ignore[type-arg]
    from activities.clients import Registration

    return breached(Registration(JOURNEY, 17, 1, "nieuw", NOW, new_client=True)).entries()
