"""Who a scenario means by ``by``: a role, or a person of the directory."""

from domain.base import Explained
from domain.happenings import Actor
from runtime.settings import Settings
from starter.dry_run.scenario import Scenario, known_roles


class UnknownPerson(Explained):
    """Nobody is called so."""


async def people_named(scenario: Scenario, settings: Settings) -> list[Actor]:
    """The persons that a scenario names, each once per role that they have.

    A scenario that names only roles needs no database.

    Raises:
        UnknownPerson: a name is neither a role nor a person of the directory.
        DatabaseUnreachable: a person is named and the directory cannot be asked.
    """
    roles = known_roles()
    named = {step.by for step in scenario.step if step.by and step.by not in roles}
    if not named:
        return []
    from activities.directory import Directory
    from runtime.database import open_pool

    found: list[Actor] = []
    async with open_pool(settings) as pool:
        directory = Directory(pool)
        for code in sorted(named):
            person = await directory.person(scenario.policy, code)
            if person is None:
                raise UnknownPerson(
                    f"by = {code!r} is geen rol en staat niet in de medewerkerslijst van {scenario.policy}. "
                    f"Rollen zijn: {', '.join(sorted(roles))}."
                )
            found += [Actor(code=code, role=role, team=next(iter(person.teams), "")) for role in person.roles]
    return found
