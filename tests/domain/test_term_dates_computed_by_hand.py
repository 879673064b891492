"""Dates that a person computed with a calendar on the table, each with its source."""

from datetime import UTC, date, datetime

import pytest

from domain.calendars import CalendarNotCovered
from domain.terms import TermRule, compute, explain
from runtime.policies import load_policy

DEVENTER = load_policy("deventer")
DAYS = DEVENTER.calendars


def rule(length: int, unit: str, *, counts: str = "deadline", rollover: str = "atw") -> TermRule:
    return TermRule.model_validate(
        {
            "key": "proef",
            "description": "Proef",
            "source": "proef",
            "kind": "wettelijk",
            "counts": counts,
            "start": "het begin",
            "length": length,
            "unit": unit,
            "rollover": rollover,
            "term_class": "wettelijk_geld",
            "confidence": "P",
        }
    )


@pytest.mark.parametrize(
    ("key", "start", "raw", "legal", "why"),
    [
        (
            "eerste_gesprek",
            "2026-04-30",
            "2026-05-07",
            "2026-05-07",
            "Thursday + 7 days, a promise never rolls",
        ),
        ("eerste_gesprek", "2026-04-28", "2026-05-05", "2026-05-05", "5 mei is closed, the promise stays"),
        ("eerste_gesprek", "2027-04-28", "2027-05-05", "2027-05-05", "Wednesday + 7 = Bevrijdingsdag, stays"),
        ("voorschot", "2026-05-04", "2026-06-01", "2026-06-01", "Pw 52: 4 weeks, a Monday"),
        ("voorschot", "2026-04-27", "2026-05-25", "2026-05-26", "4 weeks = tweede pinksterdag -> Tuesday"),
        ("voorschot", "2026-03-09", "2026-04-06", "2026-04-07", "4 weeks = tweede paasdag -> Tuesday"),
        (
            "voorschot",
            "2026-03-06",
            "2026-04-03",
            "2026-04-07",
            "Goede Vrijdag, weekend, paasmaandag -> Tuesday",
        ),
        (
            "voorschot",
            "2026-11-27",
            "2026-12-25",
            "2026-12-28",
            "Kerst on Friday and Saturday, Sunday -> Monday",
        ),
        (
            "voorschot",
            "2026-04-17",
            "2026-05-15",
            "2026-05-18",
            "equated day after Hemelvaart, weekend -> Monday",
        ),
        ("voorschot", "2026-12-04", "2027-01-01", "2027-01-04", "Nieuwjaarsdag on a Friday -> Monday"),
        (
            "voorschot",
            "2026-02-28",
            "2026-03-28",
            "2026-03-30",
            "Saturday before the clocks change -> Monday",
        ),
        ("besluit_aanvraag", "2026-05-04", "2026-06-29", "2026-06-29", "Awb 4:13: 8 weeks"),
        (
            "besluit_aanvraag",
            "2026-10-05",
            "2026-11-30",
            "2026-11-30",
            "8 weeks after Mon 5 Oct = Mon 30 Nov",
        ),
        ("besluit_aanvraag", "2027-03-10", "2027-05-05", "2027-05-10", "5 mei, Hemelvaart, equated, weekend"),
        ("besluit_aanvraag", "2025-12-31", "2026-02-25", "2026-02-25", "across the year's end"),
        ("besluit_aanvraag", "2026-03-02", "2026-04-27", "2026-04-28", "8 weeks = Koningsdag -> Tuesday"),
        ("besluit_aanvraag", "2028-03-03", "2028-04-28", "2028-05-01", "equated day after Koningsdag 2028"),
        ("besluit_aanvraag", "2028-01-04", "2028-02-29", "2028-02-29", "ends on the leap day, a Tuesday"),
        ("plan", "2026-05-20", "2026-07-01", "2026-07-01", "6 weeks"),
        ("start_mna", "2026-04-07", "2026-05-05", "2026-05-05", "policy stays on Bevrijdingsdag"),
        ("ingebrekestelling", "2026-07-06", "2026-07-20", "2026-07-20", "Awb 4:17: 2 weeks"),
        ("ingebrekestelling", "2026-12-12", "2026-12-26", "2026-12-28", "tweede kerstdag, Sunday -> Monday"),
        (
            "nazorg_1",
            "2027-01-31",
            "2027-02-28",
            "2027-02-28",
            "a month after the 31st: the last of February",
        ),
        ("nazorg_6", "2026-08-31", "2027-02-28", "2027-02-28", "no 31 February"),
        ("aanvaarding", "2026-05-12", "2026-05-20", "2026-05-20", "5 opening days: 13, 15, 18, 19, 20 May"),
    ],
)
def test_ends_where_a_calendar_says(key: str, start: str, raw: str, legal: str, why: str) -> None:
    found = compute(DEVENTER.term(key), date.fromisoformat(start), DAYS)
    assert (found.raw_end, found.legal_end) == (date.fromisoformat(raw), date.fromisoformat(legal)), why


