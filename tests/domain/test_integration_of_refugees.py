"""Route statushouder: guidance, ontzorgen, brede intake, personal plan, three years.

Wet inburgering 2021 (Wi), Besluit inburgering 2021, Participatiewet 56a. Every date was counted by hand.
"""

from datetime import date

import pytest

from domain.decide import Refused
from domain.journey import Stage, Track
from tests.domain.story import Story, due, open_tasks


def welcomed(registered: str = "2026-02-23", noticed: str = "2026-03-02") -> Story:
    """Reported, registered in the BRP here and told by DUO, whichever came first."""
    story = Story().act("2026-02-20T10:00", "melding")
    for day, name in sorted([(registered, "statushouder_ingeschreven"), (noticed, "kennisgeving_duo")]):
        story.act(f"{day}T10:00", name)
    return story


def planned(on: str = "2026-04-20", leerroute: str = "b1") -> Story:
    story = welcomed().act("2026-02-25T10:00" if on < "2026-03-02" else "2026-03-09T10:00", "gesprek_gevoerd")
    story.act("2026-03-30T10:00", "brede_intake_afgerond")
    return story.act(f"{on}T10:00", "pip_vastgesteld", leerroute=leerroute, akkoord=True)


# -- the personal plan ---------------------------------------------------------------------------------


def test_the_plan_counts_from_the_notice_when_the_resident_already_lived_here() -> None:
    # 70 days after Mon 2 March 2026: Mon 11 May (Besluit 5.3 lid 1).
    assert due(welcomed(), "pip-1") == "2026-05-11"


def test_the_plan_counts_from_registration_here_when_that_came_after_the_notice() -> None:
    story = Story().act("2026-02-20T10:00", "melding").act("2026-03-02T10:00", "kennisgeving_duo")
    assert due(story, "pip-1") == "2026-05-11"
    story.act("2026-04-01T10:00", "statushouder_ingeschreven")
    # 70 days after Wed 1 April: Wed 10 June (Besluit 5.3 lid 1, second sentence).
    assert due(story, "pip-1") == "2026-06-10"
    assert len(story.state.open_terms("pip")) == 1


def test_an_end_on_an_equated_day_rolls() -> None:
    story = Story().act("2026-02-20T10:00", "melding").act("2026-03-02T10:00", "kennisgeving_duo")
    story.act("2026-03-06T10:00", "statushouder_ingeschreven")
    # 70 days after Fri 6 March: Fri 15 May, equated; then the weekend: Mon 18 May (ATW 1 and 5: an AMvB too).
    assert due(story, "pip-1") == "2026-05-18"


def test_the_order_in_which_notice_and_registration_are_recorded_does_not_matter() -> None:
    late = Story().act("2026-02-20T10:00", "melding")
    late.act("2026-04-02T10:00", "statushouder_ingeschreven", effective="2026-04-01")
    late.act("2026-04-03T10:00", "kennisgeving_duo", effective="2026-03-02")
    assert due(late, "pip-1") == "2026-06-10"


def test_a_corrected_notice_gives_the_plan_that_it_would_have_had() -> None:
    story = welcomed(noticed="2026-03-04")
    story.act(
        "2026-03-10T10:00",
        "handeling_gecorrigeerd",
        handeling="kennisgeving_duo@2026-03-04T10:00",
        ingang="2026-03-02",
        reden="datum van de brief",
    )
    assert due(story, "pip-1") == "2026-05-11"


def test_a_missing_notice_is_looked_for() -> None:
    story = Story().act("2026-02-20T10:00", "melding").act("2026-02-23T10:00", "statushouder_ingeschreven")
    # Four weeks after Mon 23 February (policy).
    assert due(story, "kennisgeving_duo-1") == "2026-03-23"
    story.act("2026-03-02T10:00", "kennisgeving_duo")
    assert story.term("kennisgeving_duo-1").status == "gehaald"


def test_a_plan_needs_the_brede_intake_and_the_notice() -> None:
    story = Story().act("2026-02-20T10:00", "melding").act("2026-02-23T10:00", "statushouder_ingeschreven")
    with pytest.raises(Refused, match="Leg eerst de kennisgeving vast"):
        story.act("2026-03-02T10:00", "pip_vastgesteld", leerroute="b1", akkoord=True)
    story.act("2026-03-02T11:00", "kennisgeving_duo")
    with pytest.raises(Refused, match="Rond eerst de brede intake af"):
        story.act("2026-03-02T12:00", "pip_vastgesteld", leerroute="b1", akkoord=True)


