"""The pictures of routes are as their declarations say, whole, readable by anybody, and never stale."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest

from domain.declaration import ActSpec, Arms, Route
from domain.journey import Stage, Track
from domain.roles import COACH
from domain.routes import ROUTES
from runtime.policies import load_policy
from starter.pictures import draw, sheet_of
from starter.pictures.text import width_of, wrapped

KEPT = Path(__file__).parents[2] / "docs" / "routes"
RENEW = "meedoen route --all --svg docs/routes"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("route", ROUTES.values(), ids=lambda route: route.key)
def test_the_kept_picture_is_as_the_route_is_now(route: Route) -> None:
    file = KEPT / f"{route.key}.svg"
    fresh = draw(sheet_of(route, load_policy("deventer")))
    kept = file.read_text(encoding="utf-8") if file.exists() else ""
    assert kept == fresh, f"docs/routes/{route.key}.svg is stale. Renew it with: {RENEW}"


def test_no_picture_is_kept_of_a_route_that_is_gone() -> None:
    assert {file.stem for file in KEPT.glob("*.svg")} == set(ROUTES), f"Remove the others, then: {RENEW}"


def full(route: Route) -> Route:
    """A route with far more acts than one glance can hold, with long names."""
    acts = tuple(
        ActSpec(
            name=f"extra_{number}",
            label=f"Buitengewoon lange handeling nummer {number} over herindicatiestellingsprocedures",
            origin="van_buiten" if number % 5 == 0 else "eigen",
            roles=COACH,
            stages=frozenset({list(Stage)[number % 5]}) if number % 3 else frozenset(Stage),
            arms=(Arms(term="plan"),) if number % 7 == 0 else (),
            track=list(Track)[number % len(list(Track))] if number % 2 else Track.TRAJECT,
        )
        for number in range(90)
    )
    return replace(route, acts=(*route.acts, *acts))


@pytest.mark.parametrize("many", [False, True], ids=["as declared", "with ninety more acts"])
@pytest.mark.parametrize("route", ROUTES.values(), ids=lambda route: route.key)
def test_every_word_stands_on_the_paper_and_in_its_box(route: Route, many: bool) -> None:
    picture = ET.fromstring(draw(sheet_of(full(route) if many else route, load_policy("deventer"))))
    _, _, width, height = map(float, picture.attrib["viewBox"].split())
    boxes = [
        tuple(float(box.attrib[side]) for side in ("x", "y", "width", "height"))
        for box in picture.iter(f"{SVG}rect")
        if "x" in box.attrib
    ]
    for text in picture.iter(f"{SVG}text"):
        size, x, y = (float(text.attrib[name]) for name in ("font-size", "x", "y"))
        said = "".join(text.itertext())
        broad = width_of(said, size, bold=" b" in text.attrib.get("class", ""))
        left = x - broad / 2 if text.attrib.get("text-anchor") == "middle" else x
        assert left >= 0, said
        assert left + broad <= width, said
        assert 0 < y < height, said
        for bx, by, bw, bh in boxes:
            if bx <= left < bx + bw and by < y - size / 2 < by + bh:
                assert left + broad <= bx + bw + 1, f"{said!r} sticks out of its box"


def test_what_does_not_fit_one_glance_is_counted() -> None:
    route = ROUTES["regulier"]
    plain, crowded = (sheet_of(item, load_policy("deventer")) for item in (route, full(route)))
    assert plain.facts_more == 0
    assert crowded.everywhere_more > plain.everywhere_more
    assert all(len(column.acts) <= 7 for column in crowded.columns)
    assert any(column.more for column in crowded.columns)
    told = sum(len(column.acts) + column.more for column in crowded.columns)
    assert told > 30


def test_a_glance_shows_stages_terms_moves_and_exits() -> None:
    sheet = sheet_of(ROUTES["regulier"], load_policy("deventer"))
    assert [column.stage.value for column in sheet.columns] == [
        "intake",
        "plan",
        "mna",
        "uitstroom",
        "nazorg",
    ]
    assert ("Eerste gesprek met de toegang", "binnen 7 dagen") in {
        (term.name, term.length) for term in sheet.columns[0].terms
    }
    moves = {(move.label, source, move.target) for move in sheet.moves for source in move.sources}
    assert ("Gesprek gevoerd", Stage.INTAKE, Stage.PLAN) in moves
    assert ("Werk of opleiding gestopt", Stage.NAZORG, Stage.MNA) in moves
    ways = {way.label: way for way in sheet.exits}
    assert "onderwijs" in ways["Uitstroom vastgesteld"].choices
    assert "overlijden" in ways["Klantroute beëindigd"].choices
    income = next(lane for lane in sheet.lanes if lane.label == "Inkomen")
    assert {term.length for term in income.terms if term.key == "besluit_aanvraag"} == {"binnen 8 weken"}


def test_a_screen_reader_hears_the_picture_and_nothing_comes_from_elsewhere() -> None:
    text = draw(sheet_of(ROUTES["regulier"], load_policy("deventer")))
    picture = ET.fromstring(text)
    assert picture.attrib["role"] == "img"
    named = {element.attrib["id"]: element.text or "" for element in picture if "id" in element.attrib}
    assert set(picture.attrib["aria-labelledby"].split()) == set(named)
    assert named["titel"].startswith("Route ")
    for column in sheet_of(ROUTES["regulier"], load_policy("deventer")).columns:
        assert column.purpose in named["uitleg"]
    assert "prefers-color-scheme:dark" in text
    assert not re.findall(r"(?:href|url\(|@import|<script)", text)


def test_a_word_that_is_too_long_is_broken_and_never_sticks_out() -> None:
    for line in wrapped("Arbeidsongeschiktheidsverzekeringsmaatschappij", 14, 90, lines=9):
        assert width_of(line, 14) <= 90
