"""Track inkomen: advance every four weeks, decision in eight, standing still and extending."""

import pytest

from domain.decide import Refused
from domain.journey import TermStatus
from tests.domain.story import Story


def applied() -> Story:
    story = Story().act("2026-09-28T10:00", "melding").act("2026-09-30T10:00", "gesprek_gevoerd")
    return story.act("2026-10-05T10:00", "aanvraag_ingediend")


def test_advances_do_not_drift() -> None:
    """Paid 28 Oct (due 2 Nov): the next counts from payment, 25 Nov. Paid late on 1 Dec: the next counts
    from the raw due date 25 Nov, so 23 Dec (Pw 52 lid 1)."""
    story = applied().act("2026-10-28T10:00", "voorschot_betaald")
    assert str(story.term("voorschot-2").due) == "2026-11-25"
    story.act("2026-12-01T10:00", "voorschot_betaald")
    assert story.told("term_breached", term="voorschot") == [
        ("2026-11-26 00:00", "term_breached", "voorschot-2")
    ]
    assert str(story.term("voorschot-3").due) == "2026-12-23"


def test_the_raw_due_date_counts_also_where_the_due_date_rolled() -> None:
    """Applied 27 April: raw 25 May (Pinksteren), due 26 May. Paid on 26 May: next from 25 May, 22 June."""
    story = Story().act("2026-04-20T10:00", "melding").act("2026-04-27T10:00", "aanvraag_ingediend")
    story.act("2026-05-26T10:00", "voorschot_betaald")
    assert str(story.term("voorschot-2").due) == "2026-06-22"


def test_no_advance_after_the_decision() -> None:
    story = applied().act("2026-10-20T10:00", "besluit_bekendgemaakt", uitkomst="toegekend")
    assert not story.state.open_terms("voorschot")
    with pytest.raises(Refused, match="er loopt geen aanvraag"):
        story.act("2026-10-21T10:00", "voorschot_betaald")


def test_invited_14_october_completed_23_october_adds_eight_days() -> None:
    """Awb 4:15 lid 1, reading C - I - 1: 8 days. 30 Nov + 8 = 8 Dec. The advance does not stand still."""
    story = applied().act(
        "2026-10-14T10:00", "aanvulling_gevraagd", uiterlijk="2026-10-28", stukken=["bankafschrift"]
    )
    assert story.term("besluit_aanvraag-1").status is TermStatus.SUSPENDED
    story.act("2026-10-23T10:00", "aanvulling_ontvangen")
    assert str(story.term("besluit_aanvraag-1").due) == "2026-12-08"
    assert story.term("besluit_aanvraag-1").suspensions[0].days == 8
    assert str(story.term("voorschot-1").due) == "2026-11-02"


def test_a_completion_term_that_runs_out_adds_its_days_and_asks_a_person() -> None:
    """Invited 14 Oct, last day 28 Oct: 14 days. 30 Nov + 14 = 14 Dec. Nothing is decided by itself."""
    story = applied().act(
        "2026-10-14T10:00", "aanvulling_gevraagd", uiterlijk="2026-10-28", stukken=["bankafschrift"]
    )
    story.until("2026-10-29T00:00")
    assert str(story.term("besluit_aanvraag-1").due) == "2026-12-14"
    assert [task.kind for task in story.state.open_tasks()] == ["aanvulling_uitgebleven"]
    assert story.state.decision == ""


def test_a_completion_in_time_that_is_recorded_late_counts_from_the_day_of_receipt() -> None:
    story = applied().act(
        "2026-10-14T10:00", "aanvulling_gevraagd", uiterlijk="2026-10-28", stukken=["bankafschrift"]
    )
    story.act("2026-11-02T10:00", "aanvulling_ontvangen", effective="2026-10-23")
    assert str(story.term("besluit_aanvraag-1").due) == "2026-12-08"


def test_the_end_after_standing_still_rolls_too() -> None:
    """Invited 14 Oct, completed 10 Nov: 26 days. 30 Nov + 26 = Sat 26 Dec, tweede kerstdag -> Mon 28 Dec."""
    story = applied().act(
        "2026-10-14T10:00", "aanvulling_gevraagd", uiterlijk="2026-11-20", stukken=["bankafschrift"]
    )
    story.act("2026-11-10T10:00", "aanvulling_ontvangen")
    term = story.term("besluit_aanvraag-1")
    assert (str(term.dates.raw_end), str(term.due)) == ("2026-12-26", "2026-12-28")


def test_nothing_is_breached_while_a_term_stands_still() -> None:
    story = applied().act(
        "2026-11-25T10:00", "aanvulling_gevraagd", uiterlijk="2026-12-20", stukken=["bankafschrift"]
    )
    story.until("2026-12-15T10:00")
    assert story.told("term_breached", term="besluit_aanvraag") == []


