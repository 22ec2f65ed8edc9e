"""JSON Schema of draft 7 from untrusted authors: without references, in bounded time."""

import asyncio
import json
import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from functools import lru_cache, partial
from itertools import islice
from time import thread_time
from typing import Any, Final, ParamSpec, TypeVar

import regex
from jsonschema import Draft7Validator, ValidationError, validators
from jsonschema.exceptions import best_match

from shared.schemas.workflow import Violation

MAX_SCHEMA_BYTES: Final = 1 << 20
MAX_SUBSCHEMAS: Final = 5_000
"""JSON objects in a schema: each subschema is one, unless it is true or false."""
CHECK_TIMEOUT_SECONDS: Final = 5.0
"""CPU time of the thread for one document, or for a schema itself."""
MAX_CONCURRENT_CHECKS: Final = 2
_DRAFT_7: Final = "http://json-schema.org/draft-07/schema#"
_MAX_MESSAGE_CHARACTERS: Final = 300

_PATTERN_TIMEOUT_SECONDS: Final = 1.0

_THREADS: Final = ThreadPoolExecutor(MAX_CONCURRENT_CHECKS, thread_name_prefix="schemas")

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")

_deadline: ContextVar[float] = ContextVar("deadline", default=float("inf"))
"""End of the present check, by the thread's CPU clock."""


class SchemaUnusable(Exception):
    """A schema or a pattern that cannot be used; the text says why."""


class CheckTooSlow(Exception):
    """A check of a schema or pattern that exceeds its time."""

    def __init__(self) -> None:
        super().__init__("it takes too long to check: simplify the schema or pattern")


class Schema:
    def __init__(self, document: Any) -> None:
        self.document = document
        self._validator = _Limited(document)

    def violations(self, instance: Any, pointer: str, most: int = 1) -> list[Violation]:
        """Up to `most` violations by `instance`, which is at the JSON pointer. Raises CheckTooSlow or SchemaUnusable."""
        return [
            Violation(path=pointer + pointer_of(error.absolute_path), message=shortened(error.message))
            for error in self._errors(instance, most)
        ]

    def accepts(self, instance: Any) -> bool:
        return not self._errors(instance, 1)

    def _errors(self, instance: Any, most: int) -> list[ValidationError]:
        try:
            with _time_limit(CHECK_TIMEOUT_SECONDS):
                found = list(islice(self._validator.iter_errors(instance), most))
        except RecursionError:
            raise CheckTooSlow from None
        except (ArithmeticError, TypeError, ValueError) as error:
            raise SchemaUnusable(f"it cannot be applied: {shortened(str(error))}") from error
        return [best_match(iter([error])) or error for error in found]


async def run_check(check: Callable[Parameters, Result], *args: Parameters.args, **named: Parameters.kwargs) -> Result:
    """The result of a check, which runs in one of the threads for checks."""
    return await asyncio.get_running_loop().run_in_executor(
        _THREADS, partial(copy_context().run, check, *args, **named)
    )


def load_schema(body: bytes, timeout_seconds: float = CHECK_TIMEOUT_SECONDS) -> Schema:
    """Raises SchemaUnusable or CheckTooSlow. `timeout_seconds`: CPU time of the thread."""
    if len(body) > MAX_SCHEMA_BYTES:
        raise SchemaUnusable(f"it is larger than {MAX_SCHEMA_BYTES >> 20} MiB")
    try:
        document = json.loads(body.decode(), object_hook=_SubschemaCounter().count)
        dialect = document.get("$schema", _DRAFT_7) if isinstance(document, dict) else _DRAFT_7
        if dialect != _DRAFT_7:
            raise SchemaUnusable(f"$schema must be {_DRAFT_7}, not {shortened(repr(dialect))}")
        with _time_limit(timeout_seconds):
            error = next(_METASCHEMA.iter_errors(document), None)
        if error:
            error = best_match(iter([error])) or error
            where = pointer_of(error.absolute_path) or "the schema"
            raise SchemaUnusable(f"it is not a valid JSON Schema: {where}: {shortened(error.message)}")
    except RecursionError as error:
        raise SchemaUnusable("it is nested too deep") from error
    except ValueError as error:
        raise SchemaUnusable(f"it is not valid JSON: {shortened(str(error))}") from error
    return Schema(document)


def pattern_found(pattern: str, text: str) -> bool:
    """True if the pattern matches anywhere in the text, as `re.search`. Raises SchemaUnusable or CheckTooSlow."""
    return _is_found(pattern, text, thread_time() + _PATTERN_TIMEOUT_SECONDS)


