"""Every request that Quilt's web catalogs were seen to make, page by page, and what each page needs of the answers.

Their bundles of 2020 and 2026 are not published, so these requests stand in for them; that of 2022 is driven in a browser,
too.
"""

import json
import re
import subprocess
import xml.etree.ElementTree as ET
from typing import Any

import pyarrow as pa
import pytest
from e2e.catalog.conftest import PACKAGE, PASSWORD, World
from support.environments import is_made
from support.foreign.catalog_caller import Catalog
from support.foreign.node import find_node
from support.worlds.system import ADMIN, BUCKET, HTTP, ROOT, System

ABSENT = [
    ".quilt/catalog/config.yaml",
    ".quilt/catalog/config.yml",
    ".quilt/workflows/config.yml",
    "README.txt",
    "README.ipynb",
    "quilt_summarize.json",
]
SETTINGS = "/catalog/settings.json"


def opened(system: System, generation: str, name: str = "amy-of-the-web", password: str = PASSWORD) -> Catalog:
    catalog = Catalog(system, generation)
    catalog.load()
    catalog.sign_in(name, password)
    return catalog


@pytest.fixture(scope="module", params=["2026", "2022", "2020"])
def catalog(request: pytest.FixtureRequest, system: System, world: World) -> Catalog:  # noqa: ARG001 – data first
    return opened(system, request.param)


@pytest.fixture(scope="module")
def of_2026(system: System, world: World) -> Catalog:  # noqa: ARG001 – data first
    return opened(system, "2026")


@pytest.fixture(scope="module")
def of_2022(system: System, world: World) -> Catalog:  # noqa: ARG001 – data first
    return opened(system, "2022")


@pytest.fixture(scope="module")
def of_2020(system: System, world: World) -> Catalog:  # noqa: ARG001 – data first
    return opened(system, "2020")


