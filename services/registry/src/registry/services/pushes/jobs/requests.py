"""Requests of jobs as they are kept in the database."""

import json
from dataclasses import dataclass

from pydantic import BaseModel

from shared.schemas.push import Construction, Patch, Promotion


@dataclass(frozen=True, slots=True)
class PackagePlace:
    """A package's bucket and name."""

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
    """The request as JSON. Fields that were not set stay absent, since absent and null differ for `workflow` and `metadata`."""
    return json.dumps(request.model_dump(exclude_unset=True, by_alias=True)).encode()
