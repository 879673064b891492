"""Completion of an application: per document, by letter, with a second letter, more time and other grounds."""

import json
from datetime import date

import pytest

from domain.decide import Refused
from domain.journey import TermStatus
from domain.policy import Policy
from runtime.policies import load_policy
from tests.domain.story import Story


def applied(policy: Policy | None = None) -> Story:
    """Applied on Mon 5 October 2026: decision due Mon 30 November (Awb 4:13)."""
    story = Story(policy=policy).act("2026-09-28T10:00", "melding")
    return story.act("2026-09-30T10:00", "gesprek_gevoerd").act("2026-10-05T10:00", "aanvraag_ingediend")


def asked(*documents: str, until: str = "2026-10-28", policy: Policy | None = None) -> Story:
    story = applied(policy)
    return story.act("2026-10-14T10:00", "aanvulling_gevraagd", uiterlijk=until, stukken=list(documents))


def missing(story: Story) -> list[str]:
    assert story.state.income.application is not None
    return story.state.income.application.missing()


def with_reading(key: str, value: str) -> Policy:
    text = load_policy("deventer").model_dump(mode="json")
    text["readings"][key] = value
    return Policy.model_validate_json(json.dumps(text))


def test_the_clock_runs_again_only_when_the_last_document_is_there() -> None:
    """Asked 14 Oct, the last one came on 23 Oct: 23 - 14 - 1 = 8 days, 30 Nov + 8 = Tue 8 Dec."""
    story = asked("bankafschrift", "huurcontract")
    story.act("2026-10-20T10:00", "aanvulling_ontvangen", stukken=["bankafschrift"])
    assert missing(story) == ["huurcontract"]
    assert story.term("besluit_aanvraag-1").status is TermStatus.SUSPENDED
    story.act("2026-10-23T10:00", "aanvulling_ontvangen", stukken=["huurcontract"])
    assert missing(story) == []
    assert str(story.term("besluit_aanvraag-1").due) == "2026-12-08"


def test_what_came_in_part_is_written_down_and_still_missing() -> None:
    story = asked("bankafschrift").act("2026-10-20T10:00", "aanvulling_ontvangen", deels=["bankafschrift"])
    assert story.state.income.application is not None
    [document] = story.state.income.application.documents
    assert (document.partly_on, document.received_on) == (date(2026, 10, 20), None)
    assert story.term("besluit_aanvraag-1").status is TermStatus.SUSPENDED


@pytest.mark.parametrize(("reading", "due"), [("C-I-1", "2026-12-08"), ("C-I", "2026-12-09")])
def test_both_readings_of_the_day_of_completion(reading: str, due: str) -> None:
    """Awb 4:15 lid 1 leaves a day open: 8 days or 9 days after 30 Nov."""
    story = asked("bankafschrift", policy=with_reading("opschorting_aanvulling", reading))
    story.act("2026-10-23T10:00", "aanvulling_ontvangen")
    assert str(story.term("besluit_aanvraag-1").due) == due


def test_a_second_letter_asks_for_more_and_gives_longer() -> None:
    """Letters of 14 and 20 Oct, the last until 4 Nov; whole on 30 Oct: 30 - 14 - 1 = 15 days, so 15 Dec."""
    story = asked("bankafschrift").act(
        "2026-10-20T10:00", "aanvulling_gevraagd", uiterlijk="2026-11-04", stukken=["huurcontract"]
    )
    assert [str(term.due) for term in story.state.open_terms("hersteltermijn")] == ["2026-11-04"]
    story.act("2026-10-30T10:00", "aanvulling_ontvangen")
    assert str(story.term("besluit_aanvraag-1").due) == "2026-12-15"


def test_the_letter_starts_the_term_that_policy_gives() -> None:
    """Deventer gives two weeks: letter of 14 Oct, last day 28 Oct."""
    story = applied().act("2026-10-14T10:00", "aanvulling_gevraagd", stukken=["bankafschrift"])
    assert str(story.term("hersteltermijn-1").due) == "2026-10-28"


def test_more_time_on_request_keeps_the_clock_still_for_longer() -> None:
    """Asked 14 Oct, until 28 Oct, then until 11 Nov; unused: 28 days, 30 Nov + 28 = Mon 28 Dec."""
    story = asked("bankafschrift")
    story.act("2026-10-27T10:00", "aanvulling_uitstel", uiterlijk="2026-11-11", reden="bank is traag")
    story.until("2026-11-12T10:00")
    assert str(story.term("besluit_aanvraag-1").due) == "2026-12-28"


