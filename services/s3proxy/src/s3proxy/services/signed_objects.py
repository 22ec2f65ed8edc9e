"""Single objects at addresses that the registry signed: requests for them are signed with the proxy's own credentials."""

import base64
import re
from urllib.parse import quote

from multidict import CIMultiDict
from starlette.types import Scope
from yarl import URL

from s3proxy.errors import AccessDenied, InvalidRequest, ServiceUnavailable
from s3proxy.services.bodies import CallerBody
from s3proxy.services.outgoing import Outgoing
from shared.aws.process_credentials import ProcessKeys
from shared.aws.request_signing import sign
from shared.aws.signatures import NOT_HASHED
from shared.errors import AppError
from shared.object_urls import SIGNATURE, ObjectUrls, is_plain, name_in
from shared.settings import AwsSettings

_SIGNATURE_PARAMETER = f"{SIGNATURE}=".encode()
_PATH = re.compile(r"/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(/objs/[^/]+/([0-9a-f]{64}))")
_DISPOSITION, _ATTACHMENT = "response-content-disposition", "attachment; filename*=UTF-8''"
_PASSED_HEADERS = (
    *("content-length", "content-encoding", "content-type", "range"),
    *("if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since"),
)
_PASSED_HEADERS_OF_PUT = ("content-length", "content-encoding", "content-type")


class SignedObjects:
    def __init__(self, urls: ObjectUrls, aws: AwsSettings, keys: ProcessKeys) -> None:
        self._urls = urls
        self._aws = aws
        self._keys = keys

    @staticmethod
    def concerns(asked: Scope) -> bool:
        return _SIGNATURE_PARAMETER in asked["query_string"]

    async def sign(self, asked: Scope, body: CallerBody) -> Outgoing:
        """The request as the store gets it; raises S3Error."""
        method, raw_path = asked["method"], asked["raw_path"].decode("ascii")
        found = _PATH.fullmatch(raw_path)
        asked_query = asked["query_string"].decode("latin-1")
        if not found or not self._urls.verify(method, raw_path, asked_query):
            raise AccessDenied("The address has expired, or was signed for another request")
        bucket, key, content_hash = found.groups()
        endpoint = self._aws.endpoint_url
        base = endpoint.rstrip("/") if endpoint else f"https://{bucket}.s3.{self._aws.region}.amazonaws.com"
        name = name_in(asked_query) if method == "GET" else ""
        query = f"{_DISPOSITION}={quote(_ATTACHMENT + name, safe='')}" if name else ""
        url = URL(f"{base}/{bucket}{key}" if endpoint else f"{base}{key}", encoded=True)
        if query:
            url = URL(f"{url}?{query}", encoded=True)
        passed = CIMultiDict[str](Host=base.partition("://")[2])
        for name, value in asked["headers"]:
            if name.decode("latin-1") in (_PASSED_HEADERS_OF_PUT if method == "PUT" else _PASSED_HEADERS):
                passed.add(name.decode("latin-1"), value.decode("latin-1"))
        is_hashed = method == "PUT" and "content-encoding" not in passed
        if method == "PUT":
            _prepare_put(passed, asked_query)
        if is_hashed:
            # An object that is sent without an encoding must have the hash in its name: the store compares them.
            passed["x-amz-checksum-sha256"] = base64.b64encode(bytes.fromhex(content_hash)).decode()
        try:
            keys = await self._keys.current()
        except AppError as error:
            raise ServiceUnavailable(str(error)) from error
        sign(passed, method, url.raw_path, query, content_hash if is_hashed else NOT_HASHED, self._aws.region, keys)
        return Outgoing(url, passed, body.stream())


def _prepare_put(passed: CIMultiDict[str], query: str) -> None:
    """Let the store refuse to replace an object; raises InvalidRequest."""
    if "content-length" not in passed:
        raise InvalidRequest("A Content-Length header is required")
    if "content-encoding" in passed and is_plain(query):
        raise InvalidRequest("This address takes no Content-Encoding")
    passed["If-None-Match"] = "*"
