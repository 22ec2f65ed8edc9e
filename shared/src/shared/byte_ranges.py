"""Conditions and ranges of requests for content with a known size and ETag: RFC 9110, sections 13 and 14. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from typing_extensions import override

from shared.errors import AppError

MAX_DIGITS = 19
_RANGE = re.compile(rf"bytes=\s*([0-9]{{0,{MAX_DIGITS}}})-([0-9]{{0,{MAX_DIGITS}}})\s*", re.IGNORECASE)


class RangeNotSatisfiable(AppError):
    title = "The content has no such range"
    status, slug = 416, "range_not_satisfiable"

    def __init__(self, size: int) -> None:
        super().__init__(f"The content has {size:,} bytes and no such range")
        self.size = size

    @override
    def answer_headers(self) -> dict[str, str]:
        return {"Content-Range": f"bytes */{self.size}"}


class PreconditionFailed(AppError):
    title = "The content is not the one that If-Match names"
    status, slug = 412, "precondition_failed"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The bytes that a request gets, from `start` to before `end`."""

    status: int
    start: int
    end: int

    NOT_MODIFIED: ClassVar[int] = 304


def wanted(headers: Mapping[str, str], etag: str, size: int, *, has_ranges: bool = True) -> Wanted:
    """The bytes that the request gets, with 200, 206 or 304. Raises PreconditionFailed or RangeNotSatisfiable.

    Several ranges at once, other units, and an `If-Range` that is not the ETag get the whole content.
    """
    expected = headers.get("if-match")
    if expected is not None and not _names(expected, etag):
        raise PreconditionFailed
    known = headers.get("if-none-match")
    if known is not None and _names(known, etag):
        return Wanted(Wanted.NOT_MODIFIED, 0, 0)
    whole = Wanted(200, 0, size)
    if not has_ranges or headers.get("if-range", etag).strip() != etag:
        return whole
    found = _RANGE.fullmatch(headers.get("range", ""))
    if found is None or not (found[1] or found[2]):
        return whole
    if not found[1]:
        start, end = max(0, size - int(found[2])), size
    else:
        start, end = int(found[1]), min(size, int(found[2]) + 1 if found[2] else size)
        if found[2] and int(found[2]) < int(found[1]):
            return whole
    if start >= end:
        raise RangeNotSatisfiable(size)
    return Wanted(206, start, end)


def _names(listed: str, etag: str) -> bool:
    """True if a list of ETags has this one."""
    named = {each.strip().removeprefix("W/") for each in listed.split(",")}
    return "*" in named or etag in named
