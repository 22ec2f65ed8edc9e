"""Free ports, and ports in use with the processes that use them."""

import errno
import random
import socket
import subprocess
import sys
from itertools import islice
from pathlib import Path

import psutil

from localrun.configuration import Configuration, PublicPort

OUTGOING_PORTS = Path("/proc/sys/net/ipv4/ip_local_port_range")
"""Range of ports for outgoing connections, on Linux."""
LOWEST_PORT = 15_000
"""Free ports are looked for from here on. Those that programs are known by are below."""


class PortTaken(Exception):
    """Another process listens on the port; the message says which one and what to do."""


def free_ports(count: int) -> list[int]:
    """Distinct ports on which no process listens now.

    Where it is known which ports the system gives to outgoing connections, they are below: a connection cannot take one of them
    before it is listened on.
    """
    below = _lowest_outgoing_port()
    candidates = random.sample(range(LOWEST_PORT, below), below - LOWEST_PORT) if below > LOWEST_PORT else []
    chosen = list(islice(filter(_is_free, candidates), count))
    return chosen if len(chosen) == count else _any_free_ports(count)


def _lowest_outgoing_port() -> int:
    """0 where it is not known."""
    try:
        return int(OUTGOING_PORTS.read_text(encoding="ascii").split()[0])
    except (OSError, ValueError):
        return 0


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _any_free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def require_free(configuration: Configuration) -> None:
    """Raise one PortTaken for all public ports that are in use."""
    numbers = [port.number for port in configuration.ports]
    if twice := {number for number in numbers if numbers.count(number) > 1}:
        variables = " and ".join(port.variable for port in configuration.ports if port.number in twice)
        raise PortTaken(f"{variables} must differ")
    complaints = [_complaint(port) for port in configuration.ports if _is_taken(configuration.bind, port.number)]
    if complaints:
        raise PortTaken("\n".join(complaints))


def _is_taken(bind: str, port: int) -> bool:
    # A process on another address of the same name would answer instead, such as AirPlay on ::1.
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with socket.socket(family) as caller:
            caller.settimeout(0.5)
            try:
                caller.connect((address, port))
            except OSError:
                continue
            return True
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind, port))
        except OSError as error:
            if error.errno in {errno.EADDRINUSE, errno.EACCES}:
                return True
            raise PortTaken(f"Cannot listen on {bind}: {error.strerror}; see PATCHWORK_BIND") from error
    return False


def _complaint(port: PublicPort) -> str:
    message = f"Port {port.number} ({port.purpose}) is in use by {_holder(port.number)}.\n"
    if sys.platform == "darwin" and port.number in {5000, 7000}:
        message += (
            "  On macOS this is often AirPlay: System Settings → General → AirDrop & Handoff → AirPlay Receiver.\n"
        )
    return f"{message}  Stop it, or choose another port: {port.variable}={port.number + 1000} make up"


def _holder(port: int) -> str:
    try:
        pids = {
            each.pid for each in psutil.net_connections("tcp") if each.laddr and each.laddr.port == port and each.pid
        }
    except psutil.AccessDenied:  # macOS shows other processes' sockets to root only
        pids = set(_pids_from_lsof(port))
    names = []
    for pid in sorted(pids):
        try:
            names.append(f"process {pid} ({' '.join(psutil.Process(pid).cmdline())[:60]})")
        except psutil.Error:
            names.append(f"process {pid}")
    return ", ".join(names) or "a process of another user"


def _pids_from_lsof(port: int) -> list[int]:
    try:
        done = subprocess.run(
            ["lsof", "-nP", "-t", f"-iTCP:{port}", "-sTCP:LISTEN"],  # noqa: S607 – found on the PATH
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return []
    return [int(line) for line in done.stdout.split()]
