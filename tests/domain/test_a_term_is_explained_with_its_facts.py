"""One term worked out from a case: standing still, longer, in default, registered later."""

from datetime import date
from importlib.resources import files

import pytest

from domain.calculation import CannotWorkOut, Facts, WorkedOut, work_out
from domain.calendars import CalendarNotCovered
from domain.dwangsom import Dwangsom, PenaltyStep
from domain.policy import Policy
from domain.policy_files import PolicyText, resolve
from runtime.policies import load_policy, policy_texts

DEVENTER = load_policy("deventer")


def worked(key: str, *, policy: Policy = DEVENTER, **days: str) -> WorkedOut:
    return work_out(policy, key, Facts(**{name: date.fromisoformat(day) for name, day in days.items()}))


def with_reading(line: str) -> Policy:
    texts = policy_texts(None)
    local = (files("policies") / "deventer.toml").read_text(encoding="utf-8")
    return resolve(
        "deventer",
        local=PolicyText(file="deventer.toml", text=f"{local}\n[readings]\n{line}\n"),
        national=texts["landelijk"],
        calendar=texts["kalender"],
        shared={"basis": texts["basis"]},
    )


def test_invited_14_and_completed_23_october_stood_still_eight_days() -> None:
    """Awb 4:15 lid 1: 15 to 22 October is eight days, so 30 November becomes 8 December."""
    found = worked("besluit_aanvraag", start="2026-10-05", invited="2026-10-14", completed="2026-10-23")
    assert found.suspended_days == 8
    assert found.suspended_days_by_reading == {"C-I-1": 8, "C-I": 9}
    assert found.dates.legal_end == date(2026, 12, 8)
    assert "8 dagen stil (lezing C-I-1; 9 bij lezing C-I" in found.steps[0]


def test_the_other_reading_is_a_setting() -> None:
    policy = with_reading('opschorting_aanvulling = "C-I"')
    found = worked(
        "besluit_aanvraag", policy=policy, start="2026-10-05", invited="2026-10-14", completed="2026-10-23"
    )
    assert found.suspended_days == 9
    assert found.dates.legal_end == date(2026, 12, 9)


def test_an_unused_completion_term_stood_still_until_its_last_day() -> None:
    """15 to 28 October is fourteen days: 30 November becomes 14 December."""
    found = worked("besluit_aanvraag", start="2026-10-05", invited="2026-10-14", unused_until="2026-10-28")
    assert found.suspended_days == 14
    assert found.dates.legal_end == date(2026, 12, 14)


def test_the_end_rolls_after_standing_still() -> None:
    """8 weeks after 27 October is 22 December; 3 days more is Kerst, a Friday, so Monday 28 December."""
    found = worked("besluit_aanvraag", start="2026-10-27", invited="2026-11-02", unused_until="2026-11-05")
    assert (found.dates.raw_end, found.dates.legal_end) == (date(2026, 12, 25), date(2026, 12, 28))


@pytest.mark.parametrize(
    ("registered", "end"),
    [
        ("2026-05-20", "2026-08-10"),  # already registered on 1 June: 10 weeks after the notice
        ("2026-06-15", "2026-08-24"),  # registered two weeks later: 10 weeks after 15 June
    ],
)
def test_a_pip_counts_from_the_later_registration(registered: str, end: str) -> None:
    """Besluit inburgering 2021 art. 5.3 lid 1."""
    found = worked("pip", start="2026-06-01", registered=registered)
    assert found.dates.legal_end == date.fromisoformat(end)


def test_an_extension_sent_in_time_replaces_the_end_and_never_rolls() -> None:
    """Awb 4:14 lid 3; Kerst is the day that was named."""
    found = worked(
        "besluit_aanvraag", start="2026-10-05", extended_on="2026-11-30", extended_until="2026-12-25"
    )
    assert found.dates.legal_end == date(2026, 12, 25)


def test_an_adjourned_objection_gets_six_weeks_more_and_then_rolls() -> None:
    """Awb 7:10 lid 3: 13 April + 6 weeks is tweede pinksterdag, so Tuesday 26 May 2026."""
    found = worked("bezwaar_besluit", start="2026-03-02", adjourned_on="2026-04-10")
    assert (found.dates.raw_end, found.dates.legal_end) == (date(2026, 5, 25), date(2026, 5, 26))


def test_a_notice_gives_two_weeks_and_then_the_three_amounts() -> None:
    """Awb 4:17: two weeks after Saturday 12 December end on tweede kerstdag and roll to Monday 28."""
    penalty = worked("besluit_aanvraag", start="2026-10-05", notice="2026-12-12").penalty
    assert penalty is not None
    assert penalty.last_day_to_decide == date(2026, 12, 28)
    assert [(line.since, line.through, line.euro_per_day, line.total_euro) for line in penalty.per_day] == [
        (date(2026, 12, 29), date(2027, 1, 11), 23, 322),
        (date(2027, 1, 12), date(2027, 1, 25), 35, 812),
        (date(2027, 1, 26), date(2027, 2, 8), 45, 1442),
    ]
    assert penalty.maximum_euro == 1442
    # Awb 4:18: two weeks after the last day, Monday 8 February.
    assert penalty.decision_due == date(2027, 2, 22)


