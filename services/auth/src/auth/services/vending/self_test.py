"""Self-test of roles: assume one, and compare what it can do in every registered bucket with what it should."""

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from cachetools import TTLCache

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
from shared.aws.probes import ProbeResult
from shared.concurrency import bounded_gather
from shared.db.engine import transaction
from shared.errors import AppError, Unavailable
from shared.schemas.principal import EVERY_BUCKET, Level
from shared.schemas.role import BucketVerdict, RoleCheck, RoleTrust

SESSION_NAME = "patchwork.self-test"
"""Session names of users begin with `patchwork-`."""
MAX_CONCURRENT_PROBES = 16
OBSERVATION_TTL_SECONDS = 900.0
"""Time after which a role that is not ours is observed again."""
MAX_OBSERVED_ROLES = 10_000


class SelfTestService:
    def __init__(self, stores: Stores, resources: AuthResources) -> None:
        self._stores = stores
        self._resources = resources

    async def trust(self, name: str) -> RoleTrust:
        """The trust statement that the role needs in IAM."""
        role = await self._stores.roles.get(name)
        assumer = await IamService(self._resources).assumer()
        return RoleTrust(
            principal=assumer, external_id=role.external_id, policy=trust_policy(assumer, role.external_id)
        )

    async def check(self, name: str) -> RoleCheck:
        """Test a role and record it in the audit trail; raises RoleNotFound."""
        role = await self._stores.roles.get(name)
        await record(self._stores, "Roles.Check", f"role:{role.name}")
        return await self.observe(role)

    async def observe(self, role: RoleRecord) -> RoleCheck:
        """Test a role, and store the permissions that were found in it if IAM decides them."""
        if not self._resources.settings.sts:
            return await self._check_without_sts(role)
        try:
            credentials = await self._assume(role)
        except PolicyTooLarge:
            return RoleCheck(can_assume=False, problem="It names too many buckets", ok=False, buckets=[])
        except RoleRefused as error:
            await self._store_observations(role, [])
            return RoleCheck(can_assume=False, problem=str(error), ok=False, buckets=[])
        except AppError as error:
            return RoleCheck(can_assume=False, problem=str(error), ok=False, buckets=[])
        names = [bucket.name for bucket in await self._resources.registry.buckets()]
        verdicts = await bounded_gather(MAX_CONCURRENT_PROBES, partial(self._probe, role, credentials), names)
        await self._store_observations(role, verdicts)
        forbidden = sorted(self._resources.settings.forbidden_buckets)
        verdicts += [await self._probe_forbidden(credentials, bucket) for bucket in forbidden]
        return RoleCheck(can_assume=True, problem=None, ok=all(verdict.ok for verdict in verdicts), buckets=verdicts)

    async def _check_without_sts(self, role: RoleRecord) -> RoleCheck:
        """Without STS no role is assumed: the S3 proxy applies the permissions that were granted."""
        if role.arn or role.policy_arns:
            problem = "This store has no STS, so roles and policies of IAM have no effect here"
            return RoleCheck(can_assume=False, problem=problem, ok=False, buckets=[])
        verdicts = [
            BucketVerdict(bucket=each.name, expected=level, found=level, problem=None, ok=True)
            for each in await self._resources.registry.buckets()
            for level in [self._granted(role, each.name)]
        ]
        return RoleCheck(can_assume=True, problem=None, ok=True, buckets=verdicts)

    async def _assume(self, role: RoleRecord) -> Credentials:
        assumption = assumption_for(role, self._resources.settings)
        if assumption.kept_in_iam:
            await IamService(self._resources).require_role(self._stores, role)
        return await self._resources.vendor.vend(
            SESSION_NAME, assumption.policy, CREDENTIAL_TTL_SECONDS, assumption.role
        )

    async def _probe_forbidden(self, credentials: Credentials, bucket: str) -> BucketVerdict:
        """Probe a bucket that no role should reach."""
        try:
            found = await self._resources.prober.probe(credentials, bucket)
        except Unavailable as error:
            return BucketVerdict(bucket=bucket, expected=None, found=None, problem=str(error), ok=False)
        level = Level.READ_WRITE if found.can_write else Level.READ if found.can_read else None
        problem = "It belongs to the installation, and no role should reach it" if level else None
        return BucketVerdict(bucket=bucket, expected=None, found=level, problem=problem, ok=level is None)

    async def _probe(self, role: RoleRecord, credentials: Credentials, bucket: str) -> BucketVerdict:
        expected = None if role.arn else self._granted(role, bucket)
        try:
            found = await self._resources.prober.probe(credentials, bucket)
        except Unavailable as error:
            return BucketVerdict(bucket=bucket, expected=expected, found=None, problem=str(error), ok=False)
        level = (Level.READ_WRITE if found.can_write else Level.READ) if found.can_read else None
        problem = None if role.arn else mismatch(expected, found, has_foreign_policies=bool(role.policy_arns))
        return BucketVerdict(bucket=bucket, expected=expected, found=level, problem=problem, ok=problem is None)

    def _granted(self, role: RoleRecord, bucket: str) -> Level | None:
        everywhere = None if bucket in self._resources.settings.buckets_outside_star else role.granted.get(EVERY_BUCKET)
        return max(filter(None, (role.granted.get(bucket), everywhere)), default=None)

    async def _store_observations(self, role: RoleRecord, verdicts: Sequence[BucketVerdict]) -> None:
        """Store what the role's unmanaged part permits; a bucket that could not be probed keeps its earlier level."""
        if not role.arn and not role.policy_arns:
            return
        unknown = {verdict.bucket for verdict in verdicts if verdict.problem and not verdict.found}
        observed = {bucket: level for bucket, level in role.permissions.items() if bucket in unknown}
        observed |= {verdict.bucket: verdict.found for verdict in verdicts if verdict.found}
        permissions = dict(role.granted)
        for bucket, level in observed.items():
            raise_to(permissions, bucket, level)
        if permissions == role.permissions:
            return
        await self._stores.lock("roles")
        try:
            now = await self._stores.roles.get(role.id)
        except RoleNotFound:
            return
        if (now.arn, now.policy_arns) == (role.arn, role.policy_arns):  # it was not changed during the test
            await self._stores.roles.observe(role.id, observed)
            await self._stores.revocations.add(f"role:{role.id}")


