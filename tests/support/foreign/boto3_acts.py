"""Run by the real client's own Python: what tests/node/acts.js does, with boto3; the same input, the same report."""

import hashlib
import io
import json
import os
import re
import sys
from collections.abc import Callable
from typing import Any, Literal
from urllib.parse import urlsplit

import boto3  # noqa: TID251
from boto3.s3.transfer import TransferConfig  # noqa: TID251
from botocore.config import Config
from botocore.exceptions import ClientError

PART = 5 << 20


def open_client(given: dict[str, Any], who: str) -> Any:
    """Signs for AWS, then sends to the proxy."""
    credentials = given[who]
    style: Literal["path", "virtual"] = "path" if given["pathStyle"] else "virtual"
    client = boto3.client(
        "s3",
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
        region_name=given["region"],
        config=Config(signature_version="s3v4", s3={"addressing_style": style}, retries={"total_max_attempts": 1}),
    )

    def re_target(request: Any, **_: Any) -> None:
        host = urlsplit(request.url).netloc
        request.url = request.url.replace(f"https://{host}", f"{given['proxy']}/{host}", 1)

    client.meta.events.register("before-send.s3", re_target)
    return client


def fault(call: Callable[..., Any], **parameters: Any) -> dict[str, Any] | None:
    try:
        call(**parameters)
    except ClientError as error:
        answer = error.response
        return {
            "code": answer["Error"]["Code"],
            "status": answer["ResponseMetadata"]["HTTPStatusCode"],
            "message": answer["Error"]["Message"],
        }
    return None


class Acts:
    def __init__(self, given: dict[str, Any]) -> None:
        self.given = given
        self.prefix: str = given["prefix"]
        self.here = {"Bucket": given["bucket"]}
        self.s3 = open_client(given, "writer")
        self.reader = open_client(given, "reader")

    def at(self, key: str) -> dict[str, str]:
        return {**self.here, "Key": self.prefix + key}

    def odd_keys(self) -> dict[str, Any]:
        for key in self.given["keys"]:
            self.s3.put_object(**self.at(key), Body=key.encode(), ContentType="text/x-odd", Metadata={"odd": "yes 1"})
        read = {}
        for key in self.given["keys"]:
            found = self.s3.get_object(**self.at(key))
            read[key] = [found["Body"].read().decode(), found["ContentType"], found["Metadata"]]
        return read

    def versions(self) -> dict[str, Any]:
        at = self.at("versions")
        puts = [self.s3.put_object(**at, Body=body) for body in (b"0123456789", b"abcdefghij")]
        ids = [put["VersionId"] for put in puts]
        part = self.s3.get_object(**at, VersionId=ids[0], Range="bytes=2-4")
        head = self.s3.head_object(**at)
        listed = self.s3.list_object_versions(**self.here, Prefix=at["Key"])["Versions"]
        return {
            "part": [part["Body"].read().decode(), part["ContentRange"], part["VersionId"] == ids[0]],
            "head": [head["ContentLength"], head["VersionId"] == ids[1], head["ETag"] == puts[1]["ETag"]],
            "listed": [[ids.index(each["VersionId"]), each["IsLatest"]] for each in listed],
            "unsatisfiable": fault(self.s3.get_object, **at, Range="bytes=20-"),
            "changed": fault(self.s3.get_object, **at, IfMatch=puts[0]["ETag"]),
        }

    def listings(self) -> dict[str, Any]:
        folder = self.s3.list_objects_v2(**self.here, Prefix=self.prefix, Delimiter="/")
        pages = self.s3.get_paginator("list_objects_v2").paginate(
            **self.here, Prefix=self.prefix, EncodingType="url", PaginationConfig={"PageSize": 4}
        )
        return {
            "keys": [each["Key"].removeprefix(self.prefix) for each in folder["Contents"]],
            "folders": [each["Prefix"].removeprefix(self.prefix) for each in folder["CommonPrefixes"]],
            "encoded": [[each["Key"] for each in page["Contents"]] for page in pages],
        }

    def tagging(self) -> Any:
        self.s3.put_object(**self.at("tagged"), Body=b"x", Tagging="kind=red%20wine")
        return self.s3.get_object_tagging(**self.at("tagged"))["TagSet"]

    def multipart(self) -> dict[str, Any]:
        body = os.urandom(self.given["size"])
        at = self.at("large file")
        config = TransferConfig(multipart_threshold=PART, multipart_chunksize=PART)
        self.s3.upload_fileobj(
            io.BytesIO(body), *at.values(), ExtraArgs={"ContentType": "application/x-large"}, Config=config
        )
        found = self.s3.get_object(**at)
        parts = re.search(r"-(\d+)", found["ETag"])
        return {
            "same": _sha256(found["Body"].read()) == _sha256(body),
            "size": found["ContentLength"],
            "parts": int(parts[1]) if parts else None,
            "version": found["VersionId"] == self.s3.head_object(**at)["VersionId"],
            "checksum": found.get("ChecksumType"),
        }

    def streamed(self) -> dict[str, Any]:
        body = os.urandom(1_000_020)
        self.s3.put_object(**self.at("streamed"), Body=io.BytesIO(body))
        found = self.s3.get_object(**self.at("streamed"))
        return {"same": _sha256(found["Body"].read()) == _sha256(body), "encoding": found.get("ContentEncoding")}

    def deletion(self) -> dict[str, Any]:
        at = self.at("gone")
        self.s3.put_object(**at, Body=b"x")
        done = self.s3.delete_object(**at)
        listed = self.s3.list_object_versions(**self.here, Prefix=at["Key"])["DeleteMarkers"]
        return {
            "marker": done["DeleteMarker"],
            "listed": [each["VersionId"] == done["VersionId"] for each in listed],
            "read": fault(self.s3.get_object, **at),
            "head": fault(self.s3.head_object, **at),
        }

    def report(self) -> dict[str, Any]:
        unknown = self.given["unknown"]
        return {
            "bucket": self.s3.head_bucket(**self.here)["BucketRegion"],
            "odd": self.odd_keys(),
            "versions": self.versions(),
            "tagging": self.tagging(),
            "multipart": self.multipart(),
            "streamed": self.streamed(),
            "deletion": self.deletion(),
            "listings": self.listings(),
            "read": self.reader.get_object(**self.at("tagged"))["Body"].read().decode(),
            "refused": fault(self.reader.put_object, **self.at("theft"), Body=b"mine"),
            "unknown": fault(self.s3.list_objects_v2, Bucket=unknown),
            "unknownHead": fault(self.s3.head_bucket, Bucket=unknown),
        }


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


if __name__ == "__main__":
    print(json.dumps(Acts(json.load(sys.stdin)).report()))  # noqa: T201
