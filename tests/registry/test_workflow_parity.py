"""Workflows accept and refuse the same pushes as the real client."""

import json
import subprocess
from typing import Any

import pytest
from support.environments import ROOT, environment

from registry.errors import WorkflowsBroken, WorkflowViolation
from registry.services.workflows.checks import DEFAULT, WorkflowService
from shared.testing.objects import FakeObjectStore

PLAIN = """
version: "1"
workflows:
  w: {name: W}
"""
FULL = """
version: {base: "1.1.0", catalog: "1.0"}
catalog: {anything: [1]}
is_workflow_required: false
default_workflow: strict
workflows:
  strict:
    name: Strict
    description: All there is
    handle_pattern: ^amy/|wine$
    metadata_schema: meta
    entries_schema: entries
    is_message_required: true
  same: {name: Same, metadata_schema: meta, entries_schema: twin}
  lonely: {name: Names what is not there, metadata_schema: nothing}
  crooked: {name: Crooked, handle_pattern: "("}
  empty: {name: Empty, handle_pattern: "", metadata_schema: "", entries_schema: ""}
  _-2: {name: Odd}
schemas:
  meta: {url: "s3://bucket/meta.json"}
  entries: {url: "s3://bucket/entries.json", note: fine}
  twin: {url: "s3://bucket/meta.json"}
successors:
  s3://published: {title: Published, copy_data: false}
"""
SCHEMAS = {
    "meta.json": json.dumps(
        {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "$id": "https://example.com/meta.json",
            "type": ["object", "array"],
            "required": ["season"],
            "properties": {
                "season": {"type": "integer", "multipleOf": 2},
                "tags": {"type": "array", "uniqueItems": True, "items": {"pattern": "^[a-z]+$"}},
                "code": {"if": {"type": "string"}, "then": {"minLength": 3}, "else": {"enum": [1, None]}},
            },
            "patternProperties": {"^x-": {"type": "string"}},
            "additionalProperties": {"type": "boolean"},
        }
    ),
    "entries.json": json.dumps(
        {
            "items": {
                "properties": {
                    "logical_key": {"pattern": r"\.(csv|md)$"},
                    "size": {"type": "integer", "maximum": 100},
                    "meta": {"additionalProperties": {"type": "string"}},
                }
            },
            "contains": {"properties": {"logical_key": {"const": "README.md"}}},
            "uniqueItems": True,
            "minItems": 1,
            "maxItems": 3,
        }
    ),
}
GOOD: dict[str, Any] = {
    "config": FULL,
    "schemas": SCHEMAS,
    "workflow": "default",
    "name": "amy/beer",
    "message": "Why",
    "meta": {"season": 2026, "tags": ["a", "b"], "x-note": "", "checked": True, "code": "abc"},
    "entries": {"README.md": [3, {}], "a/b.csv": [100, {"of": "x"}]},
}
SCHEMA_PUSH = {**GOOD, "workflow": "same", "entries": {}}


def config(text: str) -> dict[str, Any]:
    return {"config": text, "workflow": "w"}


def meta_schema(schema: Any, meta: Any = None) -> dict[str, Any]:
    """One workflow with this schema, and metadata for it."""
    text = schema if isinstance(schema, str) else json.dumps(schema)
    given = PLAIN.replace("{name: W}", "{name: W, metadata_schema: m}") + "schemas: {m: {url: 's3://bucket/m.json'}}\n"
    return {"config": given, "schemas": {"m.json": text}, "workflow": "w", "meta": meta}


def entries_schema(schema: Any, *names: str) -> dict[str, Any]:
    text = json.dumps(schema)
    given = PLAIN.replace("{name: W}", "{name: W, entries_schema: m}") + "schemas: {m: {url: 's3://bucket/m.json'}}\n"
    entries = {name: [len(name), {}] for name in names}
    return {"config": given, "schemas": {"m.json": text}, "workflow": "w", "meta": None, "entries": entries}


