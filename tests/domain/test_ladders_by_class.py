"""Who hears when, class by class, on days counted by hand.

Closed in spring 2027: Mon 29 March (tweede paasdag), Tue 27 April (Koningsdag), Wed 5 May (Bevrijdingsdag), Thu
6 May (Hemelvaart), Mon 17 May (tweede pinksterdag). Open: Fri 26 March (Goede Vrijdag, cao gemeenten) and Fri 7 May
(equated for the Algemene termijnenwet only).
"""

from domain.calendars import AMSTERDAM
from domain.happenings import Message
from domain.policy import Policy
from domain.terms import TermClass
from runtime.policies import load_policy
from tests.domain.story import Story, other_policy


def heard(story: Story, term_id: str) -> list[tuple[str, str, int]]:
    """(day, role, rung) of everything that was said of a term; 0 is a warning."""
    return [
        (f"{message.at.astimezone(AMSTERDAM):%m-%d %H:%M}", message.to.role, int(message.params["trede"]))
        for message in of(story, term_id)
    ]


def of(story: Story, term_id: str) -> list[Message]:
    return [m for m in story.messages if m.params.get("termijn") == term_id and "trede" in m.params]


def applied() -> Story:
    """An application on Mon 15 March 2027, and the talk held."""
    story = Story().act("2027-03-15T10:00", "melding").act("2027-03-15T11:00", "aanvraag_ingediend")
    return story.act("2027-03-15T12:00", "gesprek_gevoerd")


def test_wettelijk_geld_for_a_decision() -> None:
    """Awb 4:13, eight weeks: Mon 10 May 2027, breached on Tue 11 May.

    "Complete?" 21 days after: Mon 5 April. Ten opening days before 10 May (7, 4, 3 May, 30, 29, 28, 26, 23, 22, 21
    April): Wed 21 April; five: Thu 29 April. Three after Tue 11 May: Fri 14 May; five more: Mon 24 May.
    """
    story = applied().until("2027-05-25T23:00")
    assert heard(story, "besluit_aanvraag-1") == [
        ("04-05 08:30", "eigenaar", 0),
        ("04-21 08:30", "eigenaar", 0),
        ("04-29 08:30", "eigenaar", 0),
        ("05-11 08:30", "eigenaar", 1),
        ("05-11 08:30", "teamleider", 1),
        ("05-14 08:30", "afdelingshoofd", 2),
        ("05-24 08:30", "eigenaar", 0),
    ]
    assert "compleet" in of(story, "besluit_aanvraag-1")[0].params["tekst"]


def test_wettelijk_geld_for_an_advance_warns_at_the_cut_off_of_the_payment_run() -> None:
    """Pw 52, four weeks: Mon 12 April 2027. Ten opening days before: Fri 26 March; five: Mon 5 April; three payment
    days before: Wed 7 April. Breached on Tue 13 April; three opening days after: Fri 16 April."""
    story = applied().until("2027-04-17T23:00")
    assert heard(story, "voorschot-1") == [
        ("03-26 08:30", "eigenaar", 0),
        ("04-05 08:30", "eigenaar", 0),
        ("04-07 08:30", "eigenaar", 0),
        ("04-13 08:30", "eigenaar", 1),
        ("04-13 08:30", "teamleider", 1),
        ("04-16 08:30", "afdelingshoofd", 2),
    ]
    assert "betaalrun" in of(story, "voorschot-1")[2].params["tekst"]


def test_belofte() -> None:
    """A talk within a week of Wed 28 April 2027: Wed 5 May, a closed day. Two opening days before Tue 4 May: Fri 30
    April. Breached on Thu 6 May, heard on Fri 7, Mon 10 and Wed 12 May."""
    story = Story().act("2027-04-28T10:00", "melding").until("2027-05-13T23:00")
    assert heard(story, "eerste_gesprek-1") == [
        ("04-30 08:30", "eigenaar", 0),
        ("05-07 08:30", "eigenaar", 1),
        ("05-10 08:30", "teamleider", 2),
        ("05-12 08:30", "afdelingshoofd", 3),
    ]
    assert story.told("term_breached", term="eerste_gesprek")[0][0] == "2027-05-06 00:00"