def listing(body: bytes) -> tuple[list[str], list[str]]:
    """Keys and common prefixes. Control characters, which other tests give to keys, XML cannot tell."""
    root = ET.fromstring(re.sub(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]", b"?", body))  # noqa: S314 – our own proxy's
    name = "{http://s3.amazonaws.com/doc/2006-03-01/}"
    keys = [str(each.text) for each in root.iter(f"{name}Key")]
    return keys, [str(each.findtext(f"{name}Prefix")) for each in root.iter(f"{name}CommonPrefixes")]


def test_the_configuration_suits_every_generation(catalog: Catalog) -> None:
    config = catalog.config
    texts = [
        *("registryUrl", "s3Proxy", "apiGatewayEndpoint", "binaryApiGatewayEndpoint", "region", "serviceBucket"),
        *("mixpanelToken", "stackVersion", "ssoProviders", "signInRedirect", "signOutRedirect"),
    ]
    assert {name: type(config[name]) for name in texts} == dict.fromkeys(texts, str)
    assert (config["mode"], config["alwaysRequiresAuth"]) == ("PRODUCT", True)
    assert {config["passwordAuth"], config["ssoAuth"]} <= {"ENABLED", "DISABLED", "SIGN_IN_ONLY"}
    assert config["serviceBucket"]
    assert not any(config[name].endswith("/") for name in ("registryUrl", "s3Proxy"))


def test_signing_in(catalog: Catalog) -> None:
    settings = catalog.s3("GET", catalog.config["serviceBucket"], SETTINGS, signed=False)
    assert settings.status_code in {200, 404}
    me = catalog.rest("GET", "/me?_cachebust=1" if catalog.generation == "2026" else "/me")
    assert me["current_user"] == "amy-of-the-web"
    assert (me["is_staff"], me["is_active"], me["email"]) == (False, True, "amy-of-the-web@example.com")


def test_a_bucket(catalog: Catalog) -> None:
    head = catalog.s3("HEAD", BUCKET)
    assert (head.status_code, head.headers["x-amz-bucket-region"]) == (200, "us-east-1")
    assert catalog.s3("HEAD", BUCKET, "/README.md").status_code == 200
    assert [catalog.s3("HEAD", BUCKET, f"/{key}").status_code for key in ABSENT] == [404] * len(ABSENT)
    found = catalog.s3("GET", BUCKET, "/?list-type=2&delimiter=%2F&prefix=")
    keys, folders = listing(found.content)
    assert "README.md" in keys
    assert {".quilt/", "amy/", "odd/"} <= set(folders)


def test_a_file(of_2026: Catalog) -> None:
    found = of_2026.s3("GET", BUCKET, "/?list-type=2&delimiter=%2F&encoding-type=url&max-keys=1&prefix=README.md%2F")
    assert listing(found.content) == ([], [])


# 2026


def test_2026_the_frame_of_every_page(of_2026: Catalog) -> None:
    buckets = of_2026.graphql("Buckets", includeCollaborators=True)["buckets"]
    [bucket] = [each for each in buckets if each["name"] == BUCKET]
    assert isinstance(bucket["relevanceScore"], int)
    assert isinstance(bucket["collaborators"], list)
    subscription = of_2026.graphql("Subscription")["subscription"]
    assert subscription["active"] is True
    me = of_2026.graphql("Me")["me"]
    assert (me["name"], me["isAdmin"], me["role"]["name"]) == ("amy-of-the-web", False, "ReadWriteAll")
    assert {"name": "ReadWriteAll"} in [{"name": role["name"]} for role in me["roles"]]
    assert isinstance(of_2026.graphql("PotentialCollaborators")["potentialCollaborators"], list)


def test_2026_a_buckets_overview(of_2026: Catalog) -> None:
    assert of_2026.graphql("OverviewBucket", bucket=BUCKET)["bucket"].keys() >= {"description"}
    counts = of_2026.graphql("StatCounts", buckets=[BUCKET])
    assert all(found["total"] > 0 for found in counts.values())
    stats(of_2026.rest("GET", f"/search?index={BUCKET}&action=stats"))
    assert "amy/wine/README.md" not in samples(of_2026.rest("GET", f"/search?action=sample&index={BUCKET}"))
    assert "amy/wine/img/label.png" in samples(of_2026.rest("GET", f"/search?action=images&index={BUCKET}"))


def test_2026_the_packages_of_a_bucket(of_2026: Catalog) -> None:
    asked = {"buckets": [BUCKET], "searchString": None}
    base = of_2026.graphql("BaseSearch", **asked)
    assert all(found["total"] >= 0 for found in base.values())
    more = {**asked, "filter": None, "latestOnly": True}
    first = of_2026.graphql(
        "FirstPagePackages", **more, userMetaFilters=None, ordering="sys:modified:desc", skipEntries=False
    )
    [result] = first.values()
    hits = result["firstPage"]["hits"]
    [wine] = [hit for hit in hits if hit["name"] == PACKAGE]
    assert (wine["bucket"], wine["pointer"], wine["comment"]) == (BUCKET, "latest", "Second harvest")
    assert json.loads(wine["meta"]) == {"source": "vineyard"}
    assert {"size", "modified", "hash", "totalEntriesCount", "matchLocations", "workflow"} <= wine.keys()
    assert of_2026.graphql("PackageMetaFacets", **more)


def test_2026_a_package(of_2026: Catalog, world: World) -> None:
    named = {"bucket": BUCKET, "name": PACKAGE}
    package = of_2026.graphql("Revision", **named, hashOrTag="latest")["package"]
    revision = package["revision"]
    assert (revision["hash"], revision["message"]) == (world.second, "Second harvest")
    assert revision["userMeta"] == {"source": "vineyard"}
    assert of_2026.rest("POST", "/package_name_valid", {"name": PACKAGE}) == {"valid": True}
    tree = of_2026.graphql("Dir", **named, hash=world.second, path="")["package"]["revision"]["dir"]
    assert {"README.md", "data", "img"} <= {child["path"].rstrip("/") for child in tree["children"]}
    assert of_2026.graphql("RevisionCount", **named)["package"]["revisions"]["total"] == 2
    page = of_2026.graphql("RevisionList", **named, page=1, perPage=30)["package"]["revisions"]["page"]
    assert [each["hash"] for each in page] == [world.second, world.first]
    menu = of_2026.graphql("RevisionMenu", **named)["package"]["revisions"]["page"]
    assert menu[0]["modified"] == revision["modified"] == page[0]["modified"], "they are told apart by it"


@pytest.fixture(scope="module")
def administrator(system: System, world: World) -> Catalog:  # noqa: ARG001 – data first
    return opened(system, "2026", *ADMIN)


def test_2026_administration(administrator: Catalog) -> None:
    assert administrator.graphql("IsAdmin")["me"]["isAdmin"] is True
    assert administrator.graphql("ReportsBucket")["status"] == {"__typename": "Unavailable"}
    users = administrator.graphql("Users")["admin"]["user"]["list"]
    assert isinstance(users, list)
    for operation in ("Roles", "Policies", "PackagerEventRules", "TabulatorOpenQuery"):
        assert administrator.graphql(operation), operation
    assert BUCKET in {each["name"] for each in administrator.graphql("BucketConfigs")["bucketConfigs"]}
    asked = {"statsWindow": 30, "reportsPerPage": 25, "reportsOrder": "NEW_FIRST"}
    assert administrator.graphql("Status", **asked)["status"] == {"__typename": "Unavailable"}


def test_2026_administrators_keep_settings(administrator: Catalog, of_2026: Catalog) -> None:
    bucket = administrator.config["serviceBucket"]
    url = f"https://{administrator.host(bucket)}{SETTINGS}"
    text = b'{"customNavLink": {"label": "Wiki", "url": "https://wiki.example.com"}}'

    def put(catalog: Catalog) -> int:
        assert catalog.key
        target = f"{catalog.config['s3Proxy']}/{catalog.host(bucket)}{SETTINGS}"
        return HTTP.put(target, content=text, headers=catalog.key.headers("PUT", url, hashed=False)).status_code

    assert (put(of_2026), put(administrator)) == (403, 200)
    for generation in ("2022", "2026"):
        reader = Catalog(administrator.system, generation)
        reader.load()
        found = reader.s3("GET", bucket, SETTINGS, signed=False)
        assert (found.status_code, found.content) == (200, text)
        assert reader.s3("GET", bucket, "/?list-type=2", signed=False).status_code == 403
    assert of_2026.s3("GET", bucket, SETTINGS).content == text
    assert administrator.s3("GET", bucket, "/?list-type=2").status_code == 403


# 2022


def test_2022_pages(of_2022: Catalog, world: World) -> None:
    named = {"bucket": BUCKET, "name": PACKAGE}
    configs = of_2022.graphql("Buckets2022", includeCollaborators=True)["bucketConfigs"]
    assert BUCKET in {each["name"] for each in configs}
    of_2022.graphql("PotentialCollaborators2022")
    of_2022.graphql("BucketCollaborators2022", bucket=BUCKET)
    assert of_2022.graphql("PackageCount2022", bucket=BUCKET, filter=None)["packages"]["total"] >= 2
    listed = of_2022.graphql("PackageList2022", bucket=BUCKET, filter=None, page=1, perPage=30, order="MODIFIED")
    assert PACKAGE in {each["name"] for each in listed["packages"]["page"]}
    revision = of_2022.graphql("Revision2022", **named, hashOrTag="latest")["package"]["revision"]
    assert revision["hash"] == world.second
    tree = of_2022.graphql("Dir2022", **named, hash=world.second, path="")["package"]["revision"]["dir"]
    assert {"README.md", "data"} <= {child["path"].rstrip("/") for child in tree["children"]}
    assert of_2022.graphql("RevisionMenu2022", **named)["package"]["revisions"]["page"][0]["hash"] == world.second


def test_2022_administration(system: System, world: World) -> None:  # noqa: ARG001 – data first
    admin = opened(system, "2022", *ADMIN)
    assert admin.rest("GET", "/users/list")["results"]
    told = admin.graphql("Administration2022")
    assert {"ReadAll", "ReadWriteAll"} <= {role["name"] for role in told["roles"]}
    asked = {"statsWindow": 30, "reportsPerPage": 25, "reportsOrder": "NEW_FIRST"}
    assert admin.graphql("Status2022", **asked)["status"]["__typename"] == "Unavailable"
    assert admin.graphql("ReportsBucket2022")["status"]["__typename"] == "Unavailable"
    assert HTTP.get(f"{system.registry}/voila/").status_code == 404


def test_2022_search(of_2022: Catalog) -> None:
    stats(of_2022.rest("GET", f"/search?index={BUCKET}&action=stats"))
    everything = f"{BUCKET}%2C{BUCKET}_packages"
    hits = of_2022.rest("GET", f"/search?index={everything}&action=search&query=quokkagrape")["hits"]["hits"]
    by_index = {hit["_index"]: hit["_source"] for hit in hits}
    assert by_index[f"{BUCKET}_packages"].keys() >= {"handle", "hash", "metadata", "comment", "last_modified"}
    assert by_index[BUCKET].keys() >= {"key", "version_id", "last_modified", "updated", "size"}
    body: dict[str, Any] = {"query": {"bool": {"must": [{"match_all": {}}]}}}
    found = of_2022.rest("GET", f"/search?index={BUCKET}_packages&action=packages&size=1&body={json.dumps(body)}")
    assert found["hits"]["total"] >= 2


# 2020


def test_2020_signing_in(of_2020: Catalog) -> None:
    [bucket] = [each for each in of_2020.rest("GET", "/buckets")["buckets"] if each["name"] == BUCKET]
    assert bucket.keys() >= {
        *("name", "title", "description", "icon_url", "overview_url", "tags", "relevance_score", "schema_org"),
    }


def test_2020_a_buckets_overview(of_2020: Catalog) -> None:
    stats(of_2020.gateway(f"/search?index={BUCKET}&action=stats").json())
    for action, expected in {"images": "img/label.png", "sample": ".txt"}.items():
        hits = of_2020.gateway(f"/search?index={BUCKET}&action={action}").json()["hits"]["hits"]
        latest = [hit["inner_hits"]["latest"]["hits"]["hits"][0]["_source"] for hit in hits]
        assert any(source["key"].endswith(expected) for source in latest)
        assert all(source["version_id"] for source in latest)


def test_2020_packages_come_from_listings_and_manifests(of_2020: Catalog, world: World) -> None:
    root = ".quilt%2Fnamed_packages%2F"
    _, authors = listing(of_2020.s3("GET", BUCKET, f"/?list-type=2&delimiter=%2F&prefix={root}").content)
    assert ".quilt/named_packages/amy/" in authors
    prefix = f"{root}amy%2Fwine%2F"
    pointers, _ = listing(of_2020.s3("GET", BUCKET, f"/?list-type=2&prefix={prefix}").content)
    assert len([each for each in pointers if not each.endswith("/latest")]) == 2
    top_hash = of_2020.s3("GET", BUCKET, f"/.quilt/named_packages/{PACKAGE}/latest").text
    assert top_hash == world.second
    shown = of_2020.preview(BUCKET, f".quilt/packages/{top_hash}", input="txt", line_count=502).json()
    header, *entries = map(json.loads, shown["info"]["data"]["head"])
    assert header["message"] == "Second harvest"
    assert {"README.md", "data/harvest.csv", "added.txt"} <= {entry["logical_key"] for entry in entries}
    assert all(entry["physical_keys"][0] and entry["size"] >= 0 for entry in entries)
    assert (
        len(
            of_2020.preview(BUCKET, f".quilt/packages/{top_hash}", input="txt", line_count=2).json()["info"]["data"][
                "head"
            ]
        )
        == 2
    )


def test_2020_previews(of_2020: Catalog) -> None:
    table = of_2020.preview(BUCKET, "amy/wine/data/harvest.csv", input="csv", max_bytes=10_240).json()
    assert "<th>litres</th>" in table["html"]
    assert "<td>R299</td>" in table["html"]
    text = of_2020.preview(BUCKET, "amy/wine/data/nested.json", input="txt").json()
    assert "Merlot" in text["info"]["data"]["head"][0]
    missing = of_2020.preview(BUCKET, "amy/wine/nothing.txt", input="txt")
    assert (missing.status_code, missing.json()["error"]) == (404, "Not Found")
    gone = of_2020.preview(BUCKET, "amy/wine/data/x.parquet", input="parquet")
    assert (gone.status_code, gone.json()["error"]) == (404, "Not Found")


def test_tables_and_pictures(catalog: Catalog) -> None:
    rows = catalog.preview(BUCKET, "amy/wine/data/harvest.csv", "tabular-preview", input="csv", size="small")
    assert rows.headers["content-type"] == "application/vnd.apache.arrow.file", rows.text
    assert pa.ipc.open_file(rows.content).read_all().column_names == ["region", "litres", "note"]
    assert json.loads(rows.headers["x-quilt-info"]) == {"truncated": False}
    assert "X-Quilt-Info" in rows.headers["access-control-expose-headers"]
    picture = catalog.preview(BUCKET, "amy/wine/img/label.png", "thumbnail", size="w64h64")
    assert picture.headers["content-type"].startswith("image/"), picture.text
    assert max(json.loads(picture.headers["x-quilt-info"])["thumbnail_size"]) <= 64


def test_2020_search(of_2020: Catalog) -> None:
    found = of_2020.gateway("/search?index=*&action=search&query=quokkagrape").json()["hits"]
    assert isinstance(found["total"], int)
    assert {(hit["_index"], hit["_source"]["key"]) for hit in found["hits"]} >= {(BUCKET, "amy/wine/README.md")}
    assert {hit["_index"] for hit in found["hits"]} == {BUCKET}, "it knows no packages"
    wanted = {"key", "version_id", "updated", "last_modified", "size", "user_meta"}
    assert all(wanted <= hit["_source"].keys() for hit in found["hits"])
    assert of_2020.gateway("/search?index=*&action=search&query=quokka%20AND%20(%22").status_code == 200


def test_2020_administration(system: System, world: World) -> None:  # noqa: ARG001 – data first
    admin = opened(system, "2020", *ADMIN)
    assert admin.rest("GET", "/me")["is_staff"] is True
    users = {each["username"]: each for each in admin.rest("GET", "/users/list")["results"]}
    wanted = {"username", "email", "date_joined", "last_login", "is_superuser", "is_active", "role_id"}
    assert users["amy-of-the-web"].keys() >= wanted
    roles = {each["id"]: each["name"] for each in admin.rest("GET", "/roles")["results"]}
    assert roles[users["amy-of-the-web"]["role_id"]] == "ReadWriteAll"
    [bucket] = [each for each in admin.rest("GET", "/admin/buckets")["results"] if each["name"] == BUCKET]
    assert bucket["last_indexed"]
    assert admin.rest("POST", f"/admin/reindex/{BUCKET}", {}) == {}


def test_2020_search_as_its_own_sdk_signs_it(of_2020: Catalog) -> None:
    node, script = find_node(), ROOT / "tests" / "node" / "gateway.js"
    if node is None or not is_made("aws-sdks") or not script.with_name("node_modules").is_dir():
        pytest.skip("AWS's JavaScript SDK is NOT TESTED: there is no Node >= 20.19; `make test` installs one")
    asked = {
        "endpoint": of_2020.config["apiGatewayEndpoint"],
        "region": "us-east-1",
        "question": "/search?index=*&action=search&query=quokka*%20(label)'s",
        "key": of_2020.rest("GET", "/auth/get_credentials"),
    }
    done = subprocess.run([node, script], input=json.dumps(asked), capture_output=True, text=True, check=True)
    said = json.loads(done.stdout)
    assert "SignedHeaders=host;x-amz-date;x-amz-security-token," in said["signed"]
    assert (said["status"], type(said["answer"]["hits"]["total"])) == (200, int), said


def test_2020_what_is_signed_by_somebody_else_is_refused(of_2020: Catalog, system: System) -> None:
    stranger = opened(system, "2020")
    stranger.rest("POST", "/logout")
    assert stranger.key
    # Whoever has logged out is known to have within seconds; until then their S3 credentials work as they do in S3.
    unknown = Catalog(system, "2020", key=type(stranger.key)("ASIANOBODYATALL", "x"), config=of_2020.config)
    assert unknown.gateway(f"/search?index={BUCKET}&action=stats").status_code == 401
    assert unknown.preview(BUCKET, "README.md", input="txt").status_code == 401


def stats(answer: dict[str, Any]) -> None:
    assert isinstance(answer["hits"]["total"], int)
    assert answer["aggregations"]["totalBytes"]["value"] > 0
    extensions = {each["key"]: each for each in answer["aggregations"]["exts"]["buckets"]}
    assert extensions[".csv"]["doc_count"] > 0
    assert extensions[".csv"]["size"]["value"] > 0


def samples(answer: dict[str, Any]) -> set[str]:
    latest = [each["latest"]["hits"]["hits"][0]["_source"] for each in answer["aggregations"]["objects"]["buckets"]]
    assert all(source["version_id"] for source in latest)
    return {source["key"] for source in latest}
