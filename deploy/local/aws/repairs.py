"""Repairs of the pinned MiniStack where it differs from AWS in a way that clients notice. Each wraps one function."""

import errno
import filecmp
import functools
import hashlib
import json
import mmap
import os
import re
import shutil
import threading
import time
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote
from xml.sax.saxutils import unescape

from ministack.core import iam_evaluator, persistence, rds_iam
from ministack.core.responses import get_account_id
from ministack.services import s3, sts

UPLOAD_DAYS = 7
caller = ContextVar("caller", default="")
"""Access key of the request that is being answered."""
_uploads = Path(os.environ["STATE_DIR"]) / "uploads"


def install():
    _verify_root()
    _keep_sessions()
    _answer_with_checksums()
    _tag_uploads()
    _keep_uploads()  # with those checksums and tags
    _name_composite_checksums()
    _read_ranges_only()
    _serve_ranges_of_versions()
    _forget_bodies()
    _list_versions_encoded()
    _match_every_character()
    _undo_interrupted_writes()
    _name_writers()


def _name_writers():
    """Events name the principal that wrote, as in AWS: the role session of temporary credentials, else the access key."""
    fire = s3._fire_s3_event_async

    def named(*args, record_extra=None, **kwargs):
        key = caller.get()
        principal = sts._sessions.get(key, {}).get("UserId") or key
        identity = {"userIdentity": {"principalId": f"AWS:{principal}"}} if principal else {}
        return fire(*args, record_extra={**identity, **(record_extra or {})}, **kwargs)

    s3._fire_s3_event_async = named


def _verify_root():
    """One key pair is that of root, and its signatures are verified like all others.

    Unrepaired, `test`, any 12-digit number and the configured key are root with any secret. The empty key stays as it is:
    it marks anonymous S3 requests, on which bucket policies decide.
    """
    root_key = os.environ["AWS_ACCESS_KEY_ID"]
    was_root, resolve = iam_evaluator.is_root_access_key, iam_evaluator.resolve_credential

    def is_root(key):
        return not key

    def resolve_credential(key, account_id=None, session_token=iam_evaluator._SESSION_TOKEN_NOT_CHECKED):
        if key != root_key:
            return resolve(key, account_id, session_token)
        iam_evaluator.is_root_access_key = was_root
        try:
            credential = resolve(key, "000000000000", session_token)
        finally:
            iam_evaluator.is_root_access_key = is_root
        return replace(credential, session_token=None) if hasattr(credential, "session_token") else credential

    iam_evaluator.is_root_access_key = sts.is_root_access_key = is_root
    for module in (iam_evaluator, s3, sts, rds_iam):
        module.resolve_credential = resolve_credential


def _keep_sessions():
    """Vended credentials survive a restart, as they do in AWS."""

    def get_state():
        sts._evict_expired_sessions()
        return {"sessions": dict(sts._sessions)}

    def load_persisted_state(data):
        sts._sessions.update(data.get("sessions", {}))

    sts.get_state, sts.load_persisted_state = get_state, load_persisted_state


def _tag_uploads():
    """The object of a multipart upload has the tags that were named when the upload began."""
    create, complete = s3._create_multipart_upload, s3._complete_multipart_upload

    def create_tagged(bucket, key, headers):
        answer = create(bucket, key, headers)
        if answer[0] == 200:
            upload = s3._multipart_uploads[_upload_id(answer)]
            upload["tags"] = dict(parse_qsl(headers.get("x-amz-tagging", ""), keep_blank_values=True))
        return answer

    def complete_tagged(bucket, key, body, query, headers=None):
        tags = s3._multipart_uploads.get(s3._qp(query, "uploadId"), {}).get("tags")
        answer = complete(bucket, key, body, query, headers)
        if answer[0] == 200 and tags:
            version = s3._buckets[bucket]["objects"][key].get("version_id")
            s3._object_tags[bucket, key, version] = tags
            s3._persist_version_state(bucket, key, s3._buckets[bucket])
        return answer

    s3._create_multipart_upload, s3._complete_multipart_upload = create_tagged, complete_tagged


def _upload_id(begun):
    return re.search(rb"<UploadId>(.*?)</UploadId>", begun[2])[1].decode()


