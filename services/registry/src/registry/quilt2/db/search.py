"""Search over the instances that have the tag `latest`."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_SNIPPET = 1024
_QUERY = text("""
    SELECT package.owner, package.name, 'public' = ANY(users.found) AS is_public, 'team' = ANY(users.found) AS is_team,
        left(object.preview, :snippet) AS readme,
        CASE WHEN :query = '' THEN 1.0 ELSE ts_rank_cd(instance.keywords, plainto_tsquery('english', :query), 32) END
            AS rank
    FROM registry.quilt2_package AS package
    JOIN registry.quilt2_tag AS tag ON tag.package_id = package.id AND tag.tag = 'latest'
    JOIN registry.quilt2_instance AS instance ON instance.id = tag.instance_id
    CROSS JOIN LATERAL (
        SELECT array_agg("user") AS found FROM registry.quilt2_access AS access
        WHERE access.package_id = package.id AND access."user" = ANY(CAST(:readers AS text[]))
    ) AS users
    LEFT JOIN registry.quilt2_object AS object
        ON object.owner = package.owner AND object.hash = decode(instance.readme_hash, 'hex')
    WHERE users.found IS NOT NULL AND (:query = '' OR instance.keywords @@ plainto_tsquery('english', :query))
    ORDER BY rank DESC, lower(package.owner), lower(package.name)
""")


@dataclass(frozen=True, slots=True)
class Quilt2Hit:
    owner: str
    name: str
    is_public: bool
    is_team: bool
    readme_preview: str | None
    rank: float


class PackageSearchStore:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def search(self, query: str, readers: Collection[str]) -> list[Quilt2Hit]:
        values = {"query": query, "readers": sorted(readers), "snippet": _SNIPPET}
        return [Quilt2Hit(*row) for row in await self._session.execute(_QUERY, values)]
