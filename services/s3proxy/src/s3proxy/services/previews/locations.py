"""The object that the `url` of a preview names, and the signer of the URL."""

import re
from collections.abc import Container
from dataclasses import dataclass
from urllib.parse import parse_qs

from s3proxy.errors import InvalidAddress
from s3proxy.services import addresses
from s3proxy.services.addresses import Address
from shared.errors import Invalid

_URL = re.compile(r"https://([a-zA-Z0-9.-]{1,255}\.amazonaws\.com)(/[!\"$->@-~]*)?(?:\?([!\"$-~]*))?")
"""Host, path and query; URLs with a fragment, blanks or a user are refused."""


@dataclass(frozen=True, slots=True)
class PreviewLocation:
    """Address and query of `https://<bucket>.s3.<region>.amazonaws.com/<key>`, presigned or not, unchanged."""

    address: Address
    query: str

    @property
    def access_key_id(self) -> str | None:
        """The access key that signed the URL; None for an unsigned one."""
        credential = parse_qs(self.query).get("X-Amz-Credential", [""])[0]
        return credential.partition("/")[0] or None

    @property
    def is_manifest(self) -> bool:
        return bool(re.fullmatch(r"/\.quilt/packages/[0-9a-f]{64}", self.address.key))


def locate(url: str, registered: Container[str]) -> PreviewLocation:
    """The object that the URL names; raises Invalid or UnregisteredBucket."""
    found = _URL.fullmatch(url)
    if not found:
        raise Invalid("Unexpected url: an object's address is https://<bucket>.s3.<region>.amazonaws.com/<key>")
    try:
        return PreviewLocation(addresses.parse(f"/{found[1].lower()}{found[2] or ''}", registered), found[3] or "")
    except InvalidAddress as error:
        raise Invalid(f"Unexpected url: {error}") from error
