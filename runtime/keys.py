"""The key ring: seals what others may not read and makes the keyed hash that finds a person again.

One JSON file holds every key. New data is sealed with the active key; older keys stay in the file so
that older data stays readable. Each sealed piece names its key, so keys can change without touching
what was sealed before.
"""

import base64
import binascii
import errno
import hashlib
import hmac
import json
import os
import re
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.base import Explained

KEY_BYTES = 32
_NONCE_BYTES = 12
_FORMAT = b"\x01"
_FORBIDDEN_MODE = stat.S_IRWXG | stat.S_IRWXO
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")


class KeyRingError(Explained):
    """The key ring cannot do what was asked; the message is a Dutch sentence without any secret."""


class UnknownKeyError(KeyRingError):
    """Something was sealed with a key that is not (or no longer) on the ring."""

    def __init__(self, key_id: str) -> None:
        super().__init__(
            f"Dit is versleuteld met sleutel '{key_id}' en die staat niet in de sleutelring. "
            "Zet de sleutel terug uit de kluis, of aanvaard dat deze gegevens weg zijn."
        )
        self.key_id = key_id


class TamperedError(KeyRingError):
    """A sealed piece was changed, cut off, or belongs somewhere else."""

    def __init__(self) -> None:
        super().__init__(
            "Versleutelde gegevens zijn geweigerd: ze zijn veranderd of horen bij iets anders. "
            "Zet ze terug uit een reservekopie."
        )


class Sealed(NamedTuple):
    """What may be stored: unreadable without the ring."""

    key_id: str
    blob: bytes


@dataclass(frozen=True, repr=False)
class DataKey:
    """The key of one client; destroying its wrapped form makes all that it sealed unreadable."""

    secret: bytes

    def __post_init__(self) -> None:
        if len(self.secret) != KEY_BYTES:
            raise KeyRingError(f"Een gegevenssleutel is {KEY_BYTES} bytes lang; deze niet.")

    def __repr__(self) -> str:
        return "DataKey(***)"

    def seal(self, plain: bytes, *, context: bytes) -> bytes:
        """Encrypt ``plain`` (AES-256-GCM); it opens again only with the same ``context``."""
        return _seal(AESGCM(self.secret), plain, context)

    def open(self, blob: bytes, *, context: bytes) -> bytes:
        """Decrypt what `seal` made.

        Raises:
            TamperedError: changed, cut off, another key or another context.
        """
        return _open(AESGCM(self.secret), blob, context)


