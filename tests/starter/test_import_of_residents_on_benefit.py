"""Residents on benefit are taken over from a file, once each, and every row that is wrong says why."""

from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from domain.calendars import AMSTERDAM
from runtime.policies import load_policy
from starter.cli import run
from starter.importing import ImportRefused, read_rows
from starter.stock import COLUMNS, read_lines, read_stock, spread_over, template
from tests.starter.stand import Stand

TODAY = datetime.now(AMSTERDAM).date()
FIRST, LAST = TODAY + timedelta(days=30), TODAY + timedelta(days=120)
PERIOD = ("--spread-from", FIRST.isoformat(), "--spread-until", LAST.isoformat())
GOOD = 190


def file_of(folder: Path, bsns: list[str]) -> Path:
    """Two hundred rows: 190 that can be used, one of them twice, and nine that cannot."""
    lines = [";".join(COLUMNS)]
    stages = ("intake", "plan", "mna", "uitstroom", "nazorg", "onbekend")
    for number in range(GOOD):
        who = f"{bsns[number]};" if number < 5 else f";OUD-{number:05}"
        place = "vrijwilligerswerk;buurthuis;02-09-2024" if number % 3 == 0 else "geen;;"
        owner = "werktalent;" if number % 2 else "onbekend;"
        ladder = "4;2026-02-10" if number % 4 else ";"
        lines.append(f"{who};regulier;{stages[number % 6]};1998-03-01;onbekend;{place};{owner};{ladder}")
    ahead = (TODAY + timedelta(days=1)).isoformat()
    wrong = (
        ";OUD-A;saturnus;mna;;;;;;;;;",
        ";OUD-B;;dromen;;;;;;;;;",
        f";OUD-C;;mna;{ahead};;;;;;;;",
        ";OUD-D;;mna;1903-01-01;;;;;;;;",
        ";OUD-E;;mna;;;geen;buurthuis;;;;;",
        ";OUD-F;;mna;;;;;;luchtkasteel;;;",
        ";OUD-G;;mna;;;;;;;piet.onbekend;;",
        ";OUD-H;;mna;;;;;;;;9;gisteren",
        ";;;mna;;;;;;;;;",
    )
    twice = f";OUD-{GOOD - 1:05};;mna;;;;;;;;;"
    file = folder / "stand.csv"
    file.write_text("\n".join((*lines, *wrong, twice)) + "\n", encoding="utf-8")
    return file


async def test_everybody_is_taken_over_once_and_guarded(
    product: Stand, bsns: dict[str, str], tmp_path: Path
) -> None:
    file = file_of(tmp_path, list(bsns))
    tried = await product.meedoen("import", str(file), "--stock", *PERIOD, "--dry-run", "--json")
    assert tried.code == 0, tried.err
    assert tried.json["counts"] == {"rijen": 200, "gestart": GOOD, "loopt_al": 1, "geweigerd": 9}
    async with product.office() as office:
        assert await office.worklist.journeys("deventer") == []

    first = await product.meedoen("import", str(file), "--stock", *PERIOD, "--json")
    assert first.code == 0, first.err
    assert first.json["counts"] == {"rijen": 200, "gestart": GOOD, "loopt_al": 1, "geweigerd": 9}
    reasons = [row["reason"] for row in first.json["rows"] if row["outcome"] == "geweigerd"]
    for reason, words in zip(
        reasons,
        (
            ("Kolom route", "regulier"),
            ("Kolom fase", "intake"),
            ("Kolom uitkering_sinds", "moet nog komen"),
            ("Kolom uitkering_sinds", "1965"),
            ("hoort geen plek",),
            ("Kolom team", "werktalent"),
            ("Kolom medewerker", "medewerkerslijst"),
            ("Kolom trede_gemeten", "Kolom trede:"),
            ("geen burgerservicenummer en geen kenmerk",),
        ),
        strict=True,
    ):
        assert all(word in reason for word in words), reason

    again = await product.meedoen("import", str(file), "--stock", *PERIOD, "--json")
    assert again.json["counts"] == {"rijen": 200, "gestart": 0, "loopt_al": GOOD + 1, "geweigerd": 9}

    async with product.office() as office:
        terms = await office.pool.fetch("SELECT journey_id, term, legal_end FROM term WHERE ended_on IS NULL")
        stages = await office.pool.fetch("SELECT stage, team, next_wake FROM overview")
    per_day = Counter(term["legal_end"] for term in terms if term["term"] == "eerste_herbeoordeling")
    calendars = load_policy("deventer").calendars
    assert sum(per_day.values()) == GOOD
    assert all(FIRST <= day <= LAST and calendars.is_open(day) for day in per_day)
    assert max(per_day.values()) - min(per_day.values()) <= 1
    assert {term["term"] for term in terms} <= {"eerste_herbeoordeling", "taak", "check_in"}
    assert all(term["legal_end"] > TODAY for term in terms)
    assert len(stages) == GOOD
    assert {row["stage"] for row in stages} == {"intake", "plan", "mna", "uitstroom", "nazorg"}
    assert all(row["team"] and row["next_wake"] for row in stages)
    log = (tmp_path / "worker.log").read_text(encoding="utf-8")
    assert not [bsn for bsn in bsns if bsn in log + first.out + tried.out]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("stand.csv", "--stock"), ("--spread-from", "--spread-until")),
        (
            ("stand.csv", "--stock", "--spread-from", "2020-01-01", "--spread-until", "2020-02-01"),
            ("nog komt",),
        ),
        (("stand.csv", "--stock", *PERIOD[2:], "--spread-from", "2098-01-01"), ("Draai ze om",)),
        (("stand.csv", "--stock", *PERIOD[:2], "--spread-until", "2098-01-01"), ("kalender",)),
        (("stand.csv", "--stock", *PERIOD, "--melding", "2026-01-01"), ("--melding hoort niet",)),
        (("stand.csv", "--dry-run"), ("horen bij --stock",)),
        (("--stock", *PERIOD), ("Welk bestand",)),
        (("weg.csv", "--stock", *PERIOD), ("weg.csv",)),
    ],
)
def test_what_does_not_fit_is_refused_before_any_server_is_asked(
    arguments: tuple[str, ...], words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["import", *arguments]) == 2
    said = capsys.readouterr().err
    assert all(word in said for word in words), said


def test_the_template_is_a_file_that_can_be_read(tmp_path: Path) -> None:
    file = tmp_path / "sjabloon.csv"
    file.write_text(template(), encoding="utf-8")
    policy = load_policy("deventer")
    spread = spread_over(date(2026, 6, 1), date(2026, 9, 30), policy, today=date(2026, 5, 1))
    lines, unused = read_lines(file)
    rows = read_stock(
        lines, today=date(2026, 5, 1), spread=spread, teams={"werktalent"}, staff={"r.smit": ("werktalent",)}
    )
    assert unused == []
    assert [row.problem for row in rows] == ["", ""]
    assert rows[0].known["activiteit"] == "vrijwilligerswerk"
    assert rows[1].known.keys() == {"route_bekend", "herbeoordeling_van", "herbeoordeling_tot"}


def test_a_file_of_stock_starts_nobody_by_mistake(tmp_path: Path) -> None:
    """Thousands of first talks would be late within a week."""
    file = tmp_path / "bestand.csv"
    file.write_text("kenmerk;fase;uitkering_sinds\nOUD-1;mna;2019-03-01\n", encoding="utf-8")
    with pytest.raises(ImportRefused, match=r"uitkering_sinds.*--stock\. Er is niets gestart"):
        read_rows(file)
