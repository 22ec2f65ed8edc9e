"""The resources that Quilt 2's routes share in one process."""

from dataclasses import dataclass, field

from registry.quilt2.body_budget import BodyBudget
from registry.quilt2.events import EventQueue
from registry.quilt2.package_locks import PackageLocks


@dataclass(frozen=True, slots=True)
class Quilt2Resources:
    events: EventQueue = field(default_factory=EventQueue)
    """Events that are not in the database yet."""
    body_budget: BodyBudget = field(default_factory=BodyBudget)
    locks: PackageLocks = field(default_factory=PackageLocks)