def test_the_first_day_of_a_dwangsom_is_a_setting() -> None:
    policy = with_reading('dwangsom_eerste_dag = "laatste_dag"')
    penalty = worked("besluit_aanvraag", policy=policy, start="2026-10-05", notice="2026-12-12").penalty
    assert penalty is not None
    assert (penalty.first_day, penalty.last_day) == (date(2026, 12, 28), date(2027, 2, 7))


@pytest.mark.parametrize(
    ("days", "owed"), [(-3, 0), (0, 0), (1, 23), (14, 322), (15, 357), (28, 812), (42, 1442), (60, 1442)]
)
def test_what_is_owed_after_so_many_days(days: int, owed: int) -> None:
    """Awb 4:17 lid 2: 14 x 23, 14 x 35, 14 x 45."""
    steps = tuple(PenaltyStep(days=14, euro=euro) for euro in (23, 35, 45))
    assert Dwangsom(steps=steps).after(days) == owed


@pytest.mark.parametrize(
    ("key", "days", "said"),
    [
        ("zoektermijn", {"invited": "2026-10-07"}, ["--invited past niet bij zoektermijn", "4:15"]),
        ("voorschot", {"invited": "2026-10-07"}, ["--invited past niet bij voorschot"]),
        ("besluit_aanvraag", {"completed": "2026-10-23"}, ["--invited"]),
        ("besluit_aanvraag", {"unused_until": "2026-10-23"}, ["--invited"]),
        ("besluit_aanvraag", {"invited": "2026-10-14"}, ["--completed", "--unused-until"]),
        (
            "besluit_aanvraag",
            {"invited": "2026-10-14", "completed": "2026-10-20", "unused_until": "2026-10-28"},
            ["sluiten elkaar uit"],
        ),
        (
            "besluit_aanvraag",
            {"invited": "2026-10-14", "completed": "2026-10-13"},
            ["vóór de uitnodiging", "--completed"],
        ),
        ("besluit_aanvraag", {"invited": "2026-10-14", "unused_until": "2026-10-14"}, ["--unused-until"]),
        (
            "besluit_aanvraag",
            {"invited": "2026-10-01", "completed": "2026-10-20"},
            ["vóór het begin", "--invited"],
        ),
        (
            "besluit_aanvraag",
            {"invited": "2026-12-01", "completed": "2026-12-02"},
            ["na de laatste dag", "30 november"],
        ),
        ("besluit_aanvraag", {"registered": "2026-10-07"}, ["--registered", "pip"]),
        (
            "besluit_aanvraag",
            {"extended_until": "2026-12-24", "extended_on": "2026-12-01"},
            ["liep af op maandag 30 november 2026", "verstreken"],
        ),
        (
            "besluit_aanvraag",
            {"extended_until": "2026-11-30", "extended_on": "2026-11-01"},
            ["geen verlenging"],
        ),
        ("besluit_aanvraag", {"extended_on": "2026-11-01"}, ["--extended-until"]),
        ("voorschot", {"extended_until": "2026-12-24", "extended_on": "2026-10-06"}, ["--extended-until"]),
        ("besluit_aanvraag", {"adjourned_on": "2026-11-01"}, ["--adjourned-on", "bezwaar_besluit"]),
        ("bezwaar_besluit", {"adjourned_on": "2026-11-17"}, ["liep af op maandag 16 november 2026"]),
        (
            "bezwaar_besluit",
            {"adjourned_on": "2026-11-01", "extended_until": "2027-01-15", "extended_on": "2026-11-01"},
            ["Kies er één"],
        ),
        ("voorschot", {"notice": "2026-12-12"}, ["--notice past niet bij voorschot", "4:17"]),
        ("besluit_aanvraag", {"notice": "2026-11-30"}, ["te vroeg", "30 november 2026"]),
    ],
)
def test_facts_that_do_not_fit_are_refused_by_a_sentence(
    key: str, days: dict[str, str], said: list[str]
) -> None:
    with pytest.raises(CannotWorkOut) as refusal:
        worked(key, start="2026-10-05", **days)
    for words in said:
        assert words in str(refusal.value)


def test_a_notice_after_an_extension_is_measured_against_the_longer_term() -> None:
    with pytest.raises(CannotWorkOut, match="24 december 2026"):
        worked(
            "besluit_aanvraag",
            start="2026-10-05",
            extended_on="2026-11-20",
            extended_until="2026-12-24",
            notice="2026-12-10",
        )


def test_a_start_before_the_first_rules_says_so() -> None:
    found = worked("participatieplaats_maximum", start="2025-06-01")
    assert "1 januari 2026" in found.steps[0]
    assert found.dates.legal_end == date(2027, 5, 31)


def test_a_year_that_is_not_in_the_table_is_an_error_and_never_a_guess() -> None:
    with pytest.raises(CalendarNotCovered, match="2029"):
        worked("besluit_aanvraag", start="2028-12-01")