def _keep_uploads():  # noqa: C901, PLR0915 – eight small functions
    """Uploaded parts survive a restart: each has a file with its content and one with its metadata.

    The latter of a part that was copied names the files that may have its content, which is not written again.
    """
    create, part, copy = s3._create_multipart_upload, s3._upload_part, s3._upload_part_copy
    complete, abort = s3._complete_multipart_upload, s3._abort_multipart_upload

    def write(upload_id, name, record):
        text = json.dumps(record, default=persistence._json_default)
        s3._atomic_write(str(_uploads / upload_id / f"{name}.json"), text, text=True)

    def part_of(query):
        upload_id, number = s3._qp(query, "uploadId"), int(s3._qp(query, "partNumber"))
        return upload_id, number, s3._multipart_uploads[upload_id]["parts"][number]

    def write_part(query):
        upload_id, number, record = part_of(query)
        s3._atomic_write(str(_uploads / upload_id / f"{number}.bin"), record["body"])
        write(upload_id, number, {key: value for key, value in record.items() if key != "body"})

    def write_copied_part(query, headers):
        upload_id, number, record = part_of(query)
        first = re.match(r"bytes=(\d+)-", headers.get("x-amz-copy-source-range", ""))
        content = {"files": _files_of_source(headers), "start": int(first[1]) if first else 0}
        write(upload_id, number, {**{key: value for key, value in record.items() if key != "body"}, "content": content})

    def forget(upload_id):
        # Renamed first, so that an interruption leaves no upload without its parts.
        (_uploads / upload_id / "upload.json").unlink(missing_ok=True)
        shutil.rmtree(_uploads / upload_id, ignore_errors=True)

    def create_kept(*arguments):
        answer = create(*arguments)
        if answer[0] == 200:
            upload_id = _upload_id(answer)
            (_uploads / upload_id).mkdir(parents=True)
            upload = {**s3._multipart_uploads[upload_id], "parts": {}}
            write(upload_id, "upload", {"account": get_account_id(), "upload": upload})
        return answer

    def part_kept(bucket, key, body, query, headers):
        answer = part(bucket, key, body, query, headers)
        if answer[0] == 200:
            write_part(query)
        return answer

    def copy_kept(bucket, key, query, headers):
        answer = copy(bucket, key, query, headers)
        if answer[0] == 200:
            write_copied_part(query, headers)
        return answer

    def complete_kept(bucket, key, body, query, headers=None):
        upload_id = s3._qp(query, "uploadId")
        parts = s3._multipart_uploads[upload_id]["parts"] if upload_id in s3._multipart_uploads else {}
        _known.digests = {id(part["body"]): bytes.fromhex(part["etag"].strip('"')) for part in parts.values()}
        try:
            answer = complete(bucket, key, body, query, headers)
        finally:
            _known.digests = {}
        if answer[0] == 200:
            forget(upload_id)
        return answer

    def abort_kept(bucket, key, query):
        answer = abort(bucket, key, query)
        if answer[0] == 204:
            forget(s3._qp(query, "uploadId"))
        return answer

    s3._create_multipart_upload, s3._upload_part, s3._upload_part_copy = create_kept, part_kept, copy_kept
    s3._complete_multipart_upload, s3._abort_multipart_upload = complete_kept, abort_kept
    s3.hashlib = _KnownDigests()
    _load_uploads()


_known = threading.local()


class _KnownDigests:
    """`hashlib`, which does not hash the parts of an upload again that the thread is completing."""

    def __getattr__(self, name):
        return getattr(hashlib, name)

    def md5(self, data=b"", **named):
        digest = getattr(_known, "digests", {}).get(id(data))
        return hashlib.md5(data, **named) if digest is None else _Digest(digest)  # noqa: S324 – as S3 does


class _Digest(NamedTuple):
    value: bytes

    def digest(self):
        return self.value


def _files_of_source(headers):
    """Files that may have the body of a copy's source: until it is overwritten, and from then on."""
    path, _, query = headers["x-amz-copy-source"].lstrip("/").partition("?")
    bucket, _, key = unquote(path).partition("/")
    version = dict(parse_qsl(query)).get("versionId") or s3._buckets[bucket]["objects"][key].get("version_id")
    files = [s3._object_disk_path(bucket, key), s3._version_disk_path(bucket, key, version) if version else None]
    return [file for file in files if file]