def test_unused_it_opens_four_weeks_to_leave_untreated_and_asks_a_person() -> None:
    """Unused until 28 Oct: H - I = 14 days, due 14 Dec; untreated until 25 Nov (Awb 4:5 lid 4)."""
    story = asked("bankafschrift").until("2026-10-29T00:00")
    assert str(story.term("besluit_aanvraag-1").due) == "2026-12-14"
    assert str(story.term("buiten_behandeling-1").due) == "2026-11-25"
    assert [task.kind for task in story.state.open_tasks()] == ["aanvulling_uitgebleven"]
    assert "bankafschrift" in story.state.open_tasks()[0].text
    assert story.told("term_breached", term="hersteltermijn") == []
    story.act("2026-11-25T10:00", "besluit_bekendgemaakt", uitkomst="buiten_behandeling", reden="stukken")
    assert story.state.decision == "buiten_behandeling"
    assert story.term("buiten_behandeling-1").status is TermStatus.MET


def test_after_four_weeks_only_a_decision_on_the_substance_is_left() -> None:
    story = asked("bankafschrift").until("2026-11-26T00:00")
    assert "besluit_op_inhoud" in [task.kind for task in story.state.open_tasks()]
    with pytest.raises(Refused, match=r"art\. 4:5 lid 4.*besluit op de inhoud"):
        story.act("2026-11-26T10:00", "besluit_bekendgemaakt", uitkomst="buiten_behandeling", reden="stukken")


def test_nobody_is_left_untreated_without_a_completion_term() -> None:
    with pytest.raises(Refused, match="Vraag eerst om aanvulling"):
        applied().act(
            "2026-10-14T10:00", "besluit_bekendgemaakt", uitkomst="buiten_behandeling", reden="stukken"
        )


def test_in_time_but_recorded_late_takes_back_what_the_expiry_opened() -> None:
    story = asked("bankafschrift").until("2026-11-02T10:00")
    story.act("2026-11-02T10:00", "aanvulling_ontvangen", effective="2026-10-23")
    assert str(story.term("besluit_aanvraag-1").due) == "2026-12-08"
    assert not story.state.open_terms("buiten_behandeling")
    assert story.state.open_tasks() == []


@pytest.mark.parametrize(
    ("code", "where"), [("uittreksel_brp", "BRP"), ("arbeidsverleden", "polisadministratie")]
)
def test_what_the_registers_hold_is_never_asked(code: str, where: str) -> None:
    with pytest.raises(Refused, match=rf"{code} mag niet gevraagd worden: dat staat in de {where}.*53a"):
        asked("bankafschrift", code)


def test_force_majeure_stops_the_clock_for_its_own_days() -> None:
    """Mon 2 to Fri 6 Nov, both included: 5 days; 30 Nov + 5 = Sat 5 Dec, so Mon 7 Dec (Awb 4:15 lid 2 c)."""
    story = applied().act(
        "2026-11-02T10:00", "beslistermijn_opgeschort", grond="overmacht", tot="2026-11-06", reden="brand"
    )
    assert [task.kind for task in story.state.open_tasks()] == ["opschorting_meedelen"]
    story.until("2026-11-07T10:00")
    assert str(story.term("besluit_aanvraag-1").due) == "2026-12-07"


def test_a_cause_that_is_gone_earlier_lets_the_clock_run_earlier() -> None:
    """Still on 2, 3 and 4 Nov, running again on 5 Nov: 3 days, Thu 3 Dec (Awb 4:15 lid 4)."""
    story = applied().act(
        "2026-11-02T10:00",
        "beslistermijn_opgeschort",
        grond="instemming",
        tot="2026-11-20",
        reden="op verzoek",
    )
    story.act("2026-11-05T10:00", "beslistermijn_hervat")
    assert str(story.term("besluit_aanvraag-1").due) == "2026-12-03"


def test_an_advance_does_not_stand_still() -> None:
    with pytest.raises(Refused, match="kan niet opgeschort worden"):
        applied().act(
            "2026-10-10T10:00",
            "beslistermijn_opgeschort",
            termijn="voorschot",
            grond="overmacht",
            tot="2026-10-20",
            reden="drukte",
        )
