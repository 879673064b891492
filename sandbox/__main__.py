"""``python -m sandbox``: fictional registries and a mailbox in one process."""

import argparse
import asyncio
import json
import logging
import os
import signal
import sys
from pathlib import Path
from typing import NoReturn

from sandbox.production import beside_production
from sandbox.server import CannotStart, Oauth, SuwinetSecurity, Tls, run_sandbox

_EXIT_REFUSED = 2


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        _refuse(f"De sandbox start niet: een optie klopt niet ({message}). Zie python -m sandbox --help.")


def _refuse(sentence: str) -> NoReturn:
    print(sentence, file=sys.stderr)
    raise SystemExit(_EXIT_REFUSED)


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise ValueError
    return port


def _seconds(text: str) -> int:
    seconds = int(text)
    if not 1 <= seconds <= 86400:
        raise ValueError
    return seconds


def _options() -> argparse.Namespace:
    parser = _Parser(
        prog="python -m sandbox", description="Verzonnen registraties en postvak, om mee te oefenen."
    )
    parser.add_argument("--brp-port", type=_port, required=True, help="poort voor HTTP (0: een vrije)")
    parser.add_argument("--smtp-port", type=_port, required=True, help="poort voor mail (0: een vrije)")
    parser.add_argument("--host", default="127.0.0.1", help="adres om op te luisteren")
    parser.add_argument("--testset", type=Path, help="CSV-bestand met de testpersonen van RvIG")
    parser.add_argument("--api-key", help="sleutel die in X-API-KEY moet staan")
    parser.add_argument("--mail-dir", type=Path, help="map die van elk bericht een bestand krijgt")
    parser.add_argument(
        "--bounce-port", type=_port, help="poort waar mail voor weg.iemand@... naar terugkomt"
    )
    parser.add_argument(
        "--suwinet-trust",
        type=Path,
        metavar="PEM",
        help="certificaten die vragen mogen ondertekenen (geen: elk)",
    )
    parser.add_argument(
        "--suwinet-sign",
        type=Path,
        nargs=2,
        metavar=("CERT", "KEY"),
        help="waarmee Suwinet antwoorden ondertekent",
    )
    parser.add_argument("--tls", type=Path, nargs=2, metavar=("CERT", "KEY"), help="HTTPS in plaats van HTTP")
    parser.add_argument(
        "--tls-client-ca",
        type=Path,
        metavar="PEM",
        help="wie het certificaat van de vrager moet hebben uitgegeven",
    )
    parser.add_argument("--oauth-client", nargs=2, metavar=("ID", "SECRET"), help="wie een token mag halen")
    parser.add_argument("--oauth-expires-in", type=_seconds, default=300, help="seconden dat een token geldt")
    parser.add_argument("--brp-token", action="store_true", help="de BRP vraagt zo'n token")
    options = parser.parse_args()
    if options.tls_client_ca is not None and options.tls is None:
        parser.error("--tls-client-ca kan alleen samen met --tls")
    return options


def _tls(options: argparse.Namespace) -> Tls:
    certificate, key = options.tls
    return Tls(certificate, key, options.tls_client_ca)


def _oauth(options: argparse.Namespace) -> Oauth:
    client_id, secret = options.oauth_client
    return Oauth(client_id, secret, options.oauth_expires_in)


async def _run(options: argparse.Namespace) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
    async with run_sandbox(
        host=options.host,
        brp_port=options.brp_port,
        smtp_port=options.smtp_port,
        testset=options.testset,
        api_key=options.api_key,
        mail_dir=options.mail_dir,
        bounce_port=options.bounce_port or None,
        suwinet=SuwinetSecurity(
            trusted=options.suwinet_trust,
            sign=None if options.suwinet_sign is None else tuple(options.suwinet_sign),
        ),
        tls=None if options.tls is None else _tls(options),
        oauth=None if options.oauth_client is None else _oauth(options),
        brp_token=options.brp_token,
    ) as sandbox:
        print(
            f"sandbox luistert op {sandbox.url} (registraties en postvak) en {options.host}:{sandbox.smtp_port} (mail)"
        )
        ready = {
            "brp_base_url": sandbox.brp_base_url,
            "suwinet_url": sandbox.suwinet_url,
            "url": sandbox.url,
            "http_port": sandbox.http_port,
            "smtp_port": sandbox.smtp_port,
            "inwoners": len(sandbox.register),
        }
        print(json.dumps(ready), flush=True)
        await stop.wait()


def main() -> None:
    where = beside_production(os.environ, Path.cwd())
    if where is not None:
        _refuse(
            f"De sandbox start niet: {where} staat op productie, en een verzonnen registratie naast productie zou "
            "valse antwoorden over echte inwoners kunnen geven. Start hem in een andere map, of zet "
            "MEEDOEN_ENVIRONMENT op demo of test als dit geen productie is."
        )
    options = _options()
    # The one reports answers that are broken off on purpose, the other names senders and receivers.
    for name in ("uvicorn.error", "mail.log"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        asyncio.run(_run(options))
    except CannotStart as problem:
        _refuse(f"De sandbox start niet: {problem}")


if __name__ == "__main__":
    main()
