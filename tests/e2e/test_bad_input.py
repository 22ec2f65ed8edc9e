"""Bad input of every kind is answered with an error in the documented form, and the indexer goes on with good input."""

import hashlib
import json
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from jose import jwt
from support.worlds.system import BUCKET, HTTP, REGISTRY, Api, Client, System, eventually

PACKAGES = f"/api/v1/buckets/{BUCKET}/packages"


@pytest.fixture(scope="module")
def admin(system: System) -> Api:
    return system.sign_in()


@pytest.fixture(scope="module")
def client(system: System, homes: Path) -> Client:
    made = Client(homes / "careless", system)
    made.sign_in("admin", "quilt")
    return made


@pytest.fixture
def good_push(client: Client, admin: Api, tmp_path: Path) -> Any:
    """A function that pushes a good package and waits until it is listed."""

    def push() -> None:
        name = f"good/p{uuid4().hex[:8]}"
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "README.md").write_text(f"# {name}\n")
        pushed = client.act("push", name, REGISTRY, tmp_path / name, "all is well")
        eventually(lambda: admin.request("GET", f"{PACKAGES}/{name}").status_code == 200)
        latest = admin.get(f"{PACKAGES}/{name}")["latest"]
        assert (latest["top_hash"], latest["state"]) == (pushed["top_hash"], "ready")

    return push


def assert_problem(answer: httpx.Response, status: int) -> None:
    """Assert the form of errors that the JSON API documents and the Quilt endpoints need."""
    assert answer.status_code == status, f"{answer.status_code}: {answer.text}"
    problem = answer.json()
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert (problem["status"], problem["message"]) == (status, problem["detail"])
    assert problem["type"].startswith("/problems/")
    assert len(problem["message"]) > 5
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"{", "application/json"),
        (b"", "application/json"),
        (b"\xff\xfe", "application/json"),
        (b"[1, 2]", "application/json"),
        (b'"text"', "application/json"),
        (b'{"username": 1, "password": []}', "application/json"),
        (b'{"username": "admin"}', "application/json"),
        (b'{"username": "ad\\u0000min", "password": "quilt"}', "application/json"),
        (b'{"username": "\\ud800", "password": "quilt"}', "application/json"),
        (b"username=admin&password=quilt", "application/x-www-form-urlencoded"),
        (b"[" * 60_000, "application/json"),
    ],
)
def test_malformed_sign_ins_are_refused(system: System, body: bytes, content_type: str) -> None:
    answer = Api(system.registry, "").request("POST", "/api/login", content=body, headers=_type(content_type))
    assert_problem(answer, 400 if body.startswith(b"[[") else 422)


def test_a_sign_in_of_more_than_64_kib_is_refused_unread(system: System) -> None:
    answer = Api(system.registry, "").request(
        "POST", "/api/login", content=b"[" * 100_000, headers=_type("application/json")
    )
    assert_problem(answer, 413)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"refresh_token=", 422),
        (b"refresh_token=%00", 401),
        (b"refresh_token=nonsense", 401),
        (b"other=1", 422),
    ],
)
def test_bad_refresh_tokens_are_refused(system: System, body: bytes, status: int) -> None:
    form = _type("application/x-www-form-urlencoded")
    assert_problem(Api(system.registry, "").request("POST", "/api/token", content=body, headers=form), status)


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"name": 5}, "name"),
        ({"name": "UPPER"}, "name"),
        ({"name": "../x"}, "name"),
        ({"name": "fine-name", "tags": "not a list"}, "tags"),
        ({"name": "fine-name", "relevance_score": "high"}, "relevance_score"),
        ({"name": "fine-name", "icon_url": "javascript:alert(1)"}, "icon_url"),
        ({"name": "fine-name", "surprise": 1}, "surprise"),
        ({}, "name"),
    ],
)
def test_an_invalid_field_is_named_in_the_error(admin: Api, body: dict[str, Any], wrong: str) -> None:
    answer = admin.request("POST", "/api/v1/buckets", json=body)
    assert_problem(answer, 422)
    assert wrong in answer.json()["message"]
    assert any(wrong in error["loc"] for error in answer.json()["errors"])


@pytest.mark.parametrize("limit", ["0", "-1", "1e3", "many", "100000"])
def test_invalid_page_sizes_are_refused(admin: Api, limit: str) -> None:
    assert_problem(admin.request("GET", PACKAGES, params={"limit": limit}), 422)


@pytest.mark.parametrize("cursor", ["x", "====", "W10", "\x00", "é", "eyJhIjoxfQ"])
def test_invalid_cursors_are_refused(admin: Api, cursor: str) -> None:
    assert_problem(admin.request("GET", PACKAGES, params={"cursor": cursor}), 400)


