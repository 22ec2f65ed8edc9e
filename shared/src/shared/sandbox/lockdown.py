"""A process gives up what it does not need to read a file: files, network, programs, signals, other processes.

Two steps, since native libraries start threads when they are imported. `restrict_process` comes before the imports, so that all
threads inherit it; `lock_in` comes after them. macOS has limits only.
"""

import ctypes
import gc
import os
import resource
import signal
import sys
from typing import Any

try:
    import pyseccomp
except (ImportError, RuntimeError):  # the latter where there is no libseccomp
    pyseccomp = None

SECCOMP, LANDLOCK = "seccomp", "landlock"
"""Names of the protections."""

MAX_ADDRESS_FACTOR = 8
"""Address space that a process may reserve while it reads, in units of the memory that it may use."""

ALLOWED_CALLS = (
    # Memory.
    "brk", "madvise", "membarrier", "mremap", "munmap",
    # The pipe. No other file is open, and none can be opened.
    "close", "poll", "ppoll", "pselect6", "read", "readv", "select", "write", "writev",
    # Threads.
    "exit", "exit_group", "futex", "get_robust_list", "gettid", "rseq", "sched_get_priority_max", "sched_get_priority_min",
    "sched_getaffinity", "sched_getparam", "sched_getscheduler", "sched_yield", "set_robust_list", "set_tid_address",
    # Signals that the process raises in itself.
    "restart_syscall", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack",
    # Time and numbers.
    "clock_getres", "clock_gettime", "clock_nanosleep", "getcpu", "getcwd", "getegid", "geteuid", "getgid", "getpid", "getppid", "getrandom",
    "getrusage", "gettimeofday", "getuid", "nanosleep", "sysinfo", "time", "uname",
)  # fmt: skip
"""System calls that are allowed with any arguments, as far as the architecture has them. `make_call_filter` adds some with conditions.
All others are refused."""

_SET_DEATH_SIGNAL, _SET_DUMPABLE, _SET_NAME, _SET_NO_NEW_PRIVILEGES, _SET_MEMORY_NAME = 1, 4, 15, 38, 0x53564D41
_CLONE_THREAD = 0x10000
_PROT_EXEC = 4
_EPERM, _ENOSYS = 1, 38

_CREATE_RULESET, _RESTRICT_SELF = 444, 446
_VERSION = 1
_EXECUTE_AND_READ = 0b1101
_FILE_RIGHTS_BY_VERSION = (13, 14, 15, 15, 16)
"""Number of rights to files that Landlock knows, by its version. The first is version 1."""
_TCP_RIGHTS = 0b11
_SIGNALS_AND_ABSTRACT_SOCKETS = 0b11

_MAX_DESCRIPTORS = 1 << 20

_libc = ctypes.CDLL(None, use_errno=True)


class LockdownFailed(Exception):
    """The process could not be locked in."""


def end_with_parent(parent: int) -> None:
    """Have this process killed when the thread that started it ends. On macOS, the end of the pipe ends it."""
    if sys.platform == "linux":
        _prctl(_SET_DEATH_SIGNAL, int(signal.SIGKILL))
        if os.getppid() != parent:  # it has ended before
            os.kill(os.getpid(), signal.SIGKILL)


