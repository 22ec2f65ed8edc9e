"""The query language for people, a part of Lucene's.

wine red            both words                     "red wine"      in sequence
wine OR beer        either; AND binds tighter      -beer, NOT beer not that word
win*                words with this start          *.csv, d?ta/*   wildcards cover the whole key or package name
ext:.csv            a field                        size:>=1000     numbers and dates compare
(a OR b) c          parentheses                    \\:              a character without its meaning
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Literal

from registry.services.search.query.values import exactly, kind_of, text, value_of
from shared.errors import Invalid
from shared.index.search.clauses import (
    All,
    AnyOf,
    Between,
    Clause,
    Everything,
    FieldKind,
    Like,
    Not,
    Phrase,
    Present,
    Starts,
)
from shared.index.search.queries import cut

MAX_DEPTH = 20
MAX_WORDS = 200

Operator = Literal["AND", "OR"]


class QueryMark(Enum):
    OPEN = auto()
    CLOSE = auto()
    AND = auto()
    OR = auto()
    NOT = auto()
    MUST = auto()
    FIELD = auto()
    """The text is a field's name, whose value follows."""
    WORD = auto()
    """The text has its escapes."""
    QUOTED = auto()


@dataclass(frozen=True, slots=True)
class QueryToken:
    mark: QueryMark
    text: str = ""


def parse(query: str, *, operator: Operator = "AND", fields: tuple[str, ...] = ()) -> Clause | None:
    """The clause of a query, for any field or one of `fields`; None when the query has no words. Raises Invalid."""
    return _Parser(_tokens(text(query)), operator, fields).parse()


def parse_leniently(query: str, *, operator: Operator = "AND", fields: tuple[str, ...] = ()) -> Clause | None:
    """As `parse`, but a query with a syntax error is taken as words."""
    try:
        return parse(query, operator=operator, fields=fields)
    except Invalid:
        return _parse_words(query, operator, fields)


def parse_simple(query: str, *, operator: Operator = "OR", fields: tuple[str, ...] = ()) -> Clause | None:
    """The language with `+`, `|` and `-` for and, or and not, without fields and without syntax errors."""
    try:
        return _Parser(_simple_tokens(text(query)), operator, fields).parse()
    except Invalid:
        return _parse_words(query, operator, fields)


def _parse_words(query: str, operator: Operator, fields: tuple[str, ...]) -> Clause | None:
    words = cut(text(query))[:MAX_WORDS]
    return _Parser([QueryToken(QueryMark.WORD, word) for word in words], operator, fields).parse()


_LEXEME = re.compile(
    r"""\s+ | (?P<quoted>"(?:[^"\\]|\\.)*") | (?P<open>\() | (?P<close>\)) | (?P<word>(?:\\.|[^\s()"\\])+)""",
    re.VERBOSE | re.DOTALL,
)
_FIELD = re.compile(r"((?:\\.|[^:\\])+):(.*)", re.DOTALL)
_OPERATORS = {"AND": QueryMark.AND, "&&": QueryMark.AND, "OR": QueryMark.OR, "||": QueryMark.OR, "NOT": QueryMark.NOT}
_SIGNS = {"+": QueryMark.MUST, "-": QueryMark.NOT, "!": QueryMark.NOT}
_PARENTHESES = {"open": QueryMark.OPEN, "close": QueryMark.CLOSE}


def _tokens(query: str) -> list[QueryToken]:
    tokens: list[QueryToken] = []
    at = 0
    while at < len(query):
        found = _LEXEME.match(query, at)
        if found is None:
            problem = (
                "The closing quotation mark is missing"
                if query[at] == '"'
                else "A backslash at the end escapes nothing"
            )
            raise Invalid(f"{problem}: {query[at:][:40]}")
        at = found.end()
        group = found.lastgroup
        if group == "quoted":
            if query[at : at + 1] in {"~", "^"}:
                raise Invalid(f"Fuzziness (~) and boosts (^) are not supported: {query[at:][:20]}")
            tokens.append(QueryToken(QueryMark.QUOTED, found["quoted"][1:-1]))
        elif group == "word":
            tokens += _word_tokens(found["word"], joined=query[at : at + 1] in {"(", '"'})
        elif group:
            tokens.append(QueryToken(_PARENTHESES[group]))
    return tokens


