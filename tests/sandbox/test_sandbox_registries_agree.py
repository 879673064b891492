"""What registries say of one resident can all be true at once: by birth, age, death and leaving the country."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from domain.findings import PartialDate
from sandbox.lo3 import read_testset
from sandbox.residents import (
    Register,
    Resident,
    ResidentsUnreadable,
    load_residents,
    read_resident,
    with_facts,
)
from sandbox.suwinet_answers import months_of
from tests.specifications import brp_testset

RESIDENTS, MUNICIPALITIES = load_residents()
WRITTEN_ON = date(2026, 3, 31)
"""Nothing has begun or was reported after this."""
OLDEST_PUPIL = {"vo": 20, "vso": 20, "pro": 20}
YOUNGEST = {"vo": 11, "vso": 11, "pro": 11, "mbo": 15, "hbo_wo": 16}


def day(value: PartialDate | None) -> date | None:
    return None if value is None else value.earliest()


def spells(resident: Resident) -> Iterator[tuple[str, date, date | None, int]]:
    """Everything with a beginning: what, from when, until when, and from which age it can be."""
    if resident.duo:
        for enrolment in resident.duo.enrolments:
            yield enrolment.school, _begin(enrolment.since), day(enrolment.until), YOUNGEST[enrolment.school]
        for exam in resident.duo.exams:
            yield "examen", _begin(exam.on), day(exam.on), 14
    if resident.uwv:
        for job in resident.uwv.jobs:
            yield "werk", _begin(job.since), day(job.until), 13
            assert (day(job.reported_until) or WRITTEN_ON) >= _begin(job.since)
        for ground in resident.uwv.target_group.grounds if resident.uwv.target_group else ():
            yield "doelgroep", _begin(ground.since), day(ground.until), 16
    if resident.bijstand:
        for benefit in resident.bijstand.benefits:
            yield "bijstand", _begin(benefit.since), day(benefit.until), 18
        for application in resident.bijstand.applications:
            yield "aanvraag", _begin(application.on), day(application.decided_on or application.on), 18
    if resident.reintegratie:
        for trajectory in resident.reintegratie.trajectories:
            for provision in trajectory.provisions:
                yield "voorziening", _begin(provision.since), day(provision.until), 16


def _begin(value: PartialDate) -> date:
    found = value.earliest()
    assert found is not None
    return found


def contradictions(resident: Resident) -> list[str]:
    """What cannot be true of one and the same person."""
    wrong = []
    born = resident.birth.earliest() if resident.birth else None
    gone = day(resident.died_on) or (day(resident.suspended_on) if resident.suspension == "E" else None)
    for what, begin, end, age in spells(resident):
        if born is not None and begin < born.replace(year=born.year + age, day=min(born.day, 28)):
            wrong.append(f"{what} begint voor de leeftijd van {age} jaar")
        if begin > WRITTEN_ON or (end is not None and end > WRITTEN_ON):
            wrong.append(f"{what} ligt in de toekomst")
        if gone is not None and (end is None or end > gone):
            wrong.append(f"{what} loopt door na overlijden of vertrek")
        pupil_until = OLDEST_PUPIL.get(what)
        if pupil_until and born and (end or WRITTEN_ON).year - born.year > pupil_until:
            wrong.append(f"{what} loopt door na {pupil_until} jaar")
    if resident.uwv:
        for job in resident.uwv.jobs:
            for _, until in months_of(job):
                if gone is not None and until > gone:
                    wrong.append("loon na overlijden of vertrek")
    places = [benefit.municipality for benefit in resident.bijstand.benefits] if resident.bijstand else []
    if resident.reintegratie:
        places += [one.municipality for one in resident.reintegratie.trajectories]
    wrong += [f"gemeente {code} bestaat hier niet" for code in places if code not in MUNICIPALITIES]
    return wrong


@pytest.mark.parametrize("resident", RESIDENTS, ids=lambda resident: resident.note or resident.surname)
def test_nobody_contradicts_themselves(resident: Resident) -> None:
    assert contradictions(resident) == []


@pytest.mark.contract
def test_facts_of_official_test_persons_fit_what_the_brp_says_of_them() -> None:
    official = with_facts(read_testset(brp_testset()))
    known = [resident for resident in official if resident.duo or resident.uwv or resident.bijstand]

    assert {resident.bsn for resident in known} == {"999991954", "999997051", "999992879", "999990238"}
    for resident in known:
        assert contradictions(resident) == []


def change(resident: Resident, **facts: Any) -> Resident:
    return read_resident(resident.model_dump() | facts, "deze inwoner")


def test_a_contradiction_would_be_seen() -> None:
    worker = next(resident for resident in RESIDENTS if resident.uwv and resident.uwv.jobs)

    assert contradictions(change(worker, birth=date(2015, 1, 1)))
    assert contradictions(change(worker, died_on=date(2020, 1, 1), suspension="O"))
    assert contradictions(change(worker, suspended_on=date(2020, 1, 1), suspension="E"))


def test_families_know_each_other_from_both_sides() -> None:
    register = Register(RESIDENTS, MUNICIPALITIES)
    for resident in RESIDENTS:
        partner = resident.partner
        other = None if partner is None or partner.bsn is None else register.find(partner.bsn)
        if partner is not None and partner.until is None:
            assert other is not None
            assert other.partner is not None
            assert other.partner.bsn == resident.bsn
        for child in resident.children:
            known = register.find(child.bsn or "")
            assert known is not None
            assert known.birth is not None
            assert resident.birth is not None
            assert (known.birth.year or 0) - (resident.birth.year or 0) >= 16


def test_the_mix_holds_every_situation_that_registries_tell_of() -> None:
    by_note = {resident.note: resident for resident in RESIDENTS}
    left = by_note["jonger dan 27"].duo
    enrolled = by_note["jongere, ingeschreven bij het mbo"].duo
    special = by_note["jongere op het vso"].duo
    practical = by_note["jongere van het praktijkonderwijs, in het doelgroepregister"]
    surprise = by_note["jongere die zegt geen diploma te hebben; DUO kent een startkwalificatie"].duo
    beside = by_note["werkt naast een uitkering van een andere gemeente, met een eerder traject"]

    assert left is not None
    assert left.basic_qualification is False
    assert left.enrolments[-1].school == "mbo"
    assert left.enrolments[-1].until is not None
    assert enrolled is not None
    assert enrolled.enrolments[-1].until is None
    assert special is not None
    assert special.enrolments[-1].school == "vso"
    assert practical.uwv is not None
    assert practical.uwv.target_group is not None
    assert surprise is not None
    assert surprise.basic_qualification is True
    assert beside.uwv is not None
    assert beside.uwv.jobs[0].until is None
    assert beside.bijstand is not None
    assert beside.bijstand.benefits[0].municipality != beside.municipality_code
    assert beside.reintegratie is not None
    kinds = {resident.residence.kind for resident in RESIDENTS if resident.residence}
    assert kinds == {"adres", "briefadres", "locatie", "buitenland", "onbekend"}
    assert any(resident.guardianship for resident in RESIDENTS)
    # Most people are unknown to most registries.
    assert sum(resident.duo is None and resident.uwv is None for resident in RESIDENTS) >= 15


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"duo": {"basic_qualification": "ja"}}, ["duo.basic_qualification", "true of false"]),
        ({"duo": {"niveau": 2}}, ["duo.niveau", "bestaat niet"]),
        (
            {"uwv": {"target_group": {"grounds": [{"code": "1", "since": "2020"}]}}},
            ["uwv.target_group.grounds.0.code", "minstens 2 tekens"],
        ),
        (
            {"bijstand": {"benefits": [{"municipality": "0150", "since": "2020-05", "until": "2020-04"}]}},
            ["eindigt voordat het begint"],
        ),
        ({"birth": "gisteren"}, ["is geen datum; schrijf 1985-12-01"]),
        ({"reintegratie": {"trajectories": []}}, ["reintegratie.trajectories", "minstens 1 onderdelen"]),
    ],
)
def test_a_wrong_resident_is_refused_in_a_sentence(entry: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(ResidentsUnreadable) as refused:
        read_resident({"bsn": "999900006"} | entry, "inwoner 3")

    sentence = str(refused.value)
    assert sentence.startswith("de gegevens van inwoner 3 zijn geweigerd: ")
    assert "999900006" not in sentence
    for word in words:
        assert word in sentence
