"""Push and install."""

import gzip
import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from support.worlds.quilt2_world import BUCKET, H1, H2, H3, V4, Quilt2World, file, group, root

from registry.quilt2.services import trees
from registry.settings import Quilt2Settings
from shared.errors import Unavailable
from shared.object_urls import ObjectUrls, is_plain, secret_of
from shared.quilt.keys import quilt2_object, quilt2_proof
from shared.testing.objects import FakeObjectStore

HASH = trees.package_hash(V4)
SMALL = root(file=file(H3))
SECRET = secret_of("internal-token")


async def test_a_pushed_package_can_be_installed(registry: Quilt2World) -> None:
    answer = await registry.push(V4, is_public=True)
    assert answer.json() == {"package_url": "http://catalog.test/package/amy/wine", "package_hash": HASH}
    assert await registry.get("bob", "package/amy/") == {
        "packages": [{"name": "wine", "is_public": True, "is_team": False}]
    }
    assert await registry.get(None, "package/amy/wine/") == {"hashes": [HASH]}
    for who in ("amy", None):
        found = await registry.get(who, f"package/amy/wine/{HASH}?subpath=&meta_only=")
        assert found["contents"] == V4
        assert found["sizes"] == {H1: 1, H2: 1, H3: 1}
        assert found["created_by"] == found["updated_by"] == "amy"
        assert found["created_at"] == found["updated_at"]
        for each, url in found["urls"].items():
            parts = urlsplit(url)
            assert parts.path == f"/{BUCKET}/objs/amy/{each}"
            assert ObjectUrls(SECRET).verify("GET", parts.path, parts.query)
            assert not ObjectUrls(SECRET).verify("PUT", parts.path, parts.query)
    found = await registry.get("amy", f"package/amy/wine/{HASH}?meta_only=true")
    assert (found["contents"], found["urls"], found["sizes"]) == (V4, {}, {})


async def test_a_subpath_selects_objects_but_not_contents(registry: Quilt2World) -> None:
    await registry.pushed(V4)
    found = await registry.get("amy", f"package/amy/wine/{HASH}?subpath=foo")
    assert found["contents"] == V4
    assert found["sizes"] == {H1: 1, H2: 1}
    assert (await registry.get("amy", f"package/amy/wine/{HASH}?subpath=group1/group2"))["sizes"] == {H1: 1}
    for path, part in (("nowhere", "nowhere"), ("foo/bar", "bar"), ("group1/x/y", "x")):
        said = await registry.status("amy", "GET", f"package/amy/wine/{HASH}?subpath={path}")
        assert said == (404, f"Invalid subpath: '{part}'")


async def test_a_push_of_the_same_hash_replaces_the_metadata(registry: Quilt2World) -> None:
    await registry.pushed(SMALL)
    other = root(file=file(H3, metadata={"q_path": "other.txt"}))
    await registry.pushed(other)
    found = await registry.get("amy", f"package/amy/wine/{trees.package_hash(SMALL)}")
    assert found["contents"] == other
    assert found["updated_at"] > found["created_at"]


async def test_a_dry_run_returns_upload_addresses_and_stores_nothing(registry: Quilt2World) -> None:
    answer = await registry.push(V4, dry_run=True, sizes={})
    assert answer.status_code == 200
    urls = answer.json()["upload_urls"]
    assert urls.keys() == {H1, H2, H3}
    for each, pair in urls.items():
        for method, url in (("HEAD", pair["head"]), ("PUT", pair["put"])):
            parts = urlsplit(url)
            assert parts.path == f"/{BUCKET}/objs/amy/{each}"
            assert ObjectUrls(SECRET).verify(method, parts.path, parts.query)
            assert not ObjectUrls(SECRET).verify("GET", parts.path, parts.query)
    assert (await registry.ask("amy", "GET", "package/amy/wine/")).status_code == 404
    assert (await registry.push(V4, dry_run=True, at=trees.package_hash(SMALL))).status_code == 400
    assert (await registry.push(root(), dry_run=True)).json() == {"upload_urls": {}}


