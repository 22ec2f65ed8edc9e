"""Conditions on packages and paths keep files from being opened, and packages from being listed."""

from typing import Any

import pytest
from support.fakes.caller_s3 import FakeCallerS3Opener
from support.worlds.queries_world import QUERIES, QueriesWorld
from typing_extensions import override

from registry.services.queries import sources
from shared.testing.objects import FakeObjectStore

PACKAGES = {"lab/one": "mouse", "lab/two": "rat", "lab/three": "mouse", "lab/four": None}
ROWS = {"2025/a.csv": "n,site\n1,Oslo\n", "2026/a.csv": "n\n2\n", "2026/b.csv": "n\n3\n"}
MICE = "\"$pkg_name\" IN (SELECT package FROM packages('{bucket}') WHERE \"meta.species\" = 'mouse')"
CASES: dict[str, tuple[str, set[str]]] = {
    "metadata and path": (
        "SELECT sum(n)::BIGINT FROM {all} WHERE " + MICE + " AND \"$logical_key\" LIKE '2026/%' AND n > 2",
        {"lab/one/2026/", "lab/three/2026/"},
    ),
    "a place that needs all": (
        "SELECT sum(n)::BIGINT FROM {all} WHERE \"$pkg_name\" = 'lab/one' AND n <> (SELECT count(*) FROM {all})",
        {"lab/"},
    ),
    "none": ("SELECT sum(n)::BIGINT FROM {all} WHERE \"$pkg_name\" = 'lab/none'", {"lab/four/2025/"}),
}
"""Statements, and the beginnings of the keys that they may read."""
SUMS = {"metadata and path": 6, "a place that needs all": 6, "none": None}


class RecordingStore(FakeObjectStore):
    """Notes the keys that are read."""

    def __init__(self, inner: FakeObjectStore) -> None:
        self.__dict__.update(inner.__dict__)
        self.read: set[str] = set()

    @override
    async def get(self, bucket: str, key: str, **how: Any) -> Any:
        self.read.add(key)
        return await super().get(bucket, key, **how)

    @override
    async def read_range(self, bucket: str, key: str, *where: Any) -> bytes:
        self.read.add(key)
        return await super().read_range(bucket, key, *where)


@pytest.fixture
async def store(queries: QueriesWorld) -> RecordingStore:
    for name, species in PACKAGES.items():
        # Equal packages would share a manifest, and with it their objects.
        await queries.files(name, {**ROWS}, user_meta={"name": name} | ({"species": species} if species else {}))
    opener = queries.worker.open_caller_s3
    assert isinstance(opener, FakeCallerS3Opener)
    made = opener.objects = RecordingStore(opener.objects)
    return made


@pytest.mark.long
async def test_only_files_that_conditions_admit_are_named_and_read(
    queries: QueriesWorld, store: RecordingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = queries.world.bucket
    every = f"package('{bucket}/lab/*', '**')"
    for name, (template, admitted) in CASES.items():
        store.read.clear()
        found = await queries.run(template.replace("{all}", every).replace("{bucket}", bucket))
        assert found["first_rows"] == [[SUMS[name]]], (name, found["problem"])
        assert all(key.startswith(tuple(admitted)) for key in store.read), (name, store.read)
        assert sum(source["files"] for source in found["sources"]) == {"a place that needs all": 12, "none": 1}.get(
            name, 4
        )

    # The columns are those of the first excluded package that has such a file.
    await queries.files("lab/zero", {"only.csv": "n,who\n1,amy\n"})
    only = f"package('{bucket}/lab/*', 'only.csv')"
    assert await queries.rows(f"SELECT who FROM {only} WHERE \"$pkg_name\" = 'lab/none'") == []

    # Packages that the conditions exclude count for no limit.
    monkeypatch.setattr(sources, "MAX_QUERY_PACKAGES", 2)
    assert await queries.rows(f"SELECT count(*) FROM {every} WHERE \"$pkg_name\" LIKE 'lab/t%'") == [[6]]
    assert (await queries.refusal(f"SELECT count(*) FROM {every}"))[0] == "statement_limit_reached"


@pytest.mark.long
@pytest.mark.long
async def test_a_query_that_is_run_again_names_the_revisions_that_were_chosen(
    queries: QueriesWorld, store: RecordingStore
) -> None:
    bucket = queries.world.bucket
    sql = f"SELECT sum(n)::BIGINT FROM package('{bucket}/lab/*', '2026/*') WHERE {MICE.format(bucket=bucket)}"
    found = await queries.run(sql)
    assert found["first_rows"] == [[10]]
    source = next(each for each in found["sources"] if each["call"].startswith("package("))
    assert [each["package"] for each in source["revisions"]] == ["lab/one", "lab/three"]
    await queries.files("lab/one", {"2026/a.csv": "n\n100\n"}, user_meta={"species": "mouse"})
    store.read.clear()
    again = await queries.ended((await queries.post(f"{QUERIES}/{found['id']}/run")).json())
    assert (again["first_rows"], again["sources"]) == ([[10]], found["sources"])