def in_safety(key: str) -> Policy:
    terms = load_policy("deventer").terms
    rule = terms[key].model_copy(update={"term_class": TermClass.SAFETY})
    return other_policy(terms={**terms, key: rule})


def test_veiligheid() -> None:
    """Asked on Fri 30 April 2027 at 18:00, two opening days: Tue 4 May. The teamleider hears at the start of the
    first opening day, Mon 3 May. Breached on Wed 5 May, closed until Fri 7 May; one opening day after: Mon 10 May;
    the owner every opening day from then on."""
    story = Story(policy=in_safety("doorzettingsmacht"))
    story.act("2027-04-30T10:00", "melding")
    story.act(
        "2027-04-30T18:00",
        "doorzettingsmacht_ingeroepen",
        aanleiding="veiligheid",
        gevraagd="voorrang",
        reden="dit kan niet wachten",
    )
    story.until("2027-05-12T23:00")
    assert heard(story, "doorzettingsmacht-1") == [
        ("05-03 08:30", "teamleider", 0),
        ("05-07 08:30", "teamleider", 1),
        ("05-07 08:30", "afdelingshoofd", 1),
        # Whose task it is hears that it is late, and is the last rung as well.
        ("05-07 08:30", "doorzettingsmacht", 1),
        ("05-10 08:30", "doorzettingsmacht", 2),
        ("05-11 08:30", "eigenaar", 0),
        ("05-12 08:30", "eigenaar", 0),
    ]


def active() -> Story:
    """In an activity since Mon 5 April 2027: check-ins on Mon 3 May and Mon 31 May."""
    story = Story().act("2027-03-22T10:00", "melding").act("2027-03-22T11:00", "gesprek_gevoerd")
    story.act("2027-03-23T10:00", "plan_vastgesteld", akkoord=True)
    return story.act("2027-04-05T10:00", "mna_gestart", vorm="vrijwilligerswerk", plek="buurthuis")


def test_intern_reaches_the_teamleider_after_five_days_in_the_digest_only() -> None:
    """Due Mon 3 May; the day before: Fri 30 April. Heard on Tue 4 May; five opening days after (7, 10, 11, 12, 13
    May): Thu 13 May; ten more (14, 18, 19, 20, 21, 24, 25, 26, 27, 28): Fri 28 May."""
    story = active().until("2027-05-28T23:00")
    assert heard(story, "check_in-1") == [
        ("04-30 08:30", "eigenaar", 0),
        ("05-04 08:30", "eigenaar", 1),
        ("05-13 08:30", "teamleider", 2),
        ("05-28 08:30", "eigenaar", 0),
    ]
    in_digest = [m.to.role for m in story.messages if m.digest and m.params.get("termijn") == "check_in-1"]
    assert in_digest == ["teamleider"]
    # The rung itself is delivered at its moment, and stands in the journal then.
    assert story.told("escalated", term="check_in")[1] == ("2027-05-13 08:30", "escalated", "teamleider")


def test_a_second_miss_in_a_row_reaches_the_teamleider_at_once() -> None:
    """The second one is due Mon 31 May, breached on Tue 1 June; the first one is let go then. Five opening days
    after: Tue 8 June."""
    story = active().until("2027-06-11T23:00")
    assert [line for line in heard(story, "check_in-2") if line[2]] == [
        ("06-01 08:30", "eigenaar", 1),
        ("06-01 08:30", "teamleider", 1),
        ("06-08 08:30", "teamleider", 2),
    ]
    told = [m for m in of(story, "check_in-2") if m.params["trede"] != "0"]
    assert [m.digest for m in told] == [False, True, True]
    assert ["voor de tweede keer op rij" in m.params["tekst"] for m in told] == [True, True, False]


def test_reminders_after_the_ladder_come_as_seldom_as_policy_says() -> None:
    """A year without anybody doing anything: ten opening days apart, so 25 at most for one term."""
    story = Story().act("2026-04-30T10:00", "melding").until("2027-04-30T23:00")
    said = [line for line in heard(story, "eerste_gesprek-1") if not line[2]]
    assert 20 <= len(said) <= 26
