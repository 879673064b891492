"""Which ports the stack uses, and whether they are free."""

import errno
import os
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from starter.stack.errors import StackError

HOST = "127.0.0.1"
OFFSET_VARIABLE = "MEEDOEN_PORT_OFFSET"
_HIGHEST_DEFAULT = 8240
MAX_OFFSET = 65535 - _HIGHEST_DEFAULT


@dataclass(frozen=True)
class Ports:
    """One port per server, all on this machine only."""

    temporal: int = 7233
    temporal_ui: int = 8233
    codec: int = 8234
    sandbox: int = 8235
    smtp: int = 8236
    bounce: int = 8237
    worker: int = 8238
    postgres: int = 8239
    watchdog: int = 8240
    offset: int = 0

    @classmethod
    def shifted(cls, offset: int) -> Self:
        """All ports moved up by the same number, so that a second stack fits beside the first.

        Raises:
            StackError: the offset is negative or pushes a port past 65535.
        """
        if not 0 <= offset <= MAX_OFFSET:
            raise StackError(
                f"De verschuiving van de poorten is geweigerd: {offset} kan niet. "
                f"Kies een geheel getal van 0 tot en met {MAX_OFFSET}."
            )
        standard = cls()
        return cls(**{name: number + offset for name, number, _ in standard.each()}, offset=offset)

    def each(self) -> Iterator[tuple[str, int, str]]:
        """Field name, number, and in Dutch what the port is for."""
        yield "temporal", self.temporal, "de Temporal-server"
        yield "temporal_ui", self.temporal_ui, "de webpagina's van Temporal"
        yield "codec", self.codec, "de codecserver, die gegevens leesbaar maakt in Temporal"
        yield "sandbox", self.sandbox, "de nagebootste registraties"
        yield "smtp", self.smtp, "de nagebootste postbus"
        yield "bounce", self.bounce, "mail die terugkomt"
        yield "worker", self.worker, "de gezondheidspagina van de worker"
        yield "postgres", self.postgres, "de PostgreSQL-database"
        yield "watchdog", self.watchdog, "de hartslag van de bewaking"


def chosen_offset(argument: int | None, environment: Mapping[str, str] = os.environ) -> int:
    """The offset from the command line, else from the environment, else 0.

    Raises:
        StackError: the environment holds something that is no whole number.
    """
    if argument is not None:
        return argument
    text = environment.get(OFFSET_VARIABLE, "").strip()
    if not text:
        return 0
    try:
        return int(text)
    except ValueError:
        raise StackError(
            f"{OFFSET_VARIABLE} is geweigerd: dit moet een geheel getal zijn, zoals 100. Pas de waarde aan."
        ) from None


def check_ports_free(ports: Ports) -> None:
    """Make sure that every port can be used, before anything is started.

    Raises:
        StackError: names each port that is taken, what it is for, and the way out.
    """
    taken = [(number, purpose) for _, number, purpose in ports.each() if not is_free(number)]
    if not taken:
        return
    if len(taken) == 1:
        number, purpose = taken[0]
        what = f"Poort {number} is al in gebruik. Die poort is nodig voor {purpose}."
    else:
        listed = "; ".join(f"{number} voor {purpose}" for number, purpose in taken)
        what = f"Deze poorten zijn al in gebruik: {listed}."
    raise StackError(
        f"{what} Stop het programma dat daar luistert, of kies andere poorten: "
        f"{OFFSET_VARIABLE}={ports.offset + 100} make demo."
    )


def is_free(port: int) -> bool:
    """Whether a server can listen on this port of the local machine now."""
    # A listener on all addresses does not stop a bind to one address on every system; a call finds it.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as caller:
        caller.settimeout(0.5)
        if caller.connect_ex((HOST, port)) == 0:
            return False
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
        # Without this, connections that a stopped stack left behind would count as a listener.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True
