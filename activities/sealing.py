"""What is sealed with the key of one client, and what reads there once that key is gone."""

import hmac
import json
import zlib
from collections.abc import Mapping
from typing import Any

from runtime.keys import DataKey, KeyRing, Sealed

ERASED = "[gewist]"
"""Stands where something was that nobody can read any more: the client's key was destroyed."""


def client_name(gemeente: str, client_number: int) -> str:
    """What the key of a client is bound to."""
    return f"{gemeente}-{client_number}"


def data_key(keys: KeyRing, record: Mapping[str, Any]) -> DataKey | None:
    """The key of a client; None: erased.

    Args:
        keys: opens it.
        record: ``gemeente``, ``client_number``, ``data_key_id`` and ``data_key`` of table client.

    Raises:
        KeyRingError: the ring cannot open it.
    """
    if record["data_key_id"] is None or record["data_key"] is None:
        return None
    sealed = Sealed(record["data_key_id"], record["data_key"])
    return keys.unwrap(sealed, client=client_name(record["gemeente"], record["client_number"]))


def seal(key: DataKey, value: Any, place: str) -> bytes:
    """Seal JSON data; it opens only with the same ``place`` (table and row)."""
    plain = json.dumps(value, separators=(",", ":")).encode()
    return key.seal(zlib.compress(plain), context=place.encode())


def unseal(key: DataKey | None, blob: bytes | None, place: str) -> Any:
    """The JSON data, or None when it was erased.

    Raises:
        TamperedError: it was changed, or belongs somewhere else.
    """
    if key is None or blob is None:
        return None
    return json.loads(zlib.decompress(key.open(blob, context=place.encode())))


def fingerprint(key: DataKey, text: str) -> bytes:
    """Says whether two texts are the same, to nobody who lacks the client's key."""
    return hmac.digest(key.secret, b"fingerprint\x00" + text.encode(), "sha256")


def storable(value: Any) -> Any:
    """The same JSON data without the one character that PostgreSQL cannot hold in a text."""
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd")
    if isinstance(value, dict):
        return {storable(key): storable(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [storable(item) for item in value]
    return value
