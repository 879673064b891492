"""Who hears when: ladders by class, in opening days from the delivery of the first rung."""

from tests.domain.story import Story


def rungs(story: Story, term: str) -> list[tuple[str, str]]:
    return [(at, role) for at, _, role in story.told("escalated", term=term)]


def test_belofte_over_hemelvaart_2026() -> None:
    """Due Thu 7 May; owner Fri 8, teamleider Mon 11, third rung Wed 13 May; never doorzettingsmacht."""
    story = Story().act("2026-04-30T10:00", "melding").until("2026-06-30T23:00")
    assert story.told("term_breached") == [("2026-05-08 00:00", "term_breached", "eerste_gesprek-1")]
    assert rungs(story, "eerste_gesprek") == [
        ("2026-05-08 08:30", "eigenaar"),
        ("2026-05-11 08:30", "teamleider"),
        ("2026-05-13 08:30", "afdelingshoofd"),
    ]


def test_belofte_breached_on_hemelvaart_2027() -> None:
    """Talk due Wed 5 May 2027, breach Thu 6 May (Hemelvaart): Fri 7, Mon 10 and Wed 12 May."""
    story = Story().act("2027-04-28T10:00", "melding").until("2027-05-31T23:00")
    assert rungs(story, "eerste_gesprek") == [
        ("2027-05-07 08:30", "eigenaar"),
        ("2027-05-10 08:30", "teamleider"),
        ("2027-05-12 08:30", "afdelingshoofd"),
    ]


def test_third_rung_is_the_ketenoverleg_when_another_team_takes_part_by_then() -> None:
    story = Story().act("2026-04-30T10:00", "melding")
    story.act("2026-05-12T09:00", "team_betrokken", team="gezinscoaches").until("2026-05-31T23:00")
    assert [role for _, role in rungs(story, "eerste_gesprek")] == ["eigenaar", "teamleider", "ketenoverleg"]


def test_a_ladder_that_was_delivered_goes_on_reminding_after_its_term_moved() -> None:
    """Asked 1 June until 8 June, nothing came: due 6 July, breached, all rungs. On 20 July it turns out that
    it came on 5 June: due 2 July, still breached, and the owner still hears of it."""
    story = Story().act("2026-04-30T10:00", "melding").act("2026-05-04T10:00", "aanvraag_ingediend")
    story.act("2026-05-05T10:00", "gesprek_gevoerd")
    story.act("2026-06-01T10:00", "aanvulling_gevraagd", uiterlijk="2026-06-08", stukken=["bankafschrift"])
    story.act("2026-07-20T10:00", "aanvulling_ontvangen", effective="2026-06-05")
    assert str(story.term("besluit_aanvraag-1").due) == "2026-07-02"
    heard = len(story.messages)
    story.until("2026-08-31T10:00")
    assert [m for m in story.messages[heard:] if m.params.get("termijn") == "besluit_aanvraag-1"]


def test_wettelijk_geld_warns_at_10_and_5_days_and_at_the_payment_run() -> None:
    """Advance due Mon 1 June 2026. Ten opening days before: Fri 15 May; five: Fri 22 May (Pinksteren).
    Three payment days before 1 June: Wed 27 May."""
    story = Story().act("2026-04-30T10:00", "melding").act("2026-05-04T11:00", "aanvraag_ingediend")
    story.act("2026-05-04T12:00", "gesprek_gevoerd").until("2026-06-30T10:00")
    warned = [
        f"{message.at:%m-%d}"
        for message in story.messages
        if message.params.get("termijn") == "voorschot-1" and message.params["trede"] == "0"
    ]
    assert warned[:3] == ["05-15", "05-22", "05-27"]
    assert rungs(story, "voorschot") == [
        ("2026-06-02 08:30", "eigenaar"),
        ("2026-06-02 08:30", "teamleider"),
        ("2026-06-05 08:30", "afdelingshoofd"),
    ]


def test_december_payment_takes_longer() -> None:
    """Advance due Fri 18 Dec 2026 with five payment days: hand in on Fri 11 Dec."""
    story = Story().act("2026-11-16T10:00", "melding").act("2026-11-20T11:00", "aanvraag_ingediend")
    story.until("2026-12-18T23:00")
    assert "2026-12-11" in [f"{m.at:%Y-%m-%d}" for m in story.messages if "betaalrun" in m.params["tekst"]]


def test_a_met_term_stops_its_ladder() -> None:
    story = Story().act("2026-04-30T10:00", "melding").act("2026-05-08T12:00", "gesprek_gevoerd")
    story.until("2026-06-30T10:00")
    assert rungs(story, "eerste_gesprek") == [("2026-05-08 08:30", "eigenaar")]
    assert story.term("eerste_gesprek-1").status == "te_laat_gehaald"
    assert story.term("eerste_gesprek-1").breached_at is not None


