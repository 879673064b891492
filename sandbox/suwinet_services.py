"""Which services of Suwinet the sandbox speaks: five of the broker's, one operation each.

Names, namespaces and actions are those of the contracts that BKWI publishes (WSDL).
"""

from collections.abc import Callable
from dataclasses import dataclass

from lxml import etree

from domain.questions import Registry
from sandbox.residents import Resident
from sandbox.suwinet_answers import (
    Period,
    benefits,
    education,
    income,
    reintegration,
    target_group,
)

BASIS = "http://bkwi.nl/SuwiML/Diensten/"

Build = Callable[[Resident, Period], "list[etree._Element] | None"]
"""The content of an answer, ClientSuwi first; None: this source knows nothing of somebody."""


@dataclass(frozen=True)
class Service:
    """One service with its one operation."""

    name: str
    version: str
    operation: str
    registry: Registry
    """Whose data it delivers; faults are switched on by this."""
    question: str
    """The same key as in ``domain.questions.QUESTIONS``."""
    build: Build
    with_period: bool = False
    """Whether the question may hold a period."""

    @property
    def address(self) -> str:
        """Last part of the path, as at the broker."""
        return f"{self.name}-{self.version}"

    @property
    def namespace(self) -> str:
        return f"{BASIS}{self.name}/{self.version}"

    def action(self, suffix: str = "") -> str:
        """wsa:Action of the question, or with a suffix of its answer."""
        return f"{BASIS}{self.address}/{self.operation}{suffix}"

    @property
    def fault_action(self) -> str:
        return f"{BASIS}{self.address}/Fout"


SERVICES = {
    service.address: service
    for service in (
        Service("DUODossierPersoonGSD", "v0300", "DUOPersoonsInfo", "duo", "duo_onderwijs", education),
        Service(
            "UWVDossierQuotumArbeidsbeperktenGSD",
            "v0300",
            "UWVPersoonsArbeidsbeperktenInfo",
            "uwv",
            "uwv_doelgroepregister",
            target_group,
        ),
        Service(
            "UWVDossierInkomstenGSD",
            "v0200",
            "UWVPersoonsIkvInfo",
            "uwv",
            "uwv_inkomen",
            income,
            with_period=True,
        ),
        Service(
            "Bijstandsregelingen",
            "v0500",
            "BijstandsregelingenInfo",
            "inlichtingenbureau",
            "bijstandsregelingen",
            benefits,
        ),
        Service(
            "GSDDossierReintegratie",
            "v0200",
            "GSDReintegratieInfo",
            "inlichtingenbureau",
            "gsd_reintegratie",
            reintegration,
        ),
    )
}
"""By the last part of the path."""
