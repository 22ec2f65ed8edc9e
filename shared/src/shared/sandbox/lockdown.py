"""A process gives up what it does not need to read a file: files, network, programs, signals, other processes.

Two steps, since native libraries start threads when they are imported. `restrict_process` comes before the imports, so that all threads
inherit it; `lock_in` comes after them.
"""

import ctypes
import gc
import os
import resource
import signal
import sys

try:
    import pyseccomp
except (ImportError, RuntimeError):  # the latter where there is no libseccomp
    pyseccomp = None

_SET_DEATH_SIGNAL = 1
_SET_DUMPABLE = 4
_SET_NAME = 15
_SET_NO_NEW_PRIVILEGES = 38
_SET_MEMORY_NAME = 0x53564D41
_CLONE_THREAD = 0x10000

_ALLOWED = (
    # Memory.
    "brk", "madvise", "mmap", "mprotect", "mremap", "munmap", "membarrier",
    # The pipe. There is no other open file, and no way to open one.
    "read", "readv", "write", "writev", "poll", "ppoll", "select", "pselect6", "close",
    # Threads.
    "exit", "exit_group", "futex", "get_robust_list", "set_robust_list", "rseq", "sched_getaffinity", "sched_yield",
    "sched_getparam", "sched_getscheduler", "sched_get_priority_max", "sched_get_priority_min", "gettid", "set_tid_address",
    # Signals of the process to itself.
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "restart_syscall",
    # Time and numbers.
    "clock_getres", "clock_gettime", "clock_nanosleep", "nanosleep", "gettimeofday", "time", "getcpu", "getrandom",
    "getpid", "getppid", "getuid", "geteuid", "getgid", "getegid", "getrusage", "sysinfo", "uname",
)  # fmt: skip

_libc = ctypes.CDLL(None, use_errno=True)

MAX_ADDRESS_BYTES_FACTOR = 8


class LockdownFailed(Exception):
    """The process could not be locked in."""


def end_with_parent(parent: int) -> None:
    """Have this process killed when the thread that started it ends. (Elsewhere than on Linux, the end of the pipe ends it.)"""
    if sys.platform == "linux":
        _prctl(_SET_DEATH_SIGNAL, int(signal.SIGKILL))
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)


def restrict_process() -> list[str]:
    """The first step. Returns what holds the process from now on."""
    protections: list[str] = []
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    if sys.platform == "linux":
        _prctl(_SET_NO_NEW_PRIVILEGES, 1)
        _prctl(_SET_DUMPABLE, 0)
        _be_killed_first()
    return protections


def lock_in(pipe: int, max_memory_bytes: int) -> list[str]:
    """The second step, after all imports. Returns what holds the process from now on."""
    protections = []
    gc.collect()
    gc.freeze()
    _close_files(pipe)
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_NOFILE, (pipe + 1, pipe + 1))
        most = _address_bytes() + MAX_ADDRESS_BYTES_FACTOR * max_memory_bytes
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        if _filter_calls():
            protections.append("seccomp")
    return protections


def _prctl(option: int, value: int) -> None:
    if _libc.prctl(option, ctypes.c_ulong(value), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0)) != 0:
        raise LockdownFailed(f"prctl {option}: {os.strerror(ctypes.get_errno())}")


def _be_killed_first() -> None:
    """When memory ends, the kernel ends this process before the service."""
    try:
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:  # noqa: PTH123
            file.write("1000")
    except OSError:
        return


def _address_bytes() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123
        return int(file.read().split()[0]) * resource.getpagesize()


def _close_files(pipe: int) -> None:
    """Close all but the pipe; standard streams lead nowhere."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    os.closerange(3, pipe)
    os.closerange(pipe + 1, max(resource.getrlimit(resource.RLIMIT_NOFILE)[0], 4096))


def _filter_calls() -> bool:
    """Allow the listed calls and refuse all others, in all threads. False where there is no libseccomp."""
    if pyseccomp is None:
        return False
    refuse = pyseccomp.ERRNO(1)
    calls = pyseccomp.SyscallFilter(refuse)
    calls.set_attr(pyseccomp.Attr.CTL_TSYNC, 1)
    calls.set_attr(pyseccomp.Attr.ACT_BADARCH, pyseccomp.KILL_PROCESS)
    for name in _ALLOWED:
        if pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name) >= 0:
            calls.add_rule(pyseccomp.ALLOW, name)
    arg, equal, masked = pyseccomp.Arg, pyseccomp.EQ, pyseccomp.MASKED_EQ
    calls.add_rule(pyseccomp.ALLOW, "clone", arg(0, masked, _CLONE_THREAD, _CLONE_THREAD))
    calls.add_rule(pyseccomp.ERRNO(38), "clone3")
    calls.add_rule(pyseccomp.ALLOW, "tgkill", arg(0, equal, os.getpid()))
    calls.add_rule(pyseccomp.ALLOW, "prctl", arg(0, equal, _SET_NAME))
    calls.add_rule(pyseccomp.ALLOW, "prctl", arg(0, equal, _SET_MEMORY_NAME))
    calls.add_rule(pyseccomp.ALLOW, "prlimit64", arg(0, equal, 0), arg(2, equal, 0))
    calls.load()
    return True
