"""Keeping IAM in step: roles of ours as they should be, and what was vended to who is disabled, refused."""

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
from shared.aws.iam import WantedRole
from shared.db.engine import transaction
from shared.errors import Unavailable

VENDED_FOR = timedelta(hours=1)
"""After that there is nothing left to deny."""
AGAIN_SECONDS = 60.0
"""After a failure, and for what changed in IAM without us."""
UNTOLD = "not every role has been told"

log = structlog.get_logger()


class IamService:
    """Each replica has one; they take turns."""

    def __init__(self, resources: AuthResources) -> None:
        self._resources = resources
        self._settings = resources.settings
        self._names = IamNames.of(resources.settings)
        self._seen: int | None = None
        self._due = float("-inf")
        self._denied: str | None = UNTOLD

    async def keep_in_step(self) -> None:
        """Tell IAM what it has not been told yet, if anybody's rights have changed or it is time to look again."""
        if not self._settings.iam.manage:
            return
        async with transaction(self._resources.sessions) as session:
            stores = Stores(session)
            seq = await stores.revocations.head()
            if seq == self._seen and time.monotonic() < self._due:
                return
            await stores.lock("iam")
            assumer = await self.assumer()
            roles = {role.id: role for role in await stores.roles.all()}
            for role in roles.values():
                await self._keep(stores, role, assumer)
            for known in await stores.iam.all():
                if known.role_id not in roles:
                    await self._forget(stores, known.role_id)
            await self._deny(stores)
        self._seen, self._due = seq, time.monotonic() + AGAIN_SECONDS

    async def assumer(self) -> str:
        """Whom trust statements name."""
        return self._settings.iam.assumer or await self._resources.vendor.identity()

    async def require(self, stores: Stores, role: RoleRecord) -> None:
        """See that IAM has the role now; raises Unavailable."""
        wanted, known = wanted_role(role, self._settings, await self.assumer()), await stores.iam.find(role.id)
        if wanted and (known is None or known.applied != digest(wanted)):
            await stores.lock("iam")
            await self._apply(stores, role, wanted)

    async def _keep(self, stores: Stores, role: RoleRecord, assumer: str) -> None:
        known = await stores.iam.find(role.id)
        try:
            wanted = wanted_role(role, self._settings, assumer)
        except TooManyBuckets as error:
            log.warning("iam_role_too_large", role=role.name, error=str(error))
            return
        if wanted is None:
            if known:
                await self._forget(stores, role.id)
        elif known is None or known.applied != digest(wanted):
            try:
                await self._apply(stores, role, wanted)
            except Unavailable as error:
                log.warning("iam_role_failed", role=role.name, error=str(error))
                await stores.iam.put(role.id, self._names.role_arn(role.id), applied=None, problem=str(error))

    async def _apply(self, stores: Stores, role: RoleRecord, wanted: WantedRole) -> None:
        arn = await self._resources.role_keeper.put(wanted)
        log.info("iam_role_written", role=role.name, documents=len(wanted.documents))
        await stores.iam.put(role.id, arn, applied=digest(wanted))
        self._denied = UNTOLD

    async def _forget(self, stores: Stores, role_id: UUID) -> None:
        try:
            await self._resources.role_keeper.remove(self._names.role(role_id))
        except Unavailable as error:
            log.warning("iam_role_stays", role_id=str(role_id), error=str(error))
            await stores.iam.fail(role_id, str(error))
        else:
            await stores.iam.remove(role_id)

    async def _deny(self, stores: Stores) -> None:
        """On the role for people, and on each that we made."""
        ever = await stores.iam.denials()
        await stores.iam.prune_denials(before=datetime.now(UTC) - VENDED_FOR)
        document = denial_policy(await stores.iam.denials())
        if not ever or document == self._denied:
            return
        people = self._settings.user_role_arn.rpartition("/")[2]
        for name in [people, *(self._names.role(each.role_id) for each in await stores.iam.all())]:
            try:
                await self._resources.role_keeper.deny(name, document)
            except Unavailable as error:
                log.warning("iam_denial_failed", role=name, error=str(error))
                return
        self._denied = document
