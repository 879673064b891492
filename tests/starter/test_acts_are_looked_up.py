"""``meedoen acts``: all acts of a route at a glance, and one act whole: who, when, what goes in, what it does."""

import json

import pytest

from domain.routes import ROUTES
from starter.cli import REFUSED, run


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run(["acts", *arguments]) == 0
    return capsys.readouterr().out


def test_one_act_says_who_and_when_and_what_goes_in_and_what_it_does(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = said(capsys, "maatregel_opgelegd")
    assert "Wie:     " in told and "inkomensconsulent" in told
    assert "Start:   bezwaar_indienen, heroverweging_maatregel, herhaling_maatregel, maatregel_loopt" in told
    assert "tot (nodig): een datum, zoals 2026-05-01; Laatste dag van de maatregel" in told
    assert "meedoen act NUMMER maatregel_opgelegd --set tot=... --set reden=... --by CODE" in told
    assert "een van toegekend, afgewezen" in said(capsys, "lks_besloten")
    assert "akkoord (nodig): true of false" in said(capsys, "plan_vastgesteld")
    assert "Wanneer: altijd" in said(capsys, "overlijden_gemeld")


def test_an_act_of_some_routes_only_says_of_which(capsys: pytest.CaptureFixture[str]) -> None:
    everywhere = set.intersection(*({spec.name for spec in route.acts} for route in ROUTES.values()))
    for route in ROUTES.values():
        for spec in route.acts:
            told = said(capsys, spec.name)
            assert ("  Route:   " in told) is (spec.name not in everywhere)
            assert spec.why in told


def test_a_route_is_one_line_for_each_act_and_can_be_searched(capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, "jongere").splitlines()
    for spec in ROUTES["jongere"].acts:
        assert sum(line[4:].split()[:1] == [spec.name] for line in lines) == 1
    found = said(capsys, "jongere", "--zoek", "Maatregel")
    assert "maatregel_opgelegd" in found and "gesprek_gevoerd" not in found
    found = json.loads(said(capsys, "--fase", "gesloten", "--zoek", "overlij", "--json"))
    assert {act["origin"] for act in found} == {"van_buiten"}
    assert "Laat --fase of --zoek weg" in said(capsys, "--zoek", "zeppelin")


@pytest.mark.parametrize(
    ("typed", "word"),
    [("maatregel_opgelecht", "maatregel_opgelegd"), ("jongeren", "jongere"), ("zzz", "Niets lijkt daarop")],
)
def test_a_mistyped_name_is_refused_with_what_may_be_meant(
    capsys: pytest.CaptureFixture[str], typed: str, word: str
) -> None:
    assert run(["acts", typed]) == REFUSED
    assert word in capsys.readouterr().err