async def test_a_push_writes_a_manifest_and_pointers_beside_the_objects(
    registry: Quilt2World, objects: FakeObjectStore
) -> None:
    await registry.pushed(V4)
    got = await objects.get(BUCKET, ".quilt/named_packages/amy/wine/latest", limit=100)
    assert got
    manifest = await objects.get(BUCKET, f".quilt/packages/{got[1].decode()}", limit=1 << 20)
    assert manifest
    header, *entries = [json.loads(line) for line in manifest[1].splitlines()]
    assert header["message"] == f"Quilt 2 instance {HASH}"
    assert [(each["logical_key"], each["physical_keys"], each["size"]) for each in entries] == [
        ("file", [f"s3://{BUCKET}/objs/amy/{H3}"], 1),
        ("foo/000000", [f"s3://{BUCKET}/objs/amy/{H1}"], 1),
        ("foo/000001", [f"s3://{BUCKET}/objs/amy/{H2}"], 1),
        ("group1/group2/bar", [f"s3://{BUCKET}/objs/amy/{H1}"], 1),
    ]
    await registry.ask("amy", "DELETE", "package/amy/wine/")
    assert not await objects.head(BUCKET, ".quilt/named_packages/amy/wine/latest")


@pytest.mark.parametrize(
    ("who", "change", "status", "message"),
    [
        (None, {}, 401, "Not logged in"),
        ("bob", {}, 403, "Only the package owner can create packages."),
        ("amy", {"at": "0" * 64}, 400, "Wrong contents hash"),
        ("amy", {"name": "amy/bad-name"}, 400, "Invalid package name"),
        ("amy", {"name": f"amy/{'n' * 65}"}, 400, "Invalid package name"),
        ("amy", {"name": "amy/1st"}, 400, "Invalid package name"),
        ("amy", {"sizes": {H3: 1}}, 400, "Sizes don't match the hashes"),
        ("amy", {"is_team": True}, 403, "Team access not allowed"),
        ("amy", {"sizes": {H3: "1"}}, 400, "Expected `int`, got `str` - at `$.sizes[...]`"),
        ("amy", {"more": 1}, 400, "Object contains unknown field `more`"),
        ("amy", {"dry_run": "yes"}, 400, "Expected `bool`, got `str` - at `$.dry_run`"),
        (None, {"more": 1}, 401, "Not logged in"),
    ],
)
async def test_pushes_are_refused(
    registry: Quilt2World, who: str | None, change: dict[str, Any], status: int, message: str
) -> None:
    answer = await registry.push(V4, who=who, **change)
    assert (answer.status_code, answer.json()["message"]) == (status, message)


async def test_a_group_is_refused_as_a_package_and_a_root_as_a_part(registry: Quilt2World) -> None:
    body = {"contents": group(), "description": "", "sizes": {}}
    said = await registry.status("amy", "PUT", f"package/amy/wine/{trees.package_hash(group())}", json=body)
    assert said == (400, "Unexpected node type")
    body["contents"] = root()
    assert await registry.status("amy", "POST", "package_update/amy/wine/a", json=body) == (400, "Unexpected node type")


async def test_malformed_bodies_are_refused(registry: Quilt2World) -> None:
    where = f"package/amy/wine/{HASH}"
    gzipped = {"Content-Encoding": "gzip"}
    cases: list[tuple[dict[str, Any], int]] = [
        ({"content": b"{"}, 400),
        ({"content": b"{}"}, 400),
        ({"content": b""}, 400),
        ({"content": b"[" * 100_000}, 400),
        ({"content": b"not gzip", "headers": gzipped}, 400),
        ({"content": gzip.compress(b"{}")[:-4], "headers": gzipped}, 400),
        ({"content": b"{}", "headers": {"Content-Encoding": "br"}}, 400),
        ({"json": {}, "headers": {"Content-Type": "text/plain"}}, 400),
        ({"content": gzip.compress(b" " * (100 << 20), 1), "headers": gzipped}, 413),
    ]
    for options, status in cases:
        answer = await registry.ask("amy", "PUT", where, **options)
        assert (answer.status_code, bool(answer.json()["message"])) == (status, True), options


