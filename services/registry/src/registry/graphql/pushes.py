"""Construction and promotion of packages. The mutation waits for the job."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from ariadne import MutationType
from pydantic import ValidationError

from registry.errors import PushRefused
from registry.graphql.context import Info
from registry.graphql.packages import GraphqlRevision
from registry.graphql.unions import InputError, InvalidInput, OperationError, error_name, invalid
from registry.services.pushes.jobs.requests import PackagePlace
from shared.errors import AppError, Unauthenticated, Unavailable
from shared.index.records import PackageRecord
from shared.index.store import IndexStore
from shared.schemas.job import Job, JobState
from shared.schemas.problem import Problem
from shared.schemas.push import Construction, Promotion

JOB_WAIT_SECONDS = 24.0
"""Seconds that a mutation waits for its job, which goes on afterwards. Executions end after 30."""
_INDEX_LOOKUPS = 20
_ENTRIES = "src.entries"
_NAMES = {
    "workflow_violation": "WorkflowValidationError",
    "workflows_broken": "WorkflowValidationError",
    "not_a_successor": "InvalidSuccessor",
    "object_refused": "Forbidden",
}
"""Names by which catalogs know problems, by slug. Names of other problems are made of the error or its slug."""

mutation = MutationType()

Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PackagePushSuccess:
    package: PackageRecord
    revision: GraphqlRevision


@mutation.field("packageConstruct")
async def construct_package(
    _: object, info: Info, params: Values, src: Values
) -> PackagePushSuccess | InvalidInput | OperationError:
    async def submit() -> Job:
        entries = [_entry(each) for each in src["entries"]]
        push = Construction.model_validate({**_common(params), "entries": entries})
        return await info.context.services.pushes.construct(info.context.signed_in(), _place(params), push)

    return await _push(info, submit)


@mutation.field("packageFromFolder")
async def construct_from_folder(
    _: object, info: Info, params: Values, src: Values
) -> PackagePushSuccess | InvalidInput | OperationError:
    async def submit() -> Job:
        viewer = info.context.signed_in()
        asked = [(each["logical_key"], each["path"], each["is_dir"]) for each in src["entries"]]
        entries = await info.context.services.folders.entries(viewer, src["bucket"], asked)
        push = Construction.model_validate({**_common(params), "entries": entries})
        return await info.context.services.pushes.construct(viewer, _place(params), push)

    return await _push(info, submit)


@mutation.field("packagePromote")
async def promote_package(
    _: object, info: Info, params: Values, src: Values, dest_prefix: str | None = None
) -> PackagePushSuccess | InvalidInput | OperationError:
    async def submit() -> Job:
        viewer, to = info.context.signed_in(), _place(params)
        source = PackagePlace(src["bucket"], src["name"])
        pushes = info.context.services.pushes
        successor = await pushes.successor(viewer, source.bucket, to.bucket)
        push = Promotion.model_validate(
            {
                **_common(params),
                "to": {"bucket": to.bucket, "package": to.name},
                "copy": successor.copy_data,
                "prefix": dest_prefix or "",
            }
        )
        return await pushes.promote(viewer, source, src["hash"], push)

    return await _push(info, submit)


def _place(params: Values) -> PackagePlace:
    return PackagePlace(params["bucket"], params["name"])


def _common(params: Values) -> Values:
    """Fields that all pushes have. Without `workflow` the bucket's default applies; an empty one is no workflow."""
    workflow = params.get("workflow")
    return {
        "message": params.get("message"),
        "metadata": params.get("user_meta"),
        **({} if workflow is None else {"workflow": workflow}),
    }


def _entry(given: Values) -> Values:
    size = given.get("size")
    return {**given, "size": int(size) if size is not None and float(size).is_integer() else size}


async def _push(info: Info, submit: Callable[[], Awaitable[Job]]) -> PackagePushSuccess | InvalidInput | OperationError:
    viewer = info.context.signed_in()
    try:
        job = await submit()
    except ValidationError as error:
        found = [_input_error(".".join(map(str, each["loc"])), each["msg"]) for each in error.errors()]
        return InvalidInput(tuple(found[:100]))
    except (Unauthenticated, Unavailable):
        raise
    except AppError as error:
        return _refusal(error.problem(), error_name(error))
    job = await info.context.services.jobs.wait(viewer, job.id, JOB_WAIT_SECONDS)
    if job.state is JobState.DONE and job.result:
        return await _success(info, job.bucket, job.name, job.result.top_hash)
    if job.problem:
        return _refusal(job.problem)
    if job.state is JobState.CANCELLED:
        return OperationError("Cancelled", "The push was cancelled")
    return OperationError("Timeout", f"The push is not finished in time for this answer. It goes on as job {job.id}")


async def _success(info: Info, bucket: str, name: str, top_hash: str) -> PackagePushSuccess:
    """Poll the index until it has the revision: a job also ends when the indexer could not be reached."""
    for _ in range(_INDEX_LOOKUPS):
        async with info.context.database() as session:
            index = IndexStore(session)
            package = await index.package(bucket, name)
            manifest = await index.manifest(bucket, top_hash)
        if package and manifest:
            return PackagePushSuccess(package, GraphqlRevision(package, manifest))
        await asyncio.sleep(0.1)
    raise Unavailable(f"{name} was pushed but is not indexed yet. Try again later")


def _refusal(problem: Problem, name: str = "") -> InvalidInput | OperationError:
    slug = problem.type.rpartition("/")[2]
    if slug in {PushRefused.slug, "entry_refused"}:
        faults = [_input_error(str(each["path"]), str(each["message"])) for each in problem.errors]
        return InvalidInput(tuple(faults)) if faults else invalid(None, "InvalidInput", problem.message)
    known = _NAMES.get(slug)
    return OperationError(known or name or "".join(map(str.capitalize, slug.split("_"))), problem.message)


def _input_error(path: str, message: str) -> InputError:
    """Catalogs show errors of entries at their field for files."""
    first, _, rest = path.partition(".")
    if first == "entries":
        return InputError(_ENTRIES, "InvalidEntry", f"{rest}: {message}" if rest else message)
    names = {"metadata": "params.userMeta", "prefix": "destPrefix"}
    return InputError(names.get(first, f"params.{first}"), "InvalidInput", message)


def upgrade_variables(variables: Any) -> Any:
    """Accept the variables of the catalog of 2022, whose entries have a hash as text: SHA-256 in hexadecimal."""
    src = variables.get("src") if isinstance(variables, dict) else None
    entries = src.get("entries") if isinstance(src, dict) else None
    if not isinstance(entries, list):
        return variables
    upgraded = [
        {**each, "hash": {"type": "SHA256", "value": each["hash"]}}
        if isinstance(each, dict) and isinstance(each.get("hash"), str)
        else each
        for each in entries
    ]
    return {**variables, "src": {**src, "entries": upgraded}} if isinstance(src, dict) else variables


BINDABLES = [mutation]
