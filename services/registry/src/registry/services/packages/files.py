"""The objects of files in packages. In packages of Quilt 2, whose readers need no role, they have signed addresses."""

from datetime import UTC, datetime, timedelta

from registry.errors import EntryNotFound, FileElsewhere
from registry.services.packages.visible_packages import VisiblePackage, VisiblePackages
from shared.index.trees.nodes import TreeFile
from shared.object_urls import ObjectUrls
from shared.quilt.keys import quilt2_object
from shared.quilt.names import is_top_hash
from shared.quilt.physical_keys import parse_physical_key
from shared.schemas.package import FileAddress
from shared.schemas.ticket import EntryLocation

ADDRESS_TTL_SECONDS = 3600
"""Lifetime of an address, which cannot be revoked. It is for looking at a file."""


class FileService:
    def __init__(self, packages: VisiblePackages, urls: ObjectUrls) -> None:
        self._packages = packages
        self._urls = urls

    async def address(self, bucket: str, name: str, reference: str, path: str) -> FileAddress:
        """Raises BucketNotFound, PackageNotFound, RevisionNotFound, RevisionUnreadable, EntryNotFound or FileElsewhere."""
        package = await self._packages.open(bucket, name)
        item = await _find_file(package, name, reference, path)
        where = parse_physical_key(item.physical_key)
        below = quilt2_object(name.partition("/")[0], "")
        # Only objects of the package's owner: a manifest could name anybody's.
        is_blob = where is not None and where.key.startswith(below) and is_top_hash(where.key.removeprefix(below))
        if where is None or not is_blob or not package.is_shared or where.bucket != bucket:
            raise FileElsewhere(f"Read {item.physical_key} from S3 with your own credentials")
        key, file_name = where.key.removeprefix(below), item.name.rpartition("/")[2]
        show = self._urls.signer("GET", bucket, below, seconds=ADDRESS_TTL_SECONDS)
        save = self._urls.signer("GET", bucket, below, seconds=ADDRESS_TTL_SECONDS, save_as=file_name)
        ends = datetime.now(UTC) + timedelta(seconds=ADDRESS_TTL_SECONDS)
        return FileAddress(url=show(key), download_url=save(key), expires_at=ends)


async def locate(packages: VisiblePackages, bucket: str, name: str, reference: str, path: str) -> EntryLocation:
    """Raises BucketNotFound, PackageNotFound, RevisionNotFound, RevisionUnreadable or EntryNotFound."""
    package = await packages.open(bucket, name)
    manifest = await package.manifest(reference)
    item = await _find_file(package, name, manifest.top_hash, path)
    where = parse_physical_key(item.physical_key)
    if where is None:
        raise EntryNotFound(f"{path} is not in S3: it stayed on the computer where the package was built")
    return EntryLocation(
        bucket=where.bucket, key=where.key, version_id=where.version_id, size=item.size, top_hash=manifest.top_hash
    )


async def _find_file(package: VisiblePackage, name: str, reference: str, path: str) -> TreeFile:
    item = await package.item(reference, path.strip("/"))
    if not isinstance(item, TreeFile):
        raise EntryNotFound(f"There is no file at {path} in {name} at {reference}")
    return item
