"""Dependencies of the routes.

All are coroutines, because FastAPI runs plain functions in threads. Those of frequent reads take the request itself: each further
dependency of a dependency costs 15 µs.
"""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Path, Request

from registry.db.access import Visibility
from registry.db.buckets import BucketReadStore, BucketStore
from registry.db.jobs import JobStore
from registry.resources import RegistryResources
from registry.services.archives.service import ArchiveService
from registry.services.buckets import BucketService
from registry.services.config.catalog_settings import CatalogSettingsService
from registry.services.packages.activities import ActivityService
from registry.services.packages.browsing import BrowsingService
from registry.services.packages.bucket_totals import BucketTotalsService
from registry.services.packages.diffs import DiffService
from registry.services.packages.files import FileService
from registry.services.packages.histories import HistoryService
from registry.services.packages.links.service import LinkPlaces, LinkService
from registry.services.packages.reader import PackageReader
from registry.services.packages.resolution import ResolutionService
from registry.services.packages.visible_packages import VisiblePackage, VisiblePackages
from registry.services.pushes.checks import PushCheckService
from registry.services.pushes.jobs.service import JobService
from registry.services.pushes.revisions import RevisionService
from registry.services.pushes.service import PushService
from registry.services.pushes.trials import WorkflowTrialService
from registry.services.queries.downloads import ResultService
from registry.services.queries.service import QueryService
from registry.services.search.elasticsearch import ElasticsearchService
from registry.services.search.service import SearchService
from shared.db.engine import AsyncSession, transaction
from shared.index.completeness import CompletenessStore
from shared.index.listings import ListingStore
from shared.index.problems import ProblemStore
from shared.index.search.results import SearchBackend
from shared.schemas.principal import Principal
from shared.web.auth import Viewer


async def resources(request: Request) -> RegistryResources:
    opened: RegistryResources = request.app.state.resources
    return opened


Res = Annotated[RegistryResources, Depends(resources)]


async def session(res: Res) -> AsyncIterator[AsyncSession]:
    async with transaction(res.sessions) as opened:
        yield opened


Session = Annotated[AsyncSession, Depends(session, scope="function")]


async def bucket_store(session: Session, res: Res) -> BucketStore:
    return BucketStore(session, res.packages.rules)


BucketsInTransaction = Annotated[BucketStore, Depends(bucket_store)]


async def bucket_read_store(request: Request) -> BucketReadStore:
    res = await resources(request)
    return BucketReadStore(res.reads, res.packages.rules)


Buckets = Annotated[BucketReadStore, Depends(bucket_read_store)]


async def visibility(viewer: Viewer, res: Res) -> Visibility:
    return res.packages.rules.of(viewer)


ViewerVisibility = Annotated[Visibility, Depends(visibility)]


async def bucket_service(res: Res) -> BucketService:
    return BucketService(
        res.sessions, res.bucket_setup, res.indexer, res.settings.catalog.service_bucket, trail=res.trail
    )


BucketWrites = Annotated[BucketService, Depends(bucket_service)]


async def catalog_settings(res: Res) -> CatalogSettingsService:
    return CatalogSettingsService(res.objects, res.settings.catalog.service_bucket, res.trail)


CatalogSettings = Annotated[CatalogSettingsService, Depends(catalog_settings)]


async def bucket_totals(res: Res) -> BucketTotalsService:
    return BucketTotalsService(res.reads, res.packages.rules, res.caches.bucket_totals)


BucketTotalsOfViewer = Annotated[BucketTotalsService, Depends(bucket_totals)]

BucketInPath = Annotated[str, Path(examples=["quilt-example"])]


async def readable(bucket: BucketInPath, viewer: Viewer, buckets: Buckets) -> str:
    """The bucket in the path. Raises BucketNotFound unless the viewer may read packages in it."""
    return (await buckets.get(viewer, bucket)).name


Readable = Annotated[str, Depends(readable)]


async def package_name(
    author: Annotated[str, Path(examples=["amy"])], name: Annotated[str, Path(examples=["wine"])]
) -> str:
    return f"{author}/{name}"


PackageName = Annotated[str, Depends(package_name)]


async def package_reader(request: Request) -> PackageReader:
    return (await resources(request)).packages


Reader = Annotated[PackageReader, Depends(package_reader)]


async def visible_packages(request: Request, viewer: Viewer) -> VisiblePackages:
    return (await resources(request)).packages.seen_by(viewer)


Packages = Annotated[VisiblePackages, Depends(visible_packages)]


async def package_in_path(bucket: BucketInPath, name: PackageName, packages: Packages) -> VisiblePackage:
    """The package in the path. Raises BucketNotFound or PackageNotFound unless the viewer may read it."""
    return await packages.open(bucket, name)


