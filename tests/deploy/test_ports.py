"""Errors about ports name the process and the variable."""

import os
import socket
from collections.abc import Iterator

import pytest

from localrun.configuration import BadConfiguration, Configuration
from localrun.ports import OUTGOING_PORTS, PortTaken, free_ports, require_free

NAMES = ("CATALOG", "REGISTRY", "S3", "S3PROXY", "PACKAGES")


def configured(ports: list[int]) -> Configuration:
    return Configuration.from_environment(
        {f"PATCHWORK_{name}_PORT": str(port) for name, port in zip(NAMES, ports, strict=True)}
    )


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


def test_free_ports_are_accepted() -> None:
    require_free(configured(free_ports(5)))


@pytest.mark.skipif(not OUTGOING_PORTS.exists(), reason="the ports of outgoing connections are known on Linux only")
def test_no_outgoing_connection_takes_a_free_port() -> None:
    lowest = int(OUTGOING_PORTS.read_text().split()[0])
    chosen = free_ports(20)
    assert len(set(chosen)) == 20
    assert all(port < lowest for port in chosen)


def test_the_holder_of_a_taken_port_and_the_variable_are_named(taken: int) -> None:
    catalog, s3, s3proxy, packages = free_ports(4)
    with pytest.raises(PortTaken) as said:
        require_free(configured([catalog, taken, s3, s3proxy, packages]))
    message = str(said.value)
    assert f"Port {taken} (registry) is in use by process {os.getpid()} (" in message
    assert "PATCHWORK_REGISTRY_PORT=" in message
    assert str(catalog) not in message


def test_a_listener_on_the_ipv6_loopback_takes_the_port() -> None:
    try:
        server = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("no IPv6 here")
    with server:
        port = int(server.getsockname()[1])
        with pytest.raises(PortTaken, match="PATCHWORK_S3_PORT"):
            require_free(configured([*free_ports(2), port, *free_ports(2)]))


def test_one_port_for_two_purposes_is_refused() -> None:
    first, second, *others = free_ports(4)
    with pytest.raises(PortTaken, match="PATCHWORK_CATALOG_PORT and PATCHWORK_S3_PORT must differ"):
        require_free(configured([first, second, first, *others]))


@pytest.mark.parametrize("wrong", ["http", "0", "70000", "-1"])
def test_an_invalid_port_number_is_refused(wrong: str) -> None:
    with pytest.raises(BadConfiguration, match=f"PATCHWORK_S3_PORT={wrong}"):
        Configuration.from_environment({"PATCHWORK_S3_PORT": wrong})