def _body_of_part(path, record):
    """The content of a part; None if it was copied from an object that is gone."""
    content = record.pop("content", None)
    if content is None:
        return path.with_suffix(".bin").read_bytes()
    for name in content["files"]:
        with suppress(OSError), Path(name).open("rb") as file:
            file.seek(content["start"])
            body = file.read(record["size"])
            if hashlib.md5(body, usedforsecurity=False).hexdigest() == record["etag"].strip('"'):
                return body
    return None


def _load_uploads():
    _uploads.mkdir(parents=True, exist_ok=True)
    for directory in _uploads.iterdir():
        known = directory / "upload.json"
        if not known.exists() or known.stat().st_mtime < time.time() - UPLOAD_DAYS * 86400:
            shutil.rmtree(directory, ignore_errors=True)
            continue
        stored = json.loads(known.read_text(), object_hook=persistence._json_object_hook)
        for path in directory.glob("[0-9]*.json"):
            record = json.loads(path.read_text())
            if (body := _body_of_part(path, record)) is not None:
                stored["upload"]["parts"][int(path.stem)] = {**record, "body": body}
        s3._multipart_uploads._data[(stored["account"], directory.name)] = stored["upload"]


def _answer_with_checksums():
    """PutObject, CopyObject and UploadPartCopy return the requested checksum."""
    put, copy, part_copy = s3._put_object, s3._copy_object, s3._upload_part_copy

    def put_told(bucket, key, body, headers):
        answer = put(bucket, key, body, headers)
        if answer[0] == 200:
            for algorithm, value in (s3._buckets[bucket]["objects"][key].get("checksums") or {}).items():
                answer[1][f"x-amz-checksum-{algorithm.lower()}"] = value
        return answer

    def copy_told(bucket, key, headers):
        if algorithm := headers.get("x-amz-checksum-algorithm"):
            headers = {**headers, "x-amz-sdk-checksum-algorithm": algorithm}
        answer = copy(bucket, key, headers)
        return _with_checksums(answer, lambda: s3._buckets[bucket]["objects"][key].get("checksums"))

    def part_copy_told(bucket, key, query, headers):
        answer = part_copy(bucket, key, query, headers)

        def checksums():
            upload = s3._multipart_uploads[s3._qp(query, "uploadId")]
            part = upload["parts"][int(s3._qp(query, "partNumber"))]
            if algorithm := upload.get("checksum_algorithm"):
                part["checksums"] = {algorithm: s3._compute_s3_checksum(algorithm, part["body"])}
            return part.get("checksums")

        return _with_checksums(answer, checksums)

    s3._put_object, s3._copy_object, s3._upload_part_copy = put_told, copy_told, part_copy_told


def _with_checksums(answer, checksums):
    if answer[0] != 200:
        return answer
    told = "".join(f"<Checksum{name}>{value}</Checksum{name}>" for name, value in (checksums() or {}).items())
    return answer[0], answer[1], answer[2].replace(b"</Copy", told.encode() + b"</Copy")


def _name_composite_checksums():
    """Answers about a version give the checksum type COMPOSITE for a checksum of parts, as those about the current object do."""
    told = s3._object_response_headers

    def headers_told(*arguments, **named):
        headers = told(*arguments, **named)
        sums = [value for name, value in headers.items() if name.startswith("x-amz-checksum-")]
        if any(re.search(r"=-\d+$", value) for value in sums):
            headers["x-amz-checksum-type"] = "COMPOSITE"
        return headers

    s3._object_response_headers = headers_told


def _read_ranges_only():
    """A range is read, or copied as a part, without reading the whole object."""
    read, read_version = s3._read_body, s3._version_body
    get, copy = s3._get_object, s3._upload_part_copy
    asked = threading.local()

    def mapped(path):
        try:
            with Path(path).open("rb") as file:
                return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, TypeError, ValueError):  # the file does not exist, or is empty
            return None

    def read_body(bucket, key, obj):
        found = None
        if getattr(asked, "range", False) and obj.get("body") is None:
            found = mapped(s3._object_disk_path(bucket, key))
        return read(bucket, key, obj) if found is None else found

    def read_version_body(bucket, name, key, version):
        found = None
        if getattr(asked, "range", False) and version.get("data") is None:
            found = mapped(s3._version_disk_path(name, key, version["version_id"]))
        return read_version(bucket, name, key, version) if found is None else found

    def asking(function, header):
        def ask(bucket, key, *arguments):
            asked.range = any(isinstance(each, dict) and each.get(header) for each in arguments)
            try:
                return function(bucket, key, *arguments)
            finally:
                asked.range = False

        return ask

    s3._read_body, s3._version_body = read_body, read_version_body
    s3._get_object = asking(get, "range")
    s3._upload_part_copy = asking(copy, "x-amz-copy-source-range")


