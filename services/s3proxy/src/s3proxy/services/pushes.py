"""Clients' pushes among the requests that the proxy signs again for the store. Pure.

The store sees one pair of keys for all users, so its events do not say who wrote. The proxy therefore writes the name of the user into
the metadata of pointers, and of manifests that are pushes, as the registry does when it pushes.
"""

from urllib.parse import unquote

from multidict import CIMultiDict

from s3proxy.services.addresses import Address
from shared.quilt.keys import AUTHOR_META, LATEST, Layout2ManifestKey, PointerKey, classify

_HEADER = f"x-amz-meta-{AUTHOR_META}"


def write_author(passed: CIMultiDict[str], method: str, names: set[str], address: Address, user: str) -> str:
    """Put the user's name into the headers of a request that makes a pointer or a push, whatever its caller put there.

    `names`: of the parameters in the query. Returns `package:BUCKET/AUTHOR/NAME` if the request completes a push, else nothing.
    """
    key = classify(unquote(address.key).removeprefix("/"))
    if not isinstance(key, PointerKey | Layout2ManifestKey):
        return ""
    makes_object = method == "PUT" and not names & {"partNumber", "uploadId", "tagging"}
    if makes_object or (method == "POST" and "uploads" in names):
        passed.popall(_HEADER, None)
        passed[_HEADER] = user
        if "x-amz-copy-source" in passed:
            passed["x-amz-metadata-directive"] = "REPLACE"
    completes = makes_object or (method == "POST" and "uploadId" in names)
    is_push = isinstance(key, Layout2ManifestKey) or key.tag != LATEST
    return f"package:{address.bucket}/{key.name}" if completes and is_push else ""
