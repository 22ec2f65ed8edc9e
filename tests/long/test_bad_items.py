"""All kinds of items that cannot be processed come at once while a client pushes and searches: all others are indexed, mailed and answered."""

import json
import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import asyncpg
import boto3  # noqa: TID251 – sends what our own client would not
import pytest
from support.data.manifests import entry, lines, manifest, nested
from support.worlds.system import ACTS, BUCKET, REGISTRY, Client, System, eventually

from localrun.credentials import SystemSecrets
from localrun.postgres import SUPERUSER
from localrun.system import QUEUE

PUSHES = 5
PROBLEMS = f"/api/v1/buckets/{BUCKET}/problems"
PACKAGES = f"/api/v1/buckets/{BUCKET}/packages"


@pytest.fixture(scope="module")
def client(system: System, tmp_path_factory: pytest.TempPathFactory) -> Client:
    made = Client(tmp_path_factory.mktemp("home") / "admin", system)
    made.sign_in("admin", "quilt")
    return made


def root(system: System, service: str) -> Any:
    credentials = SystemSecrets.of(system.data)
    return boto3.client(
        service,
        endpoint_url=system.s3,
        region_name="us-east-1",
        aws_access_key_id=credentials.root_key_id,
        aws_secret_access_key=credentials.root_secret,
    )


def put_bad_items(system: System) -> dict[str, str]:
    """Put one item of each kind; returns the state of each that the bucket's problems must list, by key."""
    s3, sqs = root(system, "s3"), root(system, "sqs")
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{BUCKET}/bad/denied.txt",
    }
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [deny]}))
    s3.put_object(Bucket=BUCKET, Key="bad/denied.txt", Body=b"deniedword")
    s3.put_object(Bucket=BUCKET, Key="bad/headers.txt", Body=b"oddheaderword", ContentDisposition="inline; x=naïve")
    expected = {"bad/denied.txt": "unindexed"}

    def push(name: str, top_hash: str, body: bytes) -> None:
        s3.put_object(Bucket=BUCKET, Key=f".quilt/packages/{top_hash}", Body=body)
        for tag in ("1785312000", "latest"):
            s3.put_object(Bucket=BUCKET, Key=f".quilt/named_packages/{name}/{tag}", Body=top_hash.encode())

    top_hash, body = manifest(entry("a"), user_meta=nested(300))
    push("bad/deep", top_hash, body)
    expected[f".quilt/packages/{top_hash}"] = "corrupt"
    push("bad/broken", "f" * 64, lines({"version": "v0"}) + b"{")
    expected[f".quilt/packages/{'f' * 64}"] = "corrupt"
    push("bad/nan", *manifest(entry("a", meta={"user_meta": {"mean": math.nan}}), user_meta={"mean": math.nan}))
    s3.put_object(Bucket=BUCKET, Key=".quilt/named_packages/bad/pointer/latest", Body=b"\xff" * 5000)
    expected[".quilt/named_packages/bad/pointer/latest"] = "corrupt"
    queue = sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"]
    for text in ("{", "[]", '{"Records": [{}]}', "x" * 100_000):
        sqs.send_message(QueueUrl=queue, MessageBody=text)
    return expected


async def set_a_bad_mail(system: System) -> None:
    run = json.loads((system.data / "run.json").read_text())
    server = f"postgresql://{SUPERUSER}:{SystemSecrets.of(system.data).postgres}@{run['inner_urls']['postgres']}"
    connection = await asyncpg.connect(f"{server}/patchwork")
    await connection.execute(
        "INSERT INTO auth.mail (kind, email, details, created_at, due_at, tries)"
        " VALUES ('password_changed', '.x@y..z', '{\"user_id\": null, \"name\": \"nobody\"}', now(), now(), 0)"
    )
    await connection.close()


def push_and_search(client: Client, folder: Path, number: int) -> None:
    word = f"goodword{'abcdefghij'[number]}"
    folder.mkdir()
    (folder / "README.md").write_text(f"# Good\n\n{word}\n")
    (folder / "data.csv").write_text("a,b\n1,2\n")
    arguments: list[str | Path] = ["python", ACTS, "push", f"good/p{number}", REGISTRY, folder, word]
    pushed = client.attempt(*arguments)
    assert pushed.returncode == 0, pushed.stderr
    found = client.attempt("python", ACTS, "search_until", REGISTRY, word, "60")
    assert json.loads(found.stdout.splitlines()[-1])["hits"], found.stderr


async def test_bad_items_keep_no_good_one_from_being_indexed_mailed_and_answered(
    system: System, client: Client, tmp_path: Path
) -> None:
    api = system.sign_in()
    expected = put_bad_items(system)
    await set_a_bad_mail(system)
    bad_push = {"entries": [{"logical_key": "x", "physical_key": f"s3://{BUCKET}/bad/denied.txt"}]}
    jobs = [api.request("POST", f"{PACKAGES}/bad/job{number}/revisions", json=bad_push) for number in range(3)]
    with ThreadPoolExecutor() as threads:
        for done in [
            threads.submit(push_and_search, client, tmp_path / f"p{number}", number) for number in range(PUSHES)
        ]:
            done.result()

    listed = api.get(PACKAGES, {"limit": "100", "prefix": "good/"})["items"]
    assert {item["name"]: item["state"] for item in listed} == {f"good/p{number}": "ready" for number in range(PUSHES)}
    eventually(lambda: problems(api) == expected, or_say=lambda: problems(api))
    assert api.get(f"{PACKAGES}/bad/nan")["latest"]["user_meta"] == {"mean": "NaN"}
    found = api.get("/api/v1/search", {"q": "oddheaderword"})
    assert [item["key"] for item in found["items"]] == ["bad/headers.txt"]

    good = {"entries": [{"logical_key": "x", "physical_key": f"s3://{BUCKET}/bad/headers.txt"}]}
    assert api.job(f"{PACKAGES}/good/job/revisions", good)["state"] == "done"
    for answer in jobs:
        ended = api.get(answer.headers["location"])
        assert (ended["state"], ended["problem"]["type"]) == ("failed", "/problems/entry_refused")

    system.create_user("mailed", "mailed's password", "ReadAll")
    assert api.request("POST", "/api/v1/accounts/reset", json={"email": "mailed@example.com"}).is_success
    mails = system.data / "mail" / "new"
    eventually(lambda: any("mailed@example.com" in mail.read_text(errors="replace") for mail in mails.glob("*")))


def problems(api: Any) -> dict[str, str]:
    return {item["key"]: item["state"] for item in api.get(PROBLEMS)["items"]}
