"""The other side of a line to a registry: how people hear that it does not answer, or sends us away, and who mends that."""

from dataclasses import dataclass
from http import HTTPStatus

from activities.registries import RegistryRefused
from domain.questions import begun


@dataclass(frozen=True, kw_only=True)
class OtherSide:
    """Whom a line leads to, and what an administrator has to look at when it goes wrong.

    Attributes:
        name: in Dutch, as in a sentence: ``de BRP``.
        group: how the doctor calls it, and its settings: ``brp`` for ``MEEDOEN_BRP_...``.
        address: the setting with its address.
        known_by: what it knows us by (401).
        allowed_by: what lets us ask (403).
        question: what our questions are made with (400).
        link: all that lies between; for any other refusal.
    """

    name: str
    group: str
    address: str
    known_by: str
    allowed_by: str
    question: str
    link: str

    @property
    def begun(self) -> str:
        """The name at the beginning of a sentence."""
        return begun(self.name)

    @property
    def setting(self) -> str:
        """How its settings begin."""
        return f"MEEDOEN_{self.group.upper()}"

    @property
    def certificate(self) -> str:
        """The setting with our certificate."""
        return f"{self.setting}_CERTIFICATE"

    def refusal(self, status: int) -> RegistryRefused:
        """What a status of 300 to 499 says."""
        match status:
            case HTTPStatus.BAD_REQUEST:
                what = "wees onze vraag af als onjuist", self.question
            case HTTPStatus.UNAUTHORIZED:
                what = "herkent ons niet", self.known_by
            case HTTPStatus.FORBIDDEN:
                what = "staat ons deze vraag niet toe", self.allowed_by
            case HTTPStatus.NOT_FOUND:
                what = "is niet te vinden op dit adres", f"het adres ({self.address})"
            case _ if status < HTTPStatus.BAD_REQUEST:
                what = "verwijst ons naar een ander adres", f"het adres ({self.address})"
            case _:
                what = "wees onze vraag af", self.link
        return RegistryRefused(*what, status=status)

    def refused(self, refusal: RegistryRefused, code: str = "") -> str:
        """The sentence for the person who waits.

        Args:
            refusal: what happened.
            code: what the registry itself calls it; letters and digits.
        """
        number = ", ".join(part for part in (str(refusal.status or ""), code) if part)
        told = f"{refusal.what} ({number})" if number else refusal.what
        return f"{self.begun} {told}. Laat de beheerder {refusal.mend} nakijken."

    def unavailable(self, status: int) -> str:
        """The sentence for 429 and for 500 and above."""
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            return f"{self.begun} vraagt ons te wachten: er komen te veel vragen tegelijk (429)."
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            return f"{self.begun} is tijdelijk niet beschikbaar (503)."
        return f"{self.begun} heeft een storing ({status})."

    def late(self, seconds: float) -> str:
        """The sentence for an answer that was not there in time."""
        return f"{self.begun} antwoordde niet binnen {seconds:g} seconden."

    def unsafe(self, problem: str) -> str:
        """The sentence for trouble with certificates, of which the doctor can tell who mends it.

        Args:
            problem: as ``runtime.certificates.tls_problem`` tells it.
        """
        return (
            f"De verbinding met {self.name} is niet veilig te maken: {problem}. Laat de beheerder de certificaten "
            f"({self.certificate} en {self.setting}_CA) nakijken met 'meedoen doctor --only {self.group}'."
        )

    def unreachable(self) -> str:
        """The sentence for a line that was never there."""
        return f"{self.begun} is niet bereikbaar: er komt geen verbinding tot stand."

    def broken_off(self, *, unexplained: bool) -> str:
        """The sentence for a line that was there and broke.

        Args:
            unexplained: it was encrypted and nothing had been said; some servers hang up like that on a certificate
                that they do not like.
        """
        sentence = f"De verbinding met {self.name} brak af voordat het antwoord compleet was."
        if unexplained:
            sentence += (
                " Gebeurt dit steeds, dan kan ons certificaat geweigerd zijn: laat de beheerder "
                f"{self.certificate} nakijken."
            )
        return sentence

    def nothing_asked(self, why: str) -> str:
        """The sentence for a question that was never sent, because of a mistake on our side.

        Args:
            why: a Dutch sentence: what is wrong, and what to do.
        """
        return f"Er is niets aan {self.name} gevraagd: {why}"
