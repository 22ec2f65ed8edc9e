"""Packages, revisions and their entries in the JSON API."""

from collections.abc import Sequence

import pytest
from support.data.manifests import HELLO, entry, manifest
from support.worlds.registry_world import CALLERS, FIRST_PUSH, PRINCIPAL, RegistryWorld, problem
from typing_extensions import override

from registry.db.access import BY_ROLE
from registry.services.packages.visible_packages import VisiblePackages
from shared.db.engine import Sessions
from shared.db.statements import FoundRow, SessionStatements
from shared.testing.indexer import FakeIndexer

HASH = {"type": "sha2-256-chunked", "value": HELLO}
NO_HASH = "0" * 64
NO_KINDS = dict.fromkeys(("images", "text", "arrays", "sequences", "other"), 0)


def packages(world: RegistryWorld, rest: str = "") -> str:
    return f"/api/v1/buckets/{world.bucket}/packages{rest}"


async def test_a_package_is_shown_with_its_latest_revision(world: RegistryWorld) -> None:
    top_hash = await world.package(
        "amy/wine", entry("data/a.csv", size=3), entry("b.csv", size=4), message="first", user_meta={"source": "UCI"}
    )
    shown = await world.json(packages(world, "/amy/wine"))
    assert shown == {
        "bucket": world.bucket,
        "name": "amy/wine",
        "modified": shown["modified"],
        "revisions": 1,
        "title": None,
        "description": None,
        "latest": {
            "top_hash": top_hash,
            "state": "ready",
            "problem": None,
            "message": "first",
            "user_meta": {"source": "UCI"},
            "workflow": None,
            "total_entries": 2,
            "total_bytes": 7,
            "kinds": {"tables": 7, **NO_KINDS},
        },
    }


async def test_packages_are_listed_by_name_in_pages(world: RegistryWorld) -> None:
    for name in ("amy/wine", "amy/beer", "bob/wine", "amy-2/tea"):
        await world.package(name, entry("a.csv"), message=f"about {name}")
    first = await world.json(packages(world), limit=3)
    assert [each["name"] for each in first["items"]] == ["amy-2/tea", "amy/beer", "amy/wine"]
    assert first["items"][1] == {
        "bucket": world.bucket,
        "name": "amy/beer",
        "top_hash": first["items"][1]["top_hash"],
        "modified": first["items"][1]["modified"],
        "revisions": 1,
        "title": None,
        "description": None,
        "state": "ready",
        "message": "about amy/beer",
        "total_entries": 1,
        "total_bytes": 5,
        "kinds": {"tables": 5, **NO_KINDS},
    }
    second = await world.json(packages(world), limit=3, cursor=first["next"])
    assert ([each["name"] for each in second["items"]], second["next"]) == (["bob/wine"], None)


@pytest.mark.parametrize(
    ("params", "names"),
    [
        ({"prefix": "amy/"}, ["amy/beer", "amy/wine"]),
        ({"prefix": "amy/w"}, ["amy/wine"]),
        ({"prefix": "%"}, []),
        ({"contains": "WINE"}, ["amy/wine", "bob/wine"]),
        ({"prefix": "amy/", "contains": "b"}, ["amy/beer"]),
        ({"contains": "_"}, []),
    ],
)
async def test_packages_are_filtered_by_prefix_and_part_of_their_names(
    world: RegistryWorld, params: dict[str, str], names: list[str]
) -> None:
    for name in ("amy/wine", "amy/beer", "bob/wine"):
        await world.package(name, entry("a.csv"))
    assert [each["name"] for each in (await world.json(packages(world), **params))["items"]] == names


async def test_revisions_are_listed_newest_first_in_pages(world: RegistryWorld) -> None:
    hashes = [await world.package("amy/wine", entry(f"{number}.csv"), message=str(number)) for number in range(3)]
    first = await world.json(packages(world, "/amy/wine/revisions"), limit=2)
    assert [(each["top_hash"], each["message"], each["tag"]) for each in first["items"]] == [
        (hashes[2], "2", str(FIRST_PUSH + 3)),
        (hashes[1], "1", str(FIRST_PUSH + 2)),
    ]
    assert first["items"][0]["pushed_at"].startswith("2023-11-14T22:13:23")
    second = await world.json(packages(world, "/amy/wine/revisions"), limit=2, cursor=first["next"])
    assert ([each["message"] for each in second["items"]], second["next"]) == (["0"], None)