def deep(levels: int) -> Any:
    tree = group()
    for _ in range(levels):
        tree = group(a=tree)
    return tree


async def require_nothing_left(registry: Quilt2World, objects: FakeObjectStore) -> None:
    assert (await registry.ask("amy", "GET", "package/amy/wine/")).status_code == 404
    assert (await registry.get("amy", "package/amy/"))["packages"] == []
    assert (await registry.get("admin", "audit/amy/"))["events"] == []
    assert not [found.key async for page in objects.list(BUCKET, prefix=".quilt/named_packages/") for found in page]


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [("PUT", f"package/amy/wine/{'0' * 64}", "ROOT"), ("POST", "package_update/amy/wine/part", "GROUP")],
)
@pytest.mark.parametrize(
    ("children", "message"),
    [
        ({"a": deep(100)}, "The tree is deeper than 100 groups"),
        ({"a": deep(400)}, "The tree is deeper than 100 groups"),
        ({"a": {"type": "LINK", "to": "."}}, "Unknown node type: 'LINK'"),
        ({"a": root()}, "Unexpected node type"),
        ({"..": file(H1)}, "A node cannot be named '..'"),
        ({"../../etc/passwd": file(H1)}, "A node cannot be named '../../etc/passwd'"),
        ({"a": file("../../etc/passwd")}, "Not the hash of an object: '../../etc/passwd'"),
        ({"a": file(H1, metadata_hash="..")}, "Not the hash of an object: '..'"),
    ],
)
async def test_a_malformed_tree_is_refused_and_leaves_nothing(
    registry: Quilt2World, objects: FakeObjectStore, *, method: str, path: str, kind: str, children: Any, message: str
) -> None:
    contents = {"type": kind, "children": children}
    body = gzip.compress(json.dumps({"contents": contents, "description": "", "sizes": {H1: 1}}).encode())
    answer = await registry.ask("amy", method, path, content=body, headers={"Content-Encoding": "gzip"})
    assert (answer.status_code, answer.json()["message"]) == (400, message)
    await require_nothing_left(registry, objects)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("amy/..", 405),
        ("amy/.", 405),
        ("amy/%2e%2e", 400),
        ("amy/..%2f..%2fx", 404),
        ("amy/a%00b", 404),
        ("..%2famy/wine", 404),
        ("%2e%2e/wine", 403),
    ],
)
async def test_a_name_that_is_a_path_is_refused(registry: Quilt2World, path: str, status: int) -> None:
    body = {"contents": SMALL, "description": "", "sizes": {H3: 1}}
    answer = await registry.ask("amy", "PUT", f"package/{path}/{trees.package_hash(SMALL)}", json=body)
    assert answer.status_code == status
    assert answer.json()["message"]
    assert (await registry.get("admin", "audit/amy/"))["events"] == []


async def test_a_gzipped_push_is_accepted(registry: Quilt2World) -> None:
    body = gzip.compress(json.dumps({"contents": SMALL, "description": "", "sizes": {H3: 1}}).encode())
    where = f"package/amy/wine/{trees.package_hash(SMALL)}"
    answer = await registry.ask("amy", "PUT", where, content=body, headers={"Content-Encoding": "gzip"})
    assert answer.status_code == 200


async def test_package_names_are_case_sensitive_and_unique_without_case(registry: Quilt2World) -> None:
    await registry.pushed(SMALL)
    assert (await registry.push(SMALL, name="Amy/wine")).status_code == 403
    refused = await registry.push(SMALL, name="amy/Wine")
    assert (refused.status_code, refused.json()["message"]) == (403, "Package already exists: amy/wine")
    made = trees.package_hash(SMALL)
    assert await registry.status("amy", "GET", f"package/amy/Wine/{made}") == (404, "Package hash does not exist")


