"""The limits that a client can meet, and where the code has each: the numbers of `docs/reference/limits.md`."""

import ast
import inspect
from collections import defaultdict
from datetime import timedelta
from importlib import import_module
from itertools import pairwise
from typing import Any

from support.docs.reference.markdown import code, page, table
from support.docs.reference.openapi import operations
from support.docs.reference.settings import text_of

from auth.services import limits as rates
from auth.services.limits import Limit

BYTES, NUMBER, SECONDS = "bytes", "", "seconds"

SIZES: list[tuple[str, str, str]] = [
    ("Body of a request, unless its operation has a limit of its own", "shared.web.app:MAX_BODY_BYTES", BYTES),
    ("Body of a request without a valid token", "shared.web.middleware:MAX_ANONYMOUS_BYTES", BYTES),
    ("Values in a JSON body", "shared.web.routing:MAX_JSON_VALUES", NUMBER),
    ("Logo of a web catalog of Quilt", "shared.schemas.gateway:MAX_LOGO_BYTES", BYTES),
    ("Logo of the installation", "registry.logos:MAX_LOGO_BYTES", BYTES),
    ("Width and height of that logo", "registry.logos:MAX_LOGO_SIDE", "pixels"),
    ("Pushes of a package in its insight", "shared.schemas.insight:MAX_INSIGHT_PUSHES", NUMBER),
    (
        "Archives of one user that one process of the S3 proxy sends at a time",
        "s3proxy.services.archives.streams:MAX_CONCURRENT_ARCHIVES_OF_USER",
        NUMBER,
    ),
    ("Shards of an archive", "shared.schemas.archive:MAX_SHARDS", NUMBER),
    ("Files and folders of a selection for an archive", "shared.schemas.archive:MAX_SELECTED_PATHS", NUMBER),
    (
        "Files of a selection for an archive, with those in its folders",
        "registry.services.archives.sources:MAX_SELECTED_FILES",
        NUMBER,
    ),
    ("Files of a ZIP archive of a bucket's folder", "s3proxy.services.archives.listings:MAX_LISTED_FILES", NUMBER),
    ("Keys in one listing of the package gateway", "shared.schemas.package_gateway:MAX_LISTED_KEYS", NUMBER),
    (
        "Key, prefix or delimiter at the package gateway",
        "shared.schemas.package_gateway:MAX_KEY_CHARACTERS",
        "characters",
    ),
    (
        "Metadata in the headers of a file at the package gateway",
        "s3proxy.services.packages.metadata:MAX_META_BYTES",
        BYTES,
    ),
    ("Bookmarks of one person", "shared.schemas.bookmark:MAX_BOOKMARKS", NUMBER),
    ("Packages of one trial of workflows", "shared.schemas.workflow:MAX_TRIED_PACKAGES", NUMBER),
    ("Entries that one trial of workflows checks", "registry.services.pushes.trials:MAX_TRIED_ENTRIES", NUMBER),
    ("Objects of a constructed revision", "shared.schemas.push:MAX_ENTRIES", NUMBER),
    ("S3 key pairs of an API key", "auth.services.api_keys:MAX_S3_KEY_PAIRS", NUMBER),
    ("Browsing sessions of one user", "registry.db.browsing_sessions:MAX_BROWSING_SESSIONS_OF_USER", NUMBER),
    ("Links of one request", "shared.schemas.link:MAX_LINKS", NUMBER),
    ("Operations of a patch", "shared.schemas.push:MAX_OPERATIONS", NUMBER),
    ("Unfinished jobs of one user", "registry.db.jobs:MAX_UNFINISHED_JOBS", NUMBER),
    ("Objects of a job that is heavy", "registry.db.job_turns:HEAVY_JOB_OBJECTS", NUMBER),
    ("Heavy jobs of one user that run at a time", "registry.db.job_turns:MAX_CONCURRENT_HEAVY_JOBS", NUMBER),
    ("Attempts of a job whose worker is lost", "registry.db.jobs:MAX_ATTEMPTS", NUMBER),
    ("Text of a search", "registry.services.search.query.values:MAX_TEXT", "characters"),
    ("Words of a search", "registry.services.search.query.query_string:MAX_WORDS", NUMBER),
    ("Levels of parentheses in a search", "registry.services.search.query.query_string:MAX_DEPTH", NUMBER),
    ("Buckets named in a search", "registry.services.search.service:MAX_BUCKETS", NUMBER),
    ("Filters of a search", "registry.services.search.service:MAX_FILTERS", NUMBER),
    ("Facets of a search", "registry.services.search.service:MAX_FACETS", NUMBER),
    ("Values in a facet", "shared.index.search.fields:MAX_FACET_VALUES", NUMBER),
    ("Hits in an order of `sort` that can be paged through", "registry.services.search.service:MAX_OFFSET", NUMBER),
    ("Wait for the changes of `after`", "shared.index.search.results:MAX_WAIT_SECONDS", SECONDS),
    ("String in metadata that counts as a keyword", "shared.index.search.metadata:MAX_KEYWORD", "characters"),
    (
        "Values of one item's metadata that are found by path",
        "shared.index.search.metadata:MAX_METADATA_VALUES",
        NUMBER,
    ),
    (
        "Hits of each kind that Postgres counts, without the search engine",
        "shared.index.search.store:MAX_COUNTED",
        NUMBER,
    ),
    ("Query of `GET /api/search`", "registry.services.search.elasticsearch:MAX_BODY", "characters"),
    ("`size` of `GET /api/search`", "registry.services.search.query.request_body:MAX_SIZE", NUMBER),
    ("`from` + `size` of `GET /api/search`", "registry.services.search.query.request_body:MAX_WINDOW", NUMBER),
    ("Tokens of a GraphQL document", "registry.graphql.limits:MAX_TOKENS", NUMBER),
    ("Levels of a GraphQL document", "registry.graphql.limits:MAX_DEPTH", NUMBER),
    ("Fields of a GraphQL document, with its fragments in place", "registry.graphql.limits:MAX_FIELDS", NUMBER),
    ("Fragments of a GraphQL document", "registry.graphql.limits:MAX_FRAGMENTS", NUMBER),
    ("Fields of one name at one place of a GraphQL answer", "registry.graphql.limits:MAX_EQUAL_NAMES", NUMBER),
    ("Cost of a GraphQL document", "registry.graphql.limits:MAX_COST", NUMBER),
    ("Page of packages or revisions in GraphQL", "registry.graphql.limits:MAX_PER_PAGE", NUMBER),
    ("Page of search results in GraphQL", "registry.services.search.catalog_search:MAX_SIZE", NUMBER),
    ("Entries of packages in one GraphQL answer", "registry.graphql.context:MAX_ITEMS", NUMBER),
    ("Files of `contentsFlatMap`", "registry.graphql.packages:MAX_FLAT_ENTRIES", NUMBER),
    ("Validation of a GraphQL document", "registry.graphql.documents:VALIDATION_TIMEOUT_SECONDS", SECONDS),
    ("Time of a GraphQL request", "registry.graphql.execution:EXECUTION_TIMEOUT_SECONDS", SECONDS),
    ("Levels of metadata, and of the body of `GET /api/search`", "shared.quilt.metadata:MAX_JSON_DEPTH", NUMBER),
    ("Workflow configuration, table or SSO configuration in YAML", "shared.yaml_documents:MAX_YAML_BYTES", BYTES),
    ("Levels of a YAML document", "shared.yaml_documents:MAX_YAML_DEPTH", NUMBER),
    ("Values of a YAML document, aliases expanded", "shared.yaml_documents:MAX_YAML_NODES", NUMBER),
    ("Text of a YAML document, aliases expanded", "shared.yaml_documents:MAX_YAML_CHARACTERS", "characters"),
    ("JSON schema of a workflow", "registry.services.workflows.json_schema:MAX_SCHEMA_BYTES", BYTES),
    ("Subschemas of a workflow's JSON schema", "registry.services.workflows.json_schema:MAX_SUBSCHEMAS", NUMBER),
    (
        "Check of one document by a schema, or of a schema",
        "registry.services.workflows.json_schema:CHECK_TIMEOUT_SECONDS",
        SECONDS,
    ),
    ("Rows of an answer about a table", "shared.readers.row_parameters:MAX_ROWS", NUMBER),
    ("JSON of an answer about a table", "shared.readers.tables.engine.answers:MAX_ROWS_BYTES", BYTES),
    ("Arrow of an answer about a table", "shared.readers.tables.engine.answers:MAX_ARROW_BYTES", BYTES),
    ("Columns of a table that are shown", "shared.readers.tables.engine.answers:MAX_SHOWN_COLUMNS", NUMBER),
    ("Columns of a table that are described", "shared.readers.tables.engine.answers:MAX_STATISTICS_COLUMNS", NUMBER),
    ("Columns that a request about a table names", "shared.readers.row_parameters:MAX_COLUMNS", NUMBER),
    ("Columns by which rows are sorted", "shared.readers.tables.engine.ordering:MAX_SORT_COLUMNS", NUMBER),
    ("Conditions of a request about a table", "shared.readers.row_parameters:MAX_CONDITIONS", NUMBER),
    ("Text of a cell", "shared.readers.tables.engine.cells:MAX_CELL_CHARACTERS", "characters"),
    ("Line of a table in text", "shared.readers.tables.text.lines:MAX_LINE_CHARACTERS", "characters"),
    ("Fields of records in JSON", "shared.readers.tables.jsonlines:MAX_FIELDS", NUMBER),
    ("Categories of a column of AnnData", "shared.readers.science.data_frames:MAX_CATEGORIES", NUMBER),
    ("Width and height of a thumbnail, in pixels", "shared.readers.queries:MAX_THUMBNAIL_PIXELS", NUMBER),
    ("Channels of a thumbnail", "s3proxy.services.previews.arguments:MAX_CHANNELS", NUMBER),
    ("Content of a compressed file that is read", "shared.readers.unwrapping:MAX_UNPACKED_BYTES", BYTES),
    ("Pieces of a compressed file", "shared.readers.unwrapping:MAX_COMPRESSED_MEMBERS", NUMBER),
    ("Statement of a query", "shared.schemas.queries:MAX_SQL_CHARACTERS", "characters"),
    ("Parameters of a query", "shared.schemas.queries:MAX_QUERY_PARAMETERS", NUMBER),
    ("Calls of a statement that name data", "shared.queries.statements:MAX_SOURCE_CALLS", NUMBER),
    ("Packages that a call of a statement names", "registry.services.queries.sources:MAX_QUERY_PACKAGES", NUMBER),
    (
        "Packages that match the pattern of a call, before the conditions of the statement",
        "registry.services.queries.sources:MAX_CANDIDATE_PACKAGES",
        NUMBER,
    ),
    ("Files of a query", "registry.services.queries.sources:MAX_QUERY_FILES", NUMBER),
    (
        "Entries whose paths a query compares with patterns",
        "registry.services.queries.file_search:MAX_SCANNED_ENTRIES",
        NUMBER,
    ),
    ("Rows of `entries()`, `revisions()` or `packages()`", "registry.services.queries.sources:MAX_TABLE_ROWS", NUMBER),
    ("Rows that a query shows at once", "shared.queries.result_parts:MAX_FIRST_ROWS", NUMBER),
    ("Unfinished queries of one user", "registry.db.queries:MAX_UNFINISHED_QUERIES", NUMBER),
    ("Saved queries of one user", "registry.db.saved_queries:MAX_SAVED_QUERIES", NUMBER),
    ("Key columns of a row difference", "shared.schemas.queries:MAX_KEY_COLUMNS", NUMBER),
    ("Days for which an archived object is restored", "shared.schemas.restoration:MAX_RESTORED_DAYS", NUMBER),
    ("API keys of one user", "auth.services.api_keys:MAX_API_KEYS", NUMBER),
    ("Days until an API key expires", "shared.schemas.api_key:MAX_DAYS", NUMBER),
    ("Policies of a role", "shared.schemas.role:MAX_POLICIES", NUMBER),
    ("Life of a browsing session", "shared.schemas.browsing_session:MAX_BROWSING_SECONDS", SECONDS),
    ("Life of S3 credentials", "auth.services.vending.credentials:CREDENTIAL_TTL_SECONDS", SECONDS),
    ("Text of an object that search reads", "indexer.text_extraction:MAX_TEXT_BYTES", BYTES),
    ("Push of a Quilt 2 client", "registry.quilt2.routes.bodies:MAX_PUSH_BYTES", BYTES),
    ("Other body of a Quilt 2 client", "registry.quilt2.routes.bodies:MAX_BODY_BYTES", BYTES),
    ("Hashes in a list of a Quilt 2 client", "registry.quilt2.routes.bodies:MAX_HASHES", NUMBER),
    ("Values in a push of a Quilt 2 client", "registry.quilt2.routes.bodies:MAX_PUSH_VALUES", NUMBER),
]
"""Rows: the bounded thing, `module:NAME` of the bound, and its unit."""

