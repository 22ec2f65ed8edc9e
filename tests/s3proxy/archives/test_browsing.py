"""Files below the address of a browsing session: whose rights it has, for how long, and the policy of reports."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from support.worlds.archives_world import TOP_HASH, ArchivesWorld

from s3proxy.services.browsing import SESSION_CACHE_SECONDS, BrowsingSessions
from shared.errors import NotFound
from shared.schemas.browsing_session import BrowsedRevision, browsing_path
from shared.schemas.principal import Level

PACKAGE = "amy/report"
REPORT = {
    "index.html": b"<!doctype html><script src=assets/run.js></script>",
    "assets/run.js": b"document.title = 1",
    "assets/odd name+.css": b"p {}",
    "data/rows.json": b"[1, 2, 3]",
    "sub/index.html": b"sub",
}


@pytest.fixture(scope="module")
async def reported(world: ArchivesWorld) -> AsyncIterator[ArchivesWorld]:
    await world.push(PACKAGE, REPORT)
    yield world
    world.proxy.forget_callers()


def begin(world: ArchivesWorld, letter: str, caller: str = "reader", package: str = PACKAGE, seconds: int = 60) -> str:
    """The root of a new session, whose id repeats the letter."""
    session_id = letter * 43
    token = world.proxy.token(caller)
    world.proxy.registry.browsing[session_id] = BrowsedRevision(
        ticket=world.proxy.auth.ticket_for(token, browsing_path(session_id), {}),
        bucket=world.proxy.bucket,
        package=package,
        top_hash=TOP_HASH,
        expires_at=datetime.now(UTC) + timedelta(seconds=seconds),
    )
    return f"{browsing_path(session_id)}/"


async def test_a_report_finds_its_files_without_a_token(reported: ArchivesWorld) -> None:
    root = begin(reported, "a")
    for path, data in REPORT.items():
        answer = await reported.client.get(root + path)
        assert (answer.status_code, answer.content) == (200, data), path
        assert answer.headers["access-control-allow-origin"] == "*"
        head = await reported.client.head(root + path)
        assert head.headers["content-length"] == str(len(data))
    assert (await reported.client.get(root)).content == REPORT["index.html"]
    assert (await reported.client.get(f"{root}sub/")).content == b"sub"
    part = await reported.client.get(f"{root}data/rows.json", headers={"Range": "bytes=1-4"})
    assert (part.status_code, part.content) == (206, b"1, 2")
    etag = part.headers["etag"]
    assert (await reported.client.get(f"{root}data/rows.json", headers={"If-None-Match": etag})).status_code == 304
    assert {each.revision for each in reported.proxy.registry.asked_entries[-3:]} == {TOP_HASH}


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("index.html", "text/html"),
        ("assets/run.js", "text/javascript"),
        ("assets/odd name+.css", "text/css"),
        ("data/rows.json", "application/json"),
    ],
)
async def test_every_file_has_its_type_and_the_policy_of_its_session(
    reported: ArchivesWorld, path: str, media_type: str
) -> None:
    root = begin(reported, "b")
    answer = await reported.client.get(root + path)
    assert answer.headers["content-type"] == media_type
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in answer.headers
    policy = dict(each.strip().partition(" ")[::2] for each in answer.headers["content-security-policy"].split(";"))
    own = f"{reported.client.base_url.netloc.decode()}{root}"
    assert policy.pop("sandbox") == "allow-scripts allow-forms"
    assert policy.pop("default-src") == "'none'"
    hosts = {
        source
        for sources in policy.values()
        for source in sources.split()
        if not source.startswith("'") and source not in {"data:", "blob:"}
    }
    assert hosts == {own}
    assert (policy["form-action"], policy["base-uri"]) == (own, own)
    assert "clipboard-read=()" in answer.headers["permissions-policy"]


PAGES = {
    "plain.html": (b"<!doctype html><title>a</title>", 15),
    "spaced.html": (
        b"\xef\xbb\xbf\n<!-- made by a tool -->\n<!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0'>\n<html>",
        74,
    ),
    "declared.html": (b'<?xml version="1.0"?>\n<!DOCTYPE html><title>a</title>', 37),
    "quirky.html": (b"<p>no doctype", 0),
    "long.html": (b"<!doctype html>" + b"<p>long</p>" * 30_000, 15),
    "utf16.html": ("<!doctype html>".encode("utf-16"), None),
    "hidden.html": (b"<!-- " + b"x" * 2_000 + b" --><!doctype html>", None),
    "empty.html": (b"", 0),
}


@pytest.mark.parametrize("name", PAGES)
async def test_a_page_in_a_frame_gets_the_script_of_its_storage_after_its_doctype(
    world: ArchivesWorld, name: str
) -> None:
    await world.push("amy/pages", {name: PAGES[name][0] for name in PAGES})
    root = begin(world, "l", package="amy/pages")
    content, place = PAGES[name]
    answer = await world.client.get(root + name, headers={"Sec-Fetch-Dest": "iframe", "Range": "bytes=0-3"})
    tag = f'<script src="{root}.patchwork/report-storage.js"></script>'.encode()
    expected = content if place is None else content[:place] + tag + content[place:]
    assert (answer.status_code, answer.content) == (200, expected)
    assert answer.headers["content-length"] == str(len(expected))
    as_it_is = await world.client.get(root + name, headers={"Sec-Fetch-Dest": "empty"})
    assert as_it_is.content == content
    assert as_it_is.headers["etag"] != answer.headers["etag"]
    assert (answer.headers["vary"], as_it_is.headers["vary"]) == ("Sec-Fetch-Dest",) * 2
    known = {"Sec-Fetch-Dest": "iframe", "If-None-Match": answer.headers["etag"]}
    assert (await world.client.get(root + name, headers=known)).status_code == 304


async def test_the_script_of_storage_is_for_pages_of_the_session(reported: ArchivesWorld) -> None:
    root = begin(reported, "m")
    script = await reported.client.get(f"{root}.patchwork/report-storage.js")
    assert script.headers["content-type"].startswith("text/javascript")
    assert "sessionStorage" in script.text
    elsewhere = f"{browsing_path('n' * 43)}/.patchwork/report-storage.js"
    assert (await reported.client.get(elsewhere)).status_code == 404


async def test_outside_of_a_frame_a_report_runs_no_scripts(reported: ArchivesWorld) -> None:
    root = begin(reported, "c")
    alone = await reported.client.get(root, headers={"Sec-Fetch-Dest": "document"})
    assert alone.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    framed = await reported.client.get(root, headers={"Sec-Fetch-Dest": "iframe"})
    assert framed.headers["content-security-policy"].startswith("sandbox allow-scripts")


async def test_a_session_reaches_nothing_but_its_revision(reported: ArchivesWorld) -> None:
    root = begin(reported, "d")
    reported.proxy.package("amy/thief", "secret.txt", "secret.txt", 6, bucket=reported.proxy.other)
    theft = begin(reported, "e", package="amy/thief")
    for address in (
        f"{root}README.md",
        f"{root}..%2f..%2ffile%2f{reported.proxy.bucket}%2famy%2fwine%2f{TOP_HASH}%2fREADME.md",
        f"{root}%2e%2e%2findex.html",
        f"{theft}secret.txt",
        f"/-/browse/{'f' * 43}/index.html",
        "/-/browse/short/index.html",
        f"/-/browse/{'d' * 42}%20/index.html",
    ):
        assert (await reported.client.get(address)).status_code == 404, address
    for method in ("POST", "PUT", "DELETE"):
        assert (await reported.client.request(method, f"{root}index.html")).status_code == 405
    ticket = reported.proxy.registry.browsing["d" * 43].ticket
    stolen = await reported.client.get(reported.file_path("README.md"), params={"ticket": ticket})
    assert stolen.status_code == 401
    odd = await reported.client.get(root, headers={"Host": "x; script-src *"})
    assert odd.status_code == 400


async def test_a_session_ends_with_the_rights_of_its_maker(reported: ArchivesWorld) -> None:
    root = begin(reported, "g", "leaver")
    reported.proxy.auth.permit(reported.proxy.token("leaver"), {reported.proxy.bucket: Level.READ})
    await reported.proxy.has_followed()
    assert (await reported.client.get(root)).status_code == 200
    reported.proxy.auth.permit(reported.proxy.token("leaver"), {reported.proxy.other: Level.READ})
    await reported.proxy.has_followed()
    assert (await reported.client.get(root)).status_code == 404
    reported.proxy.auth.permit(reported.proxy.token("leaver"), {reported.proxy.bucket: Level.READ})
    await reported.proxy.has_followed()
    assert (await reported.client.get(root)).status_code == 200
    reported.proxy.auth.revoke(reported.proxy.token("leaver"))
    await reported.proxy.has_followed()
    assert (await reported.client.get(root)).status_code == 401


async def test_a_session_that_was_ended_or_has_expired_is_read_for_seconds_at_most(reported: ArchivesWorld) -> None:
    assert SESSION_CACHE_SECONDS <= 10
    root = begin(reported, "h", seconds=-1)
    assert (await reported.client.get(root)).status_code == 200
    del reported.proxy.registry.browsing["h" * 43]
    assert (await reported.client.get(root)).status_code == 404
    now = 100.0
    sessions = BrowsingSessions(reported.proxy.registry, reported.proxy.resources.bearers, lambda: now)
    begin(reported, "i")
    assert (await sessions.find("i" * 43)).revision.package == PACKAGE
    del reported.proxy.registry.browsing["i" * 43]
    assert (await sessions.find("i" * 43)).revision.package == PACKAGE
    now += SESSION_CACHE_SECONDS
    with pytest.raises(NotFound):
        await sessions.find("i" * 43)


async def test_quilts_catalogs_read_a_session_at_their_own_address(reported: ArchivesWorld) -> None:
    root = begin(reported, "j").removeprefix("/-")
    answer = await reported.client.get(f"{root}assets/run.js")
    assert (answer.status_code, answer.content) == (200, REPORT["assets/run.js"])
    assert f"{root} " in answer.headers["content-security-policy"]
    asked = {"Origin": "https://catalog.test", "Authorization": "Bearer x"}
    for method in ("OPTIONS", "POST"):
        cookie: httpx.Response = await reported.client.request(method, "/browse/set_browse_cookie", headers=asked)
        assert (cookie.status_code, cookie.json()) == (200, {})
        assert cookie.headers["access-control-allow-origin"] == "https://catalog.test"
        assert cookie.headers["access-control-allow-credentials"] == "true"
        assert "set-cookie" not in cookie.headers


async def test_other_addresses_below_browse_are_those_of_a_bucket(reported: ArchivesWorld) -> None:
    for path in ("/browse/file.txt", f"/browse/{'k' * 42}/index.html"):
        answer = await reported.client.get(path)
        assert answer.headers["content-type"] == "application/xml", path
