"""MiniStack as the S3, SQS, STS and IAM of one machine, with access control, repairs, and durability against `kill -9`.

It runs in a virtual environment of its own (`.venvs/aws`), because its botocore pin conflicts with aioboto3's:

    uvicorn --app-dir deploy/local/aws awslocal:app

Environment variables configure MiniStack (S3_DATA_DIR, STATE_DIR, …). AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are the only
keys of the account's root. The module uses private names of the pinned version; tests/deploy fails when an upgrade breaks them.
"""

import asyncio
import fcntl
import os
import re
import shutil
import time
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import unquote_to_bytes

import repairs
from ministack import app as ministack
from ministack.core import persistence
from ministack.services import iam, s3, sqs, sts

STORES = {"s3": s3, "sqs": sqs, "sts": sts, "iam": iam}
AUTOSAVE_SECONDS = 0.5
HEALTH = {"/_ministack/health", "/_ministack/ready"}
_SIGNED = re.compile(rb"AWS4-HMAC-SHA256 Credential=[^/,\s]+/\d{8}/[^/,\s]+/([a-z0-9-]+)/aws4_request\b")
_ACCESS_KEY = re.compile(rb"Credential=(\w+)/")
_MESSAGES = re.compile(r"\.(Send|Receive|Delete|Change|Get|List)(Message|Queue(Url|Attributes|s)|DeadLetter)")
_WRITES = {"PUT", "POST", "DELETE"}
MIN_FREE_BYTES = 16 << 20
"""Room that objects leave on the disk, for the state of the other services."""

repairs.install()
_directory = Path(os.environ["STATE_DIR"]).parent
_gate, _busy = ((_directory / name).open("a") for name in ("gate", "busy"))
_writing = 0
_unsaved = asyncio.Event()


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        saver = asyncio.create_task(_autosave())
        try:
            await ministack.app(scope, receive, send)
        finally:
            saver.cancel()
        return
    if scope["type"] != "http" or (refusal := _refusal(scope)):
        await _refuse(send, scope, refusal if scope["type"] == "http" else "")
        return
    if _lacks_room(scope):
        await _answer(send, scope, 507, "InsufficientStorage", "No space left on device")
        return
    repairs.caller.set(_access_key(scope))
    if scope["path"] not in HEALTH and _service(scope) == "sqs":
        await _until_disconnected(scope, receive, _saving(scope, send) if scope["method"] in _WRITES else send)
    elif scope["method"] in _WRITES:
        async with _between_snapshots():
            await ministack.app(scope, receive, _saving(scope, send))
    else:
        await ministack.app(scope, receive, send)


@asynccontextmanager
async def _between_snapshots():
    """Hold off snapshots during a write, and writes during a snapshot: `localrun.snapshots` locks `gate`, then waits for `busy`."""
    global _writing  # noqa: PLW0603 – one process, one count
    while _is_closed():  # noqa: ASYNC110 – another process opens it
        await asyncio.sleep(0.01)
    if not _writing:
        fcntl.flock(_busy, fcntl.LOCK_SH)
    _writing += 1
    try:
        yield
    finally:
        _writing -= 1
        if not _writing:
            fcntl.flock(_busy, fcntl.LOCK_UN)


