"""Versions, states and counts of an installation, for somebody who helps its administrator. No secrets, and no data of users."""

import io
import json
import platform
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version

from registry.db.buckets import BucketStore
from registry.db.jobs import JobStore
from registry.follower.opening import directory_of
from registry.follower.status import now, read_status
from registry.settings import RegistrySettings
from shared.db.engine import Sessions, transaction


async def diagnostics(sessions: Sessions, settings: RegistrySettings, checks: dict[str, str]) -> bytes:
    """A ZIP archive with one JSON document. `checks`: what this service needs, and `ok` or the error."""
    async with transaction(sessions) as session:
        buckets, jobs = await BucketStore(session).names(), await JobStore(session).count_by_state()
    report = {
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "version": version("patchwork-registry"),
        "python": platform.python_version(),
        "profile": settings.profile,
        "catalog_mode": settings.catalog.mode,
        "region": settings.aws.region,
        "checks": checks,
        "buckets": len(buckets),
        "search": _search_index(settings),
        "jobs": {str(state): count for state, count in jobs.items()},
    }
    return zip_of({"diagnostics.json": json.dumps(report, indent=2)})


def zip_of(documents: Mapping[str, str]) -> bytes:
    """A ZIP archive of texts by name."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, document in documents.items():
            opened.writestr(name, document)
    return archive.getvalue()


def _search_index(settings: RegistrySettings) -> dict[str, object]:
    """State of the search index of this replica."""
    status = read_status(directory_of(settings.search).status_file)
    if settings.search.backend != "engine" or status is None:
        return {"backend": settings.search.backend}
    return {
        "backend": settings.search.backend,
        "runs": status.runs(now()),
        "lag_seconds": status.lag_seconds(now()),
        **status.model_dump(mode="json", exclude={"pid"}),
    }
