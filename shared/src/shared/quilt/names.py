"""Names of packages and revisions."""

import re

from shared.schemas.patterns import PACKAGE_NAME, TOP_HASH

_PACKAGE_NAME = re.compile(PACKAGE_NAME)
_TOP_HASH = re.compile(TOP_HASH)


def is_package_name(name: str) -> bool:
    return _PACKAGE_NAME.fullmatch(name) is not None


def is_top_hash(text: str) -> bool:
    """True if `text` is a whole SHA-256 in lower-case hexadecimal."""
    return _TOP_HASH.fullmatch(text) is not None
