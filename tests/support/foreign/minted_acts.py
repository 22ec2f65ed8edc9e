"""Run by the real client's own Python: a push, an install and what SDKs do besides, with the credentials that it gets.

`minted_acts.py REGISTRY-URL CATALOG-URL CODE BUCKET`, with the S3 proxy as the endpoint and TLS on the way.
"""

import json
import sys
from pathlib import Path
from typing import Any

import quilt3
from quilt3.session import login_with_token

registry_url, catalog_url, code, bucket = sys.argv[1:]
name, registry = "minted/data", f"s3://{bucket}"

quilt3.config(catalog_url)
quilt3.config(registryUrl=registry_url)
login_with_token(code)
Path("folder/sub").mkdir(parents=True)
Path("folder/a b.csv").write_text("a,b\n1,2\n")
Path("folder/sub/large.bin").write_bytes(b"0123456789abcdef" * (9 << 16))
pushed = quilt3.Package().set_dir(".", "folder").push(name, registry=registry, message="Minted")
quilt3.Package.install(name, registry, dest="installed")

session = quilt3.get_boto3_session()
s3 = session.client("s3")
heads: list[str] = []


def look(request: Any, **_: Any) -> None:
    heads.append(request.headers.get("X-Amz-Content-SHA256", b"").decode())


s3.meta.events.register("before-send.s3", look)
for number in range(3):
    s3.put_object(Bucket=bucket, Key=f"minted-loose/{number}", Body=b"x" * number, ChecksumAlgorithm="CRC32")
listed = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket, Prefix="minted-loose/")["Contents"]]
s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in listed]})
seen = {
    "minted": session.get_credentials().access_key.startswith("PWMK"),
    "verified": quilt3.Package.browse(name, registry).verify("installed"),
    "same": (Path("installed/sub/large.bin").read_bytes() == Path("folder/sub/large.bin").read_bytes()),
    "versioned": all("versionId=" in str(entry.physical_key) for _, entry in pushed.walk()),
    "packages": list(quilt3.list_packages(registry)).count(name),
    "payload": heads[0],
    "listed": len(listed),
    "left": s3.list_objects_v2(Bucket=bucket, Prefix="minted-loose/")["KeyCount"],
}
quilt3.delete_package(name, registry)
print(json.dumps({**seen, "after": list(quilt3.list_packages(registry)).count(name)}))  # noqa: T201
