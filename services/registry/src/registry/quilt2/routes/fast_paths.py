"""The install route, which is matched ahead of FastAPI's own: see `registry.routes.fast_paths`."""

from fastapi import Request, Response

from registry.quilt2.routes.deps import install_service, no_nul, quilt2_resources, reader
from registry.routes.deps import resources
from registry.routes.fast_paths import FastRoute


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


ROUTES = [FastRoute("/api/package/{owner}/{name}/{package_hash}", install)]