def _is_closed():
    try:
        fcntl.flock(_gate, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(_gate, fcntl.LOCK_UN)
    return False


async def _until_disconnected(scope, receive, send):
    """Serve until the caller disconnects, so that an abandoned long poll takes no messages and does not delay shutting down."""
    messages = [await receive()]
    while messages[-1].get("more_body"):
        messages.append(await receive())
    gone = asyncio.ensure_future(receive())

    async def replay():
        return messages.pop(0) if messages else await asyncio.shield(gone)

    serving = asyncio.ensure_future(ministack.app(scope, replay, send))
    try:
        await asyncio.wait({serving, gone}, return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            await serving
    finally:
        serving.cancel()
        gone.cancel()


def _refusal(scope):
    """The reason why the request must not reach MiniStack; empty when it may.

    MiniStack has unauthenticated administration, and believes the key in some Authorization headers without a signature. A request
    must therefore be signed with signature version 4, or be an unsigned read of a bucket, on which the bucket's policy decides.
    """
    path, query = scope["path"], scope["query_string"]
    if path in HEALTH:
        return ""
    if path.startswith(("/_ministack", "/_localstack", "/_aws")):
        return "Administration is switched off"
    try:
        service = _service(scope)
    except ValueError as error:
        return str(error)
    if service is None and (
        scope["method"] not in {"GET", "HEAD", "OPTIONS"} or path.strip("/") == "" or b"Action=" in query
    ):
        return "Unsigned requests are refused"
    if service not in (None, *STORES):
        return f"There is no service {service} here"
    return ""


def _lacks_room(scope):
    """True for a write to S3 that the disk has no room for. MiniStack would keep it in memory, and acknowledge it."""
    removes = scope["method"] == "POST" and scope["query_string"].startswith(b"delete")
    if scope["method"] not in {"PUT", "POST"} or removes or _service(scope) != "s3":
        return False
    body = max(
        (int(value) for name, value in scope["headers"] if name == b"content-length" and value.isdigit()), default=0
    )
    return shutil.disk_usage(_directory).free < MIN_FREE_BYTES + body


def _service(scope):
    """The service that the request was signed for; None when it carries no credentials."""
    authorization = [value for name, value in scope["headers"] if name == b"authorization"]
    query = scope["query_string"]
    if authorization:
        signed = _SIGNED.match(authorization[0])
        if signed is None or len(authorization) > 1:
            raise ValueError("Only signature version 4 is accepted")
        return signed[1].decode()
    if b"X-Amz-Credential=" in query:
        parts = re.split(rb"%2[fF]|/", query.partition(b"X-Amz-Credential=")[2].partition(b"&")[0])
        if len(parts) != 5 or not parts[0]:
            raise ValueError("Only signature version 4 is accepted")
        return parts[3].decode()
    if b"AWSAccessKeyId=" in query:
        raise ValueError("Only signature version 4 is accepted")
    return None


def _access_key(scope):
    """The access key that the request names; MiniStack has it verified before it writes anything. Empty without one."""
    for name, value in scope["headers"]:
        if name == b"authorization" and (named := _ACCESS_KEY.search(value)):
            return named[1].decode()
    named = _ACCESS_KEY.search(unquote_to_bytes(scope["query_string"]).replace(b"X-Amz-", b""))
    return named[1].decode() if named else ""


def _saving(scope, send):
    """Answer only after the change would survive a `kill -9`.

    Objects and their versions are on disk already. Users, roles, sessions, queues and the configuration of buckets are small and
    are saved here. Messages are saved soon after, by `_autosave`.
    """
    service = _service(scope)
    target = next((value.decode() for name, value in scope["headers"] if name == b"x-amz-target"), "")
    at_once = (
        service in {"iam", "sts"}
        or (service == "s3" and scope["path"].strip("/").count("/") == 0)
        or (service == "sqs" and not _MESSAGES.search(target))
    )

    async def forward(message):
        if message["type"] == "http.response.start" and message["status"] < 300:
            if at_once:
                persistence.save_state(service, STORES[service].get_state())
            _unsaved.set()
        await send(message)

    return forward


async def _autosave():
    """Save the queues soon after a write, and less often as they grow, so that saving takes at most a tenth of the time."""
    pause = AUTOSAVE_SECONDS
    while True:
        await _unsaved.wait()
        await asyncio.sleep(pause)
        _unsaved.clear()
        began = time.perf_counter()
        persistence.save_state("sqs", sqs.get_state())
        pause = max(AUTOSAVE_SECONDS, 10 * (time.perf_counter() - began))


async def _refuse(send, scope, reason):
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    await _answer(send, scope, 403, "AccessDenied", reason)


async def _answer(send, scope, status, code, message):
    body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>".encode()
    headers = [(b"content-type", b"application/xml"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body if scope["method"] != "HEAD" else b""})