def test_done_in_time_but_recorded_late_is_marked_and_stops_the_ladder() -> None:
    story = Story().act("2026-04-30T10:00", "melding")
    story.act("2026-05-08T09:00", "gesprek_gevoerd", effective="2026-05-07").until("2026-06-01T10:00")
    term = story.term("eerste_gesprek-1")
    assert term.status == "tijdig_laat_geregistreerd"
    assert term.breached_at is not None
    assert rungs(story, "eerste_gesprek") == [("2026-05-08 08:30", "eigenaar")]


def test_after_the_last_rung_the_owner_keeps_hearing_of_it() -> None:
    """Ten opening days after Wed 13 May 2026: Fri 29 May (Hemelvaart and Pinksteren in between)."""
    story = Story().act("2026-04-30T10:00", "melding").until("2026-07-01T10:00")
    again = [f"{m.at:%m-%d}" for m in story.messages if "wacht nog op u" in m.params["tekst"]]
    assert again == ["05-29", "06-12", "06-26"]


def test_a_check_in_missed_twice_in_a_row_reaches_the_teamleider_at_once() -> None:
    story = Story().act("2026-04-30T10:00", "melding").act("2026-05-04T10:00", "gesprek_gevoerd")
    story.act("2026-05-11T10:00", "plan_vastgesteld", akkoord=True)
    story.act("2026-05-12T10:00", "mna_gestart", vorm="vrijwilligerswerk", plek="buurthuis")
    story.until("2026-07-08T10:00")
    # Due Tue 9 June and Tue 7 July; five opening days after Wed 10 June is Wed 17 June.
    assert rungs(story, "check_in") == [
        ("2026-06-10 08:30", "eigenaar"),
        ("2026-06-17 08:30", "teamleider"),
        ("2026-07-08 08:30", "eigenaar"),
        ("2026-07-08 08:30", "teamleider"),
    ]


def test_a_check_in_held_late_makes_good_what_was_missed_and_leaves_the_series_alone() -> None:
    story = Story().act("2026-04-30T10:00", "melding").act("2026-05-04T10:00", "gesprek_gevoerd")
    story.act("2026-05-11T10:00", "plan_vastgesteld", akkoord=True)
    story.act("2026-05-18T10:00", "mna_gestart", vorm="vrijwilligerswerk", plek="buurthuis")
    # Due Mon 15 June, held on Thu 18 June: the next stays on Mon 13 July.
    story.act("2026-06-18T10:00", "check_in_vastgelegd")
    assert story.term("check_in-1").status == "te_laat_gehaald"
    assert [str(term.due) for term in story.state.open_terms("check_in")] == ["2026-07-13"]


def test_one_talk_in_the_aftercare_serves_every_moment_that_is_due() -> None:
    story = Story().act("2026-04-30T10:00", "melding")
    story.act("2026-06-01T10:00", "uitstroom_vastgesteld", bestemming="werk_regulier")
    story.act("2026-08-31T10:00", "nazorg_gesprek_gevoerd")
    waiting = [term.term for term in story.state.open_terms() if term.term.startswith("nazorg")]
    assert waiting == ["nazorg_6"]


def test_a_default_notice_reaches_the_afdelingshoofd_the_same_day_with_the_amount() -> None:
    """Awb 4:17: decision due 29 June, notice on 6 July: two weeks, until 20 July, at most 1442 euro."""
    story = Story().act("2026-04-30T10:00", "melding").act("2026-05-04T11:00", "aanvraag_ingediend")
    story.act("2026-05-05T11:00", "gesprek_gevoerd").act("2026-07-06T15:00", "ingebrekestelling_ontvangen")
    told = [e for e in story.events if e.term == "ingebrekestelling" and e.event == "escalated"]
    assert [(e.role, "1442" in e.text, "20 juli 2026" in e.text) for e in told] == [
        ("afdelingshoofd", True, True)
    ]


def test_a_start_that_is_recorded_late_does_not_fire_the_whole_ladder_at_once() -> None:
    """The municipality hears on Mon 18 May of a melding of 30 April: the breach counts from 8 May, the
    rungs from the day on which somebody could know."""
    story = Story().act("2026-05-18T10:00", "melding", effective="2026-04-30").until("2026-06-01T10:00")
    assert story.told("term_breached") == [("2026-05-08 00:00", "term_breached", "eerste_gesprek-1")]
    assert rungs(story, "eerste_gesprek") == [
        ("2026-05-18 10:00", "eigenaar"),
        ("2026-05-19 08:30", "teamleider"),
        ("2026-05-21 08:30", "afdelingshoofd"),
    ]
