"""The key ring: its file, its refusals, and what it seals."""

import base64
import json
import pickle
import stat
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.keys import DataKey, KeyRing, KeyRingError, TamperedError, UnknownKeyError
from tests.runtime.rings import HASH_SECRET, ring, secret_of


def _content() -> dict[str, Any]:
    return {
        "active": "k1",
        "keys": {"k1": {"made": "2026-05-01", "secret": base64.b64encode(secret_of("k1")).decode()}},
        "hash_secret": base64.b64encode(HASH_SECRET).decode(),
    }


def _write(path: Path, content: object) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    path.chmod(0o600)
    return path


def test_new_ring_is_for_its_owner_only_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "map" / "keys.json"
    made = KeyRing.create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    with pytest.raises(KeyRingError, match="bestaat al"):
        KeyRing.create(path)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["keys.json"]
    sealed = made.seal(b"geheim", context=b"hier")
    assert KeyRing.load(path).open(*sealed, context=b"hier") == b"geheim"


def test_second_writer_is_kept_out(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    KeyRing.create(path)
    (tmp_path / "keys.json.nieuw").touch()
    before = path.read_bytes()
    with pytest.raises(KeyRingError, match="wordt al gewijzigd"):
        KeyRing.rotate(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o660, 0o601])
def test_file_that_others_reach_is_refused(tmp_path: Path, mode: int) -> None:
    path = _write(tmp_path / "keys.json", _content())
    path.chmod(mode)
    with pytest.raises(KeyRingError, match="chmod 600"):
        KeyRing.load(path)


def _set(**changes: object) -> Callable[[dict[str, Any]], object]:
    return lambda content: {**content, **changes}


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda content: "{", "geen JSON"),
        (lambda content: "[]", "geen JSON-object"),
        (_set(active="k2"), "actieve sleutel"),
        (_set(active=None), "actieve sleutel"),
        (_set(keys={}), "geen sleutels"),
        (_set(keys={"k1": "x"}), "'k1' heeft geen"),
        (_set(keys={"k1": {"made": "gisteren", "secret": "x"}}), "datum"),
        (_set(keys={"k1": {"made": "2026-05-01", "secret": "Zm91dA=="}}), "32 bytes"),
        (_set(keys={"k1": {"made": "2026-05-01", "secret": "geen base64!"}}), "32 bytes"),
        (_set(keys={"k 1": {"made": "2026-05-01", "secret": "x"}}), "andere tekens"),
        (_set(hash_secret="Zm91dA=="), "hash_secret"),
        (_set(hash_secret=None), "hash_secret"),
    ],
)
def test_damaged_file_is_refused_in_a_sentence_without_its_secrets(
    tmp_path: Path, damage: Callable[[dict[str, Any]], object], said: str
) -> None:
    content = _content()
    path = _write(tmp_path / "keys.json", damage(content))
    with pytest.raises(KeyRingError, match=said) as caught:
        KeyRing.load(path)
    told = "".join(traceback.format_exception(caught.value))
    assert content["keys"]["k1"]["secret"] not in told
    assert content["hash_secret"] not in told


def test_missing_file_says_where(tmp_path: Path) -> None:
    with pytest.raises(KeyRingError, match=r"keys\.json is er niet"):
        KeyRing.load(tmp_path / "keys.json")
    with pytest.raises(KeyRingError, match="kan niet gelezen worden"):
        KeyRing.load(tmp_path)