def test_waiting_for_somebody_else_gives_two_weeks_after_what_came() -> None:
    story = welcomed().act("2026-05-04T10:00", "pip_wacht_op_derde", op="leerbaarheidstoets")
    assert story.state.open_terms("pip") == []
    # Asked for again every four weeks: Mon 1 June.
    assert due(story, "informatie_derde-1") == "2026-06-01"
    story.act("2026-05-20T10:00", "informatie_voor_pip_ontvangen")
    # Two weeks after Wed 20 May: Wed 3 June (Besluit 5.3 lid 2).
    assert due(story, "pip_aanvulling-1") == "2026-06-03"
    assert story.state.open_terms("informatie_derde") == []


def test_information_that_comes_early_does_not_cut_the_ten_weeks() -> None:
    story = welcomed().act("2026-03-09T10:00", "pip_wacht_op_derde", op="school")
    story.act("2026-03-16T10:00", "informatie_voor_pip_ontvangen")
    assert [
        (term.term, str(term.due)) for term in story.state.open_terms() if term.term.startswith("pip")
    ] == [("pip", "2026-05-11")]


def test_once_the_ten_weeks_are_over_nobody_can_say_that_they_wait() -> None:
    story = welcomed().until("2026-05-13T10:00")
    assert story.term("pip-1").status == "verstreken"
    with pytest.raises(Refused, match="zolang de termijn van tien weken loopt"):
        story.act("2026-05-13T11:00", "pip_wacht_op_derde", op="school")


def test_the_plan_opens_learning_and_taking_part() -> None:
    story = planned()
    assert story.state.stage is Stage.MNA
    assert story.term("pip-1").status == "gehaald"
    assert story.term("plan-1").status == "gehaald"
    # Four weeks after Mon 20 April (policy).
    assert due(story, "start_mna-1") == "2026-05-18"
    assert story.state.side_tracks[Track.INBURGERING] == "inburgeren"


# -- three years ---------------------------------------------------------------------------------------


def test_three_years_count_from_the_day_after_the_plan() -> None:
    story = planned(on="2026-04-20")
    # Day 1 is 21 April 2026, so the last day is 20 April 2029 (Wi 11); the change of leerroute until 20 Oct 2027.
    assert due(story, "inburgering-1") == "2029-04-20"
    assert due(story, "leerroute_wissel-1") == "2027-10-20"


def test_what_duo_says_of_the_end_wins_and_an_extension_moves_it() -> None:
    story = planned().act("2026-05-01T10:00", "duo_einddatum", einddatum="2029-05-04")
    assert due(story, "inburgering-1") == "2029-05-04"
    story.act("2029-03-01T10:00", "duo_einddatum", einddatum="2029-11-04")
    assert due(story, "inburgering-1") == "2029-11-04"


def test_an_end_that_duo_told_before_the_plan_is_kept() -> None:
    story = welcomed().act("2026-03-03T10:00", "duo_einddatum", einddatum="2029-05-04")
    story.act("2026-03-30T10:00", "brede_intake_afgerond")
    story.act("2026-04-20T10:00", "pip_vastgesteld", leerroute="z", akkoord=True)
    assert [str(term.due) for term in story.state.open_terms("inburgering")] == ["2029-05-04"]


def test_the_end_of_the_three_years_is_no_breach_of_ours_and_asks_a_person() -> None:
    story = planned().until("2029-05-01T10:00")
    assert story.told("term_breached", term="inburgering") == []
    assert "inburgering_voorbij" in open_tasks(story)


def test_who_is_done_is_done() -> None:
    story = planned().act("2028-06-01T10:00", "inburgering_uitslag", onderdeel="spreken", behaald=True)
    story.act("2028-06-02T10:00", "inburgering_uitslag", onderdeel="map", behaald=False)
    assert story.state.integration is not None
    assert story.state.integration.achieved == ("spreken",)
    assert story.state.route == "statushouder"
    story.act("2028-07-03T10:00", "inburgering_afgerond", wijze="voldaan")
    assert story.state.open_terms("inburgering") == []
    assert story.state.side_tracks[Track.INBURGERING] == "klaar"
    # Born in 1985 and no longer plichtig: the route follows the facts.
    assert story.state.route == "regulier"


# -- leerroute -----------------------------------------------------------------------------------------


