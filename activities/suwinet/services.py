"""Which service of Suwinet answers which of our questions.

The version is part of the address, of the action and of the names in an answer; another version is another service.
"""

from typing import NamedTuple


class Service(NamedTuple):
    """One service with the one operation that we use."""

    name: str
    version: str
    operation: str

    @property
    def full_name(self) -> str:
        """As in its address: ``DUODossierPersoonGSD-v0300``."""
        return f"{self.name}-{self.version}"

    @property
    def namespace(self) -> str:
        """Of the question and of the answer."""
        return f"http://bkwi.nl/SuwiML/Diensten/{self.name}/{self.version}"


SERVICES: dict[str, Service] = {
    "duo_onderwijs": Service("DUODossierPersoonGSD", "v0300", "DUOPersoonsInfo"),
    "uwv_doelgroepregister": Service(
        "UWVDossierQuotumArbeidsbeperktenGSD", "v0300", "UWVPersoonsArbeidsbeperktenInfo"
    ),
    "uwv_inkomen": Service("UWVDossierInkomstenGSD", "v0200", "UWVPersoonsIkvInfo"),
    "bijstandsregelingen": Service("Bijstandsregelingen", "v0500", "BijstandsregelingenInfo"),
    "gsd_reintegratie": Service("GSDDossierReintegratie", "v0200", "GSDReintegratieInfo"),
}
"""By key of ``domain.questions.QUESTIONS``."""