class Observer:
    """Observes roles with an unmanaged part: soon after they were made or changed, and every 15 minutes."""

    def __init__(self, resources: AuthResources) -> None:
        self._resources = resources
        self._observed: TTLCache[tuple[UUID, str | None, tuple[str, ...]], bool] = TTLCache(
            MAX_OBSERVED_ROLES, OBSERVATION_TTL_SECONDS
        )

    async def observe_roles(self) -> None:
        async with transaction(self._resources.sessions) as session:
            roles = await Stores(session).roles.all()
        for role in roles:
            version = (role.id, role.arn, role.policy_arns)
            if (role.arn or role.policy_arns) and version not in self._observed:
                self._observed[version] = True
                async with transaction(self._resources.sessions) as session:
                    await SelfTestService(Stores(session), self._resources).observe(role)


def mismatch(expected: Level | None, found: ProbeResult, *, has_foreign_policies: bool) -> str | None:
    """How what a role can do in a bucket differs from what it should, or None.

    `has_foreign_policies`: policies of IAM may permit more than is expected here.
    """
    should_read, should_write = expected is not None, expected is Level.READ_WRITE
    if should_read and not found.can_read:
        return "It should read, and cannot"
    if should_write and not found.can_write:
        return "It should write, and cannot"
    if has_foreign_policies:
        return None
    if found.can_read and not should_read:
        return "It should not read, and can"
    if found.can_write and not should_write:
        return "It should not write, and can"
    return None
