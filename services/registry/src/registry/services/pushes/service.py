"""Accepting pushes: a push that is visibly wrong is refused at once, any other becomes a job."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from registry.db.buckets import BucketStore
from registry.db.jobs import NewJob
from registry.errors import NotASuccessor, PushRefused, RevisionStale, RevisionUnreadable
from registry.services.packages.reader import PackageReader
from registry.services.pushes.entry_files import RequestedEntry, meta_of, require_sound
from registry.services.pushes.jobs.requests import (
    BaseRevision,
    ConstructionJob,
    PackagePlace,
    PatchJob,
    PromotionJob,
    request_json,
)
from registry.services.pushes.jobs.service import JobService
from registry.services.pushes.patching import ChangeRefused, path_of
from registry.services.pushes.publishing import read_latest, require_latest
from registry.services.workflows.checks import WorkflowService
from shared import permissions
from shared.audit import AuditQueue
from shared.aws.object_cache import ObjectCache
from shared.aws.objects import ObjectStore
from shared.db.engine import Sessions, transaction
from shared.errors import AppError
from shared.index.records import ManifestRecord
from shared.index.store import IndexStore
from shared.quilt.names import is_package_name
from shared.schemas.audit import Outcome
from shared.schemas.job import Job, JobKind
from shared.schemas.principal import Principal
from shared.schemas.push import Add, Annotate, Construction, Expected, Move, Operation, Patch, Promotion, Remove
from shared.schemas.workflow import Successor

Fault = tuple[str, str]
"""Path of a field in the request, and what is wrong with it."""
_MAX_FAULTS = 100
_REFUSED = frozenset({400, 409, 413, 422, 429})
"""Statuses of answers that say what is wrong with a push."""


class PushService:
    """Methods return the job. They raise BucketNotFound, NotAWriter, PushRefused, RevisionStale, KeyReused and TooManyJobs.

    `key` is the idempotency key.
    """

    def __init__(
        self,
        sessions: Sessions,
        objects: ObjectStore,
        object_cache: ObjectCache,
        jobs: JobService,
        *,
        packages: PackageReader,
        trail: AuditQueue | None = None,
    ) -> None:
        self._sessions = sessions
        self._objects = objects
        self._object_cache = object_cache
        self._jobs = jobs
        self._packages = packages
        self._trail = trail

    async def construct(
        self, viewer: Principal, place: PackagePlace, push: Construction, key: str | None = None
    ) -> Job:
        """Push a revision of the entries in the request."""
        await self._require_writable(viewer, place.bucket)
        with self._noting_refusals("construct", place):
            return await self._construct(viewer, place, push, key)

    async def _construct(self, viewer: Principal, place: PackagePlace, push: Construction, key: str | None) -> Job:
        request = await asyncio.to_thread(_construction_request, place.name, push)
        new = NewJob("construct", place.bucket, place.name, request, key, len(push.entries))
        if repeated := await self._jobs.find_repeated(viewer, new):
            return repeated
        if push.expected:
            async with transaction(self._sessions) as session:
                package = await IndexStore(session).package(place.bucket, place.name)
            await self._require_expected(place, push.expected, package.latest if package else None)
        return await self._submit_job(viewer, new)

    async def patch(
        self, viewer: Principal, place: PackagePlace, reference: str, push: Patch, key: str | None = None
    ) -> Job:
        """Push a revision with changes. Raises RevisionNotFound or RevisionUnreadable, too."""
        await self._require_writable(viewer, place.bucket)
        with self._noting_refusals("patch", place):
            return await self._patch(viewer, place, reference, push, key)

    async def _patch(self, viewer: Principal, place: PackagePlace, reference: str, push: Patch, key: str | None) -> Job:
        revision = BaseRevision(bucket=place.bucket, name=place.name, top_hash=reference)
        asked = await asyncio.to_thread(_patch_request, revision, push)
        added = sum(isinstance(each, Add) for each in push.operations)
        new = NewJob("patch", place.bucket, place.name, asked, key, added, asked)
        if repeated := await self._jobs.find_repeated(viewer, new):
            return repeated
        base = await self._find_base(viewer, place, reference)
        if push.expected:
            await self._require_expected(place, push.expected, base)
        if base.top_hash != reference:
            resolved = revision.model_copy(update={"top_hash": base.top_hash})
            new = replace(new, request=await asyncio.to_thread(request_json, PatchJob(base=resolved, push=push)))
        return await self._submit_job(viewer, new)

    async def promote(
        self, viewer: Principal, place: PackagePlace, reference: str, push: Promotion, key: str | None = None
    ) -> Job:
        """Push a revision to another bucket or name. Raises RevisionNotFound, RevisionUnreadable or NotASuccessor, too."""
        to = PackagePlace(push.to.bucket, push.to.package)
        await self._require_visible(viewer, place)
        await self._require_writable(viewer, to.bucket)
        with self._noting_refusals("promote", to):
            return await self._promote(viewer, place, reference, push, key)

    async def _promote(
        self, viewer: Principal, place: PackagePlace, reference: str, push: Promotion, key: str | None
    ) -> Job:
        to = PackagePlace(push.to.bucket, push.to.package)
        named = BaseRevision(bucket=place.bucket, name=place.name, top_hash=reference)
        asked = request_json(PromotionJob(base=named, push=push))
        new = NewJob("promote", to.bucket, to.name, asked, key, asked=asked)
        if repeated := await self._jobs.find_repeated(viewer, new):
            return repeated
        base = await self._find_base(viewer, place, reference)
        _require_sound_push(to.name, push, _prefix_faults(push))
        if to.bucket != place.bucket:
            config = await WorkflowService(self._objects, self._object_cache).config(place.bucket)
            if config and not config.successor(to.bucket):
                raise _no_successor(place.bucket, to.bucket)
        if push.expected:
            await self._require_expected(to, push.expected, base)
        resolved = named.model_copy(update={"top_hash": base.top_hash})
        copied = base.total_entries if push.copy_objects else 0
        request = request_json(PromotionJob(base=resolved, push=push))
        return await self._submit_job(viewer, replace(new, request=request, objects=copied))

    async def successor(self, viewer: Principal, bucket: str, to: str) -> Successor:
        """The entry of another bucket in a bucket's workflow configuration. Raises NotASuccessor if it has none."""
        await self._require_readable(viewer, bucket)
        config = await WorkflowService(self._objects, self._object_cache).config(bucket)
        found = config.successor(to) if config else None
        if found is None:
            raise _no_successor(bucket, to)
        return found

    @contextmanager
    def _noting_refusals(self, kind: JobKind, place: PackagePlace) -> Iterator[None]:
        """Write a push that is refused before it becomes a job to the audit trail. A caller without rights is noted elsewhere."""
        try:
            yield
        except AppError as error:
            if self._trail and error.status in _REFUSED:
                target = f"package:{place.bucket}/{place.name}"
                self._trail.put("Jobs.Submit", target, outcome=Outcome.REFUSED, reason=error.slug, kind=kind)
            raise

    async def _submit_job(self, viewer: Principal, new: NewJob) -> Job:
        job = await self._jobs.submit(viewer, new)
        if self._trail:
            self._trail.put("Jobs.Submit", f"package:{new.bucket}/{new.name}", job=str(job.id), kind=new.kind)
        return job

    async def _require_readable(self, viewer: Principal, bucket: str) -> None:
        async with transaction(self._sessions) as session:
            await BucketStore(session).get(viewer, bucket)

    async def _require_writable(self, viewer: Principal, bucket: str) -> None:
        await self._require_readable(viewer, bucket)
        permissions.require_writer(viewer, bucket)

    async def _require_visible(self, viewer: Principal, place: PackagePlace) -> None:
        await self._packages.seen_by(viewer).open(place.bucket, place.name)

    async def _find_base(self, viewer: Principal, place: PackagePlace, reference: str) -> ManifestRecord:
        package = await self._packages.seen_by(viewer).open(place.bucket, place.name)
        found = await package.manifest(reference)
        if found.root is None:
            raise RevisionUnreadable(
                f"Revision {found.top_hash or reference} of {place.name} cannot be used: its manifest is {found.state}: "
                f"{found.problem}"
            )
        return found

    async def _require_expected(self, place: PackagePlace, expected: Expected, base: ManifestRecord | None) -> None:
        latest, _ = await read_latest(self._objects, place.bucket, place.name)
        require_latest(place.name, expected, latest)
        entries = base.total_entries if base else 0
        if expected.entries is not None and expected.entries != entries:
            raise RevisionStale(
                f"The base revision has {entries} entries, not {expected.entries}: load all of it first"
            )


