"""A policy file that cannot be used is refused: file, key, reason, and what to do."""

from importlib.resources import files
from typing import get_args

import pytest

from domain.policy import Policy, PolicyError
from domain.policy_files import PolicyText, resolve
from domain.questions import QUESTIONS, Moment
from domain.routes import ROUTES, act_of_any_route
from domain.terms import Kind
from runtime.policies import load_policy, policy_names


def text_of(name: str) -> str:
    return (files("policies") / f"{name}.toml").read_text(encoding="utf-8")


def with_local(old: str, new: str) -> Policy:
    """The policy with one line changed, in the file that holds it."""
    name = next(name for name in ("deventer", "basis") if old in text_of(name))
    return resolved(**{name: text_of(name).replace(old, new, 1)})


def resolved(**changed: str) -> Policy:
    texts = {
        name: changed.get(name, text_of(name)) for name in ("deventer", "basis", "landelijk", "kalender")
    }
    return resolve(
        "deventer",
        local=PolicyText(file="policies/deventer.toml", text=texts["deventer"]),
        national=PolicyText(file="policies/landelijk.toml", text=texts["landelijk"]),
        calendar=PolicyText(file="policies/kalender.toml", text=texts["kalender"]),
        shared={"basis": PolicyText(file="policies/basis.toml", text=texts["basis"])},
    )