class KeyRing:
    """All keys of this installation. Safe to share between tasks and threads."""

    def __init__(self, *, active: str, secrets: Mapping[str, bytes], hash_secret: bytes) -> None:
        """Make a ring from secrets in memory; programs use `load`.

        Args:
            active: id of the key that seals from now on; one of ``secrets``.
            secrets: key id to 32 secret bytes.
            hash_secret: 32 secret bytes for `keyed_hash`. It can never change: every stored hash
                would lose its person.
        """
        for key_id, secret in secrets.items():
            if len(secret) != KEY_BYTES:
                raise KeyRingError(f"Sleutel '{key_id}' is geen {KEY_BYTES} bytes lang. Maak een nieuwe.")
        if len(hash_secret) != KEY_BYTES:
            raise KeyRingError(f"De hash-sleutel is geen {KEY_BYTES} bytes lang. Zet de goede terug.")
        if active not in secrets:
            raise KeyRingError(f"De actieve sleutel '{active}' staat niet tussen de sleutels.")
        self._active = active
        self._ciphers = {key_id: AESGCM(secret) for key_id, secret in secrets.items()}
        self._hash_secret = hash_secret
        self._path: Path | None = None
        self._stamp: tuple[int, int] | None = None

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the ring from its file.

        Raises:
            KeyRingError: the file is missing, readable by others, or not a key ring.
        """
        content, stamp = _read(path)
        ring = cls(active=content.active, secrets=content.secrets(), hash_secret=content.hash_secret)
        ring._path, ring._stamp = path, stamp
        return ring

    @classmethod
    def create(cls, path: Path) -> Self:
        """Write a new ring with one fresh key, readable by its owner only, and load it.

        Raises:
            KeyRingError: the file exists already; a ring is never overwritten.
        """
        first = "k1"
        content = _Content(first, {first: _fresh_key()}, os.urandom(KEY_BYTES))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _not_written(path, error) from None
        with _Draft(path) as draft:
            draft.write(content)
            draft.publish_new()
        return cls.load(path)

    @classmethod
    def rotate(cls, path: Path) -> Self:
        """Add a fresh key to the file and make it the active one; older keys stay readable.

        Running processes read the file again when they meet a key that they do not know.

        Raises:
            KeyRingError: the file cannot be read or written, or somebody else is changing it.
        """
        with _Draft(path) as draft:
            content, _ = _read(path)
            numbers = [int(key_id[1:]) for key_id in content.keys if re.fullmatch(r"k[0-9]{1,9}", key_id)]
            added = f"k{max(numbers, default=0) + 1}"
            draft.write(_Content(added, {**content.keys, added: _fresh_key()}, content.hash_secret))
            draft.replace()
        return cls.load(path)

    @property
    def active(self) -> str:
        """Id of the key that seals from now on."""
        return self._active

    @property
    def key_ids(self) -> tuple[str, ...]:
        """Ids of all keys that can be opened, in the order of the file."""
        return tuple(self._ciphers)

    def __repr__(self) -> str:
        return f"KeyRing(active={self._active!r}, keys={list(self._ciphers)})"

    def __reduce__(self) -> Any:
        # A pickled ring would be a second, unguarded key file.
        raise TypeError("Een sleutelring gaat niet mee naar een ander proces; laad hem daar uit het bestand.")

    def seal(self, plain: bytes, *, context: bytes) -> Sealed:
        """Encrypt with the active key (AES-256-GCM).

        Args:
            plain: what to hide.
            context: where it belongs, such as a table and row; it is not stored and must be the same
                when opening, so that a sealed piece cannot be moved to another place.
        """
        key_id = self._active
        return Sealed(key_id, _seal(self._ciphers[key_id], plain, _bind(key_id, context)))

    def open(self, key_id: str, blob: bytes, *, context: bytes) -> bytes:
        """Decrypt what `seal` made.

        Raises:
            UnknownKeyError: the key is not on the ring, also after reading the file again.
            TamperedError: the blob was changed or belongs to another context.
        """
        if key_id not in self._ciphers:
            self._read_again()
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise UnknownKeyError(key_id if _KEY_ID.fullmatch(key_id) else "?")
        return _open(cipher, blob, _bind(key_id, context))

    def keyed_hash(self, text: str) -> bytes:
        """HMAC-SHA256 of a text (32 bytes): finds the same person again without keeping the number."""
        return hmac.digest(self._hash_secret, text.encode(), hashlib.sha256)

    @staticmethod
    def new_data_key() -> DataKey:
        """A fresh random key for one client."""
        return DataKey(os.urandom(KEY_BYTES))

    def wrap(self, key: DataKey, *, client: str) -> Sealed:
        """Seal a client's key for storage, bound to the client number."""
        return self.seal(key.secret, context=_client_context(client))

    def unwrap(self, sealed: Sealed, *, client: str) -> DataKey:
        """Open a client's key.

        Raises:
            UnknownKeyError: wrapped with a key that is gone.
            TamperedError: changed, or wrapped for another client.
        """
        return DataKey(self.open(sealed.key_id, sealed.blob, context=_client_context(client)))

    def _read_again(self) -> None:
        """After a rotation elsewhere: learn the new keys without a restart."""
        if self._path is None:
            return
        with suppress(KeyRingError, OSError):
            status = self._path.stat()
            if (status.st_ino, status.st_mtime_ns) == self._stamp:
                return
            renewed = type(self).load(self._path)
            # Another hash secret means another installation's file: keep what works.
            if hmac.compare_digest(renewed._hash_secret, self._hash_secret):
                self._ciphers = {**self._ciphers, **renewed._ciphers}
                self._active, self._stamp = renewed._active, renewed._stamp


# --- sealing --------------------------------------------------------------------------------------


def _seal(cipher: AESGCM, plain: bytes, context: bytes) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return _FORMAT + nonce + cipher.encrypt(nonce, plain, _FORMAT + context)


def _open(cipher: AESGCM, blob: bytes, context: bytes) -> bytes:
    start = len(_FORMAT) + _NONCE_BYTES
    if not blob.startswith(_FORMAT) or len(blob) < start:
        raise TamperedError
    try:
        return cipher.decrypt(blob[len(_FORMAT) : start], blob[start:], _FORMAT + context)
    except InvalidTag:
        raise TamperedError from None


def _bind(key_id: str, context: bytes) -> bytes:
    return key_id.encode() + b"\x00" + context


def _client_context(client: str) -> bytes:
    return b"data-key\x00" + client.encode()


# --- the file -------------------------------------------------------------------------------------


class _Key(NamedTuple):
    made: date
    secret: bytes


class _Content(NamedTuple):
    active: str
    keys: dict[str, _Key]
    hash_secret: bytes

    def secrets(self) -> dict[str, bytes]:
        return {key_id: key.secret for key_id, key in self.keys.items()}

    def as_json(self) -> bytes:
        keys = {
            key_id: {"made": key.made.isoformat(), "secret": base64.b64encode(key.secret).decode()}
            for key_id, key in self.keys.items()
        }
        hash_secret = base64.b64encode(self.hash_secret).decode()
        content = {"active": self.active, "keys": keys, "hash_secret": hash_secret}
        return json.dumps(content, indent=2).encode() + b"\n"


