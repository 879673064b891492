"""Commands about households: one of them whole, and how often one plan and one regisseur were shown."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from domain.base import Explained
from starter.commands.output import Json, print_json

if TYPE_CHECKING:
    from activities.household_views import Around, Share
    from domain.households import HouseholdFile

_MISSING = {
    "geen_plan": "er was geen plan waarmee iemand akkoord was",
    "meer_plannen": "er was meer dan één plan",
    "geen_regisseur": "er was geen regisseur die aanvaard had",
    "meer_regisseurs": "er was meer dan één regisseur",
    "klantroute_verwijst_niet": "een open klantroute verwees nog niet naar dit huishouden",
}
_LEFT = {
    "overleden": "overleden",
    "verhuisd": "verhuisd",
    "uit_elkaar": "uit elkaar",
    "op_zichzelf": "op zichzelf",
    "vergissing": "hoorde er niet bij",
    "ander_huishouden": "mee naar een ander huishouden",
}
_SUPPORT = {
    "inwoner": "de inwoner",
    "netwerk": "het netwerk",
    "algemene_voorziening": "een algemene voorziening",
    "professional": "een professional",
}


class WrongHousehold(Explained):
    """What was asked of a household cannot be; the sentence says what to type."""


def _household(
    which: Annotated[
        str, typer.Argument(help="Nummer van het huishouden (18), of van een cliënt of klantroute daarin.")
    ] = "",
    on: Annotated[str, typer.Option("--on", help="Bewijs op deze dag (2026-06-30); standaard vandaag.")] = "",
    share: Annotated[
        bool, typer.Option("--share", help="Van de hele gemeente: in hoeveel plannen het aantoonbaar was.")
    ] = False,
    gemeente: Annotated[str, typer.Option(help="Gemeente, bij --share.")] = "deventer",
    as_json: Json = False,
) -> None:
    """Eén huishouden: leden, plan, regisseur, en of één gezin, één plan, één regisseur aantoonbaar was."""
    import asyncio

    asyncio.run(_told(which, on, share, gemeente, as_json))


async def _told(which: str, on: str, share: bool, gemeente: str, as_json: bool) -> None:
    from datetime import UTC, datetime

    from domain.calendars import civil_date
    from domain.households import evidence
    from runtime.demo_clock import clock_of
    from starter.commands.policy import read_date
    from starter.office import open_records

    async with open_records() as records:
        views = records.households
        day = read_date(on, "--on") if on else civil_date(clock_of(records.settings).now(datetime.now(UTC)))
        if share:
            figure = await views.share(gemeente, day)
            _print_share(figure, gemeente, day, as_json)
            return
        if not which:
            raise WrongHousehold(
                "Welk huishouden? Noem het nummer (18) of dat van een cliënt erin, of vraag het cijfer van de hele "
                "gemeente met --share."
            )
        found = await records.worklist.find(which)
        household = await views.household_of(found)
        if household is None:
            raise WrongHousehold(
                f"{found} hoort nog bij geen huishouden. Klantroutes die gestart zijn voordat huishoudens "
                "bijgehouden werden, hebben er geen."
            )
        found = household
        file = await views.file(found)
    if file is None:
        raise WrongHousehold(f"Van {found} is niets te lezen: er is nog niets vastgelegd, of het is gewist.")
    shown = evidence(file, day)
    if as_json:
        print_json(
            {
                "household": found,
                "on": day,
                "file": file.model_dump(mode="json"),
                "evidence": {**shown._asdict(), "held": shown.held},
            }
        )
        return
    _print_household(found, file, day, shown)


def _print_share(figure: "Share", gemeente: str, day: date, as_json: bool) -> None:
    from domain.calendars import say

    if as_json:
        print_json({**figure._asdict(), "municipality": gemeente, "on": day})
        return
    print(f"Eén gezin, één plan, één regisseur in {gemeente} op {say(day)}")
    print(
        f"  Huishoudens van meer mensen met een plan: {figure.plans}, aantoonbaar in {_part(figure.held, figure.plans)}"
    )
    print(
        f"  Wie alleen woont, met een plan:           {figure.alone}, aantoonbaar in {_part(figure.alone_held, figure.alone)}"
    )


def _part(count: int, whole: int) -> str:
    return f"{count} ({round(100 * count / whole)}%)" if whole else "geen"


def _print_household(household: str, file: "HouseholdFile", day: date, shown: Any) -> None:
    from domain.calendars import say

    print(household)
    if file.merged_into is not None:
        print(f"Ging op in huishouden {file.merged_into}. Kijk daar.")
    director = file.director
    print(
        f"Regisseur: {director.person or director.team} ({director.team}), sinds {say(director.since)}"
        if director
        else "Regisseur: nog geen; de toegang van de eerste melding is verantwoordelijk"
    )
    print("\nLeden")
    for member in file.members:
        who = f"cliënt {member.client}" if member.client else member.kind
        gone = f", weg sinds {say(member.until)} ({_LEFT[member.left]})" if member.until else ""
        print(f"  {member.number}. {who}, sinds {say(member.since)}, bekend door {member.source}{gone}")
    plan = file.plan
    print("\nPlan")
    if plan is None:
        print("  Er is nog geen plan.")
    else:
        version = plan.latest
        for goal in version.goals:
            print(f"  {goal.domain}{f': {goal.text}' if goal.text else ''}")
        if version.tailored:
            print(f"  maatwerk: {version.tailored}")
        for agreement in version.agreements:
            yes = "akkoord" if agreement.agreed else f"niet akkoord ({agreement.why})"
            print(f"  cliënt {agreement.client}: {yes} op {say(agreement.on)}, {agreement.how}")
        if not version.agreements:
            print(f"  Versie {version.number} van {say(version.proposed_on)} wacht op akkoord.")
    waiting = [action for action in file.actions if action.is_open]
    if waiting:
        print("\nActies")
        for action in waiting:
            who = f" ({action.who})" if action.who else ""
            print(
                f"  {action.number}. {action.text}: {_SUPPORT[action.by]}{who}, uiterlijk {say(action.due)}"
            )
    print(f"\nEén gezin, één plan, één regisseur op {say(day)}")
    if shown.since is None:
        print("  Er was die dag geen klantroute open.")
    elif shown.held:
        print(f"  Aantoonbaar, sinds {say(shown.since)}.")
    else:
        for missing in shown.missing:
            print(f"  Niet: {_MISSING[missing]}.")
    if shown.since and shown.alone:
        print("  Wie alleen woont telt apart.")


def print_around(around: "Around") -> None:
    """What somebody who works with one member may see of the household."""
    from domain.calendars import say

    print(f"\n{around.household}")
    print(
        f"  Regisseur: {around.person or around.team} ({around.team})"
        if around.team
        else "  Regisseur: nog geen"
    )
    for goal in around.goals:
        print(f"  Doel: {goal}")
    for promise in around.promises:
        what = f"{promise.text}, " if promise.text else ""
        print(
            f"  Actie {promise.number} ({promise.domain}): {what}{_SUPPORT[promise.by]}, {say(promise.due)}"
        )
    for one in around.involved:
        when = f", eerstvolgende datum {say(one.next_due)}" if one.next_due else ""
        print(f"  Ook betrokken: {one.person or one.team}{f' ({one.team})' if one.person else ''}{when}")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("household")(_household)
