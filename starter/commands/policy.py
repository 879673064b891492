"""Commands about rules: one term explained, a scenario played."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from domain.base import Explained
from domain.calendars import CalendarNotCovered, civil_date, say
from starter.commands.output import EVENTS, Json, print_json, print_table

if TYPE_CHECKING:
    from domain.calculation import Facts

DEFAULT_POLICY = "deventer"


class UnknownTerm(Explained):
    """There is no such term."""


class WrongDate(Explained):
    """A date cannot be read."""


_FIRST_BIRTH = 1900


def read_date(text: str, option: str, *, first: int | None = None) -> date:
    """A date as people type it here.

    Args:
        text: what was typed.
        option: where.
        first: the first year that makes sense; None: that of acts.

    Raises:
        WrongDate: with a sentence.
    """
    from domain.decide import FIRST_YEAR, LAST_YEAR

    first = first or FIRST_YEAR
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise WrongDate(
            f"{option} is geweigerd: {text!r} is geen datum. Schrijf jaar-maand-dag, zoals 2026-05-01."
        ) from None
    if not first <= day.year <= LAST_YEAR:
        raise WrongDate(
            f"{option} is geweigerd: {text} is geen aannemelijke datum. Kies een datum van {first} tot en met "
            f"{LAST_YEAR}."
        )
    return day


def computed(key: str, facts: "Facts", policy_name: str) -> dict[str, Any]:
    """One term worked out and explained, as ``meedoen term --json`` prints it.

    Instants are UTC. ``warn_at`` is the first warning that the ladder gives; ``warnings`` are all.

    Raises:
        PolicyError, UnknownTerm, CannotWorkOut, CalendarNotCovered: with a sentence.
    """
    from domain.calculation import work_out
    from domain.calendars import start_of_day
    from domain.decide import begin
    from domain.draft import Draft
    from domain.policy import MissingTerm
    from runtime.policies import load_policy
    from runtime.settings import load_settings

    policy = load_policy(policy_name, load_settings().policies_dir)
    try:
        answer = work_out(policy, key, facts)
    except MissingTerm as error:
        raise UnknownTerm(str(error.args[0])) from None
    rule, found = answer.rule, answer.dates
    draft = Draft(begin(policy_name, 1, 1), policy, start_of_day(found.start))
    armed = draft.move(draft.arm(key, found.start), text="", dates=found)
    warnings = [signal.at for signal in armed.signals if signal.rung == 0]
    return {
        "term": key,
        "description": rule.description,
        "policy": policy.name,
        "from": found.start,
        "raw_end": found.raw_end,
        "legal_end": found.legal_end,
        "target": found.target,
        "warn_at": warnings[0] if warnings else None,
        "warnings": warnings,
        "breach_at": found.breach_at,
        "opens_at": found.opens_at,
        "steps": list(answer.steps),
        "source": rule.source,
        "kind": rule.kind,
        "counts": rule.counts,
        "class": rule.term_class,
        "confidence": rule.confidence,
        "suspended_days": answer.suspended_days,
        "suspended_days_by_reading": answer.suspended_days_by_reading,
        "penalty": answer.penalty.model_dump(mode="json") if answer.penalty else None,
        "ladder": []
        if rule.counts.opens
        else [
            {"at": signal.at, "rung": signal.rung, "roles": list(signal.roles)}
            for signal in armed.signals
            if signal.rung
        ],
    }


def _term(
    key: Annotated[str, typer.Argument(help="Sleutel van de termijn, bijvoorbeeld voorschot.")] = "",
    start: Annotated[str, typer.Option("--from", help="Dag waarop de termijn begint: 2026-05-01.")] = "",
    policy: Annotated[str, typer.Option(help="Beleid van welke gemeente.")] = DEFAULT_POLICY,
    invited: Annotated[str, typer.Option("--invited", help="Dag van de vraag om aanvulling.")] = "",
    completed: Annotated[str, typer.Option("--completed", help="Dag waarop alles compleet was.")] = "",
    unused_until: Annotated[
        str, typer.Option("--unused-until", help="Laatste dag van een aanvulling die uitbleef.")
    ] = "",
    registered: Annotated[str, typer.Option("--registered", help="Inschrijving in de BRP (pip).")] = "",
    extended_until: Annotated[str, typer.Option("--extended-until", help="Nieuwe laatste dag.")] = "",
    extended_on: Annotated[
        str, typer.Option("--extended-on", help="Dag waarop de verlenging is verzonden; anders vandaag.")
    ] = "",
    adjourned_on: Annotated[
        str, typer.Option("--adjourned-on", help="Dag waarop een besluit op bezwaar is verdaagd.")
    ] = "",
    notice: Annotated[str, typer.Option("--notice", help="Dag van een ingebrekestelling.")] = "",
    all_terms: Annotated[bool, typer.Option("--list", help="Alle termijnen tonen.")] = False,
    as_json: Json = False,
) -> None:
    """Eén termijn uitrekenen en uitleggen."""
    from domain.calculation import Facts

    options = {
        "--from": start,
        "--invited": invited,
        "--completed": completed,
        "--unused-until": unused_until,
        "--registered": registered,
        "--extended-until": extended_until,
        "--extended-on": extended_on,
        "--adjourned-on": adjourned_on,
        "--notice": notice,
    }
    given = {
        # Some terms count from a birth.
        option: read_date(text, option, first=_FIRST_BIRTH if option == "--from" else None)
        for option, text in options.items()
        if text
    }
    if all_terms or not key:
        if given:
            raise WrongDate(
                f"{min(given)} hoort bij één termijn. Noem welke, zoals: meedoen term besluit_aanvraag "
                "--from 2026-05-01."
            )
        _list_terms(policy, as_json)
        return
    if "--from" not in given:
        raise WrongDate("Vanaf welke dag? Geef --from met een datum, zoals --from 2026-05-01.")
    if extended_until and not extended_on:
        # Whoever extends now extends while the term still runs, or not at all (Awb 4:14 lid 3).
        given["--extended-on"] = civil_date(datetime.now(UTC))
    facts = Facts(
        start=given["--from"],
        invited=given.get("--invited"),
        completed=given.get("--completed"),
        unused_until=given.get("--unused-until"),
        registered=given.get("--registered"),
        extended_until=given.get("--extended-until"),
        extended_on=given.get("--extended-on"),
        adjourned_on=given.get("--adjourned-on"),
        notice=given.get("--notice"),
    )
    result = computed(key, facts, policy)
    if as_json:
        print_json(result)
        return
    print(f"{result['description']} ({result['source']})")
    for step in result["steps"]:
        print(f"  {step}")
    if result["warn_at"]:
        print(f"Eerste waarschuwing: {_local(result['warn_at'])}.")
    for rung in result["ladder"]:
        print(f"Trede {rung['rung']}: {_local(rung['at'])}, {' en '.join(rung['roles'])}.")


def _local(instant: datetime) -> str:
    from domain.calendars import AMSTERDAM

    local = instant.astimezone(AMSTERDAM)
    return f"{say(local.date())} {local:%H.%M} uur"


def _list_terms(policy_name: str, as_json: bool) -> None:
    from domain.terms import say_length
    from runtime.policies import load_policy
    from runtime.settings import load_settings

    policy = load_policy(policy_name, load_settings().policies_dir).on(civil_date(datetime.now(UTC)))
    rules = sorted(policy.terms.values(), key=lambda rule: (rule.kind.value, rule.key))
    if as_json:
        print_json([rule.model_dump(mode="json") for rule in rules])
        return
    print_table(
        ["termijn", "lengte", "telt", "klasse", "soort", "zekerheid", "bron"],
        [
            (
                rule.key,
                say_length(rule.length, rule.unit),
                rule.counts.value,
                rule.term_class.value,
                rule.kind.value,
                rule.confidence,
                rule.source,
            )
            for rule in rules
        ],
        empty="Dit beleid heeft geen termijnen.",
    )


def _dry_run(
    file: Annotated[Path, typer.Argument(help="Scenario in TOML; zie docs/dry-run.md.")],
    as_json: Json = False,
) -> None:
    """Een scenario naspelen met de echte workflow, op de datums van het scenario. Er gaat niets uit."""
    import asyncio

    from starter.dry_run.scenario import read_scenario

    scenario = read_scenario(file)
    asyncio.run(_play(scenario, as_json))


async def _play(scenario: Any, as_json: bool) -> None:
    import json

    from domain.calendars import AMSTERDAM, WEEKDAYS
    from runtime.policies import load_policy
    from runtime.settings import load_settings
    from starter.dry_run.people import people_named
    from starter.dry_run.runner import dry_runs, line, lived_line

    settings = load_settings()
    policy = load_policy(scenario.policy, settings.policies_dir)
    people = await people_named(scenario, settings)
    async with dry_runs() as place:
        if scenario.residents:
            together = await place.play_together(scenario, policy, people)
            lived = [(one.event, one.resident or one.file, lived_line(one)) for one in together]
        else:
            lived = [(one, "", line(one)) for one in await place.play(scenario, policy, people)]
    wide = max((len(whose) for _, whose, _ in lived), default=0)
    for event, whose, said in lived:
        if as_json:
            print(json.dumps(said, ensure_ascii=False))
            continue
        local = event.at.astimezone(AMSTERDAM)
        what = [EVENTS.get(event.event, event.event), event.term_id or event.act or event.task]
        if event.event == "stage_entered":
            what.append(event.stage)
        if event.rung:
            what.append(f"trede {event.rung}")
        if event.role and event.event != "act_accepted":
            what.append(f"({event.role})")
        print(
            f"{WEEKDAYS[local.weekday()][:2]} {local:%d-%m-%Y %H:%M}  {f'{whose:<{wide}}  ' if wide else ''}"
            f"{' '.join(part for part in what if part):<52} {event.text}".rstrip()
        )


def register(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("term")(_term)
    app.command("dry-run")(_dry_run)


__all__ = ["UTC", "CalendarNotCovered", "computed", "register"]
