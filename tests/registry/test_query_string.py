"""The query language: its clauses, and its robustness against arbitrary text."""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.dialects import postgresql
from support.data.search_queries import BODIES, HASH, QUERIES
from support.fakes.brute_force_search import BruteForceSearch
from support.worlds.registry_world import LIBRARY, RegistryWorld

from registry.services.search.query.query_string import (
    QuerySyntaxRefused,
    parse,
    parse_leniently,
    parse_search,
    parse_simple,
)
from registry.services.search.query.request_body import parse_body
from shared.errors import Invalid
from shared.index.search.clauses import (
    All,
    AnyOf,
    Between,
    Clause,
    Equals,
    Everything,
    Like,
    Not,
    Phrase,
    Present,
    Starts,
)
from shared.index.search.documents import ObjectDocument, PackageDocument
from shared.index.search.fields import FIELDS, FieldKind
from shared.index.search.predicates import OBJECT, ONLY_ENGINE, PACKAGE, NeedsSearchEngine, predicate, rank
from shared.index.search.results import SearchOrder, SearchScope


def between_days(field: str, start: tuple[int, int, int], end: tuple[int, int, int]) -> Between:
    return Between(field, at_least=datetime(*start, tzinfo=UTC), below=datetime(*end, tzinfo=UTC))


def word(*words: str, field: str | None = None, prefix: bool = False) -> Phrase:
    return Phrase(words, field, prefix)


