"""Regular expressions of names on the wire, without anchors."""

TOP_HASH = r"[0-9a-f]{64}"
"""A SHA-256 in hexadecimal, the form of all hashes of Quilt."""
PACKAGE_NAME = r"[\w-]+/[\w-]+"
"""`AUTHOR/NAME`, as quilt3 accepts it: letters, digits, `_` and `-`."""
