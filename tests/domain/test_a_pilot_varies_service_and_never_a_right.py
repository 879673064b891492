"""A pilot: who takes part, what differs, for how long; and what it may never touch."""

from datetime import date

import pytest

from domain.journey import journey_id
from domain.policy import STANDARD, Policy, PolicyError
from domain.policy_files import PolicyText, resolve
from runtime.policies import load_policy, policy_texts
from tests.domain.story import Story

SNELLER = """
[[pilots]]
name = "sneller"
description = "Sneller op gesprek"
valid_from = 2026-06-01
valid_through = 2026-12-31
share_percent = 100

[pilots.terms.eerste_gesprek]
length = 3
"""


def with_pilot(text: str = SNELLER) -> Policy:
    texts = policy_texts(None)
    return resolve(
        "deventer",
        local=PolicyText(file="policies/deventer.toml", text=texts["deventer"].text + text),
        national=texts["landelijk"],
        calendar=texts["kalender"],
        shared={"basis": texts["basis"]},
    )


def test_a_journey_records_its_variant_with_the_melding_and_keeps_it() -> None:
    story = Story(policy=with_pilot()).act("2026-06-01T10:00", "melding")
    assert story.state.variant == "sneller"
    assert story.term("eerste_gesprek-1").due == date(2026, 6, 4)
    story.act("2026-06-03T10:00", "gesprek_gevoerd")
    assert story.state.variant == "sneller"


def test_a_melding_before_or_after_the_pilot_gets_the_ordinary_service() -> None:
    for day, due in (("2026-05-29", date(2026, 6, 5)), ("2027-01-04", date(2027, 1, 11))):
        story = Story(policy=with_pilot()).act(f"{day}T10:00", "melding")
        assert story.state.variant == STANDARD
        assert story.term("eerste_gesprek-1").due == due


def test_after_the_pilot_what_starts_follows_the_ordinary_rules() -> None:
    policy = with_pilot().with_variant("sneller")
    assert policy.on(date(2026, 12, 31)).term("eerste_gesprek").length == 3
    assert policy.on(date(2027, 1, 1)).term("eerste_gesprek").length == 7


def test_a_correction_does_not_move_a_journey_into_or_out_of_a_pilot() -> None:
    story = Story(policy=with_pilot()).act("2026-06-01T10:00", "melding", act_id="m")
    story.act("2026-06-02T10:00", "handeling_gecorrigeerd", role="teamleider", handeling="m", ingang="2026-05-29",
              reden="verkeerde dag")  # fmt: skip
    assert story.state.variant == "sneller"
    # The term itself started before the pilot: seven days.
    assert story.term("eerste_gesprek-1").due == date(2026, 6, 5)


def test_a_pilot_that_left_the_files_leaves_the_journey_running() -> None:
    story = Story(policy=with_pilot()).act("2026-06-01T10:00", "melding")
    story.policy = load_policy("deventer")
    story.act("2026-06-02T10:00", "gesprek_gevoerd")
    assert story.state.variant == "sneller"
    assert story.term("plan-1").due == date(2026, 7, 14)


def test_a_share_is_near_what_was_asked_and_every_journey_keeps_its_side() -> None:
    policy = with_pilot(SNELLER.replace("= 100", "= 30"))
    ids = [journey_id("deventer", number, 1) for number in range(1, 2001)]
    taken = [policy.variant_for(name, "", date(2026, 7, 1)) for name in ids]
    assert 0.26 < taken.count("sneller") / len(ids) < 0.34
    assert taken == [policy.variant_for(name, "", date(2026, 11, 1)) for name in ids]


def test_a_pilot_in_a_wijk_takes_who_lives_there() -> None:
    lochem = load_policy("lochem")
    assert lochem.variant_for("klantroute-lochem-1-1", "gorssel", date(2026, 10, 1)) == "buurtkamer"
    assert lochem.variant_for("klantroute-lochem-1-1", "almen", date(2026, 10, 1)) == STANDARD
    assert lochem.variant_for("klantroute-lochem-1-1", "", date(2026, 10, 1)) == STANDARD
    assert lochem.with_variant("buurtkamer").on(date(2026, 10, 1)).term("start_mna").length == 2


def test_the_wijk_of_the_melding_decides() -> None:
    story = Story(policy=load_policy("lochem")).act("2026-10-01T10:00", "melding", wijk="eefde")
    assert story.state.variant == "buurtkamer"


def test_a_pilot_lies_over_the_rules_of_its_day() -> None:
    """Zutphen changes the start of an activity in 2027; its pilot changes check-ins; both hold together."""
    rules = load_policy("zutphen").with_variant("vaker_contact").on(date(2027, 2, 1))
    assert (rules.term("check_in").length, rules.term("start_mna").length) == (2, 4)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("eerste_gesprek", "voorschot", ["pilot sneller", "terms.voorschot", "wettelijke termijn"]),
        ("eerste_gesprek", "zoektermijn", ["pilot sneller", "terms.zoektermijn", "wettelijke termijn"]),
        ("eerste_gesprek", "hersteltermijn", ["pilot sneller", "terms.hersteltermijn", "recht van inwoners"]),
        ("eerste_gesprek", "schuld_besluit", ["terms.schuld_besluit", "recht van inwoners"]),
        ("eerste_gesprek", "fantasie", ["pilot sneller", "terms.fantasie", "Bekend zijn"]),
        ("length = 3", "lengte = 3", ["pilot sneller", "terms.eerste_gesprek.lengte"]),
        ("length = 3", "length = 0", ["pilot sneller", "terms.eerste_gesprek", "length"]),
        ("length = 3", 'class = "intern"', ["pilot sneller", "terms.eerste_gesprek.class"]),
        ("[pilots.terms.eerste_gesprek]\nlength = 3", '[pilots.readings]\nopschorting_aanvulling = "C-I"',
         ["pilot sneller", "readings", "lezing van de wet"]),
        ("[pilots.terms.eerste_gesprek]\nlength = 3", "[pilots.payment]\ndays = 9", ["pilot sneller", "payment"]),
        ("[pilots.terms.eerste_gesprek]\nlength = 3", "[pilots.values]\nvoorschot_percentage = 50",
         ["pilot sneller", "voorschot_percentage"]),
        ("[pilots.terms.eerste_gesprek]\nlength = 3", "[pilots.ladders.veiligheid]\nagain_days = 9",
         ["pilot sneller", "ladders.veiligheid", "veiligheid van inwoners"]),
        ("share_percent = 100", "", ["pilot sneller", "share_percent", "wijken"]),
        ("share_percent = 100", "share_percent = 50\nwijken = ['voorstad']", ["share_percent", "wijken"]),
        ("share_percent = 100", "share_percent = 101", ["pilots.0.share_percent", "100"]),
        ("2026-12-31", "2026-05-01", ["pilot sneller", "valid_through"]),
        ('"sneller"', '"standaard"', ["standaard"]),
        ('"sneller"', '"Sneller!"', ["pilots.0.name"]),
    ],
)  # fmt: skip
def test_a_pilot_that_touches_more_than_service_or_is_wrong_is_refused(
    old: str, new: str, said: list[str]
) -> None:
    assert old in SNELLER
    with pytest.raises(PolicyError) as refusal:
        with_pilot(SNELLER.replace(old, new))
    assert "policies/deventer.toml" in str(refusal.value)
    for words in said:
        assert words in str(refusal.value)


def test_two_pilots_with_one_name_are_refused() -> None:
    with pytest.raises(PolicyError, match="dezelfde naam"):
        with_pilot(SNELLER + SNELLER)
