"""Untrusted schemas, patterns and configurations: verdicts equal to the plain validator's, in bounded time and memory."""

import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from typing_extensions import override

from registry.errors import WorkflowsBroken
from registry.services.workflows.config import MAX_CONFIG_BYTES, parse_config
from registry.services.workflows.entry_rules import rule_of
from registry.services.workflows.json_schema import CheckTooSlow, SchemaUnusable, load_schema, pattern_found

_SLOW = "(a+)+$|(a|aa)+$"

_ITEM = st.sampled_from(
    [
        True,
        False,
        {"properties": {"size": {"maximum": 2}}},
        {"properties": {"logical_key": {"pattern": "a"}}},
        {"required": ["meta"], "properties": {"meta": {"minProperties": 1}}},
    ]
)
_FLAT = st.fixed_dictionaries(
    {},
    optional={
        "items": st.one_of(_ITEM, st.lists(_ITEM, max_size=2)),
        "additionalItems": _ITEM,
        "contains": _ITEM,
        "minItems": st.integers(0, 3),
        "maxItems": st.integers(0, 3),
        "uniqueItems": st.booleans(),
        "type": st.sampled_from(["array", "object", ["array", "null"]]),
        "const": st.sampled_from([[], 1]),
        "required": st.just(["x"]),
    },
).filter(lambda schema: not isinstance(schema.get("items"), bool) or "additionalItems" not in schema)
_SCHEMA = st.recursive(
    st.one_of(st.booleans(), _FLAT),
    lambda below: st.fixed_dictionaries(
        {},
        optional={
            "allOf": st.lists(below, min_size=1, max_size=2),
            "anyOf": st.lists(below, min_size=1, max_size=2),
            "oneOf": st.lists(below, min_size=1, max_size=2),
            "not": below,
            "if": below,
            "then": below,
            "else": below,
            "maxItems": st.integers(0, 3),
        },
    ),
    max_leaves=6,
)
_ENTRIES = st.dictionaries(
    st.sampled_from("abcd"), st.tuples(st.integers(0, 4), st.sampled_from([{}, {"k": 1}])), max_size=4
).map(lambda found: [{"logical_key": key, "size": size, "meta": meta} for key, (size, meta) in sorted(found.items())])


@given(schema=_SCHEMA, entries=_ENTRIES)
def test_entries_added_one_by_one_get_the_verdict_of_their_array(schema: Any, entries: list[dict[str, Any]]) -> None:
    rule = rule_of(schema)
    for index, entry in enumerate(entries):
        rule.add(index, entry)
    assert (not rule.violations()) is Draft7Validator(schema).is_valid(entries)


_LEAF = st.sampled_from([None, True, False, 0, 1, 1.0, 2, 2.5, "", "a", "ab", "b"])
_JSON = st.recursive(
    _LEAF,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.sampled_from(["a", "ab", "b"]), below, max_size=3),
    max_leaves=8,
)
_RULES = st.recursive(
    st.sampled_from([True, False, {}, {"type": "string"}, {"type": "number"}, {"minLength": 1}, {"const": 1}]),
    lambda below: st.fixed_dictionaries(
        {},
        optional={
            "properties": st.fixed_dictionaries({}, optional={"a": below, "b": below}),
            "patternProperties": st.dictionaries(st.sampled_from(["^a", "b$"]), below, max_size=2),
            "additionalProperties": below,
            "propertyNames": below,
            "items": below,
            "uniqueItems": st.booleans(),
            "pattern": st.sampled_from(["^a", "b"]),
            "dependencies": st.fixed_dictionaries({}, optional={"a": st.just(["b"]), "b": below}),
            "required": st.sampled_from([[], ["a"]]),
            "anyOf": st.lists(below, min_size=1, max_size=2),
            "not": below,
        },
    ),
    max_leaves=6,
)


@given(schema=_RULES, instance=_JSON)
def test_documents_get_the_verdict_of_the_plain_validator(schema: Any, instance: Any) -> None:
    limited = load_schema(json.dumps(schema).encode())
    assert limited.accepts(instance) is Draft7Validator(schema).is_valid(instance)
    for violation in limited.violations(instance, "/metadata", 10):
        assert _at(instance, violation.path.removeprefix("/metadata")) is not _Nothing