async def test_a_revision_is_found_by_latest_tag_hash_and_short_hash(world: RegistryWorld) -> None:
    old = await world.package("amy/wine", entry("a.csv"), message="old")
    new = await world.package("amy/wine", entry("b.csv"), message="new")
    for reference, top_hash in {
        "latest": new,
        str(FIRST_PUSH + 1): old,
        old: old,
        new[:6]: new,
        old[:40]: old,
    }.items():
        shown = await world.json(packages(world, f"/amy/wine/revisions/{reference}"))
        assert shown["top_hash"] == top_hash, reference


@pytest.mark.parametrize("reference", ["abc", "v1", "LATEST", NO_HASH, NO_HASH[:10], "1234567890", "%25", "a b"])
async def test_an_unknown_revision_is_not_found(world: RegistryWorld, reference: str) -> None:
    await world.package("amy/wine", entry("a.csv"))
    answer = await world.get(packages(world, f"/amy/wine/revisions/{reference}"))
    status, message = problem(answer)
    assert status == 404
    assert "`latest`" in message


async def test_an_ambiguous_short_hash_is_a_conflict(world: RegistryWorld) -> None:
    for ending in ("1", "2"):
        await world.point("amy/wine", f"170000000{ending}", "abcdef" + ending * 58)
    status, message = problem(await world.get(packages(world, "/amy/wine/revisions/abcdef")))
    assert (status, "more digits" in message) == (409, True)


async def test_a_directory_is_listed_with_the_totals_below_it(world: RegistryWorld) -> None:
    await world.package(
        "amy/wine",
        entry("data/red/a.csv", size=3, meta={"user_meta": {"color": "red"}}),
        entry("data/red/b.csv", size=4),
        entry("data/é x.csv", at=f"s3://{world.bucket}/amy/wine/data/%C3%A9%20x.csv?versionId=v1", size=5),
        entry("top.csv", size=1),
        directories={"data/red": {"user_meta": {"kind": "dir"}}},
    )
    root = await world.json(packages(world, "/amy/wine/revisions/latest/entries"))
    data = {"type": "directory", "path": "data", "total_entries": 3, "total_bytes": 12, "meta": None}
    assert root == {
        "items": [
            data,
            {
                "type": "file",
                "path": "top.csv",
                "size": 1,
                "hash": HASH,
                "physical_key": "s3://wine/top.csv?versionId=v1",
                "is_local": False,
                "accessible": False,
                "meta": {},
            },
        ],
        "next": None,
    }
    inside = await world.json(packages(world, "/amy/wine/revisions/latest/entries"), path="data")
    red = {
        "type": "directory",
        "path": "data/red",
        "total_entries": 2,
        "total_bytes": 7,
        "meta": {"user_meta": {"kind": "dir"}},
    }
    accented = {
        "type": "file",
        "path": "data/é x.csv",
        "size": 5,
        "hash": HASH,
        "physical_key": f"s3://{world.bucket}/amy/wine/data/%C3%A9%20x.csv?versionId=v1",
        "is_local": False,
        "accessible": True,
        "meta": {},
    }
    assert inside["items"] == [red, accented]
    one = packages(world, "/amy/wine/revisions/latest/entry")
    assert await world.json(one, path="data/é x.csv") == accented
    assert await world.json(one, path="data/red") == red
    assert (await world.json(one, path="data/red/a.csv"))["meta"] == {"user_meta": {"color": "red"}}
    assert await world.json(one) == {**data, "path": "", "total_entries": 4, "total_bytes": 13}


async def test_a_large_directory_comes_in_pages(world: RegistryWorld) -> None:
    names = [f"{number:04}.csv" for number in range(2500)]
    await world.package("amy/wine", *(entry(f"many/{name}") for name in names))
    found: list[str] = []
    cursor = None
    pages = 0
    while cursor or not pages:
        page = await world.json(
            packages(world, "/amy/wine/revisions/latest/entries"),
            path="many",
            limit=1000,
            **({"cursor": cursor} if cursor else {}),
        )
        found += [each["path"] for each in page["items"]]
        cursor, pages = page["next"], pages + 1
    assert found == [f"many/{name}" for name in names]
    assert pages == 3