STATUTORY = """
[terms.voorschot]
description = "Voorschot"
source = "eigen"
kind = "beleid"
start = "de aanvraag"
length = 6
unit = "weken"
rollover = "geen"
class = "wettelijk_geld"
confidence = "P"

[terms.eerste_gesprek]
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "[terms.eerste_gesprek]",
            STATUTORY,
            ["policies/deventer.toml", "terms.voorschot", "wettelijke termijn"],
        ),
        ('kind = "beleid"', 'kind = "wettelijk"', ["terms.eerste_gesprek.kind", "geen wettelijke termijn"]),
        (
            'rollover = "geen"',
            'rollover = "atw"',
            ["terms.eerste_gesprek", "Algemene termijnenwet geldt niet"],
        ),
        ("length = 7", "length = 0", ["terms.eerste_gesprek", "length"]),
        ("length = 7", "lengte = 7", ["terms.eerste_gesprek", "lengte", "length"]),
        ('unit = "dagen"', 'unit = "uren"', ["terms.eerste_gesprek", "unit"]),
        ('class = "belofte"', 'class = "vaag"', ["eerste_gesprek", "class"]),
        ("[ladders.veiligheid]", "[ladders.gezelligheid]", ["ladders", "gezelligheid"]),
        ('"tweede paasdag", ', '"tweede paasdagje", ', ["opening", "tweede paasdagje"]),
        ("closed_weeks = 8", "closed_weeks = 2", ["closed_weeks"]),
        ('municipality = "Deventer"', 'municipality = "Deventer', ["policies/deventer.toml", "TOML"]),
        (
            '{ days = 1, roles = ["teamleider"] }',
            '{ days = 4, roles = ["teamleider"] }',
            ["ladders.belofte", "oplopen"],
        ),
    ],
)
def test_a_wrong_local_file_is_refused(old: str, new: str, said: list[str]) -> None:
    with pytest.raises(PolicyError) as refusal:
        with_local(old, new)
    for words in said:
        assert words in str(refusal.value)


def test_a_class_without_a_ladder_is_refused() -> None:
    local = text_of("deventer")
    start, end = local.index("[ladders.veiligheid]"), local.index("[ladders.belofte]")
    with pytest.raises(PolicyError, match=r"ladders\.veiligheid: ontbreekt"):
        resolved(deventer=local[:start] + local[end:])


def test_a_term_that_the_atw_leaves_alone_cannot_roll() -> None:
    national = text_of("landelijk").replace("length = 8", "length = 13", 1)
    with pytest.raises(PolicyError, match=r"terms\.besluit_aanvraag.*art\. 4"):
        resolved(landelijk=national)


def test_an_equated_day_in_a_weekend_is_refused() -> None:
    calendar = text_of("kalender").replace("2026-05-15", "2026-05-16")
    with pytest.raises(PolicyError, match="2026-05-16 is een weekenddag"):
        resolved(kalender=calendar)


def test_a_file_that_is_included_but_not_there_is_named() -> None:
    with pytest.raises(PolicyError, match=r"policies/deventer\.toml.*include: 'bazis'.*basis"):
        with_local('include = ["basis"]', 'include = ["bazis"]')


def test_what_is_wrong_in_a_shared_file_is_said_of_that_file() -> None:
    basis = text_of("basis")
    with pytest.raises(PolicyError, match=r"^policies/basis\.toml is geweigerd\. terms\.nieuwe_uitnodiging"):
        resolved(basis=basis.replace('unit = "openingsdagen"', 'unit = "uren"', 1))
    with pytest.raises(PolicyError, match=r"^policies/basis\.toml is geweigerd\. municipality:"):
        resolved(basis=f'municipality = "Elders"\n{basis}')
    with pytest.raises(PolicyError, match=r"^policies/deventer\.toml is geweigerd\. closed_weeks"):
        with_local("closed_weeks = 8", "")


def test_lochem_and_zutphen_share_a_vision_and_differ_in_terms_ladders_and_teams() -> None:
    lochem, zutphen = load_policy("lochem"), load_policy("zutphen")
    assert (lochem.municipality_code, zutphen.municipality_code) == ("0262", "0301")
    assert lochem.term("start_mna") == zutphen.term("start_mna")
    assert lochem.term("eerste_gesprek").length != zutphen.term("eerste_gesprek").length
    assert lochem.term("eerste_gesprek").description == zutphen.term("eerste_gesprek").description
    assert lochem.ladders["belofte"].after != zutphen.ladders["belofte"].after
    assert lochem.ladders["veiligheid"] == zutphen.ladders["veiligheid"]
    assert (lochem.first_team, lochem.income_team) != (zutphen.first_team, zutphen.income_team)


def test_a_shared_file_is_no_municipality() -> None:
    assert policy_names() == ["deventer", "lochem", "zutphen"]
    with pytest.raises(PolicyError, match="'basis' is onbekend"):
        load_policy("basis")


def test_a_reading_that_the_law_does_not_leave_open_is_refused() -> None:
    with pytest.raises(PolicyError, match=r"readings\.opschorting_aanvulling.*Kies uit: C-I-1, C-I"):
        resolved(deventer=text_of("deventer") + '\n[readings]\nopschorting_aanvulling = "C"\n')


def test_a_number_of_the_law_is_not_local() -> None:
    with pytest.raises(PolicyError, match=r"values\.voorschot_percentage.*staat in de wet"):
        resolved(deventer=text_of("deventer") + "\n[values]\nvoorschot_percentage = 80\n")


def test_every_statutory_term_has_a_source_and_every_policy_has_the_same_ones() -> None:
    policies = [load_policy(name) for name in policy_names()]
    law = [{key: rule for key, rule in p.terms.items() if rule.kind is Kind.STATUTORY} for p in policies]
    assert law[0] == law[1] == law[2]
    assert all(rule.source for rule in law[0].values())
    assert not any("Beleid" in rule.source for rule in law[0].values())


def test_an_unknown_municipality_names_those_that_are_known() -> None:
    with pytest.raises(PolicyError, match=r"'amsterdam' is onbekend.*deventer"):
        load_policy("amsterdam")


@pytest.mark.parametrize("name", policy_names())
def test_every_policy_has_every_term_that_a_route_uses(name: str) -> None:
    policy = load_policy(name)
    for route in ROUTES.values():
        assert route.terms() <= set(policy.terms)
        for stage in route.stages:
            assert set(stage.awaits) <= set(policy.terms)


def test_a_policy_survives_the_journey_through_json() -> None:
    policy = load_policy("deventer")
    again = Policy.model_validate_json(policy.model_dump_json())
    assert again == policy
    assert again.hash == policy.hash


def test_every_moment_that_can_be_followed_by_a_question_is_an_act_or_a_question() -> None:
    for moment in get_args(Moment):
        assert moment in QUESTIONS or act_of_any_route(moment) is not None, moment


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[questions.duo_onderwijs]", "[questions.duo_onderwys]", "Bedoelt u duo_onderwijs"),
        ('after = ["aanvraag_ingediend"]', 'after = ["aanvraag"]', "questions.bijstandsregelingen.after"),
        (
            'basis = "Participatiewet art. 7 en 64; Wet SUWI art. 62"',
            'basis = ""',
            "questions.gsd_reintegratie.basis",
        ),
        (
            "https://register.gemeente.example/verwerkingen/klantroute-brp",
            "klantroute",
            "questions.brp_persoon.activity",
        ),
    ],
)
def test_a_question_that_nobody_knows_or_without_a_basis_is_refused(old: str, new: str, said: str) -> None:
    with pytest.raises(PolicyError, match=said):
        with_local(old, new)
