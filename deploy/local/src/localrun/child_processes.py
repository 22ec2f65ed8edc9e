"""Child processes: their set-up between fork and exec (end with the parent, drop root), and a plain start."""

import ctypes
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

_SET_DEATH_SIGNAL = 1
_KEEP_CAPABILITIES = 8
_AMBIENT_CAPABILITY = 47
_RAISE = 2
_CAPABILITY_VERSION_3 = 0x20080522
_DAC_OVERRIDE = 1
_SET_SECURE_BITS = 28
_NO_SETUID_FIXUP = 1 << 2

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None
# Looked up here, because the loader may be locked between fork and exec.
_prctl, _capset = (_libc.prctl, _libc.capset) if _libc else (None, None)


def before_exec(*, death_signal: signal.Signals = signal.SIGKILL, uid: int | None = None) -> Callable[[], None]:
    """A `preexec_fn`: the child becomes `uid` if given, and on Linux gets `death_signal` when its parent dies."""
    gid = pwd.getpwuid(uid).pw_gid if uid is not None else 0
    parent = os.getpid()

    def prepare() -> None:
        if uid is not None:
            _become(uid, gid)
        if _prctl and _capset:
            _prctl(_SET_DEATH_SIGNAL, int(death_signal), 0, 0, 0)
            if os.getppid() != parent:  # the parent died before the call
                os.kill(os.getpid(), signal.SIGKILL)

    return prepare


def end_with_parent(death_signal: signal.Signals = signal.SIGKILL) -> None:
    """Have this process get `death_signal` when its parent dies (on Linux)."""
    if _prctl:
        _prctl(_SET_DEATH_SIGNAL, int(death_signal), 0, 0, 0)


def start_child(
    argv: list[str], environment: dict[str, str], prepare: Callable[[], None], log: Path
) -> subprocess.Popen[bytes]:
    """Start a program in a new session, without a supervisor."""
    with log.open("ab") as output:
        return subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment,
            preexec_fn=prepare,  # noqa: PLW1509 – no threads are running
            start_new_session=True,
        )


def _become(uid: int, gid: int) -> None:
    """Drop root, but keep the right to enter directories that only root may enter, such as /root.

    The program and its data can then stay where they are. Where the right cannot be kept (the capability is missing, or the system
    is not Linux), the program runs as the user without it.
    """
    if _prctl and _capset:
        _prctl(_KEEP_CAPABILITIES, 1, 0, 0, 0)
        # Else access(2), with which initdb finds its programs, would ignore the right.
        _prctl(_SET_SECURE_BITS, _NO_SETUID_FIXUP, 0, 0, 0)
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
    if _prctl and _capset:
        bits = 1 << _DAC_OVERRIDE
        header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
        sets = (ctypes.c_uint32 * 6)(bits, bits, bits, 0, 0, 0)
        _capset(header, sets)
        _prctl(_AMBIENT_CAPABILITY, _RAISE, _DAC_OVERRIDE, 0, 0)
