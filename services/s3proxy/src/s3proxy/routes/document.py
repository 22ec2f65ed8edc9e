"""The data path as OpenAPI, for the registry's document, since no FastAPI route serves it."""

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
_ABOUT = """The request is signed (AWS Signature Version 4) for the host that its path begins with. It goes to the object store
unchanged, and the answer comes back unchanged but for CORS. All other parameters of the S3 operation are passed on, too."""


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
        "responses": {**(answers or {"200": {"description": "The answer of S3."}}), **_REFUSALS},
        "security": [{"awsSignature": []}],
    }
    if body:
        operation["requestBody"] = {"required": False, "content": {body: {"schema": _BYTES}}}
    return operation


def _refusal(error: type[S3Error]) -> dict[str, Any]:
    content = {"application/xml": {"schema": {"$ref": "#/components/schemas/S3Error"}}}
    return {"description": error.title, "content": content}


_BYTES = {"type": "string", "format": "binary"}
_CONTENT = {"application/octet-stream": {"schema": _BYTES}}
_REFUSALS = {
    str(error.status): _refusal(error)
    for error in (InvalidAddress, UnregisteredBucket, MethodNotAllowed, StoreUnreachable, StoreTimeout)
} | {"404": {"description": "S3 has no such key, version, upload or bucket."}}

_BUCKET = _parameter("path", "bucket", "A registered bucket.", "quilt-example")
_REGION = _parameter("path", "region", "Region of the bucket, as in the signature.", "us-east-1")
_KEY = _parameter("path", "key", "Key of the object, with slashes as they are, not as `%2F`.", "amy/wine/README.md")
_VERSION = _parameter("query", "versionId", "Version of the object; the newest one by default.")
_RANGE = _parameter("header", "Range", "Range of the object to read.", "bytes=0-65535")
_UPLOAD = _parameter("query", "uploadId", "Id of the multipart upload.")

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
                    "304": {"description": "The object has not changed."},
                    "412": {"description": "The object is not the expected one."},
                    "416": {"description": "The object has no such range."},
                },
            ),
            "head": _operation("head_object", "An object's headers", _VERSION, _RANGE),
            "put": _operation(
                "put_object",
                "Write an object, or one part of a multipart upload",
                _UPLOAD,
                _parameter("query", "partNumber", "Number of the part in the multipart upload.", 1),
                body="application/octet-stream",
            ),
            "post": _operation(
                "post_object",
                "Begin (`?uploads`) or complete (`?uploadId=`) a multipart upload",
                _UPLOAD,
                _parameter("query", "uploads", "Begins an upload when present; it has no value."),
                body="application/xml",
            ),
            "delete": _operation(
                "delete_object",
                "Delete an object, or abort a multipart upload",
                _VERSION,
                _UPLOAD,
                answers={"204": {"description": "The object or upload was deleted."}},
            ),
        },
        _HOST: {
            "parameters": [_BUCKET, _REGION],
            "get": _operation(
                "list_objects",
                "List a bucket's objects",
                _parameter("query", "list-type", "2 for the newer form of the answer.", 2),
                _parameter("query", "prefix", "List only keys with this prefix.", "amy/"),
                _parameter("query", "delimiter", "Group keys by the part before this delimiter.", "/"),
                _parameter("query", "continuation-token", "Token from the page before."),
                _parameter("query", "max-keys", "Page size.", 1000),
                answers={"200": {"description": "S3's `ListBucketResult`.", "content": {"application/xml": {}}}},
            ),
        },
    },
    "components": {
        "schemas": {
            "S3Error": {
                "title": "S3Error",
                "description": "An error in the form of S3.",
                "type": "object",
                "xml": {"name": "Error"},
                "required": ["Code", "Message", "Resource"],
                "properties": {
                    "Code": {"type": "string", "examples": ["AccessDenied"]},
                    "Message": {"type": "string", "examples": ["No bucket of this name is registered here"]},
                    "Resource": {"type": "string", "description": "Path of the request."},
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
