"""What is wrong with input is said in Dutch, field by field, without the input."""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, field_validator

from domain.problems import problems_in


class Colour(StrEnum):
    RED = "rood"
    GREEN = "groen"


class Cat(BaseModel):
    kind: Literal["kat"]


class Dog(BaseModel):
    kind: Literal["hond"]


class Form(BaseModel):
    model_config = ConfigDict(extra="forbid")

    day: date = date(2026, 5, 1)
    moment: AwareDatetime = datetime(2026, 5, 1, tzinfo=UTC)
    count: int = Field(default=1, ge=1, le=9)
    text: str = Field(default="abc", min_length=2, max_length=5, pattern="^[a-z]*$")
    agreed: bool = True
    colour: Colour = Colour.RED
    side: Literal["links", "rechts"] = "links"
    numbers: list[int] = Field(default=[1], min_length=1)
    per_key: dict[str, int] = {}
    pet: Annotated[Cat | Dog, Field(discriminator="kind")] = Cat(kind="kat")

    @field_validator("text")
    @classmethod
    def _own_rule(cls, value: str) -> str:
        if value == "nee":
            raise ValueError("mag geen nee zijn")
        return value


def _said(**given_fields: Any) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        Form.model_validate(given_fields)
    return [str(problem) for problem in problems_in(caught.value)]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("day", "gisteren", "day is geen datum; schrijf jaar-maand-dag, zoals 2026-05-01"),
        ("moment", "straks", "moment is geen tijdstip; schrijf bijvoorbeeld 2026-05-01T09:00:00+02:00"),
        ("moment", "2026-05-01T09:00", "moment heeft een tijdzone nodig, zoals 2026-05-01T09:00:00+02:00"),
        ("count", "veel", "count is geen heel getal"),
        ("count", 0, "count moet 1 of meer zijn"),
        ("count", 10, "count moet 9 of minder zijn"),
        ("text", 7, "text is geen tekst"),
        ("text", "a", "text heeft minstens 2 tekens nodig"),
        ("text", "abcdef", "text mag hoogstens 5 tekens hebben"),
        ("text", "ABC", "text heeft niet de juiste vorm"),
        ("text", "nee", "text mag geen nee zijn"),
        ("agreed", "misschien", "agreed moet true of false zijn"),
        ("colour", "blauw", "colour moet een van deze zijn: 'rood' of 'groen'"),
        ("side", "midden", "side moet een van deze zijn: 'links' of 'rechts'"),
        ("numbers", 1, "numbers moet een lijst zijn"),
        ("numbers", [], "numbers heeft minstens 1 onderdelen nodig"),
        ("numbers", [1, "x"], "numbers.1 is geen heel getal"),
        ("per_key", 1, "per_key moet een groep velden zijn"),
        ("per_key", {"999990019": "x"}, "per_key.… is geen heel getal"),
        ("pet", {"kind": "vis"}, "pet noemt een onbekende soort; kies uit: 'kat', 'hond'"),
        ("pet", {}, "pet mist het veld dat de soort noemt"),
        ("typo", 1, "typo bestaat niet; controleer de spelling of laat dit weg"),
    ],
)
def test_each_problem_is_said_in_dutch(field: str, value: object, said: str) -> None:
    assert _said(**{field: value}) == [said]


def test_whole_input_can_be_wrong() -> None:
    with pytest.raises(ValidationError) as caught:
        Form.model_validate_json("{")
    [problem] = problems_in(caught.value)
    assert str(problem) == "het geheel is geen geldige JSON"


def test_long_list_of_problems_is_cut() -> None:
    assert len(_said(numbers=["x"] * 100)) == 20


@given(
    st.dictionaries(
        st.sampled_from(sorted(Form.model_fields)),
        st.one_of(
            st.just("Zeemeermin"), st.just(["Zeemeermin"]), st.just({"kind": "Zeemeermin", "Zee meermin": 1})
        ),
        min_size=1,
    )
)
def test_no_input_is_repeated(fields: dict[str, Any]) -> None:
    assert "meermin" not in " ".join(_said(**fields))
