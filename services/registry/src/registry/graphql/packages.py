"""Packages, their revisions, and the files in them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ariadne import MutationType, ObjectType, QueryType

from registry.errors import BucketNotFound, PackageNotFound, RevisionNotFound
from registry.graphql.context import MAX_ITEMS, Info
from registry.graphql.limits import MAX_PER_PAGE
from registry.graphql.unions import OperationError, error_name, marker
from registry.services.packages import presenters
from shared.errors import Forbidden, Invalid, NotFound, TooLarge
from shared.index.records import ManifestRecord, PackageRecord
from shared.index.store import AmbiguousHash
from shared.index.tables import ManifestState
from shared.index.trees.nodes import TreeDirectory, TreeFile, TreeItem
from shared.index.trees.reader import DirectorySummary
from shared.quilt.keys import LATEST
from shared.quilt.metadata import read_metadata
from shared.quilt.names import is_top_hash

MAX_FLAT_ENTRIES = 10_000

query = QueryType()
mutation = MutationType()
package_list = ObjectType("PackageList")
package = ObjectType("Package")
revision_list = ObjectType("PackageRevisionList")
package_revision = ObjectType("PackageRevision")
package_dir = ObjectType("PackageDir")


@dataclass(frozen=True, slots=True)
class PackageList:
    bucket: str
    matching: str


@dataclass(frozen=True, slots=True)
class GraphqlRevision:
    """A revision of a package. `pushed_at` is set for revisions that come from a list of pushes."""

    package: PackageRecord
    manifest: ManifestRecord
    pushed_at: datetime | None = None

    @property
    def is_ready(self) -> bool:
        return self.manifest.state is ManifestState.READY

    @property
    def hash(self) -> str:
        return self.manifest.top_hash

    @property
    def message(self) -> str | None:
        return self.manifest.message

    @property
    def metadata(self) -> dict[str, Any]:
        return presenters.header(self.manifest)

    @property
    def user_meta(self) -> dict[str, Any] | None:
        found = self.metadata.get("user_meta")
        return found if isinstance(found, dict) else None

    @property
    def workflow(self) -> dict[str, Any] | None:
        found = self.metadata.get("workflow")
        return found if isinstance(found, dict) and isinstance(found.get("config"), str) else None

    @property
    def total_entries(self) -> int | None:
        return self.manifest.total_entries if self.is_ready else None

    @property
    def total_bytes(self) -> int | None:
        return self.manifest.total_bytes if self.is_ready else None


@dataclass(frozen=True, slots=True)
class PackageFile:
    path: str
    file: TreeFile

    @property
    def size(self) -> int:
        return self.file.size

    @property
    def physical_key(self) -> str:
        return self.file.physical_key

    @property
    def metadata(self) -> dict[str, Any] | None:
        return _json_object(self.file.meta)


@dataclass(frozen=True, slots=True)
class PackageDir:
    path: str
    directory: TreeDirectory | DirectorySummary

    @property
    def size(self) -> int:
        return self.directory.size

    @property
    def metadata(self) -> dict[str, Any] | None:
        return _json_object(self.directory.meta)


@query.field("packages")
async def resolve_packages(
    _: object,
    info: Info,
    bucket: str,
    filter: str | None = None,  # noqa: A002 – the schema's
) -> PackageList | None:
    return PackageList(bucket, filter or "") if bucket in await info.context.seen_buckets() else None


@package_list.field("total")
async def count_packages(found: PackageList, info: Info) -> int:
    return await info.context.listings(found.bucket).count_packages(found.bucket, found.matching)


@package_list.field("page")
async def page_packages(found: PackageList, info: Info, number: int, per_page: int, order: str) -> list[PackageRecord]:
    offset = _offset(number, per_page)
    return await info.context.listings(found.bucket).packages(
        found.bucket, found.matching, newest_first=order == "MODIFIED", offset=offset, limit=per_page
    )


@query.field("package")
async def resolve_package(_: object, info: Info, bucket: str, name: str) -> PackageRecord | None:
    if info.context.viewer is None:
        return None
    try:
        found = await info.context.packages().open(bucket, name)
        return await found.record()
    except NotFound:
        return None


@package.field("revisions")
def resolve_revisions(found: PackageRecord, _info: Info) -> PackageRecord:
    return found


@revision_list.field("total")
def count_revisions(found: PackageRecord, _info: Info) -> int:
    return found.revisions


@revision_list.field("page")
async def page_revisions(found: PackageRecord, info: Info, number: int, per_page: int) -> list[GraphqlRevision]:
    pushes = info.context.revisions(_offset(number, per_page), per_page)
    listed = await pushes.load((found.bucket, found.name)) or []
    return [GraphqlRevision(found, each.manifest, each.pushed_at) for each in listed]


@package.field("revision")
async def resolve_revision(
    found: PackageRecord, info: Info, hash_or_tag: str | None = LATEST
) -> GraphqlRevision | None:
    if hash_or_tag in {None, "", LATEST}:
        return GraphqlRevision(found, found.latest) if found.latest.top_hash else None
    try:
        opened = await info.context.packages().open(found.bucket, found.name)
        manifest = await opened.manifest(str(hash_or_tag))
    except (NotFound, AmbiguousHash):
        return None
    return GraphqlRevision(found, manifest)


@package_revision.field("modified")
async def resolve_modified(found: GraphqlRevision, info: Info) -> datetime:
    """Time of the last push. It must be the same in every query, since catalogs compare revisions by it."""
    if found.pushed_at:
        return found.pushed_at
    pushed = await info.context.push_times.load((found.package.bucket, found.package.name, found.hash))
    return pushed or found.manifest.modified or found.package.modified


@package_revision.field("dir")
async def resolve_dir(found: GraphqlRevision, info: Info, path: str) -> PackageDir | None:
    if found.manifest.root is None:
        return None
    where = path.strip("/")
    directory = await info.context.trees.directory(found.manifest.root, where)
    return PackageDir(where, directory) if directory else None


@package_revision.field("file")
async def resolve_file(found: GraphqlRevision, info: Info, path: str) -> PackageFile | None:
    if found.manifest.root is None or path.endswith("/"):
        return None
    file = await info.context.trees.entry(found.manifest.root, path)
    return PackageFile(path.strip("/"), file) if isinstance(file, TreeFile) else None


@package_dir.field("children")
async def resolve_children(found: PackageDir, info: Info) -> list[PackageFile | PackageDir]:
    items, more = await info.context.trees.page(found.directory.storage, "", None, MAX_ITEMS)
    if more:
        raise TooLarge(
            f"{found.path or 'The root'} has more than {MAX_ITEMS} entries: list it in pages with the JSON API"
        )
    info.context.spend(len(items))
    return [_child(found.path, item) for item in items]


@package_revision.field("contentsFlatMap")
async def resolve_contents(found: GraphqlRevision, info: Info, max: int | None = None) -> dict[str, Any] | None:  # noqa: A002 – the schema's
    max_entries = min(MAX_FLAT_ENTRIES if max is None else max, MAX_FLAT_ENTRIES)
    if found.manifest.root is None or found.manifest.total_entries > max_entries:
        return None
    info.context.spend(found.manifest.total_entries)
    files = await info.context.trees.files(found.manifest.root)
    return {path: _flat_file(file) for path, file in files.items()}


@mutation.field("packageRevisionDelete")
async def delete_revision(
    _: object,
    info: Info,
    bucket: str,
    name: str,
    hash: str,  # noqa: A002 – the schema's
) -> dict[str, str] | OperationError:
    # A deletion takes a whole hash only; an empty one is not found.
    top_hash = hash if is_top_hash(hash) else ""
    try:
        await info.context.services.revisions.delete(info.context.signed_in(), bucket, name, top_hash)
    except (BucketNotFound, PackageNotFound, RevisionNotFound, Forbidden) as error:
        return OperationError(error_name(error), str(error))
    return marker("PackageRevisionDeleteSuccess")


def _offset(number: int, per_page: int) -> int:
    if number < 1 or not 1 <= per_page <= MAX_PER_PAGE:
        raise Invalid(f"Pages are numbered from 1 and have 1 to {MAX_PER_PAGE} items")
    return (number - 1) * per_page


def _child(parent: str, item: TreeItem) -> PackageFile | PackageDir:
    path = f"{parent}/{item.name}" if parent else item.name
    return PackageFile(path, item) if isinstance(item, TreeFile) else PackageDir(path, item)


def _flat_file(file: TreeFile) -> dict[str, Any]:
    return {
        "physicalKey": file.physical_key,
        "hash": {"type": file.hash_type, "value": file.hash_value} if file.hash_type else None,
        "size": file.size,
        "meta": _json_object(file.meta),
    }


def _json_object(raw: bytes | None) -> dict[str, Any] | None:
    return read_metadata(raw) if raw else None


BINDABLES = [query, mutation, package_list, package, revision_list, package_revision, package_dir]
