"""Pushes of Quilt 2: their checks in the client's order, and the addresses for uploads."""

import asyncio
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice

from registry.quilt2.db.push_reads import PushReadStore
from registry.quilt2.errors import SharingOff
from registry.quilt2.package_locks import PackageLocks
from registry.quilt2.services import trees
from registry.quilt2.services.callers import Quilt2Caller
from registry.quilt2.services.package_push import PackagePush
from registry.quilt2.services.pushed_trees import NODE_TYPES, PushedTree, require_name
from registry.settings import Quilt2Settings
from shared.aws.objects import ObjectStore
from shared.db.engine import Sessions
from shared.db.statements import Statements
from shared.errors import Invalid
from shared.object_urls import ObjectUrls, Signer
from shared.quilt.keys import quilt2_object, quilt2_proof

_BATCH_OBJECTS = 500


@dataclass(frozen=True, slots=True)
class CheckedDryRun:
    """A push that would be accepted when its objects are uploaded."""

    caller: Quilt2Caller
    owner: str
    pushed: PushedTree
    unlinked: Collection[str]
    """Objects that the caller, who is not the owner, must upload to keys of their own."""


class Quilt2PushService:
    def __init__(
        self,
        sessions: Sessions,
        statements: Statements,
        objects: ObjectStore,
        *,
        urls: ObjectUrls,
        settings: Quilt2Settings,
        locks: PackageLocks,
    ) -> None:
        self._sessions = sessions
        self._statements = statements
        self._objects = objects
        self._urls = urls
        self._settings = settings
        self._locks = locks

    async def push(
        self, caller: Quilt2Caller, owner: str, name: str, package_hash: str, pushed: PushedTree
    ) -> str | CheckedDryRun:
        """Store a whole instance; returns its hash."""
        require_name(name)
        pushed.require_type(frozenset({"ROOT"}))
        self._require_allowed(pushed)
        await pushed.require_hash(package_hash)
        await pushed.require_sizes()
        return await self._run(self._push_of(caller, owner, name, pushed))

    async def update(
        self, caller: Quilt2Caller, owner: str, name: str, path: list[str], pushed: PushedTree
    ) -> str | CheckedDryRun:
        """Put a part into the latest instance; returns the hash of the instance that this makes."""
        require_name(name)
        pushed.require_type(NODE_TYPES - {"ROOT"})
        if not path or not all(path):
            raise Invalid("The path of the subpackage is malformed")
        self._require_allowed(pushed)
        await pushed.require_sizes()
        return await self._run(self._push_of(caller, owner, name, pushed, path))

    def upload_urls(self, run: CheckedDryRun) -> Iterator[bytes]:
        """JSON in parts: for each object, the address that tells whether it is there, and the one to put it to."""
        signers = self._signers(run, quilt2_object(run.owner, ""))
        proving = self._signers(run, quilt2_proof(run.owner, str(run.caller.name), ""))
        start = '{"upload_urls":{'
        hashes = iter(trees.objects(run.pushed.contents))
        while batch := list(islice(hashes, _BATCH_OBJECTS)):
            listed = ",".join(
                [
                    f'"{each}":{{"head":"{head(each)}","put":"{put(each)}"}}'
                    for each in batch
                    for head, put in [proving if each in run.unlinked else signers]
                ]
            )
            yield f"{start}{listed}".encode()
            start = ","
        yield f"{start if start != ',' else ''}}}}}".encode()

    def _signers(self, run: CheckedDryRun, prefix: str) -> tuple[Signer, Signer]:
        """Signers for HEAD and PUT. What others than the owner put must have the hash in its name."""
        bucket, seconds = self._settings.bucket, self._settings.url_seconds
        is_plain = run.caller.name != run.owner
        return (
            self._urls.signer("HEAD", bucket, prefix, seconds=seconds),
            self._urls.signer("PUT", bucket, prefix, seconds=seconds, is_plain=is_plain),
        )

    def _push_of(
        self, caller: Quilt2Caller, owner: str, name: str, pushed: PushedTree, path: list[str] | None = None
    ) -> PackagePush:
        reads = PushReadStore(self._statements)
        return PackagePush(self._sessions, reads, self._objects, self._settings, caller, owner, name, pushed, path)

    async def _run(self, push: PackagePush) -> str | CheckedDryRun:
        if push.pushed.dry_run:
            is_own = push.caller.name == push.owner
            hashes = () if is_own else await asyncio.to_thread(trees.objects, push.pushed.contents)
            return CheckedDryRun(push.caller, push.owner, push.pushed, await push.check(hashes))
        async with self._locks.lock_of(push.owner, push.name):
            return await push.run()

    def _require_allowed(self, pushed: PushedTree) -> None:
        if pushed.is_public and not self._settings.anonymous:
            raise SharingOff("Public access not allowed")
        if pushed.is_team and not self._settings.team:
            raise SharingOff("Team access not allowed")