async def test_a_push_never_changes_who_may_read(registry: Quilt2World) -> None:
    await registry.pushed(SMALL)
    assert (await registry.push(SMALL, is_public=True)).status_code == 403
    await registry.pushed(SMALL, name="amy/open", public=True)
    assert (await registry.push(SMALL, name="amy/open", who="bob")).status_code == 403
    await registry.pushed(SMALL, name="amy/open")
    assert (await registry.get(None, "package/amy"))["packages"] == [
        {"name": "open", "is_public": True, "is_team": False}
    ]


async def test_a_part_is_put_into_the_latest_instance(registry: Quilt2World, objects: FakeObjectStore) -> None:
    await registry.latest(V4)
    await objects.put(BUCKET, f"objs/amy/{H2}", gzip.compress("Lèse-moi".encode()))

    async def put(path: str, node: Any, sizes: dict[str, int]) -> Any:
        body = {"contents": node, "description": "", "sizes": sizes}
        return await registry.ask("amy", "POST", f"package_update/amy/wine/{path}", json=body)

    assert (await put("group1/group2", group(new=file(H2)), {H2: 5})).status_code == 200
    answer = await put("README", file(H2), {H2: 5})
    made = answer.json()["package_hash"]
    merged = root(**{**V4["children"], "README": file(H2)})
    merged["children"]["group1"] = group(
        empty=V4["children"]["group1"]["children"]["empty"], group2=group(new=file(H2))
    )
    assert (await registry.get("amy", "tag/amy/wine/latest"))["hash"] == made == trees.package_hash(merged)
    found = await registry.get("amy", f"package/amy/wine/{made}")
    assert (found["contents"], found["sizes"]) == (merged, {H1: 1, H2: 1, H3: 1})
    assert (await registry.get("amy", f"package_preview/amy/wine/{made}"))["readme_preview"] == "Lèse-moi"
    refused = await put("file/below", file(), {})
    assert (refused.status_code, refused.json()["message"]) == (404, "Target subpath is not a group node: 'file'")
    assert (await put("a//b", file(), {})).status_code == 400
    body = {"contents": file(H1), "description": "", "sizes": {H1: 1}}
    answer = await registry.ask("amy", "POST", "package_update/amy/fresh/a/b", json=body)
    assert (await registry.get("amy", "tag/amy/fresh/latest"))["hash"] == answer.json()["package_hash"]


async def test_a_push_whose_readme_was_not_uploaded_is_refused_and_leaves_nothing(
    registry: Quilt2World, objects: FakeObjectStore
) -> None:
    refused = await registry.push(root(README=file(H1)))
    assert refused.status_code == 403
    assert refused.json()["message"] == "Failed to download the README: it was not uploaded"
    await require_nothing_left(registry, objects)


async def test_a_preview_shows_readme_names_and_file_types(registry: Quilt2World, objects: FakeObjectStore) -> None:
    await objects.put(BUCKET, f"objs/amy/{H1}", b"# Wine")
    sizes = {H1: 5, H2: 37}
    made = await registry.pushed(
        root(README=file(H1), a=file(H2, metadata={"q_path": "x.CSV"})), is_public=True, sizes=sizes
    )
    found = await registry.get(None, f"package_preview/amy/wine/{made}")
    assert found["preview"] == [["README", None], ["a", None]]
    assert found["readme_preview"] == "# Wine"
    assert urlsplit(found["readme_url"]).path == f"/{BUCKET}/objs/amy/{H1}"
    assert found["total_size_uncompressed"] == 42
    assert found["file_types"] == {"": 1, ".csv": 1}
    assert (found["is_public"], found["is_team"], found["log_count"]) == (True, False, 1)


