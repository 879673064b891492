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

from sandbox.server import CannotStart, run_sandbox

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


def _options() -> argparse.Namespace:
    parser = _Parser(prog="python -m sandbox", description="Verzonnen BRP en postvak, om mee te oefenen.")
    parser.add_argument("--brp-port", type=_port, required=True, help="poort voor HTTP (0: een vrije)")
    parser.add_argument("--smtp-port", type=_port, required=True, help="poort voor mail (0: een vrije)")
    parser.add_argument("--host", default="127.0.0.1", help="adres om op te luisteren")
    parser.add_argument("--testset", type=Path, help="CSV-bestand met de testpersonen van RvIG")
    parser.add_argument("--api-key", help="sleutel die in X-API-KEY moet staan")
    parser.add_argument("--mail-dir", type=Path, help="map die van elk bericht een bestand krijgt")
    parser.add_argument(
        "--bounce-port", type=_port, help="poort waar mail voor weg.iemand@... naar terugkomt"
    )
    return parser.parse_args()


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
    ) as sandbox:
        print(
            f"sandbox luistert op {sandbox.url} (BRP en postvak) en {options.host}:{sandbox.smtp_port} (mail)"
        )
        ready = {
            "brp_base_url": sandbox.brp_base_url,
            "url": sandbox.url,
            "http_port": sandbox.http_port,
            "smtp_port": sandbox.smtp_port,
            "inwoners": len(sandbox.register),
        }
        print(json.dumps(ready), flush=True)
        await stop.wait()


def main() -> None:
    if os.environ.get("MEEDOEN_ENVIRONMENT", "").strip().lower() == "productie":
        _refuse(
            "De sandbox start niet: MEEDOEN_ENVIRONMENT staat op productie, en daar horen geen verzonnen "
            "inwoners. Zet MEEDOEN_ENVIRONMENT op demo of test."
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