def pointer_of(path: Iterable[object]) -> str:
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def shortened(message: str) -> str:
    return message if len(message) <= _MAX_MESSAGE_CHARACTERS else f"{message[: _MAX_MESSAGE_CHARACTERS - 1]}…"


class _SubschemaCounter:
    def __init__(self) -> None:
        self._count = 0

    def count(self, found: dict[str, Any]) -> dict[str, Any]:
        """The same object. Raises SchemaUnusable for one that is too much, or that has a reference."""
        self._count += 1
        if self._count > MAX_SUBSCHEMAS:
            raise SchemaUnusable(f"it has more than {MAX_SUBSCHEMAS} subschemas")
        if "$ref" in found:
            raise SchemaUnusable("it has a $ref; references are not supported")
        return found


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    _deadline.set(thread_time() + seconds)
    try:
        yield
    finally:
        _deadline.set(float("inf"))


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> Any:
    try:
        re.compile(pattern)
        return regex.compile(pattern, regex.VERSION0)
    except (re.error, regex.error, RecursionError, OverflowError) as error:
        raise SchemaUnusable(f"{shortened(repr(pattern))} is not a valid regular expression: {error}") from error


def _is_found(pattern: str, text: str, deadline: float) -> bool:
    compiled = _compiled(pattern)
    try:
        return (
            compiled.search(text, timeout=max(min(deadline - thread_time(), CHECK_TIMEOUT_SECONDS), 0.01)) is not None
        )
    except TimeoutError:
        raise CheckTooSlow from None


_Keyword = Callable[[Any, Any, Any, Any], Iterable[ValidationError] | None]


def _timed(keyword: _Keyword) -> _Keyword:
    def check(validator: Any, value: Any, instance: Any, schema: Any) -> Iterable[ValidationError] | None:
        if thread_time() > _deadline.get():
            raise CheckTooSlow
        return keyword(validator, value, instance, schema)

    return check


def _pattern(_: Any, pattern: str, instance: Any, __: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not _is_found(pattern, instance, _deadline.get()):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _pattern_properties(validator: Any, patterns: Any, instance: Any, _: Any) -> Iterator[ValidationError]:
    if isinstance(instance, dict):
        for pattern, schema in patterns.items():
            for name, value in instance.items():
                if _is_found(pattern, name, _deadline.get()):
                    yield from validator.descend(value, schema, path=name, schema_path=pattern)


def _additional_properties(validator: Any, rule: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if not isinstance(instance, dict):
        return
    named, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    for name, value in instance.items():
        if name in named or any(_is_found(pattern, name, _deadline.get()) for pattern in patterns):
            continue
        if isinstance(rule, dict):
            yield from validator.descend(value, rule, path=name)
        elif not rule:
            yield ValidationError(f"{name!r} is not allowed here", path=[name])


def _unique_items(_: Any, wanted: Any, instance: Any, __: Any) -> Iterator[ValidationError]:
    if not wanted or not isinstance(instance, list):
        return
    seen = set()
    for index, item in enumerate(instance):
        text = _canonical(item)
        if text in seen:
            yield ValidationError(f"item {index} is a duplicate", path=[index])
            return
        seen.add(text)


def _canonical(item: Any) -> str:
    """Equal texts for values that JSON Schema calls equal: 1 and 1.0 are, 1 and true are not."""
    return json.dumps(_with_integers(item), sort_keys=True)


def _with_integers(item: Any) -> Any:
    if isinstance(item, dict):
        return {name: _with_integers(each) for name, each in item.items()}
    if isinstance(item, list):
        return [_with_integers(each) for each in item]
    return int(item) if isinstance(item, float) and item.is_integer() else item


_Limited = validators.extend(  # type: ignore[no-untyped-call]
    Draft7Validator,
    {
        name: _timed(keyword)
        for name, keyword in {
            **Draft7Validator.VALIDATORS,
            "pattern": _pattern,
            "patternProperties": _pattern_properties,
            "additionalProperties": _additional_properties,
            "uniqueItems": _unique_items,
        }.items()
        if name not in {"$ref", "format"}
    },
)
_Metaschema = validators.extend(  # type: ignore[no-untyped-call]
    Draft7Validator, {name: _timed(keyword) for name, keyword in Draft7Validator.VALIDATORS.items()}
)
_METASCHEMA: Final = _Metaschema(Draft7Validator.META_SCHEMA, format_checker=Draft7Validator.FORMAT_CHECKER)
