"""Restoring archived objects."""

from dataclasses import dataclass

from ariadne import MutationType
from pydantic import ValidationError

from registry.errors import BucketNotFound
from registry.graphql.context import Info
from registry.graphql.unions import InputError, InvalidInput, OperationError, error_name
from shared.aws.archived_objects import ExpeditedUnavailable, NotArchived, RestorationRunning
from shared.aws.objects import BucketMissing, ObjectMissing
from shared.errors import Conflict, Forbidden, NotFound
from shared.schemas.restoration import RestoreRequest

mutation = MutationType()

_NAMES: dict[type[Exception], str] = {
    BucketMissing: "BucketNotFound",
    BucketNotFound: "BucketNotFound",
    ObjectMissing: "ObjectNotFound",
    NotArchived: "InvalidObjectState",
    RestorationRunning: "RestoreAlreadyInProgress",
    ExpeditedUnavailable: "GlacierExpeditedUnavailable",
}
"""Names by which catalogs know errors."""


@dataclass(frozen=True, slots=True)
class RestoreObjectSuccess:
    already_restored: bool


@mutation.field("restoreObject")
async def restore_object(
    _: object, info: Info, *, bucket: str, key: str, tier: str, days: int, version: str | None = None
) -> RestoreObjectSuccess | InvalidInput | OperationError:
    viewer = info.context.signed_in()
    given = {"key": key, "version_id": version or None, "days": days, "tier": tier.lower()}
    try:
        asked = RestoreRequest.model_validate(given)
    except ValidationError as error:
        faults = [(".".join(map(str, each["loc"])), each["msg"]) for each in error.errors()]
        return InvalidInput(tuple(InputError(path, "ValidationError", message) for path, message in faults))
    try:
        restored = await info.context.services.restorations.restore(viewer, bucket, asked)
    except Forbidden as error:
        return OperationError("RestoreAccessDenied", str(error))
    except (NotFound, Conflict, ExpeditedUnavailable) as error:
        return OperationError(_NAMES.get(type(error)) or error_name(error), str(error))
    return RestoreObjectSuccess(restored.state == "restored")


BINDABLES = [mutation]
