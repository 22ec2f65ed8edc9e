"""Presigned addresses of objects, compared with those that botocore signs."""

from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoCredentials

from shared.aws.clients import Credentials
from shared.aws.presigned import PresignedUrls
from shared.aws.signatures import TIME_FORMAT
from shared.quilt.physical_keys import PhysicalKey

KEYS = ("AKIAEXAMPLE", "secret/+", "token==/+")


@pytest.mark.parametrize("endpoint", ["", "http://localhost:5001", "https://store.example.com/s3"])
@pytest.mark.parametrize("bucket", ["lab", "lab.with.dots"])
@pytest.mark.parametrize("key", ["a.csv", "a b/c+d.txt", "日本/酒 #?&=.txt", "~!*'()$:.txt"])
@pytest.mark.parametrize("version", [None, "3HL4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY"])
def test_an_address_has_the_signature_that_botocore_makes(
    endpoint: str, bucket: str, key: str, version: str | None
) -> None:
    now = datetime(2026, 11, 30, 4, 5, 6, tzinfo=UTC)
    signer = PresignedUrls(Credentials(*KEYS, now), "eu-central-1", endpoint, now, 600)
    made = urlsplit(signer.url(PhysicalKey(bucket, key, version), f'"{key}"'))
    named = dict(parse_qsl(made.query, strict_parsing=True))
    signature = named.pop("X-Amz-Signature")
    assert named["X-Amz-Date"] == "20261130T040506Z"
    assert named.get("versionId") == version
    query = "&".join(f"{name}={quote(value, safe='~')}" for name, value in named.items())
    request = AWSRequest("GET", f"{made.scheme}://{made.netloc}{made.path}?{query}", {"host": made.netloc})
    request.context["timestamp"] = now.strftime(TIME_FORMAT)
    peer = S3SigV4QueryAuth(BotoCredentials(*KEYS), "s3", "eu-central-1", expires=600)
    canonical = peer.canonical_request(request)
    assert peer.signature(peer.string_to_sign(request, canonical), request) == signature


def test_buckets_are_named_by_the_host_where_a_certificate_covers_them() -> None:
    now = datetime.now(UTC)
    signer = PresignedUrls(Credentials(*KEYS, now), "eu-central-1", "", now, 60)
    assert signer.url(PhysicalKey("lab", "a", None), "a").startswith("https://lab.s3.eu-central-1.amazonaws.com/a?")
    assert signer.url(PhysicalKey("l.b", "a", None), "a").startswith("https://s3.eu-central-1.amazonaws.com/l.b/a?")
