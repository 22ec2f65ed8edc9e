"""Files of packages by their keys: the registry is asked for a page of files, and every two seconds which revision a name means."""

from s3proxy.errors import NoSuchKey, S3Error, UnreadableRevision
from s3proxy.services.packages.addresses import PackagedKey
from s3proxy.services.packages.callers import GatewayCaller, SeenRevision, as_s3_error
from s3proxy.services.packages.pages import PageCache, file_in
from shared.clients.package_gateway import GatewayFile, GatewayPage, PackageGatewaySource
from shared.concurrency import SingleFlight
from shared.errors import AppError, Conflict, NotFound
from shared.schemas.package_gateway import PageQuestion


class GatewayLocations:
    def __init__(self, source: PackageGatewaySource, cache: PageCache) -> None:
        self._source = source
        self._cache = cache
        self._flights: SingleFlight[object, tuple[SeenRevision, GatewayPage]] = SingleFlight()

    async def find(self, caller: GatewayCaller, bucket: str, key: PackagedKey) -> tuple[SeenRevision, GatewayFile]:
        """The revision and the file. Raises S3Error: NoSuchKey also for what the caller may not see."""
        revision = caller.memory.revisions.get((bucket, key.package, key.revision))
        page = self._cache.find((revision.tree, key.directory), key.name) if revision else None
        if revision is None or page is None:
            question = (id(caller.memory), bucket, key)
            revision, page = await self._flights.run(question, lambda: self._ask(caller, bucket, key))
        file = file_in(page, key.name)
        if file is None:
            raise NoSuchKey
        return revision, file

    async def _ask(self, caller: GatewayCaller, bucket: str, key: PackagedKey) -> tuple[SeenRevision, GatewayPage]:
        place = (bucket, key.package, key.revision)
        memory = caller.memory
        tree = memory.trees.get(place)
        known = self._cache.find((tree, key.directory), key.name) if tree else None
        question = PageQuestion(
            signed=caller.presented.signed,
            bucket=bucket,
            package=key.package,
            revision=key.revision,
            path=key.path,
            known=tree if known else None,
        )
        try:
            page = await self._source.gateway_page(question)
        except AppError as error:
            raise _refusal(error) from error
        revision = SeenRevision(page.top_hash, page.tree, page.pushed_at)
        memory.revisions[place] = revision
        memory.trees[place] = page.tree
        if known is not None and page.tree == tree:
            return revision, known
        self._cache.add((page.tree, key.directory), page)
        return revision, page


def _refusal(error: AppError) -> S3Error:
    match error:
        case NotFound():
            return NoSuchKey()
        case Conflict():
            return UnreadableRevision(str(error))
        case _:
            return as_s3_error(error)