def _word_tokens(word: str, *, joined: bool) -> list[QueryToken]:
    """`joined`: a parenthesis or quotation follows without a space."""
    if word in _OPERATORS:
        return [QueryToken(_OPERATORS[word])]
    if word[0] in _SIGNS and (len(word) > 1 or joined):
        rest = _word_tokens(word[1:], joined=joined) if len(word) > 1 else []
        return [QueryToken(_SIGNS[word[0]]), *rest]
    named = _FIELD.fullmatch(word)
    if named is None:
        return [QueryToken(QueryMark.WORD, word)]
    name, value = _plain(named[1]), named[2]
    if name == "*" and value == "*":
        return [QueryToken(QueryMark.WORD, "*")]
    kind_of(name)
    if not value and not joined:
        raise Invalid(f"The value is missing after {name}:")
    return [QueryToken(QueryMark.FIELD, name), *([QueryToken(QueryMark.WORD, value)] if value else [])]


_SIMPLE = re.compile(
    r"""\s+ | (?P<quoted>"(?:[^"\\]|\\.)*") | (?P<open>\() | (?P<close>\)) | (?P<or>\|) | (?P<and>\+) | (?P<not>-)
      | (?P<word>(?:\\.|[^\s()"\\|])+) | .""",
    re.VERBOSE | re.DOTALL,
)
_SIMPLE_MARKS = {**_PARENTHESES, "or": QueryMark.OR, "and": QueryMark.AND, "not": QueryMark.NOT}


def _simple_tokens(query: str) -> list[QueryToken]:
    tokens = []
    for found in _SIMPLE.finditer(query):
        match found.lastgroup:
            case "quoted":
                tokens.append(QueryToken(QueryMark.QUOTED, found["quoted"][1:-1]))
            case "word":
                tokens.append(QueryToken(QueryMark.WORD, found["word"]))
            case "and" if not tokens or tokens[-1].mark in {QueryMark.OPEN, QueryMark.OR}:
                pass  # `+a +b` is `a + b`
            case None:
                pass
            case group:
                tokens.append(QueryToken(_SIMPLE_MARKS[group]))
    return tokens


_NOTHING_TO_APPLY_TO = "An operator (AND, OR, NOT, +, -) has nothing to apply to. Quote it to search for the word"