def _construction_request(name: str, push: Construction) -> bytes:
    """The job's request. Raises PushRefused."""
    requested = [RequestedEntry(at, f"entries.{at}", entry) for at, entry in enumerate(push.entries)]
    _require_sound_push(name, push, _clashes(requested))
    require_sound(requested)
    return request_json(ConstructionJob(push=push))


def _patch_request(base: BaseRevision, push: Patch) -> bytes:
    """The job's request. Raises PushRefused."""
    _require_sound_push(base.name, push, _operation_faults(push.operations))
    added = ((at, each) for at, each in enumerate(push.operations) if isinstance(each, Add))
    require_sound([RequestedEntry(at, f"operations.{at}", entry) for at, entry in added])
    return request_json(PatchJob(base=base, push=push))


def _no_successor(bucket: str, to: str) -> NotASuccessor:
    return NotASuccessor(f"The workflow configuration of {bucket} names no successor {to}")


def _require_sound_push(name: str, push: Construction | Patch | Promotion, faults: Sequence[Fault]) -> None:
    """Raises PushRefused with the given faults and those of name, message and metadata."""
    found: list[Fault] = []
    if not is_package_name(name):
        found.append(
            ("name", f"{name!r} is not a package name: that is AUTHOR/NAME, with letters, digits, `-` and `_`")
        )
    try:
        meta_of({"user_meta": push.metadata})
        meta_of({"": push.message})
    except ChangeRefused as error:
        found.append(("metadata", str(error)))
    found += faults
    if found:
        raise PushRefused(*found[:_MAX_FAULTS])