def test_the_leerroute_can_change_for_a_year_and_a_half() -> None:
    story = planned(leerroute="b1")
    story.act("2027-10-20T10:00", "leerroute_gewijzigd", naar="z", reden="taal gaat langzaam")
    assert story.state.integration is not None
    assert story.state.integration.leerroute == "z"
    assert "pip_aanpassen" in open_tasks(story)
    with pytest.raises(Refused, match="Wisselen kon tot en met woensdag 20 oktober 2027"):
        story.act("2027-10-21T10:00", "leerroute_gewijzigd", naar="onderwijs", reden="wil studeren")
    story.act(
        "2027-10-21T11:00", "leerroute_gewijzigd", naar="onderwijs", reden="opleiding gestopt", bijzonder=True
    )


def test_from_onderwijs_to_b1_is_always_possible() -> None:
    story = planned(leerroute="onderwijs")
    story.act("2028-05-01T10:00", "leerroute_gewijzigd", naar="b1", reden="past beter")
    assert story.state.integration is not None
    assert story.state.integration.leerroute == "b1"


# -- a move --------------------------------------------------------------------------------------------


def moved_here() -> Story:
    story = Story().act("2026-07-01T10:00", "melding")
    return story.act(
        "2026-07-06T10:00", "inburgering_overgenomen", leerroute="onderwijs", pip_op="2025-03-10"
    )


def test_after_a_move_there_are_ten_weeks_for_a_plan_and_the_three_years_go_on() -> None:
    story = moved_here()
    # 70 days after Mon 6 July 2026: Mon 14 September (Besluit 5.3 lid 3).
    assert due(story, "pip_verhuizing-1") == "2026-09-14"
    # Three years after 10 March 2025 (Wi 11 lid 3: the move changes nothing).
    assert due(story, "inburgering-1") == "2028-03-10"
    assert due(story, "leerroute_wissel-1") == "2026-09-10"
    assert story.state.route == "statushouder"


def test_after_a_move_the_leerroute_stays_and_our_plan_starts_no_new_three_years() -> None:
    story = moved_here()
    with pytest.raises(Refused, match="blijft de leerroute onderwijs"):
        story.act("2026-08-03T10:00", "pip_vastgesteld", leerroute="b1", akkoord=True)
    story.act("2026-08-03T11:00", "pip_vastgesteld", leerroute="onderwijs", akkoord=True)
    assert [str(term.due) for term in story.state.open_terms("inburgering")] == ["2028-03-10"]
    assert story.term("pip_verhuizing-1").status == "gehaald"


# -- brede intake --------------------------------------------------------------------------------------


def call(story: Story, sent: str, day: str) -> Story:
    return story.act(f"{sent}T09:00", "brede_intake_opgeroepen", datum=day)


def test_three_calls_and_then_a_person_decides() -> None:
    story = welcomed()
    for number, (sent, day) in enumerate(
        [("2026-03-03", "2026-03-10"), ("2026-03-11", "2026-03-18"), ("2026-03-19", "2026-03-26")], start=1
    ):
        call(story, sent, day)
        story.act(f"{day}T15:00", "brede_intake_niet_verschenen")
        task = story.state.open_tasks()[-1]
        assert task.id == f"brede_intake_gemist:{number}"
        assert "schriftelijke waarschuwing" in task.text
        story.act(f"{day}T16:00", "inburgering_gewaarschuwd")
    # Warned three times; only the last question, whether to end it, is still there.
    assert [task for task in open_tasks(story) if task == "brede_intake_gemist"] == ["brede_intake_gemist"]
    with pytest.raises(Refused, match="al 3 keer opgeroepen"):
        call(story, "2026-03-27", "2026-04-03")
    story.act("2026-03-30T10:00", "brede_intake_afgerond", in_afwezigheid=True)
    assert "brede_intake_gemist" not in open_tasks(story)


def test_nobody_is_passed_over_before_the_third_call() -> None:
    story = call(welcomed(), "2026-03-03", "2026-03-10").act(
        "2026-03-10T15:00", "brede_intake_niet_verschenen"
    )
    with pytest.raises(Refused, match="pas zonder de inwoner voltooid worden na 3 oproepen; het waren er 1"):
        story.act("2026-03-11T10:00", "brede_intake_afgerond", in_afwezigheid=True)


