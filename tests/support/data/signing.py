"""Requests as the catalogs' SDK signs them, by botocore."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import urlsplit

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from typing_extensions import override

REGION = "us-east-1"
NONE: Mapping[str, str] = MappingProxyType({})


class UnhashedAuth(S3SigV4Auth):
    """As the catalogs' SDK does it over TLS: the body stays out of the signature."""

    @override
    def payload(self, request: AWSRequest) -> str:
        return "UNSIGNED-PAYLOAD"


@dataclass(frozen=True)
class Key:
    """An S3 credential."""

    access_key_id: str
    secret: str
    token: str = "session-token"

    @classmethod
    def of(cls, vended: Mapping[str, str]) -> "Key":
        return cls(vended["AccessKeyId"], vended["SecretAccessKey"], vended["SessionToken"])

    @property
    def _credentials(self) -> Credentials:
        return Credentials(self.access_key_id, self.secret, self.token)

    def headers(
        self,
        method: str,
        url: str,
        service: str = "s3",
        *,
        body: bytes = b"",
        also: Mapping[str, str] = NONE,
        hashed: bool = True,
    ) -> dict[str, str]:
        """What to send with a request for `url`, the host that it is signed for left out."""
        request = AWSRequest(method, url, headers=dict(also), data=body)
        hashing = S3SigV4Auth if hashed else UnhashedAuth
        signer = hashing if service == "s3" else SigV4Auth
        signer(self._credentials, service, REGION).add_auth(request)
        return {name: value for name, value in request.headers.items() if name.lower() != "host"}

    def presigned(self, url: str, seconds: int = 300) -> str:
        request = AWSRequest("GET", url)
        S3SigV4QueryAuth(self._credentials, "s3", REGION, expires=seconds).add_auth(request)
        return str(request.url)

    def through(
        self, proxy: str, method: str, url: str, *, path_form: bool = False, also: Mapping[str, str] = NONE
    ) -> tuple[str, dict[str, str]]:
        """Signed for AWS's host and re-targeted to the proxy, in the form of 2026 or that of 2020 and 2022."""
        parts = urlsplit(url)
        host = parts.netloc
        where = host
        if path_form:
            bucket, _, rest = host.partition(".s3.")
            where = f"{rest.removesuffix('.amazonaws.com')}/{bucket}"
        question = f"?{parts.query}" if parts.query else ""
        headers = self.headers(method, url, also=also, hashed=False)
        return f"{proxy}/{where}{parts.path or '/'}{question}", headers
