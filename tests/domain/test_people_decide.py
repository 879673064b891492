"""Software never refuses, ends or sanctions by itself: each such act is declared as a person's."""

import pytest

from domain.declaration import ActSpec
from domain.happenings import SYSTEM
from domain.journey import Stage
from domain.routes import ROUTES

ACTS = list({spec.name: spec for route in ROUTES.values() for spec in route.acts}.values())


@pytest.mark.parametrize("spec", ACTS, ids=lambda spec: spec.name)
def test_what_goes_against_a_resident_is_an_act_of_a_person(spec: ActSpec) -> None:
    if spec.negative or spec.closes or spec.moves_to is Stage.GESLOTEN:
        assert spec.origin == "eigen", f"{spec.name} comes from outside and goes against the resident"
        assert SYSTEM not in spec.roles, f"the program itself may do {spec.name}"
    if SYSTEM in spec.roles:
        # What the program notices is a fact for a person to look at; it moves nobody.
        assert spec.moves_to is None
        assert not spec.cancels
