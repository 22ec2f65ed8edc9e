"""The routes of installs and pushes, which are matched ahead of FastAPI's own: see `registry.routes.fast_paths`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Request, Response

from registry.quilt2.routes.bodies import pushed_body
from registry.quilt2.routes.deps import (
    charged,
    install_service,
    known,
    no_nul,
    push_service,
    quilt2_resources,
    reader,
    writer,
)
from registry.quilt2.routes.packages import push_answer
from registry.routes.deps import resources
from registry.routes.fast_paths import FastRoute, holding_nothing

_INSTANCE = "/api/package/{owner}/{name}/{package_hash}"


async def install(request: Request) -> Response:
    at, asked = request.path_params, request.query_params
    await no_nul(request)
    res = await resources(request)
    caller, installs = await reader(request, res), await install_service(res, await quilt2_resources(request))
    subpath, meta_only = asked.get("subpath", ""), bool(asked.get("meta_only", ""))
    found = await installs.document(
        caller,
        at["owner"],
        at["name"],
        at["package_hash"],
        subpath=subpath.replace("\0", "\ufffd"),  # no node is named so
        meta_only=meta_only,
    )
    return Response(found, media_type="application/json")


@asynccontextmanager
async def push(request: Request) -> AsyncIterator[Response]:
    at = request.path_params
    await no_nul(request)
    res = await resources(request)
    await charged(request, await reader(request, res))
    caller = await writer(await known(request, res), res)
    quilt2 = await quilt2_resources(request)
    pushes = await push_service(res, quilt2)
    async with pushed_body(request, quilt2) as pushed:
        made = await pushes.push(caller, at["owner"], at["name"], at["package_hash"], pushed)
        yield push_answer(res, pushes, at["owner"], at["name"], made)


ROUTES = [FastRoute(_INSTANCE, holding_nothing(install)), FastRoute(_INSTANCE, push, "PUT")]
