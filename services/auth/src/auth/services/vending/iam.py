"""Synchronisation of IAM: the roles that `auth` makes there, and denials of credentials of disabled users."""

import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog

from auth.db.roles import RoleRecord
from auth.db.stores import Stores
from auth.errors import TooManyBuckets
from auth.resources import AuthResources
from auth.services.vending.assumptions import digest, wanted_role
from auth.services.vending.iam_names import IamNames
from auth.services.vending.trust import denial_policy
from shared.aws.iam import IamRefused, WantedRole
from shared.db.engine import transaction
from shared.errors import Unavailable

DENIAL_RETENTION = timedelta(hours=1)
"""Longest life of vended credentials, after which a denial has no use."""
RESYNC_SECONDS = 60.0
"""Pause before IAM is compared again, after a failure or to undo changes made there by others."""
_UNWRITTEN = "no document: some role may lack the denials"

log = structlog.get_logger()


class IamService:
    """Each replica has one; a lock lets one at a time write to IAM."""

    def __init__(self, resources: AuthResources) -> None:
        self._resources = resources
        self._settings = resources.settings
        self._names = IamNames.of(resources.settings)
        self._synced_seq: int | None = None
        self._due = float("-inf")
        self._denied: str | None = _UNWRITTEN

    async def keep_in_step(self) -> None:
        """Write to IAM what differs, if there is a revocation or RESYNC_SECONDS have passed. Raises Unavailable."""
        if not self._settings.iam.manage:
            return
        async with transaction(self._resources.sessions) as session:
            stores = Stores(session)
            seq = await stores.revocations.head()
            if seq == self._synced_seq and time.monotonic() < self._due:
                return
            await stores.lock("iam")
            assumer = await self.assumer()
            roles = {role.id: role for role in await stores.roles.all()}
            for role in roles.values():
                await self._sync_role(stores, role, assumer)
            for known in await stores.iam.all():
                if known.role_id not in roles:
                    await self._remove_role(stores, known.role_id)
            await self._write_denials(stores)
        self._synced_seq, self._due = seq, time.monotonic() + RESYNC_SECONDS

    async def assumer(self) -> str:
        """ARN that trust policies name; raises Unavailable."""
        return self._settings.iam.assumer or await self._resources.vendor.identity()

    async def require_role(self, stores: Stores, role: RoleRecord) -> None:
        """Write the role to IAM now, unless it is there; raises Unavailable."""
        wanted, known = wanted_role(role, self._settings, await self.assumer()), await stores.iam.find(role.id)
        if wanted and (known is None or known.applied != digest(wanted)):
            await stores.lock("iam")
            await self._write_role(stores, role, wanted)

    async def _sync_role(self, stores: Stores, role: RoleRecord, assumer: str) -> None:
        known = await stores.iam.find(role.id)
        try:
            wanted = wanted_role(role, self._settings, assumer)
        except TooManyBuckets as error:
            log.warning("iam_role_too_large", role=role.name, error=str(error))
            return
        if wanted is None:
            if known:
                await self._remove_role(stores, role.id)
        elif known is None or known.applied != digest(wanted):
            try:
                await self._write_role(stores, role, wanted)
            except Unavailable as error:
                log.warning("iam_role_failed", role=role.name, error=str(error))
                await stores.iam.put(role.id, self._names.role_arn(role.id), applied=None, problem=str(error))

    async def _write_role(self, stores: Stores, role: RoleRecord, wanted: WantedRole) -> None:
        arn = await self._resources.role_keeper.put(wanted)
        log.info("iam_role_written", role=role.name, documents=len(wanted.documents))
        await stores.iam.put(role.id, arn, applied=digest(wanted))
        self._denied = _UNWRITTEN

    async def _remove_role(self, stores: Stores, role_id: UUID) -> None:
        try:
            await self._resources.role_keeper.remove(self._names.role(role_id))
        except Unavailable as error:
            log.warning("iam_role_stays", role_id=str(role_id), error=str(error))
            await stores.iam.set_problem(role_id, str(error))
        else:
            await stores.iam.remove(role_id)

    async def _write_denials(self, stores: Stores) -> None:
        """Write the denials to the role for people, and to each role that `auth` made."""
        any_denials = await stores.iam.list_denials()
        await stores.iam.prune_denials(before=datetime.now(UTC) - DENIAL_RETENTION)
        document = denial_policy(await stores.iam.list_denials())
        if not any_denials or document == self._denied:
            return
        refused = False
        people = self._settings.user_role_arn.rpartition("/")[2]
        for name in [people, *(self._names.role(each.role_id) for each in await stores.iam.all())]:
            try:
                await self._resources.role_keeper.deny(name, document)
            except IamRefused as error:  # the denials of the other roles are still written
                refused = True
                log.warning("iam_denial_failed", role=name, error=str(error))
            except Unavailable as error:
                log.warning("iam_denial_failed", role=name, error=str(error))
                return
        self._denied = _UNWRITTEN if refused else document
