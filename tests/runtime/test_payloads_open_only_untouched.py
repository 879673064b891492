"""The codec: what goes in comes out, and nothing opens that was changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from temporalio.api.common.v1 import Payload

from runtime.codec import DAMAGED, ENCODING, KEY_GONE, OTHER_FORMAT, EncryptingCodec, UnreadableSealError
from tests.runtime.rings import ring

PAYLOADS = st.builds(
    lambda metadata, data: Payload(metadata=metadata, data=data),
    st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=20), st.binary(max_size=50), max_size=4),
    st.binary(max_size=2000),
)
CODEC = EncryptingCodec(ring("k1"))


@given(st.lists(PAYLOADS, max_size=4))
async def test_what_goes_in_comes_out(payloads: list[Payload]) -> None:
    sealed = await CODEC.encode(payloads)
    assert all(payload.metadata["encoding"] == ENCODING for payload in sealed)
    assert await CODEC.decode(sealed) == payloads
    assert await CODEC.decode_for_display(sealed) == payloads


@given(data=st.binary(min_size=16, max_size=500))
async def test_sealed_payload_holds_neither_data_nor_the_same_bytes_twice(data: bytes) -> None:
    first, second = await CODEC.encode([Payload(data=data), Payload(data=data)])
    assert data not in first.SerializeToString()
    assert first.data != second.data


async def test_large_repetitive_payload_becomes_small() -> None:
    [sealed] = await CODEC.encode([Payload(data=b"termijn " * 10_000)])
    assert len(sealed.data) < 1_000


@given(place=st.integers(min_value=0), flip=st.integers(min_value=1, max_value=255))
async def test_changed_payload_is_refused_whatever_byte_changed(place: int, flip: int) -> None:
    [sealed] = await CODEC.encode([Payload(metadata={"encoding": b"json/plain"}, data=b'"Zeemeermin"')])
    changed = bytearray(sealed.data)
    changed[place % len(changed)] ^= flip
    sealed.data = bytes(changed)
    with pytest.raises(UnreadableSealError) as caught:
        await CODEC.decode([sealed])
    assert "Zeemeermin" not in repr(caught.value)
    [shown] = await CODEC.decode_for_display([sealed])
    assert shown == Payload(metadata={"encoding": b"json/plain"}, data=f'"{DAMAGED}"'.encode())


@given(st.binary(max_size=40))
async def test_nonsense_in_our_encoding_is_refused(data: bytes) -> None:
    meta = {"encoding": ENCODING, "meedoen-format": b"1", "meedoen-key": b"k1"}
    with pytest.raises(UnreadableSealError):
        await CODEC.decode([Payload(metadata=meta, data=data)])


@given(PAYLOADS)
async def test_payload_of_somebody_else_passes(payload: Payload) -> None:
    assert await CODEC.decode([payload]) == [payload]


async def test_gone_key_is_loud_for_programs_and_a_remark_for_readers() -> None:
    [sealed] = await EncryptingCodec(ring("k0")).encode([Payload(data=b"Zeemeermin")])
    with pytest.raises(UnreadableSealError, match="sleutel 'k0'"):
        await CODEC.decode([sealed])
    [readable] = await CODEC.encode([Payload(data=b"leesbaar")])
    gone, shown = await CODEC.decode_for_display([sealed, readable])
    assert gone == Payload(metadata={"encoding": b"json/plain"}, data=f'"{KEY_GONE}"'.encode())
    assert shown.data == b"leesbaar"


async def test_newer_format_is_not_guessed_at() -> None:
    [sealed] = await CODEC.encode([Payload(data=b"Zeemeermin")])
    sealed.metadata["meedoen-format"] = b"2"
    with pytest.raises(UnreadableSealError, match="nieuwere versie"):
        await CODEC.decode([sealed])
    [shown] = await CODEC.decode_for_display([sealed])
    assert shown.data == f'"{OTHER_FORMAT}"'.encode()


async def test_rotated_ring_reads_the_old_and_seals_with_the_new() -> None:
    rotated = EncryptingCodec(ring("k1", "k2"))
    [old] = await CODEC.encode([Payload(data=b"oud")])
    assert (await rotated.decode([old]))[0].data == b"oud"
    [new] = await rotated.encode([Payload(data=b"nieuw")])
    assert new.metadata["meedoen-key"] == b"k2"