@pytest.mark.parametrize(
    ("term", "start", "legal", "why"),
    [
        (rule(12, "weken"), "2026-01-12", "2026-04-07", "exactly 12 weeks (paasmaandag) rolls"),
        (
            rule(13, "weken", rollover="geen"),
            "2026-01-05",
            "2026-04-06",
            "13 weeks stays on paasmaandag (ATW 4)",
        ),
        (rule(3, "maanden"), "2026-02-25", "2026-05-26", "exactly 3 months (tweede pinksterdag) rolls"),
        (rule(6, "maanden", rollover="geen"), "2026-07-01", "2027-01-01", "6 months stays on Nieuwjaarsdag"),
        (rule(3, "jaren", rollover="geen"), "2025-05-05", "2028-05-05", "years stay (ATW 4)"),
        (
            rule(3, "dagen"),
            "2026-04-02",
            "2026-04-08",
            "ATW 2: Thu + 3 = Easter; two working days are 7 and 8 April",
        ),
        (rule(7, "dagen"), "2026-12-24", "2026-12-31", "a week over Kerst keeps 28 to 31 December"),
        (
            rule(3, "werkdagen", rollover="geen"),
            "2026-05-12",
            "2026-05-18",
            "13, 15 (equated is a working day), 18",
        ),
        (rule(3, "werkdagen", rollover="geen"), "2027-05-04", "2027-05-11", "7 (equated), 10, 11 May"),
        (
            rule(6, "maanden", counts="duration", rollover="geen"),
            "2026-07-01",
            "2026-12-31",
            "1 July is day 1",
        ),
        (
            rule(2, "jaren", counts="duration", rollover="geen"),
            "2026-09-07",
            "2028-09-06",
            "participatieplaats",
        ),
        (
            rule(6, "maanden", counts="duration", rollover="geen"),
            "2026-09-01",
            "2027-02-28",
            "LKS forfaitair",
        ),
        (
            rule(6, "maanden", counts="duration", rollover="geen"),
            "2026-08-31",
            "2027-02-28",
            "clipped, no day stolen",
        ),
        (
            rule(8, "weken", counts="duration", rollover="geen"),
            "2026-03-02",
            "2026-04-26",
            "day 56 is a Sunday, stays",
        ),
    ],
)
def test_kinds_of_counting(term: TermRule, start: str, legal: str, why: str) -> None:
    assert compute(term, date.fromisoformat(start), DAYS).legal_end == date.fromisoformat(legal), why


