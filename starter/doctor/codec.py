"""The codec end point, which makes readable in Temporal's pages what is encrypted there."""

import httpx2
from google.protobuf import json_format
from temporalio.api.common.v1 import Payload, Payloads

from runtime.codec import EncryptingCodec
from runtime.keys import KeyRing
from runtime.settings import Settings
from starter.doctor.examine import Check
from starter.doctor.own_files import KEYS
from starter.doctor.result import APPLICATION, Told, note, right, wrong

_SECONDS = 5.0


def codec_checks(settings: Settings) -> list[Check]:
    """The check of the codec end point."""
    return [Check("leespunt.leest", "Leespunt voor Temporal", lambda: _codec(settings), (KEYS,))]


async def _codec(settings: Settings) -> Told:
    """Have something decoded: it must listen, take our token, and hold our keys."""
    sample = Payload(metadata={"encoding": b"json/plain"}, data=b'"proef"')
    [sealed] = await EncryptingCodec(KeyRing.load(settings.key_file)).encode([sample])
    where = f"{settings.codec_host}:{settings.codec_port}"
    token = settings.codec_token.get_secret_value()
    try:
        async with httpx2.AsyncClient(trust_env=False, timeout=_SECONDS) as http:
            answer = await http.post(
                f"http://{where}/decode",
                content=json_format.MessageToJson(Payloads(payloads=[sealed])),
                headers={"Authorization": f"Bearer {token}"} if token else {},
            )
    except (httpx2.HTTPError, OSError):
        return note(
            f"Het leespunt antwoordt niet op {where}: wie in Temporal meekijkt, ziet alleen versleutelde gegevens. "
            "Klantroutes lopen door. Start het, of verbeter MEEDOEN_CODEC_HOST en _PORT.",
            APPLICATION,
        )
    if answer.status_code == httpx2.codes.UNAUTHORIZED:
        return wrong(
            "Het leespunt vraagt een andere toegangscode dan MEEDOEN_CODEC_TOKEN. Zet aan beide kanten dezelfde.",
            APPLICATION,
        )
    try:
        read = json_format.ParseDict(answer.json(), Payloads()).payloads
    except (ValueError, json_format.ParseError):
        read = None
    if read is None or len(read) != 1:
        return wrong(
            f"Op {where} antwoordt iets anders dan het leespunt van Meedoen (status {answer.status_code}). Verbeter "
            "MEEDOEN_CODEC_HOST en _PORT.",
            APPLICATION,
        )
    if read[0].data != sample.data:
        return wrong(
            "Het leespunt kan niet lezen wat wij versleutelen: het werkt met een ander sleutelbestand. Geef het "
            "hetzelfde bestand als de workers.",
            APPLICATION,
        )
    return right(f"Het leespunt op {where} leest wat wij versleutelen.")
