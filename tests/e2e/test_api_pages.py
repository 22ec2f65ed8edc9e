"""The requests on the pages about the API are typed as they stand, and their answers compared."""

import os
from pathlib import Path
from typing import Any

import pytest
from support.data.signing import Key
from support.docs.pages import Walker, addresses_of, name_of, pages_in, steps
from support.worlds.system import BUCKET, HTTP, Api, System, eventually

WINE = f"/api/v1/buckets/{BUCKET}/packages/start/wine"
FILES = {"README.md": "# Wine\nTwo bottles from Franconia.\n", "wines.csv": "name,year\nRiesling,2021\nSilvaner,2022\n"}

LONG_PAGES = {"queries.md"}
"""Pages of many queries, each in a process of its own; tests/registry/queries has all that they do."""


def push_first_package(system: System, api: Api) -> None:
    """Create the results of the page *A first package* if they are missing."""
    if has_first_package(api):
        return
    eventually(lambda: api.request("GET", f"/api/v1/buckets/{BUCKET}").status_code == 200)
    key = Key.of(api.get("/api/auth/get_credentials"))
    for name, text in FILES.items():
        url, body = f"{system.s3}/{BUCKET}/start/wine/{name}", text.encode()
        HTTP.put(url, content=body, headers=key.headers("PUT", url, body=body)).raise_for_status()
    entries = [{"logical_key": name, "physical_key": f"s3://{BUCKET}/start/wine/{name}"} for name in FILES]
    job = api.job(f"{WINE}/revisions", {"message": "Two bottles", "entries": entries})
    assert job["state"] == "done", job
    eventually(lambda: api.get("/api/v1/search", {"q": "Riesling", "kind": "object"})["items"])


def has_first_package(api: Api) -> bool:
    answer = api.request("GET", f"{WINE}/revisions/latest/entries", params={"path": ""})
    items: list[dict[str, Any]] = answer.json().get("items", [])
    return [item["path"] for item in items] == sorted(FILES)


def marked(page: Path) -> Any:
    return pytest.param(page, marks=pytest.mark.long) if page.name in LONG_PAGES else page


@pytest.mark.parametrize("page", [marked(page) for page in pages_in("api")], ids=name_of)
def test_requests_on_the_page_are_answered_as_it_says(system: System, page: Path, tmp_path: Path) -> None:
    api = system.sign_in()
    push_first_package(system, api)
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LANG": "C.UTF-8", "TOKEN": api.token}
    walker = Walker(tmp_path, environment, addresses_of(system.environment))
    assert walker.walk(page) == len(steps(page))
