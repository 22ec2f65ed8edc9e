"""What a Quilt+ URI means, for one caller."""

from urllib.parse import quote

from registry.db.access import AccessStore
from registry.services.packages.packages import PackageService
from shared.index.trees.nodes import TreeFile
from shared.quilt.keys import LATEST
from shared.quilt.uris import PackageUri, parse_uri
from shared.schemas.principal import Principal
from shared.schemas.resolution import ResolvedUri


class ResolutionService:
    def __init__(self, access: AccessStore, packages: PackageService, catalog_url: str) -> None:
        self._access = access
        self._packages = packages
        self._catalog_url = catalog_url

    async def resolve(self, viewer: Principal, text: str) -> ResolvedUri:
        """Raises UriRefused, BucketNotFound, PackageNotFound, RevisionNotFound, RevisionUnreadable or EntryNotFound."""
        uri = parse_uri(text)
        bucket = uri.bucket
        await self._access.require(viewer, bucket, uri.name)
        manifest = await self._packages.manifest(bucket, uri.name, uri.reference)
        path = (uri.path or "").strip("/")
        item = await self._packages.item(bucket, uri.name, manifest.top_hash, path) if path else None
        tag = None if uri.hash else uri.tag or LATEST
        return ResolvedUri(
            uri=str(PackageUri(bucket, uri.name, hash=manifest.top_hash, path=path or None, catalog=uri.catalog)),
            bucket=bucket,
            name=uri.name,
            top_hash=manifest.top_hash,
            tag=tag,
            path=path or None,
            kind="package" if item is None else "file" if isinstance(item, TreeFile) else "directory",
            catalog=uri.catalog,
            catalog_url=self._page(bucket, uri.name, tag or manifest.top_hash, path),
        )

    def _page(self, bucket: str, name: str, reference: str, path: str) -> str:
        package = f"{self._catalog_url.rstrip('/')}/b/{quote(bucket)}/packages/{quote(name)}"
        return f"{package}/tree/{quote(reference, safe='')}{'/' if path else ''}{quote(path)}"
