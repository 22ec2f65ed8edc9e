"""The query language for people, a part of Lucene's.

wine red            both words                     "red wine"      in sequence
wine OR beer        either; AND binds tighter      -beer, NOT beer not that word
win*                words with this start          *.csv, d?ta/*   wildcards cover the whole key or package name
ext:.csv            a field                        size:>=1000     numbers and dates compare
size:[1 TO 5]       a range with both ends         size:1..5       the same
meta.qc.level:3     a value of user metadata       has:meta.doi    documents with such a value
in:amy/wine         a package                      sort:-modified  the order of the hits
(a OR b) c          parentheses                    \\:              a character without its meaning

What stands before a colon and is no field is a word like others, as in `12:30`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Literal

from typing_extensions import override

from registry.services.search.query.addresses import pasted
from registry.services.search.query.named_fields import NamedField, find_field, named_field, unescaped
from registry.services.search.query.sorting import parse_order
from registry.services.search.query.values import between, exactly, is_number, text
from shared.errors import Invalid
from shared.index.search.clauses import (
    All,
    AnyOf,
    Clause,
    Equals,
    Everything,
    Like,
    Not,
    Phrase,
    Present,
    Starts,
)
from shared.index.search.fields import FieldKind
from shared.index.search.results import SearchOrder
from shared.index.search.words import cut
from shared.quilt.names import is_package_name
from shared.schemas.problem import QueryProblem

MAX_DEPTH = 20
MAX_WORDS = 200

Operator = Literal["AND", "OR"]


class QuerySyntaxRefused(Invalid):
    """A query that cannot be read. `position`: the character of `query`, from 0, at which the mistake begins."""

    title = "The search cannot be read"
    slug = "query_syntax"

    def __init__(self, message: str, position: int) -> None:
        super().__init__(f"{message} (at character {position + 1})")
        self.position = position
        self.query = ""

    @override
    def problem(self) -> QueryProblem:
        return QueryProblem(**super().problem().model_dump(), position=self.position, query=self.query)


class NothingToSearch(QuerySyntaxRefused):
    title = "The search has no letters or digits to search for"
    slug = "query_without_words"


class QueryMark(Enum):
    OPEN = auto()
    CLOSE = auto()
    AND = auto()
    OR = auto()
    NOT = auto()
    MUST = auto()
    FIELD = auto()
    """A field, whose value follows."""
    WORD = auto()
    """The text has its escapes."""
    QUOTED = auto()
    RANGE = auto()
    """A range in brackets, the value of a field."""
    CLAUSE = auto()
    """The meaning of `has:`, of `in:`, of an address or of a hash."""
    SORT = auto()


@dataclass(frozen=True, slots=True)
class QueryToken:
    mark: QueryMark
    at: int = 0
    text: str = ""
    field: NamedField | None = None
    clause: Clause | None = None
    order: SearchOrder | None = None


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    clause: Clause | None
    """The clause; None for an empty query."""
    order: SearchOrder | None


def parse_search(query: str, *, operator: Operator = "AND", fields: tuple[str, ...] = ()) -> ParsedQuery:
    """The clause of a query, for any field or one of `fields`, and the order of `sort:`.

    Raises QuerySyntaxRefused, and NothingToSearch for a query of signs only.
    """
    try:
        return _parse_search(query, operator, fields)
    except QuerySyntaxRefused as error:
        error.query = query
        raise


def _parse_search(query: str, operator: Operator, fields: tuple[str, ...]) -> ParsedQuery:
    try:
        text(query)
    except Invalid as error:
        raise QuerySyntaxRefused(str(error), max(query.find("\0"), 0)) from error
    tokens = _tokens(query)
    orders = [token for token in tokens if token.mark is QueryMark.SORT]
    if len(orders) > 1:
        raise QuerySyntaxRefused("sort: is given twice", orders[1].at)
    rest = [token for token in tokens if token.mark is not QueryMark.SORT]
    clause = _Parser(rest, operator, fields, len(query)).parse()
    if clause is None and rest:
        raise NothingToSearch(f"There are no letters or digits to search for in {query.strip()[:40]!r}", rest[0].at)
    return ParsedQuery(clause, orders[0].order if orders else None)


def parse(query: str, *, operator: Operator = "AND", fields: tuple[str, ...] = ()) -> Clause | None:
    """The clause of a query without an order; None when the query is empty. Raises QuerySyntaxRefused."""
    parsed = parse_search(query, operator=operator, fields=fields)
    if parsed.order:
        refusal = QuerySyntaxRefused("sort: has no meaning here", query.find("sort:"))
        refusal.query = query
        raise refusal
    return parsed.clause


def parse_leniently(query: str, *, operator: Operator = "AND", fields: tuple[str, ...] = ()) -> Clause | None:
    """As `parse`, but a query with a syntax error is taken as words."""
    try:
        return parse(query, operator=operator, fields=fields)
    except Invalid:
        return _parse_words(query, operator, fields)


def parse_simple(query: str, *, operator: Operator = "OR", fields: tuple[str, ...] = ()) -> Clause | None:
    """The language with `+`, `|` and `-` for and, or and not, without fields and without syntax errors."""
    try:
        return _Parser(_simple_tokens(text(query)), operator, fields, len(query)).parse()
    except Invalid:
        return _parse_words(query, operator, fields)


def _parse_words(query: str, operator: Operator, fields: tuple[str, ...]) -> Clause | None:
    words = cut(text(query))[:MAX_WORDS]
    return _Parser([QueryToken(QueryMark.WORD, text=word) for word in words], operator, fields, len(query)).parse()


_LEXEME = re.compile(
    r"""\s+
      | (?P<address>(?:s3|quilt\+s3)://[^\s"]+)
      | (?P<quoted>"(?:[^"\\]|\\.)*")
      | (?P<open>\() | (?P<close>\))
      | (?P<path>[-+!]*(?:(?:has|sort):[-+]?)?meta\.(?:"(?:[^"\\]|\\.)*"|\\.|[^\s()"\\])*)
      | (?P<word>(?:\\.|[^\s()"\\]|\\$)+)""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_FIELD = re.compile(r'((?:\\.|"(?:[^"\\]|\\.)*"|[^:"\\])+):(.*)', re.DOTALL)
_POINTER_FIELD = re.compile(r"(meta:/(?:\\.|[^:\\])*):(.*)", re.DOTALL)
_RANGE = re.compile(
    r"""(?P<open>[\[{])\s*(?P<low>"[^"]*"|[^\s"\]}]+)\s+TO\s+(?P<high>"[^"]*"|[^\s"\]}]+)\s*(?P<close>[\]}])"""
)
_OPERATORS = {"AND": QueryMark.AND, "&&": QueryMark.AND, "OR": QueryMark.OR, "||": QueryMark.OR, "NOT": QueryMark.NOT}
_SIGNS = {"+": QueryMark.MUST, "-": QueryMark.NOT, "!": QueryMark.NOT}
_PARENTHESES = {"open": QueryMark.OPEN, "close": QueryMark.CLOSE}


def _tokens(query: str) -> list[QueryToken]:
    tokens: list[QueryToken] = []
    at = 0
    while at < len(query):
        found = _LEXEME.match(query, at)
        if found is None:
            raise QuerySyntaxRefused("The closing quotation mark is missing", at)
        start, at = at, found.end()
        match found.lastgroup:
            case "quoted":
                if query[at : at + 1] in {"~", "^"}:
                    raise QuerySyntaxRefused("Fuzziness (~) and boosts (^) are not supported", at)
                is_value = bool(tokens) and tokens[-1].mark is QueryMark.FIELD
                quoted = QueryToken(QueryMark.QUOTED, start, found["quoted"][1:-1])
                tokens.append(quoted if is_value else _quotation(found["quoted"], start))
            case "address":
                raw = _balanced(found["address"])
                at = start + len(raw)
                tokens.append(_address_or_word(raw, start))
            case "word" | "path" as group:
                made = list(_word_tokens(found[group], start, joined=query[at : at + 1] in {"(", '"'}))
                at = _complete_range(made, query, at)
                tokens += made
            case str() as group:
                tokens.append(QueryToken(_PARENTHESES[group], start))
            case None:
                pass
    return tokens


def _complete_range(tokens: list[QueryToken], query: str, end: int) -> int:
    """Make the value of a field that is the start of a range in brackets the whole range. Returns where it ends."""
    match tokens:
        case [*_, QueryToken(mark=QueryMark.FIELD), QueryToken(mark=QueryMark.WORD, at=at, text=text)] if (
            text[0] in "[{"
        ):
            found = _RANGE.match(query, at)
            if found is None:
                raise QuerySyntaxRefused("The range cannot be read. Write [1 TO 5], 1..5 or >=1", at)
            tokens[-1] = QueryToken(QueryMark.RANGE, at, found[0])
            return found.end()
        case _:
            return end


def _balanced(address: str) -> str:
    """The address without parentheses at its end that were opened before it."""
    while address.endswith(")") and address.count(")") > address.count("("):
        address = address[:-1]
    return address


def _quotation(raw: str, at: int) -> QueryToken:
    inner = raw[1:-1]
    clause = pasted(unescaped(inner)) if inner[:12].lower().startswith(("s3://", "quilt+s3://")) else None
    return QueryToken(QueryMark.CLAUSE, at, raw, clause=clause) if clause else QueryToken(QueryMark.QUOTED, at, inner)


def _address_or_word(raw: str, at: int) -> QueryToken:
    clause = pasted(raw)
    return QueryToken(QueryMark.CLAUSE, at, raw, clause=clause) if clause else QueryToken(QueryMark.WORD, at, raw)


def _word_tokens(word: str, at: int, *, joined: bool) -> Iterator[QueryToken]:
    """`joined`: a parenthesis or quotation follows without a space."""
    if word in _OPERATORS:
        yield QueryToken(_OPERATORS[word], at)
        return
    if word[0] in _SIGNS and (len(word) > 1 or joined):
        yield QueryToken(_SIGNS[word[0]], at)
        if len(word) > 1:
            yield from _word_tokens(word[1:], at + 1, joined=joined)
        return
    named = _POINTER_FIELD.fullmatch(word) or _FIELD.fullmatch(word)
    if named is None:
        yield _address_or_word(word, at)
        return
    yield from _field_tokens(word, named[1], named[2], at, joined=joined)


def _field_tokens(word: str, name: str, value: str, at: int, *, joined: bool) -> Iterator[QueryToken]:
    """Tokens of `name:value`; a word when there is no field of this name."""
    value_at = at + len(name) + 1
    if name == "*" and value == "*":
        yield QueryToken(QueryMark.WORD, at, "*")
        return
    if name in {"has", "in", "sort"}:
        if not value:
            raise QuerySyntaxRefused(f"The value is missing after {name}:", value_at)
        try:
            token = _keyword_token(name, value, at)
        except Invalid as error:
            raise QuerySyntaxRefused(str(error), value_at) from error
        yield token
        return
    try:
        field = find_field(name if name.startswith("meta.") else unescaped(name))
    except Invalid as error:
        raise QuerySyntaxRefused(str(error), at) from error
    if field is None:
        yield _address_or_word(word, at)
        return
    if not value and not joined:
        raise QuerySyntaxRefused(f"The value is missing after {name}:", value_at)
    yield QueryToken(QueryMark.FIELD, at, name, field)
    if value.startswith('"') and value.endswith('"') and len(value) > 1:
        yield QueryToken(QueryMark.QUOTED, value_at, value[1:-1])
    elif value:
        yield QueryToken(QueryMark.WORD, value_at, value)


def _keyword_token(name: str, value: str, at: int) -> QueryToken:
    match name:
        case "has":
            field = named_field(value if value.startswith("meta.") else unescaped(value))
            return QueryToken(QueryMark.CLAUSE, at, value, clause=field.limited(Present(field.field)))
        case "in":
            package = unescaped(value)
            if not is_package_name(package):
                raise Invalid(f"in: takes the name of a package, AUTHOR/NAME, not {package[:80]!r}")
            clause = All((Equals("kind", "package"), Equals("name", package)))
            return QueryToken(QueryMark.CLAUSE, at, value, clause=clause)
        case _:
            return QueryToken(QueryMark.SORT, at, value, order=parse_order(value))


_SIMPLE = re.compile(
    r"""\s+ | (?P<quoted>"(?:[^"\\]|\\.)*") | (?P<open>\() | (?P<close>\)) | (?P<or>\|) | (?P<and>\+) | (?P<not>-)
      | (?P<word>(?:\\.|[^\s()"\\|])+) | .""",
    re.VERBOSE | re.DOTALL,
)
_SIMPLE_MARKS = {**_PARENTHESES, "or": QueryMark.OR, "and": QueryMark.AND, "not": QueryMark.NOT}


def _simple_tokens(query: str) -> list[QueryToken]:
    tokens: list[QueryToken] = []
    for found in _SIMPLE.finditer(query):
        match found.lastgroup:
            case "quoted":
                tokens.append(QueryToken(QueryMark.QUOTED, found.start(), found["quoted"][1:-1]))
            case "word":
                tokens.append(QueryToken(QueryMark.WORD, found.start(), found["word"]))
            case "and" if not tokens or tokens[-1].mark in {QueryMark.OPEN, QueryMark.OR}:
                pass  # `+a +b` is `a + b`
            case None:
                pass
            case group:
                tokens.append(QueryToken(_SIMPLE_MARKS[group], found.start()))
    return tokens


_NOTHING_TO_APPLY_TO = "An operator (AND, OR, NOT, +, -) has nothing to apply to. Quote it to search for the word"
_VALUES = {QueryMark.WORD, QueryMark.QUOTED, QueryMark.RANGE}


class _Parser:
    """Recursive descent.

    either := both (OR both)*    both := side+    side := one (AND one)*    one := (NOT | MUST)* primary
    """

    def __init__(self, tokens: list[QueryToken], operator: Operator, fields: tuple[str, ...], end: int) -> None:
        """`end`: length of the query, the position of what is missing at its end."""
        self._tokens = tokens
        self._at = 0
        self._depth = 0
        self._end = end
        self._operator = operator
        self._fields: tuple[NamedField | None, ...] = tuple(map(named_field, fields)) or (None,)
        words = [token for token in tokens if token.mark in {*_VALUES, QueryMark.CLAUSE}]
        if len(words) > MAX_WORDS:
            raise QuerySyntaxRefused(f"A query has at most {MAX_WORDS} words", words[MAX_WORDS].at)

    def parse(self) -> Clause | None:
        found = self._either()
        if self._at < len(self._tokens):
            raise QuerySyntaxRefused("The opening parenthesis is missing", self._position())
        return found

    def _peek(self) -> QueryMark | None:
        return self._tokens[self._at].mark if self._at < len(self._tokens) else None

    def _next(self) -> QueryToken:
        self._at += 1
        return self._tokens[self._at - 1]

    def _position(self) -> int:
        return self._tokens[self._at].at if self._at < len(self._tokens) else self._end

    def _either(self) -> Clause | None:
        if self._peek() is QueryMark.OR:
            raise QuerySyntaxRefused(_NOTHING_TO_APPLY_TO, self._position())
        sides = [self._both()]
        while self._peek() is QueryMark.OR:
            self._next()
            self._need_operand("OR")
            sides.append(self._both())
        return _any_of(side for side in sides if side is not None)

    def _both(self) -> Clause | None:
        """Sides without an operator between them: all, or with OR as default the required ones, else any."""
        required: list[Clause] = []
        optional: list[Clause] = []
        while self._peek() not in {None, QueryMark.CLOSE, QueryMark.OR}:
            must = self._peek() in {QueryMark.MUST, QueryMark.NOT}
            clause, joined = self._side()
            if clause is not None:
                (required if must or joined or self._operator == "AND" else optional).append(clause)
        if optional and all(isinstance(clause, Not) for clause in required):
            required = [*_flat(_any_of(optional)), *required]
        return _all_of(required)

    def _side(self) -> tuple[Clause | None, bool]:
        """The clause, and whether it is joined by AND."""
        clauses = [self._one()]
        while self._peek() is QueryMark.AND:
            self._next()
            self._need_operand("AND")
            clauses.append(self._one())
        return _all_of(clause for clause in clauses if clause is not None), len(clauses) > 1

    def _need_operand(self, operator: str) -> None:
        if self._peek() in {None, QueryMark.CLOSE, QueryMark.OR, QueryMark.AND}:
            raise QuerySyntaxRefused(f"Nothing follows {operator}. Quote it to search for the word", self._position())

    def _one(self) -> Clause | None:
        negative = False
        while self._peek() in {QueryMark.NOT, QueryMark.MUST}:
            negative ^= self._next().mark is QueryMark.NOT
        if self._peek() in {None, QueryMark.CLOSE, QueryMark.OR, QueryMark.AND}:
            raise QuerySyntaxRefused(_NOTHING_TO_APPLY_TO, self._position())
        clause = self._primary(self._fields)
        return Not(clause) if negative and clause is not None else clause

    def _primary(self, fields: tuple[NamedField | None, ...]) -> Clause | None:
        token = self._next()
        match token.mark:
            case QueryMark.FIELD:
                if self._peek() not in {*_VALUES, QueryMark.OPEN}:
                    raise QuerySyntaxRefused(f"The value is missing after {token.text}:", self._position())
                return self._primary((token.field,))
            case QueryMark.OPEN:
                return self._group(fields, token.at)
            case QueryMark.CLAUSE:
                return token.clause
            case _:
                try:
                    return _any_of(_flat(*(_value_clause(token, field) for field in fields)))
                except Invalid as error:
                    raise QuerySyntaxRefused(str(error), token.at) from error

    def _group(self, fields: tuple[NamedField | None, ...], at: int) -> Clause | None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise QuerySyntaxRefused(f"Parentheses are nested at most {MAX_DEPTH} deep", at)
        outer, self._fields = self._fields, fields
        inner = self._either()
        self._fields = outer
        if self._peek() is not QueryMark.CLOSE:
            raise QuerySyntaxRefused("The closing parenthesis is missing", at)
        self._next()
        self._depth -= 1
        return inner


_WILDCARD = re.compile(r"(?:\\.|[^\\*?])*[*?]", re.DOTALL)
_PREFIX = re.compile(r"((?:\\.|[^\\*?])*\w)\*", re.DOTALL)
_COMPARISON = re.compile(r"(>=|<=|>|<)(.+)", re.DOTALL)
_DOTS = re.compile(r"(?P<low>[^\s]*?)\.\.(?P<high>[^\s.][^\s]*)?", re.DOTALL)
_EXTRA = re.compile(r"(?:\\.|[^\\])+?(?:~\d*|\^[\d.]+)", re.DOTALL)


def _value_clause(token: QueryToken, field: NamedField | None) -> Clause | None:
    match token.mark:
        case QueryMark.RANGE if field:
            return _bracketed(token.text, field)
        case QueryMark.QUOTED:
            return _quoted(token.text, field)
        case _:
            return _word(token.text, field)


def _word(raw: str, field: NamedField | None) -> Clause | None:
    if _EXTRA.fullmatch(raw):
        raise Invalid(f"Fuzziness (~) and boosts (^) are not supported: {raw[:40]}")
    if field and raw == "*":
        return field.limited(Present(field.field))
    if field and field.kind is not FieldKind.TEXT:
        return _value(raw, field)
    if raw == "*":
        return Everything()
    prefix = _PREFIX.fullmatch(raw)
    if prefix:
        words = tuple(cut(unescaped(prefix[1])))
        return _in_field(words, field, prefix=True)
    if not _WILDCARD.match(raw):
        return _quoted(raw, field)
    if field:
        raise Invalid(f"{field.field} takes wildcards only as a * at the end of a word: {raw[:40]}")
    return Like(raw)


def _value(raw: str, field: NamedField) -> Clause:
    """The clause for a value of a field that is not text."""
    if field.kind is FieldKind.KEYWORD:
        return _keyword(raw, field)
    compared = _COMPARISON.fullmatch(raw)
    if compared:
        return _comparison(field, compared[1], unescaped(compared[2]))
    dots = _DOTS.fullmatch(raw)
    if dots and (dots["low"] or dots["high"]):
        try:
            return between(field, at_least=dots["low"] or None, at_most=dots["high"])
        except Invalid:
            if field.kind is not FieldKind.METADATA:
                raise
    if field.kind is not FieldKind.METADATA:
        return exactly(field, unescaped(raw))
    if _WILDCARD.match(raw):
        return Like(raw, field.field)
    plain = unescaped(raw)
    exact = exactly(field, plain)
    words = tuple(cut(plain))
    # A string is found by its words as well. Numbers, dates and truth values are not.
    as_words = words and exact == Equals(field.field, plain) and not is_number(plain)
    return AnyOf((exact, Phrase(words, field.field))) if as_words else exact


def _keyword(raw: str, field: NamedField) -> Clause:
    prefix = _PREFIX.fullmatch(raw)
    if prefix:
        return field.limited(Starts(field.field, unescaped(prefix[1])))
    if _WILDCARD.match(raw):
        return field.limited(Like(raw, field.field))
    plain = unescaped(raw)
    if field.field == "ext":
        plain = plain.lower() if plain.startswith(".") else f".{plain.lower()}"
    return exactly(field, plain)


def _bracketed(raw: str, field: NamedField) -> Clause:
    """A range like `[1 TO 5}`, whose square brackets include the end; `*` is no bound."""
    low, high = (None if bound in {"*", ""} else bound for bound in _bounds(raw))
    if low is None and high is None:
        return field.limited(Present(field.field))
    lower = {"at_least" if raw[0] == "[" else "above": low}
    upper = {"at_most" if raw[-1] == "]" else "below": high}
    return between(field, **lower, **upper)


def _bounds(raw: str) -> tuple[str, str]:
    start, end = re.split(r"\sTO\s", raw[1:-1], maxsplit=1)
    return start.strip().strip('"'), end.strip().strip('"')


def _quoted(raw: str, field: NamedField | None) -> Clause | None:
    if field and field.kind is not FieldKind.TEXT:
        return exactly(field, unescaped(raw))
    return _in_field(tuple(cut(unescaped(raw))), field)


def _in_field(words: tuple[str, ...], field: NamedField | None, *, prefix: bool = False) -> Clause | None:
    if not words:
        return None
    return field.limited(Phrase(words, field.field, prefix)) if field else Phrase(words, prefix=prefix)


def _comparison(field: NamedField, operator: str, raw: str) -> Clause:
    match operator:
        case ">":
            return between(field, above=raw)
        case ">=":
            return between(field, at_least=raw)
        case "<":
            return between(field, below=raw)
        case _:
            return between(field, at_most=raw)


def _flat(*clauses: Clause | None) -> list[Clause]:
    return [clause for clause in clauses if clause is not None]


def _all_of(clauses: Iterable[Clause]) -> Clause | None:
    found = tuple(clauses)
    return found[0] if len(found) == 1 else All(found) if found else None


def _any_of(clauses: Iterable[Clause]) -> Clause | None:
    found = tuple(clauses)
    return found[0] if len(found) == 1 else AnyOf(found) if found else None
