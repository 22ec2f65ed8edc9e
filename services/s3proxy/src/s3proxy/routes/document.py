"""The data path in OpenAPI's words, for the registry's document: no route of FastAPI's serves it."""

from typing import Any

from s3proxy.errors import (
    InvalidAddress,
    MethodNotAllowed,
    S3Error,
    StoreTimeout,
    StoreUnreachable,
    UnregisteredBucket,
)

_HOST = "/{bucket}.s3.{region}.amazonaws.com"
_ABOUT = """The request, signed (AWS Signature Version 4) for the host that its path begins with, goes to the object store as
it is; the answer comes back as it is, with CORS. Whatever else S3's operation takes is passed on, too."""


def _parameter(where: str, name: str, description: str, example: Any = None) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "integer" if isinstance(example, int) else "string"}
    if example is not None:
        schema["examples"] = [example]
    return {"name": name, "in": where, "required": where == "path", "description": description, "schema": schema}


def _operation(
    name: str,
    summary: str,
    *parameters: dict[str, Any],
    body: str | None = None,
    answers: dict[str, Any] | None = None,
) -> dict[str, Any]:
    operation = {
        "tags": ["S3"],
        "summary": summary,
        "description": _ABOUT,
        "operationId": name,
        "parameters": list(parameters),
        "responses": {**(answers or {"200": {"description": "What S3 answers."}}), **_REFUSALS},
        "security": [{"awsSignature": []}],
    }
    if body:
        operation["requestBody"] = {"required": False, "content": {body: {"schema": _BYTES}}}
    return operation


def _refusal(error: type[S3Error]) -> dict[str, Any]:
    said = {"application/xml": {"schema": {"$ref": "#/components/schemas/S3Error"}}}
    return {"description": error.title, "content": said}


_BYTES = {"type": "string", "format": "binary"}
_CONTENT = {"application/octet-stream": {"schema": _BYTES}}
_REFUSALS = {
    str(error.status): _refusal(error)
    for error in (InvalidAddress, UnregisteredBucket, MethodNotAllowed, StoreUnreachable, StoreTimeout)
} | {"404": {"description": "S3 knows no such key, version, upload or bucket."}}

_BUCKET = _parameter("path", "bucket", "A registered bucket.", "quilt-example")
_REGION = _parameter("path", "region", "The bucket's, as in the signature.", "us-east-1")
_KEY = _parameter("path", "key", "Its slashes are written as they are, not as `%2F`.", "amy/wine/README.md")
_VERSION = _parameter("query", "versionId", "Left out: the newest version.")
_RANGE = _parameter("header", "Range", "Part of the object.", "bytes=0-65535")
_UPLOAD = _parameter("query", "uploadId", "Of a multipart upload.")

DATA_PATH: dict[str, Any] = {
    "paths": {
        f"{_HOST}/{{key}}": {
            "parameters": [_BUCKET, _REGION, _KEY],
            "get": _operation(
                "get_object",
                "Read an object, or a part of it",
                _VERSION,
                _RANGE,
                answers={
                    "200": {"description": "The object.", "content": _CONTENT},
                    "206": {"description": "The part.", "content": _CONTENT},
                    "304": {"description": "It has not changed."},
                    "412": {"description": "It is not the one expected."},
                    "416": {"description": "It has no such part."},
                },
            ),
            "head": _operation("head_object", "An object's headers", _VERSION, _RANGE),
            "put": _operation(
                "put_object",
                "Write an object, or one part of a multipart upload",
                _UPLOAD,
                _parameter("query", "partNumber", "Of a multipart upload.", 1),
                body="application/octet-stream",
            ),
            "post": _operation(
                "post_object",
                "Begin (`?uploads`) or complete (`?uploadId=`) a multipart upload",
                _UPLOAD,
                _parameter("query", "uploads", "Present, without a value: begin."),
                body="application/xml",
            ),
            "delete": _operation(
                "delete_object",
                "Delete an object, or give up a multipart upload",
                _VERSION,
                _UPLOAD,
                answers={"204": {"description": "It is gone."}},
            ),
        },
        _HOST: {
            "parameters": [_BUCKET, _REGION],
            "get": _operation(
                "list_objects",
                "List a bucket's objects",
                _parameter("query", "list-type", "2 for the newer form.", 2),
                _parameter("query", "prefix", "Only keys that start so.", "amy/"),
                _parameter("query", "delimiter", "Keys are grouped up to it.", "/"),
                _parameter("query", "continuation-token", "Of the page before."),
                _parameter("query", "max-keys", "Page size.", 1000),
                answers={"200": {"description": "S3's `ListBucketResult`.", "content": {"application/xml": {}}}},
            ),
        },
    },
    "components": {
        "schemas": {
            "S3Error": {
                "title": "S3Error",
                "description": "A refusal in S3's own words.",
                "type": "object",
                "xml": {"name": "Error"},
                "required": ["Code", "Message", "Resource"],
                "properties": {
                    "Code": {"type": "string", "examples": ["AccessDenied"]},
                    "Message": {"type": "string", "examples": ["No such bucket is registered here."]},
                    "Resource": {"type": "string", "description": "The path asked for."},
                },
            }
        },
        "securitySchemes": {
            "awsSignature": {
                "type": "apiKey",
                "in": "header",
                "name": "Authorization",
                "description": "AWS Signature Version 4, with keys from `GET /api/auth/get_credentials`.",
            }
        },
    },
}