def _clashes(requested: Sequence[RequestedEntry]) -> list[Fault]:
    """Entries with the same logical key, and files whose path is also a directory."""
    first: dict[str, int] = {}
    found: list[Fault] = []
    for each in requested:
        key = each.entry.logical_key
        if key in first:
            found.append((f"{each.field}.logical_key", f"{key!r} is also the key of entries.{first[key]}"))
        first.setdefault(key, each.position)
    for each in requested:
        above = each.entry.logical_key
        while above := above.rpartition("/")[0]:
            if above in first:
                reason = f"{above!r} is both a file and a directory, see entries.{first[above]}"
                found.append((f"{each.field}.logical_key", reason))
    return found


def _operation_faults(operations: Sequence[Operation]) -> list[Fault]:
    found: list[Fault] = []
    for at, operation in enumerate(operations):
        match operation:
            case Remove(path=path):
                paths = {"path": path}
            case Move(path=path, to=to):
                paths = {"path": path, "to": to}
            case Annotate(path=path, metadata=metadata):
                paths = {"path": path} if path else {}
                try:
                    meta_of({"user_meta": metadata})
                except ChangeRefused as error:
                    found.append((f"operations.{at}.metadata", str(error)))
            case Add():
                paths = {}
        for field, path in paths.items():
            try:
                path_of(path)
            except ChangeRefused as error:
                found.append((f"operations.{at}.{field}", str(error)))
    return found


def _prefix_faults(push: Promotion) -> list[Fault]:
    try:
        if push.prefix.strip("/"):
            path_of(push.prefix.strip("/"))
    except ChangeRefused as error:
        return [("prefix", str(error))]
    return []
