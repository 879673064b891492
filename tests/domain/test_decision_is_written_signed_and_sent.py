"""Dispatch is what meets a term: written, signed by somebody else, sent, notified, delivered."""

from datetime import date

import pytest

from domain.decide import Refused
from domain.journey import TermStatus
from tests.domain.story import Story
from tests.domain.test_application_is_completed_document_by_document import applied, with_reading


def drafted(outcome: str = "toegekend") -> Story:
    return applied().act("2026-11-10T10:00", "besluit_opgesteld", by="anna", uitkomst=outcome)


def test_written_is_not_sent() -> None:
    story = drafted().until("2026-12-01T10:00")
    assert story.term("besluit_aanvraag-1").status is TermStatus.BREACHED
    with pytest.raises(Refused, match="tweede persoon"):
        story.act("2026-12-01T11:00", "besluit_bekendgemaakt", uitkomst="toegekend")


def test_who_writes_does_not_sign() -> None:
    story = drafted()
    with pytest.raises(Refused, match="ondertekent het niet zelf"):
        story.act("2026-11-11T10:00", "besluit_getoetst", role="kwaliteitstoetser", by="anna")
    story.act("2026-11-11T11:00", "besluit_getoetst", role="kwaliteitstoetser", by="ben")
    story.act("2026-11-12T10:00", "besluit_bekendgemaakt", uitkomst="toegekend", ingang="2026-09-28")
    assert story.state.income.benefit is not None
    assert story.state.income.benefit.since == date(2026, 9, 28)
    assert [task for task in story.state.open_tasks() if task.kind.startswith("toets")] == []


def test_what_goes_out_is_what_was_signed() -> None:
    story = drafted().act("2026-11-11T10:00", "besluit_getoetst", role="kwaliteitstoetser", by="ben")
    with pytest.raises(Refused, match="Ondertekend is een besluit met uitkomst toegekend, niet afgewezen"):
        story.act("2026-11-12T10:00", "besluit_bekendgemaakt", uitkomst="afgewezen", reden="inkomen")


def test_a_decision_that_is_given_back_has_to_be_written_again() -> None:
    story = drafted("afgewezen")
    story.act(
        "2026-11-11T10:00",
        "besluit_getoetst",
        role="kwaliteitstoetser",
        by="ben",
        akkoord=False,
        reden="te kort",
    )
    assert "besluit_terug" in [task.kind for task in story.state.open_tasks()]
    with pytest.raises(Refused, match="geen besluit"):
        story.act("2026-11-11T11:00", "besluit_getoetst", role="kwaliteitstoetser", by="ben")


def test_a_refusal_without_a_signature_on_record_is_looked_at_by_a_second_person() -> None:
    story = applied().act("2026-11-10T10:00", "besluit_bekendgemaakt", uitkomst="afgewezen", reden="inkomen")
    assert [(task.kind, task.role) for task in story.state.open_tasks()] == [
        ("toets_achteraf", "kwaliteitstoetser")
    ]


def test_a_municipality_can_want_a_signature_under_every_decision() -> None:
    story = applied(with_reading("besluit_toets", "altijd"))
    with pytest.raises(Refused, match="hier tekent altijd een tweede persoon"):
        story.act("2026-11-10T10:00", "besluit_bekendgemaakt", uitkomst="toegekend")


def test_internal_milestones_are_counted_back_from_dispatch_and_follow_it() -> None:
    """Due Mon 30 Nov: ten opening days before is 16 Nov, four is 24 Nov. Eight days still: due Tue 8 Dec,
    so 24 Nov and 2 Dec."""
    story = applied()
    assert {term.term: str(term.due) for term in story.state.open_terms() if "besluit_" in term.term} == {
        "besluit_aanvraag": "2026-11-30",
        "besluit_concept": "2026-11-16",
        "besluit_toets": "2026-11-24",
    }
    story.act("2026-10-14T10:00", "aanvulling_gevraagd", uiterlijk="2026-10-28", stukken=["bankafschrift"])
    assert not story.state.open_terms("besluit_concept")
    story.act("2026-10-23T10:00", "aanvulling_ontvangen")
    assert [str(term.due) for key in ("besluit_concept", "besluit_toets") for term in story.state.open_terms(key)] == [
        "2026-11-24",
        "2026-12-02",
    ]  # fmt: skip
    story.act("2026-11-10T10:00", "besluit_opgesteld", by="anna", uitkomst="toegekend")
    assert not story.state.open_terms("besluit_concept")


def test_sent_notified_and_delivered_are_kept_apart() -> None:
    story = applied().act("2026-11-10T10:00", "besluit_bekendgemaakt", uitkomst="toegekend", wijze="digitaal")
    story.act("2026-11-11T10:00", "kennisgeving_verzonden").act("2026-11-12T10:00", "besluit_bezorgd")
    [sent] = story.state.income.sent
    assert (sent.sent_on, sent.notified_on, sent.delivered_on) == (
        date(2026, 11, 10),
        date(2026, 11, 11),
        date(2026, 11, 12),
    )


