"""What a question to the BRP ends in when it does not end in an answer, and how that is said."""

from http import HTTPStatus
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from activities.brp.wire import Wire
from domain.findings import Outcome

OAUTH = "het client-id en het client-secret (MEEDOEN_BRP_CLIENT_ID en MEEDOEN_BRP_CLIENT_SECRET)"
API_KEY = "de sleutel (MEEDOEN_BRP_API_KEY)"


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


class NotUnderstood(Exception):
    """Says in a few Dutch words what is wrong with an answer, without any of its data."""

    def told(self) -> NoUse:
        """The same, for the person who waits."""
        return NoUse(
            Outcome.INCOMPREHENSIBLE,
            f"De BRP gaf een antwoord dat wij niet kunnen lezen: {self}. "
            "Controleer de gegevens met de hand en meld dit aan de beheerder.",
        )


def nothing_asked(why: str) -> NoUse:
    """Nothing was sent, because of a mistake on our side.

    Args:
        why: a Dutch sentence: what is wrong, and what to do.
    """
    return NoUse(Outcome.REFUSED_US, f"Er is niets aan de BRP gevraagd: {why}")


def refused(status: int, body: bytes, credentials: str) -> NoUse:
    """The registry refused our question.

    Args:
        status: 300 to 499.
        body: a problem report, or anything.
        credentials: what we made ourselves known with, for the sentence.
    """
    try:
        number = f"{status}, {_Problem.model_validate_json(body).code}"
    except ValidationError:
        number = str(status)
    match status:
        case HTTPStatus.BAD_REQUEST:
            what = "wees onze vraag af als onjuist", "de vraag en de versie van de BRP-koppeling"
        case HTTPStatus.UNAUTHORIZED:
            what = "herkent ons niet", f"{credentials} en de certificaten"
        case HTTPStatus.FORBIDDEN:
            what = "staat ons deze vraag niet toe", "de autorisatie en de doelbinding"
        case HTTPStatus.NOT_FOUND:
            what = "is niet te vinden op dit adres", "het adres (MEEDOEN_BRP_BASE_URL)"
        case _ if status < HTTPStatus.BAD_REQUEST:
            what = "verwijst ons naar een ander adres", "het adres (MEEDOEN_BRP_BASE_URL)"
        case _:
            what = "wees onze vraag af", "de BRP-koppeling"
    return NoUse(Outcome.REFUSED_US, f"De BRP {what[0]} ({number}). Laat de beheerder {what[1]} nakijken.")


def unavailable(status: int) -> str:
    """The sentence for 429 and for 500 and above."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return "De BRP vraagt ons te wachten: er komen te veel vragen tegelijk (429)."
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        return "De BRP is tijdelijk niet beschikbaar (503)."
    return f"De BRP heeft een storing ({status})."


class _Problem(Wire):
    """Of a problem report only the code: letters only, so it cannot carry a number."""

    code: Annotated[str, Field(pattern="^[A-Za-z]{1,25}$")]