async def test_an_empty_package_has_an_empty_root(world: RegistryWorld) -> None:
    await world.package("amy/empty")
    assert await world.json(packages(world, "/amy/empty/revisions/latest/entries")) == {"items": [], "next": None}


@pytest.mark.parametrize(
    "rest", ["/entries?path=nowhere", "/entries?path=a.csv", "/entry?path=nowhere", "/entry?path=a.csv/below"]
)
async def test_a_missing_path_is_not_found(world: RegistryWorld, rest: str) -> None:
    await world.package("amy/wine", entry("a.csv"))
    status, message = problem(await world.get(packages(world, f"/amy/wine/revisions/latest{rest}")))
    assert (status, "amy/wine" in message) == (404, True)


async def test_a_revision_with_a_missing_manifest_is_listed_with_its_problem(world: RegistryWorld) -> None:
    await world.package("amy/wine", entry("a.csv"))
    for tag in ("1800000000", "latest"):
        await world.point("amy/wine", tag, NO_HASH)
    listed = (await world.json(packages(world, "/amy/wine/revisions")))["items"]
    assert [(each["state"], bool(each["problem"])) for each in listed] == [("missing", True), ("ready", False)]
    assert (await world.json(packages(world)))["items"][0]["state"] == "missing"
    assert (await world.json(packages(world, "/amy/wine")))["latest"]["state"] == "missing"
    for rest in ("entries", "entry"):
        status, message = problem(await world.get(packages(world, f"/amy/wine/revisions/latest/{rest}")))
        assert status == 409
        assert "missing" in message
        assert "push the package again" in message


async def test_a_revision_with_a_corrupt_manifest_is_listed_with_its_problem(world: RegistryWorld) -> None:
    await world.put_manifest(world.bucket, "c" * 64, b"this is not JSON\n")
    await world.point("amy/wine", "1700000001", "c" * 64)
    [listed] = (await world.json(packages(world, "/amy/wine/revisions")))["items"]
    assert (listed["state"], "line 1" in listed["problem"]) == ("corrupt", True)
    status, message = problem(await world.get(packages(world, "/amy/wine/revisions/cccccc/entries")))
    assert (status, "line 1" in message) == (409, True)


async def test_a_revision_with_a_mismatched_manifest_is_listed_with_its_problem(world: RegistryWorld) -> None:
    right, body = manifest(entry("a.csv"))
    await world.put_manifest(world.bucket, "d" * 64, body)
    await world.point("amy/wine", "1700000001", "d" * 64)
    assert (await world.json(packages(world, "/amy/wine/revisions/dddddd")))["state"] == "mismatch"
    status, message = problem(await world.get(packages(world, "/amy/wine/revisions/dddddd/entries")))
    assert (status, right in message) == (409, True)


async def test_a_pointer_without_a_hash_is_shown_with_its_problem(world: RegistryWorld) -> None:
    await world.point("amy/wine", "latest", "not a hash")
    assert (await world.json(packages(world, "/amy/wine")))["latest"]["state"] == "corrupt"
    status, message = problem(await world.get(packages(world, "/amy/wine/revisions/latest/entries")))
    assert (status, "pointer" in message) == (409, True)


async def test_a_revision_whose_pointer_is_not_indexed_is_indexed_on_request(
    world: RegistryWorld, indexer: FakeIndexer
) -> None:
    async def index(bucket: str, top_hash: str) -> None:
        await world.look(bucket, f".quilt/packages/{top_hash}")

    await world.package("amy/wine", entry("a.csv"))
    new = await world.package("amy/wine", entry("b.csv"), message="new", index=False)
    indexer.on_manifest = index
    shown = await world.json(packages(world, f"/amy/wine/revisions/{new}"))
    assert (shown["message"], shown["state"]) == ("new", "ready")
    entries = await world.json(packages(world, f"/amy/wine/revisions/{new}/entries"))
    assert [each["path"] for each in entries["items"]] == ["b.csv"]
    assert indexer.manifests == [(world.bucket, new)]