def _fresh_key() -> _Key:
    return _Key(datetime.now(UTC).date(), os.urandom(KEY_BYTES))


def _read(path: Path) -> tuple[_Content, tuple[int, int]]:
    try:
        # The open file is checked, not the name: nobody can swap it in between.
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if os.name == "posix" and status.st_mode & _FORBIDDEN_MODE:
                raise KeyRingError(
                    f"Het sleutelbestand {path} is geweigerd: anderen op deze computer kunnen het lezen. "
                    f"Sluit het af met: chmod 600 {path}"
                )
            text = file.read()
    except FileNotFoundError:
        raise KeyRingError(
            f"Het sleutelbestand {path} is er niet. Zet het terug uit de kluis; alleen een nieuwe "
            "installatie maakt een nieuw bestand, want zonder de oude sleutels is niets meer leesbaar."
        ) from None
    except OSError as error:
        raise KeyRingError(
            f"Het sleutelbestand {path} kan niet gelezen worden ({error.strerror}). "
            "Controleer het pad en de rechten."
        ) from None
    return _parse(text, path), (status.st_ino, status.st_mtime_ns)


def _parse(text: bytes, path: Path) -> _Content:
    def refused(why: str) -> KeyRingError:
        return KeyRingError(f"Het sleutelbestand {path} is geweigerd: {why}. Zet de goede versie terug.")

    try:
        raw = json.loads(text)
    except ValueError:
        # The parser's own words may quote the file.
        raw = None
    if not isinstance(raw, dict):
        raise refused("het is geen JSON-object")
    entries, active = raw.get("keys"), raw.get("active")
    if not isinstance(entries, dict) or not entries:
        raise refused("er staan geen sleutels in ('keys')")
    keys = {}
    for key_id, entry in entries.items():
        if not _KEY_ID.fullmatch(key_id):
            raise refused("een sleutel heeft een naam met andere tekens dan letters, cijfers, - en _")
        if not isinstance(entry, dict):
            raise refused(f"sleutel '{key_id}' heeft geen 'made' en 'secret'")
        try:
            made = date.fromisoformat(str(entry.get("made")))
        except ValueError:
            raise refused(f"sleutel '{key_id}' heeft geen datum in 'made'") from None
        secret = _secret(entry.get("secret"))
        if secret is None:
            raise refused(f"sleutel '{key_id}' is geen {KEY_BYTES} bytes in base64")
        keys[key_id] = _Key(made, secret)
    hash_secret = _secret(raw.get("hash_secret"))
    if hash_secret is None:
        raise refused(f"'hash_secret' is geen {KEY_BYTES} bytes in base64")
    if not isinstance(active, str) or active not in keys:
        raise refused("de actieve sleutel ('active') staat niet tussen de sleutels")
    return _Content(active, keys, hash_secret)


def _secret(value: object) -> bytes | None:
    if not isinstance(value, str):
        return None
    try:
        secret = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return None
    return secret if len(secret) == KEY_BYTES else None


def _not_written(path: Path, error: OSError) -> KeyRingError:
    return KeyRingError(
        f"Het sleutelbestand {path} kan niet geschreven worden ({error.strerror}). Controleer de map."
    )


class _Draft:
    """The new file beside the old one. Its fixed name also keeps a second writer out."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._draft = path.with_name(path.name + ".nieuw")
        self._descriptor = -1

    def __enter__(self) -> Self:
        try:
            self._descriptor = os.open(self._draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise KeyRingError(
                f"De sleutelring wordt al gewijzigd: {self._draft} bestaat. Wacht even; is er niemand "
                "mee bezig, verwijder dan dat bestand."
            ) from None
        except OSError as error:
            raise _not_written(self._path, error) from None
        return self

    def write(self, content: _Content) -> None:
        with os.fdopen(self._descriptor, "wb") as file:
            self._descriptor = -1
            file.write(content.as_json())
            file.flush()
            os.fsync(file.fileno())

    def publish_new(self) -> None:
        try:
            # A link fails on an existing name; a rename would overwrite it.
            os.link(self._draft, self._path)
        except FileExistsError:
            raise KeyRingError(
                f"Het sleutelbestand {self._path} bestaat al en wordt nooit overschreven: met de sleutels "
                "erin is alles versleuteld."
            ) from None
        except OSError as error:
            raise _not_written(self._path, error) from None
        self._sync_folder()

    def replace(self) -> None:
        try:
            os.replace(self._draft, self._path)
        except OSError as error:
            raise _not_written(self._path, error) from None
        self._sync_folder()

    def _sync_folder(self) -> None:
        with suppress(OSError):
            folder = os.open(self._path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def __exit__(self, *_: object) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
        try:
            self._draft.unlink()
        except OSError as error:
            if error.errno != errno.ENOENT:
                raise
