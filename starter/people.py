"""Who works at this command: a person of the directory, acting in one of their roles."""

from collections.abc import Collection

from activities.directory import Directory
from domain.base import Explained
from domain.happenings import Actor
from starter.dry_run.scenario import known_roles


class UnknownActor(Explained):
    """It is not known who acts."""


async def actor(
    directory: Directory, gemeente: str, by: str, *, may: Collection[str] = (), default: str = ""
) -> Actor:
    """The actor that ``by`` means.

    Args:
        directory: staff and teams.
        gemeente: whose directory.
        by: a person's code, or a role.
        may: the roles that the act asks for; a person with several roles acts in one of these.
        default: what an empty ``by`` means; empty: that is refused.

    Raises:
        UnknownActor: nobody is called so.
    """
    by = by or default
    if not by:
        raise UnknownActor(
            "Wie legt dit vast? Geef --by met uw code uit de medewerkerslijst ('meedoen staff'), of zet "
            "MEEDOEN_BY."
        )
    person = await directory.person(gemeente, by)
    if person is not None:
        if not person.roles:
            raise UnknownActor(
                f"{by} heeft geen rol in {gemeente}. Laat beheer de medewerkerslijst aanvullen."
            )
        role = next((role for role in person.roles if role in may), person.roles[0])
        return Actor(code=by, role=role, team=next(iter(person.teams), ""))
    if by in known_roles():
        return Actor(code=by, role=by)
    raise UnknownActor(
        f"{by!r} staat niet in de medewerkerslijst van {gemeente} en is geen rol. Kijk met 'meedoen staff' "
        "wie er werkt."
    )
