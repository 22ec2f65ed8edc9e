"""Pointers, and the packages that they form."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ARRAY, Integer, Text, any_, bindparam, delete, insert, literal, select, text, tuple_, update

from indexer.db.vectors import PACKAGE_VECTOR, tokens
from indexer.text_extraction import MAX_TEXT_BYTES, storable
from shared.aws.objects import ListedObject
from shared.db.engine import AsyncSession
from shared.index.rows import manifest_of
from shared.index.tables import IndexedPackageRow, ManifestRow, PointerRow
from shared.quilt.keys import LATEST, LAYOUT_2, POINTERS, Layout2ManifestKey, PointerKey
from shared.quilt.labels import PackageLabel

_PUT = text(f"""
    INSERT INTO index.package (bucket, name, top_hash, modified, revisions, readme, title, description, labelled, search)
    VALUES (
        :bucket, CAST(:name AS text), :top_hash, :modified, :revisions, CAST(:readme AS text), :title, :description,
        :top_hash, {PACKAGE_VECTOR}
    )
    ON CONFLICT (bucket, name) DO UPDATE SET
        top_hash = excluded.top_hash, modified = excluded.modified, revisions = excluded.revisions,
        readme = excluded.readme, title = excluded.title, description = excluded.description, labelled = excluded.labelled,
        search = excluded.search
""")  # noqa: S608 – made of constants


_LAYOUT_2 = 2

_REMOVE_POINTERS = text("""
    DELETE FROM index.pointer AS pointer
    USING unnest(CAST(:names AS text[]), CAST(:tags AS text[]), CAST(:layouts AS integer[])) AS given (name, tag, layout)
    WHERE pointer.bucket = :bucket AND pointer.name = given.name AND pointer.tag = given.tag AND pointer.layout = given.layout
    RETURNING pointer.top_hash
""")
_NEWER = text(f"""
    SELECT given.key
    FROM unnest(CAST(:keys AS text[]), CAST(:names AS text[]), CAST(:tags AS text[]), CAST(:layouts AS integer[]))
        AS given (key, name, tag, layout)
    JOIN index.pointer ON pointer.bucket = :bucket AND pointer.name = given.name AND pointer.tag = given.tag
        AND pointer.layout = given.layout AND pointer.written_at >= :began
    UNION ALL
    SELECT given.key
    FROM unnest(CAST(:push_keys AS text[]), CAST(:push_names AS text[]), CAST(:push_hashes AS text[]))
        AS given (key, name, top_hash)
    JOIN index.pointer ON pointer.bucket = :bucket AND pointer.top_hash = given.top_hash AND pointer.name = given.name
        AND pointer.layout = {_LAYOUT_2} AND pointer.tag <> '{LATEST}' AND pointer.written_at >= :began
    UNION ALL
    SELECT key FROM index.removed_key
    WHERE bucket = :bucket AND key = ANY (CAST(:keys AS text[]) || CAST(:push_keys AS text[])) AND removed_at >= :began
""")  # noqa: S608 – made of constants
_LATEST = text(f"""
    SELECT DISTINCT ON (name) name, top_hash FROM index.pointer
    WHERE bucket = :bucket AND name = ANY (:names) AND tag = '{LATEST}' ORDER BY name, modified DESC
""")  # noqa: S608 – made of constants
_SHOWING = text("""
    SELECT DISTINCT package.name FROM index.pointer
    JOIN index.package USING (bucket, name)
    WHERE pointer.bucket = :bucket AND pointer.top_hash = ANY (:top_hashes) AND package.top_hash = pointer.top_hash
    ORDER BY package.name
""")
_SUMMARIES = text(f"""
    SELECT wanted.name, best.top_hash, best.modified, (
        SELECT count(*) FROM index.pointer WHERE bucket = :bucket AND name = wanted.name AND tag <> '{LATEST}'
    ) AS revisions
    FROM unnest(CAST(:names AS text[])) AS wanted (name)
    CROSS JOIN LATERAL (
        SELECT top_hash, modified FROM index.pointer WHERE bucket = :bucket AND name = wanted.name
        ORDER BY tag = '{LATEST}' DESC, length(tag) DESC, tag DESC, modified DESC LIMIT 1
    ) AS best
