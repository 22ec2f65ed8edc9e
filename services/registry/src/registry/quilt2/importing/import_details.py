"""The import of a package's tags, versions, log, invitations, comments and readers."""

from collections.abc import Awaitable, Callable, Mapping
from collections.abc import Set as AbstractSet

from packaging.version import InvalidVersion, Version

from registry.quilt2.db.imports import LEFT, ImportedItem, ImportStore
from registry.quilt2.db.instances import Instance
from registry.quilt2.db.packages import Quilt2Package, Quilt2PackageStore
from registry.quilt2.db.source_database import SourceDetails, SourcePackage
from registry.quilt2.db.tags_versions import TagVersionStore
from registry.quilt2.services.package_changes import MAX_TAG
from registry.settings import PUBLIC, TEAM
from shared.db.engine import AsyncSession


class DetailsImport:
    def __init__(
        self,
        source: SourcePackage,
        details: SourceDetails,
        imported: AbstractSet[str],
        has_account: Callable[[str], Awaitable[bool]],
    ) -> None:
        """`imported`: hashes of the instances that are imported."""
        self._source = source
        self._details = details
        self._imported = imported
        self._has_account = has_account

    async def left_out(self) -> list[ImportedItem]:
        name, details, items = self._source.full_name, self._details, []
        for kind, pairs in (("tag", details.tags), ("version", details.versions)):
            for text, package_hash in pairs:
                if package_hash not in self._imported:
                    reason = f"Its instance {package_hash[:8]} was left out"
                    items.append(ImportedItem(kind, f"{name} {text}", LEFT, reason))
        items += [
            ImportedItem("tag", f"{name} {tag}", LEFT, f"A tag has at most {MAX_TAG} characters")
            for tag, _ in details.tags
            if len(tag) > MAX_TAG
        ]
        items += [
            ImportedItem("version", f"{name} {typed}", LEFT, "Not a version as PEP 440 has them")
            for typed, _ in details.versions
            if _normal_version(typed) is None
        ]
        if missing := sum(each not in self._imported for each, _, _ in details.logs):
            items.append(ImportedItem("log", f"{name} of instances that were left out", LEFT, f"{missing} entries"))
        readers = set(await self._readers())
        reason = "They have no account here"
        return items + [
            ImportedItem("access", f"{name} {each}", LEFT, reason) for each in details.users if each not in readers
        ]

    async def add_rows(self, session: AsyncSession, package: Quilt2Package, instances: Mapping[str, Instance]) -> None:
        details, store, imports = self._details, TagVersionStore(session), ImportStore(session, "")
        for tag, each in details.tags:
            if each in instances and len(tag) <= MAX_TAG:
                await store.tag(package, tag, instances[each].id)
        for typed, each in details.versions:
            normal = _normal_version(typed)
            if normal and each in instances:
                await store.add_version(package, normal, typed, instances[each].id)
        for each, created, author in details.logs:
            if each in instances:
                await imports.add_log(package.id, instances[each].id, created, author)
        for email, invited_at in details.invitations:
            await imports.add_invitation(package.id, email.lower(), invited_at)
        for author, created, contents in details.comments:
            await imports.add_comment(package.id, author, created, contents)
        await Quilt2PackageStore(session).grant(package, *await self._readers())

    async def _readers(self) -> list[str]:
        """Its owner, and readers with an account here."""
        users = [each for each in self._details.users if each in {PUBLIC, TEAM} or await self._has_account(each)]
        return list(dict.fromkeys([self._source.owner, *users]))


def _normal_version(typed: str) -> str | None:
    try:
        return str(Version(typed))
    except InvalidVersion:
        return None