def restrict_process() -> None:
    """The first step: no new rights, no access by other processes, no writing of files, no connections."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        _prctl(_SET_NO_NEW_PRIVILEGES, 1)
        _be_killed_first()
        _prctl(_SET_DUMPABLE, 0)
        _restrict_files(reading=True)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def lock_in(pipe: int, null: int, memory_bytes: int) -> list[str]:
    """The second step. Returns the protections that the process has. `null` is open for `/dev/null`."""
    gc.collect()
    gc.freeze()
    protections = []
    if sys.platform == "linux":
        address_bytes = _address_bytes() + MAX_ADDRESS_FACTOR * memory_bytes
        resource.setrlimit(resource.RLIMIT_AS, (address_bytes, address_bytes))
        if _restrict_files(reading=False):
            protections.append(LANDLOCK)
    _close_files(pipe, null)
    if sys.platform == "linux" and pyseccomp:
        make_call_filter().load()
        protections.append(SECCOMP)
    return protections


def _prctl(option: int, value: int) -> None:
    if _libc.prctl(option, *map(ctypes.c_ulong, (value, 0, 0, 0))) != 0:
        raise LockdownFailed(f"prctl {option}: {os.strerror(ctypes.get_errno())}")


def _be_killed_first() -> None:
    """Have the kernel end this process, not the service, when memory ends."""
    try:
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:  # noqa: PTH123 – no path of a file
            file.write("1000")
    except OSError:
        return


def _address_bytes() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 – no path of a file
        return int(file.read().split()[0]) * resource.getpagesize()


def _close_files(pipe: int, null: int) -> None:
    """Close all but the pipe, and lead the standard streams nowhere."""
    for number in (0, 1, 2):
        os.dup2(null, number)
    end = min(os.sysconf("SC_OPEN_MAX"), _MAX_DESCRIPTORS)
    os.closerange(3, pipe)
    os.closerange(pipe + 1, end)
    resource.setrlimit(resource.RLIMIT_NOFILE, (pipe + 1, pipe + 1))


def _restrict_files(*, reading: bool) -> bool:
    """Give up all rights to files with Landlock; with `reading`, all but those to read and to run. Also TCP and signals to others.

    It holds for this thread and those that it starts. False where the kernel has no Landlock.
    """
    version = _libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION))
    if version < 1:
        return False
    rights = (1 << _FILE_RIGHTS_BY_VERSION[min(version, len(_FILE_RIGHTS_BY_VERSION)) - 1]) - 1
    attributes = (ctypes.c_uint64 * 3)(
        rights & ~_EXECUTE_AND_READ if reading else rights,
        _TCP_RIGHTS if version >= 4 else 0,
        _SIGNALS_AND_ABSTRACT_SOCKETS if version >= 6 else 0,
    )
    size = ctypes.c_size_t(8 * (1 + (version >= 4) + (version >= 6)))
    ruleset = _libc.syscall(_CREATE_RULESET, attributes, size, ctypes.c_uint32(0))
    if ruleset < 0:
        raise LockdownFailed(f"Landlock: {os.strerror(ctypes.get_errno())}")
    try:
        if _libc.syscall(_RESTRICT_SELF, ruleset, ctypes.c_uint32(0)) != 0:
            raise LockdownFailed(f"Landlock: {os.strerror(ctypes.get_errno())}")
    finally:
        os.close(ruleset)
    return True


def make_call_filter(architecture: int | None = None) -> Any:
    """A filter of libseccomp that refuses all system calls of all threads but those that are listed. For this machine's architecture by default."""
    calls = pyseccomp.SyscallFilter(pyseccomp.ERRNO(_EPERM))
    native = pyseccomp.Arch.NATIVE
    if architecture is not None:
        calls.remove_arch(native)
        calls.add_arch(architecture)
    calls.set_attr(pyseccomp.Attr.CTL_TSYNC, 1)
    calls.set_attr(pyseccomp.Attr.ACT_BADARCH, pyseccomp.KILL_PROCESS)
    for name in ALLOWED_CALLS:
        if pyseccomp.resolve_syscall(native if architecture is None else architecture, name) >= 0:
            calls.add_rule(pyseccomp.ALLOW, name)
    equals, has = pyseccomp.EQ, pyseccomp.MASKED_EQ
    for name, *conditions in (
        ("clone", (0, has, _CLONE_THREAD, _CLONE_THREAD)),
        ("mmap", (2, has, _PROT_EXEC, 0)),
        ("mprotect", (2, has, _PROT_EXEC, 0)),
        ("tgkill", (0, equals, os.getpid())),  # abort()
        ("prctl", (0, equals, _SET_NAME)),
        ("prctl", (0, equals, _SET_MEMORY_NAME)),
        ("prlimit64", (0, equals, 0), (2, equals, 0)),  # getrlimit()
    ):
        calls.add_rule(pyseccomp.ALLOW, name, *(pyseccomp.Arg(*condition) for condition in conditions))
    calls.add_rule(pyseccomp.ERRNO(_ENOSYS), "clone3")  # whose arguments cannot be seen; the C library takes clone then
    return calls
