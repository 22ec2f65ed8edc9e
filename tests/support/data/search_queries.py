"""Any text and any body, as searches: hypothesis finds those that break a parser or an engine."""

import random
from typing import Any

from hypothesis import strategies as st

from shared.index.search.fields import ALIASES, FIELDS

HASH = "0f1e2d3c4b5a69788796a5b4c3d2e1f0" * 2

FIELD_NAMES = [*FIELDS, *ALIASES, "meta.qc.level", "meta:/status"]

SIGNS = list('"()*?:\\+-!|&~^[]{}/<>= \t.,\x00é_')
WORDS = ["AND", "OR", "NOT", "wine", "key:", "size:", "last_modified:", "content:", "ext:.csv", "ﬁ", "İ", "\u0301"]
WORDS += [
    "meta.",
    "meta.qc.level:",
    "meta:/a:",
    "has:",
    "in:",
    "sort:",
    "tag:",
    " TO ",
    "[1 TO ",
    "..",
    "s3://",
    "quilt+s3://b",
]
WORDS += ["a-bucket/k", "#package=a/b", HASH, "workflow:", "author:", "user_meta:", "~1"]
ODD_VALUES = ["2026-11-20", "9999-12-31", "1e400", "NaN", "99999999999999999999"]
PIECES = st.sampled_from(SIGNS + WORDS + ODD_VALUES)
QUERIES = st.one_of(st.text(max_size=40), st.lists(PIECES, max_size=25).map("".join))

VALUES = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.sampled_from(["2026-11-20", "1"])
    ),
    lambda below: st.one_of(
        st.lists(below, max_size=3),
        st.dictionaries(st.sampled_from([*FIELD_NAMES, "query", "value", "gt", "order", "filter"]), below, max_size=2),
    ),
    max_leaves=6,
)
KINDS = ["match", "match_phrase", "multi_match", "query_string", "simple_query_string", "term", "terms", "range"]
KINDS += ["prefix", "wildcard", "exists", "ids", "bool", "match_all", "constant_score", "match_phrase_prefix", "fuzzy"]


def query_of(value: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.sampled_from(KINDS).map(lambda kind: {kind: value})


BODIES = st.one_of(
    st.dictionaries(st.sampled_from(["query", "size", "from", "sort", "_source", "aggs"]), VALUES, max_size=3),
    VALUES.flatmap(query_of).map(lambda query: {"query": query}),
    st.tuples(st.sampled_from(KINDS), st.sampled_from(FIELD_NAMES), VALUES).map(
        lambda parts: {"query": {parts[0]: {parts[1]: parts[2]}}}
    ),
)

_WORDS = [
    "wine",
    "red",
    "Wine",
    "2026",
    "straße",
    "CO₂",
    "日本",
    "café",
    "a",
    "gen*",
    "w*",
    "*.csv",
    "data/*",
    "*1*",
    "?ata/*",
]
_NAMES = [
    "meta.status",
    "meta.n",
    "meta.qc.level",
    "meta.qc.date",
    "meta.tags",
    "meta.qc",
    'meta."a/b"',
    'meta."a.b c"',
]
_NAMES += [
    "meta.owner",
    'meta."a.b"',
    "ext",
    "size",
    "modified",
    "name",
    "key",
    "author",
    "workflow",
    "entries",
    "hash",
]
_NAMES += [
    "kind",
    "bucket",
    "version_id",
    "message",
    "readme",
    "content",
    "meta",
    "pointer",
    "tag",
    "user_meta",
    "ptr_name",
]
_VALUES = [
    "released",
    "draft",
    '"Draft: x"',
    '"2026-01-02"',
    "2026-01-02",
    "2026-01",
    ">=2026-01-02",
    "1",
    "1.0",
    ">1",
    "<3.5",
]
_VALUES += [
    "1..3.5",
    "[1 TO 2]",
    "{1 TO 3.5}",
    "-4..2",
    "true",
    "*",
    "ünï",
    '"a b"',
    "a*",
    "?raft",
    "*r*",
    "alpha",
    "amy",
    "qc",
]
_VALUES += ["latest", "abab*", "package", "v1", "null", ".csv", "md", "0", "100", "(red OR wine)", '"red wine"', "wi*"]


class RandomQueries:
    """Queries for `RandomDocuments`, of which about half find some."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 – not for secrets

    def query(self) -> str:
        operator = self._random.choice([" ", " ", " OR "])
        return operator.join(self._part() for _ in range(self._random.randint(1, 3)))

    def _part(self) -> str:
        pick = self._random.choice
        part = pick(_WORDS) if self._random.random() < 0.4 else f"{pick(_NAMES)}:{pick(_VALUES)}"
        if self._random.random() < 0.1:
            part = f"has:{pick(_NAMES)}"
        if self._random.random() < 0.1:
            part = f"({part} OR {pick(_WORDS)})"
        return f"-{part}" if self._random.random() < 0.2 else part