KEY_A = {"properties": {"logical_key": {"const": "a"}}}
KEY_B = {"properties": {"logical_key": {"const": "b"}}}
CASES: dict[str, dict[str, Any]] = {
    "all is well": {},
    "no configuration": {"config": None},
    "no configuration, and a workflow": {"config": None, "workflow": "w"},
    "no configuration, and expressly none": {"config": None, "workflow": None},
    "expressly none": {"workflow": None, "message": None, "meta": None},
    "expressly none, and one is required": {"config": PLAIN, "workflow": None},
    "no default, and one is required": {"config": PLAIN},
    "no default, and none is required": {"config": PLAIN + "is_workflow_required: false\n"},
    "default that is not there": {"config": PLAIN + "default_workflow: x\n"},
    "unknown": {"workflow": "W"},
    "without rules": {**config(PLAIN), "message": None, "meta": None, "entries": {}},
    "odd id": {"workflow": "_-2"},
    "empty rules": {"workflow": "empty", "message": ""},
    "no message": {"message": None},
    "empty message": {"message": ""},
    "name found at its end": {"name": "bob/wine"},
    "name not found": {"name": "bob/beer"},
    "pattern that is none": {"workflow": "crooked"},
    "two ids of one schema": {"workflow": "same"},
    "schema that is not named": {"workflow": "lonely"},
    "metadata of the wrong type": {"meta": {"season": "2026"}},
    "metadata incomplete": {"meta": {}},
    "no metadata": {"meta": None},
    "float that is whole": {"meta": {"season": 2026.0}},
    "float that is not": {"meta": {"season": 2026.5}},
    "odd number": {"meta": {"season": 2027}},
    "tags twice": {"meta": {"season": 2, "tags": ["a", "a"]}},
    "tag of other letters": {"meta": {"season": 2, "tags": ["ä"]}},
    "pattern property": {"meta": {"season": 2, "x-a": 1}},
    "additional property": {"meta": {"season": 2, "other": 1}},
    "then": {"meta": {"season": 2, "code": "ab"}},
    "else": {"meta": {"season": 2, "code": 1}},
    "else, a bool is no number": {"meta": {"season": 2, "code": True}},
    "entry too large": {"entries": {"README.md": [101, {}]}},
    "entry of another name": {"entries": {"README.md": [1, {}], "a.exe": [1, {}]}},
    "entry with other metadata": {"entries": {"README.md": [1, {"a": 1}]}},
    "no README": {"entries": {"a.csv": [1, {}]}},
    "no entries": {"entries": {}},
    "too many entries": {"entries": {"README.md": [1, {}], **{f"{n}.csv": [1, {}] for n in range(3)}}},
    "empty file": config(""),
    "no mapping": config("- a"),
    "no YAML": config("a: [b"),
    "tab": config("version:\t'1'\nworkflows: {w: {name: W}}\n\t"),
    "python object": config(PLAIN + "catalog: !!python/object:os.system {}\n"),
    "version as a number": config(PLAIN.replace('"1"', "1")),
    "version as a float": config(PLAIN.replace('"1"', "1.1")),
    "version 1.1": config(PLAIN.replace('"1"', '"1.1"')),
    "version 1.0.5": config(PLAIN.replace('"1"', '"1.0.5"')),
    "version 1.1.1": config(PLAIN.replace('"1"', '"1.1.1"')),
    "version 1.2": config(PLAIN.replace('"1"', '"1.2"')),
    "version 2": config(PLAIN.replace('"1"', '"2"')),
    "version 01": config(PLAIN.replace('"1"', '"01"')),
    "version 1.01": config(PLAIN.replace('"1"', '"1.01"')),
    "version with a line feed": config(PLAIN.replace('"1"', '"1\\n"')),
    "version of two": config(PLAIN.replace('"1"', '{base: "1"}')),
    "version without base": config(PLAIN.replace('"1"', '{catalog: "1"}')),
    "version of three": config(PLAIN.replace('"1"', '{base: "1", other: "1"}')),
    "no version": config("workflows: {w: {name: W}}"),
    "no workflows": config('version: "1"'),
    "empty workflows": config('version: "1"\nworkflows: {}'),
    "unknown key": config(PLAIN + "other: 1\n"),
    "unknown key of a workflow": config(PLAIN.replace("{name: W}", "{name: W, other: 1}")),
    "catalog's key of a workflow": config(PLAIN.replace("{name: W}", "{name: W, catalog: {1: 2}}")),
    "workflow without a name": config(PLAIN.replace("{name: W}", "{description: D}")),
    "workflow with an empty name": config(PLAIN.replace("{name: W}", "{name: ''}")),
    "workflow with an empty description": config(PLAIN.replace("{name: W}", "{name: W, description: ''}")),
    "workflow that is null": config(PLAIN.replace("{name: W}", "")),
    "message as text": config(PLAIN.replace("{name: W}", "{name: W, is_message_required: 'yes'}")),
    "message as YAML's yes": {
        **config(PLAIN.replace("{name: W}", "{name: W, is_message_required: yes}")),
        "message": None,
    },
    "id with a space": config(PLAIN + "  'a b': {name: B}\n"),
    "id with a digit first": config(PLAIN + "  '1a': {name: B}\n"),
    "id that is a number": config(PLAIN + "  1: {name: B}\n"),
    "id of 64": config(PLAIN + f"  {'a' * 64}: {{name: B}}\n"),
    "id of 65": config(PLAIN + f"  {'a' * 65}: {{name: B}}\n"),
    "default that is null": config(PLAIN + "default_workflow:\n"),
    "empty schemas": config(PLAIN + "schemas: {}\n"),
    "schema without a URL": config(PLAIN + "schemas: {m: {}}\n"),
    "schema elsewhere, not used": config(PLAIN + "schemas: {m: {url: 'https://example.com'}}\n"),
    "empty successors": config(PLAIN + "successors: {}\n"),
    "successor without a title": config(PLAIN + "successors: {s3://a: {copy_data: true}}\n"),
    "successor with more": config(PLAIN + "successors: {s3://a: {title: A, more: 1}}\n"),
    "successor that is no URL": config(PLAIN + "successors: {a: {title: A}}\n"),
    "anchors": config('version: "1"\nworkflows: {v: &v {name: W}, w: *v}'),
    "merge key": config('version: "1"\nworkflows: {v: &v {name: W}, w: {<<: *v}}'),
    "key twice": config(PLAIN + 'version: "1"\n'),
    "schema that is true": meta_schema(True),
    "schema that is false": meta_schema(False),
    "schema that is a list": meta_schema([]),
    "schema that is no JSON": meta_schema("{"),
    "schema with a comma too many": meta_schema('{"type": "object",}'),
    "schema that is empty": meta_schema(""),
    "schema of no type": meta_schema({"type": "thing"}),
    "schema with no pattern": meta_schema({"properties": {"a": {"pattern": "("}}}),
    "schema of draft 4": meta_schema({"$schema": "http://json-schema.org/draft-04/schema#"}),
    "schema of draft 7 without a hash sign": meta_schema({"$schema": "http://json-schema.org/draft-07/schema"}),
    "schema of draft 2020": meta_schema({"$schema": "https://json-schema.org/draft/2020-12/schema"}),
    "schema of draft 1": meta_schema({"$schema": 1}),
    "schema with a reference to itself": meta_schema({"definitions": {"a": {}}, "$ref": "#/definitions/a"}),
    "schema with a reference elsewhere": meta_schema({"allOf": [{"$ref": "https://example.com/s.json"}]}),
    "schema with a property called $ref": meta_schema({"properties": {"$ref": {}}}),
    "schema with an odd $id": meta_schema({"$id": "http://[", "properties": {"a": {"$id": "x y"}}}, {"a": 1}),
    "formats are not checked": meta_schema({"properties": {"a": {"format": "email"}}}, {"a": "nobody"}),
    "dependencies": meta_schema({"dependencies": {"a": ["b"]}}, {"a": 1}),
    "names of properties": meta_schema({"propertyNames": {"maxLength": 1}}, {"ab": 1}),
    "metadata is an object even without any": meta_schema({"type": "object"}),
    "true is no number": meta_schema({"properties": {"a": {"type": "number"}}}, {"a": True}),
    "one is not true": meta_schema({"properties": {"a": {"const": True}}}, {"a": 1}),
    "one is one": meta_schema({"properties": {"a": {"const": 1}}}, {"a": 1.0}),
    "one twice": meta_schema({"properties": {"a": {"uniqueItems": True}}}, {"a": [1, 1.0]}),
    "one and true": meta_schema({"properties": {"a": {"uniqueItems": True}}}, {"a": [1, True]}),
    "objects twice": meta_schema({"properties": {"a": {"uniqueItems": True}}}, {"a": [{"x": 1}, {"x": 1.0}]}),
    "look behind": meta_schema({"properties": {"a": {"pattern": "(?<=a)b(?!c)"}}}, {"a": "abd"}),
    "line feed at the end": meta_schema({"properties": {"a": {"pattern": "^a$"}}}, {"a": "a\n"}),
    "every letter": meta_schema({"properties": {"a": {"pattern": r"^\w+$"}}}, {"a": "été日本"}),
    "entries: all must not be": entries_schema(False, "a"),
    "entries: none, and none may be": entries_schema({"items": False}),
    "entries: an object is wanted": entries_schema({"type": "object"}),
    "entries: an array is wanted": entries_schema({"type": ["array", "null"]}, "a"),
    "entries: by their place": entries_schema({"items": [KEY_A, KEY_B], "additionalItems": False}, "a", "b"),
    "entries: by their place, one more": entries_schema({"items": [KEY_A, KEY_B], "additionalItems": False}, *"abc"),
    "entries: in walk order": entries_schema(
        {"items": [{"properties": {"logical_key": {"const": "a/b"}}}]}, "a-b", "a.txt", "a/b"
    ),
    "entries: additional alone": entries_schema({"items": {}, "additionalItems": False}, "a"),
    "entries: all of": entries_schema({"allOf": [{"contains": KEY_A}, {"contains": KEY_B}]}, "a"),
    "entries: any of": entries_schema({"anyOf": [{"contains": KEY_A}, {"contains": KEY_B}]}, "b"),
    "entries: none of any": entries_schema({"anyOf": [{"contains": KEY_A}, {"contains": KEY_B}]}, "c"),
    "entries: one of": entries_schema({"oneOf": [{"contains": KEY_A}, {"contains": KEY_B}]}, "a", "b"),
    "entries: not": entries_schema({"not": {"contains": KEY_A}}, "a"),
    "entries: if": entries_schema({"if": {"contains": KEY_A}, "then": {"contains": KEY_B}}, "a"),
    "entries: else": entries_schema({"if": {"contains": KEY_A}, "else": {"contains": KEY_B}}, "c"),
    "entries: const": entries_schema({"const": [{"logical_key": "a", "size": 1, "meta": {}}]}, "a"),
    "entries: another const": entries_schema({"const": [{"logical_key": "a", "size": 1, "meta": {}}]}, "a", "b"),
    "entries: enum": entries_schema({"enum": [[], 1]}),
    "entries: rules for objects do not matter": entries_schema({"required": ["x"], "maxProperties": 0}, "a"),
}


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Verdicts of the real client, by the name of the case."""
    done = subprocess.run(
        [
            environment("client") / "bin" / "python",
            ROOT / "tests" / "support" / "foreign" / "workflow_verdicts.py",
            tmp_path_factory.mktemp("registries"),
        ],
        input=json.dumps([{**GOOD, **case} for case in CASES.values()]),
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(zip(CASES, json.loads(done.stdout.splitlines()[-1]), strict=True))


@pytest.mark.parametrize("name", CASES)
async def test_workflows_decide_as_the_client_does(verdicts: dict[str, dict[str, Any]], name: str) -> None:
    case = {**GOOD, **CASES[name]}
    objects = FakeObjectStore("bucket")
    if case["config"] is not None:
        await objects.put("bucket", ".quilt/workflows/config.yml", case["config"].encode())
    for key, text in case["schemas"].items():
        await objects.put("bucket", key, text.encode())
    refusal = header = None
    try:
        header = await checked_header(WorkflowService(objects), case)
    except (WorkflowViolation, WorkflowsBroken) as error:
        refusal = str(error)
    assert (refusal is None) is verdicts[name]["takes"], (refusal, verdicts[name])
    if refusal is None:
        assert _without_versions(header) == verdicts[name]["header"]


def test_the_table_has_cases_that_the_client_accepts_and_refuses(verdicts: dict[str, dict[str, Any]]) -> None:
    taken = [name for name in CASES if verdicts[name]["takes"]]
    assert (len(CASES) > 100, 30 < len(taken) < len(CASES) - 30) == (True, True)


async def checked_header(workflows: WorkflowService, case: dict[str, Any]) -> dict[str, Any] | None:
    """`workflow` of the manifest's header. Raises WorkflowViolation or WorkflowsBroken."""
    choice = DEFAULT if case["workflow"] == "default" else case["workflow"]
    rules = await workflows.rules("bucket", choice)
    if rules is None:
        return None
    await rules.require(case["name"], case["message"], case["meta"])
    if check := rules.entry_check():
        for key in sorted(case["entries"], key=lambda key: key.split("/")):
            size, meta = case["entries"][key]
            check.add(key, size, {"user_meta": meta} if meta else {})
        check.finish()
    return rules.header


def _without_versions(header: dict[str, Any] | None) -> Any:
    """The header without versions of objects, which the client's local registries do not have."""
    text = json.dumps(header)
    for number in range(5):
        text = text.replace(f"?versionId=v{number}", "")
    return json.loads(text)
