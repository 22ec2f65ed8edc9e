"""Attacks of a reader that a file has taken over. Each runs inside a worker, after it was locked in."""

# ruff: noqa: S108 – no file is made

import errno
import json
import os
import re
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from support.sandbox.hostile_family import NoArguments, SystemCall
from support.sandbox.pools import workers
from support.sandbox.sources import MemorySource

from shared.sandbox.lockdown import ALLOWED_CALLS, make_call_filter
from shared.sandbox.pool import SandboxPool
from shared.testing.servers import until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Other systems have no seccomp")

CALLS: list[tuple[str, list[int | str]]] = [
    ("open", ["/etc/passwd", os.O_RDONLY]),
    ("openat", [-100, "/etc/passwd", os.O_RDONLY]),
    ("openat2", [-100, "/etc/passwd"]),
    ("creat", ["/tmp/made", 0o600]),
    ("stat", ["/etc/passwd"]),
    ("newfstatat", [-100, "/etc/passwd"]),
    ("statx", [-100, "/etc/passwd"]),
    ("access", ["/etc/passwd", os.R_OK]),
    ("readlink", ["/proc/self/exe"]),
    ("getdents64", [0]),
    ("rename", ["/tmp/a", "/tmp/b"]),
    ("renameat", [-100, "/tmp/a", -100, "/tmp/b"]),
    ("renameat2", [-100, "/tmp/a", -100, "/tmp/b", 0]),
    ("unlink", ["/tmp/a"]),
    ("unlinkat", [-100, "/tmp/a", 0]),
    ("rmdir", ["/tmp/a"]),
    ("link", ["/etc/passwd", "/tmp/b"]),
    ("linkat", [-100, "/etc/passwd", -100, "/tmp/b", 0]),
    ("symlink", ["/etc/passwd", "/tmp/b"]),
    ("symlinkat", ["/etc/passwd", -100, "/tmp/b"]),
    ("mkdir", ["/tmp/a", 0o700]),
    ("mkdirat", [-100, "/tmp/a", 0o700]),
    ("mknod", ["/tmp/a", 0o10600]),
    ("chmod", ["/tmp", 0o777]),
    ("fchmodat", [-100, "/tmp", 0o777]),
    ("chown", ["/tmp", 0, 0]),
    ("truncate", ["/tmp/a", 0]),
    ("chdir", ["/tmp"]),
    ("chroot", ["/tmp"]),
    ("mount", ["none", "/mnt", "tmpfs"]),
    ("umount2", ["/proc", 0]),
    ("pivot_root", ["/", "/"]),
    ("memfd_create", ["code", 0]),
    ("socket", [2, 1, 0]),
    ("socket", [16, 3, 0]),
    ("socketpair", [1, 1, 0]),
    ("connect", [3, 0, 0]),
    ("bind", [3, 0, 0]),
    ("accept4", [3, 0, 0, 0]),
    ("sendto", [3, "x", 1, 0, 0, 0]),
    ("sendmsg", [3, 0, 0]),
    ("recvmsg", [3, 0, 0]),
    ("shutdown", [3, 2]),
    ("execve", ["/bin/true", 0, 0]),
    ("execveat", [-100, "/bin/true", 0, 0, 0]),
    ("fork", []),
    ("vfork", []),
    ("clone", [17]),
    ("clone", [0x10000000 | 17]),
    ("unshare", [0x10000000]),
    ("setns", [3, 0]),
    ("kill", ["parent", 9]),
    ("tkill", ["parent", 9]),
    ("tgkill", ["parent", "parent", 9]),
    ("rt_sigqueueinfo", ["parent", 9, 0]),
    ("rt_tgsigqueueinfo", ["parent", "parent", 9, 0]),
    ("pidfd_open", ["parent", 0]),
    ("pidfd_send_signal", [3, 9, 0, 0]),
    ("pidfd_getfd", [3, 0, 0]),
    ("ptrace", [16, "parent", 0, 0]),
    ("process_vm_readv", ["parent", 0, 0, 0, 0, 0]),
    ("process_vm_writev", ["parent", 0, 0, 0, 0, 0]),
    ("process_madvise", [3, 0, 0, 4, 0]),
    ("kcmp", ["parent", "parent", 0, 0, 0]),
    ("prlimit64", ["parent", 0, 0, 0]),
    ("prlimit64", [0, 9, 1, 0]),
    ("setrlimit", [9, 0]),
    ("sched_setaffinity", ["parent", 8, 0]),
    ("setpriority", [0, "parent", 19]),
    ("io_uring_setup", [1, 0]),
    ("io_uring_enter", [3, 0, 0, 0, 0]),
    ("io_setup", [1, 0]),
    ("bpf", [0, 0, 0]),
    ("perf_event_open", [0, 0, -1, -1, 0]),
    ("userfaultfd", [0]),
    ("keyctl", [0, 0, 0]),
    ("add_key", ["user", "x", "y", 1, 0]),
    ("shmget", [0, 4096, 0o1666]),
    ("msgget", [0, 0o1666]),
    ("semget", [0, 1, 0o1666]),
    ("mq_open", ["/x", 0o102]),
    ("inotify_init1", [0]),
    ("fanotify_init", [0, 0]),
    ("eventfd2", [0, 0]),
    ("signalfd4", [-1, 0, 8, 0]),
    ("timerfd_create", [0, 0]),
    ("epoll_create1", [0]),
    ("pipe2", [0, 0]),
    ("dup", [1]),
    ("dup3", [1, 9, 0]),
    ("fcntl", [3, 0]),
    ("ioctl", [0, 0x5412, 0]),
    ("sendfile", [3, 0, 0, 1]),
    ("splice", [0, 0, 3, 0, 1, 0]),
    ("vmsplice", [3, 0, 0, 0]),
    ("setuid", [0]),
    ("setgid", [0]),
    ("capset", [0, 0]),
    ("prctl", [1, 0, 0, 0, 0]),
    ("prctl", [4, 1, 0, 0, 0]),
    ("prctl", [22, 2, 0, 0, 0]),
    ("seccomp", [1, 0, 0]),
    ("landlock_create_ruleset", [0, 0, 1]),
    ("mmap", [0, 4096, 7, 0x22, -1, 0]),
    ("mprotect", [0, 4096, 5]),
    ("pkey_mprotect", [0, 4096, 5, -1]),
    ("modify_ldt", [0, 0, 0]),
    ("personality", [0]),
    ("reboot", [0, 0, 0]),
    ("init_module", [0, 0, ""]),
    ("swapon", ["/x", 0]),
    ("sethostname", ["x", 1]),
    ("settimeofday", [0, 0]),
    ("syslog", [3, 0, 0]),
]
"""System calls and their arguments. `parent` stands for the number of the service's process."""