""")  # noqa: S608 – made of constants
_READMES = text("""
    SELECT package.name, package.readme
    FROM unnest(CAST(:names AS text[]), CAST(:top_hashes AS text[])) AS wanted (name, top_hash)
    JOIN index.package AS package ON package.bucket = :bucket AND package.name = wanted.name
        AND package.top_hash = wanted.top_hash
    WHERE package.readme <> ''
""")

_RANGE = text(f"""
    SELECT key, etag, modified
    FROM (
        SELECT etag, modified, CASE
            WHEN layout = 1 THEN '{POINTERS}' || name || '/' || tag
            WHEN tag = '{LATEST}' THEN '{LAYOUT_2}tags/' || replace(name, '/', '@') || '/' || tag
            ELSE '{LAYOUT_2}manifests/' || replace(name, '/', '@') || '/' || top_hash || '/manifest.jsonl'
        END COLLATE "C" AS key
        FROM index.pointer WHERE bucket = :bucket
    ) AS pointer
    WHERE key > :lower AND (CAST(:upper AS text) IS NULL OR key <= :upper) ORDER BY key
""")  # noqa: S608 – made of constants


@dataclass(frozen=True, slots=True)
class Pointer:
    """A pointer as S3 has it, or a push of the second layout."""

    key: PointerKey | Layout2ManifestKey
    top_hash: str
    etag: str
    modified: datetime
    author: str | None


@dataclass(frozen=True, slots=True)
class UnlabelledPackage:
    """A package whose title and description are not known to be of its latest revision."""

    bucket: str
    name: str
    top_hash: str
    readme: str
    header: str | None
    """Header of the manifest of its latest revision."""


WITHOUT_LABEL = (
    select(
        IndexedPackageRow.bucket,
        IndexedPackageRow.name,
        IndexedPackageRow.top_hash,
        IndexedPackageRow.readme,
        ManifestRow.header,
    )
    .outerjoin(ManifestRow, manifest_of(IndexedPackageRow))
    .where(IndexedPackageRow.labelled.is_distinct_from(IndexedPackageRow.top_hash))
    .where(
        tuple_(IndexedPackageRow.bucket, IndexedPackageRow.name)
        > tuple_(bindparam("bucket", type_=Text), bindparam("name", type_=Text))
    )
    .order_by(IndexedPackageRow.bucket, IndexedPackageRow.name)
    .limit(bindparam("limit", type_=Integer))
    .with_for_update(of=IndexedPackageRow, skip_locked=True)
)
_AFTER = text("""
    SELECT package.bucket, package.name, package.top_hash, manifest.root IS NOT NULL AND manifest.kinds IS NULL
    FROM (
        SELECT bucket, name, top_hash FROM index.package WHERE (bucket, name) > (:bucket, :name)
        ORDER BY bucket, name LIMIT :limit
    ) AS package
    LEFT JOIN index.manifest ON manifest.bucket = package.bucket AND manifest.top_hash = package.top_hash
    ORDER BY package.bucket, package.name
""")


@dataclass(frozen=True, slots=True)
class PackageRevision:
    """The latest revision of a package."""

    bucket: str
    name: str
    top_hash: str
    lacks_kinds: bool
    """Its bytes were not added up by kind."""


@dataclass(frozen=True, slots=True)
class PointerSummary:
    """A package's latest revision, and the number of its revisions, as its pointers give them."""

    top_hash: str
    modified: datetime
    revisions: int


@dataclass(frozen=True, slots=True)
class PackageSearchDocument:
    """The search document of a package."""

    name: str
    summary: PointerSummary
    message: str
    meta: str
    """User metadata as JSON text."""
    readme: str
    label: PackageLabel


class IndexedPackageStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def put_pointers(self, bucket: str, pointers: Sequence[Pointer]) -> None:
        """Add pointers. The caller has locked their packages and removed the former ones of their keys."""
        rows = [
            {**_row(bucket, each), "tag": each.key.tag, "layout": each.key.layout}
            for each in pointers
            if isinstance(each.key, PointerKey)
        ]
        if rows:
            await self._session.execute(insert(PointerRow), rows)
        for each in pointers:
            if isinstance(each.key, Layout2ManifestKey):
                tag = await self._free_tag(bucket, each)
                row = {**_row(bucket, each), "tag": tag, "layout": _LAYOUT_2}
                await self._session.execute(insert(PointerRow), [row])

    async def _free_tag(self, bucket: str, push: Pointer) -> str:
        """The time of a push in Unix seconds, or the next second that no other push has."""
        of_package = (PointerRow.bucket == bucket, PointerRow.name == push.key.name)
        taken = set(
            await self._session.scalars(select(PointerRow.tag).where(*of_package, PointerRow.layout == _LAYOUT_2))
        )
        second = int(push.modified.timestamp())
        while str(second) in taken:
            second += 1
        return str(second)

    async def remove_pointers(self, bucket: str, keys: Collection[PointerKey | Layout2ManifestKey]) -> set[str]:
        """Returns the top hashes that the removed pointers named."""
        pointers = [key for key in keys if isinstance(key, PointerKey)]
        removed = set()
        if pointers:
            values = {
                "bucket": bucket,
                "names": [key.name for key in pointers],
                "tags": [key.tag for key in pointers],
                "layouts": [key.layout for key in pointers],
            }
            removed = set(await self._session.scalars(_REMOVE_POINTERS, values))
        for key in keys:
            if isinstance(key, Layout2ManifestKey):
                gone = delete(PointerRow).where(
                    PointerRow.bucket == bucket,
                    PointerRow.name == key.name,
                    PointerRow.top_hash == key.top_hash,
                    PointerRow.layout == _LAYOUT_2,
                    PointerRow.tag != LATEST,
                )
                removed |= set(await self._session.scalars(gone.returning(PointerRow.top_hash)))
        return removed

    async def names_in_layout_2(self, bucket: str, top_hash: str) -> list[str]:
        """Names of the packages that have this revision in the second layout."""
        query = select(PointerRow.name).where(
            PointerRow.bucket == bucket, PointerRow.top_hash == top_hash, PointerRow.layout == _LAYOUT_2
        )
        return list(await self._session.scalars(query.distinct()))

    async def is_pointed_at(self, bucket: str, top_hash: str) -> bool:
        query = select(PointerRow.name).where(PointerRow.bucket == bucket, PointerRow.top_hash == top_hash).limit(1)
        return await self._session.scalar(query) is not None

    async def find_newer(
        self, bucket: str, keys: Collection[PointerKey | Layout2ManifestKey], began: datetime
    ) -> set[str]:
        """Keys among these whose pointers were written or removed since that time. The caller has locked their packages."""
        pointers = [key for key in keys if isinstance(key, PointerKey)]
        pushes = [key for key in keys if isinstance(key, Layout2ManifestKey)]
        values = {
            "bucket": bucket,
            "began": began,
            "keys": [key.key for key in pointers],
            "names": [key.name for key in pointers],
            "tags": [key.tag for key in pointers],
            "layouts": [key.layout for key in pointers],
            "push_keys": [key.key for key in pushes],
            "push_names": [key.name for key in pushes],
            "push_hashes": [key.top_hash for key in pushes],
        }
        return set(await self._session.scalars(_NEWER, values))

    async def names_showing(self, bucket: str, top_hashes: Collection[str]) -> list[str]:
        """Names of the packages whose search document shows one of these revisions."""
        values = {"bucket": bucket, "top_hashes": sorted(top_hashes)}
        return list(await self._session.scalars(_SHOWING, values))

    async def find_latest_pointers(self, bucket: str, names: Collection[str]) -> dict[str, str]:
        """Top hashes that the pointers `latest` of packages name, by package."""
        found = await self._session.execute(_LATEST, {"bucket": bucket, "names": sorted(names)})
        return {row.name: row.top_hash for row in found}

    async def find_summaries(self, bucket: str, names: Collection[str]) -> dict[str, PointerSummary]:
        """By package: the revision of `latest`, or of the newest push where there is no `latest`."""
        found = await self._session.execute(_SUMMARIES, {"bucket": bucket, "names": sorted(names)})
        return {row.name: PointerSummary(row.top_hash, row.modified, row.revisions) for row in found}

    async def find_readmes(self, bucket: str, top_hashes: Mapping[str, str]) -> dict[str, str]:
        """READMEs in the search documents of packages that show the given revisions."""
        values = {"bucket": bucket, "names": list(top_hashes), "top_hashes": list(top_hashes.values())}
        return {row.name: row.readme for row in await self._session.execute(_READMES, values)}

    async def put(self, bucket: str, documents: Sequence[PackageSearchDocument]) -> None:
        if documents:
            await self._session.execute(_PUT, [_values(bucket, each) for each in documents])

    async def find_without_label(self, bucket: str, name: str, limit: int) -> list[UnlabelledPackage]:
        """Packages after the given one that former versions indexed: without titles, or with those of the revision before.

        Others cannot change them.
        """
        values = {"bucket": bucket, "name": name, "limit": limit}
        return [UnlabelledPackage(*row) for row in await self._session.execute(WITHOUT_LABEL, values)]

    async def find_after(self, bucket: str, name: str, limit: int) -> list[PackageRevision]:
        """The latest revisions of packages after the given one, in order of bucket and name."""
        values = {"bucket": bucket, "name": name, "limit": limit}
        return [PackageRevision(*row) for row in await self._session.execute(_AFTER, values)]

    async def put_label(self, package: UnlabelledPackage, label: PackageLabel) -> None:
        wanted = update(IndexedPackageRow).where(
            IndexedPackageRow.bucket == package.bucket, IndexedPackageRow.name == package.name
        )
        title, description = storable(label.title or ""), storable(label.description or "")
        values = wanted.values(title=title, description=description, labelled=package.top_hash)
        await self._session.execute(values)

    async def remove(self, bucket: str, names: Collection[str]) -> None:
        if names:
            gone = IndexedPackageRow.name == any_(literal(sorted(names), ARRAY(Text)))
            await self._session.execute(delete(IndexedPackageRow).where(IndexedPackageRow.bucket == bucket, gone))

    async def range(self, bucket: str, lower: str, upper: str | None) -> list[ListedObject]:
        """Pointers with keys after `lower`, up to `upper`, in S3's order; pushes of the second layout as their manifests. Sizes are 0."""
        values = {"bucket": bucket, "lower": lower, "upper": upper}
        return [ListedObject(row.key, 0, row.etag, row.modified) for row in await self._session.execute(_RANGE, values)]


def _row(bucket: str, pointer: Pointer) -> dict[str, object]:
    """The columns that pointers of both layouts have alike."""
    return {
        "bucket": bucket,
        "name": pointer.key.name,
        "top_hash": pointer.top_hash,
        "etag": pointer.etag,
        "modified": pointer.modified,
        "author": pointer.author,
    }


def _values(bucket: str, document: PackageSearchDocument) -> dict[str, object]:
    summary, label = document.summary, document.label
    return {
        "bucket": bucket,
        "name": document.name,
        "top_hash": summary.top_hash,
        "modified": summary.modified,
        "revisions": summary.revisions,
        "message": storable(document.message[:MAX_TEXT_BYTES]),
        "meta": storable(document.meta[:MAX_TEXT_BYTES]),
        "readme": document.readme,
        "title": storable(label.title or ""),
        "description": storable(label.description or ""),
        "tokens": tokens(document.name),
    }
