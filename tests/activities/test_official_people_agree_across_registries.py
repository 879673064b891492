"""The official test persons whom several registries know give findings that agree, through the real clients.

Which registry knows whom is of the public test data (BRP test set of RvIG; the names of the answers in the public Suwinet
simulator); what ours say of them is made up, but has to fit their age.
"""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

import pytest
import pytest_asyncio

from activities.brp import BrpClient
from activities.registries import Call
from activities.suwinet.setting_up import suwinet_client
from domain.findings import Finding, Outcome, PartialDate
from domain.questions import QUESTIONS
from runtime.settings import Settings
from sandbox.server import run_sandbox
from starter.stack.suwinet_papers import SuwinetPapers

pytestmark = pytest.mark.contract

KNOWN_TO = {
    "999991954": {"duo_onderwijs", "uwv_inkomen", "bijstandsregelingen"},
    "999997051": {"duo_onderwijs"},
    "999992879": {"duo_onderwijs"},
    "999990238": {"bijstandsregelingen"},
}
"""UWV knows the second and the fourth too, from longer ago than the two years over which income is asked."""


class Asked(NamedTuple):
    brp: BrpClient
    suwinet: object

    async def about(self, bsn: str, question: str) -> Finding:
        client = self.brp if QUESTIONS[question].registry == "brp" else self.suwinet
        call = Call(question_id="proef", question=question, purpose="proef", now=lambda: datetime.now(UTC))
        answered = await client.ask(bsn, call)  # type: ignore[attr-defined]
        finding: Finding = answered.finding
        return finding


@pytest_asyncio.fixture(loop_scope="session")
async def registries(testset: Path, tmp_path: Path) -> AsyncIterator[Asked]:
    papers = SuwinetPapers(tmp_path / "suwinet")
    papers.make()
    async with run_sandbox(testset=testset) as sandbox:
        settings = Settings(
            _env_file=None,  # type: ignore[call-arg]
            environment="test",
            suwinet_url=sandbox.suwinet_url,
            suwinet_certificate=papers.certificate,
            suwinet_private_key=papers.key,
        )
        suwinet = suwinet_client(settings)
        assert suwinet is not None
        async with (
            BrpClient(base_url=sandbox.brp_base_url, api_key="", timeout_seconds=5) as brp,
            suwinet,
        ):
            yield Asked(brp, suwinet)


@pytest.mark.parametrize("bsn", KNOWN_TO)
async def test_each_is_known_where_the_public_test_data_say_so(registries: Asked, bsn: str) -> None:
    found = {
        question: (await registries.about(bsn, question)).outcome
        for question in QUESTIONS
        if QUESTIONS[question].registry != "brp"
    }
    assert {name for name, outcome in found.items() if outcome is Outcome.FOUND} >= KNOWN_TO[bsn]
    assert set(found.values()) <= {Outcome.FOUND, Outcome.NOT_FOUND}


@pytest.mark.parametrize("bsn", KNOWN_TO)
async def test_nothing_happened_before_somebody_could_do_it_or_after_a_death(
    registries: Asked, bsn: str
) -> None:
    """School from four years on, paid work from thirteen, benefit and provisions from eighteen."""
    person = (await registries.about(bsn, "brp_persoon")).person
    assert person is not None
    born = person.birth.earliest() if person.birth else None
    assert born is not None
    died = person.deceased_on.earliest() if person.deceased_on else None
    for question, years in (
        ("duo_onderwijs", 4),
        ("uwv_inkomen", 13),
        ("bijstandsregelingen", 18),
        ("gsd_reintegratie", 18),
    ):
        for day in _days(await registries.about(bsn, question)):
            assert day >= date(born.year + years, born.month, min(born.day, 28)), (question, day)
            assert died is None or day <= died, (question, day)


def _days(finding: Finding) -> list[date]:
    spells: list[tuple[PartialDate | None, PartialDate | None]] = []
    if finding.school:
        spells += [(one.since, one.until) for one in finding.school.enrolments]
    if finding.earnings:
        spells += [(one.since, one.until) for one in (*finding.earnings.jobs, *finding.earnings.paid)]
    if finding.benefits:
        spells += [
            (one.since, one.until) for one in (*finding.benefits.spells, *finding.benefits.applications)
        ]
    if finding.reintegration:
        spells += [(one.since, one.until) for one in finding.reintegration.provisions]
    return [day for since, _ in spells if since is not None and (day := since.earliest()) is not None]