class _Parser:
    """Recursive descent.

    either := both (OR both)*    both := side+    side := one (AND one)*    one := (NOT | MUST)* primary
    """

    def __init__(self, tokens: list[QueryToken], operator: Operator, fields: tuple[str, ...]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0
        self._operator = operator
        self._fields: tuple[str | None, ...] = fields or (None,)
        if sum(token.mark in {QueryMark.WORD, QueryMark.QUOTED} for token in tokens) > MAX_WORDS:
            raise Invalid(f"A query has at most {MAX_WORDS} words")

    def parse(self) -> Clause | None:
        found = self._either()
        if self._at < len(self._tokens):
            raise Invalid("The opening parenthesis is missing")
        return found

    def _peek(self) -> QueryMark | None:
        return self._tokens[self._at].mark if self._at < len(self._tokens) else None

    def _next(self) -> QueryToken:
        self._at += 1
        return self._tokens[self._at - 1]

    def _either(self) -> Clause | None:
        if self._peek() is QueryMark.OR:
            raise Invalid(_NOTHING_TO_APPLY_TO)
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
            raise Invalid(f"Nothing follows {operator}. Quote it to search for the word")

    def _one(self) -> Clause | None:
        negative = False
        while self._peek() in {QueryMark.NOT, QueryMark.MUST}:
            negative ^= self._next().mark is QueryMark.NOT
        if self._peek() in {None, QueryMark.CLOSE, QueryMark.OR, QueryMark.AND}:
            raise Invalid(_NOTHING_TO_APPLY_TO)
        clause = self._primary(self._fields)
        return Not(clause) if negative and clause is not None else clause

    def _primary(self, fields: tuple[str | None, ...]) -> Clause | None:
        token = self._next()
        match token.mark:
            case QueryMark.FIELD:
                if self._peek() not in {QueryMark.WORD, QueryMark.QUOTED, QueryMark.OPEN}:
                    raise Invalid(f"The value is missing after {token.text}:")
                return self._primary((token.text,))
            case QueryMark.OPEN:
                return self._group(fields)
            case QueryMark.QUOTED:
                return _any_of(_flat(*(_quoted(token.text, field) for field in fields)))
            case _:
                return _any_of(_flat(*(_word(token.text, field) for field in fields)))

    def _group(self, fields: tuple[str | None, ...]) -> Clause | None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise Invalid(f"Parentheses are nested at most {MAX_DEPTH} deep")
        outer, self._fields = self._fields, fields
        inner = self._either()
        self._fields = outer
        if self._peek() is not QueryMark.CLOSE:
            raise Invalid("The closing parenthesis is missing")
        self._next()
        self._depth -= 1
        return inner


_WILDCARD = re.compile(r"(?:\\.|[^\\*?])*[*?]", re.DOTALL)
_PREFIX = re.compile(r"((?:\\.|[^\\*?])*\w)\*", re.DOTALL)
_COMPARISON = re.compile(r"(>=|<=|>|<)(.+)", re.DOTALL)
_EXTRA = re.compile(r"(?:\\.|[^\\])+?(?:~\d*|\^[\d.]+)", re.DOTALL)


def _word(raw: str, field: str | None) -> Clause | None:
    if _EXTRA.fullmatch(raw):
        raise Invalid(f"Fuzziness (~) and boosts (^) are not supported: {raw[:40]}")
    if field and raw == "*":
        return Present(field)
    if field and kind_of(field) is not FieldKind.TEXT:
        return _value(raw, field)
    if raw == "*":
        return Everything()
    prefix = _PREFIX.fullmatch(raw)
    if prefix:
        words = tuple(cut(_plain(prefix[1])))
        return Phrase(words, field, prefix=True) if words else None
    if not _WILDCARD.match(raw):
        return _quoted(raw, field)
    if field:
        raise Invalid(f"{field} takes wildcards only as a * at the end of a word: {raw[:40]}")
    return Like(raw)


def _value(raw: str, field: str) -> Clause:
    """The clause for a value of a field that is not text."""
    if raw[0] in "[{":
        raise Invalid(f"Ranges in brackets are not supported. Write {field}:>=… {field}:<…")
    if kind_of(field) is FieldKind.KEYWORD:
        prefix = _PREFIX.fullmatch(raw)
        if prefix:
            return Starts(field, _plain(prefix[1]))
        return Like(raw, field) if _WILDCARD.match(raw) else exactly(field, _plain(raw))
    compared = _COMPARISON.fullmatch(raw)
    return _comparison(field, compared[1], _plain(compared[2])) if compared else exactly(field, _plain(raw))


def _quoted(raw: str, field: str | None) -> Clause | None:
    if field and kind_of(field) is not FieldKind.TEXT:
        return exactly(field, _plain(raw))
    words = tuple(cut(_plain(raw)))
    return Phrase(words, field) if words else None


def _comparison(field: str, operator: str, raw: str) -> Clause:
    value = value_of(field, raw)
    match operator:
        case ">":
            return Between(field, above=value)
        case ">=":
            return Between(field, at_least=value)
        case "<":
            return Between(field, below=value)
        case _:
            return Between(field, at_most=value)


def _plain(raw: str) -> str:
    """The text without escapes."""
    return re.sub(r"\\(.)", r"\1", raw, flags=re.DOTALL)


def _flat(*clauses: Clause | None) -> list[Clause]:
    return [clause for clause in clauses if clause is not None]


def _all_of(clauses: Iterable[Clause]) -> Clause | None:
    found = tuple(clauses)
    return found[0] if len(found) == 1 else All(found) if found else None


def _any_of(clauses: Iterable[Clause]) -> Clause | None:
    found = tuple(clauses)
    return found[0] if len(found) == 1 else AnyOf(found) if found else None
