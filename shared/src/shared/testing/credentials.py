"""A vendor of credentials that no store knows."""

from datetime import UTC, datetime, timedelta

from shared.aws.credentials import Credentials, PolicyTooLarge
from shared.errors import Unavailable


class FakeVendor:
    """Implements `shared.aws.credentials.CredentialVendor` and remembers what it was asked."""

    def __init__(self) -> None:
        self.vended: list[tuple[str, str, int]] = []
        self.down = False
        self.packed_limit = 10_000

    async def vend(self, session_name: str, policy: str, seconds: int) -> Credentials:
        if self.down:
            raise Unavailable("No S3 credentials: STS does not answer (ConnectionError)")
        if len(policy) > self.packed_limit:
            raise PolicyTooLarge
        self.vended.append((session_name, policy, seconds))
        number = len(self.vended)
        expires_at = datetime.now(UTC) + timedelta(seconds=seconds)
        return Credentials(f"ASIA{number:016}", f"secret-{number}", f"session-{number}", expires_at)
