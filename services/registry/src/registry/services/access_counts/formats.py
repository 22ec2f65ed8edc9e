"""Log files of requests for objects: those of CloudTrail, and S3's server access logs.

Keys and user agents in them are chosen by callers. A record that cannot be read without doubt is left out, so that no caller can
invent one: a record of a server access log has three fields in quotes, and S3 writes a quote within a field as it came.
"""

import json
import re
import zlib
from codecs import getincrementaldecoder
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

from shared.aws.request_signing import USER_AGENT

MAX_RECORD_CHARACTERS = 1 << 20
"""CloudTrail's records have up to 256 KB."""
MAX_LOG_FILE_BYTES = 1 << 30
"""Bytes of a file's text. CloudTrail's files have up to 50 MB."""
PIECE_BYTES = 1 << 18
"""Bytes of text that are read at a time; other work of the process goes on between them."""
_MAX_KEY_BYTES = 1024
_OWN_AGENTS = (USER_AGENT, "athena.amazonaws.com")
"""Parts of user agents of requests that nobody made to read an object: this installation's own, and those of queries over logs."""

_CLOUDTRAIL_NAME = re.compile(r"(?:.*/)?\d{12}_CloudTrail_[a-z0-9-]+_(\d{8}T\d{4})Z_[A-Za-z0-9]+\.json\.gz", re.DOTALL)
_ACCESS_LOG_NAME = re.compile(r"(?:.*[^0-9])?(\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d)-[A-Z0-9]{8,}", re.DOTALL)
_ACCESS_RECORD = re.compile(
    r"\S+ (?P<bucket>\S+) \[(?P<day>\d\d/[A-Z][a-z]{2}/\d{4}):\d\d:\d\d:\d\d \+0000\] \S+ \S+ (?P<id>\S+) (?P<operation>\S+) (?P<key>\S+) "
    r'(?:"(?P<request>[^"]*)"|-) (?P<status>\d{3}) \S+ \S+ \S+ \S+ \S+ (?:"[^"]*"|-) (?:"(?P<agent>[^"]*)"|-)(?: [^"\s]+)*'
)
_READS = frozenset({"REST.GET.OBJECT", "WEBSITE.GET.OBJECT"})
_READ_STATUSES = frozenset({"200", "206"})


class LogUnreadable(ValueError):
    """The file is not what its name says, or it is too large."""


class ObjectRead(NamedTuple):
    """A request that read an object, or a part of it."""

    bucket: str
    key: str
    day: date
    request_id: str


@dataclass(frozen=True, slots=True)
class LogFile:
    """The kind of a file of logs, and the time that its name says."""

    written_at: datetime
    reads: Callable[[AsyncIterator[bytes]], AsyncIterator[list[ObjectRead]]]
    """Reads in the file with these bytes, piece by piece. Raises LogUnreadable."""


def log_file(key: str) -> LogFile | None:
    """Format and time by the name of a file of logs; None for another key."""
    if found := _CLOUDTRAIL_NAME.fullmatch(key):
        name_format, reads = "%Y%m%dT%H%M", cloudtrail_reads
    elif found := _ACCESS_LOG_NAME.fullmatch(key):
        name_format, reads = "%Y-%m-%d-%H-%M-%S", access_log_reads
    else:
        return None
    try:
        return LogFile(datetime.strptime(found[1], name_format).replace(tzinfo=UTC), reads)
    except ValueError:
        return None


async def cloudtrail_reads(chunks: AsyncIterator[bytes]) -> AsyncIterator[list[ObjectRead]]:
    """Reads in a file of CloudTrail: gzipped JSON, an object with the list `Records`. A piece of it is in memory at a time."""
    decoder, text, is_begun = json.JSONDecoder(), "", False
    async for piece in _text(_unzipped(chunks)):
        text += piece
        if not is_begun:
            begin = re.match(r'\s*\{\s*"Records"\s*:\s*\[', text)
            if begin is None:
                if len(text) > PIECE_BYTES:
                    raise LogUnreadable("It is no file of CloudTrail")
                continue
            text, is_begun = text[begin.end() :], True
        records, at = [], 0
        while (start := _next_record(text, at)) is not None:
            try:
                record, at = decoder.raw_decode(text, start)
            except (ValueError, RecursionError):  # its rest may come with the next piece
                break
            records.append(record)
        text = text[at:]
        if len(text) > MAX_RECORD_CHARACTERS:
            raise LogUnreadable("A record cannot be read, or something else follows the last one")
        yield [read for record in records if (read := _cloudtrail_read(record))]
    if not is_begun or not re.fullmatch(r"\s*\]\s*\}\s*", text):
        raise LogUnreadable("The file ends within its records")


