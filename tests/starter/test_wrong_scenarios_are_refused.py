"""A wrong scenario is refused as a whole: file, line or key, and what was expected."""

from pathlib import Path

import pytest

from starter.dry_run.scenario import ScenarioError, read_scenario

GOOD = """policy = "deventer"
until = 2026-06-30
[resident]
birth_date = 1985-01-15
[[step]]
at = 2026-04-30T10:00:00
act = "melding"
[[step]]
at = 2026-05-04T11:00:00
act = "gesprek_gevoerd"
"""


def read(tmp_path: Path, text: str) -> str:
    file = tmp_path / "proef.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as refusal:
        read_scenario(file)
    assert "proef.toml" in str(refusal.value)
    return str(refusal.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('act = "gesprek_gevoerd"', 'act = "gesprek"', ["regel 8, step 2", "'gesprek'", "gesprek_gevoerd"]),
        ("until = 2026-06-30", "until = 2026-06-30\nkleur = 1", ["regel 3", "kleur"]),
        ("birth_date", "geboren", ["regel 4", "geboren"]),
        ('act = "gesprek_gevoerd"', 'act = "gesprek_gevoerd"\nwie = "ik"', ["regel 8, step 2.wie"]),
        ("2026-05-04T11:00:00", "2026-04-29T11:00:00", ["step 2", "vóór de vorige stap"]),
        ("until = 2026-06-30", "until = 2026-05-01", ["until = 2026-05-01", "latere dag"]),
        ('act = "melding"', 'act = "gesprek_gevoerd"', ["step 1", "verwacht 'melding'"]),
        ('policy = "deventer"', "policy = deventer", ["TOML", "line 1"]),
        ('policy = "deventer"\n', "", ["policy", "ontbreekt"]),
        ("2026-05-04T11:00:00", "2026-05-04", ["step 2.at", "mist een tijd"]),
        ("2026-05-04T11:00:00", '"morgen"', ["step 2.at"]),
        ("1985-01-15", '"lang geleden"', ["birth_date", "geen datum"]),
        ('act = "gesprek_gevoerd"', 'act = "gesprek_gevoerd"\ndata = { zin = 1 }', ["data.zin", "geen data"]),
        ('policy = "deventer"', 'policy = "deventer"\nroute = "snelweg"', ["route", "regulier"]),
    ],
)
def test_place_and_expectation_are_named(tmp_path: Path, old: str, new: str, said: list[str]) -> None:
    assert old in GOOD
    sentence = read(tmp_path, GOOD.replace(old, new, 1))
    for words in said:
        assert words in sentence, sentence


def test_a_scenario_without_steps_or_without_content(tmp_path: Path) -> None:
    assert "step" in read(tmp_path, GOOD.split("[[step]]")[0])
    assert "policy" in read(tmp_path, "")


def test_the_good_one_is_read(tmp_path: Path) -> None:
    file = tmp_path / "proef.toml"
    file.write_text(GOOD, encoding="utf-8")
    assert [step.act for step in read_scenario(file).step] == ["melding", "gesprek_gevoerd"]