def test_another_day_on_request_is_no_missed_call() -> None:
    story = call(welcomed(), "2026-03-03", "2026-03-10")
    with pytest.raises(Refused, match="Er loopt al een oproep"):
        call(story, "2026-03-05", "2026-03-17")
    story.act("2026-03-05T10:00", "brede_intake_opgeroepen", datum="2026-03-17", verzet=True)
    assert [str(term.due) for term in story.state.open_terms("brede_intake")] == ["2026-03-17"]
    assert story.state.integration is not None
    assert (story.state.integration.calls, story.state.integration.missed) == (1, 0)


def test_a_call_of_which_nobody_says_how_it_went_comes_back() -> None:
    story = call(welcomed(), "2026-03-03", "2026-03-10").until("2026-03-12T10:00")
    assert story.told("escalated", term="brede_intake")[0][2] == "eigenaar"


# -- guidance and ontzorgen ----------------------------------------------------------------------------


def test_guidance_starts_on_the_day_of_registration() -> None:
    story = Story().act("2026-02-20T10:00", "melding").act("2026-02-23T10:00", "statushouder_ingeschreven")
    # That very day (Wi 13 lid 3).
    assert due(story, "maatschappelijke_begeleiding-1") == "2026-02-23"
    story.act("2026-02-25T10:00", "begeleiding_gestart", effective="2026-02-23")
    assert story.term("maatschappelijke_begeleiding-1").status == "tijdig_laat_geregistreerd"


def test_ontzorgen_from_1_july_ends_on_31_december() -> None:
    story = welcomed()
    assert "ontzorgen" in open_tasks(story)
    story.act("2026-07-06T10:00", "ontzorgen_gestart", effective="2026-07-01")
    assert "ontzorgen" not in open_tasks(story)
    # "Gedurende zes maanden vanaf": 1 July is day 1 (Pw 56a).
    assert due(story, "ontzorgen-1") == "2026-12-31"
    story.until("2027-01-05T10:00")
    assert story.term("ontzorgen-1").status == "gehaald"
    assert ("2027-01-01 00:00", "term_met", "ontzorgen-1") in story.told("term_met", term="ontzorgen")
    assert story.told("term_breached", term="ontzorgen") == []
    assert "ontzorgen_voorbij" in open_tasks(story)


def test_the_hand_over_is_prepared_a_month_before() -> None:
    story = welcomed().act("2026-07-01T10:00", "ontzorgen_gestart").until("2026-12-01T10:00")
    # 150 days after 1 July: Sat 28 November, so Mon 30 November.
    assert any("bereid de overdracht" in message.params["tekst"] for message in story.messages)


# -- taking part ---------------------------------------------------------------------------------------


def test_taking_part_runs_beside_the_language() -> None:
    story = planned().act("2026-05-11T10:00", "participatie_gestart", vorm="vrijwilligerswerk")
    with pytest.raises(Refused, match="geen werkervaringsplaats"):
        story.act("2026-08-03T09:00", "participatie_gestopt", vorm="werkervaringsplaats", reden="klaar")
    story.act("2026-08-03T10:00", "participatie_gestopt", vorm="vrijwilligerswerk", reden="seizoen voorbij")
    kept = story.state.integration
    assert kept is not None
    assert not kept.participates(date(2026, 5, 10))
    assert kept.participates(date(2026, 5, 11))
    assert not kept.participates(date(2026, 8, 4))


# -- the route -----------------------------------------------------------------------------------------


def test_permit_and_duty_together_choose_the_route() -> None:
    story = Story().act("2026-02-20T10:00", "melding")
    story.act("2026-02-23T10:00", "feit_vastgelegd", feit="asielvergunning", waarde="ja", bron="ind")
    assert story.state.route == "regulier"
    assert [task.reasons for task in story.state.open_tasks()] == [("inburgering_onbekend",)]
    story.act("2026-02-24T10:00", "feit_vastgelegd", feit="inburgeringsplichtig", waarde="ja", bron="duo")
    assert story.state.route == "statushouder"
    assert story.state.open_tasks() == []
    # Somebody looks for DUO's notice.
    assert story.state.open_terms("kennisgeving_duo")


def test_a_permit_without_the_duty_is_no_route_of_its_own() -> None:
    story = Story().act("2026-02-20T10:00", "melding")
    story.act("2026-02-23T10:00", "feit_vastgelegd", feit="asielvergunning", waarde="ja", bron="ind")
    story.act("2026-02-24T10:00", "feit_vastgelegd", feit="inburgeringsplichtig", waarde="nee", bron="duo")
    assert (story.state.route, story.state.open_tasks()) == ("regulier", [])