async def test_objects_are_found_by_readers_of_a_package_with_them(registry: Quilt2World) -> None:
    await registry.pushed(root(a=file(H1)), is_public=True)
    await registry.pushed(root(a=file(H2)), name="amy/private")
    for who, expected in ((None, {H1}), ("bob", {H1}), ("amy", {H1, H2})):
        found = (await registry.ask(who, "POST", "get_objects", json=[H1, H2, H3, "nonsense"])).json()
        assert found["urls"].keys() == found["sizes"].keys() == expected


async def test_an_instance_can_be_read_as_a_manifest(registry: Quilt2World) -> None:
    made = await registry.pushed(SMALL)
    found = await registry.get("amy", f"packaget4/amy/wine/{made}")
    _, entry = found["manifest"].split("\n")
    assert json.loads(entry)["logical_key"] == "/file"
    assert found["sizes"] == {H3: 1}


async def body_of(objects: FakeObjectStore, key: str) -> bytes | None:
    found = await objects.get(BUCKET, key, limit=100)
    return found[1] if found else None


class TestTeam:
    @pytest.fixture
    def quilt2(self) -> Quilt2Settings:
        return Quilt2Settings(bucket=BUCKET, team=True)

    async def test_every_user_can_push_to_packages_of_the_team(
        self, registry: Quilt2World, objects: FakeObjectStore
    ) -> None:
        assert (await registry.push(SMALL, is_public=True)).json()["message"] == "Public access not allowed"
        await registry.pushed(SMALL, is_team=True)
        for each in (H1, H2):
            await objects.put(BUCKET, quilt2_proof("amy", "bob", each), b"x")
        assert (await registry.push(V4, who="bob")).status_code == 200
        tagging = await registry.ask("bob", "PUT", "tag/amy/wine/latest", json={"hash": HASH})
        assert tagging.status_code == 200
        assert (await registry.push(V4, who=None)).status_code == 401
        assert await registry.status(None, "GET", f"package/amy/wine/{HASH}") == (401, "Not logged in")
        assert (await registry.get("bob", "tag/amy/wine/latest"))["is_team"] is True
        assert await registry.status("bob", "DELETE", "tag/amy/wine/latest") == (
            403,
            "Only the package owner can delete tags",
        )
        assert (await registry.get("bob", "recent_packages/"))["packages"][0]["name"] == "wine"

    async def test_a_hash_alone_opens_no_private_object_of_the_owner(
        self, registry: Quilt2World, objects: FakeObjectStore
    ) -> None:
        await registry.pushed(root(secret=file(H1)), name="amy/private")
        await objects.put(BUCKET, quilt2_object("amy", H1), b"secret")
        await registry.pushed(SMALL, is_team=True)
        claim = root(mine=file(H1), file=file(H3))

        refused = await registry.push(claim, who="bob")
        assert (refused.status_code, refused.json()["type"]) == (403, "/problems/objects_not_uploaded")
        assert (await registry.get("bob", "package/amy/wine/"))["hashes"] == [trees.package_hash(SMALL)]
        found = await registry.ask("bob", "POST", "get_objects", json=[H1])
        assert found.json() == {"urls": {}, "sizes": {}}
        path = "package_update/amy/wine/part"
        part = {"contents": file(H1), "description": "", "sizes": {H1: 1}}
        assert (await registry.ask("bob", "POST", path, json=part)).status_code == 403
        assert (await registry.push(claim)).status_code == 200, "its owner may"

    async def test_who_has_a_private_object_of_the_owner_uploads_it_beside_it(
        self, registry: Quilt2World, objects: FakeObjectStore
    ) -> None:
        await registry.pushed(root(secret=file(H1)), name="amy/private")
        await registry.pushed(SMALL, is_team=True)
        claim = root(mine=file(H1), new=file(H2), file=file(H3))
        urls = (await registry.push(claim, who="bob", dry_run=True)).json()["upload_urls"]
        expected = {H1: f"objs/bob%40amy/{H1}", H2: f"objs/bob%40amy/{H2}", H3: f"objs/amy/{H3}"}
        for each, pair in urls.items():
            for method, url in (("HEAD", pair["head"]), ("PUT", pair["put"])):
                parts = urlsplit(url)
                assert parts.path == f"/{BUCKET}/{expected[each]}"
                assert ObjectUrls(SECRET).verify(method, parts.path, parts.query)
                assert is_plain(parts.query) == (method == "PUT")
        own = (await registry.push(claim, dry_run=True)).json()["upload_urls"]
        assert {urlsplit(pair["put"]).path for pair in own.values()} == {
            f"/{BUCKET}/objs/amy/{each}" for each in (H1, H2, H3)
        }

        await objects.put(BUCKET, quilt2_proof("amy", "bob", H1), b"x")
        assert (await registry.push(claim, who="bob")).status_code == 403, "the new one is missing"
        await objects.put(BUCKET, quilt2_proof("amy", "bob", H2), b"new")
        assert (await registry.push(claim, who="bob")).status_code == 200
        assert (await registry.push(claim, who="carol")).status_code == 200, "they are in the package now"
        assert (await registry.push(claim, who="bob")).status_code == 200, "also a second time"
        assert await body_of(objects, quilt2_object("amy", H2)) == b"new"
        assert await body_of(objects, quilt2_object("amy", H1)) is None, "the owner's own is not touched"
        for each in (H1, H2):
            assert await objects.head(BUCKET, quilt2_proof("amy", "bob", each)) is None

    async def test_an_object_that_was_uploaded_and_never_pushed_cannot_be_claimed_by_its_hash(
        self, registry: Quilt2World, objects: FakeObjectStore
    ) -> None:
        await registry.pushed(SMALL, is_team=True)
        await objects.put(BUCKET, quilt2_object("amy", H1), b"secret")
        claim = root(mine=file(H1), file=file(H3))
        dry = (await registry.push(claim, who="bob", dry_run=True)).json()["upload_urls"]
        assert urlsplit(dry[H1]["head"]).path == f"/{BUCKET}/objs/bob%40amy/{H1}", (
            "who asks does not learn that it exists"
        )
        for who in ("bob", "carol"):
            refused = await registry.push(claim, who=who)
            assert (refused.status_code, refused.json()["type"]) == (403, "/problems/objects_not_uploaded")
        part = {"contents": file(H1), "description": "", "sizes": {H1: 1}}
        assert (await registry.ask("bob", "POST", "package_update/amy/wine/part", json=part)).status_code == 403
        await objects.put(BUCKET, quilt2_proof("amy", "carol", H1), b"secret")
        assert (await registry.push(claim, who="bob")).status_code == 403, "somebody else's upload shows nothing"
        found = await registry.ask("bob", "POST", "get_objects", json=[H1])
        assert found.json() == {"urls": {}, "sizes": {}}

        assert (await registry.push(claim, who="carol")).status_code == 200, "who has its content may"
        assert await body_of(objects, quilt2_object("amy", H1)) == b"secret"

    async def test_uploads_stay_for_another_try_when_a_push_fails(
        self, registry: Quilt2World, objects: FakeObjectStore
    ) -> None:
        await registry.pushed(SMALL, is_team=True)
        claim = root(new=file(H1), other=file(H2), file=file(H3))
        for each in (H1, H2):
            await objects.put(BUCKET, quilt2_proof("amy", "bob", each), each.encode())
        objects.failing[quilt2_object("amy", H2)] = Unavailable("S3 is slow")
        assert (await registry.push(claim, who="bob")).status_code == 503
        for each in (H1, H2):
            assert await body_of(objects, quilt2_proof("amy", "bob", each)) == each.encode()
        objects.failing.clear()
        assert (await registry.push(claim, who="bob")).status_code == 200


class TestOff:
    @pytest.fixture
    def quilt2(self) -> Quilt2Settings:
        return Quilt2Settings()

    async def test_without_a_bucket_package_routes_answer_404(self, registry: Quilt2World) -> None:
        assert (await registry.ask("amy", "GET", "package/amy/wine/")).status_code == 404
