"""Regular expressions of names on the wire, without anchors."""

TOP_HASH = r"[0-9a-f]{64}"
"""A SHA-256 in hexadecimal, the form of all hashes of Quilt."""
PACKAGE_NAME = r"[\w-]+/[\w-]+"
"""`AUTHOR/NAME`, as quilt3 accepts it: letters, digits, `_` and `-`."""
INSTANCE_NAME = r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]{1,60}"
"""Name of an installation, which stands in titles of pages and subjects of mails: without control characters and ends of lines."""