def test_rotation_reads_the_old_seals_with_the_new_and_reaches_running_processes(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    running = KeyRing.create(path)
    old = running.seal(b"oud", context=b"")
    rotated = KeyRing.rotate(path)
    assert (rotated.active, rotated.key_ids) == ("k2", ("k1", "k2"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert rotated.open(*old, context=b"") == b"oud"
    new = rotated.seal(b"nieuw", context=b"")
    assert new.key_id == "k2"
    assert running.open(*new, context=b"") == b"nieuw"
    assert running.active == "k2"
    assert rotated.keyed_hash("123") == running.keyed_hash("123")


def test_running_process_does_not_take_over_the_file_of_another_installation(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    running = KeyRing.create(path)
    path.unlink()
    KeyRing.create(path)
    other = KeyRing.rotate(path)
    with pytest.raises(UnknownKeyError):
        running.open(*other.seal(b"x", context=b""), context=b"")
    assert running.key_ids == ("k1",)


@given(plain=st.binary(max_size=300), context=st.binary(max_size=40))
def test_sealed_opens_with_the_same_context_only(plain: bytes, context: bytes) -> None:
    keys = ring("k1")
    key_id, blob = keys.seal(plain, context=context)
    assert keys.open(key_id, blob, context=context) == plain
    with pytest.raises(TamperedError):
        keys.open(key_id, blob, context=context + b"!")


@given(place=st.integers(min_value=0), flip=st.integers(min_value=1, max_value=255))
def test_changed_blob_is_refused_whatever_byte_changed(place: int, flip: int) -> None:
    keys = ring("k1")
    key_id, blob = keys.seal(b"bedrag", context=b"")
    changed = bytearray(blob)
    changed[place % len(changed)] ^= flip
    with pytest.raises(TamperedError):
        keys.open(key_id, bytes(changed), context=b"")


@given(cut=st.integers(min_value=0, max_value=28))
def test_cut_blob_is_refused(cut: int) -> None:
    keys = ring("k1")
    key_id, blob = keys.seal(b"", context=b"")
    with pytest.raises(TamperedError):
        keys.open(key_id, blob[:cut], context=b"")


def test_key_of_a_client_opens_for_that_client_only() -> None:
    keys = ring("k1", "k2")
    data_key = keys.new_data_key()
    wrapped = keys.wrap(data_key, client="0150-7")
    assert wrapped.key_id == "k2"
    opened = keys.unwrap(wrapped, client="0150-7")
    blob = data_key.seal(b"Zeemeermin", context=b"naam")
    assert opened.open(blob, context=b"naam") == b"Zeemeermin"
    with pytest.raises(TamperedError):
        keys.unwrap(wrapped, client="0150-8")
    with pytest.raises(TamperedError):
        keys.new_data_key().open(blob, context=b"naam")
    with pytest.raises(TamperedError):
        opened.open(blob, context=b"adres")


def test_keyed_hash_depends_on_text_and_secret() -> None:
    keys = ring("k1")
    assert len(keys.keyed_hash("999990007")) == 32
    assert keys.keyed_hash("999990007") == ring("k2").keyed_hash("999990007")
    assert keys.keyed_hash("999990007") != keys.keyed_hash("999990019")
    other = KeyRing(active="k1", secrets={"k1": secret_of("k1")}, hash_secret=secret_of("h"))
    assert keys.keyed_hash("999990007") != other.keyed_hash("999990007")


def test_secrets_show_in_no_representation_and_do_not_travel() -> None:
    keys = ring("k1")
    data_key = DataKey(secret_of("client"))
    shown = f"{keys!r} {keys} {data_key!r} {data_key} {[keys, data_key]}"
    assert shown.count("***") == 3
    for secret in (secret_of("k1"), secret_of("client"), HASH_SECRET):
        assert repr(secret) not in shown
        assert secret.hex() not in shown
    with pytest.raises(TypeError, match="sleutelring"):
        pickle.dumps(keys)


def test_wrong_key_sizes_are_refused() -> None:
    with pytest.raises(KeyRingError, match="'k1'"):
        KeyRing(active="k1", secrets={"k1": b"kort"}, hash_secret=HASH_SECRET)
    with pytest.raises(KeyRingError, match="hash"):
        KeyRing(active="k1", secrets={"k1": secret_of("k1")}, hash_secret=b"kort")
    with pytest.raises(KeyRingError, match="actieve"):
        KeyRing(active="k2", secrets={"k1": secret_of("k1")}, hash_secret=HASH_SECRET)
    with pytest.raises(KeyRingError, match="32 bytes"):
        DataKey(b"kort")


def test_only_one_of_many_makers_wins(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib\n"
        "from runtime.keys import KeyRing, KeyRingError\n"
        "try: KeyRing.create(pathlib.Path(sys.argv[1]))\n"
        "except KeyRingError: sys.exit(3)\n"
    )
    path = tmp_path / "keys.json"
    makers = [subprocess.Popen([sys.executable, "-c", program, str(path)]) for _ in range(4)]
    codes = sorted(maker.wait() for maker in makers)
    assert codes == [0, 3, 3, 3]
    KeyRing.load(path)
