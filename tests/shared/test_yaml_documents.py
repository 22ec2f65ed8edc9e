"""YAML of users: valid documents are read as YAML defines, and hostile ones are refused before they take time or memory."""

from typing import Any

import pytest
import yaml  # noqa: TID251 – what load_yaml is compared with
from hypothesis import given
from hypothesis import strategies as st
from support.faults.yaml_bombs import BOMBS, alias_bomb

from shared.yaml_documents import MAX_YAML_BYTES, MAX_YAML_DEPTH, MAX_YAML_NODES, YamlRefused, load_yaml

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**90), 10**90) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text(max_size=3), below, max_size=4),
    max_leaves=20,
)


@given(value=_JSON, flow=st.booleans())
def test_a_document_that_is_written_as_yaml_is_read_back(value: Any, flow: bool) -> None:  # noqa: FBT001 – an example
    assert load_yaml(yaml.safe_dump(value, default_flow_style=flow)) == value


@given(text=st.text(st.sampled_from("&a *b<:{}[]!?|>-1x.\n\"'#%~=,0e"), max_size=60))
def test_any_text_is_read_as_by_pyyaml_or_refused(text: str) -> None:
    try:
        found = load_yaml(text)
    except YamlRefused:
        return
    assert repr(found) == repr(yaml.safe_load(text))


def test_yaml_anchors_aliases_and_merge_keys_are_applied() -> None:
    text = """
base: &base {a: 1, b: 2}
more: &more {b: 3, c: 4}
one: {<<: *base, b: 5}
two: {<<: [*base, *more]}
list: [*base, *base]
"""
    base = {"a": 1, "b": 2}
    assert load_yaml(text.encode()) == {
        "base": base,
        "more": {"b": 3, "c": 4},
        "one": {"a": 1, "b": 5},
        "two": {"a": 1, "b": 2, "c": 4},
        "list": [base, base],
    }


@pytest.mark.parametrize("name", BOMBS)
def test_yaml_that_expands_to_too_much_is_refused(name: str) -> None:
    with pytest.raises(
        YamlRefused, match=r"^With its aliases written out, the YAML has more than \d+ (values|characters)$"
    ):
        load_yaml(BOMBS[name])


def test_yaml_aliases_within_the_limit_are_expanded() -> None:
    assert len(load_yaml(alias_bomb(3))["l3"]) == 10


def test_values_of_yaml_are_counted_with_aliases_expanded() -> None:
    part = "a: &a [" + "1, " * 97 + "1]\nb: [{}]"
    spare = MAX_YAML_NODES // 99 - 2
    assert len(load_yaml(part.format(", ".join(["*a"] * spare)))["b"]) == spare
    with pytest.raises(YamlRefused, match="more than 50000 values"):
        load_yaml(part.format(", ".join(["*a"] * (spare + 3))))


@pytest.mark.parametrize(
    "deep",
    [
        lambda levels: "[" * levels + "]" * levels,
        lambda levels: "{a: " * (levels - 1) + "{}" + "}" * (levels - 1),
        lambda levels: "\n".join(" " * n + "-" for n in range(levels - 1)) + " []",
    ],
)
def test_the_depth_of_yaml_is_limited(deep: Any) -> None:
    assert load_yaml(deep(MAX_YAML_DEPTH))
    for levels in (MAX_YAML_DEPTH + 1, 5_000):
        with pytest.raises(YamlRefused, match="nested more than 64 levels deep"):
            load_yaml(deep(levels)[:MAX_YAML_BYTES])


def test_the_depth_of_yaml_is_counted_through_aliases() -> None:
    text = "l0: &l0 []\n" + "".join(f"l{n}: &l{n} [*l{n - 1}]\n" for n in range(1, MAX_YAML_DEPTH + 1))
    with pytest.raises(YamlRefused, match="nested more than 64 levels deep"):
        load_yaml(text)


def test_the_size_of_yaml_is_limited_in_bytes() -> None:
    assert load_yaml("x" * MAX_YAML_BYTES) == "x" * MAX_YAML_BYTES
    for text in ("x" * (MAX_YAML_BYTES + 1), "é" * (MAX_YAML_BYTES // 2 + 1), b"\xff" * (MAX_YAML_BYTES + 1)):
        with pytest.raises(YamlRefused, match="larger than 100 KB"):
            load_yaml(text)


@pytest.mark.parametrize("text", ["&a [*a]", "&a {<<: *a}", "a: &a {b: {<<: [*a]}}", "&a {? *a : 1}"])
def test_a_yaml_alias_inside_of_its_own_value_is_refused(text: str) -> None:
    with pytest.raises(YamlRefused, match="is inside of the value to which it refers"):
        load_yaml(text)


@pytest.mark.parametrize(
    "text",
    [
        "a: 0x" + "f" * 10_000,
        "a: " + "9" * 101,
        "a: 1:1" + ":1" * 3_000 + ".5",
        "a: !!int {=: !!str 0x" + "f" * 10_000 + "}",
    ],
)
def test_a_yaml_number_that_cannot_be_printed_is_refused(text: str) -> None:
    with pytest.raises(YamlRefused, match="more than 100 characters"):
        load_yaml(text)


@pytest.mark.parametrize(
    "text",
    [
        "a: [",
        "*a",
        "a: 1\n---\nb: 1",
        "a: !!python/object/apply:os.system [true]",
        "? [a]\n: b",
        "!!timestamp x",
        "!!bool x",
        "!!int ''",
        "2020-99-99",
        '"\\ud800"',
        "\ud800",
        "\x00",
        b"\xff\xfe",
    ],
)
def test_text_that_is_not_yaml_is_refused(text: str | bytes) -> None:
    with pytest.raises(YamlRefused, match=r"^This is not valid YAML: ."):
        load_yaml(text)
