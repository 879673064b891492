"""Refusals between teams and partners, and doorzettingsmacht: the mandate to force progress.

It is asked for by people and is no rung for an ordinary missed term (`domain.policy` refuses such a ladder). Its
holder decides who owns, when something happens and how a dispute ends, and never anything about the resident.
"""

from datetime import date
from typing import Literal

from pydantic import Field

from domain.acts import Reason
from domain.base import Frozen
from domain.calendars import say
from domain.declaration import ALL_STAGES, ActSpec
from domain.draft import Draft
from domain.happenings import Act, Refused
from domain.journey import JourneyState, Owner, Task, Track
from domain.policy import DOORZETTINGSMACHT
from domain.roles import ANYONE
from domain.topics.handover import owned_with, withdraw_offer
from domain.topics.owners import SEEK

KETENOVERLEG = "ketenoverleg"

Wanted = Literal["eigenaar", "afspraak", "voorrang", "geschil"]


class OverdrachtGeweigerd(Frozen):
    door: str = Field(default="onbekend", min_length=2, max_length=60, description="Code van team of partner")
    soort: Literal["team", "partner"] = "team"
    spoor: Track = Track.TRAJECT
    reden: str = Field(default="", max_length=200, description="Waarom, zonder persoonsgegevens")


class Ingeroepen(Frozen):
    aanleiding: Literal["team_weigert", "partner_weigert", "geen_regisseur", "veiligheid", "anders"]
    gevraagd: Wanted
    spoor: Track = Track.TRAJECT
    wie: str = Field(
        default="", max_length=60, description="Code van het team of de partner waar het om gaat"
    )
    reden: str = Reason


class Doorzetbesluit(Frozen):
    """``taak`` is which request it answers; without one, every open request for the same."""

    besluit: Wanted
    spoor: Track = Track.TRAJECT
    team: str = Field(default="", max_length=60, description="Wie het doet")
    persoon: str = Field(default="", max_length=60, description="Code van de medewerker")
    uiterlijk: date | None = Field(
        default=None, description="Dag van de afspraak, of laatste dag bij voorrang"
    )
    buiten_gemeente: bool = Field(
        default=False, description="Het gaat naar een andere organisatie: een verzoek"
    )
    taak: str = Field(default="", max_length=200, description="Kenmerk van de taak die ermee beantwoord is")
    mandaat: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9./_-]{2,39}$", description="Kenmerk van het mandaatbesluit"
    )
    reden: str = Reason


def overdracht_geweigerd(draft: Draft, act: Act, data: OverdrachtGeweigerd) -> None:
    """The owner stays responsible and hears of it; the teams settle it together."""
    offered_to = "" if data.door == "onbekend" else data.door
    withdraw_offer(draft, data.spoor, f"{data.door} neemt het niet over", of=offered_to)
    who = f"{'Team' if data.soort == 'team' else 'Partner'} {data.door}"
    draft.send(
        f"geweigerd/{act.id}",
        "eigenaar",
        "termijn",
        text=f"{who} neemt het niet over (spoor {data.spoor.value}). U blijft verantwoordelijk; het ketenoverleg "
        "kijkt ernaar.",
        track=data.spoor,
    )
    draft.open_task(
        KETENOVERLEG,
        act.id,
        f"{who} weigert een overdracht (spoor {data.spoor.value}). Spreek af wie het doet en leg de eigenaar vast. "
        "Komt u er niet uit, roep dan doorzettingsmacht in.",
        role=KETENOVERLEG,
        reasons=(f"{data.soort}_weigert",),
        track=data.spoor,
    )


def _reasons(data: Ingeroepen) -> tuple[str, ...]:
    return data.aanleiding, data.gevraagd, data.spoor.value


def _requests(state: JourneyState) -> list[Task]:
    return state.open_tasks(DOORZETTINGSMACHT)


def ingeroepen(draft: Draft, act: Act, data: Ingeroepen) -> None:
    """Asking again for the same, while it waits, asks nobody twice."""
    if any(task.reasons == _reasons(data) for task in _requests(draft.state)):
        return
    about = f" tegenover {data.wie}" if data.wie else ""
    asked = (
        f"Doorzettingsmacht gevraagd: {_ASKED[data.gevraagd]}{about} (spoor {data.spoor.value}; aanleiding "
        f"{data.aanleiding.replace('_', ' ')}). Leg uw besluit vast met reden en mandaat."
    )
    draft.open_task(
        DOORZETTINGSMACHT,
        act.id,
        f"{asked} Reden: {data.reden}",
        mail=asked,
        role=DOORZETTINGSMACHT,
        reasons=_reasons(data),
        term=DOORZETTINGSMACHT,
        track=data.spoor,
    )


def check_besluit(state: JourneyState, act: Act, data: Doorzetbesluit) -> None:
    waiting = [task.id for task in _requests(state)]
    if data.taak and data.taak not in waiting:
        raise Refused(
            f"Taak {data.taak!r} is geen open vraag om doorzettingsmacht. Open zijn: {', '.join(waiting) or 'geen'}."
        )
    if not data.team and data.besluit in ("eigenaar", "geschil"):
        raise Refused(f"Een besluit over {data.besluit} noemt wie het doet: vul 'team' in.")
    if data.besluit in ("afspraak", "voorrang"):
        if data.uiterlijk is None:
            raise Refused(f"Een besluit over {data.besluit} noemt de dag: vul 'uiterlijk' in.")
        if data.uiterlijk < act.effective:
            raise Refused(f"'uiterlijk' ({say(data.uiterlijk)}) ligt vóór het besluit. Kies een latere dag.")


