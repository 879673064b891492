"""What Temporal stores is unreadable to Temporal: payloads are compressed, then encrypted.

The key's id and the format travel in the payload's metadata, so that the codec end point of Temporal UI
needs nothing but the payload. Everything that goes through here is covered: inputs, results, memos,
summaries, details and, by the failure converter, messages of failures. Search attributes, workflow ids
and task queues do not pass a codec.
"""

import json
import zlib
from collections.abc import Sequence

from google.protobuf.message import DecodeError
from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec

from runtime.keys import KeyRing, KeyRingError, TamperedError, UnknownKeyError

ENCODING = b"binary/meedoen"
FORMAT = b"1"
KEY_GONE = "[versleuteld met een sleutel die er niet meer is]"
DAMAGED = "[versleuteld en niet te lezen: de gegevens zijn veranderd]"
OTHER_FORMAT = "[versleuteld door een nieuwere versie van Meedoen]"

_META_ENCODING = "encoding"
_META_FORMAT = "meedoen-format"
_META_KEY = "meedoen-key"
_CONTEXT = b"temporal-payload"


class UnreadableSealError(Exception):
    """An encrypted payload cannot be opened; the message is a Dutch sentence without its content.

    Deliberately no Temporal failure: a workflow that meets it waits (its task is tried again) until a
    worker with the right keys comes, and never ends.
    """

    def __init__(self, sentence: str, replacement: str) -> None:
        super().__init__(sentence)
        self.replacement = replacement
        """What to show a reader in place of the content."""


class EncryptingCodec(PayloadCodec):
    """Compresses (zlib) and encrypts (AES-256-GCM) every payload; leaves unknown ones as they are."""

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Seal each payload with the active key."""
        return [self._seal(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Open each payload; one that was never sealed passes.

        Raises:
            UnreadableSealError: the key is gone, the payload was changed, or the format is newer.
        """
        return [self._open(payload) for payload in payloads]

    async def decode_for_display(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Like `decode`, for somebody who only looks: what cannot be opened becomes a readable remark.

        One erased or damaged payload may not take the whole screen with it.
        """
        shown = []
        for payload in payloads:
            try:
                shown.append(self._open(payload))
            except UnreadableSealError as error:
                remark = json.dumps(error.replacement).encode()
                shown.append(Payload(metadata={_META_ENCODING: b"json/plain"}, data=remark))
        return shown

    def _seal(self, payload: Payload) -> Payload:
        # Encrypted bytes do not shrink, so compression has to come first.
        key_id, blob = self._keys.seal(zlib.compress(payload.SerializeToString()), context=_CONTEXT)
        metadata = {_META_ENCODING: ENCODING, _META_FORMAT: FORMAT, _META_KEY: key_id.encode()}
        return Payload(metadata=metadata, data=blob)

    def _open(self, payload: Payload) -> Payload:
        if payload.metadata.get(_META_ENCODING) != ENCODING:
            return payload
        if payload.metadata.get(_META_FORMAT) != FORMAT:
            raise UnreadableSealError(
                "Een gegeven in Temporal is versleuteld door een nieuwere versie van Meedoen. "
                "Werk dit proces bij.",
                OTHER_FORMAT,
            )
        try:
            key_id = payload.metadata.get(_META_KEY, b"").decode("ascii", "replace")
            plain = zlib.decompress(self._keys.open(key_id, payload.data, context=_CONTEXT))
            return Payload.FromString(plain)
        except UnknownKeyError as error:
            raise UnreadableSealError(str(error), KEY_GONE) from None
        except (KeyRingError, zlib.error, DecodeError):
            raise UnreadableSealError(str(TamperedError()), DAMAGED) from None