RATES: dict[str, str] = {
    "link": "Wrong links, codes and refresh tokens; leaked keys that are reported",
    "mail": "Requests that send a mail",
    "letter": "Invitations to packages of Quilt 2, and notices of comments",
    "sign_up": "Sign-ups",
    "sso_start": "Sign-ins with a provider that were begun",
}
"""`Limit.kind` to the counted thing, where the limit's own text is missing or does not suit the page."""
INTERNAL_RATES = frozenset({"expired_key"})
"""They bound rows of the audit trail and refuse nobody."""
MAX_SHOWN_RATE = 100_000
"""Larger rates stand for none."""


def size_rows() -> list[tuple[str, ...]]:
    return [(what, size_text(value_of(name), unit)) for what, name, unit in SIZES]


def value_of(name: str) -> Any:
    module, _, constant = name.partition(":")
    return getattr(import_module(module), constant)


def size_text(value: float, unit: str) -> str:
    if unit == BYTES and value % (1 << 20) == 0:
        return f"{int(value) >> 20} MiB"
    if unit == BYTES and value % (1 << 10) == 0:
        return f"{int(value) >> 10} KiB"
    return f"{value:,g} {unit}".strip() if value < 1_000 else f"{value:,} {unit}".strip()


def rate_rows() -> list[tuple[str, ...]]:
    texts = texts_of_constants()
    made = {name: each for name, each in vars(rates).items() if isinstance(each, Limit)}
    return [
        (
            RATES.get(each.kind) or texts[name],
            span(each.within),
            shown(each.both),
            shown(each.network),
            shown(each.subject),
        )
        for name, each in made.items()
        if each.kind not in INTERNAL_RATES
    ]


