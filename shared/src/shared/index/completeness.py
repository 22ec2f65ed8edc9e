"""Results of the last comparisons of a bucket with S3, as the indexer recorded them."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.index.comparison_tables import InventoryRow
from shared.index.problems import ProblemStore
from shared.schemas.completeness import ComparedSets, Completeness, CountAndDigest, InventoryState

MAX_UNREAD_OBJECTS = 100_000
MAX_PROBLEMS = 1000
_MODULUS = 1 << 64
_KINDS = ("objects", "pointers", "manifests")
_SIDES = ("listed", "indexed")

# Digests are signed numbers of 64 bits, which are added.
_SUMS = ", ".join(
    f"coalesce(sum({side}_{kind}), 0) AS {side}_{kind}, coalesce(sum({side}_{kind}_digest), 0) AS {side}_{kind}_digest"
    for side in _SIDES
    for kind in _KINDS
)
_FIND = text(f"""
    SELECT {_SUMS}, count(*) AS parts, count(*) FILTER (WHERE compared_at IS NULL) AS parts_not_compared,
        count(*) FILTER (WHERE suspected_at > compared_at) AS parts_suspected, coalesce(sum(unsettled), 0) AS differing,
        max(compared_at) AS compared_at,
        (SELECT scanned_at FROM index.bucket WHERE name = :bucket) AS compared_up_to,
        (SELECT count(*) FROM (
            SELECT FROM index.unread_object WHERE bucket = :bucket LIMIT {MAX_UNREAD_OBJECTS}
        ) AS counted) AS unread_objects
    FROM index.slice WHERE bucket = :bucket
""")  # noqa: S608 – made of constants


class CompletenessStore:
    """One session's view of the index. Callers decide who may see which bucket."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def find(self, bucket: str) -> Completeness:
        row = (await self._session.execute(_FIND, {"bucket": bucket})).mappings().one()
        reports = await self._session.get(InventoryRow, bucket)
        problems, _ = await ProblemStore(self._session).page(bucket, limit=MAX_PROBLEMS)

        def tally(side: str, kind: str) -> CountAndDigest:
            return CountAndDigest(
                count=row[f"{side}_{kind}"], digest=f"{int(row[f'{side}_{kind}_digest']) % _MODULUS:016x}"
            )

        compared = {kind: ComparedSets(in_s3=tally("listed", kind), in_index=tally("indexed", kind)) for kind in _KINDS}
        return Completeness(
            bucket=bucket,
            compared_up_to=row["compared_up_to"],
            compared_at=row["compared_at"],
            parts=row["parts"],
            parts_not_compared=row["parts_not_compared"],
            parts_suspected=row["parts_suspected"],
            differing=row["differing"],
            unread_objects=row["unread_objects"],
            inventory=reports
            and InventoryState(url=reports.url, reported_at=reports.reported_at, problem=reports.problem),
            problems=len(problems),
            **compared,
        )
