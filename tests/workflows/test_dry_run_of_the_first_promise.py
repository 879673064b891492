"""The scenario by which the first promise is known, and that all ways of playing it agree."""

from pathlib import Path

from runtime.policies import load_policy
from starter.dry_run.runner import DryRun, line
from starter.dry_run.scenario import read_scenario

FIRST = """
policy = "deventer"
until = 2026-06-30
[resident]
birth_date = 1985-01-15
household = "alleenstaand"
[[step]]
at = 2026-04-30T10:00:00
act = "melding"
[[step]]
at = 2026-05-04T11:00:00
act = "aanvraag_ingediend"
[[step]]
at = 2026-05-20T14:00:00
act = "gesprek_gevoerd"
by = "consulent"
"""

REFUSING = """
policy = "deventer"
until = 2026-05-31
[resident]
birth_date = 1985-01-15
[[step]]
at = 2026-04-30T10:00:00
act = "melding"
[[step]]
at = 2026-05-01T10:00:00
act = "plan_vastgesteld"
data = { akkoord = true }
[[step]]
at = 2026-05-04T10:00:00
act = "gesprek_gevoerd"
"""

BUSY = """
policy = "deventer"
until = 2026-12-31
[resident]
birth_date = 2002-06-01
[[step]]
at = 2026-04-30T08:30:00
act = "melding"
[[step]]
at = 2026-05-04T11:00:00
act = "aanvraag_ingediend"
effective = 2026-05-01
[[step]]
at = 2026-05-06T10:00:00
act = "gesprek_gevoerd"
[[step]]
at = 2026-05-12T10:00:00
act = "aanvulling_gevraagd"
data = { uiterlijk = 2026-05-26, stukken = ["bankafschrift"] }
[[step]]
at = 2026-05-20T10:00:00
act = "aanvulling_ontvangen"
[[step]]
at = 2026-05-28T10:00:00
act = "voorschot_betaald"
[[step]]
at = 2026-06-10T10:00:00
act = "plan_vastgesteld"
data = { akkoord = true }
[[step]]
at = 2026-06-15T10:00:00
act = "uitstroom_vastgesteld"
effective = 2026-07-01
data = { bestemming = "werk_regulier" }
[[step]]
at = 2026-06-20T10:00:00
act = "besluit_bekendgemaakt"
data = { uitkomst = "toegekend" }
[[step]]
at = 2026-08-03T10:00:00
act = "nazorg_gesprek_gevoerd"
"""


async def play(dry_run: DryRun, tmp_path: Path, text: str) -> list[dict[str, object]]:
    file = tmp_path / "scenario.toml"
    file.write_text(text, encoding="utf-8")
    return [line(event) for event in await dry_run.play(read_scenario(file), load_policy("deventer"))]


async def test_the_first_promise_is_broken_and_everybody_hears_in_turn(
    dry_run: DryRun, tmp_path: Path
) -> None:
    events = await play(dry_run, tmp_path, FIRST)
    started = {e["term"]: e["due"] for e in events if e["event"] == "term_started"}
    assert started["eerste_gesprek"] == "2026-05-07"
    assert started["voorschot"] == "2026-06-01"
    assert started["besluit_aanvraag"] == "2026-06-29"
    breach = next(e for e in events if e["event"] == "term_breached" and e["term"] == "eerste_gesprek")
    assert breach["at"] == "2026-05-07T22:00:00Z"
    rungs = [
        (str(e["local"])[:10], e["role"], e["rung"])
        for e in events
        if e["event"] == "escalated" and e["term"] == "eerste_gesprek"
    ]
    assert rungs == [
        ("2026-05-08", "eigenaar", 1),
        ("2026-05-11", "teamleider", 2),
        ("2026-05-13", "afdelingshoofd", 3),
    ]
    assert "doorzettingsmacht" not in {e.get("role") for e in events}


async def test_a_refused_act_stands_in_its_place_and_the_rest_goes_on(
    dry_run: DryRun, tmp_path: Path
) -> None:
    events = await play(dry_run, tmp_path, REFUSING)
    kinds = [e["event"] for e in events]
    refusal = events[kinds.index("act_refused")]
    assert refusal["act"] == "plan_vastgesteld"
    assert "Voer het eerste gesprek" in str(refusal["text"])
    assert str(refusal["local"]).startswith("2026-05-01T10:00:00")
    assert kinds.index("act_refused") < kinds.index("term_met")


async def test_the_same_scenario_gives_the_same_lines_again(dry_run: DryRun, tmp_path: Path) -> None:
    assert await play(dry_run, tmp_path, BUSY) == await play(dry_run, tmp_path, BUSY)