def besluit(draft: Draft, act: Act, data: Doorzetbesluit) -> None:
    """Binding inside the municipality; another body is asked, and the owner stays who it was."""
    if data.buiten_gemeente:
        request = (
            f"Wie doorzettingsmacht heeft, verzoekt {data.team or 'een andere organisatie'}: {_what(data)} Dit bindt "
            "een andere organisatie niet. Breng het verzoek over en leg vast wat het antwoord is. U blijft "
            "verantwoordelijk."
        )
        draft.open_task(
            "doorzettingsverzoek",
            act.id,
            f"{request} Reden: {data.reden}",
            mail=request,
            reasons=(data.besluit, "verzoek"),
            track=data.spoor,
        )
    else:
        _carry_out(draft, act, data)
    for task in _answered(draft.state, data):
        outcome = (
            f"{'verzoek gedaan' if data.buiten_gemeente else 'besloten'}: {data.besluit} ({data.mandaat})"
        )
        draft.close_task(task, by=act.by, on=act.effective, outcome=outcome)


def _answered(state: JourneyState, data: Doorzetbesluit) -> list[Task]:
    waiting = _requests(state)
    if data.taak:
        return [task for task in waiting if task.id == data.taak]
    return [task for task in waiting if task.reasons[1:] == (data.besluit, data.spoor.value)]


def _carry_out(draft: Draft, act: Act, data: Doorzetbesluit) -> None:
    if data.besluit in ("eigenaar", "geschil"):
        owner = Owner(team=data.team, person=data.persoon)
        tracks = owned_with(data.spoor)
        draft.set(owners={**draft.state.owners, **dict.fromkeys(tracks, owner)})
        for track in tracks:
            withdraw_offer(draft, track, "met doorzettingsmacht is een eigenaar aangewezen")
        if Track.TRAJECT in tracks:
            draft.cancel(("aanvaarding",), "met doorzettingsmacht is een eigenaar aangewezen")
        for task in draft.state.open_tasks():
            if task.kind in (KETENOVERLEG, SEEK) and _settles(draft, task, tracks):
                draft.close_task(task, by=act.by, on=act.effective, outcome="besloten met doorzettingsmacht")
    elif data.team and data.team != draft.owner(data.spoor).team:
        draft.involve(data.team)
    said = f"Besluit van wie doorzettingsmacht heeft: {_what(data)} Voer het uit en rond deze taak af."
    draft.open_task(
        "doorzetting",
        act.id,
        f"{said} Reden: {data.reden}",
        mail=said,
        reasons=(data.besluit,),
        until=data.uiterlijk,
        track=data.spoor,
    )


def _settles(draft: Draft, task: Task, tracks: tuple[Track, ...]) -> bool:
    """Whether a question between teams is about what was decided now."""
    if task.kind == SEEK:
        return Track.REGIE in tracks
    return any(term.task == task.id and term.track in tracks for term in draft.state.terms)


def _what(data: Doorzetbesluit) -> str:
    match data.besluit:
        case "eigenaar":
            said = f"{data.team} is eigenaar"
        case "geschil":
            said = f"het geschil is beëindigd, {data.team} doet het"
        case _:
            assert data.uiterlijk is not None
            who = f" door {data.team}" if data.team else ""
            kind = "er komt een afspraak" if data.besluit == "afspraak" else "dit gaat voor"
            said = f"{kind}{who}, uiterlijk {say(data.uiterlijk)}"
    return f"{said} (spoor {data.spoor.value}; mandaat {data.mandaat})."


_ASKED = {
    "eigenaar": "wijs een eigenaar aan",
    "afspraak": "dwing een afspraak af",
    "voorrang": "geef voorrang",
    "geschil": "beëindig een geschil",
}

ACTS = (
    ActSpec(
        name="overdracht_geweigerd",
        label="Overdracht geweigerd",
        origin="van_buiten",
        roles=ANYONE,
        stages=ALL_STAGES,
        data=OverdrachtGeweigerd,
        rule=overdracht_geweigerd,
        why="Een team of partner weigert: het ketenoverleg lost het op, de eigenaar blijft verantwoordelijk",
    ),
    ActSpec(
        name="doorzettingsmacht_ingeroepen",
        label="Doorzettingsmacht ingeroepen",
        origin="eigen",
        roles=ANYONE,
        stages=ALL_STAGES,
        data=Ingeroepen,
        rule=ingeroepen,
        may_arm=("doorzettingsmacht",),
        why="Begroting: samenwerkingsafspraken inclusief doorzettingsmacht; een mens roept haar in",
    ),
    ActSpec(
        name="doorzettingsmacht_besluit",
        label="Besluit met doorzettingsmacht",
        origin="eigen",
        roles=frozenset({DOORZETTINGSMACHT}),
        stages=ALL_STAGES,
        data=Doorzetbesluit,
        check=check_besluit,
        rule=besluit,
        mandated=True,
        why="Alleen met mandaat en een reden; nooit een besluit over de inwoner",
    ),
)
