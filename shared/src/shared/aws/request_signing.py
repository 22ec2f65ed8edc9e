"""Signs requests to AWS with Signature Version 4. Pure."""

from datetime import UTC, datetime

from multidict import CIMultiDict

from shared.aws.process_credentials import Keys
from shared.aws.signatures import ALGORITHM, TIME_FORMAT, SignedRequest, SigningScope, digest_of

USER_AGENT = "patchwork-service"
"""Part of the user agent of the requests that services make themselves, by which logs of S3 tell them from those of people."""
_SIGNED_HEADERS = frozenset({"content-md5", "content-type", "host"})
"""Headers that are signed when present, as all `x-amz-` headers are. S3 requires it, and Ceph refuses a request without it."""


def sign(  # noqa: PLR0917 – the parts of a request in their order
    headers: CIMultiDict[str],
    method: str,
    path: str,
    query: str,
    payload: str,
    region: str,
    keys: Keys,
    service: str = "s3",
) -> tuple[SigningScope, str]:
    """Sign a request to S3, or to another service, now, in its headers: sets Authorization and the headers that belong to it.

    `payload` is the hash of the body, or S3's word for a body that is not hashed. Returns scope and signature,
    with which the chain of a body signed in chunks begins.
    """
    scope = SigningScope(datetime.now(UTC).strftime(TIME_FORMAT), region, service)
    for name in ("authorization", "x-amz-security-token"):
        headers.popall(name, None)
    headers["x-amz-date"], headers["x-amz-content-sha256"] = scope.moment, payload
    if keys.session_token:
        headers["x-amz-security-token"] = keys.session_token
    request = SignedRequest(method, path, query, [(name.lower(), value) for name, value in headers.items()])
    names = sorted({name for name, _ in request.headers if name in _SIGNED_HEADERS or name.startswith("x-amz-")})
    digest = digest_of(request, names, payload, scope, keys.secret_access_key)
    credential = "/".join((keys.access_key_id, *scope.parts))
    headers["Authorization"] = (
        f"{ALGORITHM} Credential={credential}, SignedHeaders={';'.join(names)}, Signature={digest}"
    )
    return scope, digest
