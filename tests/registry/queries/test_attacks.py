"""Statements that want what they may not have: each is refused or bounded, recorded in the audit trail, and leaves nothing behind."""

import pytest
from support.data.manifests import entry
from support.fakes.caller_s3 import FakeCallerS3Opener
from support.worlds.queries_world import QueriesWorld, Trail

from shared.schemas.query_budgets import QueryBudgets, RoleQueryBudgets

ENDLESS_SECONDS = 0.3
"""Time for those that never end."""
PRODUCT = "SELECT count(*) FROM range(10000000000) a(i), range(1000) b(j) WHERE (i * j) % 7 = 3"
STATEMENTS: dict[str, tuple[str, str]] = {
    "files": ("SELECT * FROM read_text('/etc/passwd')", "statement_refused"),
    "files by name alone": ("SELECT * FROM '/etc/passwd'", "statement_refused"),
    "files of the query's own system": ("SELECT * FROM read_parquet('pkg://0')", "statement_refused"),
    "network": ("SELECT * FROM read_parquet('http://169.254.169.254/latest/meta-data')", "statement_refused"),
    "objects by their address": ("SELECT * FROM 's3://{bucket}/amy/wine/a.csv'", "statement_refused"),
    "extensions": ("LOAD httpfs", "statement_refused"),
    "INSTALL": ("INSTALL httpfs FROM 'http://127.0.0.1:9'", "statement_refused"),
    "settings": ("SET memory_limit = '100GB'", "statement_refused"),
    "settings in a SELECT": ("SELECT current_setting('allowed_paths'), getenv('HOME')", "statement_refused"),
    "secrets": ("SELECT * FROM duckdb_secrets()", "statement_refused"),
    "ATTACH": ("ATTACH '/tmp/x.db'", "statement_refused"),
    "COPY": ("COPY (SELECT 1) TO '/tmp/x.csv'", "statement_refused"),
    "COPY in WITH": ("WITH q AS (COPY (SELECT 1) TO '/tmp/x.csv') SELECT 1", "statement_refused"),
    "several statements": ("SELECT 1; DROP TABLE x", "statement_refused"),
    "a statement after a comment": ("SELECT 1 /* */; -- \nATTACH 'x'", "statement_refused"),
    "another's package": ("SELECT * FROM package('{bucket}-other/amy/secret', '*')", "not_found"),
    "another's package by a condition": (
        "SELECT * FROM package('{bucket}/*/*', '*.csv') WHERE \"$pkg_name\" IN (SELECT package FROM packages('{bucket}-other'))",
        "not_found",
    ),
    "files by a condition": (
        "SELECT * FROM package('{bucket}/*/*', '*.csv') WHERE \"$pkg_name\" IN (SELECT content FROM read_text('/etc/passwd'))",
        "statement_refused",
    ),
    "another's object in one's own package": ("SELECT * FROM package('{bucket}/amy/borrowed', '*.csv')", "not_found"),
    "a table of Tabulator that is not there": ("SELECT * FROM tabulator('{bucket}-other', 'x')", "not_found"),
    "a product of billions of rows": (PRODUCT, "statement_limit_reached"),
    "a condition that is a product": (
        "SELECT * FROM package('{bucket}/amy/wine*', '*.csv') WHERE \"$pkg_name\" <> (" + PRODUCT + ")::VARCHAR",
        "statement_limit_reached",
    ),
    "a list that grows": ("SELECT list(i) FROM range(1000000000) t(i)", "statement_limit_reached"),
    "a text that grows": ("SELECT length(repeat('x', 2000000000))", "statement_"),
    "a huge literal": ("SELECT length('" + "x" * 99_000 + "')", ""),
    "a statement that is too deep": ("SELECT " + "(" * 20_000 + "1" + ")" * 20_000, "statement_refused"),
    "a regular expression that backtracks": (
        "SELECT count(*) FROM range(100) t(i) WHERE regexp_matches(repeat('a', 5000) || i, '(a*)*(b*)*c')",
        "",
    ),
    "a regular expression that is large": (
        "SELECT regexp_matches('a', '((a{{1000}}){{1000}}){{1000}}')",
        "statement_failed",
    ),
}
"""Statements, and the beginning of the slug of their problem. Those without a problem are answered."""


@pytest.mark.long
async def test_statements_that_want_too_much_are_refused_or_bounded_and_recorded(
    queries: QueriesWorld, trail: Trail
) -> None:
    world = queries.world
    await world.registered(f"{world.bucket}-other")
    secret = await queries.stored("amy/secret/s.csv", "s.csv", "n\n42\n", bucket=f"{world.bucket}-other")
    await world.package("amy/secret", secret, bucket=f"{world.bucket}-other")
    for name in ("amy/wine", "amy/wine2"):
        await queries.files(name, {"a.csv": "n\n1\n"})
    await world.package("amy/borrowed", entry("s.csv", at=secret["physical_keys"][0], size=5))
    opener = queries.worker.open_caller_s3
    assert isinstance(opener, FakeCallerS3Opener)
    little = RoleQueryBudgets(role="Guests", budgets=QueryBudgets(seconds=ENDLESS_SECONDS))
    kept = 0
    for name, (template, slug) in STATEMENTS.items():
        sql = template.format(bucket=world.bucket)
        opener.query_budgets = [little] if slug == "statement_limit_reached" else []
        found = await queries.run(sql)
        event = await trail.of(found)
        assert event.details["sql"] == sql[:2_000], name
        if slug:
            assert found["state"] == "failed", name
            assert found["problem"]["type"].startswith(f"/problems/{slug}"), (name, found["problem"])
            assert (event.outcome, f"/problems/{event.reason}") == ("refused", found["problem"]["type"]), name
        else:
            assert (found["state"], event.outcome) == ("done", "done"), (name, found["problem"])
            kept += 1
    assert len(await queries.stored_results()) == kept
    assert (await queries.rows("SELECT 1")) == [[1]]
