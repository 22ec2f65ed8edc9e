"""XML of S3 for buckets and listings. Pure.

Source: the API reference of Amazon S3. Elements come in its order; clients that read names of elements as they come need no more.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from urllib.parse import quote
from xml.sax.saxutils import escape

from shared.clients.package_gateway import GatewayBucket, ListedKey

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
OWNER = "<Owner><ID>patchwork</ID><DisplayName>patchwork</DisplayName></Owner>"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_DEFAULT_REGION = "us-east-1"

Fields = Sequence[tuple[str, str | None]]
"""Elements by name, with values that are encoded for XML; those without a value are left out."""


def document(name: str, content: str) -> str:
    return f"{_HEAD}<{name} {_NAMESPACE}>{content}</{name}>"


def elements(fields: Fields) -> str:
    return "".join(f"<{name}>{value}</{name}>" for name, value in fields if value is not None)


def text_of(value: str) -> str:
    """A text in an element. Characters that XML 1.0 does not have are written as S3 writes them, by their numbers."""
    escaped = escape(value)
    return _CONTROL.sub(lambda found: f"&#{ord(found[0])};", escaped) if _CONTROL.search(escaped) else escaped


def url_encoded(value: str) -> str:
    return quote(value, safe="/~")


def time_of(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def contents(
    keys: Iterable[ListedKey], encoded: Callable[[str], str], *, element: str = "Contents", before: str = "", owner: str
) -> str:
    """`before`: elements between the key and its time."""
    times: dict[int, str] = {}
    parts = []
    for key, size, etag, pushed_at in ((each.key, each.size, each.etag, each.pushed_at) for each in keys):
        moment = times.get(pushed_at)
        if moment is None:
            moment = times[pushed_at] = time_of(pushed_at)
        parts.append(
            f"<{element}><Key>{encoded(key)}</Key>{before}<LastModified>{moment}</LastModified>"
            f"<ETag>&quot;{etag[1:-1]}&quot;</ETag><Size>{size}</Size>{owner}<StorageClass>STANDARD</StorageClass></{element}>"
        )
    return "".join(parts)


def common_prefixes(prefixes: Iterable[str], encoded: Callable[[str], str]) -> str:
    return "".join(f"<CommonPrefixes><Prefix>{encoded(prefix)}</Prefix></CommonPrefixes>" for prefix in prefixes)


def bucket_list(buckets: Iterable[GatewayBucket], region: str, prefix: str | None, token: str | None) -> str:
    listed = "".join(
        f"<Bucket><Name>{text_of(each.name)}</Name><CreationDate>{time_of(each.created_at)}</CreationDate>"
        f"<BucketRegion>{region}</BucketRegion></Bucket>"
        for each in buckets
    )
    texts = [None if value is None else text_of(value) for value in (token, prefix)]
    rest = elements(list(zip(("ContinuationToken", "Prefix"), texts, strict=True)))
    return document("ListAllMyBucketsResult", f"{OWNER}<Buckets>{listed}</Buckets>{rest}")


def location(region: str) -> str:
    if region == _DEFAULT_REGION:
        return f"{_HEAD}<LocationConstraint {_NAMESPACE}/>"
    return document("LocationConstraint", region)
