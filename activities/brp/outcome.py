"""What a question to the BRP ends in when it does not end in an answer, and how that is said."""

from dataclasses import replace
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from activities.brp.wire import Wire
from activities.other_side import OtherSide
from activities.registries import NotUnderstood, RegistryRefused
from domain.findings import Outcome

OAUTH = "het client-id en het client-secret (MEEDOEN_BRP_CLIENT_ID en MEEDOEN_BRP_CLIENT_SECRET)"
API_KEY = "de sleutel (MEEDOEN_BRP_API_KEY)"

BRP = OtherSide(
    name="de BRP",
    group="brp",
    address="MEEDOEN_BRP_BASE_URL",
    known_by=f"{API_KEY} en de certificaten",
    allowed_by="de autorisatie en de doelbinding",
    question="de vraag en de versie van de BRP-koppeling",
    link="de BRP-koppeling",
)
BEHIND_LOGIN = replace(BRP, known_by=f"{OAUTH} en de certificaten")
"""The same, for a gateway that wants an access token."""


class NoUse(Exception):
    """There is an answer and it is of no use, or nothing could be asked; asking again changes nothing.

    Attributes:
        outcome: refused, or incomprehensible.
        sentence: Dutch, for the person who waits; holds no personal data.
    """

    def __init__(self, outcome: Literal[Outcome.REFUSED_US, Outcome.INCOMPREHENSIBLE], sentence: str) -> None:
        super().__init__(sentence)
        self.outcome = outcome
        self.sentence = sentence


def nothing_asked(why: str) -> NoUse:
    """Nothing was sent, because of a mistake on our side.

    Args:
        why: a Dutch sentence: what is wrong, and what to do.
    """
    return NoUse(Outcome.REFUSED_US, BRP.nothing_asked(why))


def not_understood(problem: NotUnderstood) -> NoUse:
    """What came is of no use."""
    return NoUse(
        Outcome.INCOMPREHENSIBLE,
        f"De BRP gaf een antwoord dat wij niet kunnen lezen: {problem}. "
        "Controleer de gegevens met de hand en meld dit aan de beheerder.",
    )


def refused(refusal: RegistryRefused, body: bytes) -> NoUse:
    """The registry refused our question.

    Args:
        refusal: what happened, and who mends it.
        body: a problem report, or anything.
    """
    try:
        code = _Problem.model_validate_json(body).code
    except ValidationError:
        code = ""
    return NoUse(Outcome.REFUSED_US, BRP.refused(refusal, code))


class _Problem(Wire):
    """Of a problem report only the code: letters only, so it cannot carry a number."""

    code: Annotated[str, Field(pattern="^[A-Za-z]{1,25}$")]
