"""Law and policy change on a date: what runs keeps its rules, what starts later gets the new ones.

The new rules are lines of TOML; no code knows of them.
"""

from datetime import date

import pytest

from domain.policy import Policy, PolicyError
from domain.policy_files import PolicyText, resolve
from runtime.policies import load_policy, policy_texts
from tests.domain.story import Story

LATER = """
[[periods]]
valid_from = 2027-01-01
source = "Nieuw beleid"

[periods.terms.eerste_gesprek]
length = 3
unit = "openingsdagen"

[periods.terms.plan]
length = 2

[periods.ladders.belofte]
at_breach = ["eigenaar", "teamleider"]

[periods.payment]
days = 4

[[periods]]
valid_from = 2027-07-01

[periods.terms.plan]
length = 3
"""
LAW = """
[[periods]]
valid_from = 2027-03-01

[periods.terms.besluit_aanvraag]
length = 6

[[periods.dwangsom.steps]]
days = 42
euro = 50
"""


def changed(local: str = "", national: str = "") -> Policy:
    texts = policy_texts(None)
    return resolve(
        "deventer",
        local=PolicyText(file="policies/deventer.toml", text=texts["deventer"].text + local),
        national=PolicyText(file="policies/landelijk.toml", text=texts["landelijk"].text + national),
        calendar=texts["kalender"],
        shared={"basis": texts["basis"]},
    )


POLICY = changed(LATER, LAW)


def test_each_day_has_its_rules() -> None:
    assert [
        POLICY.on(day).term("plan").length
        for day in (date(2026, 12, 31), date(2027, 1, 1), date(2027, 6, 30), date(2027, 7, 1))
    ] == [6, 2, 2, 3]
    # What a period leaves alone stays: also the other fields of the term.
    assert POLICY.on(date(2027, 1, 1)).term("plan").source == POLICY.term("plan").source
    assert POLICY.on(date(2027, 1, 1)).payment.days == 4
    assert POLICY.on(date(2027, 1, 1)).payment.december_days == 5


def test_a_term_that_started_before_the_date_keeps_its_length() -> None:
    """A melding on 30 December has seven days, one on 4 January three opening days."""
    before = Story(policy=POLICY).act("2026-12-30T10:00", "melding")
    assert before.term("eerste_gesprek-1").due == date(2027, 1, 6)
    after = Story(policy=POLICY).act("2027-01-04T10:00", "melding")
    assert after.term("eerste_gesprek-1").due == date(2027, 1, 7)


def test_the_day_that_counts_is_that_of_the_event_and_not_of_its_recording() -> None:
    story = Story(policy=POLICY).act("2027-01-05T10:00", "melding", effective="2026-12-30")
    assert story.term("eerste_gesprek-1").due == date(2027, 1, 6)


def test_an_application_of_february_keeps_eight_weeks_when_it_stands_still_in_march() -> None:
    """Eight weeks after 15 February are 12 April; 3 to 9 March stood still: 7 days, so 19 April 2027."""
    story = (
        Story(policy=POLICY).act("2027-02-15T10:00", "melding").act("2027-02-15T11:00", "aanvraag_ingediend")
    )
    story.act("2027-03-02T10:00", "aanvulling_gevraagd", uiterlijk="2027-03-16", stukken=["loonstrook"])
    story.act("2027-03-10T10:00", "aanvulling_ontvangen")
    assert story.term("besluit_aanvraag-1").due == date(2027, 4, 19)
    new = (
        Story(policy=POLICY).act("2027-03-01T10:00", "melding").act("2027-03-01T11:00", "aanvraag_ingediend")
    )
    assert new.term("besluit_aanvraag-1").due == date(2027, 4, 12)


def test_ladders_are_those_of_the_day_on_which_the_term_is_armed() -> None:
    story = Story(policy=POLICY).act("2027-01-04T10:00", "melding").until("2027-01-08T09:30")
    assert [what for _, _, what in story.told("escalated", term="eerste_gesprek")] == [
        "eigenaar",
        "teamleider",
    ]


def test_a_correction_after_the_date_tells_the_story_by_the_rules_of_then() -> None:
    story = Story(policy=POLICY).act("2026-12-28T10:00", "melding", act_id="m")
    story.act("2027-01-04T10:00", "handeling_gecorrigeerd", role="teamleider", handeling="m", ingang="2026-12-29",
              reden="verkeerde dag")  # fmt: skip
    assert story.term("eerste_gesprek-1").due == date(2027, 1, 5)