class WatchedStatements(SessionStatements):
    running = done = 0

    @override
    async def fetch(self, sql: str, *values: object) -> Sequence[FoundRow]:
        self.running += 1
        try:
            return await super().fetch(sql, *values)
        finally:
            self.running -= 1
            self.done += 1


async def test_no_database_connection_is_held_while_the_indexer_works(
    world: RegistryWorld, indexer: FakeIndexer, sessions: Sessions
) -> None:
    await world.package("amy/wine", entry("a.csv"))
    new = await world.package("amy/wine", entry("b.csv"), index=False)
    statements = WatchedStatements(sessions)

    async def look(bucket: str, top_hash: str) -> None:
        assert statements.running == 0 < statements.done
        await world.look(bucket, f".quilt/packages/{top_hash}")

    indexer.on_manifest = look
    package = await VisiblePackages(statements, BY_ROLE, PRINCIPAL, indexer).open(world.bucket, "amy/wine")
    found = await package.manifest(new)
    assert found.top_hash == new


async def test_without_the_indexer_unknown_revisions_are_503_and_known_ones_are_shown(
    world: RegistryWorld, indexer: FakeIndexer
) -> None:
    await world.package("amy/wine", entry("a.csv"))
    new = await world.package("amy/wine", entry("b.csv"), index=False)
    indexer.down = True
    assert problem(await world.get(packages(world, f"/amy/wine/revisions/{new}"))) == (503, "indexer is down")
    assert (await world.get(packages(world, "/amy/wine/revisions/latest"))).status_code == 200


ADDRESSES = [
    "",
    "/amy/wine",
    "/amy/wine/revisions",
    "/amy/wine/revisions/latest",
    "/amy/wine/revisions/latest/entries",
    "/amy/wine/revisions/latest/entry?path=a.csv",
]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("caller", CALLERS)
async def test_packages_are_visible_to_readers_of_the_bucket(world: RegistryWorld, caller: str, address: str) -> None:
    await world.package("amy/wine", entry("a.csv"))
    answer = await world.get(packages(world, address), caller)
    expected = {"anonymous": 401, "stranger": 404}.get(caller, 200)
    assert answer.status_code == expected
    if expected == 404:
        assert problem(answer) == (404, f"No bucket {world.bucket}")


@pytest.mark.parametrize("address", ADDRESSES)
async def test_packages_of_an_unregistered_bucket_are_not_found(given: RegistryWorld, address: str) -> None:
    await given.covered(given.bucket)
    await given.package("amy/wine", entry("a.csv"))
    assert problem(await given.get(packages(given, address), "admin"))[0] == 404


@pytest.mark.parametrize("address", ADDRESSES[1:])
async def test_an_unknown_package_is_not_found(world: RegistryWorld, address: str) -> None:
    answer = await world.get(packages(world, address.replace("wine", "nothing")))
    assert problem(answer) == (404, f"No package amy/nothing in bucket {world.bucket}")


@pytest.mark.parametrize(
    "params",
    [{"cursor": "garbage"}, {"cursor": "WzFd"}, {"cursor": "bnVsbA"}, {"limit": 0}, {"limit": 1001}, {"limit": "x"}],
)
@pytest.mark.parametrize("address", ["", "/amy/wine/revisions", "/amy/wine/revisions/latest/entries"])
async def test_invalid_cursors_and_limits_are_refused(
    world: RegistryWorld, address: str, params: dict[str, str | int]
) -> None:
    await world.package("amy/wine", entry("a.csv"))
    status, message = problem(await world.get(packages(world, address), **params))
    assert status == (400 if "cursor" in params else 422)
    assert message


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("?prefix=%00", 400),
        ("?contains=a%00b", 400),
        ("/amy/wi%00ne", 400),
        ("/amy/wine/revisions/%00", 400),
        ("/amy/wine/revisions/latest/entries?path=%00", 404),
    ],
)
async def test_text_that_postgres_cannot_store_is_refused_or_not_found(
    world: RegistryWorld, address: str, status: int
) -> None:
    await world.package("amy/wine", entry("a.csv"))
    assert problem(await world.get(packages(world, address)))[0] == status
