"""Documents before they are executed: parsed, measured and validated in threads, and remembered, the refused ones too."""

import asyncio
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock
from typing import Any, Final

from cachetools import LRUCache
from graphql import (
    ASTValidationRule,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLSyntaxError,
    Node,
    ValidationContext,
    parse,
    specified_rules,
    validate,
)
from typing_extensions import override

from registry.errors import QueryRefused, QueryTooSlow
from registry.graphql.executable import SCHEMA
from registry.graphql.limits import (
    MAX_DEPTH,
    MAX_EQUAL_NAMES,
    MAX_FIELDS,
    MAX_FRAGMENTS,
    MAX_TOKENS,
    DocumentSize,
    measure,
    measure_names,
)

VALIDATION_TIMEOUT_SECONDS = 2.0
"""Time for a document to be parsed and validated, and to wait for that."""
MAX_CONCURRENT_VALIDATIONS = 2
MAX_CACHED_DOCUMENTS, MAX_CACHED_CHARACTERS = 128, 5_000
"""Accepted documents that are cached, and the longest that is. Clients send the same few."""
MAX_CACHED_REFUSALS, MAX_CACHED_MESSAGE = 1_000, 500
"""Refused documents that are remembered, and the characters of what is kept of a reason."""

Refusal = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class PreparedDocument:
    """A document that is valid and within the limits, as far as they do not depend on variables."""

    node: DocumentNode
    size: DocumentSize

    def cost(self, variables: Mapping[str, Any]) -> int:
        return measure(self.node, variables).cost if self.size.is_variable else self.size.cost


class DocumentCache:
    """Accepted documents by their text, and refusals by the hash of the text. Threads may use it at the same time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._accepted: LRUCache[str, PreparedDocument] = LRUCache(MAX_CACHED_DOCUMENTS)
        self._refused: LRUCache[bytes, Refusal] = LRUCache(MAX_CACHED_REFUSALS)

    def find(self, query: str) -> PreparedDocument | None:
        """The accepted document, or None if the text is not known. Raises QueryRefused."""
        with self._lock:
            if len(query) <= MAX_CACHED_CHARACTERS and (found := self._accepted.get(query)):
                return found
            refusal = self._refused.get(_hash_of(query))
        if refusal is not None:
            raise QueryRefused(refusal)
        return None

    def keep(self, query: str, document: PreparedDocument) -> None:
        if len(query) <= MAX_CACHED_CHARACTERS:
            with self._lock:
                self._accepted[query] = document

    def refuse(self, query: str, refusal: Refusal) -> None:
        message = "; ".join(str(each["message"]) for each in refusal)
        kept = refusal if len(message) <= MAX_CACHED_MESSAGE else [{"message": f"{message[:MAX_CACHED_MESSAGE]}…"}]
        with self._lock:
            self._refused[_hash_of(query)] = kept


_CACHE: Final = DocumentCache()
_THREADS: Final = ThreadPoolExecutor(MAX_CONCURRENT_VALIDATIONS, thread_name_prefix="graphql")


async def prepare(query: str) -> PreparedDocument:
    """As `prepared`, without holding up the event loop. Raises QueryRefused or QueryTooSlow."""
    if found := _CACHE.find(query):
        return found
    deadline = time.monotonic() + VALIDATION_TIMEOUT_SECONDS
    try:
        async with asyncio.timeout(VALIDATION_TIMEOUT_SECONDS):
            return await asyncio.get_running_loop().run_in_executor(_THREADS, prepared, query, deadline)
    except TimeoutError as error:
        raise QueryTooSlow(
            f"The document was not validated within {VALIDATION_TIMEOUT_SECONDS:g} s: ask for fewer fields, or try again"
        ) from error


def prepared(query: str, deadline: float | None = None) -> PreparedDocument:
    """A document that is valid and within the limits. Raises QueryRefused, or TimeoutError after the deadline.

    `deadline`: a time of `time.monotonic`.
    """
    if found := _CACHE.find(query):
        return found
    try:
        document = _parse(query, deadline)
    except QueryRefused as refused:
        _CACHE.refuse(query, refused.errors)
        raise
    _CACHE.keep(query, document)
    return document


def refusal_of(message: str) -> QueryRefused:
    return QueryRefused([{"message": message}])


def _parse(query: str, deadline: float | None) -> PreparedDocument:
    try:
        document = parse(query, max_tokens=MAX_TOKENS)
        size = measure(document, {})
    except GraphQLSyntaxError as error:
        raise QueryRefused([dict(error.formatted)]) from error
    except RecursionError as error:
        raise refusal_of(f"The query goes deeper than {MAX_DEPTH} levels") from error
    if size.depth > MAX_DEPTH:
        raise refusal_of(f"The query goes {size.depth} levels deep, and the limit is {MAX_DEPTH}")
    if size.fields > MAX_FIELDS:
        raise refusal_of(f"The query asks for {size.fields} fields, and the limit is {MAX_FIELDS}")
    # Validation compares fields of the same name, and fragments, pair by pair.
    fragments = sum(isinstance(each, FragmentDefinitionNode) for each in document.definitions)
    if fragments > MAX_FRAGMENTS:
        raise refusal_of(f"The query has {fragments} fragments, and the limit is {MAX_FRAGMENTS}")
    names = measure_names(document)
    if names.fields > MAX_FIELDS:
        raise refusal_of(f"The query and its fragments have more than {MAX_FIELDS} fields, which is the limit")
    if names.equal > MAX_EQUAL_NAMES:
        raise refusal_of(
            f"The query asks for a field of one name {names.equal} times, and the limit is {MAX_EQUAL_NAMES}"
        )
    errors = validate(SCHEMA, document, [_deadline_rule(deadline), *specified_rules])
    if errors:
        raise QueryRefused([dict(each.formatted) for each in errors])
    return PreparedDocument(document, size)


def _deadline_rule(deadline: float | None) -> type[ASTValidationRule]:
    """A rule that raises TimeoutError at the first node of the document after the deadline."""

    class Deadline(ASTValidationRule):
        @override
        def __init__(self, context: ValidationContext) -> None:
            super().__init__(context)

        def enter(self, _node: Node, *_: Any) -> None:
            if deadline is not None and time.monotonic() > deadline:
                raise TimeoutError

    return Deadline


def _hash_of(query: str) -> bytes:
    return sha256(query.encode()).digest()