async def call_system(pool: SandboxPool, name: str, arguments: list[int | str], thread: str = "main") -> int:
    given = [os.getpid() if each == "parent" else each for each in arguments]
    answer = await pool.run("call_system", "hostile", "file", SystemCall(name, given, thread), MemorySource())
    return int(answer.body)


async def call_python(pool: SandboxPool, name: str) -> str:
    answer = await pool.run("call_python", "hostile", name, NoArguments(), MemorySource())
    return answer.body.decode()


@pytest.mark.parametrize(("name", "arguments"), CALLS, ids=[f"{name}-{index}" for index, (name, _) in enumerate(CALLS)])
async def test_a_reader_cannot_make_a_system_call_that_it_does_not_need(
    pool: SandboxPool, name: str, arguments: list[int | str]
) -> None:
    assert await call_system(pool, name, arguments) == errno.EPERM


async def test_a_reader_can_make_no_system_call_that_is_not_listed(pool: SandboxPool) -> None:
    answer = await pool.run("call_all", "hostile", "file", NoArguments(), MemorySource())
    errors = json.loads(answer.body)
    assert len(errors) > 250
    assert errors.pop("clone3") == errno.ENOSYS  # the C library then takes clone, whose arguments can be checked
    assert {name: error for name, error in errors.items() if error != errno.EPERM} == {}


@pytest.mark.parametrize("thread", ["earlier", "later"])
@pytest.mark.parametrize(
    ("name", "arguments"), [("openat", [-100, "/etc/passwd", 0]), ("socket", [2, 1, 0]), ("kill", ["parent", 9])]
)
async def test_other_threads_of_a_reader_are_locked_in_as_well(
    pool: SandboxPool, thread: str, name: str, arguments: list[int | str]
) -> None:
    assert await call_system(pool, name, arguments, thread) == errno.EPERM


async def test_a_reader_may_start_threads(pool: SandboxPool) -> None:
    assert await call_python(pool, "threads") == "8"


async def test_a_reader_may_ask_for_memory(pool: SandboxPool) -> None:
    assert await call_system(pool, "mmap", [0, 4096, 3, 0x22, -1, 0]) == 0


@pytest.mark.parametrize(
    ("attack", "found"),
    [
        ("environment of the process", "PermissionError"),
        ("environment of the parent", "PermissionError"),
        ("run a program", "PermissionError"),
        ("fork", "PermissionError"),
        ("list a folder", "PermissionError"),
        ("import a module", "ModuleNotFoundError"),
        ("kill the parent", "PermissionError"),
        ("kill every process", "PermissionError"),
        ("more files", "PermissionError"),
        ("a pipe", "PermissionError"),
        ("write to all files", "[]"),
    ],
)
async def test_a_reader_gets_nothing_of_the_system(pool: SandboxPool, attack: str, found: str) -> None:
    assert await call_python(pool, attack) == found


async def test_a_reader_gets_no_environment(pool: SandboxPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("S3PROXY_INTERNAL__TOKEN", "secret")
    names = await call_python(pool, "environment")
    assert "TOKEN" not in names
    assert "PATH" not in names


async def test_a_reader_has_only_the_pipe_and_streams_that_lead_nowhere(pool: SandboxPool) -> None:
    await call_python(pool, "threads")
    for worker in workers():
        if os.geteuid() != 0:  # nobody but root may look
            with pytest.raises(PermissionError):
                open_files(worker.pid)
            continue
        await until(partial(has_only_its_pipe, worker.pid))  # not at once for one that is just starting


def has_only_its_pipe(pid: int) -> bool:
    opened = open_files(pid)
    others = [target.partition(":")[0] for number, target in opened.items() if number > 2]
    return {opened.get(number) for number in (0, 1, 2)} == {"/dev/null"} and others == ["socket"]


@pytest.mark.parametrize(
    ("architecture", "missing"),
    [(0xC000003E, set()), (0xC00000B7, {"poll", "select", "time"})],
    ids=["x86-64", "arm64"],
)
def test_the_filter_has_the_same_calls_on_every_architecture(
    tmp_path: Path, architecture: int, missing: set[str]
) -> None:
    with (tmp_path / "filter").open("w+b") as file:
        make_call_filter(architecture).export_pfc(file)
        file.seek(0)
        named = set(re.findall(r'filter for syscall "(\w+)"', file.read().decode()))
    conditional = {"clone", "clone3", "mmap", "mprotect", "prctl", "prlimit64", "tgkill"}
    assert named == (set(ALLOWED_CALLS) | conditional) - missing


def open_files(pid: int) -> dict[int, str]:
    found = dict[int, str]()
    for each in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # it was closed since
            found[int(each.name)] = str(each.readlink())
    return found
