"""All kinds of items that cannot be processed come at once while a client pushes and searches: all others are indexed, mailed and answered."""

import json
import math
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import asyncpg
import boto3  # noqa: TID251 – sends what our own client would not
import pytest
from e2e.catalog.conftest import sign_in, watched
from playwright.sync_api import expect, sync_playwright
from support.data.manifests import entry, lines, manifest, nested
from support.foreign.browser import find_chromium
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


@pytest.fixture(scope="module")
def bad_items(system: System) -> dict[str, str]:
    return put_bad_items(system)


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
    system: System, client: Client, bad_items: dict[str, str], tmp_path: Path
) -> None:
    api = system.sign_in()
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
    eventually(lambda: problems(api) == bad_items, or_say=lambda: problems(api))
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


CORRUPT = "This revision cannot be shown: corrupt"
SHOWN = {
    f"/b/{BUCKET}": "cannot be shown",
    f"/b/{BUCKET}/problems": "bad/denied.txt",
    f"/b/{BUCKET}/packages": "bad/broken",
    f"/b/{BUCKET}/packages?sort=-modified": "bad/nan",
    f"/b/{BUCKET}/packages/bad/broken": CORRUPT,
    f"/b/{BUCKET}/packages/bad/broken/revisions": "corrupt",
    f"/b/{BUCKET}/packages/bad/broken/compare": "bad/broken",
    f"/b/{BUCKET}/packages/bad/broken/revise": "bad/broken",
    f"/b/{BUCKET}/packages/bad/broken/promote?revision=latest": "bad/broken",
    f"/b/{BUCKET}/packages/bad/deep": CORRUPT,
    f"/b/{BUCKET}/packages/bad/nan": "NaN",
    f"/b/{BUCKET}/packages/bad/pointer": "bad/pointer",
    f"/b/{BUCKET}/tree/bad/": "headers.txt",
    f"/b/{BUCKET}/tree/bad/denied.txt": "denied",
    f"/b/{BUCKET}/tree/bad/headers.txt": "oddheaderword",
    "/search?q=oddheaderword": "bad/headers.txt",
    "/search?q=bad": "bad/nan",
}
"""Pages, and what they must say."""


def test_pages_of_a_bucket_with_bad_items_say_what_is_wrong_with_them(
    system: System, bad_items: dict[str, str]
) -> None:
    found = find_chromium()
    if found is None:
        pytest.skip("NO BROWSER: install chromium, or set PATCHWORK_CHROMIUM to one, to test the web catalog")
    api = system.sign_in()
    eventually(lambda: problems(api) == bad_items, or_say=lambda: problems(api))
    eventually(lambda: api.get("/api/v1/search", {"q": "oddheaderword"})["total"] == 1)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"] if os.geteuid() == 0 else [])
        with watched(browser.new_context(base_url=system.catalog)) as page:
            page.goto("/signin")
            sign_in(page)
            for address, text in SHOWN.items():
                page.goto(address)
                expect(page.get_by_role("main").get_by_text(text).first, address).to_be_visible(timeout=20_000)
            page.goto(f"/b/{BUCKET}/packages?filter=bad/broken")
            expect(page.get_by_role("row", name="bad/broken")).to_contain_text("corrupt")
        browser.close()