@pytest.mark.parametrize(
    ("query", "clause"),
    [
        ("wine", word("wine")),
        ("Wine Red", All((word("wine"), word("red")))),
        ("wine AND red", All((word("wine"), word("red")))),
        ("wine && red", All((word("wine"), word("red")))),
        ("wine OR red", AnyOf((word("wine"), word("red")))),
        ("wine || red", AnyOf((word("wine"), word("red")))),
        ("a OR b c", AnyOf((word("a"), All((word("b"), word("c")))))),
        ("a b OR c", AnyOf((All((word("a"), word("b"))), word("c")))),
        ("(a OR b) c", All((AnyOf((word("a"), word("b"))), word("c")))),
        ("and or not", All((word("and"), word("or"), word("not")))),
        ("-a", Not(word("a"))),
        ("!a", Not(word("a"))),
        ("NOT a", Not(word("a"))),
        ("NOT NOT a", word("a")),
        ("NOT -a", word("a")),
        ("+a -b", All((word("a"), Not(word("b"))))),
        ('-"a b"', Not(word("a", "b"))),
        ('object:"s3://lab/red grapes.csv"', Equals("object", "s3://lab/red grapes.csv")),
        ("-(a b)", Not(All((word("a"), word("b"))))),
        ("a - b", All((word("a"), word("b")))),
        ("fruit-flies_2.csv", word("fruit", "flies", "2", "csv")),
        ('"Red  wine"', word("red", "wine")),
        ('"say \\"hi\\""', word("say", "hi")),
        ("\\-a", word("a")),
        ("\\AND", word("and")),
        ("a\\:b", word("a", "b")),
        ("win*", word("win", prefix=True)),
        ("red-win*", word("red", "win", prefix=True)),
        ("*", Everything()),
        ("*:*", Everything()),
        ("*.csv", Like("*.csv")),
        ("w?ne", Like("w?ne")),
        ("data/*", Like("data/*")),
        ("w\\*ne*", word("w", "ne", prefix=True)),
        ("a\\?", word("a")),
        ("key:a/b.csv", Equals("key", "a/b.csv")),
        ('key:"a b"', Equals("key", "a b")),
        ("key:a\\*", Equals("key", "a*")),
        ("key:a*", Starts("key", "a")),
        ("key:a/*", Like("a/*", "key")),
        ("key:*", Present("key")),
        ("content:*", Present("content")),
        ("content:red", word("red", field="content")),
        ("content:(red OR white)", AnyOf((word("red", field="content"), word("white", field="content")))),
        ("content:(red ext:.csv)", All((word("red", field="content"), Equals("ext", ".csv")))),
        ("content:a b", All((word("a", field="content"), word("b")))),
        ("-ext:.csv", Not(Equals("ext", ".csv"))),
        ("size:10", Equals("size", 10)),
        ("size:1.5", Equals("size", 1.5)),
        ("size:-3", Equals("size", -3)),
        ("size:>10", Between("size", above=10)),
        ("size:>=10", Between("size", at_least=10)),
        ("size:<10", Between("size", below=10)),
        ("size:<=10", Between("size", at_most=10)),
        (
            "last_modified:2026-11-20",
            Between(
                "modified",
                at_least=datetime(2026, 11, 20, tzinfo=UTC),
                below=datetime(2026, 11, 21, tzinfo=UTC),
            ),
        ),
        ("last_modified:>2026-11-20T10:00:00Z", Between("modified", above=datetime(2026, 11, 20, 10, tzinfo=UTC))),
        ("delete_marker:false", Equals("deleted", False)),
        ("size:>10kB", Between("size", above=10_000)),
        ("size:1.5GiB", Equals("size", 1.5 * 2**30)),
        ("size:[1 TO 5]", Between("size", at_least=1, at_most=5)),
        ("size:{1 TO 5}", Between("size", above=1, below=5)),
        ("size:[1 TO *]", Between("size", at_least=1)),
        ("size:[* TO *]", Present("size")),
        ("size:1..5", Between("size", at_least=1, at_most=5)),
        ("size:1..", Between("size", at_least=1)),
        ("size:..5 a", All((Between("size", at_most=5), word("a")))),
        ("modified:2026-11", between_days("modified", (2026, 11, 1), (2026, 12, 1))),
        ("modified:2026-12", between_days("modified", (2026, 12, 1), (2027, 1, 1))),
        ("modified:2026", between_days("modified", (2026, 1, 1), (2027, 1, 1))),
        ("modified:>2026-11-20", Between("modified", at_least=datetime(2026, 11, 21, tzinfo=UTC))),
        ("modified:<=2026-11-20", Between("modified", below=datetime(2026, 11, 21, tzinfo=UTC))),
        ("modified:2026-11-20..2026-11-21", between_days("modified", (2026, 11, 20), (2026, 11, 22))),
        ("modified:[2026-11-20 TO 2026-11-21}", between_days("modified", (2026, 11, 20), (2026, 11, 21))),
        ("ptr_name:amy/w*", All((Equals("kind", "package"), Starts("name", "amy/w")))),
        ("mnfst_hash:ab", Equals("hash", "ab")),
        ("user_meta:red", All((Equals("kind", "object"), word("red", field="meta")))),
        ("ext:CSV", Equals("ext", ".csv")),
        ("ext:.CSV", Equals("ext", ".csv")),
        ("meta.qc.level:3", AnyOf((Equals("meta:/qc/level", 3.0), Equals("meta:/qc/level", "3")))),
        ("meta:/qc/level:3", AnyOf((Equals("meta:/qc/level", 3.0), Equals("meta:/qc/level", "3")))),
        ("meta.qc.level:>=3", Between("meta:/qc/level", at_least=3.0)),
        ("meta.qc.level:[1 TO 5]", Between("meta:/qc/level", at_least=1.0, at_most=5.0)),
        ("meta.qc.level:-1.5..1e3", Between("meta:/qc/level", at_least=-1.5, at_most=1000.0)),
        ("meta.qc.level:*", Present("meta:/qc/level")),
        ("has:meta.qc", Present("meta:/qc")),
        ("-has:meta.doi", Not(Present("meta:/doi"))),
        ("has:tag", Present("meta:/tags")),
        ("has:readme", Present("readme")),
        ("meta.status:released", AnyOf((Equals("meta:/status", "released"), word("released", field="meta:/status")))),
        ('meta.status:"released now"', Equals("meta:/status", "released now")),
        ("meta.status:rel*", Like("rel*", "meta:/status")),
        ("meta.status:*ed", Like("*ed", "meta:/status")),
        ("meta.ok:true", AnyOf((Equals("meta:/ok", True), Equals("meta:/ok", "true")))),
        ("meta.date:2026-11-20", between_days("meta:/date", (2026, 11, 20), (2026, 11, 21))),
        ("meta.date:>=2026-11-20", Between("meta:/date", at_least=datetime(2026, 11, 20, tzinfo=UTC))),
        (
            "meta.date:2026-11-20T10:00:00+01:00",
            Equals("meta:/date", datetime(2026, 11, 20, 9, tzinfo=UTC)),
        ),
        ("meta.id:9007199254740993", Equals("meta:/id", "9007199254740993")),
        ('meta."a.b".c:x', AnyOf((Equals("meta:/a.b/c", "x"), word("x", field="meta:/a.b/c")))),
        ('-meta."a b":"x y"', Not(Equals("meta:/a b", "x y"))),
        ('has:meta."a/b ~"', Present("meta:/a~1b ~0")),
        ("meta.a\\.b:1..", Between("meta:/a.b", at_least=1.0)),
        ("tag:red", AnyOf((Equals("meta:/tags", "red"), word("red", field="meta:/tags")))),
        (
            'meta.t:(red OR "dark red")',
            AnyOf(
                (
                    AnyOf((Equals("meta:/t", "red"), word("red", field="meta:/t"))),
                    Equals("meta:/t", "dark red"),
                )
            ),
        ),
        ("meta.path:a..b", AnyOf((Equals("meta:/path", "a..b"), word("a", "b", field="meta:/path")))),
        ("meta:red", word("red", field="meta")),
        ("in:amy/wine", All((Equals("kind", "package"), Equals("name", "amy/wine")))),
        ("note: urgent", All((word("note"), word("urgent")))),
        ("note:urgent", word("note", "urgent")),
        ('note:"very urgent"', All((word("note"), word("very", "urgent")))),
        ("12:30", word("12", "30")),
        ("C:\\data\\x.csv", word("c", "data", "x", "csv")),
        ("C:\\", word("c")),
        ("http://example.org/x", word("http", "example", "org", "x")),
        ("META.x:1", word("meta", "x", "1")),
        (
            "s3://a-bucket/a/b(1).csv",
            AnyOf(
                (
                    All((Equals("bucket", "a-bucket"), Equals("key", "a/b(1).csv"))),
                    word("s3", "a", "bucket", "a", "b", "1", "csv"),
                )
            ),
        ),
        (
            "s3://a-bucket/a%20b?versionId=v%2B1",
            AnyOf(
                (
                    All(
                        (
                            Equals("bucket", "a-bucket"),
                            AnyOf(
                                (
                                    All((Equals("key", "a%20b"), Equals("version_id", "v+1"))),
                                    All((Equals("key", "a b"), Equals("version_id", "v+1"))),
                                )
                            ),
                        )
                    ),
                    word("s3", "a", "bucket", "a", "20b", "versionid", "v", "2b1"),
                )
            ),
        ),
        (
            "s3://a-bucket/a/*.csv",
            AnyOf(
                (
                    All((Equals("bucket", "a-bucket"), Like("a/*.csv", "key"))),
                    word("s3", "a", "bucket", "a", "csv"),
                )
            ),
        ),
        (HASH, AnyOf((Equals("hash", HASH), word(HASH)))),
        (HASH[:12].upper(), AnyOf((Starts("hash", HASH[:12]), word(HASH[:12])))),
        ("1234567890", word("1234567890")),
        ("", None),
        ("   ", None),
        ("a ...", word("a")),
    ],
)
def test_a_query_is_parsed_to_its_clause(query: str, clause: Clause | None) -> None:
    assert parse(query) == clause


