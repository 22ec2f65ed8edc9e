"""Readers that attack the system on which they run, and say how far they came.

System calls are made by number, so that no library stands between. Their numbers are looked up before the worker is locked in.
"""

# ruff: noqa: BLE001, C901, PLR0912, PTH123, PTH208, SIM115, T201 – attacks are short

import ctypes
import errno
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from queue import Queue

import msgspec

from shared.readers.errors import NoSuchReader, UnreadableFile, WrongFamily
from shared.readers.source import RangeSource
from shared.sandbox.lockdown import ALLOWED_CALLS

try:
    import pyseccomp
except (ImportError, RuntimeError):
    pyseccomp = None

TEXT = "text/plain; charset=utf-8"
MAX_CALL_NUMBER = 600

_libc = ctypes.CDLL(None, use_errno=True)


class NoArguments(msgspec.Struct):
    pass


class SystemCall(msgspec.Struct):
    """A system call, and the thread that makes it: `main`, `earlier` (started before the worker was locked in) or `later`."""

    name: str
    arguments: list[int | str] = []
    thread: str = "main"


class Frames(msgspec.Struct):
    """Bytes that are written to the pipe instead of an answer, and how often."""

    content: bytes
    times: int = 1


# Before the worker is locked in.

_numbers: dict[str, int] = {}
_work: "Queue[Callable[[], None]]" = Queue()


def load_family(_name: str) -> None:
    for number in range(MAX_CALL_NUMBER if pyseccomp else 0):
        try:
            name = pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, number)
        except ValueError:
            continue
        _numbers[name.decode()] = number
    threading.Thread(target=_serve_work, daemon=True).start()
    print("noise on standard output while importing", flush=True)


def _serve_work() -> None:
    while True:
        _work.get()()


# After it.


def call_system(_source: RangeSource, _name: str, call: SystemCall) -> tuple[str, bytes]:
    """The error that the kernel answers, or 0."""
    if call.name not in _numbers:  # an architecture without it
        return TEXT, b"%d" % errno.EPERM
    number = _numbers[call.name]
    arguments = [each.encode() if isinstance(each, str) else ctypes.c_long(each) for each in call.arguments]
    arguments += [ctypes.c_long(0)] * (6 - len(arguments))
    results: Queue[int] = Queue()

    def make_call() -> None:
        ctypes.set_errno(0)
        result = _libc.syscall(ctypes.c_long(number), *arguments)
        results.put(ctypes.get_errno() if result == -1 else 0)

    match call.thread:
        case "main":
            make_call()
        case "earlier":
            _work.put(make_call)
        case _:
            threading.Thread(target=make_call).start()
    return TEXT, str(results.get()).encode()


def call_all(_source: RangeSource, _name: str, _arguments: NoArguments) -> tuple[str, bytes]:
    """Errors of all calls that are not allowed, by name. They are refused before the kernel looks at their arguments."""
    conditional = {"clone", "mmap", "mprotect", "tgkill", "prctl", "prlimit64"}
    errors = {}
    for name, number in _numbers.items():
        if name not in ALLOWED_CALLS and name not in conditional:
            ctypes.set_errno(0)
            result = _libc.syscall(ctypes.c_long(number), *[ctypes.c_long(0)] * 6)
            errors[name] = ctypes.get_errno() if result == -1 else 0
    return "application/json", json.dumps(errors).encode()


def call_python(_source: RangeSource, name: str, _arguments: NoArguments) -> tuple[str, bytes]:
    """Attacks in Python. The answer is the type of the error, or what was got."""
    attacks: dict[str, Callable[[], object]] = {
        "environment": lambda: sorted(os.environ),
        "environment of the process": lambda: open("/proc/self/environ", "rb").read(),
        "environment of the parent": lambda: open(f"/proc/{os.getppid()}/environ", "rb").read(),
        "run a program": lambda: subprocess.run(["/bin/true"], check=True),
        "fork": os.fork,
        "list a folder": lambda: os.listdir("/"),
        "import a module": lambda: __import__("mailbox"),
        "kill the parent": lambda: os.kill(os.getppid(), signal.SIGKILL),
        "kill every process": lambda: os.kill(-1, signal.SIGKILL),
        "more files": lambda: os.dup(1),
        "a pipe": os.pipe,
        "write to all files": lambda: [number for number in range(3, 200) if number != _pipe() and _can_write(number)],
        "threads": lambda: _count_with_threads(8),
    }
    try:
        result = attacks[name]()
    except Exception as error:
        return TEXT, type(error).__name__.encode()
    return TEXT, repr(result).encode()