def test_a_change_of_route_keeps_the_plan_running() -> None:
    story = welcomed().act("2026-03-03T10:00", "route_gekozen", route="arbeidsbeperkt", reden="werk eerst")
    assert due(story, "pip-1") == "2026-05-11"
    story.act("2026-03-30T10:00", "brede_intake_afgerond")
    story.act("2026-04-20T10:00", "pip_vastgesteld", leerroute="z", akkoord=True)
    assert story.term("pip-1").status == "gehaald"


# -- a fine and a new term -----------------------------------------------------------------------------


def missed_one() -> Story:
    return call(welcomed(), "2026-03-03", "2026-03-10").act(
        "2026-03-10T15:00", "brede_intake_niet_verschenen"
    )


def test_a_fine_comes_from_a_person_after_a_hearing_and_gives_a_new_term() -> None:
    """Two months after Mon 16 March 2026 is Sat 16 May, so Mon 18 May (Wi 22, ATW art. 1)."""
    story = missed_one()
    fine = {"reden": "kwam niet", "nieuwe_termijn": "2026-05-18"}
    with pytest.raises(Refused, match="pas na een zienswijze"):
        story.act("2026-03-16T10:00", "boete_inburgering", **fine)
    story.act("2026-03-13T10:00", "zienswijze_gehoord", over="boete_inburgering")
    with pytest.raises(Refused, match="uiterlijk tot en met maandag 18 mei 2026"):
        story.act("2026-03-16T10:00", "boete_inburgering", **{**fine, "nieuwe_termijn": "2026-05-19"})
    with pytest.raises(Refused, match="moet na het besluit liggen"):
        story.act("2026-03-16T10:00", "boete_inburgering", **{**fine, "nieuwe_termijn": "2026-03-16"})
    story.act("2026-03-16T10:00", "boete_inburgering", **fine)
    assert [str(term.due) for term in story.state.open_terms("inburgering_boete")] == ["2026-05-18"]
    # Six weeks to object: Mon 27 April is Koningsdag, so Tue 28 April.
    assert [str(term.due) for term in story.state.open_terms("bezwaar_indienen")] == ["2026-04-28"]
    story.act("2026-04-07T10:00", "brede_intake_afgerond")
    assert story.term("inburgering_boete-1").status == "gehaald"


def test_nobody_is_fined_who_missed_nothing() -> None:
    story = welcomed().act("2026-03-13T10:00", "zienswijze_gehoord", over="boete_inburgering")
    with pytest.raises(Refused, match="alleen als de inwoner niet kwam op een oproep"):
        story.act("2026-03-16T10:00", "boete_inburgering", reden="kwam niet", nieuwe_termijn="2026-04-16")


def fined() -> Story:
    story = missed_one().act("2026-03-13T10:00", "zienswijze_gehoord", over="boete_inburgering")
    return story.act("2026-03-16T10:00", "boete_inburgering", reden="kwam niet", nieuwe_termijn="2026-05-18")


def test_completed_without_the_resident_the_new_term_is_not_met() -> None:
    story = fined()
    for sent, day in [("2026-03-17", "2026-03-24"), ("2026-03-25", "2026-04-01")]:
        call(story, sent, day).act(f"{day}T15:00", "brede_intake_niet_verschenen")
    story.act("2026-04-02T10:00", "brede_intake_afgerond", in_afwezigheid=True)
    assert story.term("inburgering_boete-1").status == "vervallen"


def test_a_fine_can_be_written_and_signed_first() -> None:
    story = missed_one().act("2026-03-13T10:00", "zienswijze_gehoord", over="boete_inburgering")
    story.act("2026-03-14T10:00", "besluit_opgesteld", soort="boete_inburgering", uitkomst="opgelegd")
    with pytest.raises(Refused, match="niet getoetst en ondertekend"):
        story.act("2026-03-16T10:00", "boete_inburgering", reden="kwam niet", nieuwe_termijn="2026-05-18")
    story.act("2026-03-15T10:00", "besluit_getoetst", role="kwaliteitstoetser", soort="boete_inburgering")
    story.act("2026-03-16T11:00", "boete_inburgering", reden="kwam niet", nieuwe_termijn="2026-05-18")
    assert "toets_achteraf" not in open_tasks(story)