PackageInPath = Annotated[VisiblePackage, Depends(package_in_path)]


async def file_service(packages: Packages, res: Res) -> FileService:
    return FileService(packages, res.object_urls)


Files = Annotated[FileService, Depends(file_service)]


async def link_service(reader: Reader, res: Res) -> LinkService:
    public = res.settings.public
    places = LinkPlaces(public.s3proxy_url, public.s3_url, res.settings.aws.region)
    return LinkService(reader, res.directory, places, res.trail)


Links = Annotated[LinkService, Depends(link_service)]


async def browsing_service(res: Res) -> BrowsingService:
    return BrowsingService(res.sessions, res.packages, res.directory, res.settings.public.s3proxy_url, res.trail)


Browsing = Annotated[BrowsingService, Depends(browsing_service)]


async def archive_service(res: Res) -> ArchiveService:
    return res.archives


Archives = Annotated[ArchiveService, Depends(archive_service)]


async def history_service(request: Request) -> HistoryService:
    res = await resources(request)
    return HistoryService(res.packages, res.caches.comparisons, counting_seconds=res.settings.counting_seconds)


Histories = Annotated[HistoryService, Depends(history_service)]


async def activity_service(reader: Reader, res: Res) -> ActivityService:
    return ActivityService(reader, res.reads, res.directory)


Activities = Annotated[ActivityService, Depends(activity_service)]


async def problem_store(session: Session) -> ProblemStore:
    return ProblemStore(session)


Problems = Annotated[ProblemStore, Depends(problem_store)]


async def completeness_store(session: Session) -> CompletenessStore:
    return CompletenessStore(session)


Completenesses = Annotated[CompletenessStore, Depends(completeness_store)]


async def search_backend(session: Session, res: Res) -> SearchBackend:
    return res.search_backend(session)


Backend = Annotated[SearchBackend, Depends(search_backend)]


async def listing_store(res: Res) -> ListingStore:
    return ListingStore(res.reads)


Listings = Annotated[ListingStore, Depends(listing_store)]


async def search_service(buckets: BucketsInTransaction, index: Backend) -> SearchService:
    return SearchService(buckets, index)


def elasticsearch_for(viewer: Principal, session: AsyncSession, res: RegistryResources) -> ElasticsearchService:
    rules = res.packages.rules
    listings = ListingStore(session, rules.of(viewer).sees_package)
    return ElasticsearchService(BucketStore(session, rules), res.search_backend(session), listings)


async def elastic_service(viewer: Viewer, session: Session, res: Res) -> ElasticsearchService:
    return elasticsearch_for(viewer, session, res)


Searches = Annotated[SearchService, Depends(search_service)]
Elastic = Annotated[ElasticsearchService, Depends(elastic_service)]


async def push_checks(res: Res) -> PushCheckService:
    return PushCheckService(res.sessions, res.objects, res.caches.objects)


PushChecks = Annotated[PushCheckService, Depends(push_checks)]


async def workflow_trials(res: Res) -> WorkflowTrialService:
    return WorkflowTrialService(res.packages, res.objects, res.caches.objects)


WorkflowTrials = Annotated[WorkflowTrialService, Depends(workflow_trials)]


async def resolution_service(packages: Packages, res: Res) -> ResolutionService:
    return ResolutionService(packages, res.settings.public.catalog_url)


Resolutions = Annotated[ResolutionService, Depends(resolution_service)]


async def job_store(session: Session) -> JobStore:
    return JobStore(session)


Jobs = Annotated[JobStore, Depends(job_store)]


async def job_service(res: Res) -> JobService:
    return JobService(res.sessions, res.wake_workers)


JobWrites = Annotated[JobService, Depends(job_service)]


async def push_service(res: Res, jobs: JobWrites, reader: Reader) -> PushService:
    return PushService(res.sessions, res.objects, res.caches.objects, jobs, packages=reader, trail=res.trail)


Pushes = Annotated[PushService, Depends(push_service)]


async def revision_service(res: Res) -> RevisionService:
    return RevisionService(res.sessions, res.open_caller_s3, res.indexer, res.trail)


Revisions = Annotated[RevisionService, Depends(revision_service)]


async def query_service(res: Res, reader: Reader) -> QueryService:
    return QueryService(
        res.sessions,
        packages=reader,
        directory=res.directory,
        results=res.results,
        wake=res.wake_query_workers,
        trail=res.trail,
    )


Queries = Annotated[QueryService, Depends(query_service)]


async def result_service(res: Res) -> ResultService:
    return ResultService(res.sessions, res.results, res.result_sandbox)


Results = Annotated[ResultService, Depends(result_service)]


async def diff_service(reader: Reader, res: Res) -> DiffService:
    return DiffService(reader, res.caches.comparisons)


Diffs = Annotated[DiffService, Depends(diff_service)]