@pytest.mark.parametrize(
    ("query", "order"),
    [
        ("sort:modified", SearchOrder("modified")),
        ("sort:-modified", SearchOrder("modified", descending=True)),
        ("sort:last_modified:desc", SearchOrder("modified", descending=True)),
        ("sort:-meta.qc.level", SearchOrder("meta:/qc/level", descending=True)),
        ("sort:meta:/qc/level:number:desc", SearchOrder("meta:/qc/level", descending=True, type="number")),
        ("sort:meta:/a:b:keyword", SearchOrder("meta:/a:b", type="keyword")),
        ('sort:-meta."a b".c', SearchOrder("meta:/a b/c", descending=True)),
    ],
)
def test_a_query_may_name_an_order(query: str, order: SearchOrder) -> None:
    assert parse_search(query).order == order
    assert parse_search(f"a {query} b").clause == All((word("a"), word("b")))


@pytest.mark.parametrize("query", ["-", "!", "...", "()", "-...", "a:", "%&$", "- -"])
def test_a_query_without_letters_and_digits_is_refused_or_words(query: str) -> None:
    if query == "a:":
        assert parse(query) == word("a")
        return
    with pytest.raises(QuerySyntaxRefused):
        parse(query)


@pytest.mark.parametrize(
    ("query", "clause"),
    [
        ("a b", AnyOf((word("a"), word("b")))),
        ("a +b", word("b")),
        ("a -b", All((word("a"), Not(word("b"))))),
        ("a b -c", All((AnyOf((word("a"), word("b"))), Not(word("c"))))),
        ("a AND b c", All((word("a"), word("b")))),
    ],
)
def test_words_are_alternatives_with_the_operator_or(query: str, clause: Clause) -> None:
    assert parse(query, operator="OR") == clause


@pytest.mark.parametrize(
    ("query", "clause"),
    [
        ("a | b", AnyOf((word("a"), word("b")))),
        ("a|b", AnyOf((word("a"), word("b")))),
        ("a + b", All((word("a"), word("b")))),
        ("+a +b", All((word("a"), word("b")))),
        ("a + -b", All((word("a"), Not(word("b"))))),
        ("a OR b", AnyOf((word("a"), word("or"), word("b")))),
        ("key:a", word("key", "a")),
        ('"a b', AnyOf((word("a"), word("b")))),
        ("win*", word("win", prefix=True)),
    ],
)
def test_the_simple_language_has_no_errors(query: str, clause: Clause) -> None:
    assert parse_simple(query) == clause


def test_a_query_with_a_syntax_error_is_words_when_parsed_leniently() -> None:
    assert parse_leniently('wine AND "red') == All((word("wine"), word("and"), word("red")))


