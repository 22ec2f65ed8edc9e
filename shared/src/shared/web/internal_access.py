"""Routes below `/internal/`, and the services that may call them. Nobody may call a route that has no row here."""

from collections.abc import Mapping

from shared.settings import InternalCaller

_Callers = frozenset[InternalCaller]

CORE: _Callers = frozenset({"core"})
WITH_S3PROXY: _Callers = frozenset({"core", "s3proxy"})
WITH_INDEXER: _Callers = frozenset({"core", "indexer"})

COMMON: Mapping[str, _Callers] = {
    "GET /internal/metrics": CORE,
    "GET /internal/openapi.json": CORE,
    "GET /internal/reach": CORE,
}

ACCESS: Mapping[str, Mapping[str, _Callers]] = {
    "auth": {
        **COMMON,
        # Administration, on behalf of an administrator whom the registry has authenticated.
        "* /internal/admin/*": CORE,
        "* /internal/users/*": CORE,
        "GET /internal/names/{name}": CORE,
        "POST /internal/imports/users": CORE,
        "POST /internal/letters": CORE,
        "GET /internal/agreement": CORE,
        # Their answers are for whoever has the token or ticket, which `auth` verifies itself.
        "POST /internal/principal": WITH_S3PROXY,
        "POST /internal/tickets": WITH_S3PROXY,
        "POST /internal/reads": WITH_S3PROXY,
        # Anybody's, by the id of their session.
        "POST /internal/credentials": CORE,
        "POST /internal/ticket-sets": CORE,
        "POST /internal/report-signatures": CORE,
        "POST /internal/uses": CORE,
        "GET /internal/signers/{access_key_id}": WITH_S3PROXY,
        # Names who wrote a pointer: to whoever knows its key, its ETag and, for a new one, the session that wrote it.
        "POST /internal/pushes": WITH_INDEXER,
        "GET /internal/revocations": WITH_S3PROXY,
        "DELETE /internal/revocations/listeners/{listener}": WITH_S3PROXY,
        "POST /internal/audit": WITH_S3PROXY,
        # To whoever may read the package, as the registry has decided.
        "POST /internal/package-events": CORE,
    },
    "registry": {
        **COMMON,
        "GET /internal/buckets": frozenset({"core", "s3proxy", "indexer"}),
        "POST /internal/search": WITH_S3PROXY,
        "POST /internal/entries": WITH_S3PROXY,
        "POST /internal/archives": WITH_S3PROXY,
        "POST /internal/archives/entries": WITH_S3PROXY,
        # Its answer is for whoever knows the secret id of a session.
        "POST /internal/browsing-sessions": WITH_S3PROXY,
        # Their answers are for whoever signed a request to the package gateway, which the registry verifies itself.
        "POST /internal/package-gateway/buckets": WITH_S3PROXY,
        "POST /internal/package-gateway/keys": WITH_S3PROXY,
        "POST /internal/package-gateway/pages": WITH_S3PROXY,
        "GET /internal/catalog/settings": WITH_S3PROXY,
        "PUT /internal/catalog/settings": WITH_S3PROXY,
        "GET /internal/catalog/logos/{name}": WITH_S3PROXY,
        "PUT /internal/catalog/logos/{name}": WITH_S3PROXY,
    },
    "s3proxy": {**COMMON},
    "indexer": {
        **COMMON,
        "GET /internal/buckets/{bucket}": CORE,
        "POST /internal/buckets/{bucket}/scan": CORE,
        "POST /internal/events": CORE,
        "POST /internal/keys": CORE,
        "POST /internal/manifests": CORE,
        "POST /internal/trees": CORE,
        "POST /internal/archive-layouts": CORE,
        "POST /internal/sweep": CORE,
    },
}


def callers_of(service: str, method: str, route: str) -> _Callers:
    """The services that may call the route of `service`. A row `* /path/*` stands for all routes below that path."""
    rows = ACCESS.get(service, COMMON)
    below = (
        callers for row, callers in rows.items() if row.startswith("* ") and route.startswith(row[2:].removesuffix("*"))
    )
    return rows.get(f"{method} {route}") or next(below, frozenset())