def _next_record(text: str, at: int) -> int | None:
    """Where the next record begins; None where there is none, or not yet."""
    while at < len(text) and text[at] in ", \t\r\n":
        at += 1
    return at if at < len(text) and text[at] != "]" else None


def _cloudtrail_read(record: object) -> ObjectRead | None:
    match record:
        case {"errorCode": str()}:
            return None
        case {
            "eventSource": "s3.amazonaws.com" | "s3.amazonaws.com.cn",
            "eventName": "GetObject",
            "eventTime": str(time),
            "eventID": str(event_id),
            "requestParameters": {"bucketName": str(bucket), "key": str(key)},
            **rest,
        }:
            return _read(bucket, key, str(rest.get("userAgent")), event_id, lambda: _event_day(time))
        case _:
            return None


def _event_day(event_time: str) -> date:
    return datetime.fromisoformat(event_time).astimezone(UTC).date()


async def access_log_reads(chunks: AsyncIterator[bytes]) -> AsyncIterator[list[ObjectRead]]:
    """Reads in a server access log of S3: a record a line."""
    text = ""
    async for piece in _text(_pieces(chunks)):
        *lines, text = (text + piece).split("\n")
        if len(text) > MAX_RECORD_CHARACTERS:
            raise LogUnreadable("A line is too long")
        yield [read for line in lines if (read := _access_log_read(line))]
    if last := _access_log_read(text):
        yield [last]


def _access_log_read(line: str) -> ObjectRead | None:
    found = _ACCESS_RECORD.fullmatch(line.rstrip("\r"))
    if found is None or found["operation"] not in _READS or found["status"] not in _READ_STATUSES:
        return None
    key = _access_log_key(found["key"], found["request"] or "")
    if key is None:
        return None
    return _read(found["bucket"], key, found["agent"] or "", found["id"], lambda: _access_log_day(found["day"]))


@lru_cache(maxsize=64)
def _access_log_day(day: str) -> date:
    return datetime.strptime(day, "%d/%b/%Y").replace(tzinfo=UTC).date()


def _access_log_key(field: str, request: str) -> str | None:
    """The key. S3 encodes it once or, as the path of the request came, twice."""
    try:
        once = unquote(field, errors="strict")
        path = request.split(" ")[1].partition("?")[0] if request.count(" ") == 2 else ""
        return unquote(once, errors="strict") if "%" in once and path.endswith(once) else once
    except UnicodeDecodeError:
        return None


def _read(bucket: str, key: str, agent: str, request_id: str, day: Callable[[], date]) -> ObjectRead | None:
    if not key or "\0" in key or any(own in agent for own in _OWN_AGENTS):
        return None
    try:
        if len(key.encode()) > _MAX_KEY_BYTES:
            return None
        return ObjectRead(bucket, key, day(), request_id)
    except (ValueError, OverflowError):  # half of a surrogate pair, too
        return None


async def _pieces(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    total = 0
    async for chunk in chunks:
        total += len(chunk)
        if total > MAX_LOG_FILE_BYTES:
            raise LogUnreadable("The file is too large")
        for start in range(0, len(chunk), PIECE_BYTES):
            yield chunk[start : start + PIECE_BYTES]


async def _unzipped(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    unzip, total = zlib.decompressobj(wbits=31), 0
    try:
        async for chunk in chunks:
            waiting = chunk
            while waiting and not unzip.eof:
                piece = unzip.decompress(waiting, PIECE_BYTES)
                waiting = unzip.unconsumed_tail
                total += len(piece)
                if total > MAX_LOG_FILE_BYTES:
                    raise LogUnreadable("The file is too large")
                if piece:
                    yield piece
        while piece := b"" if unzip.eof else unzip.decompress(unzip.unconsumed_tail, PIECE_BYTES):
            yield piece
    except zlib.error as error:
        raise LogUnreadable("It is not compressed with gzip, or broken") from error
    if not unzip.eof:
        raise LogUnreadable("The file ends early")


async def _text(pieces: AsyncIterator[bytes]) -> AsyncIterator[str]:
    decoder = getincrementaldecoder("utf-8")(errors="replace")
    async for piece in pieces:
        yield decoder.decode(piece)
    yield decoder.decode(b"", final=True)
