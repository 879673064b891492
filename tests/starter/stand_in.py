"""Stand-ins for our own servers: ``python stand_in.py sandbox|codec|worker|watchdog [arguments]``.

They only answer where the real ones do, so that the stack around them can be tested by itself.
"""

import argparse
import os
import signal
import socketserver
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"{os.environ['MEEDOEN_ENVIRONMENT']} {os.getpid()}".encode())

    def log_message(self, format: str, *args: object) -> None:
        return


class _Server(socketserver.TCPServer):
    allow_reuse_address = True


class _Mail(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(b"220 stand-in\r\n")
        self.rfile.readline()


def main() -> None:
    """Serve until a signal comes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("role", choices=("sandbox", "codec", "worker", "watchdog"))
    parser.add_argument("--brp-port", type=int)
    parser.add_argument("--smtp-port", type=int)
    parser.add_argument("--bounce-port", type=int)
    parser.add_argument("--mail-dir")
    parser.add_argument("--testset")
    parser.add_argument("--suwinet-trust")
    parser.add_argument("--suwinet-sign", nargs=2)
    parser.add_argument("--stubborn", action="store_true")
    given = parser.parse_args()
    port = {
        "sandbox": given.brp_port,
        "codec": int(os.environ["MEEDOEN_CODEC_PORT"]),
        "worker": int(os.environ["MEEDOEN_WORKER_HTTP_PORT"]),
        "watchdog": int(os.environ["MEEDOEN_WATCHDOG_HTTP_PORT"]),
    }[given.role]
    if given.stubborn:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if given.role == "sandbox":
        mail = _Server(("127.0.0.1", given.smtp_port), _Mail)
        threading.Thread(target=mail.serve_forever, daemon=True).start()
    HTTPServer(("127.0.0.1", port), _Page).serve_forever()


if __name__ == "__main__":
    main()
