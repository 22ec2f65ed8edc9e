"""Packages of Quilt 2: pushes, installs and reads. The client is their contract, so the OpenAPI document leaves them out."""

from typing import Any

import orjson
from fastapi import APIRouter, Depends, Response
from fastapi.responses import StreamingResponse

from registry.quilt2.errors import Quilt2PackageNotFound
from registry.quilt2.routes.bodies import HashesGiven, HashGiven, PushedBody
from registry.quilt2.routes.deps import (
    Changes,
    Charged,
    Installs,
    Name,
    Owner,
    PackageHash,
    Packages,
    Pushes,
    Reader,
    Writer,
    no_nul,
)
from registry.quilt2.services.pushes import CheckedDryRun
from registry.routes.deps import Res

router = APIRouter(prefix="/api", tags=["quilt"], include_in_schema=False, dependencies=[Depends(no_nul)])

Json = dict[str, Any]

_AT = "/package/{owner}/{name}/{package_hash}"


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json")


def push_answer(res: Res, pushes: Pushes, owner: str, name: str, made: str | CheckedDryRun) -> Response:
    if isinstance(made, CheckedDryRun):
        return StreamingResponse(pushes.upload_urls(made), media_type="application/json")
    url = f"{res.settings.public.catalog_url}/package/{owner}/{name}"
    return _json(orjson.dumps({"package_url": url, "package_hash": made}))


@router.put(_AT, dependencies=[Charged])
async def push_quilt2_package(
    *,
    owner: Owner,
    name: Name,
    package_hash: PackageHash,
    pushed: PushedBody,
    caller: Writer,
    pushes: Pushes,
    res: Res,
) -> Response:
    made = await pushes.push(caller, owner, name, package_hash, pushed)
    return push_answer(res, pushes, owner, name, made)


@router.post("/package_update/{owner}/{name}/{path:path}", dependencies=[Charged])
async def push_quilt2_subpackage(
    *, owner: Owner, name: Name, path: str, pushed: PushedBody, caller: Writer, pushes: Pushes, res: Res
) -> Response:
    made = await pushes.update(caller, owner, name, path.split("/"), pushed)
    return push_answer(res, pushes, owner, name, made)


@router.get(_AT)
async def install_quilt2_package(
    *,
    owner: Owner,
    name: Name,
    package_hash: PackageHash,
    caller: Reader,
    installs: Installs,
    subpath: str = "",
    meta_only: str = "",
) -> Response:
    if "\0" in subpath:
        raise Quilt2PackageNotFound("Names have no NUL characters")
    return _json(await installs.document(caller, owner, name, package_hash, subpath=subpath, meta_only=bool(meta_only)))


@router.get("/packaget4/{owner}/{name}/{package_hash}")
async def get_quilt2_manifest(
    *, owner: Owner, name: Name, package_hash: PackageHash, caller: Reader, installs: Installs
) -> Response:
    return _json(await installs.manifest(caller, owner, name, package_hash))


@router.post("/get_objects")
async def find_quilt2_objects(hashes: HashesGiven, caller: Reader, installs: Installs) -> Response:
    return _json(await installs.objects(caller, hashes))


@router.get("/package/{owner}/{name}/")
@router.get("/package/{owner}/{name}")
async def list_quilt2_instances(owner: Owner, name: Name, caller: Reader, packages: Packages) -> Json:
    return await packages.hashes(caller, owner, name)


@router.delete("/package/{owner}/{name}/")
@router.delete("/package/{owner}/{name}")
async def delete_quilt2_package(owner: Owner, name: Name, caller: Writer, changes: Changes) -> Json:
    await changes.delete(caller, owner, name)
    return {}


@router.get("/package/{owner}/")
@router.get("/package/{owner}")
async def list_quilt2_packages(owner: Owner, caller: Reader, packages: Packages) -> Json:
    return await packages.of_owner(caller, owner)


@router.get("/package_preview/{owner}/{name}/{package_hash}")
async def preview_quilt2_package(
    *, owner: Owner, name: Name, package_hash: PackageHash, caller: Reader, packages: Packages
) -> Json:
    return await packages.preview(caller, owner, name, package_hash)


@router.get("/recent_packages/")
@router.get("/recent_packages")
async def list_recent_quilt2_packages(_: Reader, packages: Packages, count: str = "10") -> Json:
    return await packages.recent(min(int(count), 1000) if count.isascii() and count.isdigit() else 10)


@router.get("/search/", dependencies=[Charged])
async def search_quilt2_packages(caller: Reader, packages: Packages, q: str = "") -> Json:
    return await packages.search(caller, q.replace("\0", ""))


@router.get("/log/{owner}/{name}/")
@router.get("/log/{owner}/{name}")
async def list_quilt2_log(owner: Owner, name: Name, caller: Reader, packages: Packages) -> Json:
    return await packages.logs(caller, owner, name)


@router.get("/tag/{owner}/{name}/")
@router.get("/tag/{owner}/{name}")
async def list_quilt2_tags(owner: Owner, name: Name, caller: Reader, packages: Packages) -> Json:
    return await packages.tags(caller, owner, name)


@router.get("/tag/{owner}/{name}/{tag}")
async def get_quilt2_tag(owner: Owner, name: Name, tag: str, caller: Reader, packages: Packages) -> Json:
    return await packages.tag(caller, owner, name, tag)


@router.put("/tag/{owner}/{name}/{tag}")
async def put_quilt2_tag(
    *, owner: Owner, name: Name, tag: str, given: HashGiven, caller: Writer, changes: Changes
) -> Json:
    await changes.put_tag(caller, owner, name, tag, given)
    return {}


@router.delete("/tag/{owner}/{name}/{tag}")
async def delete_quilt2_tag(owner: Owner, name: Name, tag: str, caller: Writer, changes: Changes) -> Json:
    await changes.remove_tag(caller, owner, name, tag)
    return {}


@router.get("/version/{owner}/{name}/")
@router.get("/version/{owner}/{name}")
async def list_quilt2_versions(owner: Owner, name: Name, caller: Reader, packages: Packages) -> Json:
    return await packages.versions(caller, owner, name)


@router.get("/version/{owner}/{name}/{version}")
async def get_quilt2_version(owner: Owner, name: Name, version: str, caller: Reader, packages: Packages) -> Json:
    return await packages.version(caller, owner, name, version)


@router.put("/version/{owner}/{name}/{version}")
async def put_quilt2_version(
    *, owner: Owner, name: Name, version: str, given: HashGiven, caller: Writer, changes: Changes
) -> Json:
    await changes.put_version(caller, owner, name, version, given)
    return {}