def _serve_ranges_of_versions():
    """A range of a named version is answered with that range, not with the whole object and status 200."""
    get = s3._get_object

    def get_ranged(bucket, key, headers, query=None):
        answer = get(bucket, key, headers, query)
        wanted = headers.get("range", "")
        status, answered, body = answer
        if status != 200 or not wanted or not isinstance(body, (bytes, bytearray, mmap.mmap)):
            return answer
        span = s3._parse_range(wanted, len(body))
        if span is None:
            refused = {"Content-Type": "application/xml", "Content-Range": f"bytes */{len(body)}"}
            return 416, refused, s3._xml_body(s3._range_error_xml(bucket, key))
        start, end = span
        kept = {name: value for name, value in answered.items() if not name.lower().startswith("x-amz-checksum")}
        kept |= {"Content-Range": f"bytes {start}-{end}/{len(body)}", "Content-Length": str(end - start + 1)}
        return 206, kept, body[start : end + 1]

    s3._get_object = get_ranged


def _forget_bodies():
    """Bodies of versions are read from disk. Unrepaired, each also stays in memory."""
    persist = s3._persist_object

    def persist_and_forget(bucket, key, obj):
        persist(bucket, key, obj)
        if isinstance(obj, dict) and obj.get("body") is not None:
            raise OSError(errno.ENOSPC, "The object is not on the disk, and so is not acknowledged")
        if isinstance(obj, dict):
            current = obj.get("version_id") or "null"
            for version in s3._object_versions.get((bucket, key)) or []:
                if version.get("data") is not None and (
                    version["version_id"] == current or s3._version_file_exists(bucket, key, version["version_id"])
                ):
                    version["data"] = None

    s3._persist_object = persist_and_forget


def _list_versions_encoded():
    """`encoding-type=url` holds for listings of versions too: XML has no control characters, which keys may have."""
    list_versions = s3._list_object_versions
    names = re.compile(rb"<(Key|Prefix|Delimiter|KeyMarker|NextKeyMarker)>([^<]*)<")

    def encode(found):
        return b"<%b>%b<" % (found[1], s3._url_encode(unescape(found[2].decode())).encode())

    def list_encoded(bucket, query):
        answer = list_versions(bucket, query)
        if answer[0] != 200 or s3._qp(query, "encoding-type", "") != "url":
            return answer
        body = names.sub(encode, answer[2])
        return (*answer[:2], body.replace(b"<IsTruncated>", b"<EncodingType>url</EncodingType><IsTruncated>", 1))

    s3._list_object_versions = list_encoded


def _match_every_character():
    """`*` and `?` in policies match line feeds in keys. Unrepaired, no statement holds for such a key, not even a denial."""
    compile_pattern = iam_evaluator._fnmatch_compile

    @functools.lru_cache(4096)
    def compile_matching(pattern, ignore_case):
        compiled = compile_pattern(pattern, ignore_case)
        return re.compile(rf"{compiled.pattern[:-1]}\Z", compiled.flags | re.DOTALL)

    iam_evaluator._fnmatch_compile = compile_matching


def _undo_interrupted_writes():
    """Undo writes that a kill interrupted between an object's body and its metadata.

    They were never acknowledged. The body of an overwritten version was put aside first, so it is still there.
    """
    for (account, bucket), contents in s3._buckets._data.items():
        for key, known in list(contents["objects"].items()):
            body = Path(s3._object_disk_path(bucket, key, account))
            if not Path(f"{body}.meta.json").exists():
                body.unlink()
                del contents["objects"][key]
                continue
            aside = s3._version_disk_path(bucket, key, known.get("version_id") or "null", account)
            if aside and Path(aside).is_file() and not filecmp.cmp(aside, body, shallow=False):
                shutil.copyfile(aside, f"{body}.tmp")
                Path(f"{body}.tmp").replace(body)
