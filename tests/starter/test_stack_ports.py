"""A taken port is found before anything is started, and the sentence says what to do."""

import socket
from collections.abc import Iterator

import pytest

from starter.stack.errors import StackError
from starter.stack.ports import MAX_OFFSET, OFFSET_VARIABLE, Ports, check_ports_free, chosen_offset, is_free
from tests.starter.offsets import free_offset


@pytest.fixture
def ports() -> Ports:
    return Ports.shifted(free_offset())


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.socket() as opened:
        yield opened


def test_free_ports_pass(ports: Ports) -> None:
    check_ports_free(ports)


def test_a_taken_port_is_named_with_its_purpose_and_the_way_out(
    ports: Ports, listener: socket.socket
) -> None:
    listener.bind(("127.0.0.1", ports.postgres))
    listener.listen()
    with pytest.raises(StackError) as refused:
        check_ports_free(ports)
    sentence = str(refused.value)
    assert f"Poort {ports.postgres} is al in gebruik" in sentence
    assert "PostgreSQL" in sentence
    assert f"{OFFSET_VARIABLE}={ports.offset + 100} make demo" in sentence
    assert refused.value.exit_code == 2


def test_a_listener_on_all_addresses_is_seen_too(ports: Ports, listener: socket.socket) -> None:
    listener.bind(("0.0.0.0", ports.codec))
    listener.listen()
    assert not is_free(ports.codec)


def test_all_taken_ports_are_named_at_once(ports: Ports, listener: socket.socket) -> None:
    listener.bind(("127.0.0.1", ports.smtp))
    listener.listen()
    with socket.create_server(("127.0.0.1", ports.worker)), pytest.raises(StackError) as refused:
        check_ports_free(ports)
    assert str(ports.smtp) in str(refused.value)
    assert str(ports.worker) in str(refused.value)


def test_a_port_that_a_stopped_server_left_behind_is_free(ports: Ports) -> None:
    with socket.create_server(("127.0.0.1", ports.sandbox)) as server:
        with socket.create_connection(("127.0.0.1", ports.sandbox)) as client:
            accepted, _ = server.accept()
            # The side that closes first keeps the port in TIME_WAIT.
            accepted.close()
            client.recv(1)
    assert is_free(ports.sandbox)


def test_the_defaults_are_fixed_and_the_offset_shifts_every_port() -> None:
    standard = {name: number for name, number, _ in Ports().each()}
    assert standard == {
        "temporal": 7233, "temporal_ui": 8233, "codec": 8234, "sandbox": 8235,
        "smtp": 8236, "bounce": 8237, "worker": 8238, "postgres": 8239, "watchdog": 8240,
    }  # fmt: skip
    assert {name: number - 300 for name, number, _ in Ports.shifted(300).each()} == standard


@pytest.mark.parametrize("offset", [-1, MAX_OFFSET + 1])
def test_an_impossible_offset_is_refused(offset: int) -> None:
    with pytest.raises(StackError, match=f"{offset} kan niet"):
        Ports.shifted(offset)


def test_the_largest_offset_is_possible() -> None:
    assert max(number for _, number, _ in Ports.shifted(MAX_OFFSET).each()) == 65535


def test_the_command_line_goes_before_the_environment() -> None:
    assert chosen_offset(5, {OFFSET_VARIABLE: "7"}) == 5
    assert chosen_offset(None, {OFFSET_VARIABLE: "7"}) == 7
    assert chosen_offset(None, {}) == 0
    with pytest.raises(StackError, match=OFFSET_VARIABLE):
        chosen_offset(None, {OFFSET_VARIABLE: "veel"})
