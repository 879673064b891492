"""What a message to staff says: plain Dutch from a template, with a client number and no more."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from domain.base import Explained
from domain.calendars import say
from domain.households import HOUSEHOLD, read_household_id
from domain.routes import FILES, ROUTES

if TYPE_CHECKING:
    from jinja2 import Environment


class MessageError(Explained):
    """A message cannot be written; the message is a Dutch sentence."""


class Letter(NamedTuple):
    """A message as it is read."""

    subject: str
    body: str


class Line(NamedTuple):
    """One term in a digest."""

    journey_id: str
    text: str
    due: date | None
    """Its last day, when that is known."""


DIGEST = "weekoverzicht"


def write_digest(lines: Sequence[Line]) -> Letter:
    """The weekly digest of one reader.

    Raises:
        MessageError: see `write_letter`.
    """
    return _filled(DIGEST, {"regels": lines})


def write_letter(template: str, *, journey_id: str, params: Mapping[str, str]) -> Letter:
    """Fill a template.

    Args:
        template: ``taak``, ``herinnering``, ``trede`` or ``termijn``.
        journey_id: which journey it is about.
        params: at least ``tekst`` and ``fase``; see the templates for the rest.

    Raises:
        MessageError: there is no such template, or a value that it needs is missing.
    """
    return _filled(template, {**params, "klantroute": journey_id})


def _filled(template: str, params: Mapping[str, object]) -> Letter:
    # Only the sender of messages needs templates; who reads a worklist should not wait for the library.
    from jinja2 import TemplateError

    try:
        found = _environment().get_template(f"{template}.txt")
        subject, _, body = found.render(params).strip().partition("\n")
    except (TemplateError, TypeError, ValueError) as error:
        raise MessageError(
            f"Het bericht kan niet worden opgesteld: sjabloon {template!r} ontbreekt, of een gegeven dat het "
            f"nodig heeft ({type(error).__name__}). Herstel het sjabloon; het bericht wacht zolang."
        ) from error
    return Letter(subject.strip(), body.strip() + "\n")


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("activities", "templates"),
        undefined=StrictUndefined,
        # Plain text: nothing to escape.
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["dag"] = lambda text: say(date.fromisoformat(text))
    environment.filters["zeg"] = say
    environment.filters["fase"] = lambda code, file: _stages(_is_household(file)).get(code, code)
    environment.filters["kort"] = lambda file: file.removeprefix("klantroute-")
    environment.filters["dossier"] = lambda file: " ".join(file.split("-", 1))
    environment.filters["bekijk"] = lambda file: (
        f"het huishouden: meedoen household {file}"
        if _is_household(file)
        else f"de klantroute: meedoen show {file}"
    )
    return environment


def _is_household(file: str) -> bool:
    return read_household_id(file) is not None


@cache
def _stages(household: bool) -> dict[str, str]:
    """What the stages are called. A household has some of the same codes, with words of its own."""
    routes = (FILES[HOUSEHOLD],) if household else ROUTES.values()
    return {
        spec.stage.value: spec.label[0].lower() + spec.label[1:] for route in routes for spec in route.stages
    }
