"""A registry of one's own: says which buckets there are, unless it is down."""

from dataclasses import dataclass, field

from shared.errors import Unavailable
from shared.schemas.bucket import RegisteredBucket


@dataclass
class FakeRegistry:
    """Stands in for `shared.clients.registry.RegistryClient`."""

    names: list[str] = field(default_factory=lambda: ["wine"])
    down: bool = False
    asked: int = 0

    async def buckets(self) -> list[RegisteredBucket]:
        self.asked += 1
        if self.down:
            raise Unavailable("registry is down")
        return [RegisteredBucket(name=name, region="us-east-1") for name in self.names]
