"""Connecting to Temporal and making the search attributes known."""

import socket
import sys
from pathlib import Path

import pytest
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.common import SearchAttributeIndexedValueType, SearchAttributeKey
from temporalio.testing import WorkflowEnvironment

from domain import attributes
from runtime.keys import KeyRing
from runtime.settings import Settings
from runtime.temporal import (
    SEARCH_ATTRIBUTES,
    SearchAttributeConflict,
    TemporalUnreachable,
    connect,
    register_search_attributes,
)


async def _known(client: Client) -> set[str]:
    answer = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace)
    )
    return set(answer.custom_attributes)


async def _server_without_attributes(*ready: SearchAttributeKey[str]) -> WorkflowEnvironment:
    return await WorkflowEnvironment.start_local(
        dev_server_existing_path=str(Path(sys.executable).with_name("temporal")),
        dev_server_log_level="never",
        search_attributes=ready,
    )


async def test_absent_server_is_a_dutch_sentence(keys: KeyRing) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(TemporalUnreachable) as caught:
            await connect(Settings(temporal_address=address), keys)
    assert address in str(caught.value)
    assert "MEEDOEN_TEMPORAL_ADDRESS" in str(caught.value)
    assert "tonic" not in str(caught.value)


async def test_silent_server_is_given_up(keys: KeyRing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.temporal.CONNECT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(TemporalUnreachable):
            await connect(Settings(temporal_address=address), keys)


async def test_lazy_client_connects_at_its_first_call(keys: KeyRing, temporal_address: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        absent = f"127.0.0.1:{taken.getsockname()[1]}"
        await connect(Settings(temporal_address=absent), keys, lazy=True)
    client = await connect(Settings(temporal_address=temporal_address), keys, lazy=True)
    assert await client.service_client.check_health()


async def test_registering_twice_makes_all_attributes_known_once(keys: KeyRing) -> None:
    async with await _server_without_attributes() as server:
        client = await connect(
            Settings(temporal_address=server.client.service_client.config.target_host), keys
        )
        wanted = {key.name for key in SEARCH_ATTRIBUTES}
        assert not wanted & await _known(client)
        await register_search_attributes(client)
        await register_search_attributes(client)
        assert wanted <= await _known(client)


async def test_attribute_of_another_kind_is_a_dutch_sentence(keys: KeyRing) -> None:
    other_kind = SearchAttributeKey.for_text(attributes.ROUTE.name)
    async with await _server_without_attributes(other_kind) as server:
        client = await connect(
            Settings(temporal_address=server.client.service_client.config.target_host), keys
        )
        with pytest.raises(SearchAttributeConflict, match="zoekveld Route"):
            await register_search_attributes(client)


def test_typed_keys_follow_the_list_of_the_domain() -> None:
    types = {
        attributes.AttributeKind.KEYWORD: SearchAttributeIndexedValueType.KEYWORD,
        attributes.AttributeKind.INSTANT: SearchAttributeIndexedValueType.DATETIME,
        attributes.AttributeKind.NUMBER: SearchAttributeIndexedValueType.INT,
    }
    assert [(key.name, key.indexed_value_type) for key in SEARCH_ATTRIBUTES] == [
        (name, types[kind]) for name, kind in attributes.SEARCH_ATTRIBUTES
    ]
