"""Needs of the pool: memory for its workers, and a kernel that locks them in."""

import sys
from pathlib import Path

import psutil
import structlog

from shared.settings import SandboxSettings

MAX_IDLE_WORKER_BYTES = 256 << 20
"""Memory of an idle worker. One that holds more after a file is ended."""
_CGROUP_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


log = structlog.get_logger()


class SandboxNotSupported(RuntimeError):
    """This system cannot lock workers in."""


class SandboxTooLarge(ValueError):
    """The workers would need more memory than there is."""


def require_support(*, required: bool) -> None:
    """Raise SandboxNotSupported where workers cannot be locked in, or, if that is not required, say so in the log."""
    problem = _missing_support()
    if problem and required:
        raise SandboxNotSupported(
            f"{problem} Files that anybody may have written are read only where the readers can be locked in. For development,"
            " SANDBOX__REQUIRED=false reads them with limits of time and memory only"
        )
    if problem:
        log.warning("sandbox_has_limits_only", problem=problem)


def _missing_support() -> str:
    if sys.platform != "linux":
        return f"{sys.platform} has no seccomp."
    try:
        import pyseccomp  # noqa: F401, PLC0415 – it looks for the library
    except (ImportError, RuntimeError):
        return "libseccomp is not installed (Debian: libseccomp2)."
    return ""


def require_memory(settings: SandboxSettings, available_bytes: int) -> None:
    """Raise SandboxTooLarge if the workers may need more than is available."""
    needed = settings.workers * settings.memory_bytes + settings.idle_memory_bytes
    if needed > available_bytes:
        raise SandboxTooLarge(
            f"Processes that read files may need {needed >> 20} MiB: {settings.workers} at work with {settings.memory_bytes >> 20} MiB each,"
            f" and idle ones with {settings.idle_memory_bytes >> 20} MiB together. There are {available_bytes >> 20} MiB."
            " Lower SANDBOX__WORKERS, SANDBOX__MEMORY_BYTES or SANDBOX__IDLE_MEMORY_BYTES, or give the container more memory"
        )


def available_memory_bytes() -> int:
    """Memory of the machine, or the limit of the container if that is lower."""
    limits = [psutil.virtual_memory().total]
    for path in _CGROUP_LIMITS:
        try:
            text = path.read_text(encoding="ascii").strip()
        except OSError:
            continue
        if text.isdigit():
            limits.append(int(text))
    return min(limits)