def _pipe() -> int:
    return int(sys.argv[1])


def _can_write(number: int) -> bool:
    try:
        os.write(number, b"x")
    except OSError:
        return False
    return True


def _count_with_threads(count: int) -> int:
    counted: Queue[int] = Queue()
    threads = [threading.Thread(target=counted.put, args=(1,)) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return counted.qsize()


def write_frames(_source: RangeSource, _name: str, frames: Frames) -> tuple[str, bytes]:
    for _ in range(frames.times):
        os.write(_pipe(), frames.content)
        if frames.times > 1:
            os.read(_pipe(), 1 << 16)
    time.sleep(60)
    raise AssertionError


def misbehave(source: RangeSource, name: str, _arguments: NoArguments) -> tuple[str, bytes]:
    match name:
        case "takes memory":
            taken = []
            while True:
                taken.append(bytearray(os.urandom(1) * (8 << 20)))
        case "wants more memory than there is":
            return TEXT, bytes(1 << 45)
        case "loops":
            while True:
                pass
        case "loops in threads":
            for _ in range(4):
                threading.Thread(target=_loop, daemon=True).start()
            time.sleep(60)
        case "sleeps":
            time.sleep(3600)
        case "crashes":
            ctypes.string_at(0)
        case "aborts":
            os.abort()
        case "exits":
            os._exit(0)
        case "recurses":
            return misbehave(source, name, _arguments)
        case "overflows the stack":
            sys.setrecursionlimit(1 << 30)
            return _recurse_in_c(0)
        case "starts threads":
            while True:
                _start_thread()
        case "answers too much":
            return TEXT, bytes(65 << 20)
        case "answers a page":
            return "text/html", b"<script>"
        case "raises":
            raise ZeroDivisionError("a secret of the file")
        case "unreadable":
            raise UnreadableFile("Line 3 is damaged")
        case "no such reader":
            raise NoSuchReader("Pictures have no rows")
        case "other family":
            raise WrongFamily("other")
        case "unknown family":
            raise WrongFamily("unknown")
        case "prints":
            print("noise" * 10_000, flush=True)
            print("noise" * 10_000, file=sys.stderr, flush=True)
            os.write(1, b"noise")
            return TEXT, b"printed"
        case _:
            pass
    raise AssertionError(name)


def _start_thread() -> None:
    try:
        threading.Thread(target=time.sleep, args=(3600,), daemon=True).start()
    except RuntimeError:  # no room for its stack
        time.sleep(3600)


def _loop() -> None:
    while True:
        pass


def _recurse_in_c(depth: int) -> tuple[str, bytes]:
    return sorted([0], key=lambda _: _recurse_in_c(depth + 1))  # type: ignore[return-value]


class Ranges(msgspec.Struct):
    """Ranges that are read one after another: offset and length."""

    ranges: list[tuple[int, int]]
    threads: int = 1


def read_ranges(source: RangeSource, _name: str, ranges: Ranges) -> tuple[str, bytes]:
    """The process, the bytes that were fetched, and the content."""
    if ranges.threads > 1:
        with ThreadPoolExecutor(ranges.threads) as threads:
            content = b"".join(threads.map(lambda each: source.read(*each), ranges.ranges))
    else:
        content = b"".join(source.read(*each) for each in ranges.ranges)
    return TEXT, b"%d %d " % (os.getpid(), source.read_bytes) + content


def skim_ranges(source: RangeSource, _name: str, ranges: Ranges) -> tuple[str, bytes]:
    """The number of bytes that were read."""
    return TEXT, b"%d" % sum(len(source.read(*each)) for each in ranges.ranges)


_held: list[bytes] = []


def hold_memory(source: RangeSource, name: str, ranges: Ranges) -> tuple[str, bytes]:
    """Like `read_ranges`, and 90 MiB more remain in memory after each call."""
    _held.append(os.urandom(1) * (90 << 20))
    return read_ranges(source, name, ranges)


OPERATIONS = {
    "hold_memory": (Ranges, hold_memory),
    "skim_ranges": (Ranges, skim_ranges),
    "call_system": (SystemCall, call_system),
    "call_all": (NoArguments, call_all),
    "call_python": (NoArguments, call_python),
    "write_frames": (Frames, write_frames),
    "misbehave": (NoArguments, misbehave),
    "read_ranges": (Ranges, read_ranges),
}
