"""Links to the files of a revision, which need no header: by tickets, or signed by the object store."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import quote

from registry.errors import StoreLinksRefused
from registry.services.packages.links.formats import RENDERINGS, LinkSet, require_safe_names
from registry.services.packages.links.selection import (
    LinkedFile,
    RevisionTree,
    locate_files,
    other_buckets,
    select_files,
)
from registry.services.packages.reader import PackageReader
from shared import tickets
from shared.audit import AuditQueue
from shared.aws.clients import Credentials
from shared.aws.presigned import PresignedUrls
from shared.clients.auth import UserDirectory
from shared.schemas.caller import CallerQuestion
from shared.schemas.link import LinksCreate
from shared.schemas.principal import Principal
from shared.schemas.signer import MINTED
from shared.schemas.ticket import TicketSetQuestion

MIN_STORE_SECONDS = 60
"""Life that S3 credentials must have left for links that they sign."""


@dataclass(frozen=True, slots=True)
class LinkPlaces:
    """Public addresses to which links lead."""

    s3proxy_url: str
    s3_url: str
    """URL of an S3-compatible store; empty for AWS."""
    region: str


class RevisionPlace(NamedTuple):
    bucket: str
    package: str
    reference: str


class LinkService:
    def __init__(
        self, packages: PackageReader, directory: UserDirectory, places: LinkPlaces, trail: AuditQueue | None
    ) -> None:
        self._packages = packages
        self._directory = directory
        self._places = places
        self._trail = trail

    async def create(
        self,
        viewer: Principal,
        revision: RevisionPlace,
        wanted: LinksCreate,
        charge: Callable[[int], None],
    ) -> LinkSet:
        """Everything that can be refused is refused here, before the first line of the answer.

        `charge` is called with the number of files. Raises BucketNotFound, PackageNotFound, RevisionNotFound, RevisionUnreadable,
        EntryNotFound, TooManyLinks, FilesElsewhere, NamesUnsafe, StoreLinksRefused, Unauthenticated, and what `charge` raises.
        """
        bucket, name, reference = revision
        found = await self._packages.find_revision(viewer, bucket, name, reference)
        tree = RevisionTree(found.root, self._packages.trees, self._packages.fetch_nodes)
        chosen = await select_files(tree, wanted.wanted)
        readable = await self._packages.readable_buckets(viewer, other_buckets(chosen))
        files = locate_files(chosen, readable)
        if RENDERINGS[wanted.format].names_files:
            require_safe_names(files)
        charge(len(files))
        if wanted.revocable:
            address, ends = await self._ticketed(viewer, f"{bucket}/{name}/{found.top_hash}", files, wanted.seconds)
            notice = f"Whoever has these links reads these files until {_clock(ends)}, or until your session ends."
        else:
            address, ends = await self._presigned(viewer, files, wanted.seconds)
            notice = (
                f"Whoever has these links reads these files until {_clock(ends)}. They cannot be withdrawn, not even by "
                "signing out."
            )
        made = LinkSet(bucket, name, found.top_hash, wanted.revocable, notice, ends, files, address)
        self._record(made)
        return made

    async def _ticketed(
        self, viewer: Principal, revision: str, files: list[LinkedFile], seconds: int
    ) -> tuple[Callable[[int], str], datetime]:
        paths = [f"/-/file/{quote(f'{revision}/{file.path}', safe='/~')}" for file in files]
        members = tickets.AddressTree([tickets.address_digest(path, ()) for path in paths])
        signed = await self._directory.sign_ticket_set(
            TicketSetQuestion(user_id=viewer.user_id, session_id=viewer.session_id, root=members.root, seconds=seconds)
        )

        def address(at: int) -> str:
            ticket = members.ticket(signed.ticket, at)
            return f"{self._places.s3proxy_url}{paths[at]}?{tickets.PARAMETER}={ticket}"

        return address, signed.expires_at

    async def _presigned(
        self, viewer: Principal, files: list[LinkedFile], seconds: int
    ) -> tuple[Callable[[int], str], datetime]:
        held = await self._directory.credentials(CallerQuestion(user_id=viewer.user_id, session_id=viewer.session_id))
        now = datetime.now(UTC).replace(microsecond=0)
        seconds = min(seconds, int((held.expires_at - now).total_seconds()))
        if seconds < MIN_STORE_SECONDS:
            raise StoreLinksRefused("Your S3 credentials expire within a minute. Try again, or make revocable links")
        # Credentials that `auth` minted are known to the S3 proxy alone, not to the store.
        is_minted = held.access_key_id.startswith(MINTED)
        signer = PresignedUrls(
            Credentials(held.access_key_id, held.secret_access_key, held.session_token, held.expires_at),
            self._places.region,
            self._places.s3proxy_url if is_minted else self._places.s3_url,
            now,
            seconds,
        )

        def address(at: int) -> str:
            return signer.url(files[at].location, files[at].path.rpartition("/")[2])

        return address, now + timedelta(seconds=seconds)

    def _record(self, made: LinkSet) -> None:
        if self._trail:
            self._trail.put(
                "Packages.Link",
                f"package:{made.bucket}/{made.package}@{made.top_hash}",
                files=len(made.files),
                bytes=made.size,
                revocable=made.revocable,
                expires_at=made.expires_at.isoformat(),
            )


def _clock(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M UTC")