def texts_of_constants() -> dict[str, str]:
    """The first sentence below each constant of the module of rates."""
    body = ast.parse(inspect.getsource(rates)).body
    return {
        constant.targets[0].id: text_of(below).partition(". ")[0].rstrip(".")
        for constant, below in pairwise(body)
        if isinstance(constant, ast.Assign) and isinstance(constant.targets[0], ast.Name)
    }


def span(within: timedelta) -> str:
    return {60: "a minute", 3600: "an hour", 86_400: "a day"}.get(int(within.total_seconds()), str(within))


def shown(rate: int | None) -> str:
    return "" if rate is None or rate >= MAX_SHOWN_RATE else str(rate)


def limits_page() -> str:
    listed: dict[tuple[str, str], list[str]] = defaultdict(list)
    for method, path, operation in operations():
        for each in operation.get("parameters", []):
            if each["name"] in {"limit", "size"} and "maximum" in each["schema"]:
                schema = each["schema"]
                listed[str(schema.get("default", "")), f"{schema['maximum']:,}"].append(code(f"{method} {path}"))
    rows = [(default, most, "<br>".join(where)) for (default, most), where in sorted(listed.items(), key=len_of_rows)]
    return page(
        "Limits",
        "the constants that enforce them",
        "What a client can meet. [Limits](../api/limits.md) says how a client notices each and what to do.",
        "## Sizes and counts\n\n" + table("what", "at most", rows=size_rows()),
        "## Page sizes\n\n" + table("default", "at most", "of", rows=rows),
        "## Rates\n\nCounted for all replicas together. Beyond them the answer is 429 with `Retry-After`.\n\n"
        + table(
            "what", "within", "for one subject and network", "for one network", "for one subject", rows=rate_rows()
        ),
    )


def len_of_rows(item: tuple[tuple[str, str], list[str]]) -> tuple[int, str]:
    return len(item[1]), item[0][1]
