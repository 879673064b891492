"""``meedoen term``: what people type, and what they get back."""

import json

import pytest

from starter.cli import run


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run(["term", *arguments])
    out = capsys.readouterr()
    return code, out.out, out.err


def test_the_options_lead_to_dates_days_and_amounts(capsys: pytest.CaptureFixture[str]) -> None:
    """Invited 14, completed 23 October 2026: eight days, so 8 December; notice on the 12th."""
    code, out, _ = said(
        capsys, "besluit_aanvraag", "--from", "2026-10-05", "--invited", "2026-10-14",
        "--completed", "2026-10-23", "--notice", "2026-12-12", "--json",
    )  # fmt: skip
    answer = json.loads(out)
    assert code == 0
    assert (answer["legal_end"], answer["suspended_days"]) == ("2026-12-08", 8)
    assert answer["suspended_days_by_reading"] == {"C-I-1": 8, "C-I": 9}
    assert answer["penalty"]["first_day"] == "2026-12-29"
    assert answer["penalty"]["maximum_euro"] == 1442
    assert [line["euro_per_day"] for line in answer["penalty"]["per_day"]] == [23, 35, 45]
    # The ladder is that of the date that was worked out: breach on Wednesday 9 December, opened at 8.30.
    assert answer["ladder"][0] == {
        "at": "2026-12-09T07:30:00Z",
        "rung": 1,
        "roles": ["eigenaar", "teamleider"],
    }


def test_the_steps_are_sentences(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "pip", "--from", "2026-06-01", "--registered", "2026-06-15")
    assert code == 0
    assert "pas op maandag 15 juni 2026 ingeschreven" in out
    assert "maandag 24 augustus 2026" in out


def test_what_opens_has_no_breach_and_no_ladder(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "zoektermijn", "--from", "2026-04-30", "--json")
    answer = json.loads(out)
    assert code == 0
    assert (answer["opens_at"], answer["breach_at"], answer["ladder"]) == ("2026-05-27T22:00:00Z", None, [])


def test_the_list_has_source_kind_and_confidence_of_every_term(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "--list", "--json", "--policy", "zutphen")
    rows = {row["key"]: row for row in json.loads(out)}
    assert code == 0
    assert len(rows) > 100
    assert all(row["source"] and row["kind"] and row["confidence"] for row in rows.values())
    assert rows["zoektermijn"]["counts"] == "earliest"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["voorschot"], ["--from"]),
        (["voorschot", "--from", "1 mei"], ["--from", "geen datum"]),
        (["droomtermijn", "--from", "2026-05-01"], ["droomtermijn", "meedoen term --list"]),
        (["--list", "--invited", "2026-05-01"], ["--invited", "één termijn"]),
        (["zoektermijn", "--from", "2026-05-01", "--notice", "2026-08-01"], ["--notice", "dwangsom"]),
        (["voorschot", "--from", "2026-05-01", "--policy", "utrecht"], ["utrecht", "zutphen"]),
        (
            ["besluit_aanvraag", "--from", "2026-01-05", "--extended-until", "2026-06-01",
             "--extended-on", "2026-03-04"],
            ["liep af op maandag 2 maart 2026"],
        ),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_in_a_sentence(
    capsys: pytest.CaptureFixture[str], arguments: list[str], words: list[str]
) -> None:
    code, _, err = said(capsys, *arguments)
    assert code == 2
    assert "Traceback" not in err
    for word in words:
        assert word in err