def test_an_extension_is_only_valid_while_the_term_runs() -> None:
    """Awb 4:14 lid 3."""
    story = applied().act(
        "2026-11-30T16:00",
        "termijn_verlengd",
        termijn="besluit_aanvraag",
        tot="2026-12-21",
        reden="onderzoek loopt",
    )
    assert str(story.term("besluit_aanvraag-1").due) == "2026-12-21"
    story.until("2026-12-22T10:00")
    with pytest.raises(Refused, match=r"Awb art\. 4:14"):
        story.act(
            "2026-12-22T11:00",
            "termijn_verlengd",
            termijn="besluit_aanvraag",
            tot="2027-01-11",
            reden="nog langer",
        )


def test_an_extension_after_standing_still_ends_on_the_day_that_was_decided() -> None:
    story = applied().act(
        "2026-10-14T10:00", "aanvulling_gevraagd", uiterlijk="2026-10-28", stukken=["bankafschrift"]
    )
    story.act("2026-10-23T10:00", "aanvulling_ontvangen")
    story.act(
        "2026-11-02T10:00",
        "termijn_verlengd",
        termijn="besluit_aanvraag",
        tot="2026-12-31",
        reden="onderzoek",
    )
    assert str(story.term("besluit_aanvraag-1").due) == "2026-12-31"


def test_documents_asked_in_time_and_recorded_after_the_breach_still_stop_the_clock() -> None:
    """Due 30 Nov; asked on 25 Nov, recorded on 2 Dec, complete on 4 Dec: 8 days, so Tue 8 Dec."""
    story = applied().act(
        "2026-12-02T10:00",
        "aanvulling_gevraagd",
        effective="2026-11-25",
        uiterlijk="2026-12-16",
        stukken=["bankafschrift"],
    )
    story.act("2026-12-04T10:00", "aanvulling_ontvangen")
    assert str(story.term("besluit_aanvraag-1").due) == "2026-12-08"
    story.act("2026-12-08T10:00", "besluit_bekendgemaakt", uitkomst="toegekend")
    term = story.term("besluit_aanvraag-1")
    assert (term.status, term.breached_at is not None) == (TermStatus.IN_TIME_RECORDED_LATE, True)


def test_an_application_after_closing_can_be_decided() -> None:
    story = Story().act("2026-09-28T10:00", "melding")
    story.act("2026-10-01T10:00", "klantroute_beeindigd", exit="vrijwillig", reden="op eigen verzoek")
    story.act("2026-10-05T10:00", "aanvraag_ingediend")
    story.act("2026-10-20T10:00", "voorschot_betaald")
    story.act("2026-11-02T10:00", "besluit_bekendgemaakt", uitkomst="toegekend")
    assert not story.state.open_terms("besluit_aanvraag")


def test_an_advance_cannot_be_extended() -> None:
    with pytest.raises(Refused, match=r"kan niet verlengd worden \(Participatiewet art\. 52"):
        applied().act(
            "2026-10-10T10:00", "termijn_verlengd", termijn="voorschot", tot="2026-12-01", reden="drukte"
        )


def test_a_journey_does_not_close_over_a_running_application() -> None:
    with pytest.raises(Refused, match="loopt nog een aanvraag"):
        applied().act(
            "2026-10-10T10:00", "klantroute_beeindigd", exit="vrijwillig", reden="geen behoefte meer"
        )


def test_an_extension_counts_by_the_day_of_the_letter_and_not_of_recording() -> None:
    """Applied Tue 6 January, due Tue 3 March. Sent on the 3rd and typed on the 5th (Awb 4:14 lid 3)."""
    story = Story().act("2026-01-05T10:00", "melding").act("2026-01-06T10:00", "aanvraag_ingediend")
    story.until("2026-03-05T09:00")
    assert story.term("besluit_aanvraag-1").status is TermStatus.BREACHED
    more = {"termijn": "besluit_aanvraag", "tot": "2026-03-31", "reden": "onderzoek"}
    with pytest.raises(Refused, match="Verlengen kan alleen zolang"):
        story.act("2026-03-05T10:00", "termijn_verlengd", effective="2026-03-04", **more)
    story.act("2026-03-05T11:00", "termijn_verlengd", effective="2026-03-03", **more)
    term = story.term("besluit_aanvraag-1")
    assert (str(term.due), term.status, term.counts_as_breach) == ("2026-03-31", "loopt", False)
    story.until("2026-04-01T09:00")
    assert story.term("besluit_aanvraag-1").counts_as_breach
