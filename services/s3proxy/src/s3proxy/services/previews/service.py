"""Answers about the content of objects, for callers who may read them.

Each request is authorised: by the permission function, and by the store, which is asked for the object with the caller's own
credentials. What the store said is remembered for moments, so a cached answer is not older than those.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from cachetools import TTLCache

from s3proxy.services.bearers import Bearer
from s3proxy.services.previews.cache import Answer, Failure, PreviewCache, answer_key, temporary_failure
from s3proxy.services.previews.errors import FileChanged, NoReader, Unreadable
from s3proxy.services.previews.objects import Make, ObjectHead, ObjectName, ObjectRequests, RangedObject
from s3proxy.services.previews.presigned import PresignedObject
from s3proxy.services.rights import ReadRights
from shared.clients.registry import Registry
from shared.quilt.names import is_top_hash
from shared.readers.choice import HEAD_BYTES, TAIL_BYTES, choose
from shared.readers.errors import NoSuchReader, UnreadableFile
from shared.readers.queries import FileArguments, PreviewOptions
from shared.sandbox.errors import SandboxFailed
from shared.sandbox.pool import SandboxPool
from shared.schemas.ticket import EntryLocation, EntryQuestion

MOMENT_SECONDS = 2
"""Time for which the newest version of an object, or of a package, is taken for the newest."""
FIXED_MOMENT_SECONDS = 60
"""Time for which a version of an object, or a file of a revision, is taken to be there still."""
MAX_REMEMBERED = 50_000


@dataclass(frozen=True, slots=True)
class PackagedFile:
    bucket: str
    package: str
    revision: str
    path: str


class PreviewService:
    def __init__(
        self,
        *,
        requests: ObjectRequests,
        rights: ReadRights,
        registry: Registry,
        pool: SandboxPool,
        cache: PreviewCache,
    ) -> None:
        self._requests = requests
        self._rights = rights
        self._registry = registry
        self._pool = pool
        self.cache = cache
        self._heads: TTLCache[Any, ObjectHead] = TTLCache(MAX_REMEMBERED, MOMENT_SECONDS)
        self._fixed_heads: TTLCache[Any, ObjectHead] = TTLCache(MAX_REMEMBERED, FIXED_MOMENT_SECONDS)
        self._locations: TTLCache[Any, EntryLocation] = TTLCache(MAX_REMEMBERED, MOMENT_SECONDS)
        self._fixed_locations: TTLCache[Any, EntryLocation] = TTLCache(MAX_REMEMBERED, FIXED_MOMENT_SECONDS)

    async def answer(
        self,
        bearer: Bearer,
        target: ObjectName | PackagedFile,
        operation: str,
        arguments: FileArguments,
        charge: Callable[[], None],
    ) -> Answer:
        """`charge` is called, and may raise, when the answer is not in memory.

        Raises NotFound, StoreDenied, FileArchived, FileChanged, Unreadable, NoReader or Unavailable."""
        read_as, name, head = await self._authorise(bearer, target)
        arguments = _of_stored(arguments, head)
        key = answer_key(name, head, read_as, operation, arguments)
        found = self.cache.find(key)
        if isinstance(found, Answer):
            return found
        charge()

        async def make() -> tuple[str, bytes] | Failure:
            make_request = await self._open(bearer, name)
            caller = str(bearer.principal.user_id)
            return await self.read(make_request, head, read_as, operation, arguments, caller=caller, bucket=name.bucket)

        return await self.cache.answer(key, make)

    async def find_object(self, bearer: Bearer, file: PackagedFile) -> tuple[ObjectName, ObjectHead]:
        """The object of a package's file, which has the size of the entry.

        Raises NotFound, StoreDenied, FileArchived, FileChanged or Unavailable."""
        _, name, head = await self._authorise(bearer, file)
        return name, head

    async def answer_presigned(
        self,
        asked: PresignedObject,
        read_as: str,
        operation: str,
        arguments: FileArguments,
        charge: Callable[[], None],
    ) -> Answer:
        """The same, for an object whose URL is signed. Raises StoreRefusal as well."""
        head, beginning = await self._requests.first_range(asked.make, HEAD_BYTES)
        arguments = _of_stored(arguments, head)
        key = answer_key(asked.name, head, read_as, operation, arguments)
        found = self.cache.find(key)
        if isinstance(found, Answer):
            return found
        charge()

        async def make() -> tuple[str, bytes] | Failure:
            return await self.read(
                *(asked.make, head, read_as, operation, arguments),
                caller=asked.caller,
                bucket=asked.name.bucket,
                beginning=beginning,
            )

        return await self.cache.answer(key, make)

    async def read(
        self,
        make: Make,
        head: ObjectHead,
        name: str,
        operation: str,
        arguments: FileArguments,
        *,
        caller: str,
        bucket: str,
        beginning: bytes | None = None,
    ) -> tuple[str, bytes] | Failure:
        """Let a reader in the sandbox answer. `name` chooses it together with the content.

        Raises what the store answers, and SandboxBusy.
        """
        if beginning is None:
            length = min(HEAD_BYTES, head.size)
            beginning = await self._requests.read_range(make, head, 0, length) if length else b""
        source = RangedObject(self._requests, make, head, beginning)
        tail = None
        if beginning.startswith(b"PK") and head.size > len(beginning):
            length = min(TAIL_BYTES, head.size)
            tail = await source.read(head.size - length, length)
        family = "plain" if _is_as_text(arguments) else choose(name, beginning, tail).reader.family
        try:
            made = await self._pool.run(operation, family, name, arguments, source, caller=caller, scope=bucket)
        except UnreadableFile as error:
            return Failure(Unreadable, str(error))
        except NoSuchReader as error:
            return Failure(NoReader, str(error))
        except SandboxFailed as error:
            return temporary_failure(str(error))
        return made.media_type, made.body

    async def _authorise(self, bearer: Bearer, target: ObjectName | PackagedFile) -> tuple[str, ObjectName, ObjectHead]:
        """Name that chooses the reader, the object, and what the store says about it."""
        await self._rights.require_readable(bearer.principal, target.bucket)
        if isinstance(target, ObjectName):
            return target.key, target, await self._head(bearer, target)
        location = await self._locate(bearer, target)
        name = ObjectName(location.bucket, location.key, location.version_id)
        await self._rights.require_readable(bearer.principal, name.bucket)
        head = await self._head(bearer, name)
        if head.size != location.size:
            raise FileChanged(
                f"The object has {head.size:,} bytes; when the package was pushed, it had {location.size:,}"
            )
        return target.path, name, head

    async def _open(self, bearer: Bearer, name: ObjectName) -> Make:
        return self._requests.signed(name, await self._rights.find_keys(bearer, name.bucket))

    async def _head(self, bearer: Bearer, name: ObjectName) -> ObjectHead:
        heads = self._fixed_heads if name.version_id else self._heads
        question: tuple[UUID, ObjectName] = (bearer.principal.session_id, name)
        head = heads.get(question)
        if head is None:
            head = heads[question] = await self._requests.head(await self._open(bearer, name))
        return head

    async def _locate(self, bearer: Bearer, file: PackagedFile) -> EntryLocation:
        locations = self._fixed_locations if is_top_hash(file.revision) else self._locations
        question = (bearer.principal.session_id, file)
        location = locations.get(question)
        if location is None:
            shown = bearer.presented
            location = locations[question] = await self._registry.locate_entry(
                EntryQuestion(
                    token=shown.token,
                    ticket=shown.ticket,
                    bucket=file.bucket,
                    package=file.package,
                    revision=file.revision,
                    path=file.path,
                )
            )
        return location


def _of_stored(arguments: FileArguments, head: ObjectHead) -> FileArguments:
    """The arguments for the bytes that are stored, which may be encoded."""
    return msgspec.structs.replace(arguments, encoding=head.encoding) if head.encoding else arguments


def _is_as_text(arguments: FileArguments) -> bool:
    return isinstance(arguments, PreviewOptions) and arguments.as_text
