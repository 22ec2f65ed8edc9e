"""Fakes for credentials: a vendor, IAM, and probes of buckets."""

from datetime import UTC, datetime, timedelta

from shared.aws.clients import Credentials
from shared.aws.credentials import AssumedRole, PolicyTooLarge, RoleRefused
from shared.aws.iam import IamRefused, WantedRole
from shared.aws.probes import ProbeResult
from shared.errors import Unavailable


class FakeVendor:
    """Implements `shared.aws.credentials.CredentialVendor` and records its calls."""

    def __init__(self) -> None:
        self.vended: list[tuple[str, str | None, int]] = []
        self.assumed: list[AssumedRole | None] = []
        self.refused: set[str] = set()
        """ARNs of roles that cannot be assumed."""
        self.down = False
        self.packed_limit = 10_000

    async def vend(
        self, session_name: str, policy: str | None, seconds: int, role: AssumedRole | None = None
    ) -> Credentials:
        if self.down:
            raise Unavailable("No S3 credentials: STS does not answer (ConnectionError)")
        if role and role.arn in self.refused:
            raise RoleRefused("No S3 credentials: STS refused to assume the role (AccessDenied)")
        if policy and len(policy) > self.packed_limit:
            raise PolicyTooLarge
        self.vended.append((session_name, policy, seconds))
        self.assumed.append(role)
        number = len(self.vended)
        expires_at = datetime.now(UTC) + timedelta(seconds=seconds)
        return Credentials(f"ASIA{number:016}", f"secret-{number}", f"session-{number}", expires_at)

    async def identity(self) -> str:
        if self.down:
            raise Unavailable("STS does not return our identity (ConnectionError)")
        return "arn:aws:iam::000000000000:user/patchwork-auth"


class FakeRoleKeeper:
    """Implements `shared.aws.iam.RoleKeeper` in memory."""

    def __init__(self) -> None:
        self.roles: dict[str, WantedRole] = {}
        self.denials: dict[str, str | None] = {}
        self.down = False
        self.refused: set[str] = set()
        """Names of roles of which every change is refused."""

    async def put(self, role: WantedRole) -> str:
        self._require_up(role.name)
        self.roles[role.name] = role
        return f"arn:aws:iam::000000000000:role{role.path}{role.name}"

    async def remove(self, name: str) -> None:
        self._require_up(name)
        self.roles.pop(name, None)

    async def deny(self, name: str, document: str | None) -> None:
        self._require_up(name)
        self.denials[name] = document

    def _require_up(self, name: str) -> None:
        if self.down:
            raise Unavailable("IAM does not answer")
        if name in self.refused:
            raise IamRefused(f"IAM refused a change of {name}")


class FakeProber:
    """Implements `shared.aws.probes.Prober`. Buckets that are not in `found` allow nothing."""

    def __init__(self) -> None:
        self.found: dict[str, ProbeResult] = {}
        self.tried: list[tuple[str, str]] = []

    async def probe(self, credentials: Credentials, bucket: str) -> ProbeResult:
        self.tried.append((credentials.access_key_id, bucket))
        return self.found.get(bucket, ProbeResult(can_read=False, can_write=False))