def test_a_made_up_cursor_of_the_right_form_is_a_position(admin: Api) -> None:
    last = urlsafe_b64encode(b'["zzz/zzz"]').decode().rstrip("=")
    assert admin.get(PACKAGES, {"cursor": last})["items"] == []


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/buckets/no-such-bucket",
        "/api/v1/buckets/no-such-bucket/packages",
        "/api/v1/buckets/no-such-bucket/packages/a/b",
        f"{PACKAGES}/no/such",
        f"{PACKAGES}/no/such/revisions",
        f"{PACKAGES}/no/such/revisions/{'0' * 64}",
        f"{PACKAGES}/no/such/revisions/nonsense",
        "/api/v1/nothing/here",
        "/api/nothing",
        "/internal/buckets",
        "/internal/principal",
    ],
)
def test_missing_things_are_not_found(admin: Api, path: str) -> None:
    assert_problem(admin.request("GET", path), 404)


def test_the_client_reports_missing_packages_and_buckets(client: Client) -> None:
    missing = client.attempt("quilt3", "install", "no/such", "--registry", REGISTRY)
    assert missing.returncode != 0
    assert "Traceback" not in missing.stderr.splitlines()[-1]
    missing = client.attempt("quilt3", "list-packages", "s3://no-such-bucket")
    assert missing.returncode != 0
    assert "NoSuchBucket" in missing.stderr


@pytest.mark.parametrize(
    ("index", "status"), [("no-such-bucket", 403), ("no-such-bucket,no-such-bucket_packages", 403), ("", 400)]
)
def test_searches_in_unknown_buckets_are_refused(admin: Api, index: str, status: int) -> None:
    parameters = {"index": index, "action": "search", "query": "x"}
    assert_problem(admin.request("GET", "/api/search", params=parameters), status)


@pytest.mark.parametrize(
    ("parameters", "status"),
    [
        ({"action": "search", "query": "x"}, 400),
        ({"index": "_all", "action": "dance"}, 400),
        ({"index": "_all", "action": "freeform", "body": "{"}, 400),
        ({"index": "_all", "action": "freeform", "body": "[]"}, 400),
        ({"index": "_all", "action": "search", "query": "x", "size": "lots"}, 422),
        ({"index": "_all", "action": "search", "query": "x", "from": "-1"}, 422),
    ],
)
def test_malformed_searches_are_refused(admin: Api, parameters: dict[str, str], status: int) -> None:
    assert_problem(admin.request("GET", "/api/search", params=parameters), status)


@pytest.mark.parametrize("query", ["(", '"', "a AND", "\x00", "a" * 5000, "'); DROP TABLE x; --"])
def test_queries_with_wrong_syntax_are_refused(admin: Api, query: str) -> None:
    parameters = {"index": "_all", "action": "search", "query": query}
    assert_problem(admin.request("GET", "/api/search", params=parameters), 400)


@pytest.mark.parametrize("query", ["~", "*:*", ":", "[1 TO", "\\"])
def test_queries_of_odd_characters_are_answered(admin: Api, query: str) -> None:
    found = admin.get("/api/search", {"index": "_all", "action": "search", "query": query})
    assert isinstance(found["hits"]["total"], int)


def test_expired_tokens_are_refused(system: System, admin: Api) -> None:
    expired = Api(admin.url, system.expired(admin.token))
    for path in ("/api/me", "/api/auth/get_credentials", PACKAGES, "/api/search?index=_all&action=search&query=x"):
        answer = expired.request("GET", path)
        assert_problem(answer, 401)
        assert "expired" in answer.json()["message"].lower()


def test_forged_tokens_are_refused(admin: Api) -> None:
    header, claims, signature = admin.token.split(".")
    own = jwt.get_unverified_claims(admin.token)
    kid = jwt.get_unverified_header(admin.token)["kid"]
    public = HTTP.get(f"{admin.url}/.well-known/jwks.json").json()["keys"][0]["n"]
    forged = {
        "another signature": f"{header}.{claims}.{signature[:-6]}AAAAAA",
        "none": f"{_part({'alg': 'none', 'kid': kid})}.{claims}.",
        "a key of one's own": jwt.encode(own, "secret", algorithm="HS256", headers={"kid": kid}),
        "the public key as a secret": jwt.encode(own, public, algorithm="HS256", headers={"kid": kid}),
        "an unknown key": f"{_part({'alg': 'RS256', 'kid': 'other'})}.{claims}.{signature}",
        "nothing": "x",
        "an API key": "qk_0123456789",
        "binary": "\xff\xfe.\xff.\xff",
    }
    for how, token in forged.items():
        for path in ("/api/me", PACKAGES):
            answer = HTTP.get(admin.url + path, headers={b"Authorization": b"Bearer " + token.encode("latin-1")})
            assert answer.status_code == 401, f"{how}: {answer.status_code} {answer.text}"
            assert_problem(answer, 401)
    assert_problem(Api(admin.url, "").request("GET", "/api/me"), 401)


