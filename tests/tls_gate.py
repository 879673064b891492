"""A server that wants a certificate of its callers and says over the line why it does not take theirs.

The servers of asyncio hang up without a word when a hand-shake fails; gateways send an alert, as OpenSSL does when
it is left to itself.
"""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def tls_gate(context: ssl.SSLContext) -> Iterator[str]:
    """Shake hands with whoever comes, and say nothing after; yields the address (``https://127.0.0.1:...``)."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with contextlib.suppress(OSError):
                connection.settimeout(5)
                # Kept open, so that the alert is read before the connection is gone.
                shaken = context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
                try:
                    shaken.do_handshake()
                except ssl.SSLError:
                    shaken.shutdown(socket.SHUT_WR)
                    while socket.socket.recv(shaken, 4096):
                        pass
                shaken.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(10)