@pytest.mark.parametrize(
    ("key", "start", "raw", "legal", "why"),
    [
        (
            "stukken_school",
            "2026-04-07",
            "2026-05-05",
            "2026-05-06",
            "Pw 41(5): 4 weeks = Bevrijdingsdag, a Tuesday -> Wednesday",
        ),
        (
            "buiten_behandeling",
            "2026-04-16",
            "2026-05-14",
            "2026-05-18",
            "Awb 4:5(4): 4 weeks = Hemelvaart, equated Friday, weekend -> Monday",
        ),
        (
            "bezwaar_indienen",
            "2026-04-13",
            "2026-05-25",
            "2026-05-26",
            "Awb 6:7: 6 weeks = tweede pinksterdag -> Tuesday",
        ),
        (
            "bezwaar_indienen",
            "2027-03-25",
            "2027-05-06",
            "2027-05-10",
            "Awb 6:7: 6 weeks = Hemelvaart 2027, equated Friday, weekend -> Monday",
        ),
        (
            "bezwaar_per_post",
            "2026-05-18",
            "2026-05-25",
            "2026-05-26",
            "Awb 6:9(2): a week later = tweede pinksterdag -> Tuesday",
        ),
        (
            "bezwaar_besluit",
            "2026-05-26",
            "2026-07-07",
            "2026-07-07",
            "Awb 7:10: 6 weeks after the objection term, an ordinary Tuesday",
        ),
        (
            "bezwaar_besluit_commissie",
            "2026-03-02",
            "2026-05-25",
            "2026-05-26",
            "Awb 7:13: 12 weeks is not more than 12, so it rolls off pinkstermaandag",
        ),
        (
            "bezwaar_verdaging",
            "2027-04-05",
            "2027-05-17",
            "2027-05-18",
            "Awb 7:10(3): 6 weeks = tweede pinksterdag 2027 -> Tuesday",
        ),
        (
            "beroep_indienen",
            "2026-11-20",
            "2027-01-01",
            "2027-01-04",
            "Awb 6:7: 6 weeks = Nieuwjaarsdag, a Friday -> Monday",
        ),
        (
            "voorziening_besluit",
            "2027-03-12",
            "2027-05-07",
            "2027-05-10",
            "Awb 4:13: 8 weeks = the equated day of 2027 -> Monday",
        ),
        ("dwangsom", "2026-07-21", "2026-08-31", "2026-08-31", "Awb 4:17(1): 42 days, 21 July is day 1"),
        (
            "dwangsom",
            "2026-11-15",
            "2026-12-26",
            "2026-12-26",
            "Awb 4:17: 42 days of money end on tweede kerstdag, nothing rolls",
        ),
        (
            "dwangsom_besluit",
            "2026-12-11",
            "2026-12-25",
            "2026-12-28",
            "Awb 4:18: 2 weeks = Kerst on Friday and Saturday, Sunday -> Monday",
        ),
        (
            "boete_besluit",
            "2026-01-05",
            "2026-04-06",
            "2026-04-06",
            "Awb 5:51: 13 weeks is more than 12, stays on paasmaandag (ATW 4)",
        ),
        (
            "opschorting_recht",
            "2026-03-02",
            "2026-04-26",
            "2026-04-26",
            "Pw 54: the first day is day 1, day 56 is a Sunday and stays",
        ),
        (
            "heroverweging_maatregel",
            "2026-02-25",
            "2026-05-25",
            "2026-05-26",
            "Pw 18(3): exactly 3 months (tweede pinksterdag) rolls",
        ),
        (
            "heroverweging_maatregel",
            "2027-11-30",
            "2028-02-29",
            "2028-02-29",
            "Pw 18(3): no 30 February, so the leap day",
        ),
        ("taaltoets", "2026-11-06", "2027-01-01", "2027-01-04", "Pw 18b(2): 8 weeks over the year's end"),
        (
            "taal_leren",
            "2026-03-27",
            "2026-04-27",
            "2026-04-28",
            "Pw 18b(6): a month = Koningsdag -> Tuesday",
        ),
        (
            "ontheffing_ouder_plan",
            "2026-08-31",
            "2027-02-28",
            "2027-02-28",
            "Pw 9a(7): 6 months, no 31 February, a Sunday stays",
        ),
        (
            "participatieplaats_maximum",
            "2026-09-07",
            "2028-09-06",
            "2028-09-06",
            "Pw 10a(1): 2 years, the start is day 1",
        ),
        (
            "participatieplaats_maximum",
            "2026-03-01",
            "2028-02-29",
            "2028-02-29",
            "Pw 10a(1): 2 years end on the leap day",
        ),
        (
            "participatieplaats_toets",
            "2026-08-05",
            "2027-05-05",
            "2027-05-05",
            "Pw 10a(8): 9 months stay on Bevrijdingsdag",
        ),
        (
            "participatieplaats_stop",
            "2026-12-25",
            "2027-12-25",
            "2027-12-25",
            "Pw 10a(8): 12 months stay on Kerst, a Saturday",
        ),
        (
            "participatieplaats_scholing",
            "2026-10-27",
            "2027-04-27",
            "2027-04-27",
            "Pw 10a(5): 6 months stay on Koningsdag",
        ),
        (
            "proefplaats",
            "2026-03-05",
            "2026-05-05",
            "2026-05-06",
            "Pw 8a(2)d: 2 months = Bevrijdingsdag -> Wednesday",
        ),
        (
            "lks_besluit",
            "2026-03-31",
            "2026-05-05",
            "2026-05-06",
            "Pw 10d(12): 5 weeks = Bevrijdingsdag -> Wednesday",
        ),
        (
            "lks_achteraf",
            "2026-07-01",
            "2027-01-01",
            "2027-01-01",
            "Pw 10d(2): 6 months stay on Nieuwjaarsdag",
        ),
        ("lks_forfaitair", "2026-09-01", "2027-02-28", "2027-02-28", "Pw 10d(5): 1 September is day 1"),
        (
            "lks_forfaitair",
            "2027-09-01",
            "2028-02-29",
            "2028-02-29",
            "Pw 10d(5): the same a year later ends on the leap day",
        ),
        (
            "beschut_advies",
            "2026-03-02",
            "2026-04-27",
            "2026-04-28",
            "Besluit beschut werk 2(1): 8 weeks = Koningsdag -> Tuesday (ATW 5)",
        ),
        (
            "pip",
            "2026-03-16",
            "2026-05-25",
            "2026-05-26",
            "Besluit inburgering 5.3(1): 10 weeks = tweede pinksterdag -> Tuesday",
        ),
        (
            "pip_aanvulling",
            "2027-04-22",
            "2027-05-06",
            "2027-05-10",
            "Besluit inburgering 5.3(2): 2 weeks = Hemelvaart 2027 -> Monday",
        ),
        (
            "inburgering",
            "2026-06-15",
            "2029-06-15",
            "2029-06-15",
            "Wi 11: 3 years never roll, so no table of 2029 is needed",
        ),
        (
            "leerroute_wissel",
            "2026-07-01",
            "2028-01-01",
            "2028-01-01",
            "Besluit inburgering 5.4: 18 months stay on Nieuwjaarsdag",
        ),
        ("ontzorgen", "2026-07-01", "2026-12-31", "2026-12-31", "Pw 56a: 6 months, 1 July is day 1"),
        (
            "schuld_eerste_gesprek",
            "2027-03-01",
            "2027-03-29",
            "2027-03-30",
            "Wgs 4(1): 4 weeks = tweede paasdag 2027 -> Tuesday",
        ),
        (
            "schuld_bedreigend",
            "2027-03-25",
            "2027-04-01",
            "2027-04-01",
            "Wgs 4(2): Goede Vrijdag and paasmaandag do not count: 30, 31 March, 1 April",
        ),
        ("schuld_bedreigend", "2026-12-23", "2026-12-29", "2026-12-29", "Wgs 4(2): 24, 28, 29 December"),
        (
            "schuld_bedreigend",
            "2027-05-04",
            "2027-05-11",
            "2027-05-11",
            "Wgs 4(2): the equated 7 May is a working day: 7, 10, 11 May",
        ),
        (
            "wmo_onderzoek",
            "2026-04-03",
            "2026-05-15",
            "2026-05-18",
            "Wmo 2.3.2(1): 6 weeks = equated day after Hemelvaart -> Monday",
        ),
        (
            "wmo_persoonlijk_plan",
            "2026-03-30",
            "2026-04-06",
            "2026-04-07",
            "Wmo 2.3.2(2): 7 days = tweede paasdag -> Tuesday",
        ),
        (
            "wmo_besluit",
            "2026-04-21",
            "2026-05-05",
            "2026-05-06",
            "Wmo 2.3.5(2): 2 weeks = Bevrijdingsdag -> Wednesday",
        ),
        ("klacht", "2026-03-16", "2026-04-27", "2026-04-28", "Awb 9:11: 6 weeks = Koningsdag -> Tuesday"),
        ("bbz_besluit", "2026-02-03", "2026-05-05", "2026-05-05", "Bbz 35: 13 weeks stay on Bevrijdingsdag"),
        (
            "overlijden_partner",
            "2028-01-31",
            "2028-02-29",
            "2028-02-29",
            "Pw 45(5): through one month after, the leap day",
        ),
        ("buitenland", "2026-12-04", "2027-01-01", "2027-01-01", "Pw 13(1)e: 4 weeks stay on Nieuwjaarsdag"),
        (
            "hergebruik_gegevens",
            "2028-02-29",
            "2029-02-28",
            "2029-02-28",
            "Pw 43a: 12 months after the leap day",
        ),
        ("herleving", "2026-04-05", "2026-05-05", "2026-05-05", "Pw 45(3)a: 30 days stay on Bevrijdingsdag"),
        (
            "zoektermijn",
            "2026-04-07",
            "2026-05-05",
            "2026-05-05",
            "Pw 41(4): a waiting time never rolls, also not off 5 mei",
        ),
        (
            "melding_uit_ww",
            "2026-06-02",
            "2026-05-05",
            "2026-05-05",
            "Pw 41(6): 4 weeks back never roll (ATW 1(2))",
        ),
        (
            "bijstand_terug",
            "2028-05-31",
            "2028-02-29",
            "2028-02-29",
            "Pw 44(5): 3 months back, no 31 February",
        ),
        (
            "kwalificatieplicht",
            "2010-06-15",
            "2028-06-15",
            "2028-06-15",
            "Leerplichtwet 4a: the 18th birthday",
        ),
        (
            "verjaardag_27",
            "2000-05-05",
            "2027-05-05",
            "2027-05-05",
            "Pw 41(4): the 27th birthday, on a feestdag",
        ),
        (
            "aanvraag_blijft_uit",
            "2026-12-29",
            "2027-01-06",
            "2027-01-06",
            "5 opening days over the year's end: 30, 31, 4, 5, 6",
        ),
        (
            "overdracht",
            "2027-04-26",
            "2027-05-04",
            "2027-05-04",
            "5 opening days around Koningsdag: 28, 29, 30, 3, 4",
        ),
        (
            "hersteltermijn",
            "2026-04-13",
            "2026-04-27",
            "2026-04-27",
            "set by the municipality, stays on Koningsdag",
        ),
        (
            "ziekte_toets",
            "2026-04-13",
            "2026-05-25",
            "2026-05-26",
            "6 weeks = tweede pinksterdag, moves to the next opening day",
        ),
        (
            "trede_meting",
            "2026-11-05",
            "2027-05-05",
            "2027-05-07",
            "half a year = 5 mei 2027, Hemelvaart; on the equated Friday it is open",
        ),
    ],
    ids=str,
)
def test_every_kind_of_term_of_law_and_policy(key: str, start: str, raw: str, legal: str, why: str) -> None:
    found = compute(DEVENTER.term(key), date.fromisoformat(start), DAYS)
    assert (found.raw_end, found.legal_end) == (date.fromisoformat(raw), date.fromisoformat(legal)), why


