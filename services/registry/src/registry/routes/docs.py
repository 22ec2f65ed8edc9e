"""The API of this installation, as an OpenAPI document and as a page, which loads nothing from other hosts."""

import asyncio
from importlib.metadata import version
from importlib.resources import files

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from registry.routes.deps import Res
from registry.services.openapi import merge
from shared.errors import NotFound
from shared.web.document import document_of

router = APIRouter(include_in_schema=False)

_SWAGGER_UI = files("fastapi_offline") / "static"
_OWN_FILES = files("registry") / "docs"
_ASSETS = {
    "swagger-ui-bundle.js": (_SWAGGER_UI, "text/javascript"),
    "swagger-ui.css": (_SWAGGER_UI, "text/css"),
    "start.js": (_OWN_FILES, "text/javascript"),
}
_PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@router.get("/openapi.json")
async def get_api_document(request: Request, res: Res) -> JSONResponse:
    """Fails when a service does not answer: a partial document would look complete."""
    sources = res.peer_documents
    found = await asyncio.gather(*(source() for source in sources.values()))
    parts = {"registry": document_of(request.app), **dict(zip(sources, found, strict=True))}
    return JSONResponse(merge(parts, version("patchwork-registry"), res.settings.public))


@router.get("/docs")
async def show_docs() -> Response:
    return Response((_OWN_FILES / "index.html").read_bytes(), media_type="text/html", headers=_PAGE_HEADERS)


@router.get("/docs/{asset}")
async def get_docs_asset(asset: str) -> Response:
    if asset not in _ASSETS:
        raise NotFound(f"The page has no file {asset[:80]}")
    where, media_type = _ASSETS[asset]
    headers = {"Cache-Control": "public, max-age=86400", "X-Content-Type-Options": "nosniff"}
    return Response((where / asset).read_bytes(), media_type=media_type, headers=headers)
