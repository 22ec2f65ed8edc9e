"""What a job's row says of what is to be done."""

import json
from dataclasses import dataclass

from pydantic import BaseModel

from shared.schemas.push import Construction, Patch, Promotion


@dataclass(frozen=True, slots=True)
class PackagePlace:
    """Where a package is."""

    bucket: str
    name: str


class BaseRevision(BaseModel):
    """The revision that a push starts from."""

    bucket: str
    name: str
    top_hash: str


class ConstructionJob(BaseModel):
    push: Construction


class PatchJob(BaseModel):
    base: BaseRevision
    push: Patch


class PromotionJob(BaseModel):
    base: BaseRevision
    push: Promotion


def request_json(request: ConstructionJob | PatchJob | PromotionJob) -> bytes:
    """What was left out stays left out, and numbers stay what they are."""
    return json.dumps(request.model_dump(exclude_unset=True, by_alias=True)).encode()
