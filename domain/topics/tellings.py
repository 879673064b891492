"""What comes of telling another file how things stand."""

from collections.abc import Callable

from domain.draft import Draft
from domain.findings import Finding, Outcome
from domain.happenings import Telling

TAKEN_IN: list[Callable[[Draft, str, Telling, Finding], None]] = []
"""Called with the name of a file that took in what it was told, what that was, and its answer. Topics add theirs."""


def taken_in(draft: Draft, finding: Finding) -> None:
    """The other file holds it, or refused it. A refusal is a question for a person: the files differ."""
    telling = next((one for one in draft.state.tellings if one.id == finding.id), None)
    draft.set(tellings=tuple(one for one in draft.state.tellings if one.id != finding.id))
    if finding.outcome is not Outcome.FOUND:
        to = (telling.to if telling else "") or "het huishouden"
        draft.open_task(
            "niet_doorgegeven",
            finding.id,
            f"Wat hier vastligt kon niet worden doorgegeven aan {to}: {finding.reason} Bekijk beide dossiers en leg "
            "zo nodig vast wat ontbreekt.",
        )
        return
    if telling is None:
        return
    for take in TAKEN_IN:
        take(draft, _name(finding.id, draft.state.id), telling, finding)


def _name(telling: str, own: str) -> str:
    """The name under which a file was told: what stands between our own id and the number."""
    return telling.removeprefix(f"{own}/").rpartition("/")[0]


__all__ = ["TAKEN_IN", "Telling", "taken_in"]
