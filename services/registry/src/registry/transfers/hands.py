"""What pushes need of a caller's S3; `callers.open_caller` gives it."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from registry.transfers.hashing import Progress
from registry.transfers.transfers import Copied, Held
from registry.transfers.uploads import Unfinished, UploadLog
from shared.aws.objects import ObjectStore
from shared.index.locations import Location
from shared.schemas.package import Hash
from shared.schemas.principal import Principal


class Contents(Protocol):
    """What objects hold, judged and copied: the part of `registry.transfers` that pushes need."""

    async def hash(self, location: Location, *, progress: Progress = ...) -> Held: ...

    async def verify(
        self, location: Location, said: Hash, size: int | None = None, *, progress: Progress = ...
    ) -> Held: ...

    async def copy(
        self,
        source: Location,
        bucket: str,
        key: str,
        said: Hash | None = None,
        *,
        progress: Progress = ...,
        log: UploadLog | None = None,
    ) -> Copied: ...

    async def abandon(self, bucket: str, key: str, upload: Unfinished) -> None: ...


class Rights(Protocol):
    async def principal(self) -> Principal:
        """The caller as they are now; raises Unauthenticated once their session has ended."""
        ...


class Hands(Protocol):
    """S3 as the caller may use it."""

    @property
    def rights(self) -> Rights: ...
    @property
    def objects(self) -> ObjectStore: ...
    @property
    def transfers(self) -> Contents: ...


class HandsOf(Protocol):
    def __call__(self, caller: Principal) -> AbstractAsyncContextManager[Hands]:
        """Raises Unauthenticated or Forbidden when the caller has no rights any more."""
        ...
