"""Key rings in memory, with secrets that a test can look for."""

from hashlib import sha256

from runtime.keys import KeyRing

HASH_SECRET = b"hash secret that never changes.."


def secret_of(key_id: str) -> bytes:
    """The 32 bytes that `ring` gives this key."""
    return sha256(key_id.encode()).digest()


def ring(*key_ids: str) -> KeyRing:
    """A ring with these keys; the last one is active."""
    secrets = {key_id: secret_of(key_id) for key_id in key_ids}
    return KeyRing(active=key_ids[-1], secrets=secrets, hash_secret=HASH_SECRET)
