"""The Pw-gezin: who make one application together. It carries the income track and is not the plan household."""

from pydantic import Field

from domain.acts import Reason
from domain.base import Frozen
from domain.calendars import say
from domain.declaration import ALL_STAGES, ActSpec
from domain.draft import Draft
from domain.happenings import Act, Refused
from domain.income import PwHousehold
from domain.journey import JourneyState
from domain.roles import FRONT, INCOME


class PwGezin(Frozen):
    andere_klant: int | None = Field(
        default=None,
        ge=1,
        description="Klantnummer van de partner; leeg: alleen, of de partner is geen klant",
    )
    draagt: bool = Field(default=True, description="De aanvraag, het besluit en het voorschot lopen hier")


class PwGezinGewijzigd(PwGezin):
    reden: str = Reason


def _check(state: JourneyState, data: PwGezin) -> None:
    if data.andere_klant == state.client_number:
        raise Refused("Iemand kan niet zijn eigen partner zijn. Vul het klantnummer van de ander in.")
    if data.andere_klant is None and not data.draagt:
        raise Refused(
            "Wie alleen is, draagt zelf de aanvraag. Vul het klantnummer van de partner in, of 'draagt = ja'."
        )


def check_vastgesteld(state: JourneyState, act: Act, data: PwGezin) -> None:
    if state.income.pw_household is not None:
        raise Refused("Het Pw-gezin is al vastgesteld. Leg een wijziging vast met 'Pw-gezin gewijzigd'.")
    _check(state, data)


def check_gewijzigd(state: JourneyState, act: Act, data: PwGezinGewijzigd) -> None:
    if state.income.pw_household is None:
        raise Refused("Het Pw-gezin is nog niet vastgesteld. Doe dat eerst met 'Pw-gezin vastgesteld'.")
    _check(state, data)


def pw_gezin_vastgesteld(draft: Draft, act: Act, data: PwGezin) -> None:
    """Which client number, and who carries. Terms that run here go on until a person has moved them."""
    before = draft.state.income.pw_household
    household = PwHousehold(other_client=data.andere_klant, carries=data.draagt, since=act.effective)
    draft.set(income=draft.state.income.model_copy(update={"pw_household": household}))
    if not data.draagt and draft.state.application_term():
        draft.open_task(
            "aanvraag_bij_drager",
            act.id,
            f"Klant {data.andere_klant} draagt de aanvraag van dit Pw-gezin, maar hier loopt er een. Leg haar daar "
            "vast met haar eigen datum en trek haar hier in: één aanvraag, één besluit (Participatiewet art. 43 lid 2).",
            role="inkomensconsulent",
        )
    if before is not None and before.other_client != data.andere_klant:
        draft.open_task(
            "pw_gezin_gewijzigd",
            act.id,
            f"Het Pw-gezin is gewijzigd per {say(act.effective)}. Bekijk wat dit betekent voor recht en hoogte van "
            "de uitkering en voor de route.",
            role="inkomensconsulent",
        )


ACTS = (
    ActSpec(
        name="pw_gezin_vastgesteld",
        label="Pw-gezin vastgesteld",
        origin="eigen",
        roles=FRONT | INCOME,
        stages=ALL_STAGES,
        data=PwGezin,
        check=check_vastgesteld,
        rule=pw_gezin_vastgesteld,
        why="Participatiewet art. 4 en 43 lid 2: één aanvraag en één besluit voor wie samen een gezin is",
    ),
    ActSpec(
        name="pw_gezin_gewijzigd",
        label="Pw-gezin gewijzigd",
        origin="eigen",
        roles=FRONT | INCOME,
        stages=ALL_STAGES,
        data=PwGezinGewijzigd,
        check=check_gewijzigd,
        rule=pw_gezin_vastgesteld,
        plannable=True,
        why="Een partner erbij of eraf, of een ander die de aanvraag draagt",
    ),
)
