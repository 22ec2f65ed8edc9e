"""The meaning of a Quilt+ URI for one caller."""

from urllib.parse import quote

from registry.services.packages.visible_packages import VisiblePackages
from shared.index.trees.nodes import TreeFile
from shared.quilt.keys import LATEST
from shared.quilt.uris import PackageUri, parse_uri
from shared.schemas.resolution import ResolvedUri


class ResolutionService:
    def __init__(self, packages: VisiblePackages, catalog_url: str) -> None:
        self._packages = packages
        self._catalog_url = catalog_url

    async def resolve(self, text: str) -> ResolvedUri:
        """Raises UriRefused, BucketNotFound, PackageNotFound, RevisionNotFound, RevisionUnreadable or EntryNotFound."""
        uri = parse_uri(text)
        bucket = uri.bucket
        package = await self._packages.open(bucket, uri.name)
        manifest = await package.manifest(uri.reference)
        path = (uri.path or "").strip("/")
        item = await package.item(manifest.top_hash, path) if path else None
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