def test_the_client_reports_an_invalid_token(client: Client, homes: Path) -> None:
    other = Client(homes / "forger", client.system)
    other.quilt3("config", client.system.catalog)
    home = client.saved_credentials.parent.relative_to(client.home)
    auth = json.loads((client.home / home / "auth.json").read_text())
    auth[client.system.registry]["access_token"] = "forged"
    (other.home / home / "auth.json").write_text(json.dumps(auth))
    refused = other.attempt("python", "-c", "import quilt3; quilt3.search('x')")
    assert "Authentication failed. Check your credentials or API key." in refused.stderr


@pytest.mark.parametrize("chunked", [True, False])
def test_oversized_bodies_are_refused(system: System, admin: Api, *, chunked: bool) -> None:
    body = b'{"username": "' + b"a" * (3 << 20) + b'"}'
    content = iter([body[at : at + 65536] for at in range(0, len(body), 65536)]) if chunked else body
    for api, method, path in ((Api(system.registry, ""), "POST", "/api/login"), (admin, "POST", "/api/v1/buckets")):
        assert_problem(api.request(method, path, content=content, headers=_type("application/json")), 413)
        content = body


CORRUPT = {
    "truncated": b'{"version": "v0"}\n{"logical_key": "a", "physi',
    "empty": b"",
    "binary": bytes(range(256)) * 100,
    "array": b"[]\n[]\n",
    "no-keys": b'{"version": "v0"}\n{}\n',
    "types": b'{"version": "v0"}\n{"logical_key": 5, "physical_keys": "x", "size": "big", "hash": 1}\n',
    "long": b'{"version": "v0", "message": "' + b"x" * 2_000_000 + b'"}\n',
    "version": b'{"version": "v99"}\n',
}


def test_corrupt_manifests_are_shown_as_corrupt_and_later_pushes_are_indexed(
    client: Client, admin: Api, good_push: Any
) -> None:
    objects: dict[str, bytes] = {}
    for kind, manifest in CORRUPT.items():
        objects |= _package(f"corrupt/{kind}", manifest)
    _put(client, objects)
    good_push()
    assert {kind: _state(admin, f"corrupt/{kind}") for kind in CORRUPT} == dict.fromkeys(CORRUPT, "corrupt")


def test_a_pointer_to_a_missing_manifest_makes_a_revision_that_is_missing(
    client: Client, admin: Api, good_push: Any
) -> None:
    _put(client, _package("lost/manifest", None))
    good_push()
    assert _state(admin, "lost/manifest") == "missing"
    install = client.attempt("quilt3", "install", "lost/manifest", "--registry", REGISTRY)
    assert install.returncode != 0


def test_a_manifest_with_another_top_hash_than_its_name_is_a_mismatch(
    client: Client, admin: Api, good_push: Any
) -> None:
    _put(client, _package("wrong/name", b'{"version": "v0"}\n'))
    good_push()
    assert _state(admin, "wrong/name") == "mismatch"


def test_invalid_pointers_and_odd_keys_do_no_harm(client: Client, admin: Api, good_push: Any) -> None:
    _put(
        client,
        {
            ".quilt/named_packages/odd/pointer/latest": b"\xff\xfenot a hash",
            ".quilt/named_packages/odd/pointer/1700000000": b"x" * 100_000,
            ".quilt/named_packages/odd/pointer/not-a-time": b"0" * 64,
            ".quilt/named_packages/toplevel": b"0" * 64,
            ".quilt/named_packages/a/b/c/d/latest": b"0" * 64,
            ".quilt/named_packages/": b"",
            ".quilt/packages/not-a-hash": b"{}",
            "odd\x01key/\u202e\U0001f377": b"odd",
        },
    )
    good_push()
    latest = admin.get(f"{PACKAGES}/odd/pointer")["latest"]
    assert (latest["state"], latest["top_hash"]) == ("corrupt", "")


def _type(content_type: str) -> dict[str, str]:
    return {"Content-Type": content_type}


def _part(header: dict[str, str]) -> str:
    return urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")


def _put(client: Client, objects: dict[str, bytes]) -> None:
    client.act("put", BUCKET, stdin=json.dumps({key: body.hex() for key, body in objects.items()}))


def _package(name: str, manifest: bytes | None) -> dict[str, bytes]:
    """Objects of a package whose manifest is `manifest`, under a name that is not its top hash."""
    top_hash = _hash_of(name)
    pointers = {f".quilt/named_packages/{name}/{tag}": top_hash.encode() for tag in ("1785312000", "latest")}
    return pointers if manifest is None else {f".quilt/packages/{top_hash}": manifest, **pointers}


def _hash_of(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def _state(admin: Api, name: str) -> str:
    """The state of the package's latest revision, whose content must be refused."""
    eventually(lambda: admin.request("GET", f"{PACKAGES}/{name}").status_code == 200)
    latest: dict[str, str] = admin.get(f"{PACKAGES}/{name}")["latest"]
    assert latest["top_hash"] == _hash_of(name)
    assert latest["problem"]
    content = admin.request("GET", f"{PACKAGES}/{name}/revisions/{_hash_of(name)}/entries")
    assert_problem(content, 409)
    return latest["state"]