def test_a_decision_that_comes_back_is_sent_again_by_a_person() -> None:
    story = applied().act("2026-11-10T10:00", "besluit_bekendgemaakt", uitkomst="toegekend")
    story.act("2026-11-16T10:00", "besluit_bezorgd", aangekomen=False)
    assert [task.kind for task in story.state.open_tasks()] == ["besluit_niet_bezorgd"]


def test_the_day_that_uwv_recorded_counts_also_when_the_hand_over_came_late() -> None:
    """Recorded by UWV on Mon 5 Oct, handed over on 19 Oct: advance by 2 Nov, decision by 30 Nov."""
    story = Story().act("2026-09-28T10:00", "melding")
    story.act("2026-10-19T10:00", "aanvraag_ingediend", uwv_datum="2026-10-05")
    assert story.state.application_on == date(2026, 10, 5)
    assert (str(story.term("voorschot-1").due), str(story.term("besluit_aanvraag-1").due)) == (
        "2026-11-02",
        "2026-11-30",
    )


def test_bbz_has_thirteen_weeks_and_once_thirteen_more() -> None:
    """Bbz 2004 art. 35: Mon 5 Oct + 13 weeks = Mon 4 Jan 2027, + 13 = Mon 5 April 2027."""
    story = Story().act("2026-09-28T10:00", "melding")
    story.act("2026-10-05T10:00", "aanvraag_ingediend", regeling="bbz")
    assert str(story.term("bbz_besluit-1").due) == "2027-01-04"
    longer = {"termijn": "bbz_besluit", "reden": "onderzoek bedrijf"}
    with pytest.raises(Refused, match="hoogstens tot en met maandag 5 april 2027"):
        story.act("2026-12-01T10:00", "termijn_verlengd", tot="2027-04-06", **longer)
    story.act("2026-12-01T10:00", "termijn_verlengd", tot="2027-04-05", **longer)
    with pytest.raises(Refused, match="één keer verlengd"):
        story.act("2026-12-02T10:00", "termijn_verlengd", tot="2027-04-06", **longer)
    story.act("2026-12-15T10:00", "besluit_bekendgemaakt", uitkomst="toegekend")
    assert story.state.application_term() is None


@pytest.mark.parametrize("scheme", ["ioaw", "ioaz", "nug"])
def test_only_bijstand_knows_the_advance(scheme: str) -> None:
    story = Story().act("2026-09-28T10:00", "melding")
    story.act("2026-10-05T10:00", "aanvraag_ingediend", regeling=scheme)
    assert not story.state.open_terms("voorschot")
    term = story.state.application_term()
    assert term is not None
    assert str(term.due) == "2026-11-30"


def test_a_registration_without_an_application_is_asked_after() -> None:
    """Registered Thu 30 April: five opening days without 5 mei is Fri 8 May; the melding's date stays."""
    story = Story().act("2026-04-30T10:00", "melding").act("2026-04-30T11:00", "registratie_werknl")
    assert str(story.term("aanvraag_blijft_uit-1").due) == "2026-05-08"
    story.act("2026-05-06T10:00", "contact_over_aanvraag")
    assert story.term("aanvraag_blijft_uit-1").status is TermStatus.MET
    story.act("2026-05-20T10:00", "klantroute_beeindigd", exit="vrijwillig", reden="werk gevonden")
    assert story.state.log[0].act is not None
    assert story.state.log[0].act.effective == date(2026, 4, 30)


def test_a_couple_has_one_application() -> None:
    story = Story().act("2026-09-28T10:00", "melding")
    story.act("2026-09-30T10:00", "pw_gezin_vastgesteld", andere_klant=7, draagt=False)
    story.act("2026-10-05T10:00", "aanvraag_ingediend")
    assert not story.state.open_terms("besluit_aanvraag")
    assert [task.kind for task in story.state.open_tasks()] == ["aanvraag_bij_drager"]
    story.act(
        "2026-10-06T10:00", "pw_gezin_gewijzigd", andere_klant=7, draagt=True, reden="partner draagt niet"
    )
    story.act("2026-10-06T11:00", "aanvraag_ingediend", effective="2026-10-05")
    assert str(story.term("besluit_aanvraag-1").due) == "2026-11-30"


def test_a_stopped_advance_can_start_again() -> None:
    """Stopped on 20 Oct; what was missing came on 27 Oct: four weeks from there, Tue 24 Nov."""
    story = applied().act("2026-10-20T10:00", "voorschot_gestopt", reden="gegevens ontbreken")
    assert not story.state.open_terms("voorschot")
    story.act("2026-10-27T10:00", "voorschot_hervat")
    assert str(story.term("voorschot-2").due) == "2026-11-24"
