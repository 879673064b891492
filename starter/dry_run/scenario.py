"""A scenario file: who, and what happens on which date.

```toml
policy = "deventer"
until = 2026-06-30
[resident]
birth_date = 1985-01-15
household = "alleenstaand"
[[step]]
at = 2026-04-30T10:00:00      # local time
act = "melding"
by = "toegang"                # a role, or a person of the directory; left out: who usually does it
effective = 2026-04-30        # from when it counts; left out: the day itself
data = { kanaal = "balie" }
```
"""

import json
import re
import tomllib
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from pydantic import Field, JsonValue, ValidationError, field_validator, model_validator

from domain.base import Explained, Frozen
from domain.calendars import AMSTERDAM
from domain.facts import HOUSEHOLDS
from domain.findings import PartialDate
from domain.happenings import SYSTEM, Actor
from domain.households import HOUSEHOLD
from domain.problems import problems_in
from domain.routes import FILES, ROUTES, ActSpec, act_of_any_route


class ScenarioError(Explained):
    """A scenario is refused: file, line or key, and what was expected."""


class Step(Frozen):
    """Somebody does something at a moment."""

    at: datetime
    act: str
    by: str = ""
    effective: date | None = None
    id: str = ""
    resident: str = ""
    """Whose, where there are several."""
    data: dict[str, JsonValue] = {}

    @field_validator("at", mode="before")
    @classmethod
    def _local_without_zone(cls, value: Any) -> Any:
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            raise ValueError("mist een tijd; schrijf bijvoorbeeld 2026-04-30T10:00:00 (plaatselijke tijd)")
        return value

    @property
    def instant(self) -> datetime:
        """The moment as UTC; without a zone it was meant as local time."""
        local = self.at if self.at.tzinfo else self.at.replace(tzinfo=AMSTERDAM)
        return local.astimezone(UTC)


class ScenarioResident(Frozen):
    """The person that the scenario is about; fictional."""

    birth_date: date | None = None
    household: str = "onbekend"

    @field_validator("household")
    @classmethod
    def _known_household(cls, value: str) -> str:
        if value not in HOUSEHOLDS:
            raise ValueError(f"is onbekend; kies uit: {', '.join(HOUSEHOLDS)}")
        return value

    @property
    def birth(self) -> PartialDate | None:
        return PartialDate.of(self.birth_date) if self.birth_date else None