class _Nothing: ...


def _at(document: Any, pointer: str) -> Any:
    for part in pointer.split("/")[1:]:
        try:
            document = document[int(part) if isinstance(document, list) else part]
        except (LookupError, TypeError, ValueError):
            return _Nothing
    return document


def test_checking_entries_takes_memory_that_does_not_grow_with_the_package() -> None:
    rule = rule_of({"items": {"properties": {"size": {"minimum": 0}}}, "contains": False, "enum": [[{}]]})
    tracemalloc.start()
    for index in range(5_000):
        rule.add(index, {"logical_key": f"{index:0200}", "size": index, "meta": {}})
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 500_000
    assert rule.violations()


def test_a_pattern_with_exponential_backtracking_is_too_slow() -> None:
    with pytest.raises(CheckTooSlow):
        pattern_found(_SLOW, "a" * 40 + "b")


class CountingItem(dict[str, int]):
    """An item that counts the lookups by which a validator compares it with another."""

    comparisons = 0

    @override
    def __contains__(self, key: object) -> bool:
        CountingItem.comparisons += 1
        return super().__contains__(key)


def test_unique_items_are_checked_without_comparing_all_pairs() -> None:
    items = [CountingItem(n=n) for n in range(1_000)]
    unique = load_schema(b'{"uniqueItems": true}')
    assert unique.accepts(items)
    assert not unique.accepts([*items, items[0]])
    assert CountingItem.comparisons <= len(items)


def test_two_thousand_items_are_checked_against_an_enum_in_the_time_of_one_check() -> None:
    schema = {"items": {"enum": [[n] for n in range(200)]}}
    assert load_schema(json.dumps(schema).encode()).accepts([[n % 200] for n in range(2_000)])


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"\xff", "not valid JSON"),
        (b"[" * 100_000, "too deep"),
        (b'{"a":' * 100_000, "too deep"),
        (b'{"not":' * 500 + b"true" + b"}" * 500, "too deep"),
        (b" " * (2 << 20), "larger than"),
        (b'{"minLength": -1}', "/minLength"),
        (b'{"$ref": "#"}', r"\$ref"),
        (b'{"anyOf": [' + b"{}," * 5_000 + b"{}]}", "more than 5000 subschemas"),
        (b'{"pattern": "("}', "/pattern"),
    ],
)
def test_an_invalid_schema_is_refused_with_its_reason(body: bytes, why: str) -> None:
    with pytest.raises((SchemaUnusable, CheckTooSlow), match=why):
        load_schema(body).accepts({})


def test_the_check_of_a_schema_itself_ends_at_its_time_limit() -> None:
    subschemas = b'{"anyOf": [' + b"true," * 100_000 + b"true]}"
    with pytest.raises(CheckTooSlow):
        load_schema(subschemas, timeout_seconds=0.02)


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe",
        b"[" * 100_000,
        b"x" * (MAX_CONFIG_BYTES + 1),
        b"a: &a [*a]",
        b"catalog:\n  a: &a [1,2,3,4,5,6,7,8,9]\n"
        + b"".join(b"  %c: &%c [%s]\n" % (c, c, b",".join([b"*%c" % (c - 1)] * 9)) for c in range(ord("b"), ord("k")))
        + b"version: '1'\nworkflows: {w: {name: W}}\n",
        b"version: !!timestamp x",
        b"version: !!int ''",
        b"version: !!bool x",
        b"version: 2020-99-99",
        b"? [a]\n: b",
        b"version: 0x" + b"f" * 10_000,
        b"version: '1'\nworkflows: {w: {name: \"\\ud800\"}}",
        b"version: '" + b"1" * 5000 + b"'\nworkflows: {w: {name: W}}",
    ],
)
def test_an_invalid_configuration_is_broken(body: bytes) -> None:
    with pytest.raises(WorkflowsBroken, match=r"s3://bucket/config\.yml"):
        parse_config(body, "s3://bucket/config.yml")
