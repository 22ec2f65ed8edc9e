"""Why a hit matches: snippets and values, for text of several scripts."""

import pytest
from support.data.search_documents import object_document, package_document
from support.fakes.brute_force_search import hit_of

from registry.services.search.matches import Match, matches_of
from registry.services.search.query.query_string import parse
from shared.index.search.clauses import Everything

LONG = "filler " * 100


def matches(query: str, text: str = "", **document: object) -> list[Match]:
    made = object_document("data/x.csv", text=text, **document)
    return matches_of(parse(query) or Everything(), hit_of(made, with_text=True))


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("viel CO₂zq hier", "co2ZQ"),
        ("viel co2zq hier", "CO₂zq"),
        ("x हिन्दीपाठ y", "हिन्दीपाठ"),
        ("日本語の文章です", "本語"),
        ("ภาษาไทย", "ไทย"),
        ("Straße 5", "STRASSE"),
        ("cafe\u0301 b", "caf\u00e9"),
        ("caf\u00e9 b", "cafe\u0301"),
        ("red, (wine)", '"red wine"'),
        ("ΣΟΦΟΣ", "σοφος"),
        ("½ liter", "½"),
        ("redwood", "red*"),
    ],
)
def test_a_word_is_found_in_the_text_however_it_is_written(text: str, query: str) -> None:
    assert matches(query, text) == [Match("content", text)]


@pytest.mark.parametrize(
    ("text", "query"),
    [("wines", "wine"), ("redwine", '"red wine"'), ("red and wine", '"red wine"'), ("prered", "red"), ("हिन्दी", "हिन")],
)
def test_what_is_not_the_word_is_no_reason(text: str, query: str) -> None:
    assert matches(query, text) == []


def test_a_snippet_is_the_text_around_the_first_word_found() -> None:
    [match] = matches("wine", f"{LONG} wine {LONG}")
    assert match.snippet is not None
    assert match.snippet.startswith("… ")
    assert match.snippet.endswith(" …")
    assert " wine filler" in match.snippet
    assert len(match.snippet) < 210


def test_only_what_is_asked_for_is_a_reason() -> None:
    meta = {"owner": "Zoë", "level": "3", "date": "2026-03-01"}
    assert matches("-wine", "beer") == []
    assert matches("content:x", "x") == [Match("content", "x")]
    assert matches("name_text:x", "x") == [Match("name", "data/x.csv")]
    assert matches("*.CSV", "x") == [Match("name", value="data/x.csv")]
    assert matches("ext:csv bucket:alpha kind:object") == [Match("ext", value=".csv")]
    assert matches("owner", meta=meta) == [Match("meta:/owner", value="Zoë")]
    assert matches("meta.owner:zoë", meta=meta) == [Match("meta:/owner", value="Zoë")]
    assert matches("meta.date:2026-04", meta=meta) == []
    assert matches("meta.date:2026-03-01", meta=meta) == [Match("meta:/date", value="2026-03-01")]
    assert matches("meta.level:3", meta=meta) == [Match("meta:/level", value="3")]
    assert matches("meta.level:>2", meta=meta) == [], "a string is no number"
    assert matches("meta.owner:Z*", meta=meta) == [Match("meta:/owner", value="Zoë")]


def test_reasons_of_a_package_are_limited_and_in_the_order_of_their_weight() -> None:
    package = package_document(
        "amy/wine", readme="wine", message="wine", meta={f"k{number}": "wine" for number in range(50)}
    )
    found = matches_of(parse("wine") or Everything(), hit_of(package, with_text=True))
    assert [match.field for match in found[:4]] == ["name", "message", "readme", "meta:/k0"]
    assert len(found) == 10
