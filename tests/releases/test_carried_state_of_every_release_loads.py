"""What journeys of every kept release carry loads in the present code, and the journey goes on."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from domain.calendars import civil_date
from domain.decide import advance, decide, next_wake
from domain.happenings import Act, Actor
from domain.journey import Stage
from runtime.policies import load_policy
from tests.releases.shape import broken, shape_of
from tests.releases.version import FOLDER, PRESENT, in_order, kept
from workflows.messages import StartJourney

STATES = sorted(path for path in FOLDER.glob("*/*.json") if path.name != "shape.json")
HOW_TO_RECORD = "A release is recorded with 'python -m tests.releases.record', after its version was raised."


@pytest.mark.parametrize("file", STATES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_kept_state_loads_and_acts_and_time_still_work_on_it(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    state = StartJourney.model_validate_json(text).carried
    assert state is not None
    assert state.last_at is not None
    # Nothing of what was carried is lost on the way.
    assert _holds(json.loads(state.model_dump_json()), json.loads(text)["carried"])

    policy = load_policy(state.gemeente)
    later = state.last_at + timedelta(days=90)
    woken = [decision.state for decision in advance(state, later, policy)]
    assert woken or next_wake(state, policy) is None or state.stage is Stage.GESLOTEN
    grown = woken[-1] if woken else state
    happened = decide(
        grown,
        Act(
            id="na-de-overstap",
            name="signaal_ontvangen",
            by=Actor(code="toegang", role="toegang"),
            effective=civil_date(later),
            data={"van": "woningcorporatie"},
        ),
        later,
        policy,
    )
    assert happened.state.logged("na-de-overstap") is not None
    assert happened.state.seq == grown.seq + 1
    assert len(happened.state.log) == len(grown.log) + 1


def test_no_field_vanished_and_every_new_one_has_a_default() -> None:
    earlier = [release for release in kept() if in_order(release) <= in_order(PRESENT)]
    present = shape_of(StartJourney)
    for release in earlier:
        shape = json.loads((FOLDER / release / "shape.json").read_text(encoding="utf-8"))
        problems = broken(shape, present)
        assert not problems, "\n".join(
            [f"State of release {release} does not load whole:", *problems, HOW_TO_RECORD]
        )


@pytest.mark.parametrize(
    ("present", "said"),
    [
        ({"State": {"a": "nodig", "b": "standaard"}}, []),
        ({"State": {"a": "nodig", "b": "standaard", "c": "standaard"}, "New": {"x": "nodig"}}, []),
        ({"State": {"a": "nodig", "b": "standaard", "c": "nodig"}}, ["State.c is new and has no default"]),
        ({"State": {"a": "nodig", "b": "nodig"}}, ["State.b lost its default"]),
        ({"State": {"b": "standaard"}}, ["State.a is gone"]),
        ({}, ["Model State is gone"]),
    ],
)
def test_the_advice_names_what_breaks(present: dict[str, dict[str, str]], said: list[str]) -> None:
    found = broken({"State": {"a": "nodig", "b": "standaard"}}, present)
    assert len(found) == len(said)
    for sentence, part in zip(found, said, strict=True):
        assert part in sentence


def test_releases_are_kept() -> None:
    assert "0.1.0" in kept()
    assert len(STATES) >= 8


def _holds(now: object, before: object) -> bool:
    if isinstance(before, dict):
        return isinstance(now, dict) and all(
            key in now and _holds(now[key], value) for key, value in before.items()
        )
    if isinstance(before, list):
        return isinstance(now, list) and len(now) == len(before) and all(map(_holds, now, before))
    return now == before
