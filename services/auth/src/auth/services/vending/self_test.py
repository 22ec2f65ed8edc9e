"""Whether a role really permits what it should, and nothing else: tried in every registered bucket."""

import asyncio
import time
from collections.abc import Sequence
from uuid import UUID

from auth.db.roles import RoleRecord, raise_to
from auth.db.stores import Stores
from auth.errors import RoleNotFound
from auth.resources import AuthResources
from auth.services.audit import record
from auth.services.vending.assumptions import assumption_for
from auth.services.vending.credentials import CREDENTIAL_TTL_SECONDS
from auth.services.vending.iam import IamService
from auth.services.vending.trust import trust_policy
from shared.aws.clients import Credentials
from shared.aws.credentials import PolicyTooLarge, RoleRefused
from shared.db.engine import transaction
from shared.errors import AppError, Unavailable
from shared.schemas.principal import EVERY_BUCKET, Level
from shared.schemas.role import BucketVerdict, RoleCheck, RoleTrust

SESSION_NAME = "patchwork.self-test"
"""No user is called so."""
MAX_CONCURRENT_PROBES = 16
LOOK_SECONDS = 900.0


class SelfTestService:
    def __init__(self, stores: Stores, resources: AuthResources) -> None:
        self._stores = stores
        self._resources = resources

    async def trust(self, name: str) -> RoleTrust:
        """What the role's trust statement has to say."""
        role = await self._stores.roles.get(name)
        assumer = await IamService(self._resources).assumer()
        return RoleTrust(
            principal=assumer, external_id=role.external_id, policy=trust_policy(assumer, role.external_id)
        )

    async def check(self, name: str) -> RoleCheck:
        """What is unmanaged in the role is believed to permit what was found."""
        role = await self._stores.roles.get(name)
        await record(self._stores, "Roles.Check", f"role:{role.name}")
        return await self.look(role)

    async def look(self, role: RoleRecord) -> RoleCheck:
        if not self._resources.settings.sts:
            return await self._by_the_proxy(role)
        try:
            credentials = await self._assume(role)
        except PolicyTooLarge:
            return RoleCheck(can_assume=False, problem="It names too many buckets", ok=False, buckets=[])
        except RoleRefused as error:
            await self._believe(role, [])
            return RoleCheck(can_assume=False, problem=str(error), ok=False, buckets=[])
        except AppError as error:
            return RoleCheck(can_assume=False, problem=str(error), ok=False, buckets=[])
        names = [bucket.name for bucket in await self._resources.registry.buckets()]
        turns = asyncio.Semaphore(MAX_CONCURRENT_PROBES)
        verdicts = await asyncio.gather(*(self._try(role, credentials, bucket, turns) for bucket in names))
        await self._believe(role, verdicts)
        closed = [await self._try_closed(credentials, bucket) for bucket in sorted(self._resources.settings.closed)]
        tried = [*verdicts, *closed]
        return RoleCheck(can_assume=True, problem=None, ok=all(verdict.ok for verdict in tried), buckets=tried)

    async def _by_the_proxy(self, role: RoleRecord) -> RoleCheck:
        """Without STS there is nothing to assume: the S3 proxy goes by the very permissions that were given."""
        if role.arn or role.policy_arns:
            problem = "This store has no STS, so what is in IAM means nothing here"
            return RoleCheck(can_assume=False, problem=problem, ok=False, buckets=[])
        verdicts = [
            BucketVerdict(bucket=each.name, expected=level, found=level, problem=None, ok=True)
            for each in await self._resources.registry.buckets()
            for level in [self._granted(role, each.name)]
        ]
        return RoleCheck(can_assume=True, problem=None, ok=True, buckets=verdicts)

    async def _assume(self, role: RoleRecord) -> Credentials:
        assumption = assumption_for(role, self._resources.settings)
        if assumption.made:
            await IamService(self._resources).require(self._stores, role)
        return await self._resources.vendor.vend(
            SESSION_NAME, assumption.policy, CREDENTIAL_TTL_SECONDS, assumption.role
        )

    async def _try_closed(self, credentials: Credentials, bucket: str) -> BucketVerdict:
        """A bucket that nobody should reach."""
        try:
            found = await self._resources.prober.probe(credentials, bucket)
        except Unavailable as error:
            return BucketVerdict(bucket=bucket, expected=None, found=None, problem=str(error), ok=False)
        level = Level.READ_WRITE if found.can_write else Level.READ if found.can_read else None
        problem = "It is the installation's own, and no role should reach it" if level else None
        return BucketVerdict(bucket=bucket, expected=None, found=level, problem=problem, ok=level is None)

    async def _try(
        self, role: RoleRecord, credentials: Credentials, bucket: str, turns: asyncio.Semaphore
    ) -> BucketVerdict:
        expected = None if role.arn else self._granted(role, bucket)
        try:
            async with turns:
                found = await self._resources.prober.probe(credentials, bucket)
        except Unavailable as error:
            return BucketVerdict(bucket=bucket, expected=expected, found=None, problem=str(error), ok=False)
        level = (Level.READ_WRITE if found.can_write else Level.READ) if found.can_read else None
        problem = None
        if role.arn is None:
            reads = found.can_read or expected is None
            writes = found.can_write or expected is not Level.READ_WRITE
            if not (reads and writes):
                problem = f"It should {'read' if not reads else 'write'}, and cannot"
            elif not role.policy_arns and found.can_read and expected is None:
                problem = "It should not read, and can"
            elif not role.policy_arns and found.can_write and expected is not Level.READ_WRITE:
                problem = "It should not write, and can"
        return BucketVerdict(bucket=bucket, expected=expected, found=level, problem=problem, ok=problem is None)

    def _granted(self, role: RoleRecord, bucket: str) -> Level | None:
        everywhere = None if bucket in self._resources.settings.apart else role.granted.get(EVERY_BUCKET)
        return max(filter(None, (role.granted.get(bucket), everywhere)), default=None)

    async def _believe(self, role: RoleRecord, verdicts: Sequence[BucketVerdict]) -> None:
        """Of what is unmanaged in it. Where S3 did not say, what was believed before."""
        if not role.arn and not role.policy_arns:
            return
        unsaid = {verdict.bucket for verdict in verdicts if verdict.problem and not verdict.found}
        observed = {bucket: level for bucket, level in role.permissions.items() if bucket in unsaid}
        observed |= {verdict.bucket: verdict.found for verdict in verdicts if verdict.found}
        believed = dict(role.granted)
        for bucket, level in observed.items():
            raise_to(believed, bucket, level)
        if believed == role.permissions:
            return
        await self._stores.alone("roles")
        try:
            now = await self._stores.roles.get(role.id)
        except RoleNotFound:
            return
        if (now.arn, now.policy_arns) == (role.arn, role.policy_arns):  # it was not changed while we looked
            await self._stores.roles.observe(role.id, observed)
            await self._stores.revocations.add(f"role:{role.id}")


class Observer:
    """Looks again at roles that are not ours, or not wholly: soon after they were made or changed, and now and then."""

    def __init__(self, resources: AuthResources) -> None:
        self._resources = resources
        self._looked: dict[tuple[UUID, str | None, tuple[str, ...]], float] = {}

    async def observe_roles(self) -> None:
        async with transaction(self._resources.sessions) as session:
            roles = await Stores(session).roles.all()
        for role in roles:
            what = (role.id, role.arn, role.policy_arns)
            due = self._looked.get(what, float("-inf")) + LOOK_SECONDS
            if (role.arn or role.policy_arns) and due <= time.monotonic():
                self._looked[what] = time.monotonic()
                async with transaction(self._resources.sessions) as session:
                    await SelfTestService(Stores(session), self._resources).look(role)