@pytest.mark.parametrize(
    ("key", "start", "opens"),
    [
        ("zoektermijn", "2026-03-05", "2026-04-01T22:00"),  # 2 April 00:00, summer time since 29 March
        ("zoektermijn", "2026-10-01", "2026-10-28T23:00"),  # 29 October 00:00, winter time since the 25th
        ("zoektermijn", "2027-03-05", "2027-04-01T22:00"),  # 2 April 00:00, summer time since 28 March
        ("melding_uit_ww", "2026-11-12", "2026-10-14T22:00"),  # 15 October 00:00, still summer time
    ],
)
def test_what_opens_opens_at_midnight_local_across_both_clock_changes(
    key: str, start: str, opens: str
) -> None:
    found = compute(DEVENTER.term(key), date.fromisoformat(start), DAYS)
    assert found.opens_at == datetime.fromisoformat(opens).replace(tzinfo=UTC)
    assert found.breach_at is None


@pytest.mark.parametrize(
    ("key", "start", "breach"),
    [
        ("schuld_bedreigend", "2026-10-23", "2026-10-28T23:00"),  # Fri; 26, 27, 28 October, in winter time
        ("wmo_besluit", "2026-03-16", "2026-03-30T22:00"),  # Mon 30 March, in summer time
        ("wmo_besluit", "2027-03-15", "2027-03-30T22:00"),  # Mon 29 March = tweede paasdag -> Tue 30
    ],
)
def test_a_statutory_term_passes_at_midnight_local(key: str, start: str, breach: str) -> None:
    found = compute(DEVENTER.term(key), date.fromisoformat(start), DAYS)
    assert found.breach_at == datetime.fromisoformat(breach).replace(tzinfo=UTC)


