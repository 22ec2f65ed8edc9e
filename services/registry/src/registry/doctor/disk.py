"""Check of this machine's disks: room where manifests of pushes are made, and where the search index is."""

import asyncio
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from registry.doctor.findings import Finding, failed, ok, warning
from registry.settings import RegistrySettings

PROBE_BYTES = 1 << 20
MIN_FREE_BYTES = 256 << 20


async def check_disk(settings: RegistrySettings) -> Sequence[Finding]:
    directories = [Path(tempfile.gettempdir())]
    if settings.search.backend == "engine" and settings.search.directory.exists():
        directories.append(settings.search.directory)
    return [await asyncio.to_thread(_examine, each) for each in dict.fromkeys(directories)]


def _examine(directory: Path) -> Finding:
    """Write a file there for a moment: quotas and limits show in no number."""
    try:
        with tempfile.TemporaryFile(dir=directory) as file:
            file.write(b"\0" * PROBE_BYTES)
            file.flush()
    except OSError as error:
        advice = "Its disk is full, or a quota is used up: give it more room, or remove what is not needed"
        return failed("disk", f"{directory} cannot be written: {error.strerror}", advice)
    free = shutil.disk_usage(directory).free
    seen = f"{directory} has {free / 1e9:.1f} GB left"
    if free < MIN_FREE_BYTES:
        return warning("disk", seen, "It will soon be full: give it more room")
    return ok("disk", seen)