class NamedResident(ScenarioResident):
    """One of several people in a scenario."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,30}$")
    route: str = "regulier"
    partner: str = ""
    """Name of the partner: who says so at the desk, or what the BRP says. Both come into one household."""
    same_address_as: str = ""
    """Name of somebody at the same address: that only suggests that they belong together."""

    @field_validator("route")
    @classmethod
    def _known_route(cls, value: str) -> str:
        return known_route(value)


def known_route(value: str) -> str:
    """The key of a route.

    Raises:
        ValueError: there is no such route.
    """
    if value not in ROUTES:
        raise ValueError(f"is onbekend; kies uit: {', '.join(ROUTES)}")
    return value


class Scenario(Frozen):
    """A whole scenario. ``until`` is inclusive.

    Of several people (``[[resident]]``) every step says whose it is.
    """

    policy: str
    until: date
    route: str = "regulier"
    resident: ScenarioResident = ScenarioResident()
    residents: tuple[NamedResident, ...] = ()
    step: tuple[Step, ...] = Field(min_length=1)

    @field_validator("route")
    @classmethod
    def _known_route(cls, value: str) -> str:
        return known_route(value)

    @model_validator(mode="after")
    def _in_order(self) -> "Scenario":
        previous = None
        for number, step in enumerate(self.step, start=1):
            if previous and step.instant < previous:
                raise ValueError(
                    f"step {number} (at = {step.at.isoformat()}): ligt vóór de vorige stap; zet de stappen op "
                    "volgorde van tijd"
                )
            previous = step.instant
        if self.step[-1].instant >= self.end:
            raise ValueError(
                f"until = {self.until}: ligt vóór de laatste stap ({self.step[-1].at.isoformat()}); kies een "
                "latere dag"
            )
        self._check_people()
        seen: set[str] = set()
        for number, step in enumerate(self.step, start=1):
            if step.resident in seen:
                continue
            seen.add(step.resident)
            route = self.named(step.resident).route if step.resident else self.route
            first = {spec.name for spec in ROUTES[route].acts if spec.begins}
            if step.act not in first:
                raise ValueError(
                    f"step {number} (act = {step.act!r}): verwacht {' of '.join(map(repr, sorted(first)))}, want een "
                    "klantroute begint daarmee"
                )
        return self

    def _check_people(self) -> None:
        names = [one.name for one in self.residents]
        known = ", ".join(names) or "niemand; laat 'resident' weg"
        if len(set(names)) < len(names):
            raise ValueError("resident: twee inwoners hebben dezelfde naam; geef elk een eigen naam")
        for one in self.residents:
            for other in filter(None, (one.partner, one.same_address_as)):
                if other not in names or other == one.name:
                    raise ValueError(f"resident {one.name}: {other!r} is geen ander; kies uit: {known}")
        for number, step in enumerate(self.step, start=1):
            if self.residents and step.resident not in names:
                said = f"resident = {step.resident!r}" if step.resident else "resident ontbreekt"
                raise ValueError(f"step {number}: {said}; kies uit: {known}")
            if not self.residents and step.resident:
                raise ValueError(
                    f"step {number} (resident = {step.resident!r}): dit scenario heeft één inwoner; noem de inwoners "
                    "met [[resident]] en een name, of laat resident weg"
                )

    def named(self, name: str) -> NamedResident:
        """The resident of that name."""
        return next(one for one in self.residents if one.name == name)

    @property
    def start(self) -> datetime:
        return self.step[0].instant

    @property
    def end(self) -> datetime:
        """The last instant of ``until`` that a scenario shows (UTC)."""
        return datetime.combine(self.until, time(23, 59, 59), AMSTERDAM).astimezone(UTC)


def usual_actor(spec: ActSpec) -> Actor:
    """Who does an act when a scenario does not say: the front door, else the first role that may."""
    order = ("toegang", "consulent", "inkomensconsulent", "teamleider")
    role = next((r for r in order if r in spec.roles), min(spec.roles))
    return Actor(code=role, role=role)


def actor_of(step: Step, spec: ActSpec, people: Sequence[Actor]) -> Actor:
    """Who does a step: a person of the directory, a role, or whoever usually does that act.

    Args:
        step: what happens.
        spec: the act.
        people: persons of the directory that ``by`` may name, each once per role.
    """
    named = [person for person in people if person.code == step.by]
    if named:
        # Somebody with several roles acts in the one that the act asks for.
        return next((person for person in named if person.role in spec.roles), named[0])
    return Actor(code=step.by, role=step.by) if step.by else usual_actor(spec)


def known_roles() -> set[str]:
    """Every role of people that some act of some route names."""
    return {role for route in ROUTES.values() for spec in route.acts for role in spec.roles} - {SYSTEM}


def read_scenario(path: Path) -> Scenario:
    """Read and check a scenario file.

    Raises:
        ScenarioError: names file and line or key, and what was expected.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ScenarioError(f"{path}: niet te lezen ({error.strerror}). Controleer het pad.") from None
    except UnicodeDecodeError:
        raise ScenarioError(f"{path}: is geen tekst in UTF-8. Bewaar het bestand als UTF-8.") from None
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"{path}: is geen geldig TOML: {error}. Verbeter die regel.") from None
    if isinstance(raw.get("resident"), list):
        # Written as people say it: one resident, or each resident.
        raw["residents"] = raw.pop("resident")
    try:
        scenario = Scenario.model_validate_json(json.dumps(raw, default=_plain))
    except ValidationError as error:
        said = "; ".join(_placed(text, str(p.field), p.problem) for p in problems_in(error))
        raise ScenarioError(f"{path}: {said}. Verwacht werd een scenario zoals in docs/dry-run.md.") from None
    for number, step in enumerate(scenario.step, start=1):
        place = f"{path}: regel {_step_line(text, number)}, step {number}"
        # The route may change on the way, so an act of any route can be meant.
        spec = act_of_any_route(step.act, households=bool(scenario.residents))
        if spec is None:
            files = FILES if scenario.residents else ROUTES
            names = sorted({spec.name for route in files.values() for spec in route.acts})
            raise ScenarioError(
                f"{place}: act = {step.act!r} bestaat niet in een route. "
                f"Verwacht werd een van: {', '.join(names)}."
            )
        fields = set(spec.data.model_fields) | _at_household(scenario, step.act)
        if unknown := set(step.data) - fields:
            raise ScenarioError(
                f"{place}: data.{min(unknown)} hoort niet bij {step.act}. "
                f"Verwacht werd: {', '.join(sorted(fields)) or 'geen data'}."
            )
    return scenario


def _at_household(scenario: Scenario, act: str) -> set[str]:
    """Fields that the same act has in the file of the household."""
    spec = FILES[HOUSEHOLD].find(act) if scenario.residents else None
    return set(spec.data.model_fields) if spec else set()


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date | datetime | time) else str(value)


def _step_line(text: str, number: int) -> int:
    """The line on which the n-th [[step]] begins; 1 when steps are written in another way."""
    found = [n for n, line in enumerate(text.splitlines(), start=1) if line.strip().startswith("[[step]]")]
    return found[number - 1] if number <= len(found) else 1


def _placed(text: str, field: str, problem: str) -> str:
    """``regel 7, step 2.at: ontbreekt``; a number in the path is a step, counted from 1."""
    parts = field.split(".")
    if parts[0] == "step" and len(parts) > 1 and parts[1].isdigit():
        number = int(parts[1]) + 1
        rest = ".".join(parts[2:])
        return f"regel {_step_line(text, number)}, step {number}{'.' + rest if rest else ''}: {problem}"
    if field == "het geheel":
        return problem
    key = parts[-1]
    line = next(
        (
            n
            for n, row in enumerate(text.splitlines(), start=1)
            if re.match(rf"\s*\[*{re.escape(key)}\b", row)
        ),
        None,
    )
    return f"{f'regel {line}, ' if line else ''}{field}: {problem}"