def test_an_earliest_term_opens_at_midnight_in_amsterdam_and_is_never_breached() -> None:
    """Zoektermijn from Thu 30 April opens on Thu 28 May 00:00 local, 27 May 22:00 UTC (Pw 41 lid 4)."""
    found = compute(rule(4, "weken", counts="earliest", rollover="geen"), date(2026, 4, 30), DAYS)
    assert found.opens_at == datetime(2026, 5, 27, 22, tzinfo=UTC)
    assert found.breach_at is None


@pytest.mark.parametrize(
    ("start", "breach"),
    [
        ("2026-03-21", "2026-03-28T23:00"),  # the last day is the short one: 28 March is still winter time
        ("2026-03-22", "2026-03-29T22:00"),  # 29 March 2026 has 23 hours
        ("2026-10-18", "2026-10-25T23:00"),  # 25 October 2026 has 25 hours
        ("2027-03-21", "2027-03-28T22:00"),
        ("2027-10-24", "2027-10-31T23:00"),
    ],
)
def test_breach_is_at_midnight_local_across_both_clock_changes(start: str, breach: str) -> None:
    found = compute(DEVENTER.term("eerste_gesprek"), date.fromisoformat(start), DAYS)
    assert found.breach_at == datetime.fromisoformat(breach).replace(tzinfo=UTC)


