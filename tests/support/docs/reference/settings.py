"""Every setting of the services, from their models."""

import ast
import inspect
import json
import textwrap
import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings
from support.docs.reference.markdown import code, page, table
from support.docs.reference.services import PACKAGES, SERVICES

from registry.canary.settings import CanarySettings


def settings_page() -> str:
    models: dict[str, type[BaseSettings]] = {**SERVICES, "canary": CanarySettings}
    parts = [
        f"## {name}\n\n" + table("variable", "type", "default", "", rows=list(setting_rows(model)))
        for name, model in models.items()
    ]
    introduction = (
        "Each service reads its settings from the environment. `<NAME>` stands for a name that you choose. A variable with\n"
        "`_FILE` at its end names a file that holds the value, which suits secrets. Lists and sets are written in JSON.\n"
        "A setting without a default is required; where its whole group is optional, once a variable of the group is set."
    )
    return page("Settings", "the services' `settings.py`", introduction, *parts)


def setting_rows(model: type[BaseSettings]) -> Iterator[tuple[str, ...]]:
    yield from rows_of_model(model, str(model.model_config.get("env_prefix", "")))


def rows_of_model(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, ...]]:
    texts = attribute_texts(model)
    for name, field in model.model_fields.items():
        alias = field.validation_alias
        variable = alias if isinstance(alias, str) else prefix + name.upper()
        member, is_named = nested_model(field.annotation)
        if member:
            yield from rows_of_model(member, f"{variable}__<NAME>__" if is_named else f"{variable}__")
        else:
            yield code(variable), type_text(field.annotation), default_text(field), texts.get(name, "")


def nested_model(annotation: Any) -> tuple[type[BaseModel] | None, bool]:
    """The group of settings that a field holds, and whether it holds several by name."""
    for part in union_parts(annotation):
        if get_origin(part) is dict:
            return nested_model(get_args(part)[1])[0], True
        if isinstance(part, type) and issubclass(part, BaseModel):
            return part, False
    return None, False


def union_parts(annotation: Any) -> list[Any]:
    if get_origin(annotation) in {Union, types.UnionType}:
        return [part for each in get_args(annotation) for part in union_parts(each)]
    return [annotation]


def type_text(annotation: Any) -> str:
    parts = [part for part in union_parts(annotation) if part is not type(None)]
    return " or ".join(map(part_text, parts))


def part_text(part: Any) -> str:
    origin, arguments = get_origin(part), get_args(part)
    if origin is Annotated:
        return type_text(arguments[0])
    if origin is Literal:
        return ", ".join(code(each) if each else "empty" for each in arguments)
    if origin in {list, set, frozenset, tuple}:
        return f"list of {type_text(arguments[0])}"
    names: dict[Any, str] = {SecretStr: "secret", str: "text", int: "integer", float: "number", bool: "true or false"}
    return names.get(part, getattr(part, "__name__", str(part)))


def default_text(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True, validated_data={})
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if value in (None, "", PydanticUndefined) or (isinstance(value, (frozenset, tuple)) and not value):
        return "none"
    if isinstance(value, (frozenset, tuple)):
        return code(json.dumps(sorted(value)))
    return code(str(value).lower() if isinstance(value, bool) else value)


def attribute_texts(model: type[BaseModel]) -> dict[str, str]:
    """Field to the docstring below it in the source, those of base classes included."""
    found: dict[str, str] = {}
    for each in reversed(model.__mro__):
        if issubclass(each, BaseModel) and each.__module__.partition(".")[0] in PACKAGES:
            found |= texts_below_fields(each)
    return found


def texts_below_fields(model: type[BaseModel]) -> dict[str, str]:
    body = ast.parse(textwrap.dedent(inspect.getsource(model))).body[0]
    assert isinstance(body, ast.ClassDef)
    return {
        field.target.id: text
        for field, below in zip(body.body, body.body[1:], strict=False)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and (text := text_of(below))
    }


def text_of(node: ast.AST) -> str:
    is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    return str(node.value.value) if is_text else ""  # type: ignore[attr-defined]
