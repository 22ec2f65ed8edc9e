"""Signed requests, as the SDK of the catalogs makes them; botocore signs."""

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
    """Signs without the body, as the SDK of the catalogs does over TLS."""

    @override
    def payload(self, request: AWSRequest) -> str:
        return "UNSIGNED-PAYLOAD"


@dataclass(frozen=True)
class Key:
    """An S3 credential."""

    access_key_id: str
    secret: str
    token: str | None = "session-token"

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
        """Headers of a signed request for `url`, without `Host`."""
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
        """URL at the proxy and headers of a request that is signed for AWS. `path_form` is the form of 2020 and 2022."""
        parts = urlsplit(url)
        host = parts.netloc
        where = host
        if path_form:
            bucket, _, rest = host.partition(".s3.")
            where = f"{rest.removesuffix('.amazonaws.com')}/{bucket}"
        query = f"?{parts.query}" if parts.query else ""
        headers = self.headers(method, url, also=also, hashed=False)
        return f"{proxy}/{where}{parts.path or '/'}{query}", headers