def test_target_is_the_last_opening_day_before_a_closed_end() -> None:
    # 5 May 2026 is a Tuesday and closed: the talk has to be on Monday 4 May.
    found = compute(DEVENTER.term("eerste_gesprek"), date(2026, 4, 28), DAYS)
    assert found.target == date(2026, 5, 4)


def test_the_steps_tell_why() -> None:
    term = DEVENTER.term("besluit_aanvraag")
    steps = explain(term, compute(term, date(2027, 3, 10), DAYS), DAYS)
    told = " ".join(steps)
    for needed in (
        "56 dagen",
        "5 mei 2027",
        "Bevrijdingsdag",
        "Hemelvaartsdag",
        "gelijkgestelde dag",
        "weekend",
        "maandag 10 mei 2027",
        "Algemene termijnenwet art. 1",
    ):
        assert needed in told


def test_a_year_outside_the_table_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(CalendarNotCovered, match=r"2029.*kalender\.toml"):
        compute(DEVENTER.term("besluit_aanvraag"), date(2028, 11, 20), DAYS)


def test_every_atw_day_of_2026_and_2027() -> None:
    """ATW art. 3 lid 1 and the equated days; weekends left out."""
    free = {day for day in (*DAYS.holidays, *DAYS.equated) if day.year in (2026, 2027) and day.weekday() < 5}
    assert sorted(day.isoformat() for day in free) == [
        "2026-01-01", "2026-01-02", "2026-04-03", "2026-04-06", "2026-04-27", "2026-05-05", "2026-05-14",
        "2026-05-15", "2026-05-25", "2026-12-25",
        "2027-01-01", "2027-03-26", "2027-03-29", "2027-04-27", "2027-05-05", "2027-05-06", "2027-05-07",
        "2027-05-17",
    ]  # fmt: skip


def test_calendars_are_never_one() -> None:
    day_after_hemelvaart, goede_vrijdag, labour_day = date(2026, 5, 15), date(2026, 4, 3), date(2026, 5, 1)
    assert DAYS.why_free(day_after_hemelvaart)
    assert DAYS.is_working_day(day_after_hemelvaart)
    assert DAYS.is_open(day_after_hemelvaart)
    assert DAYS.why_free(goede_vrijdag)
    assert DAYS.is_open(goede_vrijdag)
    assert not DAYS.is_payment_day(goede_vrijdag)
    assert not DAYS.why_free(labour_day)
    assert not DAYS.is_payment_day(labour_day)