def test_a_query_for_several_fields_matches_any_of_them() -> None:
    assert parse("a", fields=("content", "key")) == AnyOf((word("a", field="content"), Equals("key", "a")))


NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DOCUMENTS: list[ObjectDocument | PackageDocument] = [
    PackageDocument(
        "b",
        "amy/wine",
        "latest",
        HASH,
        NOW,
        1,
        "red wine",
        "message",
        {"qc": {"level": 3}, "date": "2026-11-20", "tags": ["a", True, 2**60]},
        "strict",
        "amy",
        3,
        9,
        NOW,
    ),
    ObjectDocument("b", "data/x.csv", None, "e", 5, NOW, ".csv", {"owner": "Zoë"}, "wine", NOW),
]
ORACLE = BruteForceSearch(DOCUMENTS)
SCOPE = SearchScope(["b"], ["b"])


def compiled(clause: Clause) -> None:
    """The clause can be evaluated, and in Postgres too unless it needs the search engine."""
    ORACLE.matches(clause, SCOPE)
    with suppress(NeedsSearchEngine):
        compiled_for_postgres(clause)


def compiled_for_postgres(clause: Clause) -> None:
    for document in (OBJECT, PACKAGE):
        condition = predicate(clause, document)
        score = rank(clause, document)
        query = select(condition) if score is None else select(condition, score)
        query.compile(dialect=postgresql.dialect())  # type: ignore[no-untyped-call]


@settings(max_examples=300)
@given(QUERIES, st.sampled_from(["AND", "OR"]))
def test_the_parser_turns_any_text_into_a_clause_or_refuses_it(query: str, operator: Any) -> None:
    with suppress(Invalid):
        compiled(parse(query, operator=operator) or Everything())
    if "\x00" not in query:
        for lenient in (parse_leniently, parse_simple):
            compiled(lenient(query, operator=operator) or Everything())


@settings(max_examples=300)
@given(BODIES)
def test_the_parser_turns_any_body_into_a_clause_or_refuses_it(body: dict[str, Any]) -> None:
    with suppress(Invalid):
        compiled(parse_body(body).clause)


def is_refused(parser: Callable[[Any], object], given: Any) -> bool:
    try:
        parser(given)
    except Invalid:
        return True
    return False


THROUGH = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@THROUGH
@given(query=QUERIES)
@example(query="size:1.5 OR size:<-9223372036854775807 OR last_modified:>0002-01-01")
@example(query="'a' \\' \\\\ 'b:*A' & | ! <-> %")
async def test_any_query_is_answered_unless_it_is_refused_with_a_reason(library: RegistryWorld, query: str) -> None:
    answer = await library.get("/api/v1/search", q=query)
    needs_engine = answer.json().get("type") == "/problems/needs_search_engine"
    assert answer.status_code == (400 if is_refused(parse_search, query) or needs_engine else 200), answer.text


@THROUGH
@given(body=BODIES)
@example(body={"query": {"term": {"size": 2.5}}, "sort": "size"})
@example(body={"query": {"exists": {"field": "readme"}}, "sort": {"ptr_last_modified": "desc"}})
@example(body={"query": {"match_all": {}}, "sort": "delete_marker"})
@example(body={"query": {"terms": {"last_modified": ["2026-11-20", 5]}}})
async def test_any_body_is_answered_unless_the_parser_refuses_it(library: RegistryWorld, body: dict[str, Any]) -> None:
    params = {"index": f"{LIBRARY},{LIBRARY}_packages", "action": "freeform", "body": json.dumps(body)}
    answer = await library.get("/api/search", **params)
    needs_engine = answer.json().get("type") == "/problems/needs_search_engine"
    assert answer.status_code == (400 if is_refused(parse_body, body) or needs_engine else 200), answer.text


@pytest.mark.parametrize("field", FIELDS)
async def test_every_field_can_be_searched_and_all_but_text_sorted_by(library: RegistryWorld, field: str) -> None:
    values = {FieldKind.NUMBER: "5", FieldKind.DATE: "2026-11-20", FieldKind.FLAG: "false"}
    value = values.get(FIELDS[field].kind, "wine")
    if field in ONLY_ENGINE:
        answer = await library.get("/api/v1/search", q=f"{field}:{value}")
        assert answer.json()["type"] == "/problems/needs_search_engine"
        return
    for query in (f"{field}:{value}", f"{field}:*"):
        assert (await library.get("/api/v1/search", q=query)).status_code == 200
    for body in ({"sort": {field: "desc"}}, {"query": {"exists": {"field": field}}}):
        params = {"index": "_all", "action": "freeform", "body": json.dumps(body)}
        status = (await library.get("/api/search", **params)).status_code
        assert status == (200 if FIELDS[field].sorts or "sort" not in body else 400)