def test_amounts_follow_the_law_of_the_day() -> None:
    assert POLICY.on(date(2027, 2, 28)).dwangsom.maximum_euro == 1442
    assert POLICY.on(date(2027, 3, 1)).dwangsom.maximum_euro == 2100


def test_maatschappelijke_participatie_comes_in_2027_and_may_come_earlier() -> None:
    """Wet van 1 oktober 2025: 2027 brings it, 2026 is a year of tolerance."""
    key = "wettelijke_grondslag_mna"
    law = load_policy("deventer")
    assert law.on(date(2026, 12, 31)).readings[key] == "tegenprestatie"
    assert law.on(date(2027, 1, 1)).readings[key] == "maatschappelijke_participatie"
    early = changed('\n[readings]\nwettelijke_grondslag_mna = "maatschappelijke_participatie"\n')
    assert early.on(date(2026, 6, 1)).readings[key] == "maatschappelijke_participatie"
    with pytest.raises(PolicyError, match=r"wettelijke_grondslag_mna: vanaf 1 januari 2027.*tegenprestatie"):
        changed('\n[readings]\nwettelijke_grondslag_mna = "tegenprestatie"\n')


def test_the_fingerprint_covers_what_is_still_to_come() -> None:
    assert POLICY.hash != load_policy("deventer").hash
    assert POLICY.on(date(2027, 8, 1)).hash == POLICY.hash
    assert changed(LATER.replace("length = 3\n", "length = 5\n"), LAW).hash != POLICY.hash


def test_a_journey_carries_only_what_differs() -> None:
    """Two periods more make the policy that a journey carries hardly longer."""
    size = len(load_policy("deventer").model_dump_json())
    assert len(POLICY.model_dump_json()) < size * 1.1
    again = Policy.model_validate_json(POLICY.model_dump_json())
    assert again == POLICY
    assert again.on(date(2027, 7, 1)).term("plan").length == 3


def test_before_the_first_day_the_oldest_rules_hold() -> None:
    assert POLICY.on(date(2019, 5, 1)) is POLICY


@pytest.mark.parametrize(
    ("local", "national", "said"),
    [
        ("valid_from = 2026-01-01", "", ["periods", "1 januari 2026", "valid_from"]),
        ("valid_from = 2027-01-01\n[periods.terms.plan]\nlengte = 3", "", ["terms.plan.lengte", "2027"]),
        ("valid_from = 2027-01-01\n[periods.terms.plan]\nlength = 0", "", ["terms.plan", "length", "2027"]),
        ("valid_from = 2027-01-01\n[periods.terms.plan]\nrollover = 'atw'", "", ["terms.plan", "beleid"]),
        ("valid_from = 2027-01-01\n[periods.terms.plan]\nkind = 'wettelijk'", "", ["terms.plan.kind"]),
        ("valid_from = 2027-01-01\n[periods.terms.voorschot]\nlength = 3", "", ["terms.voorschot"]),
        ("valid_from = 2027-01-01\n[periods.terms.droomtermijn]\nlength = 3", "", ["droomtermijn", "plan"]),
        ("valid_from = 2027-01-01\n[periods.ladders.vaag]\nagain_days = 3", "", ["ladders.vaag"]),
        ("valid_from = 2027-01-01\n[periods.opening]\nopens = '10:00:00'", "", ["periods", "opening"]),
        ("valid_from = 2027-01-01\n[periods.values]\nvoorschot_percentage = 90", "", ["voorschot_percentage"]),
        ("[periods.terms.plan]\nlength = 3", "", ["periods", "valid_from", "ontbreekt"]),
        ("", "valid_from = 2027-06-01\n[periods.terms.besluit_aanvraag]\nlength = 13", ["landelijk", "art. 4"]),
        ("", "valid_from = 2027-06-01\n[periods.terms.nieuwe_wet]\nlength = 13", ["landelijk", "nieuwe_wet"]),
        ("", "valid_from = 2027-01-01", ["twee perioden", "1 januari 2027"]),
    ],
)  # fmt: skip
def test_a_wrong_period_is_refused_long_before_its_date(local: str, national: str, said: list[str]) -> None:
    with pytest.raises(PolicyError) as refusal:
        changed(*(f"\n[[periods]]\n{text}\n" if text else "" for text in (local, national)))
    for words in said:
        assert words in str(refusal.value)
